/** The lab as a target: `lab:qemu` and `lab:hercules`. One machine for a run, booted when the first case needs it. */

import { availableParallelism } from 'node:os';

import {
  capabilities as allCapabilities,
  type Capability,
  type Target,
  type TargetSession,
} from '../../ports/index.js';
import { CcwspecError, didYouMean, messageOf } from '../../errors/index.js';
import type { HostConnection } from '../host/connection.js';
import type { DeviceName } from '../host/subchannels.js';
import type { Lab, LabOptions, Platform } from './lab.js';
import { bootLimitsOf, platforms, slownessOf } from './lab.js';

const PREFIX = 'lab:';

/** Beside booting: finding or compiling what the machine is made of, and passing the device to vfio-ccw. */
const BESIDE_BOOT = 120_000;

/** Settings of labs, `-o key=value`, with what each is. */
export const labSettings: Readonly<Record<string, string>> = {
  volume: 'lab:hercules: a CKD or compressed CKD image that the first disk is a copy of',
  cpus: 'processors of the guest, 1 to 4 (default 1)',
};

/** Names of the lab's targets. */
export const labNames: readonly string[] = platforms.map((platform) => `${PREFIX}${platform}`);

/** True for the name of a lab. */
export function isLabName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** What the command line says of a lab. */
export interface LabWishes {
  readonly kernel?: string | undefined;
  readonly kernelConfiguration?: string | undefined;
  readonly qemu?: string | undefined;
  /** a coverage kernel: folder that the counters of every machine go to when it is closed */
  readonly counters?: string | undefined;
}

/** What a lab target is made of. */
export interface LabTargetOptions {
  readonly wishes: LabWishes;
  /** which of the lab's devices is tested; the first if nothing is named */
  readonly device: DeviceName;
  readonly options: ReadonlyMap<string, string>;
  readonly writable: boolean;
  /** is told what takes time */
  readonly progress: (what: string) => void;
}

/** What no machine of the lab has; the rest is found out when it runs. */
const never: Readonly<Partial<Record<Capability, string>>> = {
  'second-host': 'a lab is one host',
  'slow-device': "only the model has it: the lab's devices answer when they answer",
  'device-status': "only the model has it: nobody can make the lab's devices present status",
  'path-faults': 'only the model has it',
  'host-shutdown': 'a shutdown would end the agent',
  'memory-adversary': 'only the model has it: the reads of a real driver cannot be stopped between two bytes',
  schedule: 'only the model has it: a real kernel runs its work when it likes',
  'kernel-faults': 'only the model has it: a real channel subsystem gives its own condition codes',
  'host-instructions': 'only the model has it: instructions of a real kernel are not seen',
  'storage-keys': 'only the model has it',
};

const notOnQemu: Readonly<Partial<Record<Capability, string>>> = {
  eckd: "QEMU's devices are virtio devices; lab:hercules has ECKD disks",
  'scratch-track': "QEMU's devices are virtio devices; lab:hercules has ECKD disks",
};

/** Makes the target; nothing is built or booted before it is prepared or started. @throws CcwspecError E-TARGET, E-USAGE */
export function makeLabTarget(name: string, options: LabTargetOptions): LabTarget {
  const platform = platforms.find((candidate) => name === `${PREFIX}${candidate}`);
  if (platform === undefined) {
    const guess = didYouMean(name, labNames) || `; there is ${labNames.join(' and ')}`;
    throw new CcwspecError('E-TARGET', `there is no lab '${name}'${guess}`);
  }
  return new LabTarget(name, platform, options);
}

/** A machine of the lab. */
export class LabTarget implements Target {
  readonly description: string;
  readonly isolation = 'run';
  readonly disposable = true;
  readonly capabilities: ReadonlySet<Capability>;
  readonly missing: ReadonlyMap<Capability, string>;
  #versions: Readonly<Record<string, string>>;

  constructor(
    readonly name: string,
    readonly platform: Platform,
    readonly options: LabTargetOptions,
  ) {
    this.description =
      platform === 'qemu'
        ? 'the vfio-ccw driver of a real kernel on QEMU, with virtio devices behind it'
        : 'the vfio-ccw driver of a real kernel on Hercules, with ECKD disks behind it';
    this.missing = new Map(
      Object.entries({ ...never, ...(platform === 'qemu' ? notOnQemu : {}) }) as [Capability, string][],
    );
    const all = Object.keys(allCapabilities) as Capability[];
    this.capabilities = new Set(all.filter((capability) => !this.missing.has(capability)));
    this.#versions = { machine: platform, kernel: options.wishes.kernel ?? 'debian:6.12' };
  }

  get slowness(): number {
    return slownessOf(this.options.wishes.kernelConfiguration);
  }

  /** Much of a case's time on QEMU is waiting: two machines fit on two processors. Hercules keeps more than one busy. */
  get lanes(): number {
    const cpus = Number(this.options.options.get('cpus') ?? 1);
    return this.platform === 'qemu' && availableParallelism() >= 2 * cpus ? 2 : 1;
  }

