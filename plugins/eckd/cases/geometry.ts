/** What fits on a track, and what a formatted track reads back as. */

import type { CaseDefinition } from 'ccwspec/plugin';
import {
  countField,
  defineExtent,
  FileMask,
  give,
  LocateOperation,
  locateRecord,
  recordId,
  seekAddress,
  take,
} from '../programs/index.js';
import { needsExtendedAddresses } from '../support/characteristics.js';
import { Ended } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { HEADS, TRACK_CELLS, cells, trackAddress } from '../support/geometry.js';
import { back, concat, type Part, pattern } from '../support/parts.js';
import { pickTracks, type Scratch } from '../support/scratch.js';
import { newRecord, readWholeTrack, wholeRecord, writeRecordZero } from '../support/track-content.js';

/** Key and data length of a record. */
type Lengths = readonly [key: number, data: number];

const repeated = (count: number, lengths: Lengths): Lengths[] => Array.from({ length: count }, () => lengths);

/** A program that formats records of these lengths with their count fields alone. */
function format(track: number, records: readonly Lengths[]): Part[] {
  return [
    give('define-extent', defineExtent({ mask: FileMask.format, first: track, last: track })),
    give('locate-record', locateRecord({ operation: LocateOperation.formatWrite, count: records.length, track })),
    ...records.map(([key, data], n) => give('write-ckd', countField(track, n + 1, key, data), ['sli'])),
  ];
}

/** Formats records all of which fit but the last. */
async function lastDoesNotFit({ disk, track }: Scratch, what: string, records: readonly Lengths[]): Promise<void> {
  await disk.fails(`the format of ${what}`, format(track, records), records.length + 1, Ended.invalidTrackFormat);
}

/**
 * Records per track of a 3390, from IBM's table: data length, and the number of equal records without key and with keys of 4,
 * 8, 44 and 255 bytes.
 */
const recordsPerTrack: readonly (readonly [data: number, ...counts: number[]])[] = [
  [8, 86, 57, 57, 55, 45],
  [80, 78, 54, 54, 52, 43],
  [96, 75, 52, 52, 50, 42],
  [144, 72, 50, 50, 49, 41],
  [256, 61, 45, 45, 44, 37],
  [512, 49, 38, 38, 37, 32],
  [800, 39, 32, 32, 31, 27],
  [1024, 33, 28, 28, 27, 25],
  [1600, 25, 22, 22, 21, 20],
  [2048, 21, 19, 19, 18, 17],
  [3120, 15, 13, 13, 13, 13],
  [4096, 12, 11, 11, 11, 10],
  [6144, 8, 8, 8, 8, 7],
  [8192, 6, 6, 6, 6, 6],
  [27998, 2, 1, 1, 1, 1],
];
const keyLengths = [0, 4, 8, 44, 255];

/** Largest data length without key of which 1, 2, 3 … records fit on a track, from the same table. */
const largestData = [56664, 27998, 18452, 13682, 10796, 8906, 7548, 6518, 5726, 5064, 4566, 4136, 3768, 3440, 3174];

