/** Suspension of channel-program execution, as far as user space can ask for it: nobody can resume. */

import {
  defineCase,
  OrbBit,
  ProgramBuilder,
  ScswBit,
  SubchannelStatus,
  type AssembledProgram,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { lockedMemory } from '../../support/pending.js';
import { DATA, noOperations, PAUSE, Started } from '../../support/started.js';

const { intermediateStatus, statusPending, suspended } = ScswBit;

/** Two CCWs that store, the second with the suspend flag. */
function suspendsAtTheSecond(control: number): AssembledProgram {
  return new ProgramBuilder({ name: 'program with a suspend flag', orb: { control: OrbBit.format2Idaw | control } })
    .ccw('sense-id', { flags: ['cc', 'sli'], buffer: 4, place: DATA })
    .ccw('sense-id', { flags: ['sli', 's'], buffer: 4, place: DATA + 0x100 })
    .build();
}

export const suspensionCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/suspension/stops-before-its-ccw',
    decides:
      'With ORB.S a suspend flag in the second CCW stops the program before it: the first has stored, the second has not.',
    requirements: ['CH-028'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.accepts(suspendsAtTheSecond(OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption));
      await context.system.waitEventfds([], PAUSE);
      context.expect.equal((await device.stored(DATA, 1))[0], 0xff, 'first byte that the first CCW stored');
      context.expect.bytes(
        await device.stored(DATA + 0x100, 4),
        'a5a5a5a5',
        'storage of the CCW with the suspend flag',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/suspension/its-interruption',
    decides:
      'The interruption of a suspension has intermediate status, suspended alone in the activity control, and the address of its CCW plus 8.',
    requirements: ['CH-029', 'CH-028', 'VF-001'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = suspendsAtTheSecond(OrbBit.suspendControl);
      await device.accepts(program);
      context.expect.irb(
        await device.irb(program.name),
        {
          activityControl: suspended,
          statusControlIncludes: intermediateStatus | statusPending,
          deviceStatus: 0,
          subchannelStatus: 0,
          ccwAddress: 0x1010,
        },
        'IRB',
        program,
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/suspension/its-interruption-is-suppressed',
    decides: 'With ORB.U a suspension causes no interruption.',
    requirements: ['CH-030'],
    recorded: ['MAIN: START suspended', 'MAIN: START suspended / ev?'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = suspendsAtTheSecond(OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption);
      await device.staysPending(program);
    },
  }),
  defineCase({
    id: 'vfio-ccw/suspension/without-suspend-control',
    decides: 'A suspend flag with ORB.S zero is a program check.',
    requirements: ['CH-027'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.runs(suspendsAtTheSecond(0), {
        subchannelStatusIncludes: SubchannelStatus.programCheck,
        ccwAddress: 0x1010,
      });
      context.expect.bytes(
        await device.stored(DATA + 0x100, 4),
        'a5a5a5a5',
        'storage of the CCW with the suspend flag',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/suspension/counts-as-the-end',
    decides:
      'A suspension that is relayed frees the program although the subchannel still has it: nothing is locked, and the host refuses another START.',
    requirements: ['IRQ-014'],
    needs: ['vfio', 'eckd', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const before = await lockedMemory(context.system);
      const program = suspendsAtTheSecond(OrbBit.suspendControl);
      await device.accepts(program);
      await device.irb(program.name);
      context.expect.equal(await lockedMemory(context.system), before, 'locked memory after the interruption');
      const control = OrbBit.format2Idaw | OrbBit.channelProgramType;
      await device.refuses(noOperations(1, 0x3000, { control }), 'EOPNOTSUPP');
      await device.refuses(noOperations(1, 0x3000), 'EBUSY');
      await device.clears();
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
];
