/** Which targets can be run on from here, and why the others cannot. It looks: nothing is reached, built or booted. */

import { existsSync } from 'node:fs';
import { arch } from 'node:os';

import { findProgram } from '../harness/process/index.js';
import { targetNames } from '../harness/targets/index.js';
import { DEFAULT_KERNEL, missingNeeds, platforms, type Platform } from '../harness/targets/lab/index.js';
import { storedKernels } from '../harness/targets/lab/kernel/index.js';

/** A target, and whether a run could use it. */
export interface Availability {
  /** as --target takes it; `HOST` stands for a host's name */
  readonly name: string;
  readonly what: string;
  readonly available: boolean;
  /** why not, and what to do about it; or what comes first */
  readonly detail?: string;
}

const DRIVER = '/sys/bus/css/drivers/vfio_ccw';

/** Every kind of target that comes with ccwspec. */
export async function targetAvailability(): Promise<Availability[]> {
  const models = targetNames.map((name) => ({ name, what: 'in-process model', available: true }));
  const labs = await Promise.all(platforms.map(labAvailability));
  return [...models, ...labs, hostAvailability(), sshAvailability()];
}

const behind: Readonly<Record<Platform, string>> = {
  qemu: 'a real kernel on QEMU, with virtio devices',
  hercules: 'a real kernel on Hercules, with ECKD disks',
};

async function labAvailability(platform: Platform): Promise<Availability> {
  const kernels = await storedKernels();
  const missing = missingNeeds([platform, 'guest', ...(kernels.length === 0 ? (['kernel'] as const) : [])]);
  const lab = { name: `lab:${platform}`, what: behind[platform] };
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))].join(', ');
    return { ...lab, available: false, detail: `lacks ${packages}; \`ccwspec lab setup\` brings what is missing` };
  }
  if (kernels.length > 0) return { ...lab, available: true };
  return { ...lab, available: true, detail: `the first run builds the kernel ${DEFAULT_KERNEL}, which takes minutes` };
}

function hostAvailability(): Availability {
  const host = { name: 'vfio', what: 'the vfio-ccw driver of this machine' };
  if (arch() !== 's390x') return { ...host, available: false, detail: `this machine is ${arch()}, not s390x` };
  if (existsSync(DRIVER))
    return { ...host, available: true, detail: 'name a device with --device-number or --subchannel' };
  return { ...host, available: false, detail: 'the driver is not there; `modprobe vfio_ccw` loads it' };
}

function sshAvailability(): Availability {
  const host = { name: 'ssh:HOST', what: 'the vfio-ccw driver of another machine' };
  if (findProgram('ssh') === undefined) {
    return { ...host, available: false, detail: 'there is no program ssh; on Debian: apt-get install openssh-client' };
  }
  return { ...host, available: true, detail: 'if a key lets ssh in, and ccwspec-agent is in PATH there' };
}
