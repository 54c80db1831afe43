/** A VFIO group with one emulated device, and its file /dev/vfio/<N> (drivers/vfio/group.c). */

import type { IoctlArgument } from '../../ports/index.js';
import { Errno, GroupFlag, GroupStatus, VfioRequest } from '../../uapi/index.js';
import { ContainerFile } from './container.js';
import { IommufdAccess } from './iommufd-access.js';
import { IommufdFile } from './iommufd.js';
import { OpenFile } from './open-file.js';
import type { Process } from './process.js';
import type { SystemModel } from './system-model.js';
import { Type1Dma } from './type1.js';
import { stringOf, structure } from './user-structure.js';
import { type Backing, DeviceFile, type VfioDevice } from './vfio-device.js';

/** An IOMMU group with its one device. */
export class VfioGroup {
  container: ContainerFile | undefined;
  iommufd: IommufdFile | undefined;
  /** 1 for the container itself, 1 for the open device */
  containerUsers = 0;
  opened: GroupFile | undefined;
  /** character devices of the group that are bound */
  cdevOpens = 0;
  /** the device can be found by name */
  listed = true;
  /** false when the device is unregistered: nothing works on the group any more */
  alive = true;

  constructor(
    readonly system: SystemModel,
    readonly number: number,
    readonly device: VfioDevice,
  ) {
    system.root.folder('/dev/vfio').set(String(number), { kind: 'device', open: () => this.#open() });
  }

  get hasIommu(): boolean {
    return this.container !== undefined || this.iommufd !== undefined;
  }

  /** Nothing happens without a container. */
  detachContainer(): void {
    const { container } = this;
    this.container = undefined;
    this.containerUsers = 0;
    container?.detach();
    container?.put();
  }

  dropIommufd(): void {
    this.iommufd?.put();
    this.iommufd = undefined;
  }

  /** The device is unregistered and the group goes. */
  remove(): void {
    this.system.root.folder('/dev/vfio').delete(String(this.number));
    this.system.groupNumbers.give(this.number);
    this.detachContainer();
    this.alive = false;
  }

  /** Memory for the device's first open, through the container or the iommufd. */
  back(): Backing | number {
    const { container, iommufd, opened } = this;
    if (iommufd !== undefined) {
      const access = new IommufdAccess(iommufd, this.device.driver);
      return access;
    }
    const iommu = container?.iommu;
    if (iommu === undefined || opened === undefined) return -Errno.EINVAL;
    opened.get();
    this.containerUsers++;
    iommu.devices.add(this.device.driver);
    const dma = new Type1Dma(iommu);
    return {
      dma,
      release: () => {
        dma.open = false;
        iommu.devices.delete(this.device.driver);
        this.containerUsers--;
        opened.put();
      },
    };
  }

  #open(): GroupFile | number {
    if (this.cdevOpens > 0 || this.opened !== undefined) return -Errno.EBUSY;
    this.opened = new GroupFile(this);
    return this.opened;
  }
}

/** An open /dev/vfio/N. */
export class GroupFile extends OpenFile {
  readonly what: string;

  constructor(readonly group: VfioGroup) {
    super(group.system.openFiles);
    this.what = `/dev/vfio/${group.number}`;
  }

  override ioctl(request: number, argument: IoctlArgument, process: Process): number {
    switch (request) {
      case VfioRequest.groupGetDeviceFd:
        return this.#deviceFd(argument, process);
      case VfioRequest.groupGetStatus:
        return this.#status(argument);
      case VfioRequest.groupSetContainer:
        return this.#setContainer(argument, process);
      case VfioRequest.groupUnsetContainer:
        return this.#unsetContainer();
      default:
        return -Errno.ENOTTY;
    }
  }

  protected override release(): void {
    this.group.detachContainer();
    this.group.dropIommufd();
    this.group.opened = undefined;
  }

  #status(argument: IoctlArgument): number {
    const view = structure(argument, GroupStatus.length);
    if (view === undefined) return -Errno.EFAULT;
    if (view.getUint32(GroupStatus.argsz) < GroupStatus.length) return -Errno.EINVAL;
    if (!this.group.alive) return -Errno.ENODEV;
    view.setUint32(GroupStatus.flags, GroupFlag.viable | (this.group.hasIommu ? GroupFlag.containerSet : 0));
    return 0;
  }

  #setContainer(argument: IoctlArgument, process: Process): number {
    const view = structure(argument, 4);
    if (view === undefined) return -Errno.EFAULT;
    const file = process.file(view.getInt32(0));
    if (file === undefined) return -Errno.EBADF;
    const { group } = this;
    if (group.hasIommu) return -Errno.EINVAL;
    if (!group.alive) return -Errno.ENODEV;
    if (file instanceof ContainerFile) {
      group.container = file.get();
      group.containerUsers = 1;
      file.attach();
      return 0;
    }
    if (file instanceof IommufdFile) {
      file.makeCompatible();
      group.iommufd = file.get();
      return 0;
    }
    return group.system.profile.foreignContainer;
  }

  #unsetContainer(): number {
    const { group } = this;
    if (!group.hasIommu) return -Errno.EINVAL;
    if (group.container !== undefined) {
      if (group.containerUsers !== 1) return -Errno.EBUSY;
      group.detachContainer();
    }
    group.dropIommufd();
    return 0;
  }

  #deviceFd(argument: IoctlArgument, process: Process): number {
    const name = stringOf(argument);
    if (typeof name === 'number') return name;
    const { group } = this;
    const { device } = group;
    if (!group.listed || name !== device.name || !device.tryGet()) return -Errno.ENODEV;
    const result = this.#openDevice();
    if (result !== 0) {
      device.put();
      return result;
    }
    return process.install(new DeviceFile(device, group));
  }

  #openDevice(): number {
    const { group } = this;
    const { device } = group;
    if (!group.hasIommu) return -Errno.EINVAL;
    let access: IommufdAccess | undefined;
    const result = device.open(() => {
      const backing = group.back();
      if (backing instanceof IommufdAccess) access = backing;
      return backing;
    });
    if (result !== 0 || access === undefined) return result;
    const attached = access.attachCompatible();
    if (attached !== 0) device.close();
    return attached;
  }
}
