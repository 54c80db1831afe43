/** Collecting what a program needs in storage, with a name for every piece, so that two that overlap can be named. */

import type { StoragePiece } from './program.js';

/** A piece by its address and its name. */
export interface NamedPiece {
  readonly at: number;
  readonly what: string;
}

/** Two pieces that want the same bytes. */
export interface StorageOverlap {
  readonly first: NamedPiece;
  readonly second: NamedPiece;
  /** first byte that both want */
  readonly at: number;
}

interface Piece extends NamedPiece {
  readonly bytes: Uint8Array;
  /** how many were added before it */
  readonly order: number;
}

/** Pieces of storage, not yet checked against each other. */
export class StorageImage {
  #pieces: Piece[] = [];
  #isSorted = true;

  /** Adds bytes at an address; `what` is their name in an overlap. Empty pieces are left out. */
  add(at: number, bytes: Uint8Array, what: string): void {
    if (bytes.length === 0) return;
    const last = this.#pieces.at(-1);
    this.#isSorted &&= last === undefined || last.at <= at;
    this.#pieces.push({ at, bytes, what, order: this.#pieces.length });
  }

  /** Adds every piece of `other`, as if they were added now in their order. */
  addAll(other: StorageImage): void {
    for (const { at, bytes, what } of [...other.#pieces].sort((a, b) => a.order - b.order)) this.add(at, bytes, what);
  }

  /** The first two pieces that overlap, by address; of the two, `first` was added earlier. */
  overlap(): StorageOverlap | undefined {
    let reach: Piece | undefined;
    for (const next of this.#sorted()) {
      if (reach !== undefined && next.at < reach.at + reach.bytes.length) {
        const [first, second] = reach.order < next.order ? [reach, next] : [next, reach];
        return { first, second, at: next.at };
      }
      reach = next;
    }
    return undefined;
  }

  /** The pieces in order of address; those that touch are one. Call `overlap` first. */
  pieces(): StoragePiece[] {
    const sorted = this.#sorted();
    const merged: StoragePiece[] = [];
    for (let from = 0; from < sorted.length;) {
      const { at } = sorted[from] as Piece;
      let [to, end] = [from, at];
      while (sorted[to]?.at === end) end += sorted[to++]?.bytes.length ?? 0;
      const bytes = new Uint8Array(end - at);
      for (; from < to; from++) bytes.set(sorted[from]?.bytes ?? [], (sorted[from]?.at ?? 0) - at);
      merged.push({ at, bytes });
    }
    return merged;
  }

  /** The pieces by address; of two at one address the one that was added earlier comes first. */
  #sorted(): readonly Piece[] {
    if (!this.#isSorted) this.#pieces.sort((a, b) => a.at - b.at || a.order - b.order);
    this.#isSorted = true;
    return this.#pieces;
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
