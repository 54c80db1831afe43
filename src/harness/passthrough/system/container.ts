/** /dev/vfio/vfio: a container, which gives the groups in it one IOMMU backend (drivers/vfio/container.c). */

import { CcwspecError } from '../../errors/index.js';
import type { IoctlArgument } from '../../ports/index.js';
import {
  DmaMap,
  DmaMapFlag,
  DmaUnmap,
  DmaUnmapFlag,
  Errno,
  IommuExtension,
  IommuInfo,
  IommuInfoCapability,
  IommuInfoFlag,
  IommuType,
  VfioRequest,
} from '../../uapi/index.js';
import { OpenFile, type WaitingCall } from './open-file.js';
import type { Process } from './process.js';
import type { SystemModel } from './system-model.js';
import { Type1Iommu } from './type1.js';
import { pageAligned, readU64, structure, WRAP, writeU64 } from './user-structure.js';

const API_VERSION = 0;
const MAP_FLAGS = DmaMapFlag.read | DmaMapFlag.write | DmaMapFlag.vaddr;
const UNMAP_FLAGS = DmaUnmapFlag.getDirty | DmaUnmapFlag.all | DmaUnmapFlag.vaddr;
/** bytes of the capabilities "migration" and "DMA entries available" behind struct vfio_iommu_type1_info */
const MIGRATION_CAPABILITY = 32;
const AVAILABLE_CAPABILITY = 16;
/** bytes of the largest dirty bitmap: one bit for each of 2^31 - 1 pages, in whole 64-bit words */
const LARGEST_BITMAP = 2 ** 28;

/** arguments of VFIO_CHECK_EXTENSION that are always answered with 1 */
const EXTENSIONS: ReadonlySet<number> = new Set([
  IommuType.type1,
  IommuType.type1v2,
  IommuType.type1Nesting,
  IommuExtension.unmapAll,
]);

type Handler = (container: ContainerFile, iommu: Type1Iommu, argument: IoctlArgument, process: Process) => number;

/** Requests that a container passes to its backend; others fail with ENOTTY. */
const backendRequests: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [VfioRequest.iommuGetInfo, (container, iommu, argument) => container.info(iommu, argument)],
  [VfioRequest.iommuMapDma, (container, iommu, argument, process) => container.map(iommu, argument, process)],
  [VfioRequest.iommuUnmapDma, (container, iommu, argument) => container.unmap(iommu, argument)],
  [VfioRequest.iommuDirtyPages, (container, iommu, argument) => container.dirtyPages(iommu, argument)],
]);

/** An open /dev/vfio/vfio. */
export class ContainerFile extends OpenFile {
  readonly what = '/dev/vfio/vfio';
  iommu: Type1Iommu | undefined;
  /** a group is attached; the host has one */
  #attached = false;

  constructor(readonly system: SystemModel) {
    super(system.openFiles);
  }

  override ioctl(request: number, argument: IoctlArgument, process: Process): number {
    if (request === VfioRequest.getApiVersion) return API_VERSION;
    if (request === VfioRequest.checkExtension) return this.#checkExtension(argument);
    if (request === VfioRequest.setIommu) return this.#setIommu(argument);
    if (this.iommu === undefined) return -Errno.EINVAL;
    const handler = backendRequests.get(request);
    return handler === undefined ? -Errno.ENOTTY : handler(this, this.iommu, argument, process);
  }

  override mustWait(call: WaitingCall): boolean {
    if (call !== VfioRequest.iommuUnmapDma || this.iommu === undefined) return false;
    for (const device of this.iommu.devices) if (device.blocked === true) return true;
    return false;
  }

  attach(): void {
    this.#attached = true;
  }

  /** The group that leaves takes the backend with it. */
  detach(): void {
    this.#attached = false;
    this.iommu?.releaseAll();
    this.iommu = undefined;
  }

