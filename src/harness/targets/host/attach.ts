/** Passing a subchannel to vfio-ccw, as an administrator does through sysfs. */

import { randomUUID } from 'node:crypto';

import { CcwspecError, messageOf } from '../../errors/index.js';
import type { SystemPort } from '../../ports/index.js';
import { Errno } from '../../uapi/index.js';
import { putBack } from './detach.js';
import { MemoryJournal, type Attachment, type Journal } from './journal.js';
import {
  DRIVERS,
  findSubchannel,
  MDEV_TYPE,
  MDEVS,
  readSubchannel,
  unbind,
  VFIO_CCW,
  type DeviceName,
  type SubchannelState,
} from './subchannels.js';
import { HostSysfs, RefusedWrite } from './sysfs.js';
import { usesOf } from './usage.js';

/** What to attach, and how. */
export interface AttachRequest extends DeviceName {
  /** UUID of the mdev; one that the subchannel has already is taken as it is. Default: a new one */
  readonly uuid?: string;
  /** where the changes are written down; default: in memory */
  readonly journal?: Journal;
}

/**
 * Passes a subchannel to vfio-ccw and makes an mdev of it: sets the device offline, takes the subchannel from its driver, sets
 * driver_override, probes, creates. A step that is refused puts back what the ones before it changed.
 * @throws CcwspecError E-HOST-SUBCHANNEL if the device does not exist, E-HOST-NO-MDEV for a host without vfio_ccw,
 * E-HOST-IN-USE if somebody has the device, E-HOST-REFUSED for a step that the host refuses, E-USAGE
 */
export async function attach(system: SystemPort, request: AttachRequest): Promise<Attachment> {
  const sysfs = new HostSysfs(system);
  const state = await findSubchannel(sysfs, request);
  const { journal = new MemoryJournal() } = request;
  const { busId: subchannel, deviceNumber = '' } = state;
  const attachment = { subchannel, deviceNumber, journal, system };
  const uuid = request.uuid?.toLowerCase();
  if (uuid !== undefined && state.mdevs.includes(uuid)) return { ...attachment, uuid, adopted: true };
  await checkFree(sysfs, state);
  const made = uuid ?? randomUUID();
  journal.begin(subchannel, deviceNumber);
  try {
    await passThrough(sysfs, state, made, journal);
  } catch (thrown) {
    const problems = await putBack(system, subchannel, journal);
    if (problems.length === 0) throw thrown;
    throw new CcwspecError('E-HOST-RESTORE', [messageOf(thrown), ...problems].join('\n  '), undefined, {
      cause: thrown,
    });
  }
  return { ...attachment, uuid: made, adopted: false };
}

/** @throws CcwspecError E-HOST-NO-MDEV, E-HOST-IN-USE */
async function checkFree(sysfs: HostSysfs, state: SubchannelState): Promise<void> {
  const { busId, deviceNumber = '', mdevs } = state;
  if (!(await sysfs.exists(`${DRIVERS}/${VFIO_CCW}`))) {
    throw new CcwspecError('E-HOST-NO-MDEV', `the driver vfio_ccw is not loaded (${DRIVERS}/${VFIO_CCW} is not there)`);
  }
  const [mdev] = mdevs;
  if (mdev !== undefined) {
    throw new CcwspecError(
      'E-HOST-IN-USE',
      `subchannel ${busId} has the mdev ${mdev} already, which ccwspec did not make here`,
      `Give it up where it was made (libvirt, mdevctl), or take it as it is: \`ccwspec target attach --uuid ${mdev}\`.`,
    );
  }
  const uses = await usesOf(sysfs, state);
  if (uses.length > 0) {
    throw new CcwspecError('E-HOST-IN-USE', `the host uses device ${deviceNumber}: ${uses.join('; ')}`);
  }
}

/**
 * Brings the subchannel, which is in `state`, to vfio_ccw with an mdev `uuid`; what is so already is left alone.
 * @throws CcwspecError as attach
 */
export async function passThrough(
  sysfs: HostSysfs,
  state: SubchannelState,
  uuid: string,
  journal: Journal,
): Promise<void> {
  const { busId, folder, driver, override, ccwDevice } = state;
  if (driver !== VFIO_CCW) {
    if (ccwDevice?.online === true) {
      journal.add({ step: 'offline', device: state.deviceNumber ?? '' });
      await setOffline(sysfs, state);
    }
    if (driver !== undefined) {
      journal.add({ step: 'unbind', driver });
      await unbind(sysfs, driver, busId);
    }
  }
  if (override !== VFIO_CCW) {
    journal.add({ step: 'override', before: override ?? null });
    await sysfs.write(`${folder}/driver_override`, `${VFIO_CCW}\n`);
  }
  if (driver !== VFIO_CCW) {
    journal.add({ step: 'probe' });
    await sysfs.write('/sys/bus/css/drivers_probe', busId);
    await checkTaken(sysfs, busId);
  }
  journal.add({ step: 'create', uuid });
  await create(sysfs, folder, uuid);
}

/** @throws CcwspecError E-HOST-IN-USE if the device's driver says that it is busy, E-HOST-REFUSED */
async function setOffline(sysfs: HostSysfs, { ccwDevice, deviceNumber = '' }: SubchannelState): Promise<void> {
  if (ccwDevice === undefined) return;
  try {
    await sysfs.write(`${ccwDevice.folder}/online`, '0\n');
  } catch (thrown) {
    if (!(thrown instanceof RefusedWrite) || thrown.result !== -Errno.EBUSY) throw thrown;
    const driver = ccwDevice.driver ?? 'its driver';
    throw new CcwspecError('E-HOST-IN-USE', `device ${deviceNumber} is open: ${driver} refuses to set it offline`);
  }
}

/** @throws CcwspecError E-HOST-REFUSED: a driver that refuses a subchannel says so to nobody but the kernel log */
async function checkTaken(sysfs: HostSysfs, busId: string): Promise<void> {
  const state = await readSubchannel(sysfs, busId);
  if (state?.driver === VFIO_CCW) return;
  throw new CcwspecError(
    'E-HOST-REFUSED',
    `vfio_ccw did not take subchannel ${busId}; bound to it is ${state?.driver ?? 'no driver'}`,
    'Look at the kernel log: vfio_ccw refuses subchannels that can do QDIO. Name a DASD or another device of plain channel I/O.',
  );
}

/** @throws CcwspecError E-HOST-NO-MDEV, E-HOST-IN-USE, E-HOST-REFUSED */
async function create(sysfs: HostSysfs, folder: string, uuid: string): Promise<void> {
  const type = `${folder}/mdev_supported_types/${MDEV_TYPE}`;
  if (!(await sysfs.exists(type))) {
    throw new CcwspecError('E-HOST-NO-MDEV', `vfio_ccw has the subchannel, and offers no mdev type (${type})`);
  }
  try {
    await sysfs.write(`${type}/create`, uuid);
  } catch (thrown) {
    const taken = thrown instanceof RefusedWrite && [-Errno.EEXIST, -Errno.EUSERS].includes(thrown.result);
    if (!taken) throw thrown;
    const why = thrown.result === -Errno.EEXIST ? `the UUID ${uuid} is in use` : 'the subchannel has an mdev already';
    throw new CcwspecError('E-HOST-IN-USE', `${why} (${type}/create)`, 'Name another UUID, or remove that mdev.');
  }
}

/** True while the mdev exists. */
export async function hasMdev(sysfs: HostSysfs, uuid: string): Promise<boolean> {
  return (await sysfs.list(MDEVS)).includes(uuid);
}
