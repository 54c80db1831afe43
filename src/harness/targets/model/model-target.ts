/** The model as a target: a new machine, kernel and device for every case. */

import type { KernelProfile } from '../../passthrough/profiles/index.js';
import { capabilities, type Capability, type Target } from '../../ports/index.js';
import type { DeviceModel } from '../../machine/device-model.js';
import { StoragePool } from '../../machine/storage-pool.js';
import type { DeviceChoice } from '../device-option.js';
import type { ModelOptions } from './model-options.js';
import type { ModelSession, SessionParts } from './model-session.js';

/** What the device is made with. */
export interface DeviceCircumstances {
  readonly inPlace: boolean;
  readonly writable: boolean;
  readonly scratch: () => string;
}

/** Bytes of each host's low bank, whose upper half holds kernel allocations: above the guest's storage of 1 MiB. */
const LOW_BYTES = 2 << 20;
/** Device number of the guest's view when the device kind has no setting of that name. */
const DEFAULT_DEVICE_NUMBER = 0x0120;

/** the module's part that is needed here */
interface ModelParts {
  readonly ModelSession: typeof ModelSession;
}

let parts: Promise<ModelParts> | undefined;

/** Imports the model's parts. A list of cases needs only what a target can do, so they are not imported with this module. */
export function loadModel(): Promise<ModelParts> {
  return (parts ??= import('./model-session.js'));
}

/** The in-process model as a target. */
export class ModelTarget implements Target {
  readonly description: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly capabilities: ReadonlySet<Capability>;
  readonly missing: ReadonlyMap<Capability, string>;
  readonly isolation = 'case';
  readonly #settings: ReadonlyMap<string, string>;
  readonly #storage: StoragePool;

  constructor(
    readonly name: string,
    readonly profile: KernelProfile,
    readonly device: DeviceChoice,
    readonly options: ModelOptions,
    readonly circumstances: DeviceCircumstances,
  ) {
    this.#settings = deviceSettings(device, options);
    this.#storage = new StoragePool(LOW_BYTES, options.storage);
    this.description = `in-process model: vfio-ccw of Linux ${profile.version}, guest as QEMU 7.2, one ${device.kind.kind} device`;
    this.versions = {
      driver: `vfio-ccw of Linux ${profile.version}, modelled`,
      kernel: profile.version,
      platform: options.platformName ?? options.platform.name,
      guest: 'QEMU 7.2 channel subsystem, modelled',
      machine: `${options.platformName ?? options.platform.name}, ${options.paths} channel path${options.paths === 1 ? '' : 's'}`,
      device: describeDevice(device, this.#settings),
    };
    this.missing = this.#missing();
    const all = Object.keys(capabilities) as Capability[];
    this.capabilities = new Set(all.filter((capability) => !this.missing.has(capability)));
  }

  /** An image that is changed in place has room for one. */
  get lanes(): number | undefined {
    return this.circumstances.inPlace ? undefined : 1;
  }

  /**
   * A machine of its own, with the subchannel bound to vfio-ccw and an mdev made.
   * @throws CcwspecError if the device cannot be made
   */
  async start(): Promise<ModelSession> {
    const { ModelSession } = await loadModel();
    return new ModelSession(await this.#parts());
  }

  /** What a session is made of, with a new device. */
  async #parts(): Promise<SessionParts> {
    const { profile, options } = this;
    return {
      profile,
      options,
      device: await this.#createDevice(),
      deviceNumber: this.#deviceNumber,
      capabilities: this.capabilities,
      storage: this.#storage,
    };
  }

  get #deviceNumber(): number {
    const given = this.#settings.get('devno');
    return given === undefined ? DEFAULT_DEVICE_NUMBER : parseInt(given, 16);
  }

  async #createDevice(): Promise<DeviceModel> {
    const { inPlace, writable, scratch } = this.circumstances;
    return this.device.kind.create({
      settings: this.#settings,
      get scratch() {
        return scratch();
      },
      inPlace,
      writable,
    });
  }

  #missing(): Map<Capability, string> {
    const missing = new Map<Capability, string>();
    missing.set('several-processors', 'the model does one thing at a time');
    missing.set('memory-race', 'the model does one thing at a time; it has memory-adversary instead');
    const { profile, options, device } = this;
    if (profile.system.iommufd) missing.set('group-only', `Linux ${profile.version} has character devices too`);
    else missing.set('iommufd', `Linux ${profile.version} has no character device for vfio-ccw (6.6 and later have)`);
    if (options.paths < 2)
      missing.set('many-paths', 'the subchannel has one channel path; `-o paths=8` gives it eight');
    for (const capability of ['eckd', 'scratch-track'] as const) {
      if (!device.kind.capabilities.includes(capability)) {
        missing.set(capability, `the device kind ${device.kind.kind} does not have it`);
      }
    }
    if (this.#settings.get('readonly') === 'yes') missing.set('scratch-track', 'the device is set to readonly=yes');
    return missing;
  }
}

/** The settings of the option, and the machine's platform where the device has one and none was given. */
function deviceSettings({ kind, settings, given }: DeviceChoice, options: ModelOptions): ReadonlyMap<string, string> {
  const { platformName } = options;
  if (platformName === undefined || given.has('platform') || !Object.hasOwn(kind.settings, 'platform')) return settings;
  return new Map([...settings, ['platform', platformName]]);
}

/** The device option as it was given, and what the target added to it. */
function describeDevice(
  { kind, settings: chosen, given }: DeviceChoice,
  settings: ReadonlyMap<string, string>,
): string {
  const said = [...settings].filter(([name, value]) => given.has(name) || chosen.get(name) !== value);
  return said.length === 0 ? kind.kind : `${kind.kind}:${said.map(([name, value]) => `${name}=${value}`).join(',')}`;
}
