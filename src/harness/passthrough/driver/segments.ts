/**
 * The segments of a copied channel program, and the search for the one that a TIC leads to. Everything about a segment is a
 * number in an array that is used again for the next program.
 */

import { withinSegment } from './ccw-chain.js';

/** Room at first: programs of the fixed driver have no more. */
const SEGMENTS_AT_FIRST = 16;

/** Segments of one program: where each is in guest storage and in the copy. */
export class SegmentList {
  count = 0;
  /** guest address of each segment's first CCW */
  guest = new Uint32Array(SEGMENTS_AT_FIRST);
  /** absolute address of its copy */
  host = new Uint32Array(SEGMENTS_AT_FIRST);
  /** CCWs: as copied, later as translated */
  length = new Uint16Array(SEGMENTS_AT_FIRST);
  /** number of its first CCW, counted over the whole program */
  firstCcw = new Uint32Array(SEGMENTS_AT_FIRST);

  clear(): void {
    this.count = 0;
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
    return segment;
  }

  /** The first segment in order that holds `guest`, or -1. */
  find(guest: number): number {
    for (let segment = 0; segment < this.count; segment++) {
      if (withinSegment(guest, this.guest[segment] ?? 0, this.length[segment] ?? 0)) return segment;
    }
    return -1;
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
