/**
 * The channel paths of the subchannel: 'path-control' and 'path-configuration' through /sys/devices/css0/chp0.XX,
 * 'path-reports' through the kernel's own way of making a channel report by hand (CONFIG_CIO_INJECT).
 */

import { ErrorRecoveryCode, hex, ReportingSource } from '../../arch/index.js';
import { CcwspecError } from '../../errors/index.js';
import type { PathControl, SystemPort } from '../../ports/index.js';
import { describeResult } from '../../uapi/index.js';
import { listSubchannels, SETTLE, VFIO_CCW, type SubchannelState } from './subchannels.js';
import { HostSysfs, RefusedWrite } from './sysfs.js';

/** What can be done with the paths. */
export interface HostPaths {
  /** identifiers of the installed paths, path 0 first */
  readonly chpids: readonly number[];
  /** why they cannot be varied; undefined if they can */
  readonly cannotVary: string | undefined;
  /** why they cannot be configured */
  readonly cannotConfigure: string | undefined;
  /** why nobody can make the machine report that they have gone or come */
  readonly cannotReport: string | undefined;
}

/** Channel reports by hand: turned on by one file, given by the other. */
const CIO_DEBUG = '/sys/kernel/debug/s390/cio';

const { initialized, permanentErrorNotInitialized } = ErrorRecoveryCode;
const folderOf = (chpid: number): string => `/sys/devices/css0/chp0.${hex(chpid, 2)}`;

/** Identifiers of the installed paths, from the attributes chpids and pimpampom. */
export function installedPaths(chpids: string, pimpampom: string): number[] {
  const installed = parseInt(pimpampom.slice(0, 2), 16);
  return chpids
    .split(' ')
    .filter((_, path) => (installed & (0x80 >> path)) !== 0)
    .map((text) => parseInt(text, 16));
}

/**
 * Finds out what may be done with the paths of `subchannel`.
 * @param careful leaves the paths alone if the host uses another device behind one of them: a path that is varied off is gone
 * for each (in a lab, for the agent's own connection)
 */
export async function lookAtPaths(
  sysfs: HostSysfs,
  { folder, busId }: Pick<SubchannelState, 'folder' | 'busId'>,
  careful: boolean,
): Promise<HostPaths> {
  const chpids = await pathsOf(sysfs, folder);
  const cannotVary =
    (careful ? await usedByOthers(sysfs, busId, chpids) : undefined) ?? (await withoutStatus(sysfs, chpids));
  return {
    chpids,
    cannotVary,
    cannotConfigure: cannotVary ?? (await withoutConfigure(sysfs, chpids)),
    cannotReport: cannotVary ?? (await withoutReports(sysfs)),
  };
}

async function pathsOf(sysfs: HostSysfs, folder: string): Promise<number[]> {
  const [chpids = '', masks = ''] = await Promise.all([
    sysfs.text(`${folder}/chpids`),
    sysfs.text(`${folder}/pimpampom`),
  ]);
  return installedPaths(chpids, masks);
}

/** Devices that the host has online, or that another guest has, on one of `chpids`. */
async function usedByOthers(sysfs: HostSysfs, own: string, chpids: readonly number[]): Promise<string | undefined> {
  const others = (await listSubchannels(sysfs)).filter(
    ({ busId, ccwDevice, driver }) => busId !== own && (ccwDevice?.online === true || driver === VFIO_CCW),
  );
  for (const { folder, deviceNumber = '' } of others) {
    const common = (await pathsOf(sysfs, folder)).find((chpid) => chpids.includes(chpid));
    if (common === undefined) continue;
    return `device ${deviceNumber} of the host is behind channel path ${hex(common, 2)} too; \`-o vary-paths=yes\` lets the run vary it all the same`;
  }
  return undefined;
}

async function withoutStatus(sysfs: HostSysfs, chpids: readonly number[]): Promise<string | undefined> {
  if (chpids.length === 0) return 'the subchannel shows no installed channel path';
  for (const chpid of chpids) {
    const status = await sysfs.text(`${folderOf(chpid)}/status`);
    if (status !== 'online') return `${folderOf(chpid)}/status is ${status ?? 'not there'}`;
  }
  return undefined;
}

