/** Lifetime of the 4 KiB frames behind processes' memory: a frame that is pinned outlives its mapping. */

import { type AbsoluteStorage, FRAME, HIGH_BANK } from '../../machine/storage.js';

export class Frames {
  /** frames that no address space maps any more, but that are still pinned */
  readonly #orphans = new Set<number>();

  constructor(readonly storage: AbsoluteStorage) {}

  /** A zeroed frame. @returns its absolute address. @throws CcwspecError when the model's process memory is used up. */
  take(): number {
    return this.storage.takeFrame();
  }

  /** An address space gives the frame at absolute address `frame` up; it is free as soon as nothing pins it. */
  drop(frame: number): void {
    if (this.#pinned(frame)) this.#orphans.add(frame);
    else this.storage.giveFrame(frame);
  }

  pin(frame: number): void {
    this.storage.pin(frame);
  }

  unpin(frame: number): void {
    this.storage.unpin(frame);
    if (this.#orphans.size > 0 && !this.#pinned(frame) && this.#orphans.delete(frame)) {
      this.storage.giveFrame(frame);
    }
  }

  #pinned(frame: number): boolean {
    return (this.storage.pins[(frame - HIGH_BANK) / FRAME] ?? 0) > 0;
  }
}
