/** An I/O address space of iommufd (drivers/iommu/iommufd/io_pagetable.c): areas, and the pages that accesses have pinned. */

import { FRAME } from '../../machine/storage.js';
import { Errno, IoasMapFlag } from '../../uapi/index.js';
import type { AddressSpace } from './address-space.js';
import { addressOfFrame, type Frames } from './frames.js';
import type { IommufdAccess } from './iommufd-access.js';
import { WRAP } from './user-structure.js';

/** how often an unmap asks for its pages before it gives up with EDEADLK */
const UNMAP_RETRIES = 100;

/** A mapped range, and the pages of it that are pinned. */
export class IoasArea {
  /** accesses to the area that have not been undone */
  accesses = 0;
  /** pinned pages by page number from the area's page of byte 0: frame and number of accesses over it */
  readonly #pages = new Map<number, { frame: number; users: number }>();
  /** accesses by first page and number of pages */
  readonly #ranges = new Map<number, number>();

  constructor(
    readonly iova: number,
    readonly length: number,
    readonly address: number,
    /** IoasMapFlag.readable, .writeable */
    readonly access: number,
    readonly space: AddressSpace,
    readonly frames: Frames,
  ) {}

  get end(): number {
    return this.iova + this.length;
  }

  /** Pins `count` pages from page `first` of the area. @returns 0, or -EFAULT, -ENOMEM with nothing changed */
  pin(first: number, count: number, frames: Float64Array, at: number): number {
    let fresh = 0;
    const numbers: number[] = [];
    for (let page = first; page < first + count; page++) {
      const pinned = this.#pages.get(page);
      const frame = pinned?.frame ?? this.space.frameAt(this.address + page * FRAME);
      if (frame < 0) return frame;
      if (pinned === undefined) fresh++;
      numbers.push(frame);
      frames[at + page - first] = addressOfFrame(frame);
    }
    if ((this.space.pinnedPages + fresh) * FRAME > this.space.lockLimit) return -Errno.ENOMEM;
    this.space.pinnedPages += fresh;
    for (let page = first; page < first + count; page++) {
      const pinned = this.#pages.get(page);
      if (pinned !== undefined) {
        pinned.users++;
        continue;
      }
      const frame = numbers[page - first] ?? 0;
      this.frames.pin(frame);
      this.#pages.set(page, { frame, users: 1 });
    }
    const range = rangeKey(first, count);
    this.#ranges.set(range, (this.#ranges.get(range) ?? 0) + 1);
    this.accesses++;
    return 0;
  }

  /** Undoes a pin of exactly these pages; anything else changes nothing. */
  unpin(first: number, count: number): void {
    const range = rangeKey(first, count);
    const users = this.#ranges.get(range) ?? 0;
    if (users === 0) return;
    if (users === 1) this.#ranges.delete(range);
    else this.#ranges.set(range, users - 1);
    this.accesses--;
    for (let page = first; page < first + count; page++) {
      const pinned = this.#pages.get(page);
      if (pinned === undefined || --pinned.users > 0) continue;
      this.#pages.delete(page);
      this.space.pinnedPages--;
      this.frames.unpin(pinned.frame);
    }
  }

  /** I/O virtual addresses of the pinned pages, once per access. */
  pinnedAddresses(): number[] {
    return [...this.#pages].flatMap(([page, { users }]) => new Array<number>(users).fill(this.iova + page * FRAME));
  }
}

const rangeKey = (first: number, count: number): number => first * 0x10000 + count;

/** An I/O address space of iommufd. */
export class Ioas {
  /** devices attached: an object in use cannot be destroyed */
  readonly attached = new Set<IommufdAccess>();
  /** in order of addresses */
  readonly areas: IoasArea[] = [];

  constructor(
    readonly id: number,
    readonly frames: Frames,
  ) {}

  /** a device that pins needs whole pages; without one any byte can be mapped */
  get alignment(): number {
    return this.attached.size > 0 ? FRAME : 1;
  }

  /** True if every area is made of whole pages, as attaching a device asks for. */
  get pageAligned(): boolean {
    return this.areas.every(
      (area) => area.iova % FRAME === 0 && area.length % FRAME === 0 && area.address % FRAME === 0,
    );
  }

  areaAt(iova: number): IoasArea | undefined {
    return this.areas.find((area) => iova >= area.iova && iova < area.end);
  }

  /** @param flags IoasMapFlag @returns 0, or -EINVAL, -EOVERFLOW, -EEXIST */
  map(iova: number, address: number, length: number, flags: number, space: AddressSpace): number {
    if (length === 0) return -Errno.EINVAL;
    if (address + length >= WRAP) return -Errno.EOVERFLOW;
    if (length % this.alignment !== 0) return -Errno.EINVAL;
    if (iova % this.alignment !== 0) return -Errno.EINVAL;
    if (iova + length > WRAP) return -Errno.EOVERFLOW;
    if (this.areas.some((area) => iova < area.end && area.iova < iova + length)) return -Errno.EEXIST;
    if (address % this.alignment !== 0) return -Errno.EINVAL;
    const access = flags & (IoasMapFlag.readable | IoasMapFlag.writeable);
    this.areas.push(new IoasArea(iova, length, address, access, space, this.frames));
    this.areas.sort((a, b) => a.iova - b.iova);
    return 0;
  }

  /**
   * Unmaps every area in [iova, iova + length); an area that reaches out of it ends the call with -ENOENT, after those before it
   * are gone. @returns the result and the number of bytes unmapped
   */
  unmap(iova: number, length: number): { result: number; unmapped: number } {
    let unmapped = 0;
    let tries = 0;
    const end = iova + length;
    for (;;) {
      const area = this.areas.find((candidate) => candidate.end > iova && candidate.iova < end);
      if (area === undefined) return { result: 0, unmapped };
      if (area.iova < iova || area.end > end) return { result: -Errno.ENOENT, unmapped };
      if (area.accesses > 0) {
        for (const access of this.attached) access.listener.unmapped(area.iova, area.length);
        if (++tries > UNMAP_RETRIES) return { result: -Errno.EDEADLK, unmapped };
        continue;
      }
      tries = 0;
      this.areas.splice(this.areas.indexOf(area), 1);
      unmapped += area.length;
    }
  }

  /**
   * The areas that follow each other from `iova` on, as far as they cover [iova, iova + length): `visit` gets each with its
   * part, and ends the walk with a result other than 0. @returns 0, the result of `visit`, or -ENOENT at a gap
   */
  walk(iova: number, length: number, visit: (area: IoasArea, from: number, count: number) => number): number {
    for (let done = 0; done < length;) {
      const area = this.areaAt(iova + done);
      if (area === undefined) return -Errno.ENOENT;
      const count = Math.min(length - done, area.end - iova - done);
      const result = visit(area, iova + done, count);
      if (result !== 0) return result;
      done += count;
    }
    return 0;
  }

  /** Guest addresses that are pinned, once per pin. */
  pinnedAddresses(): number[] {
    return this.areas.flatMap((area) => area.pinnedAddresses());
  }
}
