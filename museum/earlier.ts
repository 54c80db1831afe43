/** Bugs of earlier years that one replaced piece brings back. */

import { CcwFlag, CommonCommand } from '../src/harness/arch/index.js';
import type { Exhibit } from './exhibit.js';

export const earlier: readonly Exhibit[] = [
  {
    id: '2ae157ec497d',
    title: 'A TIC to a CCW that is not the first of its segment went to the wrong CCW',
    happened: 'The displacement was scaled by the size of a structure.',
    defect: { driver: { ticDisplacement: (bytes) => bytes * 8 } },
  },
  {
    id: '7b660c225fa0',
    title: 'A TIC back into its own segment ended the segment',
    happened: 'Everything behind a SEARCH and TIC loop was missing from the copy.',
    defect: { driver: { ticReachesBack: false } },
  },
  {
    id: '50b7f1b7236b',
    title: 'A program-controlled interruption freed the program that was still running',
    happened: 'Any interruption with status was taken for the last one.',
    defect: { driver: { isFinal: () => true } },
  },
  {
    id: 'fsm-idle-2021',
    title: 'Any final interruption made the state machine idle',
    happened:
      'The interruption of a CLEAR reset the state while a new START was running, so that a second START was let in.',
    defect: { driver: { idleAfter: 'any final interruption' } },
  },
  {
    id: 'b49bdc8602b7',
    title: 'Closing the device during I/O left the program and its pages pinned',
    happened: 'Nobody freed the program when the opener was killed.',
    defect: { driver: { closeFreesProgram: 'never' } },
  },
  {
    id: '5a4fe7c41b58',
    title: 'An unmap compared only its first address with the pinned pages',
    happened: 'A range whose second page was in use was unmapped under the running program.',
    defect: { driver: { unmapTouches: (page, iova) => Math.floor(page / 4096) === Math.floor(iova / 4096) } },
  },
  {
    id: '4cebc5d6a6ff',
    title: 'Pages were pinned for a CCW with a count of zero',
    happened: 'A zero count with an address that is not mapped was refused.',
    defect: {
      driver: {
        transfersData: (command, flags) =>
          command !== CommonCommand.noOperation && ((flags & CcwFlag.skip) === 0 || (command & 0x03) === 0x01),
      },
    },
  },
  {
    id: '9b6e57e5a516-address',
    title: 'The CCW address one beyond the last CCW was not translated back',
    happened: 'A normal ending showed the guest an address of the host kernel.',
    defect: { driver: { addressBehindSegmentTranslated: false } },
  },
  {
    id: '9b6e57e5a516-signal',
    title: 'The eventfd was signalled before the state machine was idle',
    happened: 'A START issued by the handler of the completion was refused with EBUSY.',
    defect: { driver: { signal: 'before idle' } },
  },
  {
    id: 'bcbd41da3b0a',
    title: 'A transport-mode ORB was parsed as a command-mode program',
    happened: 'A TCW was copied and translated as if it were CCWs.',
    defect: { driver: { transportModeRefused: false } },
  },
];
