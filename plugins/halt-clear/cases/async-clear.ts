/** CLEAR through the asynchronous command region, at every moment of an operation. */

import { defineCase, DeviceStatus, ScswBit, type CaseDefinition } from 'ccwspec/plugin';
import { CLEARED, Device } from '../support/device.js';
import { noOperations, programControlled, suspended, unknownCommand } from '../support/programs.js';

const { primaryStatus, statusPending, intermediateStatus } = ScswBit;

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/async/clear-idle',
    decides:
      'CLEAR of an idle subchannel is accepted and ends with clear function alone and status pending alone; a START works afterwards.',
    requirements: ['FSM-013', 'IRQ-012', 'CH-035'],
    recorded: ['MAIN: CSCH idle', 'MAIN: CSCH idle / interrupt'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      await device.clears();
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-zeroes-the-rest-of-the-scsw',
    decides:
      'The SCSW of a clear function that ended a running program is zero but for clear function and status pending: key, flags, CCW address, both status bytes and count.',
    requirements: ['CH-035', 'IRQ-010'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      // A program before it, so that the subchannel has a CCW address and a count to lose.
      await device.runsNext();
      await context.control('timing').holdAtCommand(2);
      await device.started(noOperations(3));
      await device.silent('while the device holds the command');
      await device.clears();
      const control = ScswBit.clearFunction | statusPending;
      await device.shows({ control, ccwAddress: 0, deviceStatus: 0, subchannelStatus: 0, count: 0 }, 'CLEAR');
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-start-pending',
    decides:
      'CLEAR of a program that is start pending, since the device does not answer, ends with clear function alone once it answers, and the device has seen no command.',
    requirements: ['FSM-013', 'IRQ-010'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      await timing.goDeaf();
      const before = await timing.commandsSeen();
      await device.started(noOperations());
      await device.clears();
      await device.silent('while the device does not answer');
      await timing.release();
      await device.shows(CLEARED, 'CLEAR');
      context.expect.equal(await timing.commandsSeen(), before, 'commands that the device has seen');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-during-a-command',
    decides:
      'CLEAR while the device executes the first of three commands ends the program with clear function alone; the device sees no further command, and its late answer is not presented.',
    requirements: ['FSM-013', 'IRQ-010', 'DEV-008'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      const before = await timing.commandsSeen();
      await timing.holdAtCommand(1);
      await device.started(noOperations(3));
      await device.silent('while the device holds the command');
      await device.clears();
      await device.shows(CLEARED, 'CLEAR');
      await timing.release();
      await device.silent('when the device goes on');
      context.expect.equal((await timing.commandsSeen()) - before, 1, 'commands that the device has seen');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-between-channel-end-and-device-end',
    decides:
      'CLEAR after channel end was presented without device end ends the function with clear function alone, and device end is not presented any more.',
    requirements: ['IRQ-007', 'IRQ-010'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      const program = noOperations(2);
      await timing.holdBeforeDeviceEnd(2);
      await device.started(program);
      await device.shows(
        { statusControl: primaryStatus | statusPending, deviceStatus: DeviceStatus.channelEnd },
        'channel end',
        program,
      );
      await device.clears();
      await device.shows(CLEARED, 'CLEAR');
      await timing.release();
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-suspended',
    decides:
      'CLEAR of a program that is suspended without an interruption ends it with clear function alone; START, busy until then, works afterwards.',
    requirements: ['FSM-013', 'FSM-029', 'IRQ-010'],
    recorded: [
      'MAIN: START suspended #2',
      'MAIN: START suspended / ev? #2',
      'MAIN: CSCH',
      'MAIN: CSCH / interrupt',
      'MAIN: START after CSCH',
    ],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      await device.started(suspended());
      await device.silent('while the program is suspended');
      await device.busy('while a program is suspended');
      await device.clears();
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-after-the-suspension-was-reported',
    decides:
      'CLEAR after the interruption of a suspension ends the function at the host, which was still busy: a START is refused with EBUSY before and works afterwards.',
    requirements: ['IRQ-014', 'IRQ-012', 'FSM-007'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      await device.started(suspended(true));
      await device.shows(
        { activityControl: ScswBit.suspended, statusControlIncludes: intermediateStatus },
        'the suspension',
      );
      await device.busy('after the suspension was reported');
      await device.clears();
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-after-program-controlled-interruption',
    decides:
      'CLEAR after the program-controlled interruption of a program that goes on ends it with clear function alone, without the PCI bit.',
    requirements: ['IRQ-008', 'IRQ-010'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const program = programControlled();
      await context.control('timing').holdAtCommand(1);
      await device.started(program);
      await device.shows(
        { statusControl: intermediateStatus | statusPending },
        'the program-controlled interruption',
        program,
      );
      await device.busy('after intermediate status');
      await device.clears();
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-discards-status-pending-at-the-host',
    decides:
      'CLEAR while the host has the final status of the program but has not tested it is accepted, and the status disappears: the one interruption that comes is that of the clear function.',
    requirements: ['FSM-013', 'CH-036', 'IRQ-010'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const schedule = context.control('schedule');
      await schedule.hold('interrupt');
      await device.started(noOperations());
      await schedule.settle();
      await device.clears();
      await schedule.letGo('interrupt');
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-with-the-completion-not-relayed',
    decides:
      'CLEAR while the status of the program waits for the worker is accepted, and one interruption comes: that of the clear function, which overwrote the other.',
    requirements: ['FSM-013', 'IRQ-016'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const schedule = context.control('schedule');
      await schedule.hold('io-work');
      await device.started(noOperations());
      await schedule.settle();
      await device.clears();
      await schedule.settle();
      await schedule.letGo('io-work');
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-after-a-unit-check-discards-sense',
    decides:
      'CLEAR of a subchannel whose last program ended with unit check shows no extended control: the sense bytes before are not of it.',
    requirements: ['IRQ-012', 'CH-035'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const program = unknownCommand();
      await device.started(program);
      await device.shows({ deviceStatusIncludes: DeviceStatus.unitCheck }, 'the unknown command', program);
      await device.clears();
      // What stands in the extended-control word then has no meaning: Hercules leaves the sense bytes there.
      await device.shows({ ...CLEARED, control: 0, controlMask: ScswBit.extendedControl }, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/clear-overtakes-a-pending-halt',
    decides:
      'CLEAR while a halt function is pending is accepted, and the one interruption that comes is that of the clear function.',
    requirements: ['FSM-013', 'IRQ-010', 'CH-035'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      await timing.holdAtCommand(1);
      await device.started(noOperations(2));
      await device.silent('while the device holds the command');
      await timing.goDeaf();
      await device.halts();
      await device.clears();
      await timing.release();
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/second-clear-while-the-first-is-pending',
    decides: 'CLEAR while a clear function is pending is accepted again, and one interruption comes.',
    requirements: ['FSM-013', 'IRQ-010'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      await timing.goDeaf();
      await device.started(noOperations());
      await device.clears();
      await device.clears(8, 'while another is pending');
      await timing.release();
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
];

export default cases;
