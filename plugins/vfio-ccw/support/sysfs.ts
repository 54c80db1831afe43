/** Binding, creating and removing through sysfs, and putting everything back as the case found it. */

import type { CaseContext, DevicePlaces, SystemPort } from 'ccwspec/plugin';

const DRIVERS = '/sys/bus/css/drivers';
const MDEVS = '/sys/bus/mdev/devices';

/** The subchannel, its driver and its mdev, by their names in sysfs. */
export class Sysfs {
  readonly system: SystemPort;
  readonly places: DevicePlaces;

  constructor({ system, places }: Pick<CaseContext, 'system' | 'places'>) {
    this.system = system;
    this.places = places;
  }

  /** the subchannel's folder */
  get subchannel(): string {
    return `/sys/bus/css/devices/${this.places.subchannel}`;
  }

  /** folder of the subchannel's mdev types */
  get types(): string {
    return `${this.subchannel}/mdev_supported_types`;
  }

  /** folder of the one type */
  get type(): string {
    return `${this.types}/vfio_ccw-io`;
  }

  /** folder of the mdev */
  get mdev(): string {
    return `${MDEVS}/${this.places.uuid}`;
  }

  bind(driver: string, name: string = this.places.subchannel): Promise<number> {
    return this.system.writeAttribute(`${DRIVERS}/${driver}/bind`, name);
  }

  unbind(driver: string, name: string = this.places.subchannel): Promise<number> {
    return this.system.writeAttribute(`${DRIVERS}/${driver}/unbind`, name);
  }

  /**
   * Waits until the kernel has ended what it has begun with subchannels. A subchannel that is taken from io_subchannel while it is
   * evaluated can leave a CCW device in the data of its next driver (docs/findings.md).
   */
  settle(): Promise<number> {
    return this.system.writeAttribute('/proc/cio_settle', '1\n');
  }

  override(driver: string): Promise<number> {
    return this.system.writeAttribute(`${this.subchannel}/driver_override`, `${driver}\n`);
  }

  create(text: string = this.places.uuid): Promise<number> {
    return this.system.writeAttribute(`${this.type}/create`, text);
  }

  remove(text = '1'): Promise<number> {
    return this.system.writeAttribute(`${this.mdev}/remove`, text);
  }

  /** The content of an attribute without its line end, or a negative errno. */
  async read(path: string): Promise<string | number> {
    const content = await this.system.readAttribute(path);
    return typeof content === 'string' ? content.replace(/\n$/, '') : content;
  }

  /** True while an mdev with the UUID exists. */
  async hasMdev(uuid: string = this.places.uuid): Promise<boolean> {
    return this.#has(MDEVS, uuid);
  }

  async isBoundTo(driver: string): Promise<boolean> {
    return this.#has(`${DRIVERS}/${driver}`, this.places.subchannel);
  }

  /** As it was: bound to vfio_ccw, with the mdev. What is so already is left alone. */
  async restore(): Promise<void> {
    await this.override('vfio_ccw');
    if (!(await this.isBoundTo('vfio_ccw'))) {
      if (await this.isBoundTo('io_subchannel')) {
        await this.settle();
        await this.unbind('io_subchannel');
      }
      await this.system.writeAttribute('/sys/bus/css/drivers_probe', this.places.subchannel);
    }
    if (!(await this.hasMdev())) await this.create();
  }

  async #has(folder: string, name: string): Promise<boolean> {
    const names = await this.system.list(folder);
    return typeof names !== 'number' && names.includes(name);
  }
}

/** Runs `use` while no mdev exists. */
export async function withoutMdev(context: CaseContext, use: (sysfs: Sysfs) => Promise<void>): Promise<void> {
  const sysfs = new Sysfs(context);
  try {
    context.expect.result(await sysfs.remove(), 1, 'the removal of the mdev, which nobody has open');
    await use(sysfs);
  } finally {
    await sysfs.restore();
  }
}

/** Runs `use` while no driver is bound to the subchannel; its driver_override is vfio_ccw. */
export async function unbound(context: CaseContext, use: (sysfs: Sysfs) => Promise<void>): Promise<void> {
  const { expect, places } = context;
  const sysfs = new Sysfs(context);
  try {
    await sysfs.override('vfio_ccw');
    expect.result(await sysfs.unbind('vfio_ccw'), places.subchannel.length, 'the unbinding from vfio_ccw');
    await use(sysfs);
  } finally {
    await sysfs.restore();
  }
}

/** Runs `use` while the mdev is there; whatever becomes of mdev and binding is put right afterwards. */
export async function restored(context: CaseContext, use: (sysfs: Sysfs) => Promise<void>): Promise<void> {
  const sysfs = new Sysfs(context);
  try {
    await use(sysfs);
  } finally {
    await sysfs.restore();
  }
}
