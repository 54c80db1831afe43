/** The two ways to a device file, and to mappings for it: group and container, or character device and iommufd. */

import type { DeviceFiles, DevicePlaces, DmaAccess, SystemPort, VfioOpenOptions } from '../ports/index.js';
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
  Errno,
  IoasMapFlag,
  IommuType,
  VfioRequest,
} from '../uapi/index.js';
import { VfioOpenError } from './open-error.js';

/** An open device file with what stands behind it. */
export interface DeviceBacking {
  readonly fd: number;
  readonly files: DeviceFiles;
  /** Maps [address, address + size) at `iova`. @returns 0 or a negative errno */
  map(iova: number, address: number, size: number, access: DmaAccess): Promise<number>;
  unmap(iova: number, size: number): Promise<number>;
  /** Closes the device file and everything opened for it. */
  close(): Promise<void>;
}

/** Calls of an opening: each throws VfioOpenError when it is refused, after closing what was opened. */
class Opening {
  readonly #fds: number[] = [];

  constructor(readonly system: SystemPort) {}

  async open(path: string): Promise<number> {
    return this.keep(await this.check(`open of ${path}`, this.system.open(path)));
  }

  async ioctl(step: string, fd: number, request: number, argument: Uint8Array | string | number): Promise<number> {
    return this.check(step, this.system.ioctl(fd, request, argument));
  }

  keep(fd: number): number {
    this.#fds.push(fd);
    return fd;
  }

  async check(step: string, call: Promise<number>): Promise<number> {
    const result = await call;
    if (result >= 0) return result;
    await this.close();
    throw new VfioOpenError(step, result);
  }

  /** Closes in reverse order. */
  async close(): Promise<void> {
    for (const fd of this.#fds.reverse()) await this.system.close(fd);
    this.#fds.length = 0;
  }
}

/** Opens through the group: container, SET_CONTAINER, SET_IOMMU, GET_DEVICE_FD. @throws VfioOpenError */
export async function openThroughGroup(
  system: SystemPort,
  places: DevicePlaces,
  iommu: NonNullable<VfioOpenOptions['iommu']>,
): Promise<DeviceBacking> {
  const opening = new Opening(system);
  const container = await opening.open('/dev/vfio/vfio');
  const group = await opening.open(places.group);
  await opening.ioctl(
    `VFIO_GROUP_SET_CONTAINER on ${places.group}`,
    group,
    VfioRequest.groupSetContainer,
    encodeFd(container),
  );
  await opening.ioctl(`VFIO_SET_IOMMU of ${iommu}`, container, VfioRequest.setIommu, IommuType[iommu]);
  const step = `VFIO_GROUP_GET_DEVICE_FD of ${places.uuid}`;
  const fd = opening.keep(await opening.ioctl(step, group, VfioRequest.groupGetDeviceFd, places.uuid));
  return {
    fd,
    files: { group, container },
    map: (iova, vaddr, size, access) =>
      system.ioctl(container, VfioRequest.iommuMapDma, encodeDmaMap({ flags: mapFlags[access], vaddr, iova, size })),
    unmap: (iova, size) => system.ioctl(container, VfioRequest.iommuUnmapDma, encodeDmaUnmap({ iova, size })),
    close: () => opening.close(),
  };
}

const mapFlags: Readonly<Record<DmaAccess, number>> = {
  'read-write': DmaMapFlag.read | DmaMapFlag.write,
  read: DmaMapFlag.read,
  write: DmaMapFlag.write,
};

/** Opens the character device: BIND_IOMMUFD, IOAS_ALLOC, ATTACH_IOMMUFD_PT. @throws VfioOpenError */
export async function openThroughCdev(system: SystemPort, places: DevicePlaces): Promise<DeviceBacking> {
  const opening = new Opening(system);
  if (places.cdev === undefined) throw new VfioOpenError('open of the character device', -Errno.ENOENT);
  const iommufd = await opening.open('/dev/iommu');
  const fd = await opening.open(places.cdev);
  await opening.ioctl(
    `VFIO_DEVICE_BIND_IOMMUFD on ${places.cdev}`,
    fd,
    VfioRequest.deviceBindIommufd,
    encodeBindIommufd(iommufd),
  );
  const alloc = encodeIoasAlloc();
  await opening.ioctl('IOMMU_IOAS_ALLOC', iommufd, VfioRequest.iommufdIoasAlloc, alloc);
  const ioasId = allocatedIoas(alloc);
  const attach = encodeAttachIommufdPt(ioasId);
  await opening.ioctl('VFIO_DEVICE_ATTACH_IOMMUFD_PT', fd, VfioRequest.deviceAttachIommufdPt, attach);
  return {
    fd,
    files: { iommufd, ioasId },
    map: (iova, userVa, size, access) =>
      system.ioctl(
        iommufd,
        VfioRequest.iommufdIoasMap,
        encodeIoasMap({ flags: ioasFlags[access], ioasId, userVa, iova, size }),
      ),
    unmap: (iova, size) => system.ioctl(iommufd, VfioRequest.iommufdIoasUnmap, encodeIoasUnmap(ioasId, iova, size)),
    close: () => opening.close(),
  };
}

const ioasFlags: Readonly<Record<DmaAccess, number>> = {
  'read-write': IoasMapFlag.fixedIova | IoasMapFlag.readable | IoasMapFlag.writeable,
  read: IoasMapFlag.fixedIova | IoasMapFlag.readable,
  write: IoasMapFlag.fixedIova | IoasMapFlag.writeable,
};
