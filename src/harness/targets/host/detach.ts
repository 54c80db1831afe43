/** Putting a host back as it was before a device was attached. */

import { CcwspecError, messageOf } from '../../errors/index.js';
import type { SystemPort } from '../../ports/index.js';
import type { Attachment, AttachStep, Journal } from './journal.js';
import { DRIVERS, MDEVS, readSubchannel, VFIO_CCW, type SubchannelState } from './subchannels.js';
import { HostSysfs } from './sysfs.js';

/** Milliseconds that the removal of an mdev may take: with nobody having it open it takes none. */
const REMOVAL_LIMIT = 3_000;

/**
 * Puts everything back as it was before `attach`: the mdev goes, driver_override is what it was, the subchannel is with the
 * driver that it had, and the device online again if it was. An attachment that took an mdev as it was changes nothing.
 * @throws CcwspecError E-HOST-RESTORE that lists the steps that failed; all others have been done
 */
export async function detach({ system, subchannel, journal, adopted }: Attachment): Promise<void> {
  if (adopted) return;
  const problems = await putBack(system, subchannel, journal);
  if (problems.length === 0) return;
  throw new CcwspecError('E-HOST-RESTORE', `subchannel ${subchannel} is not as it was: ${problems.join('; ')}`);
}

/** Undoes the journal, the last change first, carrying on past steps that fail. @returns what failed, in words */
export async function putBack(system: SystemPort, subchannel: string, journal: Journal): Promise<string[]> {
  const sysfs = new HostSysfs(system);
  const problems: string[] = [];
  for (const step of [...journal.steps].reverse()) {
    try {
      await undo(sysfs, subchannel, step);
    } catch (thrown) {
      if (thrown instanceof CcwspecError && thrown.code === 'E-AGENT-GONE') throw thrown;
      problems.push(thrown instanceof CcwspecError ? thrown.what : messageOf(thrown));
    }
  }
  if (problems.length === 0) journal.end();
  return problems;
}

/** Each looks first: a change that was never made, or that somebody has taken back, is as it was. */
async function undo(sysfs: HostSysfs, subchannel: string, step: AttachStep): Promise<void> {
  const state = await readSubchannel(sysfs, subchannel);
  if (state === undefined) return; // the device is gone, and with it everything that was made of it
  switch (step.step) {
    case 'create':
      return removeMdev(sysfs, step.uuid);
    case 'probe':
      if (state.driver === VFIO_CCW) await sysfs.write(`${DRIVERS}/${VFIO_CCW}/unbind`, subchannel, REMOVAL_LIMIT);
      return;
    case 'override':
      return sysfs.write(`${state.folder}/driver_override`, `${step.before ?? ''}\n`);
    case 'unbind':
      return giveTo(sysfs, state, step.driver);
    case 'offline':
      return setOnline(sysfs, subchannel, step.device);
  }
}

async function removeMdev(sysfs: HostSysfs, uuid: string): Promise<void> {
  if ((await sysfs.list(MDEVS)).includes(uuid)) await sysfs.write(`${MDEVS}/${uuid}/remove`, '1', REMOVAL_LIMIT);
}

async function giveTo(sysfs: HostSysfs, { busId, driver }: SubchannelState, before: string): Promise<void> {
  if (driver === before) return;
  if (driver === undefined) await sysfs.write('/sys/bus/css/drivers_probe', busId);
  const now = (await readSubchannel(sysfs, busId))?.driver;
  if (now === undefined) await sysfs.write(`${DRIVERS}/${before}/bind`, busId);
  else if (now !== before) {
    throw new CcwspecError('E-HOST-RESTORE', `subchannel ${busId} is with ${now}, and was with ${before}`);
  }
}

/** The device is recognized again first, which the kernel does in its own time; some drivers set it online by themselves. */
async function setOnline(sysfs: HostSysfs, subchannel: string, device: string): Promise<void> {
  const refusal: { last?: unknown } = {};
  const isOnline = async (): Promise<boolean> => {
    const ccwDevice = (await readSubchannel(sysfs, subchannel))?.ccwDevice;
    if (ccwDevice === undefined || ccwDevice.online) return ccwDevice !== undefined;
    try {
      await sysfs.write(`${ccwDevice.folder}/online`, '1\n');
    } catch (thrown) {
      refusal.last = thrown;
    }
    return (await sysfs.text(`${ccwDevice.folder}/online`)) === '1';
  };
  if (await sysfs.until(isOnline)) return;
  const why = refusal.last === undefined ? 'it is not there' : messageOf(refusal.last);
  throw new CcwspecError('E-HOST-RESTORE', `device ${device} did not go online again: ${why}`);
}
