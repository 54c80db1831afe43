/** Halt and clear by the driver itself: on close, reset and unmap, with devices that answer and one that does not. */

import {
  defineCase,
  ScswBit,
  startProgram,
  type CaseContext,
  type CaseDefinition,
  type HostView,
} from 'ccwspec/plugin';
import { Device, lockedKilobytes, NORMAL } from '../support/device.js';
import { DATA, noOperations, senseId, suspended } from '../support/programs.js';

/** CANCEL, HALT and CLEAR SUBCHANNEL among the instructions of the host since there were `before` of them. */
async function ladder(host: HostView, before: number): Promise<string[]> {
  return (await host.instructions()).slice(before).filter((name) => /^[xhc]sch /.test(name));
}

/** A device with a command that does not end, and the number of instructions that the host has issued so far. */
async function executing(context: CaseContext): Promise<{ device: Device; before: number }> {
  const device = await Device.open(context);
  await context.control('timing').holdAtCommand(1);
  await device.started(noOperations(2));
  await device.silent('while the device holds the command');
  return { device, before: (await context.control('host').instructions()).length };
}

/** Milliseconds of virtual time that 255 clear functions take at 3 seconds each, and some more. */
const WHOLE_LADDER = 1_000_000;

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/close/cancels-a-suspended-program',
    decides: 'Closing the device while a program is suspended ends it by one cancel function, without halt or clear.',
    requirements: ['FSM-034', 'FSM-029'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const host = context.control('host');
      await device.started(suspended());
      const before = (await host.instructions()).length;
      await device.vfio.close();
      context.expect.equal(await ladder(host, before), ['xsch 0'], 'cancel, halt and clear functions of the host');
    },
  }),
  defineCase({
    id: 'halt-clear/close/halts-a-running-program',
    decides:
      'Closing the device while it executes a command ends the program by one halt function, and the device works after it is opened again.',
    requirements: ['FSM-022', 'FSM-034', 'FSM-021'],
    needs: ['vfio', 'slow-device', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const { device, before } = await executing(context);
      await device.vfio.close();
      const steps = await ladder(context.control('host'), before);
      context.expect.equal(steps, ['xsch 2', 'hsch 0'], 'cancel, halt and clear functions of the host');
      await (await Device.open(context)).runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/close/ends-though-the-device-never-answers',
    decides:
      'Closing a device that answers neither halt nor clear signals returns after one cancel, two halts and 255 clears, with the driver not operational and nothing locked.',
    requirements: ['FSM-023', 'FSM-034'],
    needs: ['vfio', 'slow-device', 'host-instructions'],
    touches: 'nothing',
    limit: WHOLE_LADDER,
    run: async (context) => {
      const locked = await lockedKilobytes(context);
      const { device, before } = await executing(context);
      const host = context.control('host');
      await context.control('timing').goDeaf();
      try {
        await device.vfio.close();
        const steps = await ladder(host, before);
        context.expect.equal(
          steps.slice(0, 4),
          ['xsch 2', 'hsch 0', 'hsch 2', 'csch 0'],
          'the first functions of the host',
        );
        context.expect.equal(
          steps.filter((step) => step.startsWith('csch')).length,
          255,
          'clear functions of the host',
        );
        context.expect.equal(steps.length, 258, 'functions of the host in all');
        context.expect.equal(await host.driverState(), 'NOT_OPER', 'state of the driver');
        context.expect.equal(await lockedKilobytes(context), locked, 'kilobytes locked after the close');
      } finally {
        await context.control('timing').release();
      }
    },
  }),
  defineCase({
    id: 'halt-clear/close/ends-a-halt-that-is-pending',
    decides:
      'Closing the device while a halt function is pending at one that answers later goes on with halt and clear, without a cancel function, and leaves the driver in standby.',
    requirements: ['FSM-022', 'FSM-034'],
    needs: ['vfio', 'slow-device', 'host-instructions', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const host = context.control('host');
      const timing = context.control('timing');
      await timing.holdAtCommand(1);
      await device.started(noOperations(2));
      await device.silent('while the device holds the command');
      await timing.goDeaf();
      await device.halts();
      const before = (await host.instructions()).length;
      const closing = device.vfio.close();
      await timing.release();
      await closing;
      const steps = await ladder(host, before);
      context.expect.equal(
        steps.filter((step) => step.startsWith('xsch')),
        [],
        'cancel functions of the host',
      );
      await (await Device.open(context)).runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/reset/halts-a-running-program',
    decides:
      'VFIO_DEVICE_RESET while the device executes a command ends the program by one halt function and leaves the driver idle: a START works.',
    requirements: ['FSM-024', 'FSM-034'],
    needs: ['vfio', 'slow-device', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const { device, before } = await executing(context);
      context.expect.result(await device.vfio.reset(), 0, 'VFIO_DEVICE_RESET');
      const steps = await ladder(context.control('host'), before);
      context.expect.equal(steps, ['xsch 2', 'hsch 0'], 'cancel, halt and clear functions of the host');
      await startAfter(device);
    },
  }),
  defineCase({
    id: 'halt-clear/reset/of-a-device-that-never-answers-is-einval',
    decides:
      'VFIO_DEVICE_RESET of a device that answers neither halt nor clear signals fails with EINVAL, and START, HALT and CLEAR give EIO from then on.',
    requirements: ['FSM-028', 'FSM-023', 'FSM-002', 'FSM-017'],
    needs: ['vfio', 'slow-device', 'host-instructions'],
    touches: 'nothing',
    limit: WHOLE_LADDER,
    run: async (context) => {
      const { device } = await executing(context);
      await context.control('timing').goDeaf();
      try {
        context.expect.result(await device.vfio.reset(), 'EINVAL', 'VFIO_DEVICE_RESET');
        context.expect.result(await device.start(noOperations()), 'EIO', 'START after it');
        await device.halts('EIO', 'after it');
        await device.clears('EIO', 'after it');
      } finally {
        await context.control('timing').release();
      }
    },
  }),
  defineCase({
    id: 'halt-clear/reset/with-the-interruption-of-a-clear-waiting',
    decides:
      'VFIO_DEVICE_RESET while the interruption of a CLEAR waits for the worker leaves the driver idle, and a START behind it ends normally.',
    requirements: ['FSM-024', 'IRQ-010'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const schedule = context.control('schedule');
      await device.started(suspended());
      await schedule.hold('io-work');
      await device.clears();
      await schedule.settle();
      context.expect.result(await device.vfio.reset(), 0, 'VFIO_DEVICE_RESET');
      await schedule.letGo('io-work');
      await device.vfio.waitIrq(0, 50);
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/unmap/halts-a-running-program-that-uses-the-page',
    decides:
      'Unmapping memory that a running program transfers to ends it by one halt function; no IRB of it is a normal ending, and a START works once memory is mapped again.',
    requirements: ['FSM-029', 'FSM-034', 'TRN-054'],
    needs: ['vfio', 'slow-device', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const { vfio } = device;
      const host = context.control('host');
      await context.control('timing').holdAtCommand(1);
      await device.started(senseId());
      await device.silent('while the device holds the command');
      const before = (await host.instructions()).length;
      context.expect.result(await vfio.unmapDma(0, 1 << 20), 0, 'unmapping guest storage');
      context.expect.equal(
        await ladder(host, before),
        ['xsch 2', 'hsch 0'],
        'cancel, halt and clear functions of the host',
      );
      context.expect.result(await vfio.mapDma(0, 1 << 20), 0, 'mapping it again');
      await vfio.memory.write(DATA, new Uint8Array(64).fill(0xa5));
      await startAfter(device);
    },
  }),
];

/** Takes what the halt function may have left, and runs a program. */
async function startAfter(device: Device): Promise<void> {
  await device.vfio.waitIrq(0, 50);
  const program = noOperations(2);
  device.expect.result(await startProgram(device.vfio, program), 124, 'START');
  await device.shows({ ...NORMAL, functionControl: ScswBit.startFunction, ccwAddress: 0x1010 }, 'the program', program);
}

export default cases;
