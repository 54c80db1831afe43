/** Channel reports of the driver: what is queued, in which order it is read, and when the eventfd is signalled. */

import {
  CcwIrq,
  CrwRegion,
  defineCase,
  regionOffset,
  RegionIndex,
  takeCrw,
  toHex,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { firstPath, foreignChpid, pathCame, pathGone, signals, takeReports, withPaths } from '../support/paths.js';

const AT = regionOffset(RegionIndex.crw);
/** More reports than a page would have room for, where a queue might have its limit. */
const MANY = 140;

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/crw/offline-path-is-a-permanent-error',
    decides:
      'A path that goes offline queues the report 0406 with its CHPID, without the bits S, R, C and A, and signals the CRW eventfd once.',
    requirements: ['PTH-001', 'PTH-009', 'IRQ-024', 'VF-010'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.report(chpid, false);
        context.expect.equal(await signals(vfio), 1, 'signals of the CRW eventfd');
        context.expect.equal(await takeReports(vfio), [pathGone(chpid)], 'the reports');
      }),
  }),
  defineCase({
    id: 'css/crw/online-path-is-initialized',
    decides: 'A path that comes online again queues the report 0402 with its CHPID, without the bits S, R, C and A.',
    requirements: ['PTH-002', 'PTH-009'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.report(chpid, false);
        await takeReports(vfio);
        await paths.report(chpid, true);
        context.expect.equal(await takeReports(vfio), [pathCame(chpid)], 'the reports');
      }),
  }),
  defineCase({
    id: 'css/crw/varied-off-path-makes-no-report',
    decides: 'A path that is varied off makes no channel report when it goes offline and comes online again.',
    requirements: ['PTH-027'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.vary(chpid, false);
        for (const online of [false, true]) {
          await paths.report(chpid, online);
          context.expect.equal(
            await takeReports(vfio),
            [],
            `the reports after the path went ${online ? 'online' : 'offline'}`,
          );
        }
      }),
  }),
  defineCase({
    id: 'css/crw/vary-makes-no-report',
    decides: 'Varying a path off and on queues no report and does not signal the CRW eventfd.',
    requirements: ['PTH-003'],
    recorded: ['MAIN: CRW after vary off'],
    needs: ['vfio', 'path-control'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.vary(chpid, false);
        context.expect.equal(await takeReports(vfio), [], 'the reports after vary off');
        await paths.vary(chpid, true);
        context.expect.equal(await takeReports(vfio), [], 'the reports after vary on');
        context.expect.equal(await signals(vfio), 0, 'signals of the CRW eventfd');
      }),
  }),
  defineCase({
    id: 'css/crw/foreign-path-makes-no-report',
    decides: 'Offline and online events of a path that the subchannel does not have queue no report.',
    requirements: ['PTH-004'],
    needs: ['vfio', 'path-control', 'path-faults'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths }) => {
        for (const online of [false, true]) await paths.foreignPathEvent(foreignChpid(paths), online);
        context.expect.equal(await signals(vfio), 0, 'signals of the CRW eventfd');
        context.expect.equal(await takeReports(vfio), [], 'the reports');
      }),
  }),
  defineCase({
    id: 'css/crw/endpoint-security-makes-no-report',
    decides: 'A change of the endpoint security of a path queues no report and leaves the path available.',
    requirements: ['PTH-018'],
    needs: ['vfio', 'path-control', 'path-faults'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.endpointSecurityChanged(chpid);
        context.expect.equal(await signals(vfio), 0, 'signals of the CRW eventfd');
        context.expect.equal(await takeReports(vfio), [], 'the reports');
      }),
  }),
  defineCase({
    id: 'css/crw/one-report-a-read-in-order',
    decides:
      'Each read of the CRW region gives one report, in the order in which the events happened, and zero when there is none.',
    requirements: ['PTH-005'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        for (const online of [false, true, false]) await paths.report(chpid, online);
        const read = [await takeCrw(vfio), await takeCrw(vfio), await takeCrw(vfio), await takeCrw(vfio)];
        context.expect.equal(read, [pathGone(chpid), pathCame(chpid), pathGone(chpid), 0], 'what four reads give');
      }),
  }),
  defineCase({
    id: 'css/crw/read-that-leaves-reports-signals-again',
    decides:
      'A read of the CRW region that leaves a report behind signals the eventfd, and the read of the last one does not.',
    requirements: ['PTH-006'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        for (const online of [false, true]) await paths.report(chpid, online);
        context.expect.isTrue((await signals(vfio)) > 0, 'the CRW eventfd is signalled for the events');
        await takeCrw(vfio);
        context.expect.equal(await signals(vfio), 1, 'signals after a read that leaves one report');
        await takeCrw(vfio);
        context.expect.equal(await signals(vfio), 0, 'signals after the read of the last report');
      }),
  }),
  defineCase({
    id: 'css/crw/pad-word-is-zero',
    decides: 'The second word of the CRW region is zero in a read that brings a report and in one that brings none.',
    requirements: ['PTH-010'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.report(chpid, false);
        for (const what of ['a report', 'no report']) {
          const bytes = new Uint8Array(CrwRegion.length).fill(0xa5);
          context.expect.result(await vfio.read(AT, bytes), CrwRegion.length, `a read that brings ${what}`);
          context.expect.equal(
            toHex(bytes.subarray(CrwRegion.pad)),
            '00000000',
            `the pad word of a read that brings ${what}`,
          );
        }
      }),
  }),
  defineCase({
    id: 'css/crw/without-mdev-events-are-forgotten',
    decides: 'Events of a path while there is no mediated device are not reported to the one that is created later.',
    requirements: ['PTH-019'],
    needs: ['vfio', 'path-control', 'path-reports', 'lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system, places } = context;
      const paths = context.control('paths');
      const chpid = firstPath(paths, expect);
      const remove = `/sys/bus/mdev/devices/${places.uuid}/remove`;
      const create = `/sys/bus/css/devices/${places.subchannel}/mdev_supported_types/vfio_ccw-io/create`;
      expect.result(await system.writeAttribute(remove, '1'), 1, 'removing the mediated device');
      try {
        await paths.report(chpid, false);
      } finally {
        await paths.report(chpid, true);
        expect.result(await system.writeAttribute(create, places.uuid), places.uuid.length, 'creating it again');
      }
      expect.equal(await takeReports(await context.openVfio()), [], 'the reports');
    },
  }),
  defineCase({
    id: 'css/crw/queue-has-no-limit',
    decides: `${MANY} reports that nobody reads are all kept, in order, and none has the overflow bit.`,
    requirements: ['PTH-005', 'PTH-009'],
    needs: ['vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    limit: 120_000,
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        const expected: number[] = [];
        for (let event = 0; event < MANY; event++) {
          // Now and then one that differs, so that the order shows; a real kernel takes a second over a path that comes.
          const online = event % 20 === 19;
          await paths.report(chpid, online);
          expected.push(online ? pathCame(chpid) : pathGone(chpid));
        }
        context.expect.equal(await takeReports(vfio), expected, 'the reports');
      }),
  }),
  defineCase({
    id: 'css/crw/report-without-memory-is-lost-silently',
    decides: 'A report for which the kernel has no memory is lost, and the next one does not say so.',
    requirements: ['PTH-021', 'PTH-009'],
    needs: ['vfio', 'path-control', 'path-reports', 'kernel-faults'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await context.control('faults').failAllocation(1);
        for (const online of [false, true]) await paths.report(chpid, online);
        context.expect.equal(await takeReports(vfio), [pathCame(chpid)], 'the reports');
      }),
  }),
  defineCase({
    id: 'css/crw/event-during-a-read-loses-nothing',
    decides: 'A report that is queued while another is being read is neither lost nor given twice, and comes after it.',
    requirements: ['PTH-020'],
    guards: ['CVE-2026-80547'],
    needs: ['vfio', 'path-control', 'path-reports', 'schedule'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.report(chpid, false);
        const event = { happened: false };
        // A driver whose list is locked never gets here with it open; then the event comes right behind the read.
        await context.control('schedule').atPoint('driver:crw-found', () => {
          event.happened = true;
          void paths.report(chpid, true);
        });
        const read = [await takeCrw(vfio)];
        if (!event.happened) await paths.report(chpid, true);
        read.push(...(await takeReports(vfio)));
        context.expect.equal(read, [pathGone(chpid), pathCame(chpid)], 'the reports');
      }),
  }),
  defineCase({
    id: 'css/crw/signal-comes-from-the-worker',
    decides:
      'A report can be read before the CRW eventfd is signalled; then the worker that finds the queue empty does not signal.',
    requirements: ['IRQ-024'],
    needs: ['vfio', 'path-control', 'path-reports', 'schedule'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        const schedule = context.control('schedule');
        await schedule.hold('crw-work');
        await paths.report(chpid, false);
        context.expect.equal(await vfio.waitIrq(CcwIrq.crw, 0), 0, 'signals while the worker is held');
        context.expect.equal(await takeReports(vfio), [pathGone(chpid)], 'the reports');
        await schedule.letGo('crw-work');
        context.expect.equal(await signals(vfio), 0, 'signals once the worker has run');
      }),
  }),
];

export default cases;
