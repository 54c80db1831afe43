/**
 * One track: its image as Hercules stores it (home address 5 bytes, records back to back, eight bytes of ones), with the
 * place of every record. Parsed once and kept while it is in use; writes change the image in place.
 */

import { getAddress, putAddress, recordCells, TRACK_CELLS } from './geometry.js';

/** Length of a track in an image file. */
export const TRACK_SIZE = 56832;

/** Length of a home address: flag byte and CCHH. */
export const HOME_ADDRESS_LENGTH = 5;

/** Length of a count field: CCHH, record, key length, data length. */
export const COUNT_LENGTH = 8;

/** Where the index of a record can be "before record 0". */
export const BEFORE_RECORDS = -1;

/** Offset of the end-of-track marker in `image`, or -1 if the records do not end in one. */
export function endOfRecords(image: Uint8Array): number {
  let at = HOME_ADDRESS_LENGTH;
  while (at + COUNT_LENGTH <= image.length) {
    if (isEndMarker(image, at)) return at;
    at += recordLength(image, at);
  }
  return -1;
}

function isEndMarker(image: Uint8Array, at: number): boolean {
  if (image[at] !== 0xff) return false;
  for (let n = 1; n < COUNT_LENGTH; n++) if (image[at + n] !== 0xff) return false;
  return true;
}

/** Length of count, key and data of the record whose count field is at `image[at]`. */
function recordLength(image: Uint8Array, at: number): number {
  return COUNT_LENGTH + (image[at + 5] ?? 0) + (((image[at + 6] ?? 0) << 8) | (image[at + 7] ?? 0));
}

export class Track {
  /** the image; beyond `end` + 8 its bytes mean nothing */
  image: Uint8Array;
  /** offset of the end-of-track marker */
  end: number;
  /** number of records, record 0 among them */
  records: number;
  /** offset of each record's count field */
  #offsets: Uint16Array;
  /** true once the image is this track's own, with room for a whole track */
  #own = false;

  private constructor(
    readonly number: number,
    image: Uint8Array,
    end: number,
  ) {
    this.image = image;
    this.end = end;
    let records = 0;
    for (let at = HOME_ADDRESS_LENGTH; at < end; at += recordLength(image, at)) records++;
    this.#offsets = new Uint16Array(Math.max(records, 16));
    this.records = records;
    let at = HOME_ADDRESS_LENGTH;
    for (let n = 0; n < records; n++) {
      this.#offsets[n] = at;
      at += recordLength(image, at);
    }
  }

  /** The track in `image`, or undefined if it is damaged: another track's home address, no record 0, or no end. */
  static parse(number: number, image: Uint8Array): Track | undefined {
    if (image.length < HOME_ADDRESS_LENGTH + COUNT_LENGTH || image[0] !== 0) return undefined;
    if (getAddress(image, 1) !== number) return undefined;
    const end = endOfRecords(image);
    if (end <= HOME_ADDRESS_LENGTH) return undefined;
    return new Track(number, image, end);
  }

  /** Offset of the count field of record `index` (0 is record 0), or of the end marker behind the last record. */
  offset(index: number): number {
    return index < this.records ? (this.#offsets[index] ?? this.end) : this.end;
  }

  keyLength(index: number): number {
    return this.image[this.offset(index) + 5] ?? 0;
  }

  dataLength(index: number): number {
    const at = this.offset(index);
    return ((this.image[at + 6] ?? 0) << 8) | (this.image[at + 7] ?? 0);
  }

  /** Cells that the records after record 0 take, up to and including `index`. */
  cells(index: number): number {
    let cells = 0;
    for (let n = 1; n <= index; n++) cells += recordCells(this.keyLength(n), this.dataLength(n));
    return cells;
  }

  /** The image with room for a whole track, ready to be changed in place. */
  forWriting(): Uint8Array {
    if (!this.#own) {
      const copy = new Uint8Array(TRACK_SIZE);
      copy.set(this.image.subarray(0, this.end + COUNT_LENGTH));
      this.image = copy;
      this.#own = true;
    }
    return this.image;
  }

  /**
   * True if a record fits behind record `index`: its cells (record 0 and the home address have room of their own), and its
   * bytes in an image file.
   */
  fits(index: number, keyLength: number, dataLength: number): boolean {
    const isRecordZero = index < 0;
    if (!isRecordZero && this.cells(index) + recordCells(keyLength, dataLength) > TRACK_CELLS) return false;
    return this.fitsImage(index, keyLength, dataLength);
  }

  /** True if the bytes of a record behind record `index` fit in an image file. */
  fitsImage(index: number, keyLength: number, dataLength: number): boolean {
    const at = index < 0 ? HOME_ADDRESS_LENGTH : this.offset(index + 1);
    return at + COUNT_LENGTH + keyLength + dataLength + COUNT_LENGTH <= TRACK_SIZE;
  }

  /** Erases everything behind record `index`. */
  truncate(index: number): void {
    const image = this.forWriting();
    this.end = index < 0 ? HOME_ADDRESS_LENGTH : this.offset(index + 1);
    this.records = index + 1;
    image.fill(0xff, this.end, this.end + COUNT_LENGTH);
  }

  /**
   * Writes a record behind record `index` and erases what follows it. `bytes` begins with the count field; of key and data
   * `available` bytes are there (count field included), the rest is zero. The caller has checked `fits`.
   */
  append(index: number, bytes: Uint8Array, available: number): void {
    const image = this.forWriting();
    const at = index < 0 ? HOME_ADDRESS_LENGTH : this.offset(index + 1);
    const length = recordLength(bytes, 0);
    const given = Math.min(available, length);
    image.set(bytes.subarray(0, given), at);
    image.fill(0, at + given, at + length);
    if (index + 1 === this.#offsets.length) {
      const longer = new Uint16Array(2 * this.#offsets.length);
      longer.set(this.#offsets);
      this.#offsets = longer;
    }
    this.#offsets[index + 1] = at;
    this.end = at + length;
    this.records = index + 2;
    image.fill(0xff, this.end, this.end + COUNT_LENGTH);
  }
}

/** One record of a track that is composed: `composeTrack`. */
export interface RecordContent {
  /** record number, 0-255 */
  readonly record: number;
  readonly key?: Uint8Array;
  /** the data, or their length if they are zero */
  readonly data: Uint8Array | number;
}

/** The image of a track with record 0 and `records`, through its end marker. */
export function composeTrack(number: number, records: readonly RecordContent[]): Uint8Array {
  const all: readonly RecordContent[] = [{ record: 0, data: 8 }, ...records];
  let length = HOME_ADDRESS_LENGTH + COUNT_LENGTH;
  for (const { key, data } of all) {
    length += COUNT_LENGTH + (key?.length ?? 0) + (typeof data === 'number' ? data : data.length);
  }
  const image = new Uint8Array(length);
  putAddress(image, 1, number);
  let at = HOME_ADDRESS_LENGTH;
  for (const { record, key, data } of all) {
    const dataLength = typeof data === 'number' ? data : data.length;
    putAddress(image, at, number);
    image[at + 4] = record;
    image[at + 5] = key?.length ?? 0;
    image[at + 6] = dataLength >>> 8;
    image[at + 7] = dataLength;
    at += COUNT_LENGTH;
    if (key !== undefined) {
      image.set(key, at);
      at += key.length;
    }
    if (typeof data !== 'number') image.set(data, at);
    at += dataLength;
  }
  image.fill(0xff, at);
  return image;
}