  /** As long as booting may take, and what goes with it. */
  get startLimit(): number {
    const { milliseconds, attempts } = bootLimitsOf(this.platform, this.options.wishes.kernelConfiguration);
    return milliseconds * attempts + BESIDE_BOOT;
  }

  /** What it is made of; the exact versions after `prepare`. */
  get versions(): Readonly<Record<string, string>> {
    return this.#versions;
  }

  /** Finds what the machine is made of, and builds the kernel if it is not in the cache; nothing is booted. */
  async prepare(): Promise<void> {
    const { prepareLab } = await import('./boot.js');
    this.#versions = await prepareLab(this.platform, this.#labOptions());
  }

  /** Boots the machine and passes its device to vfio-ccw. @throws CcwspecError E-LAB-…, E-HOST-… */
  async start(): Promise<TargetSession> {
    const [{ bootLab }, { HostSession }, { kernelReports }] = await Promise.all([
      import('./boot.js'),
      import('../host/host-session.js'),
      import('./kernel-reports.js'),
    ]);
    const lab = await bootLab(this.platform, this.#labOptions());
    try {
      const { deviceNumber } = chosenDevice(lab, this.options.device);
      return await HostSession.start({
        connection: connectionOf(lab, await this.#lastRead(lab)),
        device: { deviceNumber },
        writable: this.options.writable,
        scratchCopy: true,
        exclusive: true,
        giveBack: false,
        unplug: lab.monitor.cannotUnplug?.(deviceNumber) ?? (() => lab.monitor.unplug(deviceNumber)),
        replug: () => lab.monitor.replug(deviceNumber),
        ...cannotEnd(lab),
        reportsIn: kernelReports,
        consoleTail: () => lab.consoleTail(),
        console: lab.console,
      });
    } catch (thrown) {
      await lab.close();
      throw thrown;
    }
  }

  /** What is read out of the machine before it goes; of one that died there is nothing left to read. */
  async #lastRead({ connection }: Lab): Promise<() => Promise<void>> {
    const { wishes, progress } = this.options;
    if (wishes.counters === undefined) return () => Promise.resolve();
    const { folderForMachine, saveCounters } = await import('./coverage/counters.js');
    const folder = await folderForMachine(wishes.counters);
    return async () => {
      try {
        await saveCounters(connection.system, folder);
      } catch (thrown) {
        progress(`the counters of a machine are lost: ${messageOf(thrown)}`);
      }
    };
  }

  #labOptions(): LabOptions {
    const { wishes, options, progress } = this.options;
    const cpus = options.get('cpus');
    if (cpus !== undefined && !/^[1-4]$/.test(cpus)) {
      throw new CcwspecError('E-USAGE', `-o cpus=${cpus}: the guest has 1 to 4 processors`);
    }
    return { ...wishes, volume: options.get('volume'), cpus: cpus === undefined ? undefined : Number(cpus), progress };
  }
}

/** The lab's device that was named, or its first. */
function chosenDevice(
  { subchannels, platform }: Lab,
  { subchannel, deviceNumber }: DeviceName,
): Lab['subchannels'][number] {
  const found = subchannels.find(
    (device) =>
      (deviceNumber === undefined || device.deviceNumber === deviceNumber) &&
      (subchannel === undefined || device.subchannel === subchannel),
  );
  if (found !== undefined) return found;
  const list = subchannels.map(
    ({ what, deviceNumber: number, subchannel: id }) => `${number} (${what}, subchannel ${id})`,
  );
  throw new CcwspecError(
    'E-HOST-SUBCHANNEL',
    `the lab on ${platform} has no device ${deviceNumber ?? subchannel ?? ''} that can be tested`,
    `It has ${list.join(', ')}.`,
  );
}

function cannotEnd({ monitor: { cannotEndSuspended } }: Lab): { readonly cannotEndSuspended?: string } {
  return cannotEndSuspended === undefined ? {} : { cannotEndSuspended };
}

/** The machine's agent; the machine goes with its connection, after what `lastRead` does. */
function connectionOf(lab: Lab, lastRead: () => Promise<void>): HostConnection {
  const { connection } = lab;
  return {
    system: connection.system,
    kernelLog: (mark) => connection.kernelLog(mark),
    release: () => connection.release(),
    unanswered: () => connection.unanswered(),
    closed: Promise.race([lab.died, connection.closed.then(async (error) => soonOr(lab.died, error))]),
    close: async () => {
      await lastRead();
      await lab.close();
    },
  };
}

/** Milliseconds in which a machine that took its connection with it is known to be dead. */
const DEATH_KNOWN = 500;

/** What the machine died of says more than that the connection ended; it may be known a moment later. */
function soonOr(died: Promise<CcwspecError>, otherwise: CcwspecError): Promise<CcwspecError> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(otherwise);
    }, DEATH_KNOWN);
    void died.then((error) => {
      clearTimeout(timer);
      resolve(error);
    });
  });
}
