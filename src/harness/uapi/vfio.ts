/**
 * Linux's VFIO interface as far as a channel device meets it: request numbers, flags and structure layouts of
 * `linux/vfio.h`, `linux/vfio_ccw.h` and `linux/iommufd.h`. The structures are in the host's byte order; the only hosts
 * with channel devices are s390x, so every field here is big-endian.
 */

/** Request numbers: `_IO(';', n)`. */
export const VfioRequest = {
  getApiVersion: 0x3b64,
  checkExtension: 0x3b65,
  setIommu: 0x3b66,
  groupGetStatus: 0x3b67,
  groupSetContainer: 0x3b68,
  groupUnsetContainer: 0x3b69,
  groupGetDeviceFd: 0x3b6a,
  deviceGetInfo: 0x3b6b,
  deviceGetRegionInfo: 0x3b6c,
  deviceGetIrqInfo: 0x3b6d,
  deviceSetIrqs: 0x3b6e,
  deviceReset: 0x3b6f,
  deviceGetPciHotResetInfo: 0x3b70,
  deviceFeature: 0x3b75,
  deviceBindIommufd: 0x3b76,
  deviceAttachIommufdPt: 0x3b77,
  deviceDetachIommufdPt: 0x3b78,
  iommuGetInfo: 0x3b70,
  iommuMapDma: 0x3b71,
  iommuUnmapDma: 0x3b72,
  iommuDirtyPages: 0x3b75,
  /** /dev/iommu */
  iommufdDestroy: 0x3b80,
  iommufdIoasAlloc: 0x3b81,
  iommufdIoasIovaRanges: 0x3b84,
  iommufdIoasMap: 0x3b85,
  iommufdIoasUnmap: 0x3b86,
} as const;

/** Arguments of VFIO_SET_IOMMU and VFIO_CHECK_EXTENSION. */
export const IommuType = { type1: 1, type1v2: 3, type1Nesting: 6 } as const;

export const GroupFlag = { viable: 1, containerSet: 2 } as const;

/** struct vfio_device_info: argsz, flags, num_regions, num_irqs, cap_offset, pad. */
export const DeviceInfo = {
  argsz: 0,
  flags: 4,
  numRegions: 8,
  numIrqs: 12,
  capOffset: 16,
  minimum: 16,
  length: 24,
} as const;
export const DeviceInfoFlag = { reset: 0x01, ccw: 0x10, caps: 0x80 } as const;

/** struct vfio_region_info. */
export const RegionInfo = {
  argsz: 0,
  flags: 4,
  index: 8,
  capOffset: 12,
  size: 16,
  offset: 24,
  minimum: 32,
  /** with one vfio_region_info_cap_type behind it */
  withCapability: 48,
} as const;
export const RegionFlag = { read: 0x1, write: 0x2, mmap: 0x4, caps: 0x8 } as const;
/** struct vfio_region_info_cap_type: header id, version, next, then type and subtype. */
export const RegionCapability = { id: 0, version: 2, next: 4, type: 8, subtype: 12, length: 16, typeId: 2 } as const;

/** Region type and subtypes of a channel device. */
export const CcwRegionType = { type: 2, asyncCommand: 1, schib: 2, crw: 3 } as const;

/** struct vfio_irq_info. */
export const IrqInfo = { argsz: 0, flags: 4, index: 8, count: 12, minimum: 16, length: 16 } as const;
export const IrqInfoFlag = { eventfd: 0x1 } as const;
/** struct vfio_irq_set; `data` follows. */
export const IrqSet = { argsz: 0, flags: 4, index: 8, start: 12, count: 16, data: 20, minimum: 20 } as const;
export const IrqSetFlag = {
  dataNone: 0x01,
  dataBool: 0x02,
  dataEventfd: 0x04,
  actionMask: 0x08,
  actionUnmask: 0x10,
  actionTrigger: 0x20,
} as const;
/** Interrupt indexes of a channel device. */
export const CcwIrq = { io: 0, crw: 1, request: 2 } as const;

