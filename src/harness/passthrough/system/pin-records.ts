/**
 * What a type1 container remembers of pinned pages. A record belongs to one mapping and one byte address, as the driver gave
 * it: two addresses in one page are two records, each counted as locked. The first record of a page stands in a slot of the
 * page's own, in typed arrays, so that a pin and its unpin allocate nothing; the few others stand in a map.
 */

import { FRAME } from '../../machine/storage.js';

/** pages whose slots share an array */
const CHUNK = 512;
// Own constants: V8 folds them, and loads imported ones each time.
const PAGE = FRAME;
const PAGE_SHIFT = 12;
const CHUNK_BYTES = CHUNK * PAGE;

// Words of a slot: its first one counts references, without which there is no record.
/** offset of the pinned address in its page */
const OFFSET = 1;
/** number of the pinned frame */
const PINNED_FRAME = 2;
/** words from slot to slot, as a shift */
const SLOT_SHIFT = 2;

const NO_SLOTS: Int32Array = new Int32Array(CHUNK << SLOT_SHIFT);

/** The pinned pages of one mapping. */
export class MappingPins {
  /** records of this mapping */
  count = 0;
  /** pinned addresses may lie up to a page before the mapping (TRN-058): the slots begin there */
  readonly #origin: number;
  /** slots of 512 pages each, by the address of the first of these pages */
  readonly #chunks = new Map<number, Int32Array>();
  /** address of the first page of the chunk that was used last, and its slots: NO_SLOTS before its first record */
  #start = Infinity;
  #slots: Int32Array = NO_SLOTS;
  /** second and further records of the pages, by address */
  readonly #others = new Map<number, { references: number; readonly frame: number }>();

  /** @param iova address of the mapping */
  constructor(iova: number) {
    this.#origin = iova - PAGE;
  }

  /** Another reference to the record of `iova`. @returns the frame's number, or -1 if there is no record */
  again(iova: number): number {
    const at = this.#slotOf(iova);
    const slots = this.#slots;
    const references = slots[at] ?? 0;
    if (references > 0 && slots[at + OFFSET] === (iova & (PAGE - 1))) {
      slots[at] = references + 1;
      return slots[at + PINNED_FRAME] ?? -1;
    }
    const other = this.#others.get(iova);
    if (other === undefined) return -1;
    other.references++;
    return other.frame;
  }

  /** Adds a record with one reference for `iova`, which `again` has just found to have none. */
  add(iova: number, frame: number): void {
    const at = this.#slotOf(iova);
    if (this.#slots === NO_SLOTS) this.#addChunk();
    const slots = this.#slots;
    if (slots[at] === 0) {
      slots[at] = 1;
      slots[at + OFFSET] = iova & (PAGE - 1);
      slots[at + PINNED_FRAME] = frame;
    } else {
      this.#others.set(iova, { references: 1, frame });
    }
    this.count++;
  }

  /** Takes a reference of the record of `iova` away. @returns the frame's number if it was the last; -1 if not, or without record */
  drop(iova: number): number {
    const at = this.#slotOf(iova);
    const slots = this.#slots;
    const references = slots[at] ?? 0;
    if (references === 0 || slots[at + OFFSET] !== (iova & (PAGE - 1))) return this.#dropOther(iova);
    slots[at] = references - 1;
    if (references > 1) return -1;
    this.count--;
    return slots[at + PINNED_FRAME] ?? -1;
  }

  /** Every pinned byte address, once per reference. */
  addresses(): number[] {
    const found: number[] = [];
    for (const [start, slots] of this.#chunks) {
      for (let page = 0; page < CHUNK; page++) {
        const at = page << SLOT_SHIFT;
        const address = start + page * PAGE + (slots[at + OFFSET] ?? 0);
        for (let pins = slots[at] ?? 0; pins > 0; pins--) found.push(address);
      }
    }
    for (const [address, { references }] of this.#others) {
      for (let pins = references; pins > 0; pins--) found.push(address);
    }
    return found;
  }

  /** Makes the chunk of `iova` the one in use. @returns index of the slot of its page */
  #slotOf(iova: number): number {
    if (iova < this.#start || iova >= this.#start + CHUNK_BYTES) this.#seek(iova);
    return ((iova - this.#start) >>> PAGE_SHIFT) << SLOT_SHIFT;
  }

  #seek(iova: number): void {
    this.#start = iova - ((iova - this.#origin) % CHUNK_BYTES);
    this.#slots = this.#chunks.get(this.#start) ?? NO_SLOTS;
  }

  #addChunk(): void {
    this.#slots = new Int32Array(CHUNK << SLOT_SHIFT);
    this.#chunks.set(this.#start, this.#slots);
  }

  #dropOther(iova: number): number {
    const other = this.#others.get(iova);
    if (other === undefined || --other.references > 0) return -1;
    this.#others.delete(iova);
    this.count--;
    return other.frame;
  }
}
