/** What cases change on a disk is put back, also when they fail. */

import assert from 'node:assert/strict';
import { RunningContext } from '../../../../src/harness/runner/context.js';
import { CaseExpect } from '../../../../src/harness/runner/expectations.js';
import { createTarget } from '../../../../src/harness/targets/index.js';
import { release, reserve, unconditionalReserve } from '../../../../plugins/eckd/programs/index.js';
import { eckdKind } from '../../../../plugins/eckd/devices/index.js';
import { always } from '../../../../plugins/eckd/support/always.js';
import { Disk } from '../../../../plugins/eckd/support/disk.js';
import {
  establish,
  groupId,
  GroupState,
  Reserved,
  reservedTo,
  senseGroup,
  withPathGroup,
  withReservation,
  withTwoHosts,
} from '../../../../plugins/eckd/support/hosts.js';
import { pattern } from '../../../../plugins/eckd/support/parts.js';
import { pickTracks, scratchRange, withTracks } from '../../../../plugins/eckd/support/scratch.js';
import {
  listing,
  newRecord,
  readWholeTrack,
  splitTrack,
  wholeRecord,
  writeRecordZero,
  writeTrack,
} from '../../../../plugins/eckd/support/track-content.js';

const broken = new Error('the body of the case failed');
const fail = (): never => {
  throw broken;
};

/** Runs `body` with a context on a new model. */
async function withContext(
  body: (context: RunningContext) => Promise<void>,
  options: Record<string, string> = {},
): Promise<void> {
  const settings = new Map(Object.entries(options));
  const target = createTarget('model', {
    deviceKinds: [eckdKind],
    targets: [],
    device: undefined,
    options: settings,
    inPlace: false,
    writable: true,
    defects: [],
    scratch: () => fail(),
  });
  const session = await target.start(1);
  const context = new RunningContext(session, new CaseExpect(), settings, 1, () => undefined);
  try {
    await body(context);
  } finally {
    await context.closeAll();
    await session.close();
  }
}

describe('running something always', () => {
  it('keeps the error of the body when both fail, and gives that of the second when only it fails', async () => {
    const second = new Error('second');
    await assert.rejects(
      always(
        () => Promise.reject(broken),
        () => Promise.reject(second),
      ),
      broken,
    );
    await assert.rejects(
      always(
        () => Promise.resolve(1),
        () => Promise.reject(second),
      ),
      second,
    );
  });
});

describe('scratch tracks', () => {
  const track = 1500;

  it('have their records again after a body that wrote them, record 0 too, and threw', async () => {
    await withContext(async (context) => {
      const disk = await Disk.open(context);
      const first = [newRecord(track, 1, pattern(100), pattern(8)), newRecord(track, 200, new Uint8Array(0))];
      await disk.succeeds('zero', writeRecordZero(track, newRecord(track, 0, pattern(8, 3))));
      await disk.succeeds('records', writeTrack(track, first));
      const before = listing(await readWholeTrack(disk, track));
      assert.equal(before.length, 3);
      await assert.rejects(
        withTracks(disk, [track, track + 1], async () => {
          await disk.succeeds('another zero', writeRecordZero(track, newRecord(track, 0, pattern(8, 4))));
          await disk.succeeds('others', writeTrack(track, [newRecord(track, 1, pattern(4096))]));
          await disk.succeeds('more', writeTrack(track + 1, [newRecord(track + 1, 1, pattern(10))]));
          fail();
        }),
        broken,
      );
      assert.deepEqual(listing(await readWholeTrack(disk, track)), before);
      assert.equal((await readWholeTrack(disk, track + 1)).length, 1);
    });
  });

  it('are those of the option, in one cylinder where that is possible', async () => {
    await withContext(
      async (context) => {
        const disk = await Disk.open(context);
        assert.deepEqual(await pickTracks(context, disk, { tracks: 1 }), [7 * 15 + 14]);
        assert.deepEqual(await pickTracks(context, disk, { tracks: 2 }), [120, 121]);
        assert.deepEqual(await pickTracks(context, disk, { tracks: 2, endOfCylinder: true }), [133, 134]);
        assert.equal((await pickTracks(context, disk, { tracks: 16 }))[0], 119);
        await assert.rejects(pickTracks(context, disk, { tracks: 30 }));
        assert.match(context.skipped ?? '', /no 30 tracks/);
      },
      { scratch: '7:14-8:14' },
    );
  });

  it('are refused if they are none, and skipped if the volume does not have them', async () => {
    for (const scratch of ['', '1:0', '1:15-2:0', '2:0-1:0', '1:0-1:15', 'a:0-b:0']) {
      assert.throws(() => scratchRange(new Map([['scratch', scratch]])), /scratch=/, scratch);
    }
    await withContext(
      async (context) => {
        await assert.rejects(pickTracks(context, await Disk.open(context)));
        assert.match(context.skipped ?? '', /1113 cylinders/);
      },
      { scratch: '1113:0-1113:14' },
    );
  });
});

describe('the data of a track', () => {
  it('are split into records up to the eight bytes of ones, or not at all', () => {
    const records = [
      newRecord(5, 0, pattern(8)),
      newRecord(5, 1, pattern(30), pattern(3)),
      newRecord(5, 2, new Uint8Array(0)),
    ];
    const bytes = Uint8Array.from([
      ...records.flatMap((record) => [...wholeRecord(record)]),
      ...new Array<number>(8).fill(0xff),
      1,
      2,
    ]);
    assert.deepEqual(splitTrack(bytes), records);
    assert.equal(splitTrack(bytes.slice(0, -10)), undefined);
  });
});

describe('a buffer of a program', () => {
  it('is not read when another program has run since', async () => {
    await withContext(async (context) => {
      const disk = await Disk.open(context);
      const outcome = await disk.run('reserve', reserve);
      await outcome.bytes('sense', 3);
      await disk.run('release', release);
      assert.throws(() => outcome.bytes('sense', 3), /after another program/);
    });
  });
});

describe('what hosts hold', () => {
  it('is released after a body that reserved and threw', async () => {
    await withContext(async (context) => {
      let used: Disk | undefined;
      await assert.rejects(
        withReservation(context, async (disk) => {
          used = disk;
          await disk.succeeds('reserve', reserve);
          assert.equal(await reservedTo(disk), Reserved.toThis);
          fail();
        }),
        broken,
      );
      assert.ok(used !== undefined);
      assert.equal(await reservedTo(used), Reserved.not);
    });
  });

  it('is free again between two hosts, with a command waiting and a reservation that was taken', async () => {
    await withContext(async (context) => {
      let first: Disk | undefined;
      await assert.rejects(
        withTwoHosts(context, async ({ one, other }) => {
          first = one;
          await one.succeeds('reserve', reserve);
          await other.succeeds('steal', unconditionalReserve);
          await one.start('a reserve that waits, or is told', reserve);
          fail();
        }),
        broken,
      );
      assert.ok(first !== undefined);
      assert.equal(await reservedTo(first), Reserved.not);
      await first.succeeds('reserve', reserve);
    });
  });

  it('leaves no path group', async () => {
    await withContext(async (context) => {
      const disk = await Disk.open(context);
      const id = groupId(9);
      await assert.rejects(
        withPathGroup(context, disk, id, [0x80], async () => {
          await establish(disk, id, 0x80);
          fail();
        }),
        broken,
      );
      assert.equal((await senseGroup(disk)).state & GroupState.mask, GroupState.reset);
    });
  });
});
