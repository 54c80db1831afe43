/** Formatting writes: count fields, record 0, erase. */

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
} from '../programs/index.js';
import { Rejected } from '../support/conditions.js';
import { scratchCase } from '../support/define.js';
import { NORMAL_END } from '../support/disk.js';
import { back, ccwAt, type Part, pattern } from '../support/parts.js';
import { type Scratch } from '../support/scratch.js';
import {
  type DiskRecord,
  listing,
  newRecord,
  readWholeTrack,
  wholeRecord,
  writeRecordZero,
} from '../support/track-content.js';

const { formatWrite } = LocateOperation;

/** An extent of the case's tracks, and a domain for formatting. */
function domain(
  scratch: Scratch,
  fields: Partial<LocateFields> & { count: number },
  mask: number = FileMask.format,
): Part[] {
  const { track, last } = scratch;
  return [
    give('define-extent', defineExtent({ mask, first: track, last })),
    give('locate-record', locateRecord({ operation: formatWrite, track, ...fields })),
  ];
}

const small = (track: number, record: number, seed = record): DiskRecord => newRecord(track, record, pattern(16, seed));

/** Eight bytes of record 0, not the zeros that it usually has. */
const recordZero = (track: number): DiskRecord => newRecord(track, 0, pattern(8, 99));

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/format/count-fields-alone',
    decides:
      'Write Count, Key and Data that is given only the 8 bytes of a count field, with SLI, writes the record with zeros for key and data.',
    requirements: ['EC-026', 'GE-009'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(4096)), newRecord(track, 2, pattern(4096))]);
      const lengths = [
        [0, 4096],
        [44, 96],
        [4, 24],
      ] as const;
      await disk.ends(
        'three count fields',
        [
          ...domain(scratch, { count: 3 }),
          ...lengths.map(([key, data], n) => give('write-ckd', countField(track, n + 1, key, data), ['sli'])),
        ],
        { ...NORMAL_END, ccwAddress: ccwAt(5), count: 0 },
      );
      const expected = lengths.map(([key, data], n) =>
        newRecord(track, n + 1, new Uint8Array(data), new Uint8Array(key)),
      );
      await scratch.holds(expected, 'after the count fields were written');
    },
  }),
  scratchCase({
    id: 'eckd/format/erases-what-follows',
    decides:
      'Write Count, Key and Data erases everything on the track behind the record that it writes, and nothing before it.',
    requirements: ['GE-008'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([1, 2, 3, 4].map((record) => small(track, record)));
      await disk.succeeds('a new record 3', [
        ...domain(scratch, { count: 1, record: 2 }),
        give('write-ckd', wholeRecord(small(track, 3, 9))),
      ]);
      await scratch.holds([small(track, 1), small(track, 2), small(track, 3, 9)], 'after record 3 was written');
    },
  }),
  scratchCase({
    id: 'eckd/format/behind-a-search',
    decides:
      'Outside of a domain Write Count, Key and Data is accepted behind a satisfied Search ID Equal, and chained to another one.',
    requirements: ['EC-072'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([small(track, 1), small(track, 2), small(track, 3)]);
      await disk.succeeds('two records behind record 1', [
        give('seek', seekAddress(track)),
        give('search-id-equal', recordId(track, 1)),
        back(),
        give('write-ckd', wholeRecord(small(track, 2, 20))),
        give('write-ckd', wholeRecord(small(track, 3, 30))),
      ]);
      await scratch.holds(
        [small(track, 1), small(track, 2, 20), small(track, 3, 30)],
        'after two records were written',
      );
    },
  }),
  scratchCase({
    id: 'eckd/format/without-a-search',
    decides:
      'Write Count, Key and Data, and Erase, behind a Seek alone are rejected as invalid sequences, and change nothing.',
    requirements: ['EC-072'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([small(track, 1)]);
      for (const command of ['write-ckd', 'erase'] as const) {
        const parts = [give('seek', seekAddress(track)), give(command, wholeRecord(small(track, 1, 9)))];
        await disk.fails(`${command} behind a seek`, parts, 1, Rejected.invalidSequence);
        await scratch.holds([small(track, 1)], `after ${command}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/format/more-records-than-the-domain',
    decides:
      'The Write Count, Key and Data behind the last record of its domain is rejected as an invalid sequence, and writes nothing.',
    requirements: ['EC-072'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const parts = [
        ...domain(scratch, { count: 2 }),
        ...[1, 2, 3].map((record) => give('write-ckd', wholeRecord(small(track, record)))),
      ];
      await disk.fails('three records in a domain of two', parts, 4, Rejected.invalidSequence);
      await scratch.holds([small(track, 1), small(track, 2)], 'after three records in a domain of two');
    },
  }),
  scratchCase({
    id: 'eckd/format/next-track',
    decides:
      'Write Count, Key and Data Next Track writes record 1 of the next track behind its record 0, and erases what was there.',
    requirements: ['GE-011', 'EC-026'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      await scratch.hold([small(next, 1, 7), small(next, 2, 8)], next);
      const [zeroBefore] = await readWholeTrack(disk, next);
      await disk.succeeds('records of two tracks', [
        ...domain(scratch, { count: 3 }),
        give('write-ckd', wholeRecord(small(track, 1))),
        give('write-ckd-next-track', wholeRecord(small(next, 1, 40))),
        give('write-ckd', wholeRecord(small(next, 2, 41))),
      ]);
      await scratch.holds([small(track, 1)], 'after the format of both');
      const [zero, ...others] = await readWholeTrack(disk, next);
      disk.expect.equal(
        listing(others),
        listing([small(next, 1, 40), small(next, 2, 41)]),
        'the records of the next track',
      );
      disk.expect.equal(zero, zeroBefore, 'record 0 of the next track');
    },
  }),
  scratchCase({
    id: 'eckd/format/next-track-outside-its-place',
    decides:
      'Write Count, Key and Data Next Track is rejected as an invalid sequence outside of a domain, and as the first write of one; the next track stays.',
    requirements: ['GE-011'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      await scratch.hold([small(track, 1)]);
      await scratch.hold([small(next, 1)], next);
      const write = give('write-ckd-next-track', wholeRecord(small(next, 1, 9)));
      const programs: readonly (readonly [string, Part[]])[] = [
        ['as the first write of a domain', [...domain(scratch, { count: 1 }), write]],
        [
          'behind a search',
          [give('seek', seekAddress(track)), give('search-id-equal', recordId(track, 1)), back(), write],
        ],
      ];
      for (const [where, parts] of programs) {
        await disk.fails(
          `write count, key and data next track ${where}`,
          parts,
          parts.length - 1,
          Rejected.invalidSequence,
        );
        await scratch.holds([small(next, 1)], `after a write ${where}`, next);
      }
    },
  }),
  scratchCase({
    id: 'eckd/format/record-zero',
    decides:
      'Write Record Zero in a domain that begins at the home address writes record 0, and erases the rest of the track.',
    requirements: ['EC-027'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([small(track, 1), small(track, 2)]);
      await disk.succeeds('write record zero', writeRecordZero(track, recordZero(track)));
      disk.expect.equal(
        listing(await readWholeTrack(disk, track)),
        listing([recordZero(track)]),
        'the records of the track',
      );
    },
  }),
  scratchCase({
    id: 'eckd/format/record-zero-from-a-count-field',
    decides:
      'Write Record Zero in a domain with count orientation, and behind a Seek alone, is rejected as an invalid sequence; record 0 stays.',
    requirements: ['EC-027'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([small(track, 1)]);
      const before = listing(await readWholeTrack(disk, track));
      const write = give('write-r0', wholeRecord(recordZero(track)));
      const programs: readonly (readonly [string, Part[]])[] = [
        ['with count orientation', [...domain(scratch, { count: 1 }, FileMask.all), write]],
        [
          'behind a seek',
          [give('set-file-mask', Uint8Array.of(FileMask.all)), give('seek', seekAddress(track)), write],
        ],
      ];
      for (const [where, parts] of programs) {
        await disk.fails(`write record zero ${where}`, parts, 2, Rejected.invalidSequence);
        disk.expect.equal(listing(await readWholeTrack(disk, track)), before, `the track after a write ${where}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/format/record-zero-behind-a-search',
    decides:
      'Write Record Zero is accepted behind a Search Home Address Equal that is satisfied, under file mask C0, and Write Count, Key and Data behind it.',
    requirements: ['EC-027'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await disk.succeeds('record 0 and record 1', [
        give('seek', seekAddress(track)),
        give('set-file-mask', Uint8Array.of(FileMask.all)),
        give('search-home-address-equal', recordId(track, 0).slice(0, 4)),
        back(),
        give('write-r0', wholeRecord(recordZero(track))),
        give('write-ckd', wholeRecord(small(track, 1))),
      ]);
      const found = listing(await readWholeTrack(disk, track));
      disk.expect.equal(found, listing([recordZero(track), small(track, 1)]), 'the records of the track');
    },
  }),
  scratchCase({
    id: 'eckd/format/erase',
    decides:
      'Erase leaves no record on the rest of the track: those before it stay, and nothing is written in its place.',
    requirements: ['EC-028'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([1, 2, 3].map((record) => small(track, record)));
      await disk.succeeds('erase behind record 1', [
        ...domain(scratch, { operation: LocateOperation.writeTrack, count: 1, record: 1 }),
        give('erase', countField(track, 2, 0, 16), ['sli']),
      ]);
      await scratch.holds([small(track, 1)], 'after the erase');
    },
  }),
  scratchCase({
    id: 'eckd/format/count-field-in-the-domain-of-a-track',
    decides:
      'In a domain for writing a track Write Count, Key and Data follows Write Data to the record that was located.',
    requirements: ['EC-073'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([1, 2].map((record) => small(track, record)));
      await disk.succeeds('write data, then a new record', [
        ...domain(scratch, { operation: LocateOperation.writeTrack, count: 2, record: 1, lengthFactor: 16 }),
        give('write-data', pattern(16, 50)),
        give('write-ckd', wholeRecord(small(track, 2, 51))),
      ]);
      await scratch.holds([small(track, 1, 50), small(track, 2, 51)], 'after both writes');
    },
  }),
];

export default cases;
