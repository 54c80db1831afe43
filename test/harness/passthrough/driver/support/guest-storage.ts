/** Guest storage in scattered frames, behind a DmaBackend with the rules of a type-1 version-2 container. */

import type { AbsoluteStorage } from '../../../../../src/harness/machine/storage.js';
import { FRAME, HIGH_BANK } from '../../../../../src/harness/machine/storage.js';
import type { DmaBackend } from '../../../../../src/harness/passthrough/dma.js';
import { Errno } from '../../../../../src/harness/uapi/index.js';

interface Page {
  readonly frame: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

export class GuestStorage implements DmaBackend {
  /** pin calls in order: `10800+1` */
  readonly pinCalls: string[] = [];
  /** pins that succeed before the memory limit is reached */
  pinLimit = Infinity;
  /** a version-1 container does not pin */
  pinning = true;
  readonly #pages = new Map<number, Page>();

  constructor(readonly storage: AbsoluteStorage) {}

  /** Maps `length` bytes (whole pages) at `iova`. */
  map(iova: number, length: number, access: 'rw' | 'r' | 'w' = 'rw'): this {
    for (let page = iova / FRAME; page < (iova + length) / FRAME; page++) {
      this.#pages.set(page, { frame: this.storage.takeFrame(), readable: access !== 'w', writable: access !== 'r' });
    }
    return this;
  }

  /** Stores bytes, whatever the mapping allows the device. */
  store(iova: number, bytes: ArrayLike<number>): this {
    for (let done = 0; done < bytes.length;) {
      const offset = (iova + done) % FRAME;
      const page = this.#pages.get(Math.floor((iova + done) / FRAME));
      if (page === undefined) throw new RangeError(`nothing is mapped at ${(iova + done).toString(16)}`);
      const part = Uint8Array.from(bytes).subarray(done, done + FRAME - offset);
      this.storage.high.set(part, page.frame - HIGH_BANK + offset);
      done += part.length;
    }
    return this;
  }

  /** Frame behind an address, -1 if nothing is mapped there. */
  frameOf(iova: number): number {
    return this.#pages.get(Math.floor(iova / FRAME))?.frame ?? -1;
  }

  accessOf(iova: number): Page | undefined {
    return this.#pages.get(Math.floor(iova / FRAME));
  }

  pinPages(iova: number, count: number, frames: Float64Array, at: number): number {
    this.pinCalls.push(`${iova.toString(16)}+${count}`);
    if (!this.pinning) return -Errno.EACCES;
    const first = Math.floor(iova / FRAME);
    for (let index = 0; index < count; index++) {
      const page = this.#pages.get(first + index);
      const result = page === undefined ? -Errno.EINVAL : !page.writable || !page.readable ? -Errno.EPERM : 0;
      const refused = result !== 0 ? result : this.storage.pinned >= this.pinLimit ? -Errno.ENOMEM : 0;
      if (page === undefined || refused !== 0) {
        this.unpinPages(iova, index);
        return refused;
      }
      this.storage.pin(page.frame);
      frames[at + index] = page.frame;
    }
    return count;
  }

  unpinPages(iova: number, count: number): void {
    const first = Math.floor(iova / FRAME);
    for (let index = 0; index < count; index++) this.storage.unpin(this.#pages.get(first + index)!.frame);
  }

  read(iova: number, into: Uint8Array, at: number, length: number): number {
    for (let done = 0; done < length;) {
      const page = this.#pages.get(Math.floor((iova + done) / FRAME));
      if (page === undefined) return -Errno.EINVAL;
      if (!page.readable) return -Errno.EPERM;
      const offset = (iova + done) % FRAME;
      const bytes = Math.min(length - done, FRAME - offset);
      const start = page.frame - HIGH_BANK + offset;
      into.set(this.storage.high.subarray(start, start + bytes), at + done);
      done += bytes;
    }
    return 0;
  }
}
