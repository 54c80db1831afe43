/** What the asynchronous command region refuses, what HALT and CLEAR leave to a START, and what they release. */

import { defineCase, ScswBit, writeAsyncCommand, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import { CLEARED, Device, lockedKilobytes, SILENCE } from '../support/device.js';
import { noOperations, suspended } from '../support/programs.js';

/** Starts a program that pins one page, ends it by `end`, and checks what is locked meanwhile. */
async function unpins(context: CaseContext, end: (device: Device) => Promise<void>, name: string): Promise<void> {
  const device = await Device.open(context);
  const before = await lockedKilobytes(context);
  await device.started(suspended());
  context.expect.equal(await lockedKilobytes(context), before + 4, 'kilobytes locked while the program is suspended');
  await end(device);
  await device.shows({ control: ScswBit.statusPending, controlMask: ScswBit.statusPending }, name);
  context.expect.equal(await lockedKilobytes(context), before, `kilobytes locked after the interruption of ${name}`);
}

const refusals: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/async/unknown-commands-are-einval',
    decides:
      'The commands 0, 3, 4 and FFFFFFFF are refused with EINVAL, idle and with a program pending, and change nothing.',
    requirements: ['FSM-016'],
    recorded: ['MAIN: async 0', 'MAIN: async 3', 'MAIN: async 4'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const refuse = async (when: string): Promise<void> => {
        for (const command of [0, 3, 4, 0xffff_ffff]) {
          context.expect.result(await writeAsyncCommand(device.vfio, command), 'EINVAL', `command ${command} ${when}`);
        }
      };
      await refuse('of an idle device');
      await device.started(suspended());
      await refuse('with a program pending');
      await device.silent('after unknown commands');
      await device.busy('after unknown commands');
    },
  }),
  defineCase({
    id: 'halt-clear/async/condition-codes-of-the-host-are-errnos',
    decides:
      'HALT that ends at the host with condition code 1 or 2 is EBUSY, with 3 ENODEV; CLEAR that ends with 3 is ENODEV; the program stays pending.',
    requirements: ['FSM-014', 'FSM-015', 'FSM-018'],
    needs: ['vfio', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const faults = context.control('faults');
      await device.started(suspended());
      for (const [code, errno] of [
        [1, 'EBUSY'],
        [2, 'EBUSY'],
        [3, 'ENODEV'],
      ] as const) {
        await faults.nextHaltOrClear(code);
        await device.halts(errno, `with condition code ${code} at the host`);
      }
      await faults.nextHaltOrClear(3);
      await device.clears('ENODEV', 'with condition code 3 at the host');
      await device.busy('after refused commands');
      await device.clears();
      await device.shows(CLEARED, 'CLEAR');
    },
  }),
  defineCase({
    id: 'halt-clear/async/not-operational-is-eio',
    decides:
      'HALT and CLEAR of a device that was lost with a program pending are refused with EIO; no interruption comes, and nothing stays locked.',
    requirements: ['FSM-017', 'FSM-025', 'FSM-030', 'DEV-012'],
    recorded: ['NOTOPER: HSCH'],
    guards: ['CVE-2026-80549'],
    needs: ['vfio', 'unplug'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const before = await lockedKilobytes(context);
      await device.started(suspended());
      await context.control('unplug')();
      await device.halts('EIO', 'of a lost device');
      await device.clears('EIO', 'of a lost device');
      await device.silent('after the loss');
      context.expect.equal(await lockedKilobytes(context), before, 'kilobytes locked after the loss');
    },
  }),
  defineCase({
    id: 'halt-clear/async/status-relayed-after-the-loss-leaves-not-operational',
    decides:
      'The interruption of a CLEAR that waits for the worker while the device is lost does not make the driver idle when it is relayed: HALT is refused with EIO.',
    requirements: ['FSM-017', 'FSM-028'],
    guards: ['fsm-idle-2021', 'CVE-2026-80553'],
    needs: ['vfio', 'unplug', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const schedule = context.control('schedule');
      await schedule.hold('io-work');
      await device.clears();
      await schedule.settle();
      await context.control('unplug')();
      await schedule.letGo('io-work');
      await device.vfio.waitIrq(0, SILENCE);
      await device.halts('EIO', 'of a lost device');
    },
  }),
  defineCase({
    id: 'halt-clear/async/broken-path-while-a-command-is-executed',
    decides:
      'HALT of a program whose path does not answer any more, and CLEAR of one, end with an interruption each, and the device works once the path is mended.',
    requirements: ['IRQ-010', 'IRQ-011'],
    needs: ['vfio', 'slow-device', 'path-control', 'path-faults'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const timing = context.control('timing');
      const paths = context.control('paths');
      try {
        for (const [name, end] of [
          ['HALT', () => device.halts()],
          ['CLEAR', () => device.clears()],
        ] as const) {
          await timing.holdAtCommand(1);
          await device.started(noOperations(2));
          await device.silent('while the device holds the command');
          for (const chpid of paths.chpids) await paths.breakPath(chpid, true);
          await end();
          await device.shows(
            { activityControl: 0, control: ScswBit.statusPending, controlMask: ScswBit.statusPending },
            name,
          );
          for (const chpid of paths.chpids) await paths.breakPath(chpid, false);
          await timing.release();
          await device.runsNext();
        }
      } finally {
        for (const chpid of paths.chpids) await paths.breakPath(chpid, false);
      }
    },
  }),
];

