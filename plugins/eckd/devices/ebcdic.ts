/** Letters, digits and the few signs of labels and serial numbers in EBCDIC (code page 037). */

const ranges: readonly (readonly [first: string, code: number, count: number])[] = [
  [' ', 0x40, 1],
  ['.', 0x4b, 1],
  ['$', 0x5b, 1],
  ['-', 0x60, 1],
  ['_', 0x6d, 1],
  ['#', 0x7b, 1],
  ['@', 0x7c, 1],
  ['A', 0xc1, 9],
  ['J', 0xd1, 9],
  ['S', 0xe2, 8],
  ['0', 0xf0, 10],
];

const toCode = new Map<string, number>();
const toCharacter = new Map<number, string>();
for (const [first, code, count] of ranges) {
  for (let n = 0; n < count; n++) {
    const character = String.fromCharCode(first.charCodeAt(0) + n);
    toCode.set(character, code + n);
    toCharacter.set(code + n, character);
  }
}

/**
 * Stores `text` in EBCDIC at `bytes[offset]`, filled with blanks to `length`.
 * @throws RangeError if it is longer, or has a character that labels do not use.
 */
export function putEbcdic(bytes: Uint8Array, offset: number, length: number, text: string): void {
  if (text.length > length) throw new RangeError(`'${text}' is longer than ${length} characters`);
  for (let n = 0; n < length; n++) {
    const character = text.charAt(n) || ' ';
    const code = toCode.get(character);
    if (code === undefined) throw new RangeError(`'${character}' in '${text}' has no place in a label`);
    bytes[offset + n] = code;
  }
}

/** The text at `bytes[offset]`; a byte that is none of the label characters reads as '?'. */
export function getEbcdic(bytes: Uint8Array, offset: number, length: number): string {
  let text = '';
  for (const code of bytes.subarray(offset, offset + length)) text += toCharacter.get(code) ?? '?';
  return text;
}
