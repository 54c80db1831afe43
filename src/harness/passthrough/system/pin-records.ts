/**
 * What a type1 container remembers of pinned pages. A record belongs to one mapping and one byte address, as the driver gave
 * it: two addresses in one page are two records, each counted as locked. Records live in typed arrays, so that a pin
 * and its unpin allocate nothing.
 */

const CHUNK = 512;
const PAGE = 4096;

/** Records of all mappings of one container; index 0 is no record. */
export class PinRecords {
  frame = new Float64Array(64);
  references = new Int32Array(64);
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
    const grown = <T extends Float64Array | Int32Array | Uint16Array>(from: T, into: T): T => {
      into.set(from);
      return into;
    };
    const size = this.frame.length * 2;
    this.frame = grown(this.frame, new Float64Array(size));
    this.references = grown(this.references, new Int32Array(size));
    this.offset = grown(this.offset, new Uint16Array(size));
    this.next = grown(this.next, new Int32Array(size));
  }
}

/** The pinned pages of one mapping. */
export class MappingPins {
  /** records of this mapping */
  count = 0;
  /** heads of the lists of records, one a page, by page number in chunks */
  readonly #chunks = new Map<number, Int32Array>();
  #lastKey = -1;
  #last: Int32Array | undefined;

  constructor(
    readonly records: PinRecords,
    /** address of the mapping; pinned addresses may lie up to a page before it (TRN-058) */
    readonly iova: number,
  ) {}

  /** The record of byte address `iova`, or 0. */
  find(iova: number): number {
    const distance = iova - this.iova + PAGE;
    const page = Math.floor(distance / PAGE);
    const chunk = this.#chunk(Math.floor(page / CHUNK));
    if (chunk === undefined) return 0;
    const offset = distance - page * PAGE;
    const { records } = this;
    let record = chunk[page % CHUNK] ?? 0;
    while (record !== 0 && records.offset[record] !== offset) record = records.next[record] ?? 0;
    return record;
  }

  /** Adds a record with one reference; there must be none for `iova`. */
  add(iova: number, frame: number): void {
    const distance = iova - this.iova + PAGE;
    const page = Math.floor(distance / PAGE);
    const key = Math.floor(page / CHUNK);
    let chunk = this.#chunk(key);
    if (chunk === undefined) {
      chunk = new Int32Array(CHUNK);
      this.#chunks.set(key, chunk);
      this.#last = chunk;
    }
    const at = page % CHUNK;
    chunk[at] = this.records.take(distance - page * PAGE, frame, chunk[at] ?? 0);
    this.count++;
  }

  /** Takes the record of `iova` away; it must be there. */
  remove(iova: number): void {
    const distance = iova - this.iova + PAGE;
    const page = Math.floor(distance / PAGE);
    const chunk = this.#chunk(Math.floor(page / CHUNK));
    if (chunk === undefined) return;
    const offset = distance - page * PAGE;
    const { records } = this;
    const at = page % CHUNK;
    let before = 0;
    let record = chunk[at] ?? 0;
    while (record !== 0 && records.offset[record] !== offset) {
      before = record;
      record = records.next[record] ?? 0;
    }
    if (record === 0) return;
    const after = records.next[record] ?? 0;
    if (before === 0) chunk[at] = after;
    else records.next[before] = after;
    records.give(record);
    this.count--;
  }

  /** Every pinned byte address with its frame, once per reference. */
  list(): { iova: number; frame: number }[] {
    const found: { iova: number; frame: number }[] = [];
    if (this.count === 0) return found;
    for (const [key, chunk] of this.#chunks) {
      chunk.forEach((head, at) => {
        for (let record = head; record !== 0; record = this.records.next[record] ?? 0) {
          const page = (key * CHUNK + at - 1) * PAGE;
          const iova = this.iova + page + (this.records.offset[record] ?? 0);
          const frame = this.records.frame[record] ?? 0;
          for (let pins = this.records.references[record] ?? 0; pins > 0; pins--) found.push({ iova, frame });
        }
      });
    }
    return found;
  }

  #chunk(key: number): Int32Array | undefined {
    if (key === this.#lastKey && this.#last !== undefined) return this.#last;
    this.#lastKey = key;
    this.#last = this.#chunks.get(key);
    return this.#last;
  }
}
