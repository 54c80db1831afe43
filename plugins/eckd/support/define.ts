/** Defining cases of a disk, with what they all need. */

import { defineCase, type Capability, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import { Disk } from './disk.js';
import { withReservation, withTwoHosts, type TwoHosts } from './hosts.js';
import { withScratch, type Scratch, type ScratchNeeds } from './scratch.js';

/** A case without what its kind settles. */
type Brief<Subject> = Omit<CaseDefinition, 'needs' | 'touches' | 'run'> & {
  /** beyond an open disk */
  readonly needs?: readonly Capability[];
  readonly run: (subject: Subject, context: CaseContext) => Promise<void>;
};

/** A case that only looks at the disk. */
export function diskCase({ needs = [], run, ...rest }: Brief<Disk>): CaseDefinition {
  return defineCase({
    ...rest,
    needs: ['vfio', 'eckd', ...needs],
    touches: 'nothing',
    run: async (context) => run(await Disk.open(context), context),
  });
}

/** A case that rewrites scratch tracks, which are put back. */
export function scratchCase({
  needs = [],
  tracks,
  run,
  ...rest
}: Brief<Scratch> & { readonly tracks?: ScratchNeeds }): CaseDefinition {
  return defineCase({
    ...rest,
    needs: ['vfio', 'eckd', 'scratch-track', ...needs],
    touches: 'scratch',
    run: (context) => withScratch(context, (scratch) => run(scratch, context), tracks),
  });
}

/** A case that reserves the disk. Other hosts are kept out meanwhile, so it counts as a change of the volume. */
export function reserveCase({ needs = [], run, ...rest }: Brief<Disk>): CaseDefinition {
  return defineCase({
    ...rest,
    needs: ['vfio', 'eckd', ...needs],
    touches: 'volume',
    run: (context) => withReservation(context, (disk) => run(disk, context)),
  });
}

/** The same with a second host. */
export function twoHostsCase({ needs = [], run, ...rest }: Brief<TwoHosts>): CaseDefinition {
  return defineCase({
    ...rest,
    needs: ['vfio', 'eckd', 'second-host', ...needs],
    touches: 'volume',
    run: (context) => withTwoHosts(context, (hosts) => run(hosts, context)),
  });
}
