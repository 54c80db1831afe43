/**
 * The segments of a copied channel program, and the search for the one that a TIC leads to. Everything about a segment is a
 * number in an array that is used again for the next program.
 */

import { withinSegment } from './ccw-chain.js';

/** Segments that are searched one after the other; programs of the fixed driver have no more. */
const SEARCHED_IN_ORDER = 16;
/** A segment is at most 2 KiB long, so it lies in one or two blocks of that size. */
const BLOCK_SHIFT = 11;

/** Segments of one program: where each is in guest storage and in the copy. */
export class SegmentList {
  count = 0;
  /** guest address of each segment's first CCW */
  guest = new Uint32Array(SEARCHED_IN_ORDER);
  /** absolute address of its copy */
  host = new Uint32Array(SEARCHED_IN_ORDER);
  /** CCWs: as copied, later as translated */
  length = new Uint16Array(SEARCHED_IN_ORDER);
  /** number of its first CCW, counted over the whole program */
  firstCcw = new Uint32Array(SEARCHED_IN_ORDER);
  /** segments beyond the first 16 by the blocks that they lie in, in order */
  readonly #later = new Map<number, number[]>();

  clear(): void {
    this.count = 0;
    this.#later.clear();
  }

  /** Adds a segment. @returns its number */
  add(guest: number, host: number, length: number): number {
    const segment = this.count;
    if (segment === this.guest.length) this.#grow();
    this.guest[segment] = guest;
    this.host[segment] = host;
    this.length[segment] = length;
    const before = segment - 1;
    this.firstCcw[segment] = segment === 0 ? 0 : (this.firstCcw[before] ?? 0) + (this.length[before] ?? 0);
    this.count++;
    if (segment >= SEARCHED_IN_ORDER) this.#index(segment);
    return segment;
  }

  /** The first segment in order that holds `guest`, or -1. */
  find(guest: number): number {
    const inOrder = this.count < SEARCHED_IN_ORDER ? this.count : SEARCHED_IN_ORDER;
    for (let segment = 0; segment < inOrder; segment++) {
      if (withinSegment(guest, this.guest[segment] ?? 0, this.length[segment] ?? 0)) return segment;
    }
    if (inOrder === this.count) return -1;
    const candidates = this.#later.get(guest >>> BLOCK_SHIFT);
    if (candidates === undefined) return -1;
    for (const segment of candidates) {
      if (withinSegment(guest, this.guest[segment] ?? 0, this.length[segment] ?? 0)) return segment;
    }
    return -1;
  }

  #index(segment: number): void {
    const head = this.guest[segment] ?? 0;
    const first = head >>> BLOCK_SHIFT;
    const last = ((head + ((this.length[segment] ?? 1) - 1) * 8) >>> 0) >>> BLOCK_SHIFT;
    this.#indexBlock(first, segment);
    if (last !== first) this.#indexBlock(last, segment);
  }

  #indexBlock(block: number, segment: number): void {
    const known = this.#later.get(block);
    if (known === undefined) this.#later.set(block, [segment]);
    else known.push(segment);
  }

  #grow(): void {
    const size = this.guest.length * 2;
    const guest = new Uint32Array(size);
    const host = new Uint32Array(size);
    const length = new Uint16Array(size);
    const firstCcw = new Uint32Array(size);
    guest.set(this.guest);
    host.set(this.host);
    length.set(this.length);
    firstCcw.set(this.firstCcw);
    this.guest = guest;
    this.host = host;
    this.length = length;
    this.firstCcw = firstCcw;
  }
}
