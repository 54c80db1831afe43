/**
 * Banks of storage that are used again: a machine lives as short as one case, and asking the system for megabytes each time
 * would take longer than the case.
 */

import { AbsoluteStorage } from './storage.js';

/** Pairs of banks that a pool keeps: two hosts of one case, and one more. */
const KEPT = 4;

export class StoragePool {
  readonly #free: { readonly low: ArrayBuffer; readonly high: ArrayBuffer }[] = [];

  /** @param lowBytes bytes of each low bank @param highBytes bytes of each high bank; both multiples of 4096 */
  constructor(
    readonly lowBytes: number,
    readonly highBytes: number,
  ) {}

  /** Storage with zeros in it. */
  take(): AbsoluteStorage {
    return new AbsoluteStorage(this.lowBytes, this.highBytes, this.#free.pop());
  }

  /**
   * Takes storage back, zeroed wherever something was stored. Its buffers are detached, so that whoever still holds it meets an
   * error and not another case's bytes.
   */
  giveBack(storage: AbsoluteStorage): void {
    if (this.#free.length >= KEPT) return;
    storage.clear();
    this.#free.push({ low: recycled(storage.low), high: recycled(storage.high) });
  }
}

function recycled(bank: Uint8Array): ArrayBuffer {
  const buffer = bank.buffer as ArrayBuffer;
  return structuredClone(buffer, { transfer: [buffer] });
}
