/** What earlier runs left attached: put back before anything else is done with the host. */

import { CcwspecError } from '../../errors/index.js';
import type { SystemPort } from '../../ports/index.js';
import { putBack } from './detach.js';
import { FileJournal, type JournalContent } from './journal-file.js';
import { busIdOf, type DeviceName } from './subchannels.js';

/** Finds out whether a process of this machine is running. */
export type IsRunning = (processId: number) => boolean;

/** Whether the process runs: one of another user counts. */
export const isRunning: IsRunning = (processId) => {
  try {
    process.kill(processId, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
};

/** Attachments of a target that are in journals, sorted by what is to become of them. */
export interface Leftovers {
  /** of runs that are over: to be put back */
  readonly abandoned: readonly FileJournal[];
  /** of runs that are going on in other processes */
  readonly running: readonly FileJournal[];
  /** made by hand: they stay */
  readonly byHand: readonly FileJournal[];
}

/** Reads the journals of `target`. A run of this very process is over when another one begins. @throws CcwspecError E-HOST-JOURNAL */
export function findLeftovers(folder: string, target: string, running: IsRunning = isRunning): Leftovers {
  const journals = FileJournal.readAll(folder, target);
  const goesOn = ({ content: { owner } }: FileJournal): boolean =>
    owner !== null && owner !== process.pid && running(owner);
  return {
    abandoned: journals.filter((journal) => journal.content.owner !== null && !goesOn(journal)),
    running: journals.filter(goesOn),
    byHand: journals.filter(({ content }) => content.owner === null),
  };
}

/** True if the journal is about the device that `name` means. */
export function isAbout({ subchannel, deviceNumber }: JournalContent, name: DeviceName): boolean {
  const sameSubchannel = name.subchannel === undefined || busIdOf(name.subchannel, '--subchannel') === subchannel;
  const sameDevice = name.deviceNumber === undefined || busIdOf(name.deviceNumber, '--device-number') === deviceNumber;
  return sameSubchannel && sameDevice;
}

/**
 * Puts back what runs left that are over.
 * @throws CcwspecError E-HOST-RESTORE if something could not be put back; its journal stays
 */
export async function putBackLeftovers(system: SystemPort, journals: readonly FileJournal[]): Promise<void> {
  for (const journal of journals) {
    const { subchannel } = journal.content;
    const problems = await putBack(system, subchannel, journal);
    if (problems.length === 0) continue;
    throw new CcwspecError(
      'E-HOST-RESTORE',
      `an earlier run left subchannel ${subchannel} attached, and it cannot be put back: ${problems.join('; ')}`,
    );
  }
}
