/** A volume in HDR-30 format, the only one that dasdconv converts from. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { cylinderOf, headOf, HEADS, type Volume } from '../../../plugins/eckd/devices/index.js';
import { COUNT_LENGTH, endOfRecords, HOME_ADDRESS_LENGTH } from '../../../plugins/eckd/devices/track.js';

/** Cylinders that dasdconv takes a 3390-1 to have; its format knows no other sizes than those of whole models. */
export const HDR30_CYLINDERS = 1113;

const MODEL_3390_1 = 0x0b;
const TRACK_LENGTH = 0xe400;
const TRACK_HEADER = 48;

/** Writes `volume`, of HDR30_CYLINDERS, to the file `path`, zipped. */
export function writeHdr30(volume: Volume, path: string): void {
  // A zipped file may have many members. The zeros that end a track are one, made once for all tracks of that length.
  const zeros = new Map<number, Buffer>();
  const file = openSync(path, 'w');
  try {
    for (let number = 0; number < HDR30_CYLINDERS * HEADS; number++) {
      const records = hdr30Records(volume, number);
      const rest = zeros.get(records.length) ?? gzipSync(Buffer.alloc(TRACK_LENGTH - records.length));
      zeros.set(records.length, rest);
      writeSync(file, gzipSync(records));
      writeSync(file, rest);
    }
  } finally {
    closeSync(file);
  }
}

/** A track through its last record: header, then for each record a word of zeros, count field, key, data, up to a word. */
function hdr30Records(volume: Volume, number: number): Buffer {
  const track = Buffer.alloc(TRACK_LENGTH);
  track.writeUInt16BE(MODEL_3390_1, 0);
  track.writeUInt16BE(cylinderOf(number), 16);
  track.writeUInt16BE(headOf(number), 18);
  const image = Buffer.from(volume.readTrack(number));
  const end = endOfRecords(image);
  let to = TRACK_HEADER;
  for (let from = HOME_ADDRESS_LENGTH; from < end;) {
    const length = COUNT_LENGTH + image.readUInt8(from + 5) + image.readUInt16BE(from + 6);
    image.copy(track, to + 4, from, from + length);
    from += length;
    to += (4 + length + 3) & ~3;
  }
  return track.subarray(0, to);
}
