/** Pending channel reports: SA22-7832 chapter 17, "Channel-Subsystem Recovery". */

import { CrwBit } from '../arch/index.js';

/** The channel-report words that STORE CHANNEL REPORT WORD will give, in order. */
export class ChannelReportQueue {
  readonly #words: number[] = [];

  /** @param capacity words that are kept; a report beyond them is lost, and the last word kept says so (R bit) */
  constructor(readonly capacity = 64) {}

  get length(): number {
    return this.#words.length;
  }

  /** Adds a report, or sets the overflow bit of the last one where there is no room. */
  push(word: number): void {
    const last = this.#words.length - 1;
    if (last + 1 < this.capacity) this.#words.push(word >>> 0);
    else this.#words[last] = ((this.#words[last] ?? 0) | CrwBit.overflow) >>> 0;
  }

  /** @returns the oldest report, 0 if none is pending */
  take(): number {
    return this.#words.shift() ?? 0;
  }
}
