/** Which device was attached: what it is, and whether it is the one that was named. */

import { CcwspecError, messageOf } from '../../errors/index.js';
import type { DevicePlaces, SystemPort } from '../../ports/index.js';
import { openVfioDevice } from '../../vfio/index.js';
import { describeIdentity, dropReports, isEckd, readIdentity, type DeviceIdentity } from './sense-id.js';
import type { DeviceName } from './subchannels.js';
import { readVolumeSerial } from './volume-label.js';

/** Guest memory of the programs that look at the device: they use addresses up to this. */
const MEMORY = 0x2_1000;

/** The device as it was found. */
export interface FoundDevice {
  readonly identity: DeviceIdentity;
  readonly eckd: boolean;
  /** volume serial; undefined if it has no label, or is no disk */
  readonly volser: string | undefined;
  /** why there is no serial */
  readonly unlabelled: string | undefined;
}

/** What the run wants to do with the device. */
export interface Purpose {
  /** cases may write on the volume */
  readonly writable: boolean;
  /** the volume is a copy that is thrown away: whoever made it knows which one it is */
  readonly scratchCopy: boolean;
}

/**
 * Looks at the device through a fresh opening, and takes the reports that are queued.
 * @throws CcwspecError E-TARGET if it does not answer, E-VFIO-OPEN
 */
export async function lookAtDevice(
  system: SystemPort,
  places: DevicePlaces,
  way: 'group' | 'cdev',
): Promise<FoundDevice> {
  const vfio = await openVfioDevice(system, places, { way, memory: MEMORY });
  try {
    await dropReports(vfio);
    const identity = await readIdentity(vfio);
    if (!isEckd(identity)) {
      return { identity, eckd: false, volser: undefined, unlabelled: `${describeIdentity(identity)} is no ECKD disk` };
    }
    try {
      const volser = await readVolumeSerial(vfio);
      const unlabelled = volser === undefined ? 'record 3 of track 0 holds no volume label' : undefined;
      return { identity, eckd: true, volser, unlabelled };
    } catch (thrown) {
      if (!(thrown instanceof CcwspecError) || thrown.code !== 'E-TARGET') throw thrown;
      return { identity, eckd: true, volser: undefined, unlabelled: thrown.what };
    }
  } finally {
    await vfio.close();
  }
}

/** Whether the device answers: undefined if it does, else what is wrong. Reports that are queued are taken. */
export async function ailmentOf(
  system: SystemPort,
  places: DevicePlaces,
  way: 'group' | 'cdev',
): Promise<string | undefined> {
  try {
    const vfio = await openVfioDevice(system, places, { way, memory: MEMORY });
    try {
      await dropReports(vfio);
      await readIdentity(vfio);
      return undefined;
    } finally {
      await vfio.close();
    }
  } catch (thrown) {
    if (thrown instanceof CcwspecError && thrown.code === 'E-AGENT-GONE') throw thrown;
    return thrown instanceof CcwspecError ? thrown.what : messageOf(thrown);
  }
}

/**
 * What may write names the device by its number, and a disk by its volume serial, too.
 * @param found the device, once it has been looked at
 * @throws CcwspecError E-USAGE if something is not named
 */
export function checkNamed(name: DeviceName, { writable, scratchCopy }: Purpose, found?: FoundDevice): void {
  if (!writable || scratchCopy) return;
  const missing = [
    ...(name.deviceNumber === undefined ? ['--device-number'] : []),
    ...(name.volser === undefined && found?.eckd === true ? ['--volser'] : []),
  ];
  if (missing.length === 0) return;
  throw new CcwspecError(
    'E-USAGE',
    `what may write on a real volume names it by device number and volume serial: ${missing.join(' and ')} is missing`,
    'Add it; `ccwspec target status` shows the device numbers. Without --touch, `run` needs neither: its cases write nothing.',
  );
}

/**
 * Compares the volume with the one that was named, which must be done before every run that may write.
 * @throws CcwspecError E-HOST-SERIAL for another serial, or none
 */
export function checkSerial(found: FoundDevice, deviceNumber: string, name: DeviceName): void {
  const wanted = name.volser?.toUpperCase();
  if (wanted === undefined || found.volser === wanted) return;
  const has =
    found.volser === undefined ? `has no volume serial (${found.unlabelled ?? ''})` : `is volume ${found.volser}`;
  throw new CcwspecError('E-HOST-SERIAL', `device ${deviceNumber} ${has}; --volser names ${wanted}`);
}
