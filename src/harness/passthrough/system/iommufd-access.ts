/**
 * A device's access to an I/O address space of an iommufd (drivers/iommu/iommufd/device.c). Pin requests are cut to whole
 * pages before the lookup, so that the adjacency defect of type1 (TRN-058) is not here.
 */

import { FRAME } from '../../machine/storage.js';
import { Errno, IoasMapFlag } from '../../uapi/index.js';
import type { DmaBackend, UnmapListener } from '../dma.js';
import type { Ioas } from './ioas.js';
import type { IommufdFile } from './iommufd.js';
import { WRAP } from './user-structure.js';
import type { Backing } from './vfio-device.js';

/** length of the range that detaching reports to the driver: everything */
const EVERYTHING = WRAP - 1;

/** A device's access to the IOAS that is attached to it. */
export class IommufdAccess implements DmaBackend, Backing {
  readonly id: number;
  #ioas: Ioas | undefined;

  constructor(
    readonly iommufd: IommufdFile,
    readonly listener: UnmapListener,
  ) {
    this.id = iommufd.add(this);
    iommufd.get();
  }

  get dma(): DmaBackend {
    return this;
  }

  /** Attaches to the address space `id`, or replaces the one attached. @returns 0 or a negative errno */
  attach(id: number): number {
    const ioas = this.iommufd.ioas(id);
    return typeof ioas === 'number' ? ioas : this.#change(ioas);
  }

  /** Attaches to the address space that stands in for a container. */
  attachCompatible(): number {
    return this.iommufd.compatible === undefined ? -Errno.ENODEV : this.#change(this.iommufd.compatible);
  }

  /** Detaches; the driver is told that everything is unmapped. Nothing happens if nothing is attached. */
  detach(): void {
    if (this.#ioas !== undefined) this.#change(undefined);
  }

  /** The device is closed. */
  release(): void {
    this.detach();
    this.iommufd.remove(this.id);
    this.iommufd.put();
  }

  pinPages(iova: number, count: number, frames: Float64Array, at: number): number {
    const ioas = this.#ioas;
    if (ioas === undefined) return -Errno.ENOENT;
    const start = Math.floor(iova / FRAME) * FRAME;
    let next = at;
    let done = 0;
    const result = ioas.walk(start, count * FRAME, (area, from, bytes) => {
      const offset = from - area.iova;
      if ((area.access & IoasMapFlag.writeable) === 0) return -Errno.EPERM;
      const pinned = area.pin(offset / FRAME, bytes / FRAME, frames, next);
      if (pinned !== 0) return pinned;
      next += bytes / FRAME;
      done += bytes;
      return 0;
    });
    if (result === 0) return count;
    if (done > 0) this.#unpin(ioas, start, done);
    return result;
  }

  unpinPages(iova: number, count: number): void {
    if (this.#ioas !== undefined) this.#unpin(this.#ioas, Math.floor(iova / FRAME) * FRAME, count * FRAME);
  }

  read(iova: number, into: Uint8Array, at: number, length: number): number {
    if (this.#ioas === undefined) return -Errno.ENOENT;
    let to = at;
    return this.#ioas.walk(iova, length, (area, from, bytes) => {
      if ((area.access & IoasMapFlag.readable) === 0) return -Errno.EPERM;
      const copied = area.space.read(area.address + from - area.iova, into, to, bytes);
      to += bytes;
      return copied;
    });
  }

  #unpin(ioas: Ioas, start: number, length: number): void {
    ioas.walk(start, length, (area, from, bytes) => {
      area.unpin((from - area.iova) / FRAME, bytes / FRAME);
      return 0;
    });
  }

  #change(to: Ioas | undefined): number {
    const from = this.#ioas;
    if (from === to) return 0;
    if (to?.pageAligned === false) return -Errno.EADDRINUSE;
    to?.attached.add(this);
    if (from !== undefined) {
      this.listener.unmapped(0, EVERYTHING);
      from.attached.delete(this);
    }
    this.#ioas = to;
    return 0;
  }
}
