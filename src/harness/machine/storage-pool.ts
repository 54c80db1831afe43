/**
 * Buffers of storage that are used again: a machine lives as short as one case, and asking the system for megabytes each time
 * would take longer than the case.
 */

import { AbsoluteStorage, type StorageBuffers } from './storage.js';

/** Storages that a pool keeps: two hosts of one case, and one more. */
const KEPT = 4;

/** Storage for one machine after another. */
export class StoragePool {
  readonly #free: StorageBuffers[] = [];

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
    if (this.#free.length < KEPT) this.#free.push(storage.takeApart());
  }
}
