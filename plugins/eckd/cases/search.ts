/** Searches for a record identifier or a home address. */

import { DeviceStatus, type CaseDefinition, type Mnemonic } from 'ccwspec/plugin';
import { defineExtent, give, recordId, seekAddress, take } from '../programs/index.js';
import { Ended } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { type Disk } from '../support/disk.js';
import { HEADS } from '../support/geometry.js';
import { back, ccwAt, concat, control, type Part, pattern } from '../support/parts.js';
import { pickTracks } from '../support/scratch.js';
import { newRecord, readWholeTrack } from '../support/track-content.js';

const SATISFIED = DeviceStatus.channelEnd | DeviceStatus.deviceEnd | DeviceStatus.statusModifier;
const NOT_SATISFIED = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;

/** An identifier that no track has. */
const NOWHERE = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff);

/** Runs a search that is the last command of its program. @returns whether it was satisfied */
async function isSatisfied(disk: Disk, what: string, parts: readonly Part[]): Promise<boolean> {
  const outcome = await disk.run(what, parts);
  const status = outcome.irb[8] ?? 0;
  disk.expect.isTrue(
    status === SATISFIED || status === NOT_SATISFIED,
    `${what} ends with channel end and device end, with status modifier or not`,
  );
  return status === SATISFIED;
}

/** A search that is repeated until it is satisfied. */
function until(command: Mnemonic, argument: Uint8Array): Part[] {
  return [give(command, argument), back()];
}

