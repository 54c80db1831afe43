/** Bytes for people: sixteen a line, as hex and as text. */

import { hex, toEbcdic } from '../arch/index.js';

const BYTES_A_LINE = 16;

const printable = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
const ebcdic = new Map(printable.map((letter) => [toEbcdic(letter)[0], letter]));

/** The text of `bytes` in EBCDIC, a dot for what is not printable. */
export function ebcdicText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ebcdic.get(byte) ?? '.').join('');
}

/** The text of `bytes` in ASCII, a dot for what is not printable. */
export function asciiText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

/** Lines `00020018  ff3990c2 33900200 40fa0100  |EBCDIC| |ASCII|`; `at` is the address of the first byte. */
export function hexDump(at: number, bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += BYTES_A_LINE) {
    const line = bytes.subarray(offset, offset + BYTES_A_LINE);
    const words: string[] = [];
    for (let word = 0; word < line.length; word += 4) {
      words.push(Array.from(line.subarray(word, word + 4), (byte) => hex(byte, 2)).join(''));
    }
    lines.push(`${hex(at + offset)}  ${words.join(' ').padEnd(35)}  |${ebcdicText(line)}| |${asciiText(line)}|`);
  }
  return lines;
}
