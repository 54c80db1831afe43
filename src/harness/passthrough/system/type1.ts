/**
 * The type1 IOMMU backend of a container (drivers/vfio/vfio_iommu_type1.c) as an mdev uses it: mappings are noted and
 * nothing is pinned until the driver asks. Version 1 and version 2 differ in unmapping, and version 1 cannot pin.
 */

import { CcwspecError } from '../../errors/index.js';
import { FRAME } from '../../machine/storage.js';
import { DmaMapFlag, DmaUnmapFlag, Errno } from '../../uapi/index.js';
import type { DmaBackend, UnmapListener } from '../dma.js';
import type { AddressSpace, Area } from './address-space.js';
import { addressOfFrame, type Frames } from './frames.js';
import { MappingTree, TreeRange } from './mapping-tree.js';
import { MappingPins } from './pin-records.js';
import type { SystemModel } from './system-model.js';
import { WRAP } from './user-structure.js';

/** mappings that a container may have: module parameter dma_entry_limit */
const ENTRY_LIMIT = 0xffff;
/** how often an unmap asks the driver to unpin before the kernel gives up with a BUG */
const UNMAP_RETRIES = 10;
// An own constant: V8 folds it, and loads an imported one each time.
const PAGE = FRAME;
const READ_WRITE = DmaMapFlag.read | DmaMapFlag.write;

/** One mapping; `space` is the address space of the process that mapped it. */
export class Type1Mapping extends TreeRange {
  readonly pins: MappingPins;
  /** one past the last address */
  readonly limit: number;
  /** the process's pages, while one run of them holds the whole buffer: else addresses are looked up one by one */
  #area: Area | undefined;
  /** IOVA that the area's first byte would have */
  #areaOrigin = 0;

  constructor(
    iova: number,
    size: number,
    readonly address: number,
    /** DmaMapFlag.read, .write */
    readonly access: number,
    readonly space: AddressSpace,
  ) {
    super(iova, size);
    this.limit = iova + size;
    this.pins = new MappingPins(iova);
  }

  /** Number of the frame behind byte address `iova`, which may lie in front of the mapping (TRN-058); or -EFAULT. */
  frameAt(iova: number): number {
    const area = this.#wholeArea();
    if (area === undefined || iova < this.iova) return this.space.frameAt(this.address + (iova - this.iova));
    return this.space.frameOf(area, (iova - this.#areaOrigin) >>> 12);
  }

  /** Copies from [iova, iova + length), which must be inside the mapping. @returns 0 or -EFAULT */
  read(iova: number, into: Uint8Array, at: number, length: number): number {
    const area = this.#wholeArea();
    if (area === undefined) return this.space.read(this.address + (iova - this.iova), into, at, length);
    this.space.readArea(area, iova - this.#areaOrigin, into, at, length);
    return 0;
  }

  #wholeArea(): Area | undefined {
    const known = this.#area;
    return known?.mapped === true ? known : this.#seekArea();
  }

  #seekArea(): Area | undefined {
    const area = this.space.areaAt(this.address);
    this.#area = area !== undefined && this.address + this.size <= area.end ? area : undefined;
    if (area !== undefined) this.#areaOrigin = this.iova - (this.address - area.start);
    return this.#area;
  }
}

/** VFIO_IOMMU_UNMAP_DMA after its checks; `size` is what was unmapped. */
export interface UnmapOutcome {
  readonly result: number;
  readonly size: number;
}

/** The mappings of a container of type 1, in either version. */
export class Type1Iommu {
  readonly mappings = new MappingTree<Type1Mapping>();
  /** open devices, which are told of unmapping */
  readonly devices = new Set<UnmapListener>();
  readonly #frames: Frames;
  #last: Type1Mapping | undefined;

  constructor(
    readonly system: SystemModel,
    readonly version2: boolean,
  ) {
    this.#frames = system.frames;
  }

  get available(): number {
    return ENTRY_LIMIT - this.mappings.size;
  }

  /** @param flags DmaMapFlag; `iova`, `address` and `size` are known to be multiples of 4096 and not to wrap */
  map(iova: number, address: number, size: number, flags: number, space: AddressSpace): number {
    const there = this.mappings.find(iova, size);
    if ((flags & DmaMapFlag.vaddr) !== 0) return there === undefined ? -Errno.ENOENT : -Errno.EINVAL;
    if (there !== undefined) return -Errno.EEXIST;
    if (this.available === 0) return -Errno.ENOSPC;
    this.mappings.insert(new Type1Mapping(iova, size, address, flags & READ_WRITE, space));
    return 0;
  }

