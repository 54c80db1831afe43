/** After a case: what it changed on the host is put back as the session had it. */

import { CcwspecError } from '../../errors/index.js';
import { attach, passThrough } from './attach.js';
import type { Attachment } from './journal.js';
import { MDEVS, readSubchannel, RESCAN, SETTLE, unbind, VFIO_CCW, type SubchannelState } from './subchannels.js';
import { HostSysfs } from './sysfs.js';

/**
 * Brings the subchannel back to vfio_ccw, with the session's mdev and no other. Does nothing where it is so.
 * @param replug brings a device back that was taken away
 * @returns true if something had to be done: device nodes may have other numbers now
 * @throws CcwspecError E-HOST-SUBCHANNEL if the device is gone for good, E-HOST-REFUSED, E-HOST-IN-USE
 */
export async function mendAttachment(attachment: Attachment, replug?: () => Promise<void>): Promise<boolean> {
  const { system, subchannel, uuid, journal, adopted } = attachment;
  const sysfs = new HostSysfs(system);
  const state = await readSubchannel(sysfs, subchannel);
  if (state !== undefined && isWhole(state, uuid)) return false;
  if (adopted) {
    throw new CcwspecError(
      'E-HOST-SUBCHANNEL',
      `the mdev ${uuid} on subchannel ${subchannel} is gone, and was not of our making`,
    );
  }
  if (state === undefined) {
    await bringBack(sysfs, attachment, replug);
    await attach(system, { subchannel, uuid, journal });
    return true;
  }
  await removeOthers(sysfs, state, uuid);
  const now = await unboundFromOthers(sysfs, state);
  if (now.mdevs.includes(uuid)) await sysfs.write(`${now.folder}/driver_override`, `${VFIO_CCW}\n`);
  else await passThrough(sysfs, now, uuid, journal);
  return true;
}

/**
 * A subchannel that the driver has given up, though its device is there, comes back when the host looks for subchannels; a device that was
 * taken away when it is given back.
 */
async function bringBack(
  sysfs: HostSysfs,
  { subchannel, deviceNumber }: Attachment,
  replug: (() => Promise<void>) | undefined,
): Promise<void> {
  const isBack = async (): Promise<boolean> => (await readSubchannel(sysfs, subchannel))?.deviceNumber === deviceNumber;
  if ((await sysfs.system.writeAttribute(RESCAN, '1\n')) > 0) {
    await sysfs.write(SETTLE, '1\n');
    if (await isBack()) return;
  }
  if (replug === undefined) throw new CcwspecError('E-HOST-SUBCHANNEL', `subchannel ${subchannel} is gone`);
  await replug();
  if (await sysfs.until(isBack)) return;
  throw new CcwspecError('E-HOST-SUBCHANNEL', `subchannel ${subchannel} did not come back after it was removed`);
}

function isWhole({ driver, override, mdevs }: SubchannelState, uuid: string): boolean {
  return driver === VFIO_CCW && override === VFIO_CCW && mdevs.length === 1 && mdevs[0] === uuid;
}

async function removeOthers(sysfs: HostSysfs, { mdevs }: SubchannelState, uuid: string): Promise<void> {
  for (const other of mdevs) if (other !== uuid) await sysfs.write(`${MDEVS}/${other}/remove`, '1');
}

/** A driver that took the subchannel meanwhile gives it up; nothing of it has a user yet. */
async function unboundFromOthers(sysfs: HostSysfs, state: SubchannelState): Promise<SubchannelState> {
  const { busId, driver, ccwDevice, folder } = state;
  if (driver !== undefined && driver !== VFIO_CCW) {
    if (ccwDevice?.online === true) await sysfs.write(`${ccwDevice.folder}/online`, '0\n');
    await unbind(sysfs, driver, busId);
  }
  const now = await readSubchannel(sysfs, busId);
  if (now === undefined) throw new CcwspecError('E-HOST-SUBCHANNEL', `${folder} is gone`);
  return now;
}
