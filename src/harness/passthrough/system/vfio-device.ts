/** A device of the VFIO core (drivers/vfio/vfio_main.c): registration, opening and closing, and its two kinds of file. */

import { Task } from '../../machine/scheduler.js';
import type { IoctlArgument } from '../../ports/index.js';
import {
  AttachIommufdPt,
  BindIommufd,
  DetachIommufdPt,
  DeviceFeature,
  DeviceFeatureFlag,
  Errno,
  VfioRequest,
} from '../../uapi/index.js';
import type { DmaBackend } from '../dma.js';
import type { CcwDevice, DriverBuffer } from '../driver-port.js';
import { IommufdAccess } from './iommufd-access.js';
import { IommufdFile } from './iommufd.js';
import { OpenFile, type WaitingCall } from './open-file.js';
import type { Process } from './process.js';
import type { SystemModel } from './system-model.js';
import { bufferOf, structure } from './user-structure.js';
import { VfioGroup } from './vfio-group.js';

/** virtual nanoseconds between two requests for a device that is in use */
const REQUEST_INTERVAL = 10e9;

/** requests that may have to wait for the driver */
const WAITING_REQUESTS: ReadonlySet<number> = new Set([
  VfioRequest.deviceReset,
  VfioRequest.deviceAttachIommufdPt,
  VfioRequest.deviceDetachIommufdPt,
]);

/** What a first open must give back at the last close. */
export interface Backing {
  readonly dma: DmaBackend;
  release(): void;
}

/** A device as the VFIO core keeps it (struct vfio_device). */
export class VfioDevice {
  readonly group: VfioGroup;
  /** files that have the device open */
  openCount = 0;
  /** registration references: one for the driver, one a file */
  #references = 1;
  #backing: Backing | undefined;
  #unregistered: (() => void) | undefined;

  /**
   * @param name the mdev's UUID
   * @param index number in the name vfioN
   */
  constructor(
    readonly system: SystemModel,
    readonly driver: CcwDevice,
    readonly name: string,
    readonly index: number,
  ) {
    this.group = new VfioGroup(system, system.groupNumbers.take(), this);
    system.devices.set(this.name, this);
    this.#addNodes();
  }

  /** Takes a registration reference for a file. @returns false when unregistration has seen the last one go */
  tryGet(): boolean {
    if (this.#references === 0) return false;
    this.#references++;
    return true;
  }

  put(): void {
    if (--this.#references > 0) return;
    const resume = this.#unregistered;
    this.#unregistered = undefined;
    resume?.();
  }

  /** @param back how the first open gets its memory backend; a negative errno refuses. @returns 0 or a negative errno */
  open(back: () => Backing | number): number {
    if (this.openCount > 0) {
      this.openCount++;
      return 0;
    }
    const backing = back();
    if (typeof backing === 'number') return backing;
    this.openCount = 1;
    this.#backing = backing;
    const result = this.driver.open(backing.dma);
    if (result !== 0) {
      this.openCount = 0;
      this.#backing = undefined;
      backing.release();
    }
    return result;
  }

  close(): void {
    if (this.openCount === 1) {
      this.driver.close();
      this.#backing?.release();
      this.#backing = undefined;
    }
    this.openCount--;
  }

  /**
   * Unregisters the device: asks for it back, at once and every 10 s, until no file has it any more; then `done`. What
   * is left of the driver's device is then to be destroyed by the caller.
   */
  unregister(done: () => void): void {
    const { namesGoFirst } = this.system.profile;
    if (namesGoFirst) this.#removeNames();
    let requests = 0;
    const ask = new Task('vfio-device-request', () => {
      this.driver.request(requests++);
      if (this.#unregistered !== undefined) this.system.scheduler.after(REQUEST_INTERVAL, ask);
    });
    this.#unregistered = () => {
      this.system.scheduler.cancel(ask);
      if (!namesGoFirst) this.#removeNames();
      this.group.remove();
      done();
    };
    this.put();
    if (this.#references > 0) ask.run();
  }

  #addNodes(): void {
    if (!this.system.profile.iommufd) return;
    this.system.root.folder('/dev/vfio/devices').set(`vfio${this.index}`, {
      kind: 'device',
      open: () => (this.tryGet() ? new DeviceFile(this, undefined) : -Errno.ENODEV),
    });
  }

  #removeNames(): void {
    this.system.devices.delete(this.name);
    this.group.listed = false;
    if (this.system.profile.iommufd) this.system.root.folder('/dev/vfio/devices').delete(`vfio${this.index}`);
  }
}

/** An open device: from a group (`group` is set, and access granted), or from its character device. */
export class DeviceFile extends OpenFile {
  readonly what: string;
  /** false for a character device until VFIO_DEVICE_BIND_IOMMUFD */
  granted: boolean;
  #iommufd: IommufdFile | undefined;
  #access: IommufdAccess | undefined;