  /** "Update vaddr" is never offered with an mdev, and a backend exists only with one. */
  #checkExtension(argument: IoctlArgument): number {
    if (argument === IommuExtension.dmaCacheCoherent) return this.iommu === undefined ? 0 : 1;
    return typeof argument === 'number' && EXTENSIONS.has(argument) ? 1 : 0;
  }

  #setIommu(argument: IoctlArgument): number {
    if (!this.#attached || this.iommu !== undefined) return -Errno.EINVAL;
    if (argument === IommuExtension.unmapAll) return -Errno.EINVAL; // an extension of type1, but no type that can be set
    const version2 = argument === IommuType.type1v2 || argument === IommuType.type1Nesting;
    if (!version2 && argument !== IommuType.type1) return -Errno.ENODEV;
    this.iommu = new Type1Iommu(this.system, version2);
    return 0;
  }

  info(iommu: Type1Iommu, argument: IoctlArgument): number {
    const fixed = structure(argument, IommuInfo.minimum);
    if (fixed === undefined) return -Errno.EFAULT;
    const argsz = fixed.getUint32(IommuInfo.argsz);
    if (argsz < IommuInfo.minimum) return -Errno.EINVAL;
    const needed = IommuInfo.length + MIGRATION_CAPABILITY + AVAILABLE_CAPABILITY;
    const fits = argsz >= needed;
    const view = structure(argument, fits ? needed : Math.min(argsz, IommuInfo.length));
    if (view === undefined) return -Errno.EFAULT;
    view.setUint32(IommuInfo.flags, IommuInfoFlag.pgsizes | IommuInfoFlag.caps);
    writeU64(view, IommuInfo.iovaPgsizes, WRAP - 4096);
    if (fits) {
      const migration = IommuInfo.length;
      const available = migration + MIGRATION_CAPABILITY;
      putCapability(view, migration, IommuInfoCapability.migration, available, MIGRATION_CAPABILITY);
      writeU64(view, migration + 16, 4096);
      writeU64(view, migration + 24, LARGEST_BITMAP);
      putCapability(view, available, IommuInfoCapability.dmaAvail, 0, AVAILABLE_CAPABILITY);
      view.setUint32(available + 8, iommu.available);
    } else {
      view.setUint32(IommuInfo.argsz, needed);
    }
    if (argsz >= IommuInfo.length) {
      writeU64(view, IommuInfo.capOffset, 0);
      if (fits) view.setUint32(IommuInfo.capOffset, IommuInfo.length);
    }
    return 0;
  }

  map(iommu: Type1Iommu, argument: IoctlArgument, process: Process): number {
    const view = structure(argument, DmaMap.length);
    if (view === undefined) return -Errno.EFAULT;
    const flags = view.getUint32(DmaMap.flags);
    if (view.getUint32(DmaMap.argsz) < DmaMap.length || (flags & ~MAP_FLAGS) !== 0) return -Errno.EINVAL;
    const access = flags & (DmaMapFlag.read | DmaMapFlag.write);
    if ((access !== 0) === ((flags & DmaMapFlag.vaddr) !== 0)) return -Errno.EINVAL;
    const size = readU64(view, DmaMap.size);
    const iova = readU64(view, DmaMap.iova);
    const address = readU64(view, DmaMap.vaddr);
    const aligned = pageAligned(view, DmaMap.size) && pageAligned(view, DmaMap.iova) && pageAligned(view, DmaMap.vaddr);
    if (size === 0 || !aligned || iova + size > WRAP || address + size > WRAP) return -Errno.EINVAL;
    return iommu.map(iova, address, size, flags, process.space);
  }

  unmap(iommu: Type1Iommu, argument: IoctlArgument): number {
    const view = structure(argument, DmaUnmap.length);
    if (view === undefined) return -Errno.EFAULT;
    const flags = view.getUint32(DmaUnmap.flags);
    if (view.getUint32(DmaUnmap.argsz) < DmaUnmap.length || (flags & ~UNMAP_FLAGS) !== 0) return -Errno.EINVAL;
    if ((flags & DmaUnmapFlag.getDirty) !== 0) {
      if ((flags & (DmaUnmapFlag.all | DmaUnmapFlag.vaddr)) !== 0) return -Errno.EINVAL;
      throw new CcwspecError('E-MODEL-UNIMPLEMENTED', 'dirty-page tracking of a type1 container');
    }
    if ((flags & DmaUnmapFlag.vaddr) !== 0) return -Errno.EBUSY; // not while an mdev is in the container
    const iova = readU64(view, DmaUnmap.iova);
    const size = readU64(view, DmaUnmap.size);
    if (!pageAligned(view, DmaUnmap.iova)) return -Errno.EINVAL;
    if ((flags & DmaUnmapFlag.all) !== 0) {
      if (iova !== 0 || size !== 0) return -Errno.EINVAL;
    } else if (size === 0 || !pageAligned(view, DmaUnmap.size) || iova + size > WRAP) {
      return -Errno.EINVAL;
    }
    const outcome = iommu.unmap(iova, size, flags);
    if (outcome.result === 0) writeU64(view, DmaUnmap.size, outcome.size);
    return outcome.result;
  }

  dirtyPages(iommu: Type1Iommu, argument: IoctlArgument): number {
    if (!iommu.version2) return -Errno.EACCES;
    const view = structure(argument, 8);
    if (view === undefined) return -Errno.EFAULT;
    const flags = view.getUint32(4);
    if (view.getUint32(0) < 8 || (flags & ~7) !== 0 || (flags & (flags - 1)) !== 0) return -Errno.EINVAL;
    throw new CcwspecError('E-MODEL-UNIMPLEMENTED', 'dirty-page tracking of a type1 container');
  }
}

function putCapability(view: DataView, at: number, id: number, next: number, length: number): void {
  for (let offset = 0; offset < length; offset += 4) view.setUint32(at + offset, 0);
  view.setUint16(at, id);
  view.setUint16(at + 2, 1);
  view.setUint32(at + 4, next);
}
