/**
 * What a type1 container remembers of pinned pages. A record belongs to one mapping and one byte address, as the driver gave
 * it: two addresses in one page are two records, each counted as locked. Records live in typed arrays, so that a pin
 * and its unpin allocate nothing.
 */

import { FRAME } from '../../machine/storage.js';

/** pages whose lists share an array */
const CHUNK = 512;
const UNSIGNED_32_BITS = 0x1_0000_0000;
const NO_LISTS: Int32Array = new Int32Array(CHUNK);

/** Records of all mappings of one container; index 0 is no record. */
export class PinRecords {
  /** number of the pinned frame */
  frame = new Int32Array(64);
  references = new Int32Array(64);
  /** offset of the pinned address in its page */
  offset = new Uint16Array(64);
  next = new Int32Array(64);
  #free = 0;
  #used = 1;

  take(offset: number, frame: number, next: number): number {
    let record = this.#free;
    if (record !== 0) {
      this.#free = this.next[record] ?? 0;
    } else {
      record = this.#used++;
      if (record === this.frame.length) this.#grow();
    }
    this.offset[record] = offset;
    this.frame[record] = frame;
    this.next[record] = next;
    this.references[record] = 1;
    return record;
  }

  give(record: number): void {
    this.next[record] = this.#free;
    this.#free = record;
  }

  #grow(): void {
    const size = this.frame.length * 2;
    const { frame, references, offset, next } = this;
    (this.frame = new Int32Array(size)).set(frame);
    (this.references = new Int32Array(size)).set(references);
    (this.offset = new Uint16Array(size)).set(offset);
    (this.next = new Int32Array(size)).set(next);
  }
}

/** The pinned pages of one mapping: a list of records for each page. */
export class MappingPins {
  /** records of this mapping */
  count = 0;
  readonly #records: PinRecords;
  /** pinned addresses may lie up to a page before the mapping (TRN-058): the lists begin there */
  readonly #origin: number;
  readonly #chunks = new Map<number, Int32Array>();
  // Where #seek found itself: the chunk's number and array, the list in it, and the offset in the page.
  #key = -1;
  #lists: Int32Array = NO_LISTS;
  #at = 0;
  #offset = 0;

  /** @param iova address of the mapping */
  constructor(records: PinRecords, iova: number) {
    this.#records = records;
    this.#origin = iova - FRAME;
  }

  /** Another reference to the record of `iova`. @returns the frame's number, or -1 if there is no record */
  again(iova: number): number {
    this.#seek(iova);
    const records = this.#records;
    let record = this.#lists[this.#at] ?? 0;
    while (record !== 0 && records.offset[record] !== this.#offset) record = records.next[record] ?? 0;
    if (record === 0) return -1;
    records.references[record] = (records.references[record] ?? 0) + 1;
    return records.frame[record] ?? -1;
  }

  /** Adds a record with one reference for the address that `again` has just found to have none. */
  add(frame: number): void {
    if (this.#lists === NO_LISTS) {
      this.#lists = new Int32Array(CHUNK);
      this.#chunks.set(this.#key, this.#lists);
    }
    this.#lists[this.#at] = this.#records.take(this.#offset, frame, this.#lists[this.#at] ?? 0);
    this.count++;
  }

  /** Takes a reference of the record of `iova` away. @returns the frame's number if it was the last; -1 if not, or without record */
  drop(iova: number): number {
    this.#seek(iova);
    const records = this.#records;
    const lists = this.#lists;
    let before = 0;
    let record = lists[this.#at] ?? 0;
    while (record !== 0 && records.offset[record] !== this.#offset) {
      before = record;
      record = records.next[record] ?? 0;
    }
    if (record === 0) return -1;
    const references = (records.references[record] ?? 0) - 1;
    records.references[record] = references;
    if (references > 0) return -1;
    const after = records.next[record] ?? 0;
    if (before === 0) lists[this.#at] = after;
    else records.next[before] = after;
    records.give(record);
    this.count--;
    return records.frame[record] ?? -1;
  }

  /** Every pinned byte address, once per reference. */
  addresses(): number[] {
    const found: number[] = [];
    if (this.count === 0) return found;
    for (const [key, lists] of this.#chunks) {
      lists.forEach((head, at) => {
        for (let record = head; record !== 0; record = this.#records.next[record] ?? 0) {
          const iova = this.#origin + (key * CHUNK + at) * FRAME + (this.#records.offset[record] ?? 0);
          for (let pins = this.#records.references[record] ?? 0; pins > 0; pins--) found.push(iova);
        }
      });
    }
    return found;
  }

  #seek(iova: number): void {
    const distance = iova - this.#origin;
    this.#offset = distance & (FRAME - 1);
    const page = distance < UNSIGNED_32_BITS ? distance >>> 12 : Math.floor(distance / FRAME);
    this.#at = page & (CHUNK - 1);
    const key = page < UNSIGNED_32_BITS ? page >>> 9 : Math.floor(page / CHUNK);
    if (key === this.#key && this.#lists !== NO_LISTS) return;
    this.#key = key;
    this.#lists = this.#chunks.get(key) ?? NO_LISTS;
  }
}
