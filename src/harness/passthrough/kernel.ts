/** One host's kernel, put together: the system around the driver, the common I/O layer, and the driver with its subchannel. */

import { SchibOffset, PmcwFlag, subchannelType, viewOf } from '../arch/index.js';
import { CcwspecError } from '../errors/index.js';
import type { HostInstructions } from '../machine/host-instructions.js';
import type { Scheduler } from '../machine/scheduler.js';
import type { AbsoluteStorage } from '../machine/storage.js';
import type { DevicePlaces, LedgerEntry } from '../ports/index.js';
import { describeResult, Errno } from '../uapi/index.js';
import { CommonIo, HostKernel, type HostSubchannel, PassthroughDriver } from './driver/index.js';
import { IoSubchannelDriver } from './io-subchannel-driver.js';
import type { KernelProfile } from './profiles/index.js';
import { addChannelPaths, Blocked, CssBus, type Process, type SubchannelHooks, SystemModel } from './system/index.js';

const DEFAULT_UUID = '11111111-2222-3333-4444-555555555555';

/** The machine's channel paths, as far as configuring them goes. */
export interface MachinePaths {
  /** true while the path is configured */
  configured(chpid: number): boolean;
  /** Configures the path off or on: a channel report follows. */
  configure(chpid: number, online: boolean): void;
}

/** What a kernel is made of. */
export interface KernelOptions {
  readonly profile: KernelProfile;
  readonly scheduler: Scheduler;
  readonly storage: AbsoluteStorage;
  /** the host's channel subsystem */
  readonly instructions: HostInstructions;
  /** subchannel number */
  readonly subchannel: number;
  /** identifiers of the host's channel paths, for sysfs */
  readonly chpids: readonly number[];
  /** without it, /sys/devices/css0/chp0.XX/configure is not modelled */
  readonly paths?: MachinePaths;
  /** UUID of the mdev that setUp makes */
  readonly uuid?: string;
}

/** A host kernel with one subchannel, which begins bound to io_subchannel. */
export class KernelModel {
  readonly profile: KernelProfile;
  readonly system: SystemModel;
  readonly host: HostKernel;
  readonly commonIo: CommonIo;
  readonly subchannel: HostSubchannel;
  readonly driver: PassthroughDriver;
  readonly bus: CssBus;
  /** the process that cases run in */
  readonly process: Process;
  /** where the device is to be found after setUp */
  readonly places: DevicePlaces;

