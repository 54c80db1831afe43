/** The subchannels of a host, as sysfs shows them. */

import { CcwspecError } from '../../errors/index.js';
import type { HostSysfs } from './sysfs.js';

export const DEVICES = '/sys/bus/css/devices';
export const DRIVERS = '/sys/bus/css/drivers';
export const MDEVS = '/sys/bus/mdev/devices';
export const MDEV_TYPE = 'vfio_ccw-io';
export const VFIO_CCW = 'vfio_ccw';
/** A write to it returns when the kernel has done all that it had queued: channel reports, evaluations, recognitions. */
export const SETTLE = '/proc/cio_settle';
/** A write to it has every subchannel of the host evaluated. */
export const RESCAN = '/sys/devices/css0/rescan';

const BUS_ID = /^0\.[0-3]\.[0-9a-f]{4}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Subchannels that are looked at together: requests of one batch wait for one answer, not for one each. */
const BATCH = 64;
/** I/O subchannel */
const IO_TYPE = '0';

/** Which device is meant: by subchannel or by device number, or both. */
export interface DeviceName {
  /** bus id, `0.0.1234` or `1234` */
  readonly subchannel?: string;
  /** bus id of the device, `0.0.401c` or `401c` */
  readonly deviceNumber?: string;
  /** volume serial, one to six characters */
  readonly volser?: string;
}

/** The CCW device below a subchannel, while io_subchannel has it. */
export interface CcwDeviceState {
  readonly folder: string;
  readonly online: boolean;
  /** `3990/c2`, as cutype shows it; undefined if it is not known */
  readonly controlUnit: string | undefined;
  /** `3390/02`, as devtype shows it, or `n/a` */
  readonly device: string | undefined;
  /** its own driver, for example dasd-eckd */
  readonly driver: string | undefined;
}

/** One subchannel as it is now. */
export interface SubchannelState {
  readonly busId: string;
  readonly folder: string;
  /** `0` for an I/O subchannel */
  readonly type: string;
  /** bus id of the device; undefined if the subchannel has none */
  readonly deviceNumber: string | undefined;
  readonly driver: string | undefined;
  readonly override: string | undefined;
  /** UUIDs of the mediated devices made of it */
  readonly mdevs: readonly string[];
  readonly ccwDevice: CcwDeviceState | undefined;
}

/** The full bus id of `text`. @throws CcwspecError E-USAGE if it is none; `flag` names where it was given */
export function busIdOf(text: string, flag: string): string {
  const [, ssid = '0', number = ''] = /^(?:0\.([0-3])\.)?([0-9a-f]{1,4})$/i.exec(text) ?? [];
  if (number !== '') return `0.${ssid}.${number.toLowerCase().padStart(4, '0')}`;
  throw new CcwspecError('E-USAGE', `${flag} ${text} is not a bus id`, 'Write it as `0.0.401c`, or `401c` for short.');
}

/** The driver that a uevent attribute names. */
export function driverIn(uevent: string | undefined): string | undefined {
  return /^DRIVER=(.+)$/m.exec(uevent ?? '')?.[1];
}

/** The subchannel as it is now; undefined if there is none of that name. */
export async function readSubchannel(sysfs: HostSysfs, busId: string): Promise<SubchannelState | undefined> {
  const folder = `${DEVICES}/${busId}`;
  const [names, type, deviceNumber, uevent, override] = await Promise.all([
    sysfs.list(folder),
    sysfs.text(`${folder}/type`),
    sysfs.text(`${folder}/dev_busid`),
    sysfs.text(`${folder}/uevent`),
    sysfs.text(`${folder}/driver_override`),
  ]);
  if (type === undefined) return undefined;
  const ccw = names.find((name) => BUS_ID.test(name));
  return {
    busId,
    folder,
    type,
    deviceNumber: deviceNumber === 'none' ? undefined : deviceNumber,
    driver: driverIn(uevent),
    override: override === '(null)' || override === '' ? undefined : override,
    mdevs: names.filter((name) => UUID.test(name)),
    ccwDevice: ccw === undefined ? undefined : await readCcwDevice(sysfs, `${folder}/${ccw}`),
  };
}

