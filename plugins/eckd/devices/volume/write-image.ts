/** Writes a volume as an image file that Hercules reads. */

import { HEADS } from '../geometry.js';
import { COUNT_LENGTH, endOfRecords, TRACK_SIZE } from '../track.js';
import { memberName } from './ckd-image.js';
import { CYLINDER_LENGTH, encodeHeader, HEADER_LENGTH } from './image-header.js';
import { imageError } from './image-reader.js';
import type { Volume } from './volume.js';
import { closeSync, openSync, writeSync } from 'node:fs';

/** Most cylinders of one file below 2 GiB. */
export const CYLINDERS_PER_FILE = 2519;

/**
 * Writes all tracks of `volume` to an uncompressed image.
 * @param path the file; of a set of files, the first (its name then ends in 1 before the extension)
 * @param cylindersPerFile if given, and the volume has more, a set of files is written
 * @returns the names of the files
 * @throws CcwspecError E-IMAGE for a volume that the format cannot hold: beyond cylinder 65 535.
 */
export function writeCkdImage(volume: Volume, path: string, cylindersPerFile = Infinity): string[] {
  if (volume.cylinders > 65535) throw imageError(path, 'cannot hold cylinders above 65535');
  const several = volume.cylinders > cylindersPerFile;
  const names: string[] = [];
  const track = new Uint8Array(TRACK_SIZE);
  for (let first = 0, sequence = 1; first < volume.cylinders; first += cylindersPerFile, sequence++) {
    const next = Math.min(first + cylindersPerFile, volume.cylinders);
    const name = several ? memberName(path, sequence) : path;
    const file = openSync(name, 'w');
    try {
      const highest = several && next < volume.cylinders ? next - 1 : 0;
      writeSync(file, encodeHeader('CKD_P370', several ? sequence : 0, highest, volume.serial ?? ''));
      for (let number = first * HEADS; number < next * HEADS; number++) {
        const image = volume.readTrack(number);
        track.fill(0);
        track.set(image.subarray(0, endOfRecords(image) + COUNT_LENGTH));
        writeSync(file, track, 0, TRACK_SIZE, HEADER_LENGTH + (number - first * HEADS) * TRACK_SIZE);
      }
    } finally {
      closeSync(file);
    }
    names.push(name);
    if (!several) break;
  }
  return names;
}

/** Length of an uncompressed image of so many cylinders in one file, in bytes. */
export function imageLength(cylinders: number): number {
  return HEADER_LENGTH + cylinders * CYLINDER_LENGTH;
}
