/** Bytes and big-endian words. All of the channel subsystem's structures are big-endian, on every host. */

/** A DataView over exactly the bytes of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Lower-case hex digits of `bytes`, two a byte. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/**
 * The bytes that `hex` spells; white space between digits is allowed.
 * @throws RangeError for an odd number of digits or a character that is not a hex digit, naming its position.
 */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.replace(/\s+/g, '');
  const wrong = digits.search(/[^0-9a-fA-F]/);
  if (wrong >= 0) throw new RangeError(`'${digits.charAt(wrong)}' at hex digit ${wrong} is not a hex digit`);
  if (digits.length % 2 !== 0) throw new RangeError(`${digits.length} hex digits: an odd number does not make bytes`);
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** `value` as `digits` hex digits, for messages: `hex(0x1c, 8)` is `0000001c`. */
export function hex(value: number, digits = 8): string {
  return (value < 0 ? value + 2 ** 32 : value).toString(16).padStart(digits, '0');
}

/** The two halves of an address below 2^53 as unsigned 32-bit words. */
export function splitAddress(address: number): { high: number; low: number } {
  return { high: Math.floor(address / 0x1_0000_0000), low: address >>> 0 };
}

/** Names of the bits that are on in `value`, in the order of `names` (mask to name). */
export function bitNames(value: number, names: readonly (readonly [mask: number, name: string])[]): string[] {
  return names.filter(([mask]) => (value & mask) !== 0).map(([, name]) => name);
}
