/** Collecting what a program needs in storage, with a name for every piece, so that two that overlap can be named. */

import type { StoragePiece } from './program.js';

/** Two pieces that want the same bytes. */
export interface StorageOverlap {
  readonly first: string;
  readonly second: string;
  /** first byte that both want */
  readonly at: number;
}

/** Pieces of storage, not yet checked against each other. */
export class StorageImage {
  readonly #pieces: { at: number; bytes: Uint8Array; what: string }[] = [];

  /** Adds bytes at an address; `what` is their name in an overlap. Empty pieces are left out. */
  add(at: number, bytes: Uint8Array, what: string): void {
    if (bytes.length > 0) this.#pieces.push({ at, bytes, what });
  }

  /** Adds every piece of `other`. */
  addAll(other: StorageImage): void {
    this.#pieces.push(...other.#pieces);
  }

  /** The first two pieces that overlap, by address; of the two, `first` was added earlier. */
  overlap(): StorageOverlap | undefined {
    const order = this.#pieces
      .map((piece, index) => ({ piece, index }))
      .sort((a, b) => a.piece.at - b.piece.at || a.index - b.index);
    let reach = order[0];
    for (const next of order.slice(1)) {
      if (reach === undefined) break;
      if (next.piece.at < reach.piece.at + reach.piece.bytes.length) {
        const [first, second] = reach.index < next.index ? [reach, next] : [next, reach];
        return { first: first.piece.what, second: second.piece.what, at: next.piece.at };
      }
      reach = next;
    }
    return undefined;
  }

  /** The pieces in order of address; those that touch are one. Call `overlap` first. */
  pieces(): StoragePiece[] {
    const sorted = [...this.#pieces].sort((a, b) => a.at - b.at);
    const merged: { at: number; parts: Uint8Array[]; end: number }[] = [];
    for (const { at, bytes } of sorted) {
      const last = merged.at(-1);
      if (last?.end === at) {
        last.parts.push(bytes);
        last.end += bytes.length;
      } else {
        merged.push({ at, parts: [bytes], end: at + bytes.length });
      }
    }
    return merged.map(({ at, parts }) => ({ at, bytes: Uint8Array.from(Buffer.concat(parts)) }));
  }
}

/**
 * A reader over `pieces`, for the disassembler: bytes that no piece holds are zero, as guest storage is before a program is
 * loaded.
 */
export function readerOf(pieces: readonly StoragePiece[]): (address: number, length: number) => Uint8Array {
  return (address, length) => {
    const bytes = new Uint8Array(length);
    for (const piece of pieces) {
      const from = Math.max(address, piece.at);
      const to = Math.min(address + length, piece.at + piece.bytes.length);
      if (from < to) bytes.set(piece.bytes.subarray(from - piece.at, to - piece.at), from - address);
    }
    return bytes;
  };
}
