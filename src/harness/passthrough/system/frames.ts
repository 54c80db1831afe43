/**
 * Lifetime of the 4 KiB frames behind processes' memory: a frame that is pinned outlives its mapping. Frames are numbered here
 * from the beginning of the high bank, as in AbsoluteStorage.pins; small numbers keep the paths of every I/O request quick.
 */

import { type AbsoluteStorage, FRAME, HIGH_BANK } from '../../machine/storage.js';

// Own constants: V8 folds them, and loads imported ones each time.
const BASE = HIGH_BANK;
const SIZE = FRAME;

/** Absolute address of a frame. */
export const addressOfFrame = (frame: number): number => BASE + frame * SIZE;

/** Frames of absolute storage that processes share, with how many use each. */
export class Frames {
  /** frames that no address space maps any more, but that are still pinned */
  readonly #orphans = new Set<number>();

  constructor(readonly storage: AbsoluteStorage) {}

  /** A zeroed frame. @throws CcwspecError when the model's process memory is used up. */
  take(): number {
    return (this.storage.takeFrame() - HIGH_BANK) / FRAME;
  }

  /** An address space gives the frame up; it is free as soon as nothing pins it. */
  drop(frame: number): void {
    if ((this.storage.pins[frame] ?? 0) > 0) this.#orphans.add(frame);
    else this.storage.giveFrame(addressOfFrame(frame));
  }

  pin(frame: number): void {
    const { storage } = this;
    storage.pins[frame] = (storage.pins[frame] ?? 0) + 1;
    storage.pinned++;
  }

  /** Takes one pin back. @throws Error if the frame has none: the model's own bug */
  unpin(frame: number): void {
    const { storage } = this;
    const left = (storage.pins[frame] ?? 0) - 1;
    if (left < 0) throw new Error(`frame ${frame} is unpinned but was not pinned`);
    storage.pins[frame] = left;
    storage.pinned--;
    if (left === 0 && this.#orphans.size > 0 && this.#orphans.delete(frame)) storage.giveFrame(addressOfFrame(frame));
  }
}
