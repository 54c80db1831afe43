/** The kernel log as far as the driver writes to it: the evidence that a failing case shows. */

import type { Scheduler } from '../../machine/scheduler.js';

const LINES_KEPT = 200;
/** Virtual nanoseconds between two warnings of one rate limiter. */
const RATE_LIMIT = 5e9;

/** The last messages of the kernel. */
export class KernelLog {
  readonly #scheduler: Scheduler;
  #lines: string[] = [];
  #nextPrefetchWarning = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Adds a line with the virtual time in seconds in front. */
  add(text: string): void {
    if (this.#lines.length >= 2 * LINES_KEPT) this.#lines = this.#lines.slice(-LINES_KEPT);
    this.#lines.push(`[${(this.#scheduler.now / 1e9).toFixed(6).padStart(12)}] ${text}`);
  }

  /** TRN-003: the warning about a request without prefetch, at most one in 5 seconds for all devices of the host. */
  warnAboutPrefetch(): void {
    if (this.#scheduler.now < this.#nextPrefetchWarning) return;
    this.#nextPrefetchWarning = this.#scheduler.now + RATE_LIMIT;
    this.add('vfio_ccw: the ORB does not allow prefetching, and the channel program is prefetched all the same');
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines.slice(-LINES_KEPT);
  }
}
