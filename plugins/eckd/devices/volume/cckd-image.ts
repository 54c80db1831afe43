/** A compressed CKD image (CCKD): two levels of tables lead to tracks that are stored as they are or with zlib. */

import { deflateSync, inflateSync } from 'node:zlib';
import { HEADS } from '../geometry.js';
import { composeTrack, HOME_ADDRESS_LENGTH, TRACK_SIZE } from '../track.js';
import { FreeSpace, type SpaceCounters } from './cckd-space.js';
import { HEADER_LENGTH, type ImageHeader } from './image-header.js';
import { imageError, type ImageReader } from './image-reader.js';
import type { Volume } from './volume.js';

/** Offset of the second header. */
const CCKD_HEADER = HEADER_LENGTH;
const LEVEL_1 = 1024;
const TRACKS_PER_TABLE = 256;
const LEVEL_2_ENTRY = 8;
const LEVEL_2_LENGTH = TRACKS_PER_TABLE * LEVEL_2_ENTRY;
/** Largest offset that Hercules takes without large-file support. */
const LARGEST_FILE = 0x7fff_ffff;
/** A shorter track is stored as it is. */
const SHORTEST_COMPRESSED = 512;
const ELSEWHERE = 0xffff_ffff;

const Option = { bigEndian: 0x02, openedForWriting: 0x40, opened: 0x80 } as const;

/** Offsets in the second header. */
const Field = {
  options: 3,
  level1Entries: 4,
  level2Entries: 8,
  size: 12,
  used: 16,
  firstFree: 20,
  freeTotal: 24,
  freeLargest: 28,
  freeCount: 32,
  embeddedFree: 36,
  /** little-endian whatever the options say */
  cylinders: 40,
  nullFormat: 44,
  compression: 45,
} as const;

/** Byte 0 of a stored track, and the header's byte 45. */
const Compression = { none: 0, zlib: 1, bzip2: 2 } as const;

/** Null format of a volume in 4096-byte blocks. */
const LINUX_FORMAT = 2;

/** Tracks that take no space, by the format that their table entry names. */
const nullTracks: readonly ((track: number) => Uint8Array)[] = [
  (track) => composeTrack(track, [{ record: 1, data: 0 }]),
  (track) => composeTrack(track, []),
  (track) =>
    composeTrack(
      track,
      Array.from({ length: 12 }, (_, n) => ({ record: n + 1, data: 4096 })),
    ),
];

interface Place {
  offset: number;
  /** stored bytes; with offset 0 the null format */
  length: number;
  /** allocated bytes */
  size: number;
}

export class CckdImage implements Volume {
  readonly name: string;
  readonly cylinders: number;
  readonly serial?: string;
  readonly readOnly: boolean;
  readonly #reader: ImageReader;
  readonly #header: DataView;
  readonly #littleEndian: boolean;
  readonly #level1: number[] = [];
  readonly #tables = new Map<number, DataView>();
  readonly #counters: SpaceCounters;
  readonly #space: FreeSpace;
  #changed = false;

  /** @throws CcwspecError E-IMAGE if it is truncated, its tables lead out of the file, or its free-space chain loops. */
  constructor(reader: ImageReader, header: ImageHeader) {
    this.#reader = reader;
    this.name = reader.path;
    this.readOnly = !reader.writable;
    if (header.serial !== '') this.serial = header.serial;
    const bytes = reader.read(CCKD_HEADER, HEADER_LENGTH);
    this.#header = new DataView(bytes.buffer);
    this.#littleEndian = (this.#header.getUint8(Field.options) & Option.bigEndian) === 0;
    this.cylinders = this.#header.getUint32(Field.cylinders, true);
    const entries = this.#word(Field.level1Entries);
    if (
      this.cylinders < 1 ||
      this.cylinders > 65535 ||
      entries !== Math.ceil((this.cylinders * HEADS) / TRACKS_PER_TABLE)
    ) {
      throw imageError(
        reader.path,
        `says ${this.cylinders} cylinders and ${entries} level-1 entries, which do not match`,
      );
    }
    if (this.#word(Field.level2Entries) !== TRACKS_PER_TABLE) {
      throw imageError(reader.path, `has level-2 tables of ${this.#word(Field.level2Entries)} entries, not of 256`);
    }
    this.#counters = {
      size: this.#word(Field.size),
      firstFree: this.#word(Field.firstFree),
      freeCount: this.#word(Field.freeCount),
      freeTotal: this.#word(Field.freeTotal),
      freeLargest: this.#word(Field.freeLargest),
    };
    if (reader.size < this.#counters.size) {
      throw imageError(reader.path, `is truncated: it says ${this.#counters.size} bytes and has ${reader.size}`);
    }
    const level1 = reader.read(LEVEL_1, 4 * entries);
    const view = new DataView(level1.buffer);
    for (let n = 0; n < entries; n++) {
      const offset = view.getUint32(4 * n, this.#littleEndian);
      if (offset === ELSEWHERE) {
        throw imageError(reader.path, 'leaves tracks to another file', 'Merge the shadow files with their base first.');
      }
      if (offset !== 0 && offset + LEVEL_2_LENGTH > this.#counters.size) {
        throw imageError(reader.path, `has level-1 entry ${n} lead to byte ${offset}, behind its end`);
      }
      this.#level1.push(offset);
    }
    this.#space = new FreeSpace(reader.path, reader, this.#littleEndian, this.#counters);
  }

