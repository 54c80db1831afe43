/** VFIO and iommufd structures as a caller builds them before an ioctl, and reads them after it. All fields are big-endian. */

import {
  AttachIommufdPt,
  BindIommufd,
  DetachIommufdPt,
  DeviceInfo,
  DmaMap,
  DmaUnmap,
  GroupStatus,
  IoasAlloc,
  IoasMap,
  IoasUnmap,
  IrqInfo,
  IrqSet,
  RegionCapability,
  RegionFlag,
  RegionInfo,
} from './vfio.js';

const WORD = 0x1_0000_0000;

function make(length: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Stores a 64-bit field, from a number of 0 to 2^53, or any multiple of 4096 below 2^64. */
function putU64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / WORD));
  view.setUint32(offset + 4, value % WORD);
}

/** Reads a 64-bit field; exact below 2^53 and for multiples of 4096. */
export function getU64(bytes: Uint8Array, offset: number): number {
  const view = viewOf(bytes);
  return view.getUint32(offset) * WORD + view.getUint32(offset + 4);
}

/** A pointer's target for VFIO_GROUP_SET_CONTAINER: a file descriptor as a signed 32-bit number. */
export function encodeFd(fd: number): Uint8Array {
  const { bytes, view } = make(4);
  view.setInt32(0, fd);
  return bytes;
}

/** struct vfio_group_status, for VFIO_GROUP_GET_STATUS. */
export function encodeGroupStatus(argsz: number = GroupStatus.length): Uint8Array {
  const { bytes, view } = make(GroupStatus.length);
  view.setUint32(GroupStatus.argsz, argsz);
  return bytes;
}

/** Fields of struct vfio_iommu_type1_dma_map. */
export interface DmaMapFields {
  /** DmaMapFlag */
  readonly flags: number;
  readonly vaddr: number;
  readonly iova: number;
  readonly size: number;
  /** default 32 */
  readonly argsz?: number;
}

/** struct vfio_iommu_type1_dma_map, for VFIO_IOMMU_MAP_DMA. */
export function encodeDmaMap({ flags, vaddr, iova, size, argsz = DmaMap.length }: DmaMapFields): Uint8Array {
  const { bytes, view } = make(DmaMap.length);
  view.setUint32(DmaMap.argsz, argsz);
  view.setUint32(DmaMap.flags, flags);
  putU64(view, DmaMap.vaddr, vaddr);
  putU64(view, DmaMap.iova, iova);
  putU64(view, DmaMap.size, size);
  return bytes;
}

/** Fields of struct vfio_iommu_type1_dma_unmap. */
export interface DmaUnmapFields {
  readonly iova: number;
  readonly size: number;
  /** DmaUnmapFlag, default 0 */
  readonly flags?: number;
  /** default 24 */
  readonly argsz?: number;
}

/** struct vfio_iommu_type1_dma_unmap, for VFIO_IOMMU_UNMAP_DMA; `unmappedSize` reads the answer. */
export function encodeDmaUnmap({ iova, size, flags = 0, argsz = DmaUnmap.length }: DmaUnmapFields): Uint8Array {
  const { bytes, view } = make(DmaUnmap.length);
  view.setUint32(DmaUnmap.argsz, argsz);
  view.setUint32(DmaUnmap.flags, flags);
  putU64(view, DmaUnmap.iova, iova);
  putU64(view, DmaUnmap.size, size);
  return bytes;
}

/** Bytes that a successful VFIO_IOMMU_UNMAP_DMA reports as unmapped. */
export const unmappedSize = (bytes: Uint8Array): number => getU64(bytes, DmaUnmap.size);

/** struct vfio_device_info, for VFIO_DEVICE_GET_INFO. */
export function encodeDeviceInfo(argsz: number = DeviceInfo.length): Uint8Array {
  const { bytes, view } = make(DeviceInfo.length);
  view.setUint32(DeviceInfo.argsz, argsz);
  return bytes;
}

/** Decodes struct vfio_device_info. */
export function decodeDeviceInfo(bytes: Uint8Array): { flags: number; regions: number; irqs: number } {
  const view = viewOf(bytes);
  return {
    flags: view.getUint32(DeviceInfo.flags),
    regions: view.getUint32(DeviceInfo.numRegions),
    irqs: view.getUint32(DeviceInfo.numIrqs),
  };
}

/** struct vfio_region_info with room for the type capability, for VFIO_DEVICE_GET_REGION_INFO. */
export function encodeRegionInfo(index: number, argsz: number = RegionInfo.withCapability): Uint8Array {
  const { bytes, view } = make(Math.max(argsz, RegionInfo.withCapability));
  view.setUint32(RegionInfo.argsz, argsz);
  view.setUint32(RegionInfo.index, index);
  return bytes;
}

/** struct vfio_region_info with its capability, decoded. */
export interface DecodedRegionInfo {
  readonly flags: number;
  readonly size: number;
  readonly offset: number;
  readonly type?: number;
  readonly subtype?: number;
}

