/** The guest pages behind each CCW: which they are, where they are pinned. Arrays of numbers, used again for every program. */

import { FRAME } from '../../machine/storage.js';
import { Errno } from '../../uapi/index.js';
import type { FaultInjection } from './fault-injection.js';
import type { GuestFetch } from './guest-fetch.js';
import type { HostKernel } from './host-kernel.js';
import type { HostRecorder } from './host-view.js';

const PAGES_AT_FIRST = 512;
// An own constant: V8 folds it, and loads an imported one each time.
const PAGE = FRAME;

/** Guest pages of every CCW of a program, and which of them are pinned. */
export class PageArrays {
  /** byte address of each IDAW's data in the guest */
  iovas = new Float64Array(PAGES_AT_FIRST);
  /** absolute address of the frame behind it, once pinned */
  frames = new Float64Array(PAGES_AT_FIRST);
  /** by CCW: its first page, its IDAWs, and how many of its pages are pinned */
  firstPage = new Uint32Array(PAGES_AT_FIRST);
  idaws = new Uint16Array(PAGES_AT_FIRST);
  pinned = new Uint16Array(PAGES_AT_FIRST);
  #used = 0;
  readonly #host: HostKernel;
  readonly #guest: GuestFetch;
  readonly #injection: FaultInjection;
  readonly #recorder: HostRecorder;

  constructor(host: HostKernel, guest: GuestFetch) {
    this.#host = host;
    this.#injection = host.injection;
    this.#recorder = host.recorder;
    this.#guest = guest;
  }

  /** Forgets all pages and makes room for `ccws` CCWs. */
  clear(ccws: number): void {
    this.#used = 0;
    if (ccws <= this.firstPage.length) return;
    const size = 2 ** Math.ceil(Math.log2(ccws));
    this.firstPage = new Uint32Array(size);
    this.idaws = new Uint16Array(size);
    this.pinned = new Uint16Array(size);
  }

  /** Gives CCW number `ccw` room for `count` pages. @returns the first */
  take(ccw: number, count: number): number {
    const first = this.#used;
    this.#used = first + count;
    if (this.#used > this.iovas.length) this.#grow();
    this.firstPage[ccw] = first;
    this.idaws[ccw] = count;
    this.pinned[ccw] = 0;
    return first;
  }

  /**
   * Pins the pages of a CCW for reading and writing; runs of whole pages with one call each.
   * @param first its first page @param count its pages, as `take` had them
   * @param separately every page with a call of its own, as half pages need (TRN-045)
   * @returns 0, or a negative errno: then none is pinned
   */
  pin(ccw: number, first: number, count: number, separately: boolean): number {
    const { iovas, frames } = this;
    for (let done = 0; done < count;) {
      const iova = iovas[first + done] ?? 0;
      const run = separately || count === 1 ? 1 : this.#run(first + done, count - done);
      if (this.#recorder.recording) this.#recorder.addPinCall(iova, run);
      const asked = this.#injection.pinShort && run > 1 ? run - 1 : run;
      const result = this.#guest.dma.pinPages(iova, asked, frames, first + done);
      if (result !== run) {
        if (asked !== run) this.#injection.pinShort = false;
        this.#unpin(first, done + Math.max(result, 0), separately);
        return result < 0 ? result : -Errno.EINVAL;
      }
      done += run;
    }
    this.pinned[ccw] = count;
    return 0;
  }

  /** Pins the one page of a CCW; see `pin`. */
  pinOne(ccw: number, page: number, iova: number): number {
    if (this.#recorder.recording) this.#recorder.addPinCall(iova, 1);
    const result = this.#guest.dma.pinPages(iova, 1, this.frames, page);
    if (result !== 1) return result < 0 ? result : -Errno.EINVAL;
    this.pinned[ccw] = 1;
    return 0;
  }

  /** Unpins the pages of a CCW, if any are pinned. */
  unpin(ccw: number, separately: boolean): void {
    const count = this.pinned[ccw] ?? 0;
    const first = this.firstPage[ccw] ?? 0;
    this.pinned[ccw] = 0;
    this.#unpin(first, count, separately);
  }

  /** True if a pinned page of the CCW is touched by an unmap of the range. */
  touches(ccw: number, iova: number, length: number): boolean {
    const first = this.firstPage[ccw] ?? 0;
    const end = first + (this.pinned[ccw] ?? 0);
    for (let page = first; page < end; page++) {
      if (this.#host.profile.unmapTouches(this.iovas[page] ?? 0, iova, length)) return true;
    }
    return false;
  }

  #unpin(first: number, count: number, separately: boolean): void {
    const { dma } = this.#guest;
    for (let done = 0; done < count;) {
      const run = separately ? 1 : this.#run(first + done, count - done);
      dma.unpinPages(this.iovas[first + done] ?? 0, run);
      done += run;
    }
  }

  /** Pages from `page` on, at most `limit`, that follow each other by 4 KiB. */
  #run(page: number, limit: number): number {
    if (limit === 1) return 1;
    const start = this.iovas[page] ?? 0;
    let run = 1;
    while (run < limit && start + run * PAGE === this.iovas[page + run]) run++;
    return run;
  }

  #grow(): void {
    let size = this.iovas.length;
    while (size < this.#used) size *= 2;
    const iovas = new Float64Array(size);
    const frames = new Float64Array(size);
    iovas.set(this.iovas);
    frames.set(this.frames);
    this.iovas = iovas;
    this.frames = frames;
  }
}
