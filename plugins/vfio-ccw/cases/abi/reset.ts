/** VFIO_DEVICE_RESET. */

import { CcwIrq, defineCase, IoRegion, PmcwFlag, takeCrw, type CaseDefinition } from 'ccwspec/plugin';
import { LOOPBACK } from '../../support/interrupts.js';
import { keepPending, lockedMemory, senseIdInto } from '../../support/pending.js';
import { LIMIT, noOperations, Started } from '../../support/started.js';
import { schibOf } from '../../support/schib.js';

export const resetCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/reset/of-an-idle-device',
    decides: 'RESET of an idle device succeeds and leaves the subchannel enabled, with interruption subclass 3.',
    requirements: ['ABI-042'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      expect.result(await device.vfio.reset(), 0, 'RESET');
      const schib = await schibOf(expect, device.vfio);
      const { enabled, interruptionSubclass } = PmcwFlag;
      expect.equal(schib.flags & (enabled | interruptionSubclass), enabled | (3 << 11), 'E and ISC of the PMCW');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/reset/ends-the-request',
    decides: 'RESET loses a pending request: nothing stays locked, and the device takes a new START.',
    requirements: ['FSM-024', 'FSM-029'],
    recorded: [
      'MAIN: START suspended #3',
      'MAIN: START suspended / ev? #3',
      'MAIN: RESET while pending',
      'MAIN: pinned after RESET',
      'MAIN: pinned after RESET #2',
      'MAIN: START after RESET',
    ],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const before = await lockedMemory(system);
      await keepPending(device);
      expect.result(await device.vfio.reset(), 0, 'RESET');
      expect.equal(await lockedMemory(system), before, 'locked memory after RESET');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/reset/keeps-the-io-region',
    decides: 'RESET leaves the I/O region as it was: ORB, SCSW, IRB area and ret_code.',
    requirements: ['ABI-042'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      const [before, after] = [new Uint8Array(IoRegion.length), new Uint8Array(IoRegion.length)];
      await device.vfio.read(0, before);
      expect.result(await device.vfio.reset(), 0, 'RESET');
      await device.vfio.read(0, after);
      expect.bytes(after, before, 'the I/O region after RESET');
    },
  }),
  defineCase({
    id: 'vfio-ccw/reset/keeps-the-eventfds',
    decides: 'RESET leaves every eventfd registered.',
    requirements: ['ABI-042'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      expect.result(await vfio.reset(), 0, 'RESET');
      for (const index of [CcwIrq.io, CcwIrq.crw, CcwIrq.request]) {
        await vfio.setIrqs({ index, ...LOOPBACK });
        expect.equal(await vfio.waitIrq(index, 0), 1, `signals of interrupt ${index} for a trigger after RESET`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/reset/keeps-the-channel-reports',
    decides: 'RESET leaves queued channel reports to be read.',
    requirements: ['PTH-008', 'ABI-042'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const paths = context.control('paths');
      const [chpid = 0] = paths.chpids;
      const { vfio } = await Started.open(context);
      try {
        await paths.report(chpid, false);
      } finally {
        await paths.report(chpid, true);
      }
      expect.result(await vfio.reset(), 0, 'RESET');
      expect.equal(await takeCrw(vfio), 0x0406_0000 | chpid, 'the first channel report');
      expect.equal(await takeCrw(vfio), 0x0402_0000 | chpid, 'the second channel report');
    },
  }),
  defineCase({
    id: 'vfio-ccw/reset/before-a-completion-is-relayed',
    decides:
      'RESET between the interruption of a program and its relay frees the program once; the device takes a new START.',
    requirements: ['FSM-024'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const schedule = context.control('schedule');
      const device = await Started.open(context);
      const before = await lockedMemory(system);
      await schedule.hold('io-work');
      await device.accepts(senseIdInto(0x5000));
      await schedule.settle();
      expect.result(await device.vfio.reset(), 0, 'RESET');
      expect.equal(await lockedMemory(system), before, 'locked memory after RESET');
      await schedule.letGo('io-work');
      await device.vfio.waitIrq(CcwIrq.io, 50); // RESET cancels no work: the old status may be signalled still
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/reset/at-every-moment-of-a-completion',
    decides:
      'A RESET, or an unmap of the pinned page, at any moment of a completion waits or wins: the program is freed once.',
    requirements: ['FSM-024', 'TRN-056'],
    guards: ['CVE-2026-80548'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const schedule = context.control('schedule');
      const device = await Started.open(context, { memory: 0x4000 });
      const actions = {
        RESET: () => device.vfio.reset(),
        'the unmap': () => device.vfio.unmapDma(0x5000, 0x1000),
      };
      for (const point of [
        'driver:io-work',
        'driver:program-release',
        'driver:io-work-locked',
        'driver:before-signal',
      ]) {
        for (const [name, action] of Object.entries(actions)) {
          await device.map(0x5000, 0x1000);
          const before = await lockedMemory(system);
          const calls: Promise<number>[] = [];
          await schedule.atPoint(point, () => {
            calls.push(action());
          });
          await device.accepts(senseIdInto(0x5000));
          await device.vfio.waitIrq(CcwIrq.io, LIMIT);
          await schedule.settle();
          expect.equal(await Promise.all(calls), [0], `the results of ${name} at ${point}`);
          expect.equal(await lockedMemory(system), before, `locked memory after ${name} at ${point}`);
          await device.vfio.waitIrq(CcwIrq.io, 50);
          await device.succeeds(noOperations(1), 0x1000);
          await device.vfio.unmapDma(0x5000, 0x1000);
        }
      }
    },
  }),
];
