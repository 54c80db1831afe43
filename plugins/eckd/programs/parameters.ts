/** Parameter bytes of the ECKD commands, from fields by name. Addresses are track numbers; see geometry. */

import { putAddress } from '../devices/geometry.js';

/** Fields of define extent. */
export interface ExtentFields {
  /** file mask, default 0x40: no writes */
  readonly mask?: number;
  /** global attributes, default 0xc0: ECKD, normal cache operation */
  readonly attributes?: number;
  /** 0: the largest */
  readonly blockSize?: number;
  /** byte 7, default 0 */
  readonly extended?: number;
  readonly first: number;
  readonly last: number;
}

/** File masks that programs use. */
export const FileMask = {
  /** reads only */
  read: 0x40,
  /** writes into records that are there */
  update: 0x80,
  /** formatting, but for home address and record 0 */
  format: 0x00,
  /** everything */
  all: 0xc0,
} as const;

/** The 16 bytes of define extent. */
export function defineExtent(fields: ExtentFields): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  bytes[0] = fields.mask ?? FileMask.read;
  bytes[1] = fields.attributes ?? 0xc0;
  view.setUint16(2, fields.blockSize ?? 0);
  bytes[7] = fields.extended ?? 0;
  putAddress(bytes, 8, fields.first);
  putAddress(bytes, 12, fields.last);
  return bytes;
}

/** Operation codes of locate record; add an orientation. */
export const LocateOperation = {
  orient: 0x00,
  writeData: 0x01,
  formatWrite: 0x03,
  readData: 0x06,
  writeTrack: 0x0b,
  readTracks: 0x0c,
  read: 0x16,
  extended: 0x3f,
} as const;

/** Orientations of locate record. */
export const LocateOrientation = { count: 0x00, homeAddress: 0x40, data: 0x80, index: 0xc0 } as const;

/** Operations of locate record extended, byte 17. */
export const ExtendedOperation = { writeAny: 0x09, readAny: 0x0a, readTrackSet: 0x0e } as const;

/** No sector is named. */
export const NO_SECTOR = 0xff;

/** Fields of locate record. */
export interface LocateFields {
  /** operation and orientation, see LocateOperation and LocateOrientation */
  readonly operation: number;
  /** auxiliary byte, default: length factor valid if there is one */
  readonly auxiliary?: number;
  /** records, or tracks, of the domain */
  readonly count: number;
  readonly track: number;
  /** search argument: record number, default 0; its track is `searchTrack`, default `track` */
  readonly record?: number;
  readonly searchTrack?: number;
  /** default 0xff: none */
  readonly sector?: number;
  /** transfer length factor, default none */
  readonly lengthFactor?: number;
}

/** The 16 bytes of locate record. */
export function locateRecord(fields: LocateFields): Uint8Array {
  const { lengthFactor = 0, track } = fields;
  const bytes = new Uint8Array(16);
  bytes[0] = fields.operation;
  bytes[1] = fields.auxiliary ?? (lengthFactor === 0 ? 0 : 0x80);
  bytes[3] = fields.count;
  putAddress(bytes, 4, track);
  putAddress(bytes, 8, fields.searchTrack ?? track);
  bytes[12] = fields.record ?? 0;
  bytes[13] = fields.sector ?? NO_SECTOR;
  new DataView(bytes.buffer).setUint16(14, lengthFactor);
  return bytes;
}

/** Fields of locate record extended. */
export interface ExtendedLocateFields extends LocateFields {
  /** byte 17, if the operation code says that it is there */
  readonly extendedOperation?: number;
  /** extended parameter, default none */
  readonly parameter?: Uint8Array;
}

/** The 20 bytes of locate record extended, and its parameter. */
export function locateRecordExtended(fields: ExtendedLocateFields): Uint8Array {
  const { parameter = new Uint8Array(0) } = fields;
  const bytes = new Uint8Array(20 + parameter.length);
  bytes.set(locateRecord(fields));
  bytes[17] = fields.extendedOperation ?? 0;
  new DataView(bytes.buffer).setUint16(18, parameter.length);
  bytes.set(parameter, 20);
  return bytes;
}

/** The 64 bytes of prefix: an extent, and a locate record extended if there is one. */
export function prefix(extent: ExtentFields, locate?: ExtendedLocateFields): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes[0] = locate === undefined ? 0 : 1;
  bytes[1] = 0x80;
  bytes.set(defineExtent(extent), 12);
  if (locate !== undefined) bytes.set(locateRecordExtended(locate).subarray(0, 20), 44);
  return bytes;
}

/** The six bytes of a seek. */
export function seekAddress(track: number): Uint8Array {
  const bytes = new Uint8Array(6);
  putAddress(bytes, 2, track);
  return bytes;
}

/** The five bytes CCHHR of a search ID. */
export function recordId(track: number, record: number): Uint8Array {
  const bytes = new Uint8Array(5);
  putAddress(bytes, 0, track);
  bytes[4] = record;
  return bytes;
}

/** A count field. */
export function countField(track: number, record: number, keyLength: number, dataLength: number): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes.set(recordId(track, record));
  bytes[5] = keyLength;
  new DataView(bytes.buffer).setUint16(6, dataLength);
  return bytes;
}
