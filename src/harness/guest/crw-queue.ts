/** Channel-report words that STORE CHANNEL REPORT WORD will give, and the machine check that announces them. */

import { CrwBit } from '../arch/index.js';

/** Channel reports that wait for STORE CHANNEL REPORT WORD, oldest first. */
export class CrwQueue {
  /** channel-report-pending machine checks so far */
  machineChecks = 0;

  readonly #pending: number[] = [];
  readonly #capacity: number;
  #armed = true;
  #lost = false;

  /** @param capacity CRWs that fit; a further one is lost, as when QEMU finds no memory for it */
  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  get isPending(): boolean {
    return this.#pending.length > 0;
  }

  /**
   * Adds a CRW as it is: one that the host reported. The machine check comes with the first CRW after the queue was last
   * found empty (QVF-015).
   */
  add(word: number): void {
    if (this.#pending.length >= this.#capacity) {
      this.#lost = true;
      return;
    }
    this.#pending.push(word >>> 0);
    if (!this.#armed) return;
    this.#armed = false;
    this.machineChecks++;
  }

  /** Adds a CRW of the emulated channel subsystem; only these report that others were lost. */
  report(word: number): void {
    const overflow = this.#lost ? CrwBit.overflow : 0;
    this.#lost = false;
    this.add(word | overflow);
  }

  /** Takes the oldest CRW; undefined if there is none, and then the next one brings a machine check again (QIN-019). */
  take(): number | undefined {
    const word = this.#pending.shift();
    if (word === undefined) this.#armed = true;
    return word;
  }

  /** Puts back what `take` gave, as the oldest. */
  putBack(word: number): void {
    this.#pending.unshift(word);
  }

  /** Subsystem reset. */
  clear(): void {
    this.#pending.length = 0;
    this.#armed = true;
    this.#lost = false;
  }
}