/** Records that take all 1729 cells, to the last byte of the last of them. */
const mixtures: readonly (readonly Lengths[])[] = [
  [
    [0, 27998],
    [0, 28032],
  ],
  [
    [8, 512],
    [0, 55176],
  ],
  [
    [0, 4096],
    [255, 255],
    [44, 50038],
  ],
];

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/geometry/twelve-blocks-of-4096',
    decides:
      'A track holds 12 records of 4096 bytes without key; the 13th ends with invalid track format, and the 12 stay.',
    requirements: ['GE-001', 'SN-006'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const records = Array.from({ length: 12 }, (_, n) => newRecord(track, n + 1, pattern(4096, n)));
      const thirteen = [...records, newRecord(track, 13, pattern(4096, 13))];
      const parts = [
        ...format(track, repeated(13, [0, 4096])).slice(0, 2),
        ...thirteen.map((record) => give('write-ckd', wholeRecord(record))),
      ];
      await disk.fails('the format of 13 records of 4096 bytes', parts, 14, Ended.invalidTrackFormat);
      await scratch.holds(records, 'after 13 were written');
    },
  }),
  scratchCase({
    id: 'eckd/geometry/forty-nine-blocks-of-512',
    decides: 'A track holds 49 records of 512 bytes without key; the 50th ends with invalid track format.',
    requirements: ['GE-002'],
    run: async (scratch) => {
      await lastDoesNotFit(scratch, '50 records of 512 bytes', repeated(50, [0, 512]));
      const [, ...found] = await readWholeTrack(scratch.disk, scratch.track);
      scratch.disk.expect.equal(found.length, 49, 'records on the track');
    },
  }),
  scratchCase({
    id: 'eckd/geometry/records-per-track',
    decides:
      'Equal records with keys of 0, 4, 8, 44 and 255 bytes fit on a track as often as the table of the 3390 says, and not once more.',
    requirements: ['GE-003'],
    run: async (scratch) => {
      for (const [data, ...counts] of recordsPerTrack) {
        for (const [n, count] of counts.entries()) {
          const key = keyLengths[n] ?? 0;
          await lastDoesNotFit(
            scratch,
            `${count} and 1 records of ${key} and ${data} bytes`,
            repeated(count + 1, [key, data]),
          );
        }
      }
    },
  }),
  scratchCase({
    id: 'eckd/geometry/largest-equal-records',
    decides:
      'The largest data length of which 1 to 15 records fit on a track is that of the table of the 3390; of one byte more the last does not fit.',
    requirements: ['GE-003'],
    run: async (scratch) => {
      for (const [n, data] of largestData.entries()) {
        await scratch.disk.succeeds(
          `the format of ${n + 1} records of ${data}`,
          format(scratch.track, repeated(n + 1, [0, data])),
        );
        await lastDoesNotFit(scratch, `${n + 1} records of ${data + 1}`, repeated(n + 1, [0, data + 1]));
      }
    },
  }),
  scratchCase({
    id: 'eckd/geometry/mixed-records',
    decides:
      'Records of different lengths fit on a track as long as the sum of their cells, 34 bytes each, is not more than 1729; one byte beyond does not.',
    requirements: ['GE-003'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      for (const full of mixtures) {
        const sum = full.reduce((total, [key, data]) => total + cells(key, data), 0);
        disk.expect.equal(sum, TRACK_CELLS, `the cells of ${JSON.stringify(full)}, by the formula`);
        await disk.succeeds(`the format of ${JSON.stringify(full)}`, format(track, full));
        const longer = full.map(([key, data], n): Lengths => [key, n === full.length - 1 ? data + 1 : data]);
        await lastDoesNotFit(scratch, JSON.stringify(longer), longer);
      }
    },
  }),
  scratchCase({
    id: 'eckd/geometry/largest-record',
    decides:
      'One record of 56664 bytes without key fits on a track, and reads back; one of 56665 ends with invalid track format.',
    requirements: ['GE-004'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(56664))]);
      const outcome = await disk.succeeds('the read of 56664 bytes', [
        give('seek', seekAddress(track)),
        take('read-data', 56664, 'data'),
      ]);
      disk.expect.bytes(await outcome.bytes('data', 56664), pattern(56664), 'the data of the record');
      await lastDoesNotFit(scratch, 'one record of 56665 bytes', [[0, 56665]]);
    },
  }),
  scratchCase({
    id: 'eckd/geometry/record-zero-takes-no-room',
    decides:
      'A record of 56664 bytes fits behind a record 0 of 8 bytes that was just written: home address and record 0 have room of their own.',
    requirements: ['GE-005'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await disk.succeeds('write record zero', writeRecordZero(track, newRecord(track, 0, pattern(8))));
      await disk.succeeds('the format of 56664 bytes', format(track, [[0, 56664]]));
      const [zero, first] = await readWholeTrack(disk, track);
      disk.expect.bytes(zero?.data ?? new Uint8Array(0), pattern(8), 'the data of record 0');
      disk.expect.equal(first?.data.length, 56664, 'the data length of record 1');
    },
  }),
  scratchCase({
    id: 'eckd/geometry/count-fields-as-they-were-written',
    decides:
      'Count fields read back as they were written, also with a cylinder, head and record that are not those of the track, twice the same.',
    requirements: ['GE-006'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const counts = ['0001000205000010', '7fff000eff000010', '7fff000eff040010'].map((digits) =>
        Buffer.from(digits, 'hex'),
      );
      const records = counts.map((count, n) => ({
        count: Uint8Array.from(count),
        key: new Uint8Array(count[5] ?? 0),
        data: pattern(16, n),
      }));
      await scratch.hold(records);
      await scratch.holds(records, 'as they were written');
      const outcome = await disk.succeeds('three reads of a count field', [
        give('seek', seekAddress(track)),
        ...counts.map((_, n) => take('read-count', 8, `count-${n}`)),
      ]);
      for (const [n, count] of counts.entries()) {
        disk.expect.bytes(
          await outcome.bytes(`count-${n}`, 8),
          Uint8Array.from(count),
          `what Read Count ${n + 1} gives`,
        );
      }
    },
  }),
  scratchCase({
    id: 'eckd/geometry/reading-goes-round-once',
    decides:
      'Read Count behind the last record of a track begins with record 1 again; when the index point is passed a second time it ends with no record found.',
    requirements: ['GE-007'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([1, 2].map((record) => newRecord(track, record, pattern(8))));
      const names = ['count-1', 'count-2', 'count-3', 'count-4', 'count-5'];
      const parts = [give('seek', seekAddress(track)), ...names.map((name) => take('read-count', 8, name))];
      const outcome = await disk.fails('five reads of a count field', parts, 5, Ended.noRecordFound);
      for (const [n, record] of [1, 2, 1, 2].entries()) {
        disk.expect.bytes(
          await outcome.bytes(`count-${n + 1}`, 5),
          recordId(track, record),
          `what Read Count ${n + 1} gives`,
        );
      }
    },
  }),
  scratchCase({
    id: 'eckd/geometry/record-zero',
    decides:
      'Read Record Zero gives count field, key and data of record 0, wherever on the track the device stands, and reads on with record 1.',
    requirements: ['GE-012'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([1, 2].map((record) => newRecord(track, record, pattern(8, record))));
      const outcome = await disk.succeeds('read record zero behind record 2', [
        give('seek', seekAddress(track)),
        give('search-id-equal', recordId(track, 2)),
        back(),
        take('read-r0', 16, 'zero'),
        take('read-data', 8, 'data'),
      ]);
      const found = await outcome.bytes('zero', 16);
      disk.expect.bytes(found.slice(0, 8), countField(track, 0, 0, 8), 'the count field of record 0');
      disk.expect.bytes(await outcome.bytes('data', 8), pattern(8, 1), 'the data read behind it');
      const [zero] = await readWholeTrack(disk, track);
      disk.expect.bytes(
        found.slice(8),
        zero?.data ?? new Uint8Array(0),
        'the data of record 0, as Read Track has them',
      );
    },
  }),
  diskCase({
    id: 'eckd/geometry/home-address',
    decides:
      'Read Home Address gives flag byte 00 and the CCHH of the track where the device stands, the first and the last head of a cylinder alike.',
    requirements: ['GE-013'],
    run: async (disk, context) => {
      const [track = 0] = await pickTracks(context, disk);
      const cylinder = track - (track % HEADS);
      for (const at of [cylinder, cylinder + HEADS - 1]) {
        const parts = [give('seek', seekAddress(at)), take('read-home-address', 5, 'address')];
        const outcome = await disk.succeeds('read home address', parts);
        disk.expect.bytes(await outcome.bytes('address', 5), concat([0], trackAddress(at)), 'flag and CCHH');
      }
    },
  }),
  diskCase({
    id: 'eckd/geometry/address-above-65535',
    decides:
      'A seek and a Locate Record to cylinder 65536 and above, whose high bits stand in front of the head, reach that track and not the one of the low 16 bits.',
    requirements: ['GE-021'],
    run: async (disk, context) => {
      await needsExtendedAddresses(context, disk);
      const track = 65537 * HEADS + 3;
      const address = trackAddress(track);
      disk.expect.bytes(address, '00010013', 'CCHH of cylinder 65537, head 3');
      const read = take('read-home-address', 5, 'address');
      const byLocate = [
        give('define-extent', defineExtent({ first: track, last: track })),
        give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track })),
        read,
      ];
      for (const parts of [[give('seek', seekAddress(track)), read], byLocate]) {
        const outcome = await disk.succeeds('read home address', parts);
        disk.expect.bytes(await outcome.bytes('address', 4, 1), address, 'CCHH of the track that was reached');
      }
    },
  }),
  diskCase({
    id: 'eckd/geometry/search-above-65535',
    decides:
      'Search ID Equal with the packed address of a track above cylinder 65535 finds its record 0; with the address of the low 16 bits it does not.',
    requirements: ['GE-022'],
    run: async (disk, context) => {
      await needsExtendedAddresses(context, disk);
      const track = 65537 * HEADS + 3;
      const search = (argument: Uint8Array): Part[] => [
        give('seek', seekAddress(track)),
        give('search-id-equal', argument),
        back(),
        take('read-data', 8, 'data', ['sli']),
      ];
      await disk.succeeds('a search with the packed address', search(recordId(track, 0)));
      const low = search(recordId(track % (0x1_0000 * HEADS), 0));
      await disk.fails('a search with the low 16 bits', low, 1, Ended.noRecordFound);
    },
  }),
];

export default cases;
