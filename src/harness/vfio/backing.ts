/** The two ways to a device file, and to mappings for it: group and container, or character device and iommufd. */

import {
  type Call,
  type DeviceFiles,
  type DevicePlaces,
  type DmaAccess,
  type Given,
  makeCalls,
  type SystemPort,
  type VfioOpenOptions,
} from '../ports/index.js';
import {
  allocatedIoas,
  BindIommufd,
  DmaMap,
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
  IoasMap,
  IoasMapFlag,
  IommuType,
  VfioRequest,
} from '../uapi/index.js';
import { VfioOpenError } from './open-error.js';

/** An open device file with what stands behind it. */
export interface DeviceBacking {
  readonly fd: number;
  readonly files: DeviceFiles;
  /**
   * The call that maps `size` bytes at `iova`.
   * @param vaddr the address of the memory: what a call of the same list gives, and bytes that are added to that
   */
  mapCall(iova: number, vaddr: Given & { readonly plus: number }, size: number, access: DmaAccess): Call;
  /** The call that unmaps. */
  unmapCall(iova: number, size: number): Call;
  /** The calls that close the device file and everything opened for it. */
  closeCalls(): readonly Call[];
}

/** The calls of an opening, each with what it is, for the error that names the one that was refused. */
class Opening {
  readonly #calls: Call[] = [];
  readonly #steps: string[] = [];

  constructor(
    readonly system: SystemPort,
    /** descriptors that were opened before, oldest first */
    readonly opened: readonly number[] = [],
  ) {}

  open(path: string): Given {
    return this.#add(`open of ${path}`, { name: 'open', path });
  }

  add(step: string, call: Call): Given {
    return this.#add(step, call);
  }

