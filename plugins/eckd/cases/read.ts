/** Read commands in a domain and behind a seek. */

import type { CaseDefinition } from 'ccwspec/plugin';
import {
  countField,
  defineExtent,
  FileMask,
  give,
  type LocateFields,
  LocateOperation,
  locateRecord,
  recordId,
  seekAddress,
  take,
} from '../programs/index.js';
import { Ended, Rejected } from '../support/conditions.js';
import { scratchCase } from '../support/define.js';
import { END_OF_FILE, NORMAL_END } from '../support/disk.js';
import { back, ccwAt, concat, control, type Part, pattern } from '../support/parts.js';
import type { Scratch } from '../support/scratch.js';
import { type DiskRecord, newRecord, wholeRecord } from '../support/track-content.js';

const LENGTH = 40;

/** So many records of 40 bytes without key. */
function records(track: number, count: number): DiskRecord[] {
  return Array.from({ length: count }, (_, n) => newRecord(track, n + 1, pattern(LENGTH, track + n)));
}

/** An extent of `tracks`, and a read domain on the first of them. */
function domain(scratch: Scratch, fields: Partial<LocateFields> & { count: number }): Part[] {
  const { track, last } = scratch;
  return [
    give('define-extent', defineExtent({ first: track, last })),
    give('locate-record', locateRecord({ operation: LocateOperation.readData, track, ...fields })),
  ];
}

