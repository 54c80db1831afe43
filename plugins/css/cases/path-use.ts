/** Path selection, and what the loss of a path does to a program. */

import {
  CcwIrq,
  CommonCommand,
  defineCase,
  ProgramBuilder,
  ScswBit,
  startProgram,
  takeIrb,
  type AssembledProgram,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { LIMIT, SILENCE } from '../support/guest.js';
import { ENDED_NORMALLY, hostSchib, runOn, takeReports, withPaths } from '../support/paths.js';
import { DATA, noOperations, suspended } from '../support/programs.js';

const selection: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/paths/lpum-names-the-one-path-of-the-mask',
    decides:
      'A START whose logical path mask has one bit runs on that path: the last-path-used mask of its IRB and of the SCHIB is equal to it, for each path.',
    requirements: ['PA-014'],
    needs: ['vfio', 'path-control', 'many-paths'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths }) => {
        for (const [index] of paths.chpids.entries()) {
          const mask = 0x80 >> index;
          await runOn(context, vfio, noOperations(1, { paths: mask }), { ...ENDED_NORMALLY, lastPathUsedMask: mask });
          context.expect.equal(
            (await hostSchib(vfio, context.expect)).lpum,
            mask,
            `the last-path-used mask of the SCHIB for path ${index}`,
          );
        }
      }),
  }),
  defineCase({
    id: 'css/paths/broken-path-alone-is-not-operational',
    decides:
      'A START on a path that does not answer, and on no other, ends with deferred condition code 3, and the path-not-operational mask has its bit.',
    requirements: ['PA-015', 'IRQ-013'],
    needs: ['vfio', 'path-control', 'path-faults'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.breakPath(chpid, true);
        await runOn(context, vfio, noOperations(1, { paths: 0x80 }), {
          deferredConditionCode: 3,
          statusControlIncludes: ScswBit.alertStatus,
        });
        context.expect.equal(
          (await hostSchib(vfio, context.expect)).pnom & 0x80,
          0x80,
          'the bit of path 0 in the path-not-operational mask',
        );
      }),
  }),
  defineCase({
    id: 'css/paths/broken-path-gives-way-to-another',
    decides:
      'A START on a path that does not answer and on one that does runs on the second, and the path-not-operational mask has the bit of the first.',
    requirements: ['PA-014', 'PA-015'],
    needs: ['vfio', 'path-control', 'path-faults', 'many-paths'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.breakPath(chpid, true);
        await runOn(context, vfio, noOperations(1, { paths: 0xc0 }), { ...ENDED_NORMALLY, lastPathUsedMask: 0x40 });
        const { pnom, pom } = await hostSchib(vfio, context.expect);
        context.expect.equal([pnom & 0xc0, pom & 0xc0], [0x80, 0x40], 'PNOM and POM of the two paths');
      }),
  }),
  defineCase({
    id: 'css/paths/mended-path-is-operational-again',
    decides:
      'A path that answers again is used by the next START that names it, and its bit in the path-not-operational mask goes off.',
    requirements: ['PA-015'],
    needs: ['vfio', 'path-control', 'path-faults'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.breakPath(chpid, true);
        await runOn(context, vfio, noOperations(1, { paths: 0x80 }), { deferredConditionCode: 3 });
        await paths.breakPath(chpid, false);
        await runOn(context, vfio, noOperations(1, { paths: 0x80 }), { ...ENDED_NORMALLY, lastPathUsedMask: 0x80 });
        context.expect.equal(
          (await hostSchib(vfio, context.expect)).pnom & 0x80,
          0,
          'the bit of path 0 in the path-not-operational mask',
        );
      }),
  }),
];

/** Two chained no-operations. */
const TWO: AssembledProgram = new ProgramBuilder({ name: 'two no-operations', chain: true, orb: { paths: 0x80 } })
  .ccw(CommonCommand.noOperation, { flags: ['sli'], count: 1, address: DATA })
  .ccw(CommonCommand.noOperation, { flags: ['sli'], count: 1, address: DATA })
  .build();

