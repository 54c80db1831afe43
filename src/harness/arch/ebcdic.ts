/** Text as mainframe volumes hold it: EBCDIC, code page 037, the printable characters of ASCII. */

const ASCII = ' !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~';
const CODES =
  '405a7f7b5b6c507d4d5d5c4e6b604b61f0f1f2f3f4f5f6f7f8f97a5e4c7e6e6f7cc1c2c3c4c5c6c7c8c9d1d2d3d4d5d6d7d8d9' +
  'e2e3e4e5e6e7e8e9bae0bbb06d79818283848586878889919293949596979899a2a3a4a5a6a7a8a9c04fd0a1';
const codes: ReadonlyMap<string, number> = new Map(
  Array.from(ASCII, (character, index) => [character, parseInt(CODES.slice(index * 2, index * 2 + 2), 16)]),
);

/** `text` in EBCDIC, one byte a character. @throws RangeError for a character that is not printable ASCII. */
export function toEbcdic(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = codes.get(character);
    if (code === undefined)
      throw new RangeError(`character ${JSON.stringify(character)} has no place in the EBCDIC text`);
    return code;
  });
}

const characters: ReadonlyMap<number, string> = new Map(Array.from(codes, ([character, code]) => [code, character]));

/** `bytes` as text; a byte that is no printable character of ASCII becomes U+FFFD. */
export function decodeEbcdic(bytes: Uint8Array): string {
  return Array.from(bytes, (code) => characters.get(code) ?? '\ufffd').join('');
}
