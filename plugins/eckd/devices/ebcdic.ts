/** Text in the fixed fields of labels and descriptors. */

import { toEbcdic } from 'ccwspec/plugin';

/**
 * Stores `text` in EBCDIC at `bytes[offset]`, filled with blanks to `length`.
 * @throws RangeError if it is longer, or has a character that is not printable ASCII.
 */
export function putEbcdic(bytes: Uint8Array, offset: number, length: number, text: string): void {
  if (text.length > length) throw new RangeError(`'${text}' is longer than ${length} characters`);
  bytes.set(toEbcdic(text.padEnd(length)), offset);
}
