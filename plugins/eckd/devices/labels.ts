/** What is written at fixed places of a volume: IPL records, volume label, and the data-set control blocks of a VTOC. */

import { putEbcdic } from './ebcdic.js';
import { cylinderOf, HEADS, putAddress, TRACK_BYTES } from './geometry.js';

/** Length of a data-set control block: key 44, data 96. */
export const DSCB_LENGTH = 140;

/** Tracks up to which format 5 describes free space; beyond, format 7 does, and format 4 says so. */
const FORMAT_5_TRACKS = 0xffff;

/** Key of record 1 of track 0/0. */
export const IPL1 = Uint8Array.of(0xc9, 0xd7, 0xd3, 0xf1);
/** Key of record 2 of track 0/0. */
export const IPL2 = Uint8Array.of(0xc9, 0xd7, 0xd3, 0xf2);
/** Key of record 3 of track 0/0. */
export const VOL1 = Uint8Array.of(0xe5, 0xd6, 0xd3, 0xf1);

/** Data of record 1 of a volume that cannot be loaded from: a disabled wait PSW, and a no-operation. */
export function waitRecord(): Uint8Array {
  const data = new Uint8Array(24);
  data.set([0x00, 0x06, 0, 0, 0, 0, 0, 0x0f, 0x03, 0, 0, 0, 0, 0, 0, 0x01]);
  return data;
}

/**
 * The 80 bytes of a volume label.
 * @param serial volume serial, at most 6 characters
 * @param owner at most 14 characters
 * @param ownerAt where the owner is: 37 as the label's format has it; dasdinit writes it at 41
 * @throws RangeError for a character that labels do not use.
 */
export function volumeLabel(serial: string, owner: string, ownerAt = 37): Uint8Array {
  const label = new Uint8Array(80).fill(0x40);
  label.set(VOL1);
  putEbcdic(label, 4, 6, serial);
  // no security, and the VTOC at cylinder 0, head 1, record 1
  label.set([0x40, 0x00, 0x00, 0x00, 0x01, 0x01], 10);
  putEbcdic(label, ownerAt, 14, owner);
  return label;
}

function dscb(key: number, keyBytes: number, id: number): Uint8Array {
  const bytes = new Uint8Array(DSCB_LENGTH);
  bytes.fill(key, 0, keyBytes);
  bytes[44] = id;
  return bytes;
}

/** True if the free space of so many tracks is in a format-7 DSCB, not in the format-5. */
export function needsFormat7(tracks: number): boolean {
  return tracks > FORMAT_5_TRACKS;
}

/**
 * Format-4 DSCB: the VTOC itself, one track (0/1), on a volume of 4096-byte blocks.
 * @param records DSCBs that fit in the VTOC
 */
export function format4(tracks: number, records = 12): Uint8Array {
  const bytes = dscb(0x04, 44, 0xf4);
  const view = new DataView(bytes.buffer);
  const cylinders = tracks / HEADS;
  view.setUint16(50, records - 2);
  bytes[59] = 1;
  view.setUint16(62, cylinders > 65520 ? 0xfffe : cylinders);
  view.setUint16(64, HEADS);
  view.setUint16(66, TRACK_BYTES & 0xffff);
  bytes[71] = 0x30;
  bytes[74] = records;
  bytes[105] = 0x01;
  view.setUint32(107, 0x0000_0001);
  view.setUint32(111, 0x0000_0001);
  if (needsFormat7(tracks)) {
    bytes[58] = 0xa0;
    bytes[125] = 0x07;
    view.setUint32(126, 0x0000_0001);
    bytes[130] = 3;
  }
  if (cylinders > 65520) view.setUint32(132, cylinders);
  return bytes;
}

/** Format-5 DSCB: the free tracks from `first` on, unless a format-7 has them. */
export function format5(tracks: number, first = 2): Uint8Array {
  const bytes = dscb(0x05, 4, 0xf5);
  if (needsFormat7(tracks)) return bytes;
  const view = new DataView(bytes.buffer);
  view.setUint16(4, first);
  view.setUint16(6, cylinderOf(tracks - first));
  bytes[8] = (tracks - first) % HEADS;
  return bytes;
}

/** Format-7 DSCB: the free tracks from `first` on. */
export function format7(tracks: number, first = 2): Uint8Array {
  const bytes = dscb(0x07, 4, 0xf7);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, first);
  view.setUint32(8, tracks - 1);
  return bytes;
}

/** A data set for format1. */
export interface DataSet {
  readonly name: string;
  readonly volumeSerial: string;
  /** first and last track */
  readonly first: number;
  readonly last: number;
  readonly blockSize: number;
}

/** Format-1 DSCB: one extent of a Linux partition. @throws RangeError for a name of other characters or too long. */
export function format1({ name, volumeSerial, first, last, blockSize }: DataSet): Uint8Array {
  const bytes = new Uint8Array(DSCB_LENGTH);
  const view = new DataView(bytes.buffer);
  putEbcdic(bytes, 0, 44, name);
  bytes[44] = 0xf1;
  putEbcdic(bytes, 45, 6, volumeSerial);
  view.setUint16(51, 1);
  bytes.set([0x63, 0x01, 0x6d], 56);
  bytes[59] = 1;
  putEbcdic(bytes, 62, 13, 'IBM LINUX');
  bytes[84] = 0x88;
  view.setUint16(86, blockSize);
  view.setUint16(88, blockSize);
  bytes[93] = 0x80;
  bytes[94] = 0x80;
  bytes[105] = 0x01;
  putAddress(bytes, 107, first);
  putAddress(bytes, 111, last);
  return bytes;
}
