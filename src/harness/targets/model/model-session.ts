/** A session of the model: one machine, its first host, and other hosts on the same device when a case asks for them. */

import { CcwspecError } from '../../errors/index.js';
import { openGuest } from '../../guest/index.js';
import type { DeviceModel } from '../../machine/device-model.js';
import { Machine } from '../../machine/machine.js';
import type { StoragePool } from '../../machine/storage-pool.js';
import { ControlledDevice } from '../../machine/middleware/controlled-device.js';
import type { KernelProfile } from '../../passthrough/profiles/index.js';
import type {
  Capability,
  ChannelOptions,
  ChannelPort,
  DevicePlaces,
  LedgerEntry,
  SystemPort,
  TargetControls,
  TargetSession,
  VfioOpenOptions,
  VfioPort,
} from '../../ports/index.js';
import { openVfioDevice } from '../../vfio/index.js';
import { modelControls, type ModelControls } from './controls/index.js';
import { ModelHost } from './model-host.js';
import type { ModelOptions } from './model-options.js';

/** What a session is made of. */
export interface SessionParts {
  readonly profile: KernelProfile;
  readonly options: ModelOptions;
  /** a new device */
  readonly device: DeviceModel;
  readonly deviceNumber: number;
  /** where the hosts' storage comes from, and goes when the session is closed */
  readonly storage: StoragePool;
  readonly capabilities: ReadonlySet<Capability>;
}

/** One host's session. */
class HostSession implements TargetSession {
  readonly capabilities: ReadonlySet<Capability>;
  readonly system: SystemPort;
  readonly places: DevicePlaces;
  readonly controls: TargetControls;
  readonly #schedule: ModelControls['schedule'];

  constructor(
    readonly machine: Machine,
    readonly host: ModelHost,
    readonly device: ControlledDevice,
    capabilities: ReadonlySet<Capability>,
    secondHost: () => Promise<TargetSession>,
  ) {
    this.capabilities = capabilities;
    this.system = host.system;
    this.places = host.kernel.places;
    const controls = modelControls(host, device, secondHost);
    this.#schedule = controls.schedule;
    this.controls = controls;
  }

  virtualTime(): number {
    return this.machine.scheduler.now;
  }

  openVfio(options: VfioOpenOptions = {}): Promise<VfioPort> {
    return openVfioDevice(this.system, this.places, options);
  }

  async openChannel(options: ChannelOptions = {}): Promise<ChannelPort> {
    const vfio = await this.openVfio(options.storage === undefined ? {} : { memory: options.storage });
    return openGuest(vfio, options);
  }

  ledger(): Promise<readonly LedgerEntry[]> {
    return Promise.resolve(this.host.ledger());
  }

  settle(): Promise<void> {
    this.#schedule.letGoOfAll();
    this.host.settle();
    return Promise.resolve();
  }

  health(): Promise<string | undefined> {
    const { bus, driver } = this.host.kernel;
    if (!bus.registered) return Promise.resolve(`subchannel ${this.places.subchannel} is not registered any more`);
    return Promise.resolve(
      driver.stateName === 'NOT_OPER' ? 'the driver takes the subchannel to be not operational' : undefined,
    );
  }

  evidence(): Promise<readonly string[]> {
    return Promise.resolve([
      ...this.machine.evidence(),
      ...this.host.kernel.host.log.lines,
      ...this.host.kernelFaults().map((fault) => `kernel: ${fault}`),
    ]);
  }

  /** @throws CcwspecError E-KERNEL-BUG if the modelled kernel did something that a debugging kernel would have shouted about */
  close(): Promise<void> {
    const faults = this.host.kernelFaults();
    if (faults.length === 0) return Promise.resolve();
    return Promise.reject(new CcwspecError('E-KERNEL-BUG', faults.join('; ')));
  }
}

/** A machine of its own for one case. */
export class ModelSession extends HostSession {
  readonly #others: ModelHost[];
  readonly #storage: StoragePool;

  constructor({ profile, options, device, deviceNumber, capabilities, storage }: SessionParts) {
    const machine = new Machine({ platform: options.platform, storage: () => storage.take() });
    const controlled = new ControlledDevice(device);
    const others: ModelHost[] = [];
    const { paths } = options;
    const host = new ModelHost({ profile, css: machine.css, device: controlled, deviceNumber, paths });
    const secondHost = (): Promise<TargetSession> => {
      const other = new ModelHost({ profile, css: machine.addHost(), device: controlled, deviceNumber, paths });
      others.push(other);
      return Promise.resolve(new HostSession(machine, other, controlled, capabilities, secondHost));
    };
    super(machine, host, controlled, capabilities, secondHost);
    this.#others = others;
    this.#storage = storage;
  }

  /** What this host has taken, and what the other hosts of the session have. */
  override async ledger(): Promise<readonly LedgerEntry[]> {
    const others = this.#others.flatMap((host, index) =>
      host.ledger().map((entry) => ({ ...entry, what: `${entry.what} of host ${index + 1}` })),
    );
    return [...(await super.ledger()), ...others];
  }

  override async close(): Promise<void> {
    this.device.close();
    for (const { storage } of this.machine.hosts) this.#storage.giveBack(storage);
    await super.close();
  }
}
