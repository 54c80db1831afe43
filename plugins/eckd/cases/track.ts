/** Read Track: everything on a track in one transfer. */

import { BUFFER_FILL, type CaseDefinition } from 'ccwspec/plugin';
import {
  defineExtent,
  give,
  LocateOperation,
  LocateOrientation,
  locateRecord,
  readTracks,
  seekAddress,
  take,
} from '../programs/index.js';
import { Ended, Rejected } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { NORMAL_END } from '../support/disk.js';
import { concat, indirect, type Part, pattern } from '../support/parts.js';
import {
  newRecord,
  READ_TRACK_COUNT,
  splitTrack,
  wholeRecord,
  listing,
  writeRecordZero,
} from '../support/track-content.js';

const OPERATION = LocateOperation.readTracks | LocateOrientation.homeAddress;

/** An extent of so many tracks, and the domain to read them in. */
function domain(track: number, tracks = 1): Part[] {
  return [
    give('define-extent', defineExtent({ first: track, last: track + tracks - 1 })),
    give('locate-record', locateRecord({ operation: OPERATION, count: tracks, track })),
  ];
}

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/track/all-records-and-eight-bytes-of-ones',
    decides:
      'Read Track gives record 0 and all others with count field, key and data, one behind the other, and eight bytes of ones behind the last.',
    requirements: ['EC-029'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const zero = newRecord(track, 0, pattern(8, 70));
      const records = [
        newRecord(track, 1, pattern(24, 1), pattern(4, 2)),
        newRecord(track, 2, new Uint8Array(0)),
        newRecord(track, 3, pattern(300, 3)),
      ];
      await disk.succeeds('write record zero', writeRecordZero(track, zero));
      await scratch.hold(records);
      const expected = concat(...[zero, ...records].map(wholeRecord), new Uint8Array(8).fill(0xff));
      const outcome = await disk.run('read track', [...domain(track), take('read-track', 1024, 'track', ['sli'])]);
      disk.expect.irb(outcome.irb, { ...NORMAL_END, count: 1024 - expected.length }, 'its IRB', outcome.program);
      disk.expect.bytes(await outcome.bytes('track', expected.length), expected, 'what Read Track gave');
      await outcome.untouched('track', 16, expected.length);
    },
  }),
  scratchCase({
    id: 'eckd/track/following-tracks',
    decides:
      'Each further Read Track of a domain gives the next track; one more than the domain counts is rejected as an invalid sequence.',
    requirements: ['EC-029', 'EC-013'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      const records = [[newRecord(track, 1, pattern(20, 1))], [newRecord(next, 1, pattern(30, 2))]] as const;
      await scratch.hold(records[0]);
      await scratch.hold(records[1], next);
      const parts = readTracks(track, next);
      const outcome = await disk.succeeds('read both tracks', parts);
      for (const [n, at] of [track, next].entries()) {
        const [zero, ...others] = splitTrack(await outcome.bytes(`track-${at}`, 128)) ?? [];
        disk.expect.bytes(zero?.count ?? new Uint8Array(0), newRecord(at, 0, new Uint8Array(8)).count, 'its record 0');
        disk.expect.equal(listing(others), listing(records[n] ?? []), `the records of Read Track ${n + 1}`);
      }
      const more = [...parts, take('read-track', 64, 'more', ['sli'])];
      await disk.fails('a third read of a domain of two', more, 4, Rejected.invalidSequence);
    },
  }),
  diskCase({
    id: 'eckd/track/outside-its-domain',
    decides: 'Read Track is rejected as an invalid sequence behind a Seek, and in a domain for reading data.',
    requirements: ['EC-030'],
    run: async (disk) => {
      const read = take('read-track', 64, 'track', ['sli']);
      const behindSeek = [give('seek', seekAddress(0)), read];
      const outcome = await disk.fails('read track behind a seek', behindSeek, 1, Rejected.invalidSequence);
      await outcome.untouched('track', 64);
      const inDomain = [
        give('define-extent', defineExtent({ first: 0, last: 0 })),
        give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track: 0 })),
        read,
      ];
      await disk.fails('read track in a domain for data', inDomain, 2, Rejected.invalidSequence);
    },
  }),
  scratchCase({
    id: 'eckd/track/behind-the-extent',
    decides: 'A Read Track that would go on behind the extent is file protected.',
    requirements: ['EC-025'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track } = scratch;
      const parts = [
        give('define-extent', defineExtent({ first: track, last: track })),
        give('locate-record', locateRecord({ operation: OPERATION, count: 2, track })),
        take('read-track', 64, 'first', ['sli']),
        take('read-track', 64, 'second', ['sli']),
      ];
      const outcome = await disk.fails('two reads in an extent of one track', parts, 3, Ended.fileProtected);
      await outcome.untouched('second', 64);
    },
  }),
  scratchCase({
    id: 'eckd/track/largest-transfer',
    decides:
      'One Read Track of 57326 bytes with SLI, through an indirect list over 15 pages, gives a track that is full.',
    requirements: ['EC-056'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const records = Array.from({ length: 12 }, (_, n) => newRecord(track, n + 1, pattern(4096, n)));
      await scratch.hold(records);
      const offset = 56;
      const outcome = await disk.run('read track through 15 pages', [
        ...domain(track),
        indirect('read-track', {
          flags: ['sli'],
          firstOffset: offset,
          buffer: { length: READ_TRACK_COUNT, name: 'track' },
        }),
      ]);
      const expected = concat(...records.map(wholeRecord), new Uint8Array(8).fill(0xff));
      const recordZero = 16;
      const residual = READ_TRACK_COUNT - recordZero - expected.length;
      disk.expect.irb(outcome.irb, { ...NORMAL_END, count: residual }, 'its IRB', outcome.program);
      const pieces: Uint8Array[] = [];
      for (let n = 0; outcome.program.labels.has(`track.${n}`); n++) {
        pieces.push(await outcome.bytes(`track.${n}`, n === 0 ? 4096 - offset : 4096));
      }
      disk.expect.equal(pieces.length, 15, 'pages of the list');
      const found = concat(...pieces);
      disk.expect.bytes(found.slice(recordZero, recordZero + expected.length), expected, 'the records of the track');
      const rest = found.slice(recordZero + expected.length, READ_TRACK_COUNT);
      disk.expect.isTrue(
        rest.every((byte) => byte === BUFFER_FILL),
        'the rest of the area is left alone',
      );
    },
  }),
];

export default cases;
