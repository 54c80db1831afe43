/** Reading guest storage through the IOVA space, in the two ways that the driver has had. */

import { FRAME, HIGH_BANK } from '../../machine/storage.js';
import { Errno } from '../../uapi/index.js';
import type { DmaBackend } from '../dma.js';
import type { HostKernel } from './host-kernel.js';

/** Pages that one fetch can touch: 2 KiB of CCWs, or the longest list of IDAWs. */
const PAGES = 4;

/** Stands for memory before the first open; the state machine lets no request through then. */
const NO_MEMORY: DmaBackend = {
  pinPages: () => -Errno.EINVAL,
  unpinPages: () => undefined,
  read: () => -Errno.EINVAL,
};

/** Reads guest storage as the profile says: copied, or by pinning its pages. */
export class GuestFetch {
  /** memory behind the device, as it was opened last */
  dma: DmaBackend = NO_MEMORY;
  readonly #host: HostKernel;
  readonly #pins: boolean;
  readonly #frames = new Float64Array(PAGES);

  constructor(host: HostKernel) {
    this.#host = host;
    this.#pins = host.profile.fetch === 'pin';
  }

  /** Copies `length` bytes at `iova` into `into` from `at` on. @returns 0 or a negative errno: section 2.11 */
  read(iova: number, into: Uint8Array, at: number, length: number): number {
    const result = this.#pins ? this.#readPinned(iova, into, at, length) : this.dma.read(iova, into, at, length);
    if (this.#host.onGuestRead !== undefined) this.#host.onGuestRead(iova, length);
    return result;
  }

  #readPinned(iova: number, into: Uint8Array, at: number, length: number): number {
    const offset = iova % FRAME;
    const pages = Math.floor((offset + length + FRAME - 1) / FRAME);
    const { memory, recorder, storage } = this.#host;
    if (!memory.charge(1)) return -Errno.ENOMEM;
    if (recorder.recording) recorder.addPinCall(iova, pages);
    const pinned = this.dma.pinPages(iova, pages, this.#frames, 0);
    if (pinned < 0) return pinned;
    let copied = 0;
    for (let page = 0; page < pages; page++) {
      const start = (this.#frames[page] ?? 0) - HIGH_BANK + (page === 0 ? offset : 0);
      const bytes = Math.min(length - copied, FRAME - (page === 0 ? offset : 0));
      into.set(storage.high.subarray(start, start + bytes), at + copied);
      copied += bytes;
    }
    this.dma.unpinPages(iova, pages);
    return 0;
  }
}
