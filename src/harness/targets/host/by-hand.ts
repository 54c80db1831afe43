/** `ccwspec target attach|detach|status`: by hand what a run does by itself. */

import { randomUUID } from 'node:crypto';

import { CcwspecError, messageOf } from '../../errors/index.js';
import { attach } from './attach.js';
import type { HostConnection } from './connection.js';
import { putBack } from './detach.js';
import { FileJournal, journalFolder, type JournalContent } from './journal-file.js';
import { findLeftovers, isAbout } from './leftovers.js';
import { findPlaces } from './places.js';
import { listSubchannels, type DeviceName, type SubchannelState } from './subchannels.js';
import { HostSysfs } from './sysfs.js';
import type { DevicePlaces } from '../../ports/index.js';

/** A host, the name that it has as a target, and where its journals are. */
export interface NamedHost {
  readonly connection: HostConnection;
  readonly target: string;
  /** default: the user's own */
  readonly journals?: string;
}

/**
 * Attaches a device, which stays attached when this process ends.
 * @returns where it can be opened
 * @throws CcwspecError as attach
 */
export async function attachByHand(
  host: NamedHost,
  name: DeviceName & { readonly uuid?: string },
): Promise<DevicePlaces> {
  const { connection, target, journals = journalFolder() } = host;
  const uuid = name.uuid ?? randomUUID();
  const journal = FileJournal.create(journals, target, uuid, null);
  const { subchannel } = await attach(connection.system, { ...name, uuid, journal });
  return findPlaces(new HostSysfs(connection.system), subchannel, uuid);
}

/** What was put back, or not. */
export interface Detached {
  readonly subchannel: string;
  readonly deviceNumber: string;
  /** what failed, in words; everything else has been done */
  readonly problems: readonly string[];
}

/**
 * Puts back what is attached: by hand, or left by a run that is over.
 * @param name which device; with nothing named, every one
 * @throws CcwspecError E-HOST-SUBCHANNEL if nothing of that name is attached from here
 */
export async function detachByHand(host: NamedHost, name: DeviceName): Promise<Detached[]> {
  const { connection, target, journals = journalFolder() } = host;
  const { abandoned, byHand, running } = findLeftovers(journals, target);
  const found = [...abandoned, ...byHand].filter(({ content }) => isAbout(content, name));
  if (found.length === 0) throw nothingAttached(target, running);
  const detached: Detached[] = [];
  for (const journal of found) {
    const { subchannel, deviceNumber } = journal.content;
    const problems = await putBack(connection.system, subchannel, journal).catch((thrown: unknown) => [
      messageOf(thrown),
    ]);
    detached.push({ subchannel, deviceNumber, problems });
  }
  return detached;
}

function nothingAttached(target: string, running: readonly FileJournal[]): CcwspecError {
  const held = running.map(({ content }) => `${content.subchannel} (process ${content.owner ?? 0})`).join(', ');
  return new CcwspecError(
    'E-HOST-SUBCHANNEL',
    `nothing that was attached from here is to be detached on ${target}`,
    held === ''
      ? 'Run `ccwspec target status` to see what is attached; an mdev that something else made is removed where it was made.'
      : `A run that is going on has ${held}: it puts everything back at its end.`,
  );
}

/** A line of `ccwspec target status`. */
export interface DeviceStatusLine {
  readonly subchannel: string;
  readonly device: string | null;
  /** `3990/c2 3390/02`, where a driver knows it */
  readonly type: string | null;
  readonly driver: string | null;
  readonly online: boolean;
  /** mdevs of the subchannel */
  readonly mdevs: readonly string[];
  /** who attached it, as far as this machine knows */
  readonly attached: string | null;
}

/**
 * Every I/O subchannel with a device.
 * @throws CcwspecError E-HOST-NO-MDEV for a host without a channel subsystem
 */
export async function hostStatus({
  connection,
  target,
  journals = journalFolder(),
}: NamedHost): Promise<DeviceStatusLine[]> {
  const states = await listSubchannels(new HostSysfs(connection.system));
  const { abandoned, byHand, running } = findLeftovers(journals, target);
  const origins: readonly (readonly [readonly FileJournal[], (content: JournalContent) => string])[] = [
    [byHand, () => 'by hand'],
    [running, ({ owner }) => `by the run of process ${owner ?? 0}`],
    [abandoned, () => 'by a run that is over; `ccwspec target detach` puts it back'],
  ];
  const attachedBy = (busId: string): string | null => {
    for (const [journals, tell] of origins) {
      const journal = journals.find(({ content }) => content.subchannel === busId);
      if (journal !== undefined) return tell(journal.content);
    }
    return null;
  };
  return states.filter(hasDevice).map((state) => lineOf(state, attachedBy(state.busId)));
}

function hasDevice({ type, deviceNumber }: SubchannelState): boolean {
  return type === '0' && deviceNumber !== undefined;
}

function lineOf(
  { busId, deviceNumber, driver, mdevs, ccwDevice }: SubchannelState,
  attached: string | null,
): DeviceStatusLine {
  const types = [ccwDevice?.controlUnit, ccwDevice?.device].filter((text) => text !== undefined && text !== 'n/a');
  return {
    subchannel: busId,
    device: deviceNumber ?? null,
    type: types.length === 0 ? null : types.join(' '),
    driver: ccwDevice?.driver ?? driver ?? null,
    online: ccwDevice?.online ?? false,
    mdevs,
    attached,
  };
}