  constructor(
    readonly device: VfioDevice,
    readonly group: VfioGroup | undefined,
  ) {
    super(device.system.openFiles);
    this.granted = group !== undefined;
    this.what = group === undefined ? `/dev/vfio/devices/vfio${device.index}` : `[vfio-device] ${device.name}`;
  }

  override read(into: DriverBuffer, length: number, offset: number): number {
    return this.granted ? this.device.driver.read(into, length, offset) : -Errno.EINVAL;
  }

  override write(from: DriverBuffer, length: number, offset: number): number {
    return this.granted ? this.device.driver.write(from, length, offset) : -Errno.EINVAL;
  }

  override mmap(): number {
    return -Errno.EINVAL;
  }

  override ioctl(request: number, argument: IoctlArgument, process: Process): number {
    const { iommufd } = this.device.system.profile;
    if (iommufd && request === VfioRequest.deviceBindIommufd) return this.#bind(argument, process);
    if (!this.granted) return -Errno.EINVAL;
    if (this.group === undefined) {
      if (request === VfioRequest.deviceAttachIommufdPt) return this.#attach(argument);
      if (request === VfioRequest.deviceDetachIommufdPt) return this.#detach(argument);
    }
    if (request === VfioRequest.deviceFeature) return feature(argument);
    return this.device.driver.ioctl(request >>> 0, bufferOf(argument), process.eventfds);
  }

  override mustWait(call: WaitingCall): boolean {
    const { driver } = this.device;
    if (!this.granted) return false;
    if (call === 'close') return this.references === 1 && driver.closeBlocked === true;
    return driver.blocked === true && (call === 'read' || WAITING_REQUESTS.has(call));
  }

  protected override release(): void {
    const { device } = this;
    if (this.group !== undefined) {
      device.close();
    } else if (this.granted) {
      device.close();
      this.#iommufd?.put();
      device.group.cdevOpens--;
    }
    device.put();
  }

  #bind(argument: IoctlArgument, process: Process): number {
    const view = structure(argument, BindIommufd.length);
    if (view === undefined) return -Errno.EFAULT;
    const fd = view.getInt32(BindIommufd.iommufd);
    const short = view.getUint32(BindIommufd.argsz) < BindIommufd.length;
    if (short || view.getUint32(BindIommufd.flags) !== 0 || fd < 0) return -Errno.EINVAL;
    const { device } = this;
    if (this.group !== undefined) return -Errno.EINVAL;
    if (device.group.opened !== undefined) return -Errno.EBUSY;
    if (this.granted) return -Errno.EINVAL;
    const file = process.file(fd);
    if (file === undefined) return -Errno.EBADF;
    if (!(file instanceof IommufdFile)) return -Errno.EBADFD;
    if (device.openCount !== 0) return -Errno.EINVAL;
    const result = device.open(() => {
      this.#access = new IommufdAccess(file, device.driver);
      return this.#access;
    });
    if (result !== 0) return result;
    this.#iommufd = file.get();
    device.group.cdevOpens++;
    this.granted = true;
    view.setUint32(BindIommufd.outDevid, this.#access?.id ?? 0);
    return 0;
  }

  #attach(argument: IoctlArgument): number {
    const view = structure(argument, AttachIommufdPt.length);
    if (view === undefined) return -Errno.EFAULT;
    const short = view.getUint32(AttachIommufdPt.argsz) < AttachIommufdPt.length;
    if (short || view.getUint32(AttachIommufdPt.flags) !== 0) return -Errno.EINVAL;
    return this.#access?.attach(view.getUint32(AttachIommufdPt.ptId)) ?? -Errno.EINVAL;
  }

  #detach(argument: IoctlArgument): number {
    const view = structure(argument, DetachIommufdPt.length);
    if (view === undefined) return -Errno.EFAULT;
    const short = view.getUint32(DetachIommufdPt.argsz) < DetachIommufdPt.length;
    if (short || view.getUint32(DetachIommufdPt.flags) !== 0) return -Errno.EINVAL;
    this.#access?.detach();
    return 0;
  }
}

/** VFIO_DEVICE_FEATURE: a channel device has no feature, so that a well-formed request fails with ENOTTY (ABI-023, ABI-024). */
function feature(argument: IoctlArgument): number {
  const view = structure(argument, DeviceFeature.length);
  if (view === undefined) return -Errno.EFAULT;
  const { index, get, set, probe } = DeviceFeatureFlag;
  const flags = view.getUint32(DeviceFeature.flags);
  if (view.getUint32(DeviceFeature.argsz) < DeviceFeature.length || (flags & ~(index | get | set | probe)) !== 0) {
    return -Errno.EINVAL;
  }
  if ((flags & probe) === 0 && (flags & get) !== 0 && (flags & set) !== 0) return -Errno.EINVAL;
  return -Errno.ENOTTY;
}
