/** An uncompressed CKD image: one file, or several whose names differ in the last character before the extension. */

import { extname } from 'node:path';
import { HEADS } from '../geometry.js';
import { TRACK_SIZE } from '../track.js';
import { CYLINDER_LENGTH, decodeHeader, HEADER_LENGTH, headerFault, type ImageHeader } from './image-header.js';
import { imageError, ImageReader } from './image-reader.js';
import type { Volume } from './volume.js';

const MOST_FILES = 27;

/**
 * Name of file `sequence` (from 1) of the set that `first` begins: the last character before the extension is 1 to 9, then A
 * and on.
 */
export function memberName(first: string, sequence: number): string {
  const extension = extname(first);
  const stem = first.slice(0, first.length - extension.length);
  const digit = sequence < 10 ? String(sequence) : String.fromCharCode(0x41 + sequence - 10);
  return stem.slice(0, -1) + digit + extension;
}

interface Member {
  readonly reader: ImageReader;
  /** first track in this file */
  readonly first: number;
}

export class CkdImage implements Volume {
  readonly name: string;
  readonly cylinders: number;
  readonly serial?: string;
  readonly readOnly: boolean;
  readonly #members: Member[] = [];

  /** @throws CcwspecError E-IMAGE if a file of the set is missing, truncated, or does not continue the one before it. */
  constructor(reader: ImageReader, header: ImageHeader) {
    this.name = reader.path;
    this.readOnly = !reader.writable;
    if (header.serial !== '') this.serial = header.serial;
    let cylinders = 0;
    let member = header;
    let file = reader;
    try {
      if (header.sequence > 1) {
        throw imageError(reader.path, `is file ${header.sequence} of a set`, 'Name the first file of the set.');
      }
      for (;;) {
        const held = cylindersIn(file);
        this.#members.push({ reader: file, first: cylinders * HEADS });
        cylinders += held;
        if (member.sequence === 0 || member.highestCylinder === 0) break;
        if (member.highestCylinder !== cylinders - 1) {
          throw imageError(
            file.path,
            `says that its highest cylinder is ${member.highestCylinder}; its length makes it ${cylinders - 1}`,
          );
        }
        if (member.sequence >= MOST_FILES)
          throw imageError(file.path, `would be followed by more than ${MOST_FILES} files`);
        file = new ImageReader(memberName(reader.path, member.sequence + 1), reader.writable);
        const next = decodeHeader(file.read(0, HEADER_LENGTH));
        const fault = headerFault(next);
        if (fault !== undefined) throw imageError(file.path, fault);
        if (next.sequence !== member.sequence + 1) {
          throw imageError(file.path, `is file ${next.sequence} of a set, not file ${member.sequence + 1}`);
        }
        member = next;
      }
    } catch (error) {
      if (!this.#members.some((known) => known.reader === file)) file.close();
      this.close();
      throw error;
    }
    this.cylinders = cylinders;
  }

  readTrack(track: number): Uint8Array {
    const { reader, first } = this.#memberOf(track);
    return reader.read(HEADER_LENGTH + (track - first) * TRACK_SIZE, TRACK_SIZE);
  }

  writeTrack(track: number, image: Uint8Array, length: number): void {
    const { reader, first } = this.#memberOf(track);
    const bytes = new Uint8Array(TRACK_SIZE);
    bytes.set(image.subarray(0, length));
    reader.write(HEADER_LENGTH + (track - first) * TRACK_SIZE, bytes);
  }

  close(): void {
    for (const { reader } of this.#members) reader.close();
    this.#members.length = 0;
  }

  #memberOf(track: number): Member {
    for (let n = this.#members.length - 1; n >= 0; n--) {
      const member = this.#members[n];
      if (member !== undefined && track >= member.first) return member;
    }
    throw new Error(`track ${track} of ${this.name}, which is closed`);
  }
}

function cylindersIn(file: ImageReader): number {
  const size = file.size;
  const rest = (size - HEADER_LENGTH) % CYLINDER_LENGTH;
  const cylinders = Math.floor((size - HEADER_LENGTH) / CYLINDER_LENGTH);
  if (rest !== 0 || cylinders < 1) {
    throw imageError(
      file.path,
      `is truncated or too long: ${size} bytes are ${cylinders} cylinders and ${rest} bytes more`,
      'Copy the image again, or make a new one with dasdinit.',
    );
  }
  return cylinders;
}
