/** HALT through the asynchronous command region, at every moment of an operation. */

import { decodeIrb, defineCase, DeviceStatus, ScswBit, SubchannelStatus, type CaseDefinition } from 'ccwspec/plugin';
import { Device, ENDED, HALT_FUNCTION, NOTHING_ENDED } from '../support/device.js';
import { DATA, ID_LENGTH, noOperations, programControlled, senseId, suspended } from '../support/programs.js';

const { startFunction, haltFunction, statusPending, primaryStatus, secondaryStatus, intermediateStatus } = ScswBit;
const { subchannelActive, deviceActive } = ScswBit;

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/async/halt-idle',
    decides:
      'HALT of an idle subchannel is accepted and ends with halt function alone and status pending alone; a START works afterwards.',
    requirements: ['FSM-012', 'IRQ-012', 'CH-033'],
    recorded: ['MAIN: HSCH idle', 'MAIN: HSCH idle / interrupt'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      await device.halts();
      await device.shows({ functionControl: haltFunction, activityControl: 0, statusControl: statusPending }, 'HALT');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-start-pending',
    decides:
      'HALT of a program that is start pending, since the device does not answer, ends with start and halt function and status pending alone once it answers, and the device has seen no command.',
    requirements: ['FSM-012', 'IRQ-011', 'CH-049'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      await timing.goDeaf();
      const before = await timing.commandsSeen();
      await device.started(noOperations());
      await device.halts();
      await device.silent('while the device does not answer');
      await timing.release();
      await device.shows({ functionControl: startFunction | haltFunction, statusControl: statusPending }, 'HALT');
      context.expect.equal(await timing.commandsSeen(), before, 'commands that the device has seen');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-during-the-first-command',
    decides:
      'HALT while the device executes the first of three commands ends the program with start and halt function and status pending; the device sees no further command.',
    requirements: ['FSM-012', 'IRQ-011', 'CH-034', 'DEV-009'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      const program = noOperations(3);
      const before = await timing.commandsSeen();
      await timing.holdAtCommand(1);
      await device.started(program);
      await device.silent('while the device holds the command');
      await device.halts();
      await device.shows(ENDED, 'HALT', program);
      context.expect.equal((await timing.commandsSeen()) - before, 1, 'commands that the device has seen');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-during-a-later-command',
    decides:
      'HALT while the device executes the second of three commands ends the program; the device has seen two commands and sees no third.',
    requirements: ['IRQ-011', 'CH-034'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      const program = noOperations(3);
      const before = await timing.commandsSeen();
      await timing.holdAtCommand(2);
      await device.started(program);
      await device.silent('while the device holds the command');
      await device.halts();
      await device.shows(ENDED, 'HALT', program);
      context.expect.equal((await timing.commandsSeen()) - before, 2, 'commands that the device has seen');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-shows-the-ending-status-of-the-command',
    decides:
      'The IRB of a HALT that ended the second of three commands has primary and secondary status, channel end, and the CCW address behind the second CCW.',
    requirements: ['CH-056', 'CH-002', 'IRQ-011'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const program = noOperations(3);
      await context.control('timing').holdAtCommand(2);
      await device.started(program);
      await device.silent('while the device holds the command');
      await device.halts();
      await device.shows(
        {
          ...ENDED,
          statusControlIncludes: primaryStatus | secondaryStatus | statusPending,
          deviceStatusIncludes: DeviceStatus.channelEnd,
          ccwAddress: 0x1010,
        },
        'HALT',
        program,
      );
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-leaves-the-bytes-that-the-residual-count-says',
    decides: 'After HALT in the middle of a Sense ID the bytes behind count less residual count are as they were.',
    requirements: ['IRQ-011', 'CH-034', 'CH-003'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const program = senseId();
      await context.control('timing').holdAtCommand(1);
      await device.started(program);
      await device.silent('while the device holds the command');
      await device.halts();
      const irb = await device.shows(ENDED, 'HALT', program);
      const { count } = decodeIrb(irb).scsw;
      context.expect.isTrue(count <= ID_LENGTH, `the residual count ${count} is not above the count ${ID_LENGTH}`);
      const rest = new Uint8Array(count);
      await device.vfio.memory.read(DATA + ID_LENGTH - count, rest);
      context.expect.bytes(rest, new Uint8Array(count).fill(0xa5), `the last ${count} bytes of the area`);
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-between-channel-end-and-device-end',
    decides:
      'HALT after channel end was presented without device end ends the program with halt function, secondary status and device end; START is busy until then, and device end is not presented again.',
    requirements: ['IRQ-007', 'IRQ-011', 'CH-057'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const program = noOperations(2);
      const timing = context.control('timing');
      await timing.holdBeforeDeviceEnd(2);
      await device.started(program);
      const first = {
        activityControl: deviceActive,
        statusControl: primaryStatus | statusPending,
        deviceStatus: DeviceStatus.channelEnd,
      };
      await device.shows(first, 'channel end', program);
      await device.busy('before device end');
      await device.halts();
      await device.shows(
        {
          ...HALT_FUNCTION,
          activityControl: 0,
          statusControlIncludes: secondaryStatus,
          deviceStatusIncludes: DeviceStatus.deviceEnd,
        },
        'HALT',
        program,
      );
      await timing.release();
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-while-a-chained-command-owes-device-end',
    decides:
      'HALT while the first of two chained commands has ended with channel end but not with device end, of which no status tells, ends the program with channel end and device end; the device sees no second command.',
    requirements: ['CH-056', 'CH-034', 'IRQ-011'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      const program = noOperations(2);
      const before = await timing.commandsSeen();
      await timing.holdBeforeDeviceEnd(1);
      await device.started(program);
      await device.silent('while device end is missing');
      await device.halts();
      const status = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;
      await device.shows({ ...ENDED, deviceStatusIncludes: status, ccwAddress: 0x1008 }, 'HALT', program);
      context.expect.equal((await timing.commandsSeen()) - before, 1, 'commands that the device has seen');
      await timing.release();
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-suspended',
    decides:
      'HALT of a program that is suspended without an interruption ends it with halt function and status pending alone; START, busy until then, works afterwards.',
    requirements: ['FSM-012', 'FSM-029', 'IRQ-011'],
    recorded: [
      'MAIN: START suspended',
      'MAIN: START suspended / ev?',
      'MAIN: HSCH',
      'MAIN: HSCH / interrupt',
      'MAIN: START after HSCH',
    ],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      await device.started(suspended());
      await device.silent('while the program is suspended');
      await device.busy('while a program is suspended');
      await device.halts();
      await device.shows(NOTHING_ENDED, 'HALT');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-after-the-suspension-was-reported',
    decides:
      'HALT after the interruption of a suspension ends the function at the host, which was still busy: a START is refused with EBUSY before and works afterwards.',
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
      await device.halts();
      await device.shows(NOTHING_ENDED, 'HALT');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/halt-after-program-controlled-interruption',
    decides:
      'HALT after the program-controlled interruption of a program that goes on ends it, with a CCW address of the guest; the program was not freed by the intermediate status, START being busy.',
    requirements: ['IRQ-008', 'IRQ-011', 'CH-034'],
    guards: ['50b7f1b7236b'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const program = programControlled();
      await context.control('timing').holdAtCommand(1);
      await device.started(program);
      await device.shows(
        {
          activityControl: subchannelActive | deviceActive,
          statusControl: intermediateStatus | statusPending,
          subchannelStatusIncludes: SubchannelStatus.programControlledInterruption,
        },
        'the program-controlled interruption',
        program,
      );
      await device.busy('after intermediate status');
      await device.halts();
      await device.shows({ ...ENDED, ccwAddress: 0x1008 }, 'HALT', program);
      await device.runsNext();
    },
  }),
];

export default cases;