  /** @throws CcwspecError E-IMAGE for a track in bzip2, which cannot be read here, and for one that lies outside the file. */
  readTrack(track: number): Uint8Array {
    const place = this.#placeOf(track);
    if (place.offset === 0) return this.#nullTrack(track, place.length);
    const stored = this.#reader.read(place.offset, place.length);
    return this.#expand(track, stored);
  }

  writeTrack(track: number, image: Uint8Array, length: number): void {
    this.#begin();
    const table = this.#tableForWriting(Math.floor(track / TRACKS_PER_TABLE), track);
    const old = this.#placeOf(track);
    const stored = this.#compress(image.subarray(0, length));
    const offset = this.#space.allocate(stored.length, this.#counters);
    if (offset + stored.length > LARGEST_FILE) {
      throw imageError(this.name, `would grow beyond ${LARGEST_FILE} bytes`, 'Use an uncompressed image.');
    }
    this.#reader.write(offset, stored);
    this.#putPlace(table, track, { offset, length: stored.length, size: stored.length });
    if (old.offset !== 0) {
      this.#space.free(old.offset, old.size);
      this.#addTo(Field.embeddedFree, old.length - old.size);
      this.#addTo(Field.used, -old.length);
    }
    this.#addTo(Field.used, stored.length);
    this.#store();
  }

  close(): void {
    if (this.#changed) {
      this.#header.setUint8(Field.options, this.#header.getUint8(Field.options) & ~Option.opened);
      this.#store();
    }
    this.#reader.close();
  }