const loss: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/paths/vary-off-halts-an-idle-subchannel',
    decides:
      'Varying off the last-used path of an idle subchannel performs a halt function: an interruption with halt function and status pending alone comes, though nothing was started.',
    requirements: ['PTH-022', 'IRQ-012'],
    needs: ['vfio', 'path-control'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await runOn(context, vfio, noOperations(1, { paths: 0x80 }), { lastPathUsedMask: 0x80 });
        await paths.vary(chpid, false);
        const irb = (await takeIrb(vfio, LIMIT)) ?? context.expect.fail('no interruption came');
        context.expect.irb(
          irb,
          { functionControl: ScswBit.haltFunction, statusControl: ScswBit.statusPending },
          'its IRB',
        );
        await paths.vary(chpid, false);
        const again = await vfio.waitIrq(CcwIrq.io, SILENCE);
        context.expect.equal(again, 0, 'signals when the path that is off is varied off again');
      }),
  }),
  defineCase({
    id: 'css/paths/offline-halts-the-program-on-the-path',
    decides:
      'Configuring off the last-used path while the device executes a program ends it by one halt function, whose interruption is relayed, besides the report.',
    requirements: ['PTH-011', 'PTH-001'],
    needs: ['vfio', 'path-control', 'path-configuration', 'slow-device', 'host-instructions'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await context.control('timing').holdAtCommand(1);
        context.expect.result(await startProgram(vfio, TWO), 124, 'START');
        context.expect.equal(await takeIrb(vfio, SILENCE), undefined, 'an IRB while the device holds the command');
        const host = context.control('host');
        const before = (await host.instructions()).length;
        await paths.configure(chpid, false);
        const irb = (await takeIrb(vfio, LIMIT)) ?? context.expect.fail('no interruption came');
        context.expect.irb(
          irb,
          { functionControl: ScswBit.startFunction | ScswBit.haltFunction, activityControl: 0, ccwAddress: 0x1008 },
          'its IRB',
          TWO,
        );
        const ladder = (await host.instructions()).slice(before).filter((name) => /^[xhc]sch/.test(name));
        context.expect.equal(ladder, ['xsch 2', 'hsch 0'], 'the instructions of the step');
      }),
  }),
  defineCase({
    id: 'css/paths/vary-off-halts-the-program-on-the-path',
    decides:
      'Varying off the last-used path while the device executes a program ends it by one halt function, without a report.',
    requirements: ['PTH-011', 'PTH-003'],
    needs: ['vfio', 'path-control', 'slow-device'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await context.control('timing').holdAtCommand(1);
        context.expect.result(await startProgram(vfio, TWO), 124, 'START');
        context.expect.equal(await takeIrb(vfio, SILENCE), undefined, 'an IRB while the device holds the command');
        await paths.vary(chpid, false);
        const irb = (await takeIrb(vfio, LIMIT)) ?? context.expect.fail('no interruption came');
        context.expect.irb(
          irb,
          { functionControl: ScswBit.startFunction | ScswBit.haltFunction, ccwAddress: 0x1008 },
          'its IRB',
          TWO,
        );
        context.expect.equal(await takeReports(vfio), [], 'the reports');
      }),
  }),
  defineCase({
    id: 'css/paths/offline-of-another-path-leaves-the-program',
    decides:
      'Configuring off a path that is not the last-used one leaves a running program alone: it ends normally when the device goes on.',
    requirements: ['PTH-011'],
    needs: ['vfio', 'path-control', 'path-configuration', 'many-paths', 'slow-device'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths }) => {
        const timing = context.control('timing');
        await timing.holdAtCommand(1);
        context.expect.result(await startProgram(vfio, TWO), 124, 'START');
        const other = paths.chpids[1] ?? context.expect.fail('the subchannel has one path only');
        await paths.configure(other, false);
        context.expect.equal(await takeIrb(vfio, SILENCE), undefined, 'an IRB after the event');
        await timing.release();
        const irb = (await takeIrb(vfio, LIMIT)) ?? context.expect.fail('no interruption came');
        context.expect.irb(
          irb,
          { ...ENDED_NORMALLY, functionControl: ScswBit.startFunction, ccwAddress: 0x1010 },
          'the IRB of the program',
          TWO,
        );
      }),
  }),
  defineCase({
    id: 'css/paths/offline-cancels-a-suspended-program-without-an-interruption',
    decides:
      'Configuring off the last-used path while a program is suspended cancels it by one cancel function: no interruption comes, and START stays busy until a clear function.',
    requirements: ['PTH-011', 'FSM-029'],
    needs: ['vfio', 'path-control', 'path-configuration', 'host-instructions'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await runOn(context, vfio, noOperations(1, { paths: 0x80 }), { lastPathUsedMask: 0x80 });
        context.expect.result(
          await startProgram(vfio, suspended(false, { paths: 0x80 })),
          124,
          'START of a program that suspends',
        );
        const host = context.control('host');
        const before = (await host.instructions()).length;
        await paths.configure(chpid, false);
        context.expect.equal(await takeIrb(vfio, SILENCE), undefined, 'an IRB after the event');
        const ladder = (await host.instructions()).slice(before).filter((name) => /^[xhc]sch/.test(name));
        context.expect.equal(ladder, ['xsch 0'], 'the instructions of the step');
        context.expect.result(await startProgram(vfio, noOperations()), 'EBUSY', 'START after the event');
      }),
  }),
];

const cases: readonly CaseDefinition[] = [...selection, ...loss];

export default cases;
