/** Addresses and capacity of a 3390 as the cases have them, apart from the device model's own. */

export const HEADS = 15;
/** What the records of a track may take, in cells of 34 bytes. */
export const TRACK_CELLS = 1729;

/** Cells of a key or data area of `length` bytes. */
function area(length: number): number {
  const segments = Math.ceil((length + 6) / 232) + 1;
  return 9 + Math.ceil((length + 6 * segments) / 34);
}

/** Cells of a record; a key of length 0 takes none. */
export function cells(keyLength: number, dataLength: number): number {
  return 10 + area(dataLength) + (keyLength === 0 ? 0 : area(keyLength));
}

/** CC and HH of a track, four bytes; cylinder bits above 16 stand in front of the head. */
export function trackAddress(track: number): Uint8Array {
  const cylinder = Math.floor(track / HEADS);
  const head = (((cylinder >>> 16) << 4) | (track % HEADS)) & 0xffff;
  return Uint8Array.of(cylinder >>> 8, cylinder, head >>> 8, head);
}

/** A track as cylinder and head, for messages. */
export function trackName(track: number): string {
  return `${Math.floor(track / HEADS)}/${track % HEADS}`;
}