const dataOf = (record: DiskRecord | undefined): Uint8Array => record?.data ?? new Uint8Array(0);

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/read/what-was-written',
    decides: 'Read Data in the domain of a Locate Record gives the bytes that Write Update Data wrote.',
    requirements: ['EC-019'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, new Uint8Array(4096))]);
      await disk.succeeds('write update data', [
        give('define-extent', defineExtent({ mask: FileMask.update, first: track, last: track })),
        give(
          'locate-record',
          locateRecord({ operation: LocateOperation.writeData, count: 1, track, record: 1, lengthFactor: 4096 }),
        ),
        give('write-update-data', pattern(4096)),
      ]);
      const outcome = await disk.ends(
        'read data',
        [...domain(scratch, { count: 1, record: 1, lengthFactor: 4096 }), take('read-data-mt', 4096, 'data')],
        { ...NORMAL_END, ccwAddress: ccwAt(3), count: 0 },
      );
      disk.expect.bytes(await outcome.bytes('data', 4096), pattern(4096), 'the data that were read');
    },
  }),
  scratchCase({
    id: 'eckd/read/count-field-of-the-next-record',
    decides: 'Read Count gives the 8 bytes of the next count field, and Read Data behind it the data of that record.',
    requirements: ['EC-022'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const written = records(track, 3);
      await scratch.hold(written);
      const outcome = await disk.succeeds('read count, read count, read data', [
        ...domain(scratch, { count: 3 }),
        take('read-count', 8, 'first'),
        take('read-count', 8, 'second'),
        take('read-data', LENGTH, 'data'),
      ]);
      disk.expect.bytes(await outcome.bytes('first', 8), countField(track, 1, 0, LENGTH), 'the first count field');
      disk.expect.bytes(await outcome.bytes('second', 8), countField(track, 2, 0, LENGTH), 'the second count field');
      disk.expect.bytes(await outcome.bytes('data', LENGTH), dataOf(written[1]), 'the data behind it');
    },
  }),
  scratchCase({
    id: 'eckd/read/counts-from-record-zero',
    decides:
      'Four Read Counts behind a Locate Record for record 0 give the count fields of records 1 to 4, in the order of the track.',
    requirements: ['EC-023'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const lengths = [24, 144, 80, 4096];
      await scratch.hold(lengths.map((length, n) => newRecord(track, n + 1, pattern(length))));
      const outcome = await disk.succeeds('four reads of a count field', [
        ...domain(scratch, { count: 4, record: 0 }),
        ...lengths.map((_, n) => take('read-count', 8, `count-${n + 1}`)),
      ]);
      for (const [n, length] of lengths.entries()) {
        const found = await outcome.bytes(`count-${n + 1}`, 8);
        disk.expect.bytes(found, countField(track, n + 1, 0, length), `count field ${n + 1}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/read/count-key-and-data',
    decides: 'Read Count, Key and Data gives count field, key and data of the next record, and does not give record 0.',
    requirements: ['EC-069'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const record = newRecord(track, 1, pattern(20, 3), pattern(6, 4));
      await scratch.hold([record]);
      const outcome = await disk.succeeds('read count, key and data', [
        give('seek', seekAddress(track)),
        take('read-ckd', 34, 'record'),
      ]);
      disk.expect.bytes(await outcome.bytes('record', 34), wholeRecord(record), 'count field, key and data');
    },
  }),
  scratchCase({
    id: 'eckd/read/multiple-count-key-and-data',
    decides:
      'Read Multiple Count, Key and Data gives every record behind the one where the device stands, and ends with the track.',
    requirements: ['EC-070'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const written = [...records(track, 3), newRecord(track, 4, pattern(9, 5), pattern(4, 6))];
      await scratch.hold(written);
      const expected = concat(...written.slice(1).map(wholeRecord));
      const outcome = await disk.run('read multiple behind record 1', [
        give('seek', seekAddress(track)),
        give('search-id-equal', recordId(track, 1)),
        back(),
        take('read-multiple-ckd', 4096, 'records', ['sli']),
      ]);
      disk.expect.irb(outcome.irb, { ...NORMAL_END, count: 4096 - expected.length }, 'its IRB', outcome.program);
      disk.expect.bytes(await outcome.bytes('records', expected.length), expected, 'records 2 to 4');
      await outcome.untouched('records', 64, expected.length);
    },
  }),
  scratchCase({
    id: 'eckd/read/domain-used-up',
    decides:
      'A read domain of two ends with its second read: a Seek behind that is accepted, and behind the first read it is rejected as an invalid sequence.',
    requirements: ['EC-013'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold(records(track, 3));
      const begun = [...domain(scratch, { count: 2, record: 1 }), take('read-data-mt', LENGTH, 'first')];
      const seek = give('seek', seekAddress(track));
      await disk.fails('a seek behind one read of two', [...begun, seek], 3, Rejected.invalidSequence);
      await disk.succeeds('a seek behind both reads', [...begun, take('read-data-mt', LENGTH, 'second'), seek]);
    },
  }),
  scratchCase({
    id: 'eckd/read/domain-not-used-up',
    decides:
      'A program that ends with a record of its domain unread ends with unit check and incomplete domain, at its last CCW.',
    requirements: ['EC-014'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold(records(track, 2));
      const parts = [...domain(scratch, { count: 2, record: 1 }), take('read-data-mt', LENGTH, 'data')];
      const outcome = await disk.ends('one read in a domain of two', parts, {
        deviceStatusIncludes: 0x02,
        ccwAddress: ccwAt(3),
      });
      disk.expect.equal((outcome.sense[0] ?? 0) & 0x01, 0x01, 'incomplete domain, bit 7 of sense byte 0');
    },
  }),
  scratchCase({
    id: 'eckd/read/across-the-end-of-a-track',
    decides:
      'In a domain multitrack reads go on from the last record of a track to record 1 of the next, without a command in between.',
    requirements: ['EC-024'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      const [first, second] = [records(track, 2), records(next, 2)];
      await scratch.hold(first);
      await scratch.hold(second, next);
      const outcome = await disk.succeeds('three reads', [
        ...domain(scratch, { count: 3, record: 2 }),
        ...[0, 1, 2].map((n) => take('read-data-mt', LENGTH, `data-${n}`)),
      ]);
      for (const [n, record] of [first[1], ...second].entries()) {
        disk.expect.bytes(await outcome.bytes(`data-${n}`, LENGTH), dataOf(record), `the data of read ${n + 1}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/read/across-the-end-of-a-cylinder',
    decides:
      'In a domain multitrack reads go on from head 14 to head 0 of the next cylinder: there is no end of cylinder.',
    requirements: ['EC-024'],
    tracks: { tracks: 16 },
    run: async (scratch) => {
      const { disk } = scratch;
      const at = scratch.tracks.find((track) => track % 15 === 14) ?? scratch.track;
      await scratch.hold(records(at, 1), at);
      await scratch.hold(records(at + 1, 1), at + 1);
      const outcome = await disk.succeeds('two reads', [
        give('define-extent', defineExtent({ first: at, last: at + 1 })),
        give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 2, track: at, record: 1 })),
        take('read-data-mt', LENGTH, 'first'),
        take('read-data-mt', LENGTH, 'second'),
      ]);
      disk.expect.bytes(await outcome.bytes('first', LENGTH), dataOf(records(at, 1)[0]), 'the data of head 14');
      disk.expect.bytes(await outcome.bytes('second', LENGTH), dataOf(records(at + 1, 1)[0]), 'the data of head 0');
    },
  }),
  scratchCase({
    id: 'eckd/read/across-the-end-of-the-extent',
    decides: 'A read in a domain that would go on behind the extent is file protected; what was read before is stored.',
    requirements: ['EC-025', 'SN-004'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      await scratch.hold(records(track, 1));
      await scratch.hold(records(next, 1), next);
      const parts = [
        give('define-extent', defineExtent({ first: track, last: track })),
        give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 2, track, record: 1 })),
        take('read-data-mt', LENGTH, 'first'),
        take('read-data-mt', LENGTH, 'second'),
      ];
      const outcome = await disk.run('two reads', parts);
      // Imprecise ending may stand beside file protected where the control unit reads ahead.
      disk.expect.irb(outcome.irb, { deviceStatusIncludes: 0x02, ccwAddress: ccwAt(4) }, 'its IRB', outcome.program);
      disk.expect.equal(
        (outcome.sense[1] ?? 0) & 0xfe,
        Ended.fileProtected.sense[1],
        'sense byte 1, imprecise ending apart',
      );
      disk.expect.bytes(
        await outcome.bytes('first', LENGTH),
        dataOf(records(track, 1)[0]),
        'the data of the first read',
      );
      await outcome.untouched('second', LENGTH);
    },
  }),
  scratchCase({
    id: 'eckd/read/single-track-read-stays-on-the-track',
    decides:
      'Read Data without the multitrack bit does not go on to the next track: it ends with no record found, and the next track stays unread.',
    requirements: ['GE-007'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      await scratch.hold([]);
      await scratch.hold(records(next, 1), next);
      const parts = [give('seek', seekAddress(track)), take('read-data', LENGTH, 'data')];
      const outcome = await disk.fails('read data on a track of no records', parts, 1, Ended.noRecordFound);
      await outcome.untouched('data', LENGTH);
    },
  }),
  scratchCase({
    id: 'eckd/read/end-of-file-ends-the-program',
    decides:
      'Read Data of a record of no data ends with channel end, device end and unit exception, and the CCW chained to it is not executed.',
    requirements: ['CH-048', 'GE-010'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, new Uint8Array(0)), ...records(track, 2).slice(1)]);
      const outcome = await disk.run('read data of an end-of-file record', [
        ...domain(scratch, { count: 2, record: 1 }),
        take('read-data-mt', LENGTH, 'first', ['sli']),
        take('read-data-mt', LENGTH, 'second', ['sli']),
      ]);
      const expected = { ...END_OF_FILE, ccwAddress: ccwAt(3), count: LENGTH };
      disk.expect.irb(outcome.irb, expected, 'its IRB', outcome.program);
      await outcome.untouched('first', LENGTH);
      await outcome.untouched('second', LENGTH);
    },
  }),
  scratchCase({
    id: 'eckd/read/sector-is-only-a-hint',
    decides: 'Write Update Data and Read Data reach the same record whichever sector the Locate Record names.',
    requirements: ['EC-057'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold(records(track, 3));
      for (const sector of [0, 6, 111, 223, 0xff]) {
        const fields = { count: 1, track, record: 2, sector, lengthFactor: LENGTH };
        await disk.succeeds(`a write with sector ${sector}`, [
          give('define-extent', defineExtent({ mask: FileMask.update, first: track, last: track })),
          give('locate-record', locateRecord({ ...fields, operation: LocateOperation.writeData })),
          give('write-update-data', pattern(LENGTH, sector)),
        ]);
        const outcome = await disk.succeeds(`a read with sector ${223 - (sector % 224)}`, [
          ...domain(scratch, { ...fields, sector: 223 - (sector % 224) }),
          take('read-data-mt', LENGTH, 'data'),
        ]);
        const found = await outcome.bytes('data', LENGTH);
        disk.expect.bytes(found, pattern(LENGTH, sector), `the data written with sector ${sector}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/read/long-record-into-a-short-area',
    decides:
      'A read of fewer bytes than the record has, with SLI, goes on with the next record in the next CCW, not with the rest of this one.',
    requirements: ['CH-007'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const written = records(track, 2);
      await scratch.hold(written);
      const outcome = await disk.succeeds('a short read and a whole one', [
        ...domain(scratch, { count: 2, record: 1 }),
        { command: 'read-data-mt', buffer: { length: 16, name: 'first' }, count: 8, flags: ['sli'] },
        take('read-data-mt', LENGTH, 'second'),
      ]);
      disk.expect.bytes(
        await outcome.bytes('first', 8),
        dataOf(written[0]).slice(0, 8),
        'the first 8 bytes of record 1',
      );
      await outcome.untouched('first', 8, 8);
      disk.expect.bytes(await outcome.bytes('second', LENGTH), dataOf(written[1]), 'the data of record 2');
    },
  }),
  scratchCase({
    id: 'eckd/read/long-record-without-sli',
    decides:
      'A read of fewer bytes than the record has, without SLI, ends with incorrect length and residual count 0, and suppresses command chaining.',
    requirements: ['CH-006'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold(records(track, 2));
      const outcome = await disk.run('a short read', [
        give('seek', seekAddress(track)),
        { command: 'read-data', buffer: { length: 16, name: 'first' }, count: 8 },
        take('read-data', LENGTH, 'second'),
        control('no-operation'),
      ]);
      const expected = { deviceStatus: 0x0c, subchannelStatus: 0x40, count: 0, ccwAddress: ccwAt(2) };
      disk.expect.irb(outcome.irb, expected, 'its IRB', outcome.program);
      await outcome.untouched('second', LENGTH);
    },
  }),
];

export default cases;