async function readCcwDevice(sysfs: HostSysfs, folder: string): Promise<CcwDeviceState> {
  const [online, controlUnit, device, uevent] = await Promise.all(
    ['online', 'cutype', 'devtype', 'uevent'].map((name) => sysfs.text(`${folder}/${name}`)),
  );
  return { folder, online: online === '1', controlUnit, device, driver: driverIn(uevent) };
}

/** Every subchannel of the host, in order. @throws CcwspecError E-HOST-NO-MDEV for a host without a channel subsystem */
export async function listSubchannels(sysfs: HostSysfs): Promise<SubchannelState[]> {
  const states = await inBatches(await busIds(sysfs), (busId) => readSubchannel(sysfs, busId));
  return states.filter((state) => state !== undefined);
}

/**
 * Finds the subchannel that `name` means.
 * @throws CcwspecError E-HOST-SUBCHANNEL if there is none, E-HOST-NO-MDEV for a host without a channel subsystem, E-USAGE
 */
export async function findSubchannel(sysfs: HostSysfs, name: DeviceName): Promise<SubchannelState> {
  const there = await busIds(sysfs);
  const wanted = name.subchannel === undefined ? undefined : busIdOf(name.subchannel, '--subchannel');
  const device = name.deviceNumber === undefined ? undefined : busIdOf(name.deviceNumber, '--device-number');
  if (wanted === undefined && device === undefined) {
    throw new CcwspecError(
      'E-USAGE',
      'no device of the host is named',
      'Name one with --subchannel or --device-number; `ccwspec target status` lists them.',
    );
  }
  const busId = wanted ?? (await subchannelOf(sysfs, there, device ?? ''));
  const state = busId === undefined || !there.includes(busId) ? undefined : await readSubchannel(sysfs, busId);
  if (state === undefined) {
    const what = wanted === undefined ? `device ${device ?? ''}` : `subchannel ${wanted}`;
    throw new CcwspecError('E-HOST-SUBCHANNEL', `the host has no ${what}`);
  }
  checkKind(state, device);
  return state;
}

/** @throws CcwspecError E-HOST-SUBCHANNEL for a subchannel that cannot be passed through, or has another device than named */
function checkKind(state: SubchannelState, device: string | undefined): void {
  const { busId, type, deviceNumber } = state;
  if (type !== IO_TYPE) {
    throw new CcwspecError(
      'E-HOST-SUBCHANNEL',
      `subchannel ${busId} is of type ${type}; vfio-ccw takes I/O subchannels`,
    );
  }
  if (deviceNumber === undefined) throw new CcwspecError('E-HOST-SUBCHANNEL', `subchannel ${busId} has no device`);
  if (device !== undefined && deviceNumber !== device) {
    throw new CcwspecError('E-HOST-SUBCHANNEL', `subchannel ${busId} has device ${deviceNumber}, not ${device}`);
  }
}

async function subchannelOf(sysfs: HostSysfs, there: readonly string[], device: string): Promise<string | undefined> {
  const devices = await inBatches(there, (busId) => sysfs.text(`${DEVICES}/${busId}/dev_busid`));
  const at = devices.indexOf(device);
  return at < 0 ? undefined : there[at];
}

async function busIds(sysfs: HostSysfs): Promise<readonly string[]> {
  const names = await sysfs.system.list(DEVICES);
  if (typeof names !== 'number') return names.filter((name) => BUS_ID.test(name));
  throw new CcwspecError(
    'E-HOST-NO-MDEV',
    `this host has no channel subsystem (${DEVICES} is not there)`,
    'Run this on Linux on s390x, name such a host with --target ssh:HOST, or use --target lab:qemu.',
  );
}

/**
 * Takes the subchannel from `driver`. What io_subchannel has begun with it ends first: an evaluation that is still under way would
 * write the new CCW device into the data of whichever driver has the subchannel next (suites/findings/findings.yaml, unbound-too-early).
 * @throws RefusedWrite
 */
export async function unbind(sysfs: HostSysfs, driver: string, busId: string): Promise<void> {
  await sysfs.write(SETTLE, '1\n');
  await sysfs.write(`${DRIVERS}/${driver}/unbind`, busId);
}

async function inBatches<T>(names: readonly string[], read: (name: string) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let from = 0; from < names.length; from += BATCH) {
    results.push(...(await Promise.all(names.slice(from, from + BATCH).map(read))));
  }
  return results;
}