/** A region's answer; type and subtype where it has the type capability inside the structure. */
export function decodeRegionInfo(bytes: Uint8Array): DecodedRegionInfo {
  const view = viewOf(bytes);
  const flags = view.getUint32(RegionInfo.flags);
  const info = { flags, size: getU64(bytes, RegionInfo.size), offset: getU64(bytes, RegionInfo.offset) };
  let at = (flags & RegionFlag.caps) === 0 ? 0 : view.getUint32(RegionInfo.capOffset);
  while (at >= RegionInfo.minimum && at + RegionCapability.length <= bytes.length) {
    if (view.getUint16(at + RegionCapability.id) === RegionCapability.typeId) {
      const type = view.getUint32(at + RegionCapability.type);
      return { ...info, type, subtype: view.getUint32(at + RegionCapability.subtype) };
    }
    const next = view.getUint32(at + RegionCapability.next);
    if (next <= at) break; // the chain ends, or loops
    at = next;
  }
  return info;
}

/** struct vfio_irq_info, for VFIO_DEVICE_GET_IRQ_INFO. */
export function encodeIrqInfo(index: number, argsz: number = IrqInfo.length): Uint8Array {
  const { bytes, view } = make(IrqInfo.length);
  view.setUint32(IrqInfo.argsz, argsz);
  view.setUint32(IrqInfo.index, index);
  return bytes;
}

/** Decodes struct vfio_irq_info. */
export function decodeIrqInfo(bytes: Uint8Array): { flags: number; count: number } {
  const view = viewOf(bytes);
  return { flags: view.getUint32(IrqInfo.flags), count: view.getUint32(IrqInfo.count) };
}

/** Fields of struct vfio_irq_set. */
export interface IrqSetFields {
  readonly index: number;
  /** IrqSetFlag */
  readonly flags: number;
  readonly start?: number;
  /** default 1 */
  readonly count?: number;
  readonly data?: Uint8Array;
  /** default 20 and the length of `data` */
  readonly argsz?: number;
}

/** struct vfio_irq_set with its data, for VFIO_DEVICE_SET_IRQS. */
export function encodeIrqSet({ index, flags, start = 0, count = 1, data, argsz }: IrqSetFields): Uint8Array {
  const length = IrqSet.minimum + (data?.length ?? 0);
  const { bytes, view } = make(length);
  view.setUint32(IrqSet.argsz, argsz ?? length);
  view.setUint32(IrqSet.flags, flags);
  view.setUint32(IrqSet.index, index);
  view.setUint32(IrqSet.start, start);
  view.setUint32(IrqSet.count, count);
  if (data !== undefined) bytes.set(data, IrqSet.data);
  return bytes;
}

/** struct vfio_device_bind_iommufd. */
export function encodeBindIommufd(iommufd: number, flags = 0, argsz: number = BindIommufd.length): Uint8Array {
  const { bytes, view } = make(BindIommufd.length);
  view.setUint32(BindIommufd.argsz, argsz);
  view.setUint32(BindIommufd.flags, flags);
  view.setInt32(BindIommufd.iommufd, iommufd);
  return bytes;
}

/** struct vfio_device_attach_iommufd_pt. */
export function encodeAttachIommufdPt(ptId: number): Uint8Array {
  const { bytes, view } = make(AttachIommufdPt.length);
  view.setUint32(AttachIommufdPt.argsz, AttachIommufdPt.length);
  view.setUint32(AttachIommufdPt.ptId, ptId);
  return bytes;
}

/** struct vfio_device_detach_iommufd_pt. */
export function encodeDetachIommufdPt(): Uint8Array {
  const { bytes, view } = make(DetachIommufdPt.length);
  view.setUint32(DetachIommufdPt.argsz, DetachIommufdPt.length);
  return bytes;
}

/** struct iommu_ioas_alloc; `allocatedIoas` reads the answer. */
export function encodeIoasAlloc(): Uint8Array {
  const { bytes, view } = make(IoasAlloc.length);
  view.setUint32(IoasAlloc.size, IoasAlloc.length);
  return bytes;
}

export const allocatedIoas = (bytes: Uint8Array): number => viewOf(bytes).getUint32(IoasAlloc.outIoasId);

/** Fields of struct iommu_ioas_map. */
export interface IoasMapFields {
  /** IoasMapFlag */
  readonly flags: number;
  readonly ioasId: number;
  readonly userVa: number;
  readonly iova: number;
  readonly size: number;
}

/** struct iommu_ioas_map. */
export function encodeIoasMap({ flags, ioasId, userVa, iova, size }: IoasMapFields): Uint8Array {
  const { bytes, view } = make(IoasMap.length);
  view.setUint32(IoasMap.size, IoasMap.length);
  view.setUint32(IoasMap.flags, flags);
  view.setUint32(IoasMap.ioasId, ioasId);
  putU64(view, IoasMap.userVa, userVa);
  putU64(view, IoasMap.length64, size);
  putU64(view, IoasMap.iova, iova);
  return bytes;
}

/** struct iommu_ioas_unmap. */
export function encodeIoasUnmap(ioasId: number, iova: number, size: number): Uint8Array {
  const { bytes, view } = make(IoasUnmap.length);
  view.setUint32(IoasUnmap.size, IoasUnmap.length);
  view.setUint32(IoasUnmap.ioasId, ioasId);
  putU64(view, IoasUnmap.iova, iova);
  putU64(view, IoasUnmap.length64, size);
  return bytes;
}
