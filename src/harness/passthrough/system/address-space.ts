/** The address space of a process: virtual pages and the scattered frames behind them, and its locked-memory accounts. */

import { FRAME } from '../../machine/storage.js';
import { Errno } from '../../uapi/index.js';
import type { Frames } from './frames.js';

/** Mappings grow down from here, as on a 64-bit kernel with a four-terabyte user address space. */
const MAP_TOP = 0x3ff_b000_0000;
/** Larger mappings are refused with ENOMEM, as an overcommitting kernel refuses what it obviously cannot have. */
const LARGEST_MAPPING = 0x1_0000_0000;
// An own constant: V8 folds it, and loads an imported one each time.
const PAGE = FRAME;
/** in Area.frames: nothing has touched the page yet */
const UNTOUCHED = -1;
/** copies up to this length go byte by byte, which is quicker than making a view */
const SHORT_COPY = 32;

/** A run of pages mapped by one call, with the number of the frame behind each page. */
export class Area {
  /** false once any of it was unmapped: look the address up again */
  mapped = true;

  constructor(
    readonly start: number,
    readonly end: number,
    readonly frames: Int32Array,
  ) {}
}

/** Virtual memory of one process, page by page. */
export class AddressSpace {
  /** pages counted against RLIMIT_MEMLOCK: VmLck of /proc/self/status, in pages */
  lockedPages = 0;
  /** pages pinned through iommufd: VmPin of /proc/self/status, in pages */
  pinnedPages = 0;
  /** RLIMIT_MEMLOCK in bytes, of a process without CAP_IPC_LOCK */
  lockLimit = Infinity;

  readonly #areas: Area[] = [];
  readonly #high: Uint8Array;
  #last: Area | undefined;

  constructor(readonly frames: Frames) {
    this.#high = frames.storage.high;
  }

  /** mmap of private anonymous memory: in the highest gap that fits. @returns the address, or -EINVAL, -ENOMEM */
  map(length: number): number {
    if (length <= 0) return -Errno.EINVAL;
    const bytes = Math.ceil(length / PAGE) * PAGE;
    if (bytes > LARGEST_MAPPING) return -Errno.ENOMEM;
    let top = MAP_TOP;
    let at = this.#areas.length;
    for (; at > 0; at--) {
      const area = this.#areas[at - 1];
      if (area === undefined || area.end + bytes <= top) break;
      top = area.start;
    }
    const start = top - bytes;
    this.#areas.splice(at, 0, new Area(start, top, new Int32Array(bytes / PAGE).fill(UNTOUCHED)));
    return start;
  }

  /** munmap: what is not mapped in the range is passed over. @returns 0, or -EINVAL */
  unmap(address: number, length: number): number {
    if (address % PAGE !== 0 || length <= 0) return -Errno.EINVAL;
    const end = address + Math.ceil(length / PAGE) * PAGE;
    for (let at = this.#areas.length - 1; at >= 0; at--) {
      const area = this.#areas[at];
      if (area === undefined || area.end <= address || area.start >= end) continue;
      const from = (Math.max(address, area.start) - area.start) / PAGE;
      const to = (Math.min(end, area.end) - area.start) / PAGE;
      for (const frame of area.frames.subarray(from, to)) if (frame !== UNTOUCHED) this.frames.drop(frame);
      area.mapped = false;
      const rest: Area[] = [];
      if (from > 0) rest.push(new Area(area.start, area.start + from * PAGE, area.frames.slice(0, from)));
      if (to < area.frames.length) rest.push(new Area(area.start + to * PAGE, area.end, area.frames.slice(to)));
      this.#areas.splice(at, 1, ...rest);
    }
    this.#last = undefined;
    return 0;
  }