/** struct vfio_iommu_type1_dma_map: argsz, flags, vaddr, iova, size. */
export const DmaMap = { argsz: 0, flags: 4, vaddr: 8, iova: 16, size: 24, length: 32 } as const;
export const DmaMapFlag = { read: 1, write: 2, vaddr: 4 } as const;
/** struct vfio_iommu_type1_dma_unmap: argsz, flags, iova, size. */
export const DmaUnmap = { argsz: 0, flags: 4, iova: 8, size: 16, length: 24 } as const;
export const DmaUnmapFlag = { getDirty: 1, all: 2, vaddr: 4 } as const;

/** struct vfio_iommu_type1_info, and the capabilities behind it. */
export const IommuInfo = { argsz: 0, flags: 4, iovaPgsizes: 8, capOffset: 16, minimum: 16, length: 24 } as const;
export const IommuInfoFlag = { pgsizes: 1, caps: 2 } as const;
export const IommuInfoCapability = { iovaRange: 1, migration: 2, dmaAvail: 3 } as const;
/** Further arguments of VFIO_CHECK_EXTENSION. */
export const IommuExtension = { dmaCacheCoherent: 4, unmapAll: 9, updateVaddr: 10 } as const;
/** struct vfio_group_status. */
export const GroupStatus = { argsz: 0, flags: 4, length: 8 } as const;
/** struct vfio_device_feature, as far as every feature has it. */
export const DeviceFeature = { argsz: 0, flags: 4, length: 8 } as const;
export const DeviceFeatureFlag = { index: 0xffff, get: 0x1_0000, set: 0x2_0000, probe: 0x4_0000 } as const;

/** struct vfio_device_bind_iommufd, _attach_iommufd_pt, _detach_iommufd_pt. */
export const BindIommufd = { argsz: 0, flags: 4, iommufd: 8, outDevid: 12, length: 16 } as const;
export const AttachIommufdPt = { argsz: 0, flags: 4, ptId: 8, length: 12 } as const;
export const DetachIommufdPt = { argsz: 0, flags: 4, length: 8 } as const;
/** struct iommu_ioas_alloc, iommu_ioas_map, iommu_ioas_unmap. */
export const IoasAlloc = { size: 0, flags: 4, outIoasId: 8, length: 12 } as const;
export const IoasMap = {
  size: 0,
  flags: 4,
  ioasId: 8,
  reserved: 12,
  userVa: 16,
  length64: 24,
  iova: 32,
  length: 40,
} as const;
export const IoasMapFlag = { fixedIova: 1, writeable: 2, readable: 4 } as const;
/** struct iommu_destroy; struct iommu_ioas_iova_ranges. */
export const IommuDestroy = { size: 0, id: 4, length: 8 } as const;
export const IoasIovaRanges = {
  size: 0,
  ioasId: 4,
  numIovas: 8,
  reserved: 12,
  allowedIovas: 16,
  alignment: 24,
  length: 32,
} as const;
export const IoasUnmap = { size: 0, ioasId: 4, iova: 8, length64: 16, length: 24 } as const;

/** The device's regions: `offset = index << 10`. */
export const REGION_SHIFT = 10;
export const RegionIndex = { io: 0, asyncCommand: 1, schib: 2, crw: 3 } as const;
export const regionOffset = (index: number): number => index * 1024;

/** struct ccw_io_region, 124 bytes. */
export const IoRegion = { orb: 0, scsw: 12, irb: 24, retCode: 120, length: 124 } as const;
/** struct ccw_cmd_region, 8 bytes. */
export const AsyncRegion = { command: 0, retCode: 4, length: 8 } as const;
export const AsyncCommand = { halt: 1, clear: 2 } as const;
export const SCHIB_REGION_LENGTH = 52;
/** struct ccw_crw_region, 8 bytes. */
export const CrwRegion = { crw: 0, pad: 4, length: 8 } as const;
