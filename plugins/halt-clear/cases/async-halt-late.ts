/** HALT through the asynchronous command region where status, another halt or a clear came before it. */

import { decodeIrb, defineCase, DeviceStatus, ScswBit, type CaseDefinition } from 'ccwspec/plugin';
import { Device, ENDED, NORMAL, NOTHING_ENDED } from '../support/device.js';
import { noOperations, unknownCommand } from '../support/programs.js';

const { haltFunction, statusPending } = ScswBit;

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/async/halt-with-status-pending-at-the-host',
    decides:
      'HALT while the host has the final status of the program but has not tested it is refused with EBUSY, and the status is relayed as it was.',
    requirements: ['FSM-014', 'IRQ-009'],
    needs: ['vfio', 'schedule', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const schedule = context.control('schedule');
      await schedule.hold('interrupt');
      await device.started(noOperations());
      await schedule.settle();
      await device.halts('EBUSY', 'with status pending');
      context.expect.equal(
        (await context.control('host').instructions()).at(-1),
        'hsch 1',
        'the last instruction of the host',
      );
      await schedule.letGo('interrupt');
      await device.shows(NORMAL, 'the program');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-with-the-completion-not-relayed',
    decides:
      'HALT while the status of the program waits for the worker is accepted, and one interruption comes: that of the halt function, which overwrote the other.',
    requirements: ['FSM-012', 'IRQ-016'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const schedule = context.control('schedule');
      await schedule.hold('io-work');
      await device.started(noOperations());
      await schedule.settle();
      await device.halts();
      await schedule.settle();
      await schedule.letGo('io-work');
      await device.shows({ ...NOTHING_ENDED, functionControl: haltFunction }, 'HALT');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-after-a-unit-check',
    decides:
      'HALT of a subchannel whose last program ended with unit check shows neither alert status, nor unit check, nor sense bytes.',
    requirements: ['IRQ-012', 'CH-033', 'CH-042'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const program = unknownCommand();
      await device.started(program);
      await device.shows({ deviceStatusIncludes: DeviceStatus.unitCheck }, 'the unknown command', program);
      await device.halts();
      const irb = await device.shows(
        { statusControl: statusPending, control: 0, controlMask: ScswBit.extendedControl, subchannelStatus: 0 },
        'HALT',
      );
      context.expect.equal(
        decodeIrb(irb).scsw.deviceStatus & DeviceStatus.unitCheck,
        0,
        'unit check in its device status',
      );
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/second-halt-while-the-first-is-pending',
    decides: 'HALT while a halt function is pending is refused with EBUSY, and one interruption ends the program.',
    requirements: ['FSM-014', 'FSM-018'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      const program = noOperations(2);
      await timing.holdAtCommand(1);
      await device.started(program);
      await device.silent('while the device holds the command');
      await timing.goDeaf();
      await device.halts();
      await device.halts('EBUSY', 'while another is pending');
      await device.busy('while a halt function is pending');
      await timing.release();
      await device.shows(ENDED, 'HALT', program);
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-while-a-clear-is-pending',
    decides:
      'HALT while a clear function is pending is refused with EBUSY, and the interruption that comes is that of the clear function.',
    requirements: ['FSM-014', 'IRQ-010'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      await timing.goDeaf();
      await device.started(noOperations());
      await device.clears();
      await device.halts('EBUSY', 'while a clear function is pending');
      await timing.release();
      await device.shows({ functionControl: ScswBit.clearFunction, statusControl: statusPending }, 'CLEAR');
      await device.runsNext();
    },
  }),
];

export default cases;