  /** The run of pages that `address` lies in, or undefined where nothing is mapped. */
  areaAt(address: number): Area | undefined {
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

  /** Number of the frame behind a page of `area`, taken now if nothing has touched the page. */
  frameOf(area: Area, page: number): number {
    const frame = area.frames[page] ?? UNTOUCHED;
    return frame === UNTOUCHED ? (area.frames[page] = this.frames.take()) : frame;
  }

  /** Number of the frame behind the page of `address`, taken now if need be. @returns -EFAULT where nothing is mapped */
  frameAt(address: number): number {
    const area = this.areaAt(address);
    return area === undefined ? -Errno.EFAULT : this.frameOf(area, Math.floor((address - area.start) / PAGE));
  }

  /** Copies `length` bytes at `address` to `into[at..]`; an untouched page reads as zeros. @returns 0 or -EFAULT */
  read(address: number, into: Uint8Array, at: number, length: number): number {
    for (let done = 0; done < length;) {
      const area = this.areaAt(address + done);
      if (area === undefined) return -Errno.EFAULT;
      const offset = address + done - area.start;
      const count = Math.min(length - done, area.end - area.start - offset);
      this.readArea(area, offset, into, at + done, count);
      done += count;
    }
    return 0;
  }

  /** Copies bytes of `area` from `offset` on, which must be inside it, to `into[at..]`. */
  readArea(area: Area, offset: number, into: Uint8Array, at: number, length: number): void {
    const high = this.#high;
    for (let done = 0; done < length;) {
      const here = offset + done;
      const page = here >>> 12; // a mapping is 4 GiB at most
      const inPage = here & (PAGE - 1);
      const count = Math.min(length - done, PAGE - inPage);
      const frame = area.frames[page] ?? UNTOUCHED;
      const from = frame * PAGE + inPage;
      const to = at + done;
      if (frame === UNTOUCHED) into.fill(0, to, to + count);
      else if (count <= SHORT_COPY) for (let i = 0; i < count; i++) into[to + i] = high[from + i] ?? 0;
      else into.set(high.subarray(from, from + count), to);
      done += count;
    }
  }

  /** Stores `bytes` at `address`. @returns 0, or -EFAULT where something of the range is not mapped (nothing is stored then) */
  write(address: number, bytes: Uint8Array): number {
    const length = bytes.length;
    const first = this.areaAt(address);
    if (first === undefined || (address + length > first.end && !this.#holds(first.end, address + length))) {
      return length === 0 ? 0 : -Errno.EFAULT;
    }
    let area: Area | undefined = first;
    for (let done = 0; done < length && area !== undefined; area = this.areaAt(address + done)) {
      const here = address + done - area.start;
      const page = here >>> 12; // a mapping is 4 GiB at most
      const inPage = here & (PAGE - 1);
      const count = Math.min(length - done, PAGE - inPage);
      this.#store(bytes, done, count, this.frameOf(area, page) * PAGE + inPage);
      done += count;
    }
    return 0;
  }

  /** Unmaps everything. */
  release(): void {
    for (const { start, end } of [...this.#areas]) this.unmap(start, end - start);
  }

  /** The address space of a forked child: the same mappings with contents of its own, nothing locked. */
  fork(): AddressSpace {
    const child = new AddressSpace(this.frames);
    child.lockLimit = this.lockLimit;
    for (const area of this.#areas) {
      const frames = area.frames.map((frame) => {
        if (frame === UNTOUCHED) return UNTOUCHED;
        const copy = this.frames.take();
        this.#high.copyWithin(copy * PAGE, frame * PAGE, (frame + 1) * PAGE);
        return copy;
      });
      child.#areas.push(new Area(area.start, area.end, frames));
    }
    return child;
  }

  /** Counts `pages` more (or fewer, if negative) as locked. @returns 0, or -ENOMEM over the limit */
  account(pages: number): number {
    if (pages > 0 && (this.lockedPages + pages) * PAGE > this.lockLimit) return -Errno.ENOMEM;
    this.lockedPages += pages;
    return 0;
  }

  #holds(from: number, to: number): boolean {
    for (let at = from; at < to;) {
      const area = this.areaAt(at);
      if (area === undefined) return false;
      at = area.end;
    }
    return true;
  }

  #store(bytes: Uint8Array, from: number, count: number, to: number): void {
    const high = this.#high;
    if (count <= SHORT_COPY) for (let i = 0; i < count; i++) high[to + i] = bytes[from + i] ?? 0;
    else high.set(count === bytes.length ? bytes : bytes.subarray(from, from + count), to);
  }
}
