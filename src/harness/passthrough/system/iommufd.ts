/** /dev/iommu: objects and their requests (drivers/iommu/iommufd), and its stand-in for a container's requests. */

import { CcwspecError } from '../../errors/index.js';
import type { IoctlArgument } from '../../ports/index.js';
import {
  DmaMap,
  DmaMapFlag,
  DmaUnmap,
  DmaUnmapFlag,
  Errno,
  IoasAlloc,
  IoasIovaRanges,
  IoasMap,
  IoasMapFlag,
  IoasUnmap,
  IommuDestroy,
  IommuExtension,
  IommuType,
  VfioRequest,
} from '../../uapi/index.js';
import { Ioas } from './ioas.js';
import { IommufdAccess } from './iommufd-access.js';
import { OpenFile, type WaitingCall } from './open-file.js';
import type { Process } from './process.js';
import type { SystemModel } from './system-model.js';
import { bufferOf, readU64, structure, WRAP, writeU64 } from './user-structure.js';

type Handler = (file: IommufdFile, view: DataView, process: Process) => number;

/** size: bytes that the kernel knows of the structure; more of it must be zero. */
interface Request {
  readonly minimum: number;
  readonly size: number;
  readonly execute: Handler;
}

const requests: ReadonlyMap<number, Request> = new Map<number, Request>([
  [
    VfioRequest.iommufdDestroy,
    { minimum: IommuDestroy.length, size: IommuDestroy.length, execute: (file, view) => file.destroy(view) },
  ],
  [
    VfioRequest.iommufdIoasAlloc,
    { minimum: IoasAlloc.length, size: IoasAlloc.length, execute: (file, view) => file.alloc(view) },
  ],
  [
    VfioRequest.iommufdIoasIovaRanges,
    { minimum: IoasIovaRanges.length, size: IoasIovaRanges.length, execute: (file, view) => file.iovaRanges(view) },
  ],
  [
    VfioRequest.iommufdIoasMap,
    { minimum: IoasMap.length, size: IoasMap.length, execute: (file, view, process) => file.map(view, process) },
  ],
  [
    VfioRequest.iommufdIoasUnmap,
    { minimum: IoasUnmap.length, size: IoasUnmap.length, execute: (file, view) => file.unmap(view) },
  ],
]);
/** numbers of the requests that exist: IOMMU_DESTROY to IOMMU_FAULT_QUEUE_ALLOC */
const FIRST_REQUEST = 0x80;
const LAST_REQUEST = 0x8e;

const MAP_FLAGS = IoasMapFlag.fixedIova | IoasMapFlag.readable | IoasMapFlag.writeable;

/** An open /dev/iommu. */
export class IommufdFile extends OpenFile {
  readonly what = '/dev/iommu';
  /** the address space behind a container's requests */
  compatible: Ioas | undefined;
  readonly #objects = new Map<number, Ioas | IommufdAccess>();

  constructor(readonly system: SystemModel) {
    super(system.openFiles);
  }

  /** Gives an object the lowest free number, from 1. */
  add(object: IommufdAccess): number {
    const id = this.#freeId();
    this.#objects.set(id, object);
    return id;
  }

  remove(id: number): void {
    this.#objects.delete(id);
  }

  /** The address space `id`, or -ENOENT. */
  ioas(id: number): Ioas | number {
    const object = this.#objects.get(id);
    return object instanceof Ioas ? object : -Errno.ENOENT;
  }

  /** Makes sure that there is an address space for a container's requests. */
  makeCompatible(): void {
    this.compatible ??= this.#newIoas();
  }

