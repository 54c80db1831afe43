/** Indirect-data-address words: SA22-7832 chapter 15, "Indirect-Data-Address Word". */

import { OrbBit } from './orb.js';

/** How a program's IDAWs look: ORB.H chooses the format, ORB.T the block size of format 2. */
export interface IdawKind {
  readonly format: 1 | 2;
  /** bytes of one IDAW */
  readonly length: 4 | 8;
  /** bytes that one IDAW covers at most: 2048 or 4096 */
  readonly block: 2048 | 4096;
}

const FORMAT_1: IdawKind = { format: 1, length: 4, block: 2048 };
const FORMAT_2_4K: IdawKind = { format: 2, length: 8, block: 4096 };
const FORMAT_2_2K: IdawKind = { format: 2, length: 8, block: 2048 };

/** The kind of IDAW that an ORB's word 1 selects. */
export function idawKind(orbControl: number): IdawKind {
  if ((orbControl & OrbBit.format2Idaw) === 0) return FORMAT_1;
  return (orbControl & OrbBit.idaw2k) === 0 ? FORMAT_2_4K : FORMAT_2_2K;
}

/** Number of IDAWs that `length` bytes at `address` need with blocks of `block` bytes; `length` at least 1. */
export function idawCount(address: number, length: number, block: number): number {
  return Math.floor(((address % block) + length + block - 1) / block);
}
