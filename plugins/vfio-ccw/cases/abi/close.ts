/** Closing the device, and opening it again. */

import { CcwIrq, defineCase, IoRegion, takeCrw, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import { keepPending, lockedMemory } from '../../support/pending.js';
import { closeDevice, closeDeviceForGood, openDevice } from '../../support/reopening.js';
import { noOperations, Started } from '../../support/started.js';
import { restored } from '../../support/sysfs.js';

/** Has the first path reported gone and come again: two channel reports. @returns the path's identifier */
async function makeReports(context: CaseContext): Promise<number> {
  const paths = context.control('paths');
  const [chpid = 0] = paths.chpids;
  try {
    await paths.report(chpid, false);
  } finally {
    await paths.report(chpid, true);
  }
  return chpid;
}

const endings: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/close/disables-the-subchannel',
    decides: 'The last close disables the subchannel by MODIFY SUBCHANNEL, and the state machine is in STANDBY then.',
    requirements: ['FSM-021'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const host = context.control('host');
      const device = await Started.open(context);
      const before = (await host.instructions()).length;
      await closeDeviceForGood(context, device);
      const during = (await host.instructions()).slice(before);
      expect.isTrue(during.includes('msch 0'), `the close issues MODIFY SUBCHANNEL (it issued ${during.join(', ')})`);
      expect.equal(await host.driverState(), 'STANDBY', "the driver's state");
    },
  }),
  defineCase({
    id: 'vfio-ccw/close/ends-the-request',
    decides: 'A close with a request pending ends it and unpins its pages.',
    requirements: ['FSM-022', 'FSM-029'],
    guards: ['b49bdc8602b7'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const before = await lockedMemory(system);
      await keepPending(device);
      await closeDevice(context, device);
      expect.equal(await lockedMemory(system), before, 'locked memory after the close');
      await openDevice(context, device);
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
];

const queuedWork: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/close/cancels-the-relay-of-an-interruption',
    decides:
      'An interruption whose relay is queued when the device is closed signals nothing any more, also not after a re-open.',
    requirements: ['IRQ-019'],
    guards: ['CVE-2026-80553'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const schedule = context.control('schedule');
      const device = await Started.open(context);
      await schedule.hold('io-work');
      await device.accepts(noOperations(1));
      await schedule.settle();
      await closeDevice(context, device);
      await schedule.letGo('io-work');
      await schedule.settle();
      expect.equal(await device.vfio.waitIrq(CcwIrq.io, 0), 0, 'signals of the I/O eventfd after the close');
      await openDevice(context, device);
      expect.equal(await device.vfio.waitIrq(CcwIrq.io, 50), 0, 'signals of the I/O eventfd after the re-open');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/close/cancels-the-signal-of-a-channel-report',
    decides:
      'A channel report whose signal is queued when the device is closed signals nothing any more, and stays readable.',
    requirements: ['IRQ-025', 'PTH-008'],
    guards: ['CVE-2026-80553'],
    needs: ['vfio', 'schedule', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const schedule = context.control('schedule');
      const device = await Started.open(context);
      await schedule.hold('crw-work');
      const chpid = await makeReports(context);
      await closeDevice(context, device);
      await schedule.letGo('crw-work');
      await schedule.settle();
      expect.equal(await device.vfio.waitIrq(CcwIrq.crw, 0), 0, 'signals of the CRW eventfd after the close');
      await openDevice(context, device);
      expect.equal(await takeCrw(device.vfio), 0x0406_0000 | chpid, 'the first channel report after the re-open');
      expect.equal(await takeCrw(device.vfio), 0x0402_0000 | chpid, 'the second channel report after the re-open');
    },
  }),
  defineCase({
    id: 'vfio-ccw/close/leaves-no-work-for-a-device-that-is-gone',
    decides:
      'Work that is queued when the device is closed does not run after the driver is unbound: its memory is gone.',
    requirements: ['IRQ-019'],
    guards: ['CVE-2026-80553'],
    needs: ['vfio', 'lifecycle', 'schedule'],
    touches: 'nothing',
    run: (context) =>
      restored(context, async (sysfs) => {
        const { expect, places } = context;
        const schedule = context.control('schedule');
        const device = await Started.open(context);
        await schedule.hold('io-work');
        await device.accepts(noOperations(1));
        await schedule.settle();
        await device.vfio.close();
        expect.result(await sysfs.unbind('vfio_ccw'), places.subchannel.length, 'the unbinding');
        await context.session.settle();
        const evidence = (await context.session.evidence()).filter((line) => line.includes('use after free'));
        expect.equal(evidence, [], 'what the kernel says of memory that was given back');
      }),
  }),
];

const survivors: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/close/keeps-the-eventfds',
    decides: 'An eventfd registered before a close is signalled for a program that runs after the re-open.',
    requirements: ['ABI-022'],
    recorded: ['MAIN: reopen', 'MAIN: START after reopen, old eventfd'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await closeDevice(context, device);
      await openDevice(context, device);
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/close/keeps-the-io-region',
    decides: 'The I/O region, the IRB area in it included, reads after a re-open as it did before the close.',
    requirements: ['ABI-057'],
    recorded: ['MAIN: old irb still there'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      const [before, after] = [new Uint8Array(IoRegion.length), new Uint8Array(IoRegion.length)];
      await device.vfio.read(0, before);
      await closeDevice(context, device);
      await openDevice(context, device);
      await device.vfio.read(0, after);
      expect.bytes(after, before, 'the I/O region after the re-open');
    },
  }),
  defineCase({
    id: 'vfio-ccw/close/keeps-the-channel-reports',
    decides: 'Channel reports that were queued before a close are read after the re-open, in order.',
    requirements: ['PTH-008'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      const chpid = await makeReports(context);
      await closeDevice(context, device);
      await openDevice(context, device);
      expect.equal(await takeCrw(device.vfio), 0x0406_0000 | chpid, 'the first channel report');
      expect.equal(await takeCrw(device.vfio), 0x0402_0000 | chpid, 'the second channel report');
      expect.equal(await takeCrw(device.vfio), 0, 'a third channel report');
    },
  }),
  defineCase({
    id: 'vfio-ccw/close/reports-before-the-first-open',
    decides: 'Channel reports that come while nobody has the device open are read after the open.',
    requirements: ['PTH-007'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const chpid = await makeReports(context);
      const { vfio } = await Started.open(context);
      expect.equal(await takeCrw(vfio), 0x0406_0000 | chpid, 'the first channel report');
      expect.equal(await takeCrw(vfio), 0x0402_0000 | chpid, 'the second channel report');
      expect.equal(
        await vfio.waitIrq(CcwIrq.crw, 0),
        1,
        'signals of the CRW eventfd: one for the report that was left behind',
      );
    },
  }),
];

export const closeCases: readonly CaseDefinition[] = [...endings, ...queuedWork, ...survivors];
