/**
 * What a type1 container remembers of pinned pages. A record belongs to one mapping and one byte address, as the driver gave
 * it: two addresses in one page are two records, each counted as locked. The first record of a page stands in a slot of the
 * page's own, others in a list behind it; all of them in typed arrays, so that a pin and its unpin allocate nothing.
 */

import { FRAME } from '../../machine/storage.js';

/** pages whose slots share an array */
const CHUNK = 512;
// Own constants: V8 folds them, and loads imported ones each time.
const PAGE = FRAME;
const PAGE_SHIFT = 12;
const CHUNK_BYTES = CHUNK * PAGE;

// Words of a record: its first one counts references, without which there is no record.
/** offset of the pinned address in its page */
const OFFSET = 1;
/** number of the pinned frame */
const PINNED_FRAME = 2;
/** index of the next record of the same page, 0 for none */
const NEXT = 3;
/** words from record to record, as a shift */
const RECORD_SHIFT = 2;

const NO_SLOTS: Int32Array = new Int32Array(CHUNK << RECORD_SHIFT);

/** Second and further records of the pages of one container. A record is known by the index of its first word. */
export class PinRecords {
  words = new Int32Array(16 << RECORD_SHIFT);
  #free = 0;
  /** 0 stands for no record */
  #used = 1 << RECORD_SHIFT;

  /** A record with one reference, in front of the record `next`. */
  take(offset: number, frame: number, next: number): number {
    let record = this.#free;
    if (record !== 0) {
      this.#free = this.words[record + NEXT] ?? 0;
    } else {
      record = this.#used;
      this.#used += 1 << RECORD_SHIFT;
      if (record === this.words.length) this.#grow();
    }
    const { words } = this;
    words[record] = 1;
    words[record + OFFSET] = offset;
    words[record + PINNED_FRAME] = frame;
    words[record + NEXT] = next;
    return record;
  }

  give(record: number): void {
    this.words[record + NEXT] = this.#free;
    this.#free = record;
  }

  #grow(): void {
    const { words } = this;
    (this.words = new Int32Array(words.length * 2)).set(words);
  }
}

/** The pinned pages of one mapping. */
export class MappingPins {
  /** records of this mapping */
  count = 0;
  readonly #records: PinRecords;
  /** pinned addresses may lie up to a page before the mapping (TRN-058): the slots begin there */
  readonly #origin: number;
  /** slots of 512 pages each, by the address of the first of these pages */
  readonly #chunks = new Map<number, Int32Array>();
  /** address of the first page of the chunk that was used last, and its slots: NO_SLOTS before its first record */
  #start = Infinity;
  #slots: Int32Array = NO_SLOTS;

  /** @param iova address of the mapping */
  constructor(records: PinRecords, iova: number) {
    this.#records = records;
    this.#origin = iova - PAGE;
  }

  /** Another reference to the record of `iova`. @returns the frame's number, or -1 if there is no record */
  again(iova: number): number {
    if (iova < this.#start || iova >= this.#start + CHUNK_BYTES) this.#seek(iova);
    const distance = iova - this.#start;
    const offset = distance & (PAGE - 1);
    const at = (distance >>> PAGE_SHIFT) << RECORD_SHIFT;
    const slots = this.#slots;
    const references = slots[at] ?? 0;
    if (references > 0 && slots[at + OFFSET] === offset) {
      slots[at] = references + 1;
      return slots[at + PINNED_FRAME] ?? -1;
    }
    return slots[at + NEXT] === 0 ? -1 : this.#againBehind(at, offset);
  }

  /** Adds a record with one reference for `iova`, which `again` has just found to have none. */
  add(iova: number, frame: number): void {
    if (this.#slots === NO_SLOTS) this.#addChunk();
    const distance = iova - this.#start;
    const offset = distance & (PAGE - 1);
    const at = (distance >>> PAGE_SHIFT) << RECORD_SHIFT;
    const slots = this.#slots;
    if (slots[at] === 0) {
      slots[at] = 1;
      slots[at + OFFSET] = offset;
      slots[at + PINNED_FRAME] = frame;
    } else {
      slots[at + NEXT] = this.#records.take(offset, frame, slots[at + NEXT] ?? 0);
    }
    this.count++;
  }

  /** Takes a reference of the record of `iova` away. @returns the frame's number if it was the last; -1 if not, or without record */
  drop(iova: number): number {
    if (iova < this.#start || iova >= this.#start + CHUNK_BYTES) this.#seek(iova);
    const distance = iova - this.#start;
    const offset = distance & (PAGE - 1);
    const at = (distance >>> PAGE_SHIFT) << RECORD_SHIFT;
    const slots = this.#slots;
    const references = slots[at] ?? 0;
    if (references === 0 || slots[at + OFFSET] !== offset) {
      return slots[at + NEXT] === 0 ? -1 : this.#dropBehind(at, offset);
    }
    slots[at] = references - 1;
    if (references > 1) return -1;
    this.count--;
    return slots[at + PINNED_FRAME] ?? -1;
  }

  /** Every pinned byte address, once per reference. */
  addresses(): number[] {
    const found: number[] = [];
    if (this.count === 0) return found;
    const { words } = this.#records;
    for (const [start, slots] of this.#chunks) {
      for (let page = 0; page < CHUNK; page++) {
        const iova = start + page * PAGE;
        let from = slots;
        let record = page << RECORD_SHIFT;
        do {
          const address = iova + (from[record + OFFSET] ?? 0);
          for (let pins = from[record] ?? 0; pins > 0; pins--) found.push(address);
          record = from[record + NEXT] ?? 0;
          from = words;
        } while (record !== 0);
      }
    }
    return found;
  }

  #seek(iova: number): void {
    this.#start = iova - ((iova - this.#origin) % CHUNK_BYTES);
    this.#slots = this.#chunks.get(this.#start) ?? NO_SLOTS;
  }

  #addChunk(): void {
    this.#slots = new Int32Array(CHUNK << RECORD_SHIFT);
    this.#chunks.set(this.#start, this.#slots);
  }

  /** `again` in the list behind the slot `at`. */
  #againBehind(at: number, offset: number): number {
    const { words } = this.#records;
    let record = this.#slots[at + NEXT] ?? 0;
    while (record !== 0 && words[record + OFFSET] !== offset) record = words[record + NEXT] ?? 0;
    if (record === 0) return -1;
    words[record] = (words[record] ?? 0) + 1;
    return words[record + PINNED_FRAME] ?? -1;
  }

  /** `drop` in the list behind the slot `at`. */
  #dropBehind(at: number, offset: number): number {
    const { words } = this.#records;
    let from = this.#slots;
    let before = at;
    let record = from[before + NEXT] ?? 0;
    while (record !== 0 && words[record + OFFSET] !== offset) {
      from = words;
      before = record;
      record = words[record + NEXT] ?? 0;
    }
    if (record === 0) return -1;
    const references = (words[record] ?? 0) - 1;
    words[record] = references;
    if (references > 0) return -1;
    from[before + NEXT] = words[record + NEXT] ?? 0;
    this.#records.give(record);
    this.count--;
    return words[record + PINNED_FRAME] ?? -1;
  }
}
