/** Mediated devices of one parent: the type folder, creation by UUID, removal (drivers/vfio/mdev). */

import { Errno } from '../../uapi/index.js';
import type { CcwDevice, CcwDriver } from '../driver-port.js';
import type { SystemModel } from './system-model.js';
import { VfioDevice } from './vfio-device.js';
import { type Blocked, blocking, Folder } from './vfs.js';

const TYPE = 'vfio_ccw-io';
const DEVICE_API = 'vfio-ccw';
const PRETTY_NAME = 'I/O subchannel (Non-QDIO)';
/** characters of a UUID; one more may follow */
const UUID_LENGTH = 36;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The number in `text` as kstrtoul with base 0 reads it, or undefined. */
function parseUnsigned(text: string): number | undefined {
  const digits = text.replace(/\n$/, '');
  if (/^\+?0x[0-9a-f]+$/i.test(digits)) return Number.parseInt(digits.replace('+', ''), 16);
  if (/^\+?0[0-7]*$/.test(digits)) return Number.parseInt(digits, 8);
  return /^\+?[1-9][0-9]*$/.test(digits) ? Number.parseInt(digits, 10) : undefined;
}

class Mdev {
  readonly folder = new Folder();
  readonly device: VfioDevice;
  /** a removal has begun */
  removing = false;

  constructor(
    readonly parent: MdevParent,
    readonly uuid: string,
    readonly driverDevice: CcwDevice,
  ) {
    const { system } = parent;
    this.device = new VfioDevice(system, driverDevice, uuid, system.deviceIndexes.take());
    const group = String(this.device.group.number);
    const groupFolder = system.root.folder(`/sys/kernel/iommu_groups/${group}`);
    groupFolder.attribute('name', () => 'vfio-noiommu\n');
    groupFolder.folder('devices').set(uuid, this.folder);
    this.folder.set('iommu_group', groupFolder);
    this.folder.set('mdev_type', parent.type);
    this.folder.set('subsystem', system.root.folder('/sys/bus/mdev'));
    this.folder.set('driver', system.root.folder('/sys/bus/mdev/drivers/vfio_ccw_mdev'));
    this.folder.attribute('uevent', () => 'DRIVER=vfio_ccw_mdev\n');
    this.folder.attribute('remove', undefined, (text) => this.#store(text));
    this.folder.folder(`vfio-dev/vfio${this.device.index}`);
    system.root.folder('/sys/bus/mdev/devices').set(uuid, this.folder);
    parent.type.folder('devices').set(uuid, this.folder);
    parent.folder.set(uuid, this.folder);
  }

  /** Takes the device away: sleeps until no file has it open, then `done`. */
  remove(done: () => void): void {
    const { system, type } = this.parent;
    this.removing = true;
    this.folder.delete('mdev_type');
    this.folder.delete('remove');
    type.folder('devices').delete(this.uuid);
    system.root.folder('/sys/bus/mdev/devices').delete(this.uuid);
    if (system.profile.namesGoFirst) this.folder.delete('vfio-dev');
    this.device.unregister(() => {
      system.root.folder('/sys/kernel/iommu_groups').delete(String(this.device.group.number));
      this.driverDevice.destroy();
      system.deviceIndexes.give(this.device.index);
      this.parent.gone(this);
      done();
    });
  }

  #store(text: string): number | Blocked {
    const value = parseUnsigned(text);
    if (value === undefined) return -Errno.EINVAL;
    if (value === 0) return text.length;
    if (this.parent.unregistering) return -Errno.ENODEV;
    return blocking((done) => {
      this.remove(() => {
        done(text.length);
      });
    });
  }
}

/** The parent's side: one type with one instance. */
export class MdevParent {
  readonly type: Folder;
  unregistering = false;
  #available = 1;
  #mdev: Mdev | undefined;

  constructor(
    readonly system: SystemModel,
    /** the parent device's folder */
    readonly folder: Folder,
    readonly driver: CcwDriver,
  ) {
    this.type = folder.folder(`mdev_supported_types/${TYPE}`);
    this.type.attribute('create', undefined, (text) => this.#create(text));
    this.type.attribute('device_api', () => `${DEVICE_API}\n`);
    this.type.attribute('name', () => `${PRETTY_NAME}\n`);
    this.type.attribute('available_instances', () => `${this.#available}\n`);
    this.type.folder('devices');
  }

  /** Takes the mdev and the type folder away, sleeping as long as the mdev is open; then `done`. */
  unregister(done: () => void): void {
    this.unregistering = true;
    const finish = (): void => {
      this.folder.delete('mdev_supported_types');
      done();
    };
    if (this.#mdev === undefined) finish();
    else if (this.#mdev.removing) this.#removed = finish;
    else this.#mdev.remove(finish);
  }

  /** continues an unregistration that found a removal in progress */
  #removed: (() => void) | undefined;

  /** @internal the mdev is released */
  gone(mdev: Mdev): void {
    this.folder.delete(mdev.uuid);
    this.system.mdevs.delete(mdev.uuid);
    this.#mdev = undefined;
    this.#available = 1;
    this.#removed?.();
  }

  #create(text: string): number {
    if (text.length < UUID_LENGTH || text.length > UUID_LENGTH + 1) return -Errno.EINVAL;
    const given = text.slice(0, UUID_LENGTH);
    if (!UUID.test(given)) return -Errno.EINVAL;
    const uuid = given.toLowerCase();
    if (this.system.mdevs.has(uuid)) return -Errno.EEXIST;
    if (this.#available === 0) return -Errno.EUSERS;
    if (this.unregistering) return -Errno.ENODEV;
    const device = this.driver.createDevice();
    if (typeof device === 'number') return device;
    this.#available = 0;
    this.system.mdevs.add(uuid);
    this.#mdev = new Mdev(this, uuid, device);
    return text.length;
  }
}