const comparisons: readonly (readonly [Mnemonic, readonly [lower: boolean, equal: boolean, higher: boolean]])[] = [
  ['search-id-equal', [false, true, false]],
  ['search-id-high', [false, false, true]],
  ['search-id-equal-or-high', [false, true, true]],
];

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/search/satisfied-search-skips-one-ccw',
    decides:
      'Search ID Equal that is satisfied makes the channel skip exactly one CCW; one that is not goes on with the next.',
    requirements: ['CH-012', 'EC-034'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(8, 1))]);
      const [zero] = await readWholeTrack(disk, track);
      // The search meets the count field of record 0 first; the read behind the skipped CCW is then of its data.
      for (const [record, skips] of [
        [0, true],
        [1, false],
      ] as const) {
        const outcome = await disk.run(`a search for record ${record}`, [
          give('seek', seekAddress(track)),
          give('search-id-equal', recordId(track, record)),
          take('read-count', 8, 'first'),
          take('read-data', 8, 'second'),
        ]);
        disk.expect.irb(outcome.irb, { deviceStatus: NOT_SATISFIED, ccwAddress: ccwAt(4) }, 'its IRB', outcome.program);
        if (skips) await outcome.untouched('first', 8);
        else
          disk.expect.bytes(await outcome.bytes('first', 5), recordId(track, 1), 'what the CCW behind the search read');
        const expected = skips ? zero?.data : pattern(8, 1);
        disk.expect.bytes(
          await outcome.bytes('second', 8),
          expected ?? new Uint8Array(0),
          'what the CCW after that read',
        );
      }
    },
  }),
  scratchCase({
    id: 'eckd/search/identifiers-compare-without-sign',
    decides:
      'Search ID Equal, High, and Equal or High compare without sign, and are satisfied if the identifier on the track is equal to, higher than, or not lower than the argument.',
    requirements: ['EC-034'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      // Records of any identifier may be written. Bit 0 of the first byte stays 0: an image of Hercules has its own use for it.
      const ids = [Uint8Array.of(0x7f, 0x00, 0x00, 0x01, 0x7f), Uint8Array.of(0x00, 0x10, 0x00, 0x01, 0x80)];
      await scratch.hold(ids.map((id) => ({ ...newRecord(track, 1, pattern(8)), count: concat(id, [0, 0, 8]) })));
      for (const [index, id] of ids.entries()) {
        const around = [
          [-1, 'lower'],
          [0, 'equal'],
          [1, 'higher'],
        ] as const;
        for (const [command, satisfied] of comparisons) {
          for (const [n, [step, name]] of around.entries()) {
            // The identifier on the track is lower if the argument is one more.
            const argument = id.slice();
            argument[4] = (argument[4] ?? 0) - step;
            const parts = [give('seek', seekAddress(track)), ...toRecord(index), give(command, argument)];
            disk.expect.equal(
              await isSatisfied(disk, command, parts),
              satisfied[n],
              `whether ${command} is satisfied by a ${name} identifier`,
            );
          }
        }
      }
    },
  }),
  scratchCase({
    id: 'eckd/search/first-byte-decides',
    decides:
      'Search ID High compares byte by byte from the first: a higher cylinder is high whatever head and record are.',
    requirements: ['EC-034'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const id = Uint8Array.of(0x02, 0x00, 0x00, 0x00, 0x01);
      await scratch.hold([{ ...newRecord(track, 1, pattern(8)), count: concat(id, [0, 0, 8]) }]);
      const to = (argument: readonly number[]): Part[] => [
        give('seek', seekAddress(track)),
        ...toRecord(0),
        give('search-id-high', Uint8Array.from(argument)),
      ];
      const low = await isSatisfied(disk, 'search ID high', to([0x01, 0xff, 0xff, 0xff, 0xff]));
      disk.expect.equal(low, true, 'whether 0200 0000 01 is higher than 01FF FFFF FF');
      const high = await isSatisfied(disk, 'search ID high', to([0x02, 0x00, 0x00, 0x01, 0x00]));
      disk.expect.equal(high, false, 'whether 0200 0000 01 is higher than 0200 0001 00');
    },
  }),
  diskCase({
    id: 'eckd/search/never-satisfied',
    decides:
      'A search that is repeated and never satisfied ends with no record found when the track has gone round, at the search CCW.',
    requirements: ['EC-036', 'SN-003'],
    run: async (disk) => {
      const parts = [give('seek', seekAddress(0)), ...until('search-id-equal', NOWHERE), take('read-data', 8, 'data')];
      const outcome = await disk.fails('a search for what is not there', parts, 1, Ended.noRecordFound);
      await outcome.untouched('data', 8);
    },
  }),
  scratchCase({
    id: 'eckd/search/multitrack-goes-on-to-the-next-head',
    decides:
      'A multitrack search that finds nothing on the track goes on with the next head, and the read behind it reads there.',
    requirements: ['EC-037'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(8, 1))]);
      await scratch.hold([newRecord(next, 1, pattern(8, 2))], next);
      const outcome = await disk.succeeds('a multitrack search', [
        give('seek', seekAddress(track)),
        ...until('search-id-equal-mt', recordId(next, 1)),
        take('read-data', 8, 'data'),
      ]);
      disk.expect.bytes(await outcome.bytes('data', 8), pattern(8, 2), 'the data of record 1 of the next track');
    },
  }),
  diskCase({
    id: 'eckd/search/multitrack-ends-with-the-cylinder',
    decides: 'A multitrack search that is never satisfied ends with end of cylinder behind head 14.',
    requirements: ['EC-037', 'SN-005'],
    run: async (disk) => {
      const parts = [
        give('seek', seekAddress(HEADS - 2)),
        ...until('search-id-equal-mt', NOWHERE),
        control('no-operation'),
      ];
      const outcome = await disk.fails('a search through heads 13 and 14', parts, 1, Ended.endOfCylinder);
      disk.expect.equal((outcome.sense[31] ?? 0) & 0x0f, HEADS - 1, 'the head that sense byte 31 names');
    },
  }),
  diskCase({
    id: 'eckd/search/multitrack-ends-with-the-extent',
    decides: 'A multitrack search that would go on behind the extent is file protected.',
    requirements: ['EC-037', 'SN-004'],
    run: async (disk, context) => {
      const [first = 0, last = 0] = await pickTracks(context, disk, { tracks: 3 });
      const parts = [
        give('define-extent', defineExtent({ first, last })),
        give('seek', seekAddress(last)),
        ...until('search-id-equal-mt', NOWHERE),
        control('no-operation'),
      ];
      await disk.fails('a search on the last track of the extent', parts, 2, Ended.fileProtected);
    },
  }),
  diskCase({
    id: 'eckd/search/multitrack-that-the-mask-inhibits',
    decides: 'Under a file mask with seek control 11 a multitrack search that would switch heads is file protected.',
    requirements: ['EC-032'],
    run: async (disk) => {
      const parts = [
        give('seek', seekAddress(0)),
        give('set-file-mask', Uint8Array.of(0x18)),
        ...until('search-id-equal-mt', NOWHERE),
        control('no-operation'),
      ];
      await disk.fails('a multitrack search under mask 18', parts, 2, Ended.fileProtected);
    },
  }),
  diskCase({
    id: 'eckd/search/home-address',
    decides: 'Search Home Address Equal is satisfied by the CCHH of the track and by no other.',
    requirements: ['EC-064'],
    run: async (disk, context) => {
      const [track = 0, next = 1] = await pickTracks(context, disk, { tracks: 2 });
      for (const [argument, satisfied] of [
        [track, true],
        [next, false],
      ] as const) {
        const address = recordId(argument, 0).slice(0, 4);
        const parts = [give('seek', seekAddress(track)), give('search-home-address-equal', address)];
        const found = await isSatisfied(disk, 'search home address equal', parts);
        disk.expect.equal(
          found,
          satisfied,
          `whether the address of ${argument === track ? 'the track' : 'the next track'} is found`,
        );
      }
    },
  }),
];

/** Passes record 0 and the records before `index` (from 0) with searches that nothing satisfies. */
function toRecord(index: number): Part[] {
  return Array.from({ length: index + 1 }, () => give('search-id-high', NOWHERE));
}

export default cases;
