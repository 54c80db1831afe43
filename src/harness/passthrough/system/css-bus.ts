/** The css bus in sysfs: a subchannel, its drivers, and binding (drivers/base/bus.c, drivers/s390/cio/css.c). */

import { Errno } from '../../uapi/index.js';
import type { SubchannelHooks } from './hooks.js';
import { MdevParent } from './mdev.js';
import type { SystemModel } from './system-model.js';
import { type Blocked, blocking, Folder } from './vfs.js';

/** drivers of the bus in the order in which they are tried */
const DRIVERS = ['chsc_subchannel', 'io_subchannel', 'vfio_ccw'] as const;
type DriverName = (typeof DRIVERS)[number];
/** subchannel type that each driver is for */
const DRIVER_TYPE: Readonly<Record<DriverName, number>> = { chsc_subchannel: 1, io_subchannel: 0, vfio_ccw: 0 };
/** a driver_override of this many bytes does not fit a page */
const LONGEST_OVERRIDE = 4095;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** The bus with its one subchannel. */
export class CssBus {
  readonly folder: Folder;
  /** the driver bound to the subchannel */
  bound: DriverName | undefined;
  /** the subchannel is registered: its names exist */
  registered = false;
  #override: string | undefined;
  #parent: MdevParent | undefined;

  constructor(
    readonly system: SystemModel,
    readonly hooks: SubchannelHooks,
  ) {
    this.folder = new Folder();
    const bus = system.root.folder('/sys/bus/css');
    for (const name of DRIVERS) {
      const driver = bus.folder(`drivers/${name}`);
      driver.attribute('bind', undefined, (text) => this.#bind(name, text));
      driver.attribute('unbind', undefined, (text) => this.#unbindByName(name, text));
    }
    bus.attribute('drivers_probe', undefined, (text) => this.#probeByName(text));
    bus.folder('devices');
    // Nothing is queued here: the model evaluates a subchannel at once.
    system.root.folder('/proc').attribute('cio_settle', undefined, (text) => text.length);
    this.#addAttributes();
    this.register();
  }

  /** Makes the subchannel known and lets a driver take it. */
  register(): void {
    this.registered = true;
    this.system.root.folder('/sys/bus/css/devices').set(this.hooks.busId, this.folder);
    this.system.root.folder('/sys/devices/css0').set(this.hooks.busId, this.folder);
    this.#autoProbe();
  }

  /** The subchannel goes (unplug, or the driver gave it up): its names at once, its driver when the mdev is closed. */
  unregister(): void {
    if (!this.registered) return;
    this.registered = false;
    this.system.root.folder('/sys/bus/css/devices').delete(this.hooks.busId);
    this.#release(() => {
      this.system.root.folder('/sys/devices/css0').delete(this.hooks.busId);
    });
  }

  #addAttributes(): void {
    const { folder, hooks } = this;
    folder.attribute('type', () => `${hooks.type.toString(16)}\n`);
    folder.attribute('modalias', () => `css:t${hooks.type.toString(16).toUpperCase()}\n`);
    folder.attribute(
      'chpids',
      () => `${Array.from({ length: 8 }, (_, path) => `${hex(hooks.chpids()[path] ?? 0, 2)} `).join('')}\n`,
    );
    folder.attribute(
      'pimpampom',
      () =>
        `${hooks
          .masks()
          .map((mask) => hex(mask, 2))
          .join(' ')}\n`,
    );
    folder.attribute('dev_busid', () => {
      const device = hooks.deviceNumber();
      return device === undefined ? 'none\n' : `${hooks.busId.slice(0, 4)}${hex(device, 4)}\n`;
    });
    folder.attribute(
      'driver_override',
      () => `${this.#override ?? '(null)'}\n`,
      (text) => this.#setOverride(text),
    );
    folder.attribute('uevent', () => (this.bound === undefined ? '' : `DRIVER=${this.bound}\n`));
    folder.set('subsystem', this.system.root.folder('/sys/bus/css'));
  }

  #setOverride(text: string): number {
    if (text.length >= LONGEST_OVERRIDE) return -Errno.EINVAL;
    const name = text.split('\n', 1)[0] ?? '';
    this.#override = name === '' ? undefined : name;
    return text.length;
  }

  #matches(driver: DriverName): boolean {
    if (this.#override !== undefined && this.#override !== driver) return false;
    return DRIVER_TYPE[driver] === this.hooks.type;
  }

  /** True if `text` names the subchannel, with or without a line end. */
  #named(text: string): boolean {
    return this.registered && text.replace(/\n$/, '') === this.hooks.busId;
  }

  #bind(driver: DriverName, text: string): number {
    if (!this.#named(text) || !this.#matches(driver)) return -Errno.ENODEV;
    if (this.bound !== undefined) return -Errno.EBUSY;
    const result = this.#probe(driver);
    return result === 0 ? text.length : result;
  }

  #unbindByName(driver: DriverName, text: string): number | Blocked {
    if (!this.#named(text) || this.bound !== driver) return -Errno.ENODEV;
    return blocking((done) => {
      this.#release(() => {
        done(text.length);
      });
    });
  }

  #probeByName(text: string): number {
    if (!this.#named(text)) return -Errno.ENODEV;
    if (this.bound === undefined) this.#autoProbe();
    return text.length;
  }

  #autoProbe(): void {
    for (const driver of DRIVERS) {
      if (this.#matches(driver) && this.#probe(driver) === 0) return;
    }
  }

  #probe(driver: DriverName): number {
    const { hooks } = this;
    const result = driver === 'vfio_ccw' ? hooks.vfioCcw.probe() : hooks.ioSubchannel.probe();
    if (result !== 0) return result;
    this.bound = driver;
    this.folder.set('driver', this.system.root.folder(`/sys/bus/css/drivers/${driver}`));
    this.system.root.folder(`/sys/bus/css/drivers/${driver}`).set(hooks.busId, this.folder);
    if (driver === 'vfio_ccw') this.#parent = new MdevParent(this.system, this.folder, hooks.vfioCcw);
    return 0;
  }

  /** Unbinds the driver, sleeping while its mdev is open; then `done`. */
  #release(done: () => void): void {
    const { bound, hooks } = this;
    if (bound === undefined) {
      done();
      return;
    }
    this.folder.delete('driver');
    this.system.root.folder(`/sys/bus/css/drivers/${bound}`).delete(hooks.busId);
    const finish = (): void => {
      this.bound = undefined;
      done();
    };
    if (bound !== 'vfio_ccw') {
      hooks.ioSubchannel.remove();
      finish();
      return;
    }
    this.#parent?.unregister(() => {
      this.#parent = undefined;
      hooks.vfioCcw.remove();
      finish();
    });
  }
}