  /** Every address space, for the ledger. */
  spaces(): Ioas[] {
    return [...this.#objects.values()].filter((object) => object instanceof Ioas);
  }

  override ioctl(request: number, argument: IoctlArgument, process: Process): number {
    const number = request & 0xff;
    if (number < FIRST_REQUEST || number > LAST_REQUEST) return this.#containerIoctl(request, argument, process);
    if (request >>> 8 !== VfioRequest.iommufdDestroy >>> 8) return -Errno.ENOTTY;
    const bytes = bufferOf(argument);
    if (bytes === undefined || bytes.length < 4) return -Errno.EFAULT;
    const known = requests.get(request);
    if (known === undefined)
      throw new CcwspecError('E-MODEL-UNIMPLEMENTED', `request ${request.toString(16)} of /dev/iommu`);
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (size < known.minimum) return -Errno.EINVAL;
    const view = structure(bytes, size);
    if (view === undefined) return -Errno.EFAULT;
    if (bytes.subarray(known.size, size).some((byte) => byte !== 0)) return -Errno.E2BIG;
    return known.execute(this, view, process);
  }

  override mustWait(call: WaitingCall): boolean {
    if (call !== VfioRequest.iommufdIoasUnmap && call !== VfioRequest.iommuUnmapDma) return false;
    return this.spaces().some(({ attached }) => [...attached].some(({ listener }) => listener.blocked === true));
  }

  destroy(view: DataView): number {
    const id = view.getUint32(IommuDestroy.id);
    const object = this.#objects.get(id);
    if (object === undefined) return -Errno.ENOENT;
    if (object instanceof IommufdAccess || object.attached.size > 0) return -Errno.EBUSY;
    if (this.compatible === object) this.compatible = undefined;
    this.#objects.delete(id);
    return 0;
  }

  alloc(view: DataView): number {
    if (view.getUint32(IoasAlloc.flags) !== 0) return -Errno.EOPNOTSUPP;
    view.setUint32(IoasAlloc.outIoasId, this.#newIoas().id);
    return 0;
  }

  iovaRanges(view: DataView): number {
    if (view.getUint32(IoasIovaRanges.reserved) !== 0) return -Errno.EOPNOTSUPP;
    const ioas = this.ioas(view.getUint32(IoasIovaRanges.ioasId));
    if (typeof ioas === 'number') return ioas;
    const room = view.getUint32(IoasIovaRanges.numIovas);
    if (room > 0) throw new CcwspecError('E-MODEL-UNIMPLEMENTED', 'IOMMU_IOAS_IOVA_RANGES with room for ranges');
    view.setUint32(IoasIovaRanges.numIovas, 1); // no device reserves anything: one range over all addresses
    writeU64(view, IoasIovaRanges.alignment, ioas.alignment);
    return -Errno.EMSGSIZE;
  }

  map(view: DataView, process: Process): number {
    const flags = view.getUint32(IoasMap.flags);
    if ((flags & ~MAP_FLAGS) !== 0 || view.getUint32(IoasMap.reserved) !== 0) return -Errno.EOPNOTSUPP;
    if (isHighest(view, IoasMap.iova) || isHighest(view, IoasMap.length64)) return -Errno.EOVERFLOW;
    if ((flags & (IoasMapFlag.readable | IoasMapFlag.writeable)) === 0) return -Errno.EINVAL;
    const ioas = this.ioas(view.getUint32(IoasMap.ioasId));
    if (typeof ioas === 'number') return ioas;
    if ((flags & IoasMapFlag.fixedIova) === 0) {
      throw new CcwspecError('E-MODEL-UNIMPLEMENTED', 'IOMMU_IOAS_MAP without IOMMU_IOAS_MAP_FIXED_IOVA');
    }
    const length = readU64(view, IoasMap.length64);
    return ioas.map(readU64(view, IoasMap.iova), readU64(view, IoasMap.userVa), length, flags, process.space);
  }

  unmap(view: DataView): number {
    const ioas = this.ioas(view.getUint32(IoasUnmap.ioasId));
    if (typeof ioas === 'number') return ioas;
    const iova = readU64(view, IoasUnmap.iova);
    const all = iova === 0 && isHighest(view, IoasUnmap.length64);
    if (!all && (isHighest(view, IoasUnmap.iova) || isHighest(view, IoasUnmap.length64))) return -Errno.EOVERFLOW;
    const length = all ? WRAP : readU64(view, IoasUnmap.length64);
    if (length === 0) return -Errno.EINVAL;
    if (iova + length > WRAP) return -Errno.EOVERFLOW;
    const { result, unmapped } = ioas.unmap(iova, length);
    if (result !== 0) return result;
    if (unmapped === 0 && !all) return -Errno.ENOENT;
    writeU64(view, IoasUnmap.length64, unmapped);
    return 0;
  }

  /** The requests of a container, on the address space that stands in for it (drivers/iommu/iommufd/vfio_compat.c). */
  #containerIoctl(request: number, argument: IoctlArgument, process: Process): number {
    switch (request) {
      case VfioRequest.getApiVersion:
        return 0;
      case VfioRequest.checkExtension:
        return argument === IommuExtension.dmaCacheCoherent
          ? this.#withCompatible(() => 1)
          : Number(
              argument === IommuType.type1 || argument === IommuType.type1v2 || argument === IommuExtension.unmapAll,
            );
      case VfioRequest.setIommu:
        if (argument === IommuType.type1) {
          throw new CcwspecError('E-MODEL-UNIMPLEMENTED', 'VFIO_SET_IOMMU of type 1 on an iommufd');
        }
        return argument === IommuType.type1v2 ? this.#withCompatible(() => 0) : -Errno.EINVAL;
      case VfioRequest.iommuMapDma:
        return this.#mapDma(argument, process);
      case VfioRequest.iommuUnmapDma:
        return this.#unmapDma(argument);
      case VfioRequest.iommuGetInfo:
        throw new CcwspecError('E-MODEL-UNIMPLEMENTED', 'VFIO_IOMMU_GET_INFO on an iommufd');
      default:
        return -Errno.ENOTTY;
    }
  }

  #mapDma(argument: IoctlArgument, process: Process): number {
    const view = structure(argument, DmaMap.length);
    if (view === undefined) return -Errno.EFAULT;
    const flags = view.getUint32(DmaMap.flags);
    const access = flags & (DmaMapFlag.read | DmaMapFlag.write);
    if (view.getUint32(DmaMap.argsz) < DmaMap.length || flags !== access) return -Errno.EINVAL;
    return this.#withCompatible((ioas) => {
      const converted =
        (flags & DmaMapFlag.read ? IoasMapFlag.readable : 0) | (flags & DmaMapFlag.write ? IoasMapFlag.writeable : 0);
      const length = readU64(view, DmaMap.size);
      return ioas.map(readU64(view, DmaMap.iova), readU64(view, DmaMap.vaddr), length, converted, process.space);
    });
  }

  #unmapDma(argument: IoctlArgument): number {
    const view = structure(argument, DmaUnmap.length);
    if (view === undefined) return -Errno.EFAULT;
    const flags = view.getUint32(DmaUnmap.flags);
    if (view.getUint32(DmaUnmap.argsz) < DmaUnmap.length || (flags & ~DmaUnmapFlag.all) !== 0) return -Errno.EINVAL;
    return this.#withCompatible((ioas) => {
      const iova = readU64(view, DmaUnmap.iova);
      const size = readU64(view, DmaUnmap.size);
      const all = (flags & DmaUnmapFlag.all) !== 0;
      if (all && (iova !== 0 || size !== 0)) return -Errno.EINVAL;
      const refused = all ? 0 : size === 0 ? -Errno.EINVAL : iova + size > WRAP ? -Errno.EOVERFLOW : 0;
      const outcome = refused === 0 ? ioas.unmap(iova, all ? WRAP : size) : { result: refused, unmapped: 0 };
      writeU64(view, DmaUnmap.size, outcome.unmapped); // written back even when the call fails
      return outcome.result;
    });
  }

  #withCompatible(use: (ioas: Ioas) => number): number {
    return this.compatible === undefined ? -Errno.ENODEV : use(this.compatible);
  }

  #newIoas(): Ioas {
    const ioas = new Ioas(this.#freeId(), this.system.frames);
    this.#objects.set(ioas.id, ioas);
    return ioas;
  }

  #freeId(): number {
    let id = 1;
    while (this.#objects.has(id)) id++;
    return id;
  }
}

/** True if a 64-bit field is all ones. */
function isHighest(view: DataView, offset: number): boolean {
  return view.getUint32(offset) === 0xffff_ffff && view.getUint32(offset + 4) === 0xffff_ffff;
}
