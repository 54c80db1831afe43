/** Containers with a device open and memory to map, for the tests of mapping and pinning. */

import {
  allocatedIoas,
  DmaMapFlag,
  encodeAttachIommufdPt,
  encodeBindIommufd,
  encodeDmaMap,
  encodeDmaUnmap,
  encodeFd,
  encodeIoasAlloc,
  encodeIoasMap,
  encodeIoasUnmap,
  IoasMapFlag,
  IommuType,
  unmappedSize,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import { type Fake, type FakeDevice, UUID, withMdev } from './fake.js';

export const PAGE = 4096;
export const MEGABYTE = 1 << 20;
export const READ_WRITE = DmaMapFlag.read | DmaMapFlag.write;

export class Type1 {
  readonly device: FakeDevice;
  readonly container: number;
  readonly fd: number;

  constructor(
    readonly fake: Fake = withMdev(),
    type: number = IommuType.type1v2,
  ) {
    const { process } = fake;
    this.device = fake.driver.device;
    this.container = process.open('/dev/vfio/vfio');
    const group = process.open('/dev/vfio/0');
    process.ioctl(group, VfioRequest.groupSetContainer, encodeFd(this.container));
    process.ioctl(this.container, VfioRequest.setIommu, type);
    this.fd = process.ioctl(group, VfioRequest.groupGetDeviceFd, UUID);
  }

  map(iova: number, vaddr: number, size: number, flags: number = READ_WRITE): number {
    return this.fake.process.ioctl(this.container, VfioRequest.iommuMapDma, encodeDmaMap({ flags, vaddr, iova, size }));
  }

  /** Maps fresh memory. @returns its address */
  buffer(iova: number, size: number, flags: number = READ_WRITE): number {
    const address = this.fake.process.space.map(size);
    const result = this.map(iova, address, size, flags);
    if (result !== 0) throw new Error(`MAP_DMA: ${result}`);
    return address;
  }

  /** @returns the bytes unmapped, or a negative errno */
  unmap(iova: number, size: number, flags = 0): number {
    const argument = encodeDmaUnmap({ iova, size, flags });
    const result = this.fake.process.ioctl(this.container, VfioRequest.iommuUnmapDma, argument);
    return result === 0 ? unmappedSize(argument) : result;
  }

  /** VmLck in pages */
  get locked(): number {
    return this.fake.process.space.lockedPages;
  }
}

export class Iommufd {
  readonly device: FakeDevice;
  readonly iommufd: number;
  readonly fd: number;
  readonly ioas: number;

  constructor(
    readonly fake: Fake = withMdev(),
    attach = true,
  ) {
    const { process } = fake;
    this.device = fake.driver.device;
    this.iommufd = process.open('/dev/iommu');
    this.fd = process.open('/dev/vfio/devices/vfio0');
    process.ioctl(this.fd, VfioRequest.deviceBindIommufd, encodeBindIommufd(this.iommufd));
    const alloc = encodeIoasAlloc();
    process.ioctl(this.iommufd, VfioRequest.iommufdIoasAlloc, alloc);
    this.ioas = allocatedIoas(alloc);
    if (attach) this.attach();
  }

  attach(ioas = this.ioas): number {
    return this.fake.process.ioctl(this.fd, VfioRequest.deviceAttachIommufdPt, encodeAttachIommufdPt(ioas));
  }

  map(
    iova: number,
    userVa: number,
    size: number,
    flags: number = IoasMapFlag.fixedIova | IoasMapFlag.readable | IoasMapFlag.writeable,
  ): number {
    const argument = encodeIoasMap({ flags, ioasId: this.ioas, userVa, iova, size });
    return this.fake.process.ioctl(this.iommufd, VfioRequest.iommufdIoasMap, argument);
  }

  buffer(iova: number, size: number, flags?: number): number {
    const address = this.fake.process.space.map(size);
    const result = this.map(iova, address, size, flags);
    if (result !== 0) throw new Error(`IOAS_MAP: ${result}`);
    return address;
  }

  unmap(iova: number, size: number): number {
    return this.fake.process.ioctl(this.iommufd, VfioRequest.iommufdIoasUnmap, encodeIoasUnmap(this.ioas, iova, size));
  }
}