async function withoutConfigure(sysfs: HostSysfs, chpids: readonly number[]): Promise<string | undefined> {
  for (const chpid of chpids) {
    const state = await sysfs.system.readAttribute(`${folderOf(chpid)}/configure`);
    if (typeof state === 'number') return `${folderOf(chpid)}/configure gives ${describeResult(state)} on this machine`;
    if (state.trim() !== '1') return `${folderOf(chpid)}/configure is ${state.trim()}, not 1 (configured)`;
  }
  return undefined;
}

async function withoutReports(sysfs: HostSysfs): Promise<string | undefined> {
  const there = (await sysfs.list(CIO_DEBUG)).includes('crw_inject');
  return there ? undefined : `the kernel has no ${CIO_DEBUG}/crw_inject (CONFIG_CIO_INJECT)`;
}

/** Solicited, overflow and chaining off; channel path; ancillary off; permanent error, or initialized; its identifier. */
const channelReport = (chpid: number, online: boolean): string =>
  `0 0 0 ${hex(ReportingSource.channelPath, 1)} 0 ${hex(online ? initialized : permanentErrorNotInitialized, 1)} ${hex(chpid, 2)}\n`;

async function report(system: SystemPort, chpid: number, online: boolean): Promise<void> {
  const write = async (path: string, text: string): Promise<void> => {
    const result = await system.writeAttribute(path, text);
    if (result < 0) throw new RefusedWrite(path, text, result);
  };
  await write(`${CIO_DEBUG}/enable_inject`, '1\n');
  try {
    await write(`${CIO_DEBUG}/crw_inject`, channelReport(chpid, online));
    await write(SETTLE, '1\n');
  } finally {
    await write(`${CIO_DEBUG}/enable_inject`, '0\n');
  }
}

/** The control over `paths`. */
export function pathControl(
  system: () => SystemPort,
  { chpids, cannotConfigure, cannotReport }: HostPaths,
): PathControl {
  const write = (chpid: number, attribute: string, text: string): Promise<void> =>
    new HostSysfs(system()).write(`${folderOf(chpid)}/${attribute}`, text);
  const impossible = (what: string): Promise<never> =>
    Promise.reject(new CcwspecError('E-TARGET', `${what} is for the model only: the case needs path-faults`));
  return {
    chpids,
    vary: (chpid, online) => write(chpid, 'status', online ? 'on\n' : 'off\n'),
    configure: (chpid, online) => {
      if (cannotConfigure === undefined) return write(chpid, 'configure', online ? '1\n' : '0\n');
      if (online) return Promise.resolve();
      return Promise.reject(new CcwspecError('E-TARGET', `channel paths cannot be configured: ${cannotConfigure}`));
    },
    report: (chpid, online) => {
      if (cannotReport === undefined) return report(system(), chpid, online);
      return Promise.reject(new CcwspecError('E-TARGET', `channel paths cannot be reported: ${cannotReport}`));
    },
    foreignPathEvent: () => impossible('an event of a foreign path'),
    endpointSecurityChanged: () => impossible('a change of endpoint security'),
    breakPath: (_chpid, broken) => (broken ? impossible('a path that breaks') : Promise.resolve()),
  };
}

/** Varies and configures every path on that is not. @throws CcwspecError E-HOST-REFUSED */
export async function mendPaths(sysfs: HostSysfs, { chpids, cannotVary, cannotConfigure }: HostPaths): Promise<void> {
  if (cannotVary !== undefined) return;
  const mend = async (chpid: number, attribute: string, good: string, text: string): Promise<void> => {
    const path = `${folderOf(chpid)}/${attribute}`;
    if ((await sysfs.text(path)) !== good) await sysfs.write(path, text);
  };
  if (cannotConfigure === undefined) {
    await Promise.all(chpids.map((chpid) => mend(chpid, 'configure', '1', '1\n')));
  }
  await Promise.all(chpids.map((chpid) => mend(chpid, 'status', 'online', 'on\n')));
}
