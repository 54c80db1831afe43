/** HALT SUBCHANNEL of a guest, at every moment of an operation. */

import { defineCase, DeviceStatus, ScswBit, ScswMask, type CaseDefinition, type IrbExpectation } from 'ccwspec/plugin';
import { Guest } from '../support/guest.js';
import { noOperations, programControlled, suspended } from '../support/programs.js';

const { startFunction, haltFunction, statusPending, primaryStatus, secondaryStatus } = ScswBit;
const { intermediateStatus, subchannelActive, deviceActive, suspended: suspendedState } = ScswBit;

const HALTED_PROGRAM: IrbExpectation = {
  functionControl: startFunction | haltFunction,
  activityControl: 0,
  statusControlIncludes: statusPending,
};

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/instruction/halt-idle',
    decides:
      'HALT SUBCHANNEL of an idle subchannel gives condition code 0, an interruption with halt function and status pending alone, and an idle subchannel.',
    requirements: ['CH-033', 'QVF-006', 'QVF-014'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.halts();
      await guest.shows(
        { functionControl: haltFunction, activityControl: 0, statusControl: statusPending },
        'HALT SUBCHANNEL',
      );
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/halt-shows-halt-pending',
    decides:
      'Between HALT SUBCHANNEL of a running program and its interruption SCSW word 0 shows halt function and halt pending, and the start function no more.',
    requirements: ['QIN-011', 'QVF-006'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.started(suspended());
      await guest.halts();
      const shown = (await guest.control()) & (ScswMask.functionControl | ScswBit.haltPending);
      guest.expect.equal(shown, haltFunction | ScswBit.haltPending, 'function control and halt pending');
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/halt-during-a-command',
    decides:
      'HALT SUBCHANNEL while the device executes the second of three commands ends the program with start and halt function and status pending; the device sees no further command.',
    requirements: ['CH-034', 'QVF-014'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const timing = context.control('timing');
      const program = noOperations(3);
      const before = await timing.commandsSeen();
      await timing.holdAtCommand(2);
      await guest.started(program);
      await guest.silent('while the device holds the command');
      await guest.halts();
      await guest.shows(HALTED_PROGRAM, 'HALT SUBCHANNEL', program);
      context.expect.equal((await timing.commandsSeen()) - before, 2, 'commands that the device has seen');
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/halt-start-pending',
    decides:
      'HALT SUBCHANNEL of a program that the device has not begun, since it does not answer, ends with status pending alone, and the device has seen no command.',
    requirements: ['CH-049'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const timing = context.control('timing');
      await timing.goDeaf();
      const before = await timing.commandsSeen();
      await guest.started(noOperations());
      await guest.halts();
      await guest.silent('while the device does not answer');
      await timing.release();
      await guest.shows(
        { functionControl: startFunction | haltFunction, statusControl: statusPending },
        'HALT SUBCHANNEL',
      );
      context.expect.equal(await timing.commandsSeen(), before, 'commands that the device has seen');
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/halt-with-intermediate-status-pending',
    decides:
      'HALT SUBCHANNEL while the status of a program-controlled interruption is pending and not tested gives condition code 0, and the next status is that of the halt function, with a CCW address of the guest.',
    requirements: ['QIN-011', 'CH-034', 'IRQ-008'],
    guards: ['50b7f1b7236b'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const program = programControlled();
      await context.control('timing').holdAtCommand(1);
      await guest.started(program);
      await guest.interrupted('PCI');
      const activity = subchannelActive | deviceActive;
      guest.expect.equal(
        (await guest.control()) & (activity | ScswMask.statusControl),
        activity | intermediateStatus | statusPending,
        'activity and status control before',
      );
      await guest.takesInterruption();
      await guest.halts();
      await guest.shows({ ...HALTED_PROGRAM, ccwAddress: 0x1008 }, 'HALT SUBCHANNEL', program);
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/halt-between-channel-end-and-device-end',
    decides:
      'HALT SUBCHANNEL with primary status pending and device end missing gives condition code 1; once the primary status is tested it gives condition code 0 and ends with secondary status and device end.',
    requirements: ['QIN-011', 'IRQ-007', 'CH-057'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const program = noOperations(2);
      await context.control('timing').holdBeforeDeviceEnd(2);
      await guest.started(program);
      await guest.interrupted('channel end');
      await guest.halts(1, 'with primary status pending');
      await guest.shows(
        {
          statusControl: primaryStatus | statusPending,
          deviceStatus: DeviceStatus.channelEnd,
          activityControl: deviceActive,
        },
        'channel end',
        program,
      );
      await guest.halts(0, 'after it was tested');
      await guest.shows(
        { statusControlIncludes: secondaryStatus, deviceStatusIncludes: DeviceStatus.deviceEnd, activityControl: 0 },
        'HALT SUBCHANNEL',
        program,
      );
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/halt-suspended',
    decides:
      'HALT SUBCHANNEL of a program that is suspended without an interruption gives condition code 0 and ends with halt function and status pending alone.',
    requirements: ['FSM-029', 'QVF-006'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.started(suspended());
      await guest.silent('while the program is suspended');
      await guest.halts();
      await guest.shows(
        { control: haltFunction, controlMask: haltFunction, statusControl: statusPending },
        'HALT SUBCHANNEL',
      );
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/halt-after-the-suspension-was-tested',
    decides:
      'HALT SUBCHANNEL after the status of a suspension was tested gives condition code 0 and ends the function at the host, so that the next program runs.',
    requirements: ['IRQ-014', 'QIN-017'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.started(suspended(true));
      await guest.shows(
        { statusControlIncludes: intermediateStatus, activityControl: suspendedState },
        'the suspension',
      );
      await guest.halts();
      await guest.shows(
        { control: haltFunction, controlMask: haltFunction, statusControl: statusPending },
        'HALT SUBCHANNEL',
      );
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/halt-that-came-too-late',
    decides:
      'HALT SUBCHANNEL of a program whose completion the guest has not taken in yet is accepted, and the guest gets one status: of the program, or of the halt function, never of both together.',
    requirements: ['IRQ-016', 'QVF-014'],
    needs: ['channel', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const schedule = context.control('schedule');
      await schedule.hold('io-work');
      await guest.started(noOperations());
      await schedule.settle();
      await guest.halts();
      await schedule.settle();
      await schedule.letGo('io-work');
      await guest.shows({ functionControl: haltFunction, statusControl: statusPending }, 'HALT SUBCHANNEL');
      await guest.runsNext();
    },
  }),
];

export default cases;
