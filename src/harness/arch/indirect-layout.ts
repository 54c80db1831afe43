/** Indirect-data-address lists and the areas behind them, laid out for a program under construction. */

import type { IdawKind } from './idaw.js';
import { idawKind } from './idaw.js';
import { OrbBit } from './orb.js';

/** Format and block size of IDAWs, by name. */
export type IndirectKind = 'format-1' | 'format-2-4k' | 'format-2-2k';

/** An area that one IDAW designates. */
export interface IndirectPiece {
  readonly at: number;
  readonly length: number;
  /** its content; left out: a buffer, filled and watched */
  readonly bytes?: Uint8Array;
  /** what a buffer is filled with */
  readonly fill?: number;
}

/** A run of bytes to be spread over blocks. */
export interface SpreadRequest {
  readonly length: number;
  /** bytes into the first block */
  readonly firstOffset: number;
  /** the blocks are placed behind this address */
  readonly from: number;
  readonly bytes: Uint8Array | undefined;
  readonly fill: number | undefined;
}

const kinds: Readonly<Record<IndirectKind, IdawKind>> = {
  'format-1': idawKind(0),
  'format-2-4k': idawKind(OrbBit.format2Idaw),
  'format-2-2k': idawKind(OrbBit.format2Idaw | OrbBit.idaw2k),
};

/** The IDAW kind that `name` means. */
export function indirectKind(name: IndirectKind): IdawKind {
  return kinds[name];
}

/** `addresses` as the bytes of a list of IDAWs of `kind`. */
export function encodeIdaws(addresses: readonly number[], kind: IdawKind): Uint8Array {
  const bytes = new Uint8Array(addresses.length * kind.length);
  const view = new DataView(bytes.buffer);
  addresses.forEach((address, index) => {
    if (kind.length === 4) view.setUint32(index * 4, address);
    else view.setBigUint64(index * 8, BigInt(address));
  });
  return bytes;
}

/** A list and its areas. */
export class IndirectLayout {
  private constructor(
    /** the list's bytes */
    readonly list: Uint8Array,
    readonly pieces: readonly IndirectPiece[],
    /** bytes that the pieces have together */
    readonly length: number,
    /** first address behind the areas */
    readonly end: number,
  ) {}

  /** A list with one IDAW for each piece, addresses as given. */
  static of(kind: IndirectKind, pieces: readonly IndirectPiece[]): IndirectLayout {
    const list = encodeIdaws(
      pieces.map(({ at }) => at),
      kinds[kind],
    );
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const end = pieces.reduce((reach, piece) => Math.max(reach, piece.at + piece.length), 0);
    return new IndirectLayout(list, pieces, length, end);
  }

  /**
   * Spreads a run of bytes over whole blocks. The blocks have a block's room between them and come in descending order, so
   * that a program that goes on at the next address instead of the next IDAW reads or stores the wrong bytes.
   */
  static spread(kind: IndirectKind, request: SpreadRequest): IndirectLayout {
    const { block } = kinds[kind];
    const { length, firstOffset, bytes, fill } = request;
    const blocks = Math.max(1, Math.ceil((firstOffset + length) / block));
    const base = Math.ceil(request.from / block) * block;
    const pieces: IndirectPiece[] = [];
    let done = 0;
    for (let index = 0; index < blocks; index++) {
      const offset = index === 0 ? firstOffset : 0;
      const size = Math.min(block - offset, length - done);
      const at = base + 2 * (blocks - 1 - index) * block + offset;
      const content = bytes?.subarray(done, done + size);
      pieces.push({
        at,
        length: size,
        ...(content === undefined ? {} : { bytes: content }),
        ...(fill === undefined ? {} : { fill }),
      });
      done += size;
    }
    const layout = IndirectLayout.of(kind, pieces);
    return new IndirectLayout(layout.list, pieces, length, base + 2 * blocks * block);
  }
}