const starts: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/async/start-before-the-interruption-of-a-clear',
    decides:
      'A START after a CLEAR of a running program was accepted, before its interruption is relayed, is refused with EBUSY; after the interruption it is accepted.',
    requirements: ['FSM-018', 'IRQ-010'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const schedule = context.control('schedule');
      await schedule.hold('io-work');
      await device.started(suspended());
      await device.clears();
      await device.busy('before the clear function was performed');
      await schedule.settle();
      await device.busy('while the interruption waits for the worker');
      await schedule.letGo('io-work');
      await device.shows(CLEARED, 'CLEAR');
      await device.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/async/start-behind-a-clear-of-an-idle-device-loses-its-program',
    decides:
      'The interruption of a CLEAR of the idle device that waits for the worker frees, when it is relayed, the program of a START that was accepted meanwhile: its page is not locked any more, although the subchannel is suspended in it.',
    requirements: ['FSM-035'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Device.open(context);
      const schedule = context.control('schedule');
      const before = await lockedKilobytes(context);
      await schedule.hold('io-work');
      await device.clears();
      await schedule.settle();
      await device.started(suspended());
      context.expect.equal(await lockedKilobytes(context), before + 4, 'kilobytes locked for the program');
      await schedule.letGo('io-work');
      await device.shows(CLEARED, 'CLEAR');
      context.expect.equal(
        await lockedKilobytes(context),
        before,
        'kilobytes locked after the interruption of the CLEAR',
      );
      await device.busy('while the subchannel is suspended');
      await device.clears();
      await device.shows(CLEARED, 'the second CLEAR');
      await device.runsNext();
    },
  }),
];

const pages: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/async/halt-unlocks-the-pages',
    decides:
      'The page that a suspended program transfers to is locked until the interruption of its HALT, and not after it.',
    requirements: ['IRQ-011', 'TRN-056'],
    recorded: ['MAIN: pinned while pending', 'MAIN: pinned after HSCH', 'MAIN: pinned after HSCH #2'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) => unpins(context, (device) => device.halts(), 'HALT'),
  }),
  defineCase({
    id: 'halt-clear/async/clear-unlocks-the-pages',
    decides:
      'The page that a suspended program transfers to is locked until the interruption of its CLEAR, and not after it.',
    requirements: ['IRQ-010', 'TRN-056'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: (context) => unpins(context, (device) => device.clears(), 'CLEAR'),
  }),
];

const cases: readonly CaseDefinition[] = [...refusals, ...starts, ...pages];

export default cases;
