/** The 512-byte header that every CKD image file begins with, compressed or not. */

import { HEADS } from '../geometry.js';
import { TRACK_SIZE } from '../track.js';

export const HEADER_LENGTH = 512;

/** Bytes of one cylinder in an uncompressed file. */
export const CYLINDER_LENGTH = HEADS * TRACK_SIZE;

/** Low byte of the device type 3390. */
const TYPE_3390 = 0x90;

export interface ImageHeader {
  /** the first eight bytes: `CKD_P370`, … */
  readonly id: string;
  readonly heads: number;
  readonly trackSize: number;
  /** low byte of the device type: 0x90 for 3390 */
  readonly deviceType: number;
  /** 0 for a single file, 1 and up for one file of several */
  readonly sequence: number;
  /** highest cylinder in this file; 0 for the last or only file */
  readonly highestCylinder: number;
  /** twelve digits, or empty */
  readonly serial: string;
}

/** Decodes the header in `bytes`, at least 512 of them. */
export function decodeHeader(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const serial = String.fromCharCode(...bytes.subarray(20, 32));
  return {
    id: String.fromCharCode(...bytes.subarray(0, 8)),
    heads: view.getUint32(8, true),
    trackSize: view.getUint32(12, true),
    deviceType: view.getUint8(16),
    sequence: view.getUint8(17),
    highestCylinder: view.getUint16(18, true),
    serial: /^\d{12}$/.test(serial) ? serial : '',
  };
}

/** The header of a 3390 image. */
export function encodeHeader(id: string, sequence = 0, highestCylinder = 0, serial = ''): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  for (let n = 0; n < id.length; n++) bytes[n] = id.charCodeAt(n);
  view.setUint32(8, HEADS, true);
  view.setUint32(12, TRACK_SIZE, true);
  view.setUint8(16, TYPE_3390);
  view.setUint8(17, sequence);
  view.setUint16(18, highestCylinder, true);
  for (let n = 0; n < serial.length; n++) bytes[20 + n] = serial.charCodeAt(n);
  return bytes;
}

/** What is wrong with a header for a 3390 volume; undefined if nothing is. */
export function headerFault(header: ImageHeader): string | undefined {
  if (header.deviceType !== TYPE_3390) {
    return `is an image of another device type (type byte ${header.deviceType.toString(16).padStart(2, '0')}, a 3390 has 90)`;
  }
  if (header.heads !== HEADS) return `says ${header.heads} tracks a cylinder; a 3390 has ${HEADS}`;
  if (header.trackSize !== TRACK_SIZE) return `says ${header.trackSize} bytes a track; a 3390 has ${TRACK_SIZE}`;
  return undefined;
}