  /** @returns what each call gave. @throws VfioOpenError for the first that was refused, after closing what was opened */
  async run(): Promise<readonly number[]> {
    const results = await makeCalls(this.system, this.#calls, true);
    const last = results.at(-1) ?? 0;
    if (last >= 0) return results;
    const opened = results.filter((result, index) => result >= 0 && opens(this.#calls[index]));
    await makeCalls(this.system, closing([...this.opened, ...opened]), false);
    throw new VfioOpenError(this.#steps[results.length - 1] ?? 'opening', last);
  }

  #add(step: string, call: Call): Given {
    this.#steps.push(step);
    return { index: this.#calls.push(call) - 1 };
  }
}

/** True for a call whose result is a file descriptor. */
function opens(call: Call | undefined): boolean {
  return call?.name === 'open' || (call?.name === 'ioctl' && call.request === VfioRequest.groupGetDeviceFd);
}

/** The calls that close descriptors in reverse order. */
function closing(fds: readonly number[]): readonly Call[] {
  return fds.toReversed().map((fd): Call => ({ name: 'close', fd }));
}

/** Opens through the group: container, SET_CONTAINER, SET_IOMMU, GET_DEVICE_FD. @throws VfioOpenError */
export async function openThroughGroup(
  system: SystemPort,
  places: DevicePlaces,
  iommu: NonNullable<VfioOpenOptions['iommu']>,
): Promise<DeviceBacking> {
  const opening = new Opening(system);
  const containerGiven = opening.open('/dev/vfio/vfio');
  const groupGiven = opening.open(places.group);
  opening.add(`VFIO_GROUP_SET_CONTAINER on ${places.group}`, {
    name: 'ioctl',
    fd: groupGiven,
    request: VfioRequest.groupSetContainer,
    argument: encodeFd(0),
    filled: { ...containerGiven, offset: 0, width: 4 },
  });
  opening.add(`VFIO_SET_IOMMU of ${iommu}`, {
    name: 'ioctl',
    fd: containerGiven,
    request: VfioRequest.setIommu,
    argument: IommuType[iommu],
  });
  const device = opening.add(`VFIO_GROUP_GET_DEVICE_FD of ${places.uuid}`, {
    name: 'ioctl',
    fd: groupGiven,
    request: VfioRequest.groupGetDeviceFd,
    argument: places.uuid,
  });
  const results = await opening.run();
  const [container, group, fd] = [containerGiven, groupGiven, device].map(({ index }) => results[index] ?? NaN) as [
    number,
    number,
    number,
  ];
  return {
    fd,
    files: { group, container },
    mapCall: (iova, { index, plus }, size, access) => ({
      name: 'ioctl',
      fd: container,
      request: VfioRequest.iommuMapDma,
      argument: encodeDmaMap({ flags: mapFlags[access], vaddr: plus, iova, size }),
      filled: { index, offset: DmaMap.vaddr, width: 8 },
    }),
    unmapCall: (iova, size) => ({
      name: 'ioctl',
      fd: container,
      request: VfioRequest.iommuUnmapDma,
      argument: encodeDmaUnmap({ iova, size }),
    }),
    closeCalls: () => closing([container, group, fd]),
  };
}

const mapFlags: Readonly<Record<DmaAccess, number>> = {
  'read-write': DmaMapFlag.read | DmaMapFlag.write,
  read: DmaMapFlag.read,
  write: DmaMapFlag.write,
};

/** Opens the character device: BIND_IOMMUFD, IOAS_ALLOC, ATTACH_IOMMUFD_PT. @throws VfioOpenError */
export async function openThroughCdev(system: SystemPort, places: DevicePlaces): Promise<DeviceBacking> {
  if (places.cdev === undefined) throw new VfioOpenError('open of the character device', -Errno.ENOENT);
  const opening = new Opening(system);
  const iommufdGiven = opening.open('/dev/iommu');
  const device = opening.open(places.cdev);
  opening.add(`VFIO_DEVICE_BIND_IOMMUFD on ${places.cdev}`, {
    name: 'ioctl',
    fd: device,
    request: VfioRequest.deviceBindIommufd,
    argument: encodeBindIommufd(0),
    filled: { ...iommufdGiven, offset: BindIommufd.iommufd, width: 4 },
  });
  const alloc = encodeIoasAlloc();
  opening.add('IOMMU_IOAS_ALLOC', {
    name: 'ioctl',
    fd: iommufdGiven,
    request: VfioRequest.iommufdIoasAlloc,
    argument: alloc,
  });
  const results = await opening.run();
  const [iommufd, fd] = [iommufdGiven, device].map(({ index }) => results[index] ?? NaN) as [number, number];
  // Its number comes in the structure, not as the result: only now can it be named.
  const ioasId = allocatedIoas(alloc);
  const attaching = new Opening(system, [iommufd, fd]);
  attaching.add('VFIO_DEVICE_ATTACH_IOMMUFD_PT', {
    name: 'ioctl',
    fd,
    request: VfioRequest.deviceAttachIommufdPt,
    argument: encodeAttachIommufdPt(ioasId),
  });
  await attaching.run();
  return {
    fd,
    files: { iommufd, ioasId },
    mapCall: (iova, { index, plus }, size, access) => ({
      name: 'ioctl',
      fd: iommufd,
      request: VfioRequest.iommufdIoasMap,
      argument: encodeIoasMap({ flags: ioasFlags[access], ioasId, userVa: plus, iova, size }),
      filled: { index, offset: IoasMap.userVa, width: 8 },
    }),
    unmapCall: (iova, size) => ({
      name: 'ioctl',
      fd: iommufd,
      request: VfioRequest.iommufdIoasUnmap,
      argument: encodeIoasUnmap(ioasId, iova, size),
    }),
    closeCalls: () => closing([iommufd, fd]),
  };
}

const ioasFlags: Readonly<Record<DmaAccess, number>> = {
  'read-write': IoasMapFlag.fixedIova | IoasMapFlag.readable | IoasMapFlag.writeable,
  read: IoasMapFlag.fixedIova | IoasMapFlag.readable,
  write: IoasMapFlag.fixedIova | IoasMapFlag.writeable,
};