  #word(field: number): number {
    return this.#header.getUint32(field, this.#littleEndian);
  }

  #addTo(field: number, difference: number): void {
    this.#header.setUint32(field, this.#word(field) + difference, this.#littleEndian);
  }

  #placeOf(track: number): Place {
    const table = this.#table(Math.floor(track / TRACKS_PER_TABLE));
    if (table === undefined) return { offset: 0, length: this.#header.getUint8(Field.nullFormat), size: 0 };
    const at = (track % TRACKS_PER_TABLE) * LEVEL_2_ENTRY;
    const place = {
      offset: table.getUint32(at, this.#littleEndian),
      length: table.getUint16(at + 4, this.#littleEndian),
      size: table.getUint16(at + 6, this.#littleEndian),
    };
    if (place.offset !== 0 && place.offset + place.length > this.#counters.size) {
      throw imageError(this.name, `has track ${track} at byte ${place.offset}, behind its end`);
    }
    return place;
  }

  #putPlace(table: DataView, track: number, place: Place): void {
    const at = (track % TRACKS_PER_TABLE) * LEVEL_2_ENTRY;
    table.setUint32(at, place.offset, this.#littleEndian);
    table.setUint16(at + 4, place.length, this.#littleEndian);
    table.setUint16(at + 6, place.size, this.#littleEndian);
    const offset = this.#level1[Math.floor(track / TRACKS_PER_TABLE)] ?? 0;
    this.#reader.write(offset + at, new Uint8Array(table.buffer, at, LEVEL_2_ENTRY));
  }

  #table(index: number): DataView | undefined {
    const known = this.#tables.get(index);
    if (known !== undefined) return known;
    const offset = this.#level1[index] ?? 0;
    if (offset === 0) return undefined;
    const table = new DataView(this.#reader.read(offset, LEVEL_2_LENGTH).buffer);
    this.#tables.set(index, table);
    return table;
  }

  #tableForWriting(index: number, track: number): DataView {
    const known = this.#table(index);
    if (known !== undefined) return known;
    const table = new DataView(new ArrayBuffer(LEVEL_2_LENGTH));
    const format = this.#header.getUint8(Field.nullFormat);
    for (let at = 0; at < LEVEL_2_LENGTH; at += LEVEL_2_ENTRY) {
      table.setUint16(at + 4, format, this.#littleEndian);
      table.setUint16(at + 6, format, this.#littleEndian);
    }
    const offset = this.#space.allocate(LEVEL_2_LENGTH, this.#counters);
    if (offset + LEVEL_2_LENGTH > LARGEST_FILE)
      throw imageError(this.name, `has no room for the table of track ${track}`);
    this.#reader.write(offset, new Uint8Array(table.buffer));
    this.#level1[index] = offset;
    this.#tables.set(index, table);
    const entry = new DataView(new ArrayBuffer(4));
    entry.setUint32(0, offset, this.#littleEndian);
    this.#reader.write(LEVEL_1 + 4 * index, new Uint8Array(entry.buffer));
    this.#addTo(Field.used, LEVEL_2_LENGTH);
    return table;
  }

  #nullTrack(track: number, format: number): Uint8Array {
    // Tables that were made with a volume in the Linux format name format 0 where they mean the volume's.
    const volumeFormat = this.#header.getUint8(Field.nullFormat);
    const make = nullTracks[format === 0 && volumeFormat === LINUX_FORMAT ? LINUX_FORMAT : format];
    if (make === undefined) throw imageError(this.name, `has track ${track} in the unknown null format ${format}`);
    return make(track);
  }

  #expand(track: number, stored: Uint8Array): Uint8Array {
    const method = stored[0];
    if (method === Compression.none) return stored;
    if (method === Compression.bzip2) {
      throw imageError(
        this.name,
        `has track ${track} compressed with bzip2, which cannot be read here`,
        'Convert it, for example with: dasdcopy -z OLD NEW',
      );
    }
    if (method !== Compression.zlib) return stored;
    try {
      const records = inflateSync(stored.subarray(HOME_ADDRESS_LENGTH), { maxOutputLength: TRACK_SIZE });
      const image = new Uint8Array(HOME_ADDRESS_LENGTH + records.length);
      image.set(stored.subarray(1, HOME_ADDRESS_LENGTH), 1);
      image.set(records, HOME_ADDRESS_LENGTH);
      return image;
    } catch {
      // What cannot be expanded is handed on as it is: it is no track, so that its access ends with invalid track format.
      return stored;
    }
  }

  #compress(image: Uint8Array): Uint8Array {
    if (this.#header.getUint8(Field.compression) !== Compression.zlib || image.length < SHORTEST_COMPRESSED)
      return image;
    const records = deflateSync(image.subarray(HOME_ADDRESS_LENGTH));
    if (records.length + HOME_ADDRESS_LENGTH >= image.length) return image;
    const stored = new Uint8Array(HOME_ADDRESS_LENGTH + records.length);
    stored.set(image.subarray(0, HOME_ADDRESS_LENGTH));
    stored[0] = Compression.zlib;
    stored.set(records, HOME_ADDRESS_LENGTH);
    return stored;
  }

  /** Marks the file as open for writing, once, so that a tool that finds it after a crash checks it. */
  #begin(): void {
    if (this.#changed) return;
    this.#changed = true;
    const options = this.#header.getUint8(Field.options) | Option.openedForWriting | Option.opened;
    this.#header.setUint8(Field.options, options);
    this.#store();
  }

  #store(): void {
    this.#space.store(this.#reader, this.#counters);
    this.#header.setUint32(Field.size, this.#counters.size, this.#littleEndian);
    this.#header.setUint32(Field.firstFree, this.#counters.firstFree, this.#littleEndian);
    this.#header.setUint32(Field.freeTotal, this.#counters.freeTotal, this.#littleEndian);
    this.#header.setUint32(Field.freeLargest, this.#counters.freeLargest, this.#littleEndian);
    this.#header.setUint32(Field.freeCount, this.#counters.freeCount, this.#littleEndian);
    this.#reader.write(CCKD_HEADER, new Uint8Array(this.#header.buffer));
  }
}
