/** What happens when two things happen at once. */

import {
  allocatedIoas,
  CcwIrq,
  defineCase,
  encodeAttachIommufdPt,
  encodeDetachIommufdPt,
  encodeIoasAlloc,
  IoRegion,
  loadProgram,
  startRequest,
  takeCrw,
  VfioRequest,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { lockedMemory } from '../../support/pending.js';
import { ASYNC, asyncRequest, IO, ioRegion } from '../../support/regions.js';
import { DATA, LIMIT, noOperations, NORMAL_END, senseId, PAUSE, Started, suspended } from '../../support/started.js';

/** A page behind the memory that is mapped when a device is opened. */
const PAGE_OF_ITS_OWN = 0x80_0000;

/** The moments of a START at which the driver could be pre-empted. */
const startMoments = [
  'driver:io-region-copied',
  'driver:chain-fetched',
  'driver:program-copied',
  'driver:program-translated',
  'driver:start-accepted',
  'driver:started',
];

export const interleavingCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/interleaving/start-just-before-the-signal',
    decides:
      'A START that comes after the status is in the region and before it is signalled is accepted: the driver is idle first.',
    requirements: ['IRQ-002', 'IRQ-001'],
    guards: ['9b6e57e5a516-signal', '9b6e57e5a516'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const second = noOperations(1, 0x3000);
      await loadProgram(device.vfio.memory, second);
      let write: Promise<number> | undefined;
      await context.control('schedule').atPoint('driver:before-signal', () => {
        write = device.vfio.write(IO, startRequest(second));
      });
      await device.accepts(noOperations(1));
      context.expect.equal(
        await device.vfio.waitIrq(CcwIrq.io, LIMIT),
        1,
        'count of the I/O eventfd after the first program',
      );
      context.expect.result((await write) ?? 0, IoRegion.length, 'write of a START just before the signal');
      context.expect.irb(
        await device.irb(second.name),
        { ...NORMAL_END, ccwAddress: 0x3008 },
        'IRB of the second program',
        second,
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/interleaving/requests-in-the-middle-of-a-start',
    decides:
      'At every moment of a START, another START and CLEAR SUBCHANNEL are refused with EAGAIN, and the first program runs as it was.',
    requirements: ['ABI-045', 'FSM-001'],
    guards: ['c6c82e0cd812'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const other = noOperations(1, 0x3000);
      await loadProgram(device.vfio.memory, other);
      for (const moment of startMoments) {
        const writes: Promise<number>[] = [];
        await context.control('schedule').atPoint(moment, () => {
          writes.push(device.vfio.write(IO, startRequest(other)), device.vfio.write(ASYNC, asyncRequest('clear')));
        });
        const program = senseId(8);
        await device.accepts(program);
        expect.irb(
          await device.irb(program.name),
          { ...NORMAL_END, ccwAddress: 0x1008 },
          `IRB of the first program, ${moment}`,
          program,
        );
        const [start = 0, clear = 0] = await Promise.all(writes);
        expect.result(start, 'EAGAIN', `write of another START at ${moment}`);
        expect.result(clear, 'EAGAIN', `write of CLEAR SUBCHANNEL at ${moment}`);
        await device.isQuiet(`after both requests at ${moment}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/interleaving/end-before-the-start-has-returned',
    decides: 'A program that ends before its START has returned is relayed afterwards, once, and is freed then.',
    requirements: ['IRQ-009', 'IRQ-003'],
    guards: ['11060717'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect, system } = context;
      const schedule = context.control('schedule');
      const before = await lockedMemory(system);
      for (const moment of ['driver:start-accepted', 'driver:started']) {
        await schedule.atPoint(moment, () => {
          void schedule.settle();
        });
        const program = senseId(8);
        await device.accepts(program);
        const region = await ioRegion(device.vfio);
        expect.bytes(
          region.subarray(IoRegion.irb, IoRegion.irb + 12),
          '00'.repeat(12),
          `SCSW of the IRB area when the START at ${moment} returns`,
        );
        expect.irb(await device.irb(program.name), { ...NORMAL_END, ccwAddress: 0x1008 }, 'IRB', program);
        expect.equal(await lockedMemory(system), before, 'locked memory after the end');
        await device.isQuiet('after the end');
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/interleaving/relay-while-somebody-reads',
    decides:
      'A read of the I/O region in the middle of a relay waits for it, and gives the whole status or none of it.',
    requirements: ['IRQ-001', 'ABI-045'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const area = new Uint8Array(12);
      let reading: Promise<number> | undefined;
      await context.control('schedule').atPoint('driver:io-work-locked', () => {
        reading = device.vfio.read(IO + IoRegion.irb, area);
      });
      const program = noOperations(1);
      await device.accepts(program);
      const irb = await device.irb(program.name);
      await context.system.waitEventfds([], PAUSE);
      context.expect.result((await reading) ?? 0, 12, 'read in the middle of the relay');
      context.expect.bytes(area, irb.subarray(0, 12), 'SCSW that the read gave');
    },
  }),
  defineCase({
    id: 'vfio-ccw/interleaving/reports-while-a-report-is-read',
    decides: 'Channel reports that are queued while another is being read are each read once, in order.',
    requirements: ['PTH-020', 'IRQ-024'],
    guards: ['CVE-2026-80547', '16b0798024c0'],
    needs: ['vfio', 'path-control', 'path-configuration', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const paths = context.control('paths');
      const [chpid = 0] = paths.chpids;
      const [gone, back] = [0x0406_0000 | chpid, 0x0402_0000 | chpid];
      for (const moment of ['driver:region-checked', 'driver:crw-found']) {
        await paths.configure(chpid, false);
        const meanwhile: Promise<void>[] = [];
        await context.control('schedule').atPoint(moment, () => {
          meanwhile.push(paths.configure(chpid, true), paths.configure(chpid, false));
        });
        const reports = [await takeCrw(device.vfio)];
        await Promise.all(meanwhile);
        if (meanwhile.length === 0) {
          // A driver that locks its list does not pass here with the lock open.
          await paths.configure(chpid, true);
          await paths.configure(chpid, false);
        }
        for (let report = await takeCrw(device.vfio); report !== 0; report = await takeCrw(device.vfio))
          reports.push(report);
        expect.equal(
          reports,
          [gone, back, gone],
          `channel reports, in order of the reads, with two of them queued at ${moment}`,
        );
        await paths.configure(chpid, true);
        expect.equal(await takeCrw(device.vfio), back, 'channel report of the path that is back');
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/interleaving/unmap-in-the-middle-of-a-start',
    decides:
      'In a type1 container an unmap of a page that a START has just pinned waits for the START, and then loses the request.',
    requirements: ['TRN-054', 'ABI-045'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      await device.map(PAGE_OF_ITS_OWN, 0x1000);
      const before = await lockedMemory(system);
      let unmapping: Promise<number> | undefined;
      await context.control('schedule').atPoint('driver:program-translated', () => {
        unmapping = device.vfio.unmapDma(PAGE_OF_ITS_OWN, 0x1000);
      });
      await device.accepts(suspended(PAGE_OF_ITS_OWN, 0xe4));
      await system.waitEventfds([], PAUSE);
      expect.result((await unmapping) ?? -1, 0, 'the unmap');
      expect.equal(await lockedMemory(system), before, 'locked memory after the unmap');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/interleaving/iommufd-changes-in-the-middle-of-a-start',
    decides:
      'With an iommufd an unmap, a detach or an attach of the address space that comes in the middle of a START waits for it, and then loses the request.',
    requirements: ['TRN-054', 'ABI-045', 'LIF-040'],
    needs: ['iommufd', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, { way: 'cdev' });
      const { fd, files } = device.vfio;
      if (files === undefined || !('ioasId' in files)) throw new Error('the device was not opened through an iommufd');
      const attach = (ioas: number): Promise<number> =>
        system.ioctl(fd, VfioRequest.deviceAttachIommufdPt, encodeAttachIommufdPt(ioas));
      const alloc = encodeIoasAlloc();
      expect.result(await system.ioctl(files.iommufd, VfioRequest.iommufdIoasAlloc, alloc), 0, 'IOAS_ALLOC');
      const before = await lockedMemory(system);
      for (const [what, change] of [
        ['the unmap', () => device.vfio.unmapDma(PAGE_OF_ITS_OWN, 0x1000)],
        ['the detach', () => system.ioctl(fd, VfioRequest.deviceDetachIommufdPt, encodeDetachIommufdPt())],
        ['the attach of another address space', () => attach(allocatedIoas(alloc))],
      ] as const) {
        if (what === 'the unmap') await device.map(PAGE_OF_ITS_OWN, 0x1000);
        let result: Promise<number> | undefined;
        await context.control('schedule').atPoint('driver:program-translated', () => {
          result = change();
        });
        await device.accepts(suspended(what === 'the unmap' ? PAGE_OF_ITS_OWN : DATA, 0xe4));
        await system.waitEventfds([], PAUSE);
        expect.result((await result) ?? -1, 0, what);
        expect.equal(await lockedMemory(system), before, `locked memory after ${what}`);
        expect.result(await attach(files.ioasId), 0, `ATTACH_IOMMUFD_PT after ${what}`);
        await device.succeeds(noOperations(1), 0x1000);
      }
    },
  }),
];
