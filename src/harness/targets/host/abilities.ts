/** What a real host can do, and why it cannot do the rest. Determined by looking, once for a session. */

import { capabilities, type Capability, type DevicePlaces } from '../../ports/index.js';
import { describeResult, Errno } from '../../uapi/index.js';
import type { HostSystem } from './connection.js';
import type { FoundDevice, Purpose } from './identify.js';
import type { HostPaths } from './paths.js';

/** What is known of a session when its abilities are determined. */
export interface Circumstances {
  readonly system: HostSystem;
  readonly places: DevicePlaces;
  readonly device: FoundDevice;
  readonly paths: HostPaths;
  readonly purpose: Purpose;
  /** the mdev was there before, and belongs to somebody else */
  readonly adopted: boolean;
  /** why nobody can take the device away and bring it back; undefined if somebody can */
  readonly cannotUnplug: string | undefined;
  /** why a suspended program does not end at CANCEL and CLEAR SUBCHANNEL; undefined if it does */
  readonly cannotEndSuspended: string | undefined;
}

/** Undefined: the capability is there; else why not. */
type Lack = string | undefined;

const onlyModel =
  (why: string): (() => Promise<Lack>) =>
  () =>
    Promise.resolve(`only the model has it: ${why}`);
const given = (condition: boolean, why: string): Promise<Lack> => Promise.resolve(condition ? undefined : why);

const looks: Readonly<Record<Capability, (circumstances: Circumstances) => Promise<Lack>>> = {
  vfio: () => Promise.resolve(undefined),
  channel: () => Promise.resolve(undefined),
  iommufd: lackOfIommufd,
  'group-only': ({ places }) =>
    given(places.cdev === undefined, `the kernel has the character device ${places.cdev ?? ''}`),
  lifecycle: ({ adopted }) => given(!adopted, 'the mdev is not of our making: it is used as it is'),
  eckd: ({ device }) => given(device.eckd, device.unlabelled ?? 'the device is no ECKD disk'),
  'scratch-track': ({ device, purpose }) =>
    device.eckd
      ? given(purpose.writable, 'nothing may be written on a real volume without --touch scratch')
      : Promise.resolve(device.unlabelled ?? 'the device is no ECKD disk'),
  'second-host': () => Promise.resolve('this target is one host'),
  'second-process': () => Promise.resolve(undefined),
  'several-processors': lackOfProcessors,
  'memory-race': lackOfProcessors,
  'slow-device': onlyModel('a real device answers when it answers'),
  'device-status': onlyModel('nobody can make a real device present status'),
  'path-control': ({ paths }) => Promise.resolve(paths.cannotVary),
  'path-configuration': ({ paths }) => Promise.resolve(paths.cannotConfigure),
  'path-reports': ({ paths }) => Promise.resolve(paths.cannotReport),
  'path-faults': onlyModel('nobody can break a path of a real host'),
  'many-paths': ({ paths }) =>
    given(
      paths.chpids.length > 1,
      `the subchannel has ${paths.chpids.length === 1 ? 'one channel path' : 'no channel path'}`,
    ),
  unplug: ({ cannotUnplug }) => Promise.resolve(cannotUnplug),
  'host-shutdown': onlyModel('a shutdown would end the agent'),
  'memory-adversary': onlyModel('the reads of a real driver cannot be stopped between two bytes'),
  schedule: onlyModel('a real kernel runs its work when it likes'),
  'kernel-faults': onlyModel('a real channel subsystem gives its own condition codes'),
  'allocation-faults': lackOfFaults,
  'host-instructions': onlyModel('instructions of a real kernel are not seen'),
  'storage-keys': onlyModel('storage keys are set by a guest, not by a process'),
  'locked-memory-limit': lackOfLimit,
  'ends-suspended': ({ cannotEndSuspended }) => Promise.resolve(cannotEndSuspended),
};

/** Every capability that is missing, with the reason. */
export async function determineMissing(circumstances: Circumstances): Promise<Map<Capability, string>> {
  const missing = new Map<Capability, string>();
  for (const capability of Object.keys(capabilities) as Capability[]) {
    const lack = await looks[capability](circumstances);
    if (lack !== undefined) missing.set(capability, lack);
  }
  return missing;
}

async function lackOfIommufd({ system, places }: Circumstances): Promise<Lack> {
  if (places.cdev === undefined) return 'the kernel has no character device for vfio-ccw (6.6 and later have)';
  const fd = await system.open('/dev/iommu');
  if (fd < 0) return `/dev/iommu cannot be opened: ${describeResult(fd)}`;
  await system.close(fd);
  return undefined;
}

async function lackOfProcessors({ system }: Circumstances): Promise<Lack> {
  const status = await system.readAttribute('/proc/self/status');
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(typeof status === 'string' ? status : '')?.[1];
  if (list === undefined) return 'the host does not tell its processors';
  return /[-,]/.test(list) ? undefined : 'the host has one processor; `-o cpus=2` gives a lab two';
}

async function lackOfFaults({ system }: Circumstances): Promise<Lack> {
  const result = (await system.failAllocation?.(0)) ?? -Errno.ENOENT;
  return result < 0 ? `the kernel has no fault injection (fail-nth gives ${describeResult(result)})` : undefined;
}

async function lackOfLimit({ system }: Circumstances): Promise<Lack> {
  const child = await system.fork();
  try {
    const result = (await child.limit?.(undefined)) ?? -Errno.ENOSYS;
    return result < 0 ? `a process of its own cannot limit its memory: ${describeResult(result)}` : undefined;
  } finally {
    await child.exit?.();
  }
}
