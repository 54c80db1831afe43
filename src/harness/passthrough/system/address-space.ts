/** The address space of a process: virtual pages and the scattered frames behind them, and its locked-memory accounts. */

import { FRAME, HIGH_BANK } from '../../machine/storage.js';
import { Errno } from '../../uapi/index.js';
import type { Frames } from './frames.js';

/** Mappings grow down from here, as on a 64-bit kernel with a four-terabyte user address space. */
const MAP_TOP = 0x3ff_b000_0000;
/** Larger mappings are refused with ENOMEM, as an overcommitting kernel refuses what it obviously cannot have. */
const LARGEST_MAPPING = 0x1_0000_0000;
/** in Area.frames: nothing has touched the page yet */
const UNTOUCHED = -1;

/** A run of pages mapped by one call. `frames` holds each page's offset in the high bank in units of frames. */
interface Area {
  readonly start: number;
  readonly end: number;
  readonly frames: Int32Array;
}

const pageOf = (address: number): number => Math.floor(address / FRAME);

export class AddressSpace {
  /** pages counted against RLIMIT_MEMLOCK: VmLck of /proc/self/status, in pages */
  lockedPages = 0;
  /** pages pinned through iommufd: VmPin of /proc/self/status, in pages */
  pinnedPages = 0;
  /** RLIMIT_MEMLOCK in bytes, of a process without CAP_IPC_LOCK */
  lockLimit = Infinity;

  readonly #areas: Area[] = [];
  #last: Area | undefined;

  constructor(readonly frames: Frames) {}

  /** mmap of private anonymous memory: directly below the lowest gap that fits. @returns the address, or -EINVAL, -ENOMEM */
  map(length: number): number {
    if (length <= 0) return -Errno.EINVAL;
    const bytes = Math.ceil(length / FRAME) * FRAME;
    if (bytes > LARGEST_MAPPING) return -Errno.ENOMEM;
    let top = MAP_TOP;
    let at = this.#areas.length;
    for (; at > 0; at--) {
      const area = this.#areas[at - 1];
      if (area === undefined || area.end + bytes <= top) break;
      top = area.start;
    }
    const start = top - bytes;
    const frames = new Int32Array(bytes / FRAME).fill(UNTOUCHED);
    this.#areas.splice(at, 0, { start, end: top, frames });
    return start;
  }

  /** munmap: what is not mapped in the range is passed over. @returns 0, or -EINVAL */
  unmap(address: number, length: number): number {
    if (address % FRAME !== 0 || length <= 0) return -Errno.EINVAL;
    const end = address + Math.ceil(length / FRAME) * FRAME;
    for (let at = this.#areas.length - 1; at >= 0; at--) {
      const area = this.#areas[at];
      if (area === undefined || area.end <= address || area.start >= end) continue;
      const from = (Math.max(address, area.start) - area.start) / FRAME;
      const to = (Math.min(end, area.end) - area.start) / FRAME;
      for (const frame of area.frames.subarray(from, to)) {
        if (frame !== UNTOUCHED) this.frames.drop(HIGH_BANK + frame * FRAME);
      }
      const rest: Area[] = [];
      if (from > 0) {
        rest.push({ start: area.start, end: area.start + from * FRAME, frames: area.frames.slice(0, from) });
      }
      if (to < area.frames.length) {
        rest.push({ start: area.start + to * FRAME, end: area.end, frames: area.frames.slice(to) });
      }
      this.#areas.splice(at, 1, ...rest);
    }
    this.#last = undefined;
    return 0;
  }

  /**
   * The frame behind the page of `address`, taken now if nothing has touched the page.
   * @returns the frame's absolute address, or -EFAULT where nothing is mapped
   */
  frameAt(address: number): number {
    const area = this.#find(address);
    if (area === undefined) return -Errno.EFAULT;
    const page = pageOf(address - area.start);
    let frame = area.frames[page] ?? UNTOUCHED;
    if (frame === UNTOUCHED) {
      frame = (this.frames.take() - HIGH_BANK) / FRAME;
      area.frames[page] = frame;
    }
    return HIGH_BANK + frame * FRAME;
  }

  /** Copies `length` bytes at `address` to `into[at..]`; an untouched page reads as zeros. @returns 0 or -EFAULT */
  read(address: number, into: Uint8Array, at: number, length: number): number {
    const high = this.frames.storage.high;
    for (let done = 0; done < length; ) {
      const here = address + done;
      const area = this.#find(here);
      if (area === undefined) return -Errno.EFAULT;
      const offset = here % FRAME;
      const count = Math.min(length - done, FRAME - offset);
      const frame = area.frames[pageOf(here - area.start)] ?? UNTOUCHED;
      if (frame === UNTOUCHED) {
        into.fill(0, at + done, at + done + count);
      } else {
        const from = frame * FRAME + offset;
        if (count <= 16) for (let i = 0; i < count; i++) into[at + done + i] = high[from + i] ?? 0;
        else into.set(high.subarray(from, from + count), at + done);
      }
      done += count;
    }
    return 0;
  }

  /** Stores `bytes` at `address`. @returns 0, or -EFAULT where something of the range is not mapped (nothing is stored then) */
  write(address: number, bytes: Uint8Array): number {
    if (!this.holds(address, bytes.length)) return -Errno.EFAULT;
    const high = this.frames.storage.high;
    for (let done = 0; done < bytes.length; ) {
      const here = address + done;
      const offset = here % FRAME;
      const count = Math.min(bytes.length - done, FRAME - offset);
      const to = this.frameAt(here) - HIGH_BANK + offset;
      if (count === bytes.length) high.set(bytes, to);
      else high.set(bytes.subarray(done, done + count), to);
      done += count;
    }
    return 0;
  }

  /** True if every byte of the range is mapped. */
  holds(address: number, length: number): boolean {
    for (let at = address; at < address + length; ) {
      const area = this.#find(at);
      if (area === undefined) return false;
      at = area.end;
    }
    return true;
  }

  /** The address space of a forked child: the same mappings with contents of its own, nothing locked. */
  fork(): AddressSpace {
    const child = new AddressSpace(this.frames);
    child.lockLimit = this.lockLimit;
    const high = this.frames.storage.high;
    for (const area of this.#areas) {
      const frames = area.frames.map((frame) => {
        if (frame === UNTOUCHED) return UNTOUCHED;
        const copy = (this.frames.take() - HIGH_BANK) / FRAME;
        high.copyWithin(copy * FRAME, frame * FRAME, (frame + 1) * FRAME);
        return copy;
      });
      child.#areas.push({ start: area.start, end: area.end, frames });
    }
    return child;
  }

  /** Counts `pages` more (or fewer, if negative) as locked. @returns 0, or -ENOMEM over the limit */
  account(pages: number): number {
    if (pages > 0 && (this.lockedPages + pages) * FRAME > this.lockLimit) return -Errno.ENOMEM;
    this.lockedPages += pages;
    return 0;
  }

  #find(address: number): Area | undefined {
    const last = this.#last;
    if (last !== undefined && address >= last.start && address < last.end) return last;
    for (const area of this.#areas) {
      if (address < area.end) {
        if (address < area.start) return undefined;
        this.#last = area;
        return area;
      }
    }
    return undefined;
  }
}
