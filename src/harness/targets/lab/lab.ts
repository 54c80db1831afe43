/** What a lab is, to whoever uses it. */

import type { CcwspecError } from '../../errors/index.js';
import type { AgentConnection } from '../agent/index.js';
import type { ConsoleLog } from './console-log.js';
import type { Kernel } from './kernel/index.js';

/** Machines that a lab can be. */
export const platforms = ['qemu', 'hercules'] as const;
export type Platform = (typeof platforms)[number];

/** How long a boot may take, and how often it is tried. */
export interface BootLimits {
  /** milliseconds from power-on to the agent; many times what a slow machine was seen to take */
  readonly milliseconds: number;
  /** times that a machine which stands still is booted */
  readonly attempts: number;
}

/** Hercules was seen to stand still in one boot of some fifty, with its terminal online and nothing more to come. */
const bootLimits: Readonly<Record<Platform, BootLimits>> = {
  qemu: { milliseconds: 60_000, attempts: 1 },
  hercules: { milliseconds: 60_000, attempts: 2 },
};

/** Kernels of a configuration that are slower than others, and by what factor. */
const slowness: Readonly<Record<string, number>> = { debug: 5 };

/** How many times slower a machine is with a kernel of this configuration. */
export function slownessOf(configuration: string | undefined): number {
  return slowness[configuration ?? ''] ?? 1;
}

/** The limits of a boot. @param configuration the kernel's, if it is known */
export function bootLimitsOf(platform: Platform, configuration: string | undefined): BootLimits {
  const { milliseconds, attempts } = bootLimits[platform];
  return { milliseconds: milliseconds * slownessOf(configuration), attempts };
}

/** Milliseconds that a request to the agent may take beyond what it waits by itself. */
const REQUEST_LIMIT = 30_000;

/** The same on a machine with a kernel of this configuration. */
export function requestLimitOf(configuration: string | undefined): number {
  return REQUEST_LIMIT * slownessOf(configuration);
}

/** What a lab is made of. */
export interface LabOptions {
  /** a bzImage, a kernel source tree, or `debian:VERSION`; debian:6.12 if left out */
  readonly kernel?: string | undefined;
  /** base, debug or coverage; base if left out */
  readonly kernelConfiguration?: string | undefined;
  /** the user's own qemu-system-s390x */
  readonly qemu?: string | undefined;
  /** Hercules: a volume file that the first disk is a copy of */
  readonly volume?: string | undefined;
  /** processors of the guest; 1 if left out */
  readonly cpus?: number | undefined;
  /** milliseconds from power-on to the agent; by platform and configuration if left out */
  readonly bootLimit?: number | undefined;
  /** gives up booting when it is aborted */
  readonly signal?: AbortSignal | undefined;
  /** is told what takes time */
  readonly progress?: ((what: string) => void) | undefined;
}

/** A device of the lab that cases can have. */
export interface LabDevice {
  /** what it is: `virtio-blk-ccw`, `3390` */
  readonly what: string;
  /** bus id of its device number, `0.0.1234` */
  readonly deviceNumber: string;
  /** bus id of its subchannel, `0.0.0000` */
  readonly subchannel: string;
}

/** What can be done to the machine from outside. */
export interface LabMonitor {
  /** Why a suspended program does not end at CANCEL and CLEAR SUBCHANNEL; undefined on a machine where it does. */
  readonly cannotEndSuspended?: string;
  /** Why a device cannot be taken away; undefined for one that can. */
  cannotUnplug?(deviceNumber: string): string | undefined;
  /** Takes the device away while the machine runs. @throws CcwspecError E-LAB-MONITOR */
  unplug(deviceNumber: string): Promise<void>;
  /** Gives it back. @throws CcwspecError E-LAB-MONITOR */
  replug(deviceNumber: string): Promise<void>;
}

/** A machine that runs, with an agent on it. */
export interface Lab {
  readonly platform: Platform;
  readonly kernel: Kernel;
  /** what it is made of, for reports: qemu or hercules, kernel, agent */
  readonly versions: Readonly<Record<string, string>>;
  readonly connection: AgentConnection;
  /** devices that may be tested; the first is the one that is */
  readonly subchannels: readonly LabDevice[];
  readonly console: ConsoleLog;
  /** process id of QEMU or Hercules */
  readonly pid: number;
  /** the lab's own folder, which goes when it is closed */
  readonly folder: string;
  readonly monitor: LabMonitor;
  /** resolves when the machine is gone or its kernel has stopped although nobody closed it; never rejects */
  readonly died: Promise<CcwspecError>;
  /** the last lines of the console */
  consoleTail(): string[];
  /** Turns the machine off; nothing of it is left but the console's log. */
  close(): Promise<void>;
}