  constructor(options: KernelOptions) {
    const { profile, scheduler, storage, instructions, chpids } = options;
    this.profile = profile;
    this.system = new SystemModel({ profile: profile.system, scheduler, storage });
    this.host = new HostKernel({ profile: profile.driver, scheduler, storage, instructions });
    this.commonIo = new CommonIo(this.host);
    this.subchannel = this.commonIo.subchannel(options.subchannel);
    this.driver = new PassthroughDriver(this.subchannel);
    this.bus = new CssBus(this.system, this.#hooks());
    this.subchannel.onUnregister = () => {
      this.bus.unregister();
    };
    addChannelPaths(this.system, {
      chpids,
      online: (chpid) => this.commonIo.isVariedOn(chpid),
      vary: (chpid, online) => {
        this.commonIo.vary(chpid, online);
      },
      configured: (chpid) => Number((options.paths ?? this.#noPaths()).configured(chpid)),
      configure: (chpid, online) => {
        (options.paths ?? this.#noPaths()).configure(chpid, online);
        scheduler.drain(); // the writer waits until the report has been worked on
      },
    });
    this.process = this.system.spawn();
    this.places = this.#placesOf(options.uuid ?? DEFAULT_UUID);
  }

  /**
   * Passes the subchannel to vfio-ccw as an administrator does: driver_override, unbind, drivers_probe, create. The device can
   * then be opened at `places`.
   * @throws CcwspecError naming the step that is refused
   */
  setUp(): void {
    const { subchannel, uuid } = this.places;
    const folder = `/sys/bus/css/devices/${subchannel}`;
    this.#write(`${folder}/driver_override`, 'vfio_ccw\n');
    this.#write(`${folder}/driver/unbind`, subchannel);
    this.#write('/sys/bus/css/drivers_probe', subchannel);
    this.#write(`${folder}/mdev_supported_types/vfio_ccw-io/create`, uuid);
  }

  /** Gives the subchannel back to io_subchannel; nothing may have the device open. @throws CcwspecError as setUp */
  tearDown(): void {
    const { subchannel, uuid } = this.places;
    this.#write(`/sys/bus/mdev/devices/${uuid}/remove`, '1');
    this.#write(`/sys/bus/css/devices/${subchannel}/driver_override`, '\n');
    this.#write(`/sys/bus/css/devices/${subchannel}/driver/unbind`, subchannel);
    this.#write('/sys/bus/css/drivers_probe', subchannel);
  }

  /** Everything that is taken now: by processes, by the VFIO core, by the driver, and of the kernel's memory. */
  ledger(): LedgerEntry[] {
    const driver = this.host.ledger();
    const named = driver.filter(({ kind }) => kind === 'eventfd').length;
    // The driver's list says where it took an eventfd; of the system's, only references beyond those are news.
    const system = this.system.ledger();
    const unnamed = system.filter(({ kind }) => kind === 'eventfd').slice(named);
    const allocations: LedgerEntry[] = this.system.frames.storage.liveAllocations().map(({ address, what }) => ({
      kind: 'allocation',
      what,
      takenAt: `kernel memory at ${address.toString(16)}`,
    }));
    return [...system.filter(({ kind }) => kind !== 'eventfd'), ...unnamed, ...driver, ...allocations];
  }

  /** Host shutdown, as the css bus tells the driver. */
  shutdown(): void {
    if (this.bus.bound === 'vfio_ccw') this.driver.shutdown();
  }

  #hooks(): SubchannelHooks {
    const { subchannel } = this;
    const view = viewOf(subchannel.schib);
    const installed = (): number => view.getUint8(SchibOffset.pim);
    return {
      busId: subchannel.name,
      type: subchannelType(view.getUint32(SchibOffset.characteristics)),
      ioSubchannel: new IoSubchannelDriver(subchannel, (chpid) => this.commonIo.isVariedOn(chpid)),
      vfioCcw: this.driver,
      chpids: () =>
        Array.from({ length: 8 }, (_, path) =>
          (installed() & (0x80 >> path)) === 0 ? 0 : view.getUint8(SchibOffset.chpid + path),
        ),
      masks: () => [installed(), view.getUint8(SchibOffset.pam), view.getUint8(SchibOffset.pom)],
      deviceNumber: () =>
        (view.getUint16(SchibOffset.flags) & PmcwFlag.deviceNumberValid) === 0
          ? undefined
          : view.getUint16(SchibOffset.deviceNumber),
    };
  }

  /** Names that the first mdev of a fresh kernel gets. */
  #placesOf(uuid: string): DevicePlaces {
    const places = { subchannel: this.subchannel.name, uuid, group: '/dev/vfio/0' };
    return this.profile.system.iommufd ? { ...places, cdev: '/dev/vfio/devices/vfio0' } : places;
  }

  #write(path: string, text: string): void {
    const result = this.process.writeAttribute(path, text);
    const refused = result instanceof Blocked ? -Errno.EBUSY : result;
    if (refused < 0) {
      const shown = JSON.stringify(text);
      throw new CcwspecError(
        'E-TARGET',
        `the modelled kernel refused ${shown} for ${path}: ${describeResult(refused)}`,
      );
    }
  }

  #noPaths(): never {
    throw new CcwspecError(
      'E-MODEL-UNIMPLEMENTED',
      'configuring a channel path of a machine that was given without its paths',
    );
  }
}
