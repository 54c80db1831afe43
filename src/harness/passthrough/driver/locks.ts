/**
 * The driver's locks. The model runs on one stack: what pre-empts a call runs nested in it and ends before it goes on.
 * Whoever must wait for a lock is therefore a task that is not ready yet, never a caller that finds the lock taken.
 */

import { CcwspecError } from '../../errors/index.js';

/** A lock with one owner: io_mutex, or the subchannel's spinlock. */
export class Lock {
  held = false;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** @returns false, and nothing changes, if it is held already */
  tryAcquire(): boolean {
    if (this.held) return false;
    this.held = true;
    return true;
  }

  /**
   * Takes the lock.
   * @throws CcwspecError if it is held: the call would have to wait for the one that it interrupts. Such a call is made
   *   when CcwDevice.blocked says that it need not wait.
   */
  acquire(): void {
    if (this.held) {
      throw new CcwspecError(
        'E-MODEL-UNIMPLEMENTED',
        `a call in the middle of another one has to wait for ${this.#name}, which the interrupted call holds`,
        'Make the call that must wait after the one that holds the lock; writes to a region never wait.',
      );
    }
    this.held = true;
  }

  release(): void {
    this.held = false;
  }
}
