/** Path masks: what the SCHIB region shows, and which paths a START may use. */

import { defineCase, startProgram, type CaseDefinition } from 'ccwspec/plugin';
import { ENDED_NORMALLY, hostSchib, runOn, takeStray, withPaths } from '../support/paths.js';
import { noOperations } from '../support/programs.js';

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/paths/schib-region-follows-every-change',
    decides:
      'The path-available mask in the SCHIB region loses the bit of a path that is configured off, at the next read, and gets it back when it is configured on.',
    requirements: ['PTH-015'],
    needs: ['vfio', 'path-control', 'path-configuration'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        const { pam } = await hostSchib(vfio, context.expect);
        context.expect.equal(pam & 0x80, 0x80, 'the bit of path 0 in the path-available mask at first');
        for (const online of [false, true]) {
          await paths.configure(chpid, online);
          const now = (await hostSchib(vfio, context.expect)).pam;
          context.expect.equal(
            now,
            online ? pam : pam & 0x7f,
            `the path-available mask with path 0 ${online ? 'on' : 'off'}`,
          );
        }
      }),
  }),
  defineCase({
    id: 'css/paths/vary-off-does-not-stop-a-start-that-names-the-path',
    decides: 'A START whose logical path mask names a path that is varied off at the host runs on that path.',
    requirements: ['PTH-012'],
    needs: ['vfio', 'path-control'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.vary(chpid, false);
        await takeStray(vfio);
        await runOn(context, vfio, noOperations(1, { paths: 0x80 }), { ...ENDED_NORMALLY, lastPathUsedMask: 0x80 });
      }),
  }),
  defineCase({
    id: 'css/paths/vary-takes-the-path-out-of-the-default-mask',
    decides:
      'A START with a logical path mask of zero reaches the host with the mask of the subchannel, without the paths that are varied off.',
    requirements: ['PTH-013', 'CH-050'],
    needs: ['vfio', 'path-control', 'many-paths', 'host-instructions'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        const host = context.control('host');
        const all = await host.pathMask();
        const seen: (number | undefined)[] = [];
        for (const online of [true, false, true]) {
          await paths.vary(chpid, online);
          await takeStray(vfio);
          await runOn(context, vfio, noOperations(1, { paths: 0 }), ENDED_NORMALLY);
          seen.push((await host.starts()).at(-1)?.orb[6]);
        }
        context.expect.equal(seen, [all, all & 0x7f, all], 'logical path masks of the ORBs of the host');
      }),
  }),
  defineCase({
    id: 'css/paths/online-does-not-undo-vary-off',
    decides:
      'A path that is varied off and comes online at the machine does not return to the default mask until it is varied on.',
    requirements: ['PTH-014'],
    needs: ['vfio', 'path-control', 'path-configuration', 'host-instructions'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ paths, chpid }) => {
        const host = context.control('host');
        const all = await host.pathMask();
        await paths.vary(chpid, false);
        await paths.configure(chpid, false);
        await paths.configure(chpid, true);
        context.expect.equal(await host.pathMask(), all & 0x7f, 'the default mask after the path came online');
        await paths.vary(chpid, true);
        context.expect.equal(await host.pathMask(), all, 'the default mask after the path was varied on');
      }),
  }),
  defineCase({
    id: 'css/paths/refused-path-leaves-the-default-mask-until-an-event',
    decides:
      'After START SUBCHANNEL ended with condition code 3 on path 0 the default mask lacks it, and a path-online event puts it back.',
    requirements: ['FSM-008', 'FSM-010'],
    needs: ['vfio', 'path-control', 'path-configuration', 'many-paths', 'kernel-faults', 'host-instructions'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        const host = context.control('host');
        const all = await host.pathMask();
        await context.control('faults').nextStart(3);
        context.expect.result(await startProgram(vfio, noOperations(1, { paths: 0x80 })), 'EACCES', 'START on path 0');
        context.expect.equal(await host.pathMask(), all & 0x7f, 'the default mask after it');
        await paths.configure(chpid, false);
        await paths.configure(chpid, true);
        context.expect.equal(await host.pathMask(), all, 'the default mask after the path came online');
      }),
  }),
  defineCase({
    id: 'css/paths/zero-mask-without-paths-is-enodev',
    decides: 'A START with a logical path mask of zero while every path is varied off fails with ENODEV.',
    requirements: ['PTH-013', 'FSM-009', 'CH-050'],
    needs: ['vfio', 'path-control'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths }) => {
        for (const chpid of paths.chpids) await paths.vary(chpid, false);
        await takeStray(vfio);
        context.expect.result(await startProgram(vfio, noOperations(1, { paths: 0 })), 'ENODEV', 'START');
      }),
  }),
  defineCase({
    id: 'css/paths/unavailable-path-alone-is-eacces',
    decides:
      'A START whose logical path mask names only a path that is configured off fails with EACCES while other paths are available.',
    requirements: ['FSM-008', 'CH-050'],
    needs: ['vfio', 'path-control', 'path-configuration', 'many-paths'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ vfio, paths, chpid }) => {
        await paths.configure(chpid, false);
        await takeStray(vfio);
        context.expect.result(await startProgram(vfio, noOperations(1, { paths: 0x80 })), 'EACCES', 'START on path 0');
      }),
  }),
];

export default cases;
