/** Path groups of several paths, and a reservation that they share. */

import { defineCase, takeCrw, type Capability, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import {
  PathGroupFunction,
  readDeviceCharacteristics,
  release,
  reserve,
  senseId,
  setPathGroup,
} from '../programs/index.js';
import { always } from '../support/always.js';
import { code, Disk, NORMAL_END } from '../support/disk.js';
import {
  establish,
  groupId,
  GroupState,
  Reserved,
  senseGroup,
  withPathGroup,
  withReservation,
  withTwoHosts,
} from '../support/hosts.js';
import { hostPaths } from '../support/paths.js';

const ID = groupId(0x61);

/** Runs `body` with two paths that were in no group and are now in one, in multipath mode. */
async function withGroup(
  context: CaseContext,
  disk: Disk,
  body: (paths: readonly [number, number]) => Promise<void>,
): Promise<void> {
  const [first = 0x80, second = 0x40] = await hostPaths(disk);
  await withPathGroup(context, disk, ID, [first, second], async () => {
    await establish(disk, ID, first);
    await establish(disk, ID, second);
    await body([first, second]);
  });
}

const pathNeeds: readonly Capability[] = ['vfio', 'eckd', 'many-paths'];

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'eckd/path-group/disband-on-all-paths',
    decides: 'A disband through one path ends the group on all of its paths.',
    requirements: ['PA-007'],
    needs: pathNeeds,
    touches: 'volume',
    run: async (context) => {
      const disk = await Disk.open(context);
      await withGroup(context, disk, async ([first, second]) => {
        await disk.succeeds('disband', setPathGroup(PathGroupFunction.disbandMultipath, ID), { orb: { paths: first } });
        const { state, id } = await senseGroup(disk, second);
        disk.expect.equal(state & GroupState.mask, GroupState.reset, 'the state of the other path');
        disk.expect.bytes(id, new Uint8Array(11), 'the identifier of the other path');
      });
    },
  }),
  defineCase({
    id: 'eckd/path-group/path-that-was-used',
    decides: 'The last-path-used mask in the IRB is the logical path mask, where that has one bit.',
    requirements: ['PA-014'],
    needs: pathNeeds,
    touches: 'nothing',
    run: async (context) => {
      const disk = await Disk.open(context);
      for (const path of await hostPaths(disk)) {
        const what = `sense ID on path ${code(path)}`;
        await disk.ends(what, senseId, { ...NORMAL_END, lastPathUsedMask: path }, { orb: { paths: path } });
      }
    },
  }),
  defineCase({
    id: 'eckd/path-group/no-operation-on-each-path',
    decides:
      'A no-operation of count 0 with SLI ends on each path without subchannel status, which is how Linux tries a path.',
    requirements: ['PA-017'],
    needs: pathNeeds,
    touches: 'nothing',
    run: async (context) => {
      const disk = await Disk.open(context);
      for (const path of await hostPaths(disk)) {
        const nop = [{ command: 'no-operation', flags: ['sli'], count: 0 } as const];
        await disk.ends(`a no-operation on path ${code(path)}`, nop, { subchannelStatus: 0 }, { orb: { paths: path } });
      }
    },
  }),
  defineCase({
    id: 'eckd/path-group/identifier-stays-when-a-path-is-lost',
    decides: 'When one path of a group is configured off, the other paths still show state 11 and the identifier.',
    requirements: ['PA-012'],
    needs: [...pathNeeds, 'path-control', 'path-configuration'],
    touches: 'volume',
    run: async (context) => {
      const disk = await Disk.open(context);
      await withGroup(context, disk, async ([, second]) => {
        await withoutFirstPath(context, disk, async () => {
          const { state, id } = await senseGroup(disk, second);
          disk.expect.equal(state & GroupState.mask, GroupState.grouped, 'the state of the other path');
          disk.expect.bytes(id, ID, 'the identifier of the other path');
        });
      });
    },
  }),
  defineCase({
    id: 'eckd/reserve/any-path-of-the-group',
    decides:
      "A reservation by one path of a group is the group's: the other path shows it as its own, uses the device, and releases it.",
    requirements: ['RS-027', 'RS-003'],
    needs: pathNeeds,
    touches: 'volume',
    run: (context) =>
      withReservation(context, (disk) =>
        withGroup(context, disk, async ([first, second]) => {
          await disk.succeeds('reserve', reserve, { orb: { paths: first } });
          const { state } = await senseGroup(disk, second);
          disk.expect.equal(state & Reserved.mask, Reserved.toThis, 'the reservation, seen from the other path');
          await disk.succeeds('a read on the other path', readDeviceCharacteristics, { orb: { paths: second } });
          await disk.succeeds('release on the other path', release, { orb: { paths: second } });
          const after = await senseGroup(disk, first);
          disk.expect.equal(after.state & Reserved.mask, Reserved.not, 'the reservation after the release');
        }),
      ),
  }),
  defineCase({
    id: 'eckd/reserve/ungrouped-path-is-another-owner',
    decides: 'A path of the same host that is not in a group with the owner shows the device as reserved to another.',
    requirements: ['RS-019'],
    needs: pathNeeds,
    touches: 'volume',
    run: (context) =>
      withReservation(context, async (disk) => {
        const [first = 0x80, second = 0x40] = await hostPaths(disk);
        await withPathGroup(context, disk, ID, [first, second], async () => {
          await disk.succeeds('reserve', reserve, { orb: { paths: first } });
          const { state } = await senseGroup(disk, second);
          disk.expect.equal(state & Reserved.mask, Reserved.toOther, 'the reservation, seen from the other path');
          await disk.succeeds('release', release, { orb: { paths: first } });
        });
      }),
  }),
  defineCase({
    id: 'eckd/reserve/survives-a-lost-path',
    decides:
      'A reservation survives that the path that made it is configured off: the group keeps it through its other path, and another host is kept out.',
    requirements: ['RS-018'],
    needs: [...pathNeeds, 'path-control', 'path-configuration', 'second-host'],
    touches: 'volume',
    run: (context) =>
      withTwoHosts(context, ({ one, other }) =>
        withGroup(context, one, async ([first, second]) => {
          await one.succeeds('reserve', reserve, { orb: { paths: first } });
          await withoutFirstPath(context, one, async () => {
            const { state } = await senseGroup(one, second);
            one.expect.equal(state & Reserved.mask, Reserved.toThis, 'the reservation, seen from the other path');
            const seen = (await senseGroup(other)).state & Reserved.mask;
            one.expect.equal(seen, Reserved.toOther, 'the reservation, seen from the other host');
            await one.succeeds('release', release, { orb: { paths: second } });
          });
        }),
      ),
  }),
  defineCase({
    id: 'eckd/reserve/resigned-path-leaves-it-to-the-group',
    decides:
      'When the path that reserved the device resigns from its group the reservation stays with the other path of the group.',
    requirements: ['RS-031'],
    needs: pathNeeds,
    touches: 'volume',
    run: (context) =>
      withReservation(context, (disk) =>
        withGroup(context, disk, async ([first, second]) => {
          await disk.succeeds('reserve', reserve, { orb: { paths: first } });
          await disk.succeeds('resign', setPathGroup(PathGroupFunction.resign, ID), { orb: { paths: first } });
          const seen = async (path: number): Promise<number> => (await senseGroup(disk, path)).state & Reserved.mask;
          disk.expect.equal(await seen(second), Reserved.toThis, 'the reservation, seen from the other path');
          disk.expect.equal(await seen(first), Reserved.toOther, 'the reservation, seen from the path that resigned');
          await disk.succeeds('release', release, { orb: { paths: second } });
        }),
      ),
  }),
  defineCase({
    id: 'eckd/reserve/disband-leaves-one-path',
    decides:
      'A disband through one path of the group that has the device reserved leaves the reservation with that path alone.',
    requirements: ['RS-028'],
    needs: pathNeeds,
    touches: 'volume',
    run: (context) =>
      withReservation(context, (disk) =>
        withGroup(context, disk, async ([first, second]) => {
          await disk.succeeds('reserve', reserve, { orb: { paths: first } });
          await disk.succeeds('disband', setPathGroup(PathGroupFunction.disbandMultipath, ID), {
            orb: { paths: second },
          });
          const seen = async (path: number): Promise<number> => (await senseGroup(disk, path)).state & Reserved.mask;
          disk.expect.equal(await seen(second), Reserved.toThis, 'the reservation, seen from the path that disbanded');
          disk.expect.equal(await seen(first), Reserved.toOther, 'the reservation, seen from the other path');
          await disk.succeeds('release', release, { orb: { paths: second } });
        }),
      ),
  }),
];

/** Runs `body` with the first path configured off, configures it on again, and takes the channel reports of both. */
async function withoutFirstPath(context: CaseContext, disk: Disk, body: () => Promise<void>): Promise<void> {
  const paths = context.control('paths');
  const chpid = paths.chpids[0] ?? disk.expect.fail('expected the subchannel to have a channel path');
  await paths.configure(chpid, false);
  // Where it was the path used last the driver halts the subchannel, which gives an interruption of its own.
  await disk.drain();
  await always(body, async () => {
    await paths.configure(chpid, true);
    while ((await takeCrw(disk.vfio)) !== 0);
  });
}

export default cases;
