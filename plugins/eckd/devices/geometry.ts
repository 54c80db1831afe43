/** The 3390: models, addresses, track capacity and sector numbers (GA32-0274, "Track Capacity"). */

export const HEADS = 15;

/** Cells of 34 bytes on a track, home address and record 0 not counted. */
export const TRACK_CELLS = 1729;

/** Sectors of a track; a sector number is 0 to 223, or 0xff for none. */
export const SECTORS = 224;

/** Usable bytes of a track (read device characteristics, bytes 17-19). */
export const TRACK_BYTES = 58786;

/** Largest data length of record 0; the largest block size of an extent is 8 more. */
export const LARGEST_RECORD_ZERO = 57326;

/** Largest data length of a keyless record 1. */
export const LARGEST_RECORD = 56664;

/** Cylinders from which read device characteristics says 0xfffe: an extended address volume. */
export const EXTENDED_ADDRESS_CYLINDERS = 65521;

/** Most cylinders of a 3390-A. */
export const MOST_CYLINDERS = 1182006;

/** Cylinders of each model that a volume can be named after. */
export const modelCylinders: Readonly<Record<string, number>> = {
  '3390-1': 1113,
  '3390-2': 2226,
  '3390-3': 3339,
  '3390-9': 10017,
  '3390-27': 32760,
  '3390-54': 65520,
};

/** What the device says of its own model. */
export interface ModelIdentity {
  /** device model: sense ID byte 6 */
  readonly model: number;
  /** unit type: read device characteristics byte 11 */
  readonly unitType: number;
}

const identities: readonly (readonly [upTo: number, identity: ModelIdentity])[] = [
  [1114, { model: 0x02, unitType: 0x26 }],
  [2227, { model: 0x06, unitType: 0x27 }],
  [3340, { model: 0x0a, unitType: 0x24 }],
  [Infinity, { model: 0x0c, unitType: 0x32 }],
];

/** The model that a volume of `cylinders` reports: the first that has room for it with its alternate cylinders. */
export function identityOf(cylinders: number): ModelIdentity {
  for (const [upTo, identity] of identities) if (cylinders <= upTo) return identity;
  throw new RangeError(`${cylinders} is no number of cylinders`);
}

/** Cells of an area of `length` bytes in segments of 232 with 6 bytes of check each. */
function areaCells(length: number): number {
  const segments = Math.ceil((length + 6) / 232) + 1;
  return 9 + Math.ceil((length + 6 * segments) / 34);
}

/** Cells that a record takes: 10, its data area, and its key area if there is one. */
export function recordCells(keyLength: number, dataLength: number): number {
  return 10 + areaCells(dataLength) + (keyLength > 0 ? areaCells(keyLength) : 0);
}

/** How many equal records fit on a track. */
export function recordsPerTrack(keyLength: number, dataLength: number): number {
  return Math.floor(TRACK_CELLS / recordCells(keyLength, dataLength));
}

/** Sector number for record `record` (from 1) of a track of equal records of `length` bytes, key and data together. */
export function sectorOf(record: number, length: number): number {
  return Math.floor((49 + (record - 1) * recordCells(0, length)) / 8);
}

/** Cylinder of a track number. */
export function cylinderOf(track: number): number {
  return Math.floor(track / HEADS);
}

/** Head of a track number. */
export function headOf(track: number): number {
  return track % HEADS;
}

/**
 * Track number of a CCHH address; -1 if its head is 15. Bits of the cylinder above 16 are in the high twelve bits of HH, as
 * extended address volumes have it.
 */
export function trackOfAddress(cylinderField: number, headField: number): number {
  const head = headField & 0x0f;
  return head < HEADS ? (cylinderField + ((headField & 0xfff0) << 12)) * HEADS + head : -1;
}

/** The CCHH address of a track, as one unsigned 32-bit word. */
export function addressOf(track: number): number {
  const cylinder = cylinderOf(track);
  return (((cylinder & 0xffff) << 16) | ((cylinder >>> 16) << 4) | headOf(track)) >>> 0;
}

/** Stores the four bytes CCHH of `track` at `bytes[offset]`. */
export function putAddress(bytes: Uint8Array, offset: number, track: number): void {
  const address = addressOf(track);
  bytes[offset] = address >>> 24;
  bytes[offset + 1] = address >>> 16;
  bytes[offset + 2] = address >>> 8;
  bytes[offset + 3] = address;
}

/** Track number of the four bytes CCHH at `bytes[offset]`; -1 if the head is 15. */
export function getAddress(bytes: Uint8Array, offset: number): number {
  return trackOfAddress(halfword(bytes, offset), halfword(bytes, offset + 2));
}

/** The big-endian halfword at `bytes[offset]`; bytes that are not there count as zero. */
export function halfword(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}