  /** @param flags DmaUnmapFlag; `iova` and `size` are known to be multiples of 4096 and not to wrap, `size` 0 only with ALL */
  unmap(iova: number, size: number, flags: number): UnmapOutcome {
    const all = (flags & DmaUnmapFlag.all) !== 0;
    const length = all ? WRAP : size;
    let unmapped = 0;
    let retries = 0;
    again: for (;;) {
      if (this.version2 && !all && this.#bisects(iova, size)) return { result: -Errno.EINVAL, size: unmapped };
      let mapping = this.mappings.firstFrom(iova, length);
      while (mapping !== undefined) {
        if (mapping.iova >= iova + length) break;
        if (!this.version2 && iova > mapping.iova) break;
        if (mapping.pins.count > 0) {
          if (++retries > UNMAP_RETRIES) {
            throw new CcwspecError(
              'E-KERNEL-BUG',
              `unmapping [${mapping.iova.toString(16)}, +${mapping.size.toString(16)}) asked the driver ${UNMAP_RETRIES} times to unpin, and it did not`,
            );
          }
          for (const device of this.devices) device.unmapped(mapping.iova, mapping.size);
          continue again;
        }
        retries = 0;
        unmapped += mapping.size;
        const next = this.mappings.next(mapping);
        this.#remove(mapping);
        mapping = next;
      }
      return { result: 0, size: unmapped };
    }
  }

  /** The container loses its last group: every mapping goes, and pins that the driver left become leaks. */
  releaseAll(): void {
    for (let mapping = this.mappings.first(); mapping !== undefined; mapping = this.mappings.first()) {
      this.system.addLeaks(mapping.pins.addresses());
      this.#remove(mapping);
    }
  }

  /** Guest addresses that are pinned, once per pin. */
  pinnedAddresses(): number[] {
    const found: number[] = [];
    for (let mapping = this.mappings.first(); mapping !== undefined; mapping = this.mappings.next(mapping)) {
      found.push(...mapping.pins.addresses());
    }
    return found;
  }

  /**
   * The mapping for the page at byte address `iova`. TRN-058: any mapping that overlaps the 4096 bytes from there on may
   * be found, which for an address inside the last page of a mapping can be the one behind it.
   */
  #find(iova: number): Type1Mapping | undefined {
    const last = this.#last;
    return last !== undefined && iova >= last.iova && iova + PAGE <= last.limit ? last : this.#search(iova);
  }

  #search(iova: number): Type1Mapping | undefined {
    const found = this.mappings.find(iova, PAGE);
    this.#last = found;
    return found;
  }

  pin(iova: number, count: number, frames: Float64Array, at: number): number {
    if (!this.version2) return -Errno.EACCES;
    for (let page = 0; page < count; page++) {
      const frame = this.#pinPage(iova + page * PAGE);
      if (frame < 0) {
        this.unpin(iova, page);
        return frame;
      }
      frames[at + page] = addressOfFrame(frame);
    }
    return count;
  }

  /** @returns number of the frame, or a negative errno */
  #pinPage(iova: number): number {
    const mapping = this.#find(iova);
    if (mapping === undefined) return -Errno.EINVAL;
    if (mapping.access !== READ_WRITE) return -Errno.EPERM;
    const known = mapping.pins.again(iova);
    if (known >= 0) return known;
    const frame = mapping.frameAt(iova);
    if (frame < 0) return frame;
    const counted = mapping.space.account(1);
    if (counted < 0) return counted;
    this.#frames.pin(frame);
    mapping.pins.add(iova, frame);
    return frame;
  }

  unpin(iova: number, count: number): void {
    for (let page = 0; page < count; page++) this.#unpinPage(iova + page * PAGE);
  }

  /** Nothing happens where nothing is mapped. */
  #unpinPage(iova: number): void {
    const mapping = this.#find(iova);
    const frame = mapping?.pins.drop(iova) ?? -1;
    if (frame < 0) return;
    this.#frames.unpin(frame);
    mapping?.space.account(-1);
  }

  /** Copies from the calling process's memory; a kernel thread may use any mapping's. @returns 0 or a negative errno */
  read(iova: number, into: Uint8Array, at: number, length: number): number {
    const current = this.system.current;
    for (let done = 0; done < length;) {
      const here = iova + done;
      let mapping = this.#last;
      if (mapping === undefined || here < mapping.iova || here >= mapping.limit) {
        mapping = this.mappings.find(here, 1);
        if (mapping === undefined) return -Errno.EINVAL;
        this.#last = mapping;
      }
      if ((mapping.access & DmaMapFlag.read) === 0) return -Errno.EPERM;
      if (current !== undefined && current.space !== mapping.space) return -Errno.EFAULT;
      const count = Math.min(length - done, mapping.limit - here);
      const result = mapping.read(here, into, at + done, count);
      if (result < 0) return result;
      done += count;
    }
    return 0;
  }

  /** Version 2: an unmap must not cut a mapping at either end of its range. */
  #bisects(iova: number, size: number): boolean {
    const first = this.mappings.find(iova, PAGE);
    if (first !== undefined && first.iova !== iova) return true;
    const last = this.mappings.find(iova + size - PAGE, PAGE);
    return last !== undefined && last.iova + last.size !== iova + size;
  }

  #remove(mapping: Type1Mapping): void {
    this.mappings.remove(mapping);
    this.#last = undefined;
  }
}

/** The driver's calls for memory, for a device that was opened through a group with a type1 container. */
export class Type1Dma implements DmaBackend {
  /** false once the device is closed: what the driver has pinned then stays pinned */
  open = true;

  constructor(readonly iommu: Type1Iommu) {}

  pinPages(iova: number, count: number, frames: Float64Array, at: number): number {
    return this.iommu.pin(iova, count, frames, at);
  }

  unpinPages(iova: number, count: number): void {
    if (this.open) this.iommu.unpin(iova, count);
  }

  read(iova: number, into: Uint8Array, at: number, length: number): number {
    return this.iommu.read(iova, into, at, length);
  }
}
