/** Path groups: Sense and Set Path Group ID on one path. */

import { defineCase, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import { give, PathGroupFunction, senseId, sensePathGroup, setPathGroup, take } from '../programs/index.js';
import { Rejected } from '../support/conditions.js';
import { diskCase } from '../support/define.js';
import { code, Disk, NORMAL_END } from '../support/disk.js';
import { establish, groupId, GroupState, needsNoGroup, senseGroup, withPathGroup } from '../support/hosts.js';
import { hostPaths } from '../support/paths.js';
import { ccwAt, control, type Part } from '../support/parts.js';

const ID = groupId(0x51);
const NO_ID = new Uint8Array(11);
/** State and mode: all of byte 0 but the reservation. */
const STATE = GroupState.mask | GroupState.multipath;
const suspendReconnection: Part = { command: 'suspend-multipath-reconnection', flags: ['sli'] };

/** A case on one path that is in no group; what it establishes with ID is disbanded. */
function groupCase(
  brief: Omit<CaseDefinition, 'needs' | 'touches' | 'run'> & {
    readonly run: (disk: Disk, path: number, context: CaseContext) => Promise<void>;
  },
): CaseDefinition {
  const { run, ...rest } = brief;
  return defineCase({
    ...rest,
    needs: ['vfio', 'eckd'],
    touches: 'volume',
    run: async (context) => {
      const disk = await Disk.open(context);
      const [path = 0x80] = await hostPaths(disk);
      await withPathGroup(context, disk, ID, [path], () => run(disk, path, context));
    },
  });
}

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/path-group/twelve-bytes',
    decides: 'Sense Path Group ID transfers 12 bytes, and bits 5-7 of byte 0 are zero.',
    requirements: ['PA-001'],
    run: async (disk) => {
      const outcome = await disk.ends('sense path group ID', sensePathGroup, { ...NORMAL_END, count: 0 });
      const [state = 0xff] = await outcome.bytes('group', 1);
      disk.expect.equal(state & 0x07, 0, 'bits 5-7 of byte 0');
      const longer = await disk.run('sense path group ID, 16 bytes', [
        take('sense-path-group-id', 16, 'group', ['sli']),
      ]);
      disk.expect.irb(longer.irb, { ...NORMAL_END, count: 4 }, 'the IRB with count 16', longer.program);
      await longer.untouched('group', 4, 12);
    },
  }),
  diskCase({
    id: 'eckd/path-group/reset-state',
    decides: 'A path that is in no group shows state 00, single-path mode, and an identifier of zeros.',
    requirements: ['PA-002'],
    run: async (disk, context) => {
      await needsNoGroup(context, disk);
      const { state, id } = await senseGroup(disk);
      disk.expect.equal(state & STATE, 0, 'state and mode');
      disk.expect.bytes(id, NO_ID, 'the identifier');
    },
  }),
  groupCase({
    id: 'eckd/path-group/established-with-multipath-mode',
    decides: 'After an establish with multipath mode the path shows state 11, the mode bit, and the identifier.',
    requirements: ['PA-003'],
    run: async (disk, path) => {
      await establish(disk, ID, path);
      const { state, id } = await senseGroup(disk, path);
      disk.expect.equal(state & STATE, GroupState.grouped | GroupState.multipath, 'state and mode');
      disk.expect.bytes(id, ID, 'the identifier');
    },
  }),
  groupCase({
    id: 'eckd/path-group/established-with-single-path-mode',
    decides: 'After an establish without multipath mode the path shows the mode bit as 0, and the identifier.',
    requirements: ['PA-004'],
    run: async (disk, path) => {
      await establish(disk, ID, path, false);
      const { state, id } = await senseGroup(disk, path);
      disk.expect.equal(state & GroupState.multipath, 0, 'the mode bit');
      disk.expect.bytes(id, ID, 'the identifier');
    },
  }),
  groupCase({
    id: 'eckd/path-group/another-identifier',
    decides:
      'An establish with another identifier on a path that is in a group is rejected for an invalid parameter, and the path keeps its own; with its own it is accepted again.',
    requirements: ['PA-005'],
    run: async (disk, path) => {
      await establish(disk, ID, path);
      const other = setPathGroup(PathGroupFunction.establishMultipath, groupId(0x52));
      await disk.fails('an establish with another identifier', other, 0, Rejected.invalidParameter, {
        orb: { paths: path },
      });
      disk.expect.bytes((await senseGroup(disk, path)).id, ID, 'the identifier');
      await establish(disk, ID, path);
    },
  }),
  groupCase({
    id: 'eckd/path-group/function-and-identifier',
    decides:
      'Set Path Group ID with function 11, with a reserved bit of the function byte, or with an identifier of zeros is rejected for an invalid parameter.',
    requirements: ['PA-006'],
    run: async (disk, path) => {
      const options = { orb: { paths: path } };
      for (const byte of [0x60, 0xe0, 0x10, 0x01]) {
        await disk.fails(`function byte ${code(byte)}`, setPathGroup(byte, ID), 0, Rejected.invalidParameter, options);
      }
      const zeros = setPathGroup(PathGroupFunction.establishMultipath, NO_ID);
      await disk.fails('an identifier of zeros', zeros, 0, Rejected.invalidParameter, options);
      disk.expect.bytes((await senseGroup(disk, path)).id, NO_ID, 'the identifier after all of them');
    },
  }),
  groupCase({
    id: 'eckd/path-group/eleven-bytes',
    decides: 'Set Path Group ID with count 11 is rejected: CCW count less than required.',
    requirements: ['PA-006'],
    run: async (disk, path) => {
      const bytes = Uint8Array.of(PathGroupFunction.establishMultipath, ...ID.slice(0, 10));
      const short = [give('set-path-group-id', bytes, ['sli'])];
      await disk.fails('set path group ID of 11 bytes', short, 0, Rejected.shortCount, { orb: { paths: path } });
    },
  }),
  groupCase({
    id: 'eckd/path-group/resigned',
    decides: 'A path that resigned from its group shows state 10 and still has the identifier.',
    requirements: ['PA-007'],
    run: async (disk, path) => {
      await establish(disk, ID, path);
      await disk.succeeds('resign', setPathGroup(PathGroupFunction.resign, ID), { orb: { paths: path } });
      const { state, id } = await senseGroup(disk, path);
      disk.expect.equal(state & GroupState.mask, GroupState.ungrouped, 'the state');
      disk.expect.bytes(id, ID, 'the identifier');
    },
  }),
  groupCase({
    id: 'eckd/path-group/disbanded',
    decides: 'After a disband the path is in the reset state again: state 00, and an identifier of zeros.',
    requirements: ['PA-002', 'PA-007'],
    run: async (disk, path) => {
      await establish(disk, ID, path);
      await disk.succeeds('disband', setPathGroup(PathGroupFunction.disbandMultipath, ID), { orb: { paths: path } });
      const { state, id } = await senseGroup(disk, path);
      disk.expect.equal(state & STATE, GroupState.reset, 'state and mode');
      disk.expect.bytes(id, NO_ID, 'the identifier');
    },
  }),
  groupCase({
    id: 'eckd/path-group/kept-by-clear-subchannel',
    decides: 'CLEAR SUBCHANNEL leaves the path in its group.',
    requirements: ['PA-020'],
    run: async (disk, path) => {
      await establish(disk, ID, path, false);
      await disk.clear();
      disk.expect.bytes((await senseGroup(disk, path)).id, ID, 'the identifier after CLEAR SUBCHANNEL');
    },
  }),
  groupCase({
    id: 'eckd/path-group/not-behind-another-command',
    decides:
      'Sense and Set Path Group ID behind another command are rejected as invalid sequences; behind Suspend Multipath Reconnection alone they are accepted.',
    requirements: ['PA-008'],
    run: async (disk, path) => {
      const options = { orb: { paths: path } };
      const set = setPathGroup(PathGroupFunction.establishMultipath, ID);
      for (const [what, command] of [
        ['sense', sensePathGroup],
        ['set', set],
      ] as const) {
        const behind = [control('no-operation'), ...command];
        await disk.fails(`${what} path group ID behind a no-operation`, behind, 1, Rejected.invalidSequence, options);
        await disk.succeeds(`${what} path group ID behind a suspension`, [suspendReconnection, ...command], options);
      }
    },
  }),
  groupCase({
    id: 'eckd/path-group/nothing-behind-it',
    decides: 'A command chained to Sense or Set Path Group ID is rejected as an invalid sequence.',
    requirements: ['PA-009'],
    run: async (disk, path) => {
      const options = { orb: { paths: path } };
      const set = setPathGroup(PathGroupFunction.establishMultipath, ID);
      for (const [what, command] of [
        ['sense', sensePathGroup],
        ['set', set],
      ] as const) {
        const followed = [...command, ...senseId];
        await disk.fails(`sense ID behind ${what} path group ID`, followed, 1, Rejected.invalidSequence, options);
      }
    },
  }),
  diskCase({
    id: 'eckd/path-group/suspend-multipath-reconnection',
    decides:
      'Suspend Multipath Reconnection ends with channel end and device end, and the command chained to it is executed.',
    requirements: ['PA-019'],
    run: async (disk) => {
      const outcome = await disk.ends('a suspension and sense ID', [suspendReconnection, ...senseId], {
        ...NORMAL_END,
        ccwAddress: ccwAt(2),
      });
      disk.expect.bytes(await outcome.bytes('sense-id', 1), 'ff', 'byte 0 of Sense ID');
    },
  }),
];

export default cases;
