/** Locate Record Extended, on control units that have it. */

import { type CaseDefinition, DeviceStatus } from 'ccwspec/plugin';
import {
  defineExtent,
  ExtendedOperation,
  FileMask,
  give,
  LocateOperation,
  LocateOrientation,
  locateRecordExtended,
  readRawTracks,
  take,
  type ExtendedLocateFields,
} from '../programs/index.js';
import { needsLocateRecordExtended } from '../support/characteristics.js';
import { Rejected } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { code, type Disk, type Outcome } from '../support/disk.js';
import { ccwAt, type Part, pattern } from '../support/parts.js';
import { listing, newRecord, splitTrack } from '../support/track-content.js';

/** An extent of so many tracks, and the command on the first. */
function located(track: number, tracks: number, fields: Partial<ExtendedLocateFields> & { operation: number }): Part[] {
  return [
    give('define-extent', defineExtent({ mask: FileMask.all, first: track, last: track + tracks - 1 })),
    give('locate-record-extended', locateRecordExtended({ count: 1, track, ...fields })),
  ];
}

/** Reads with operation code 3F and what byte 17 says. */
const extended = (
  extendedOperation: number,
  parameter: Uint8Array,
): Partial<ExtendedLocateFields> & { operation: number } => ({
  operation: LocateOperation.extended,
  extendedOperation,
  parameter,
});

/** Checks that a command is accepted or rejected with message 4, and not otherwise. */
function isSupportedOrInvalid(disk: Disk, outcome: Outcome, what: string): void {
  if (((outcome.irb[8] ?? 0) & DeviceStatus.unitCheck) === 0) return;
  const { sense } = outcome;
  // Accepted, with its domain unused by the program: that is no reject of the command.
  if (((sense[0] ?? 0) & 0x01) !== 0) return;
  disk.expect.irb(
    outcome.irb,
    { ccwAddress: ccwAt(2), sense: Rejected.invalidParameter.sense },
    `the IRB of ${what}`,
    outcome.program,
  );
}

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/locate-extended/nineteen-bytes',
    decides: 'Locate Record Extended with count 19 is rejected: CCW count less than required.',
    requirements: ['EC-046'],
    run: async (disk, context) => {
      await needsLocateRecordExtended(context, disk);
      const bytes = locateRecordExtended({ operation: LocateOperation.readData, count: 1, track: 0 });
      const parts = [
        give('define-extent', defineExtent({ first: 0, last: 0 })),
        give('locate-record-extended', bytes.slice(0, 19)),
      ];
      await disk.fails('locate record extended of 19 bytes', parts, 1, Rejected.shortCount);
    },
  }),
  diskCase({
    id: 'eckd/locate-extended/count',
    decides:
      'Locate Record Extended to read data with count 0, and for a set of tracks with a count that is not the number of its bits, is rejected for an invalid parameter.',
    requirements: ['EC-046'],
    run: async (disk, context) => {
      await needsLocateRecordExtended(context, disk);
      const set = extended(ExtendedOperation.readTrackSet, Uint8Array.of(0xa0));
      for (const [what, fields] of [
        ['count 0', { operation: LocateOperation.readData, count: 0 }],
        ['count 1 for two tracks', { ...set, count: 1 }],
        ['count 3 for two tracks', { ...set, count: 3 }],
      ] as const) {
        await disk.fails(`locate record extended, ${what}`, located(0, 3, fields), 1, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/locate-extended/reserved-auxiliary-bits',
    decides:
      'Each reserved bit of the auxiliary byte (40 to 02) makes Locate Record Extended rejected for an invalid parameter.',
    requirements: ['EC-059'],
    run: async (disk, context) => {
      await needsLocateRecordExtended(context, disk);
      for (let auxiliary = 0x40; auxiliary >= 0x02; auxiliary >>>= 1) {
        const parts = located(0, 1, { operation: LocateOperation.readData, auxiliary });
        await disk.fails(`auxiliary byte ${code(auxiliary)}`, parts, 1, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/locate-extended/write-full-track-and-track-data',
    decides:
      'The extended operations Write Full Track (11) and Write Track Data (23) are accepted, or rejected for an invalid parameter; nothing else happens.',
    requirements: ['EC-045'],
    run: async (disk, context) => {
      await needsLocateRecordExtended(context, disk);
      for (const operation of [0x11, 0x23]) {
        const parts = located(0, 1, extended(operation, Uint8Array.of(0x80, 0x00)));
        const what = `extended operation ${code(operation)}`;
        isSupportedOrInvalid(disk, await disk.run(what, parts), what);
      }
    },
  }),
  scratchCase({
    id: 'eckd/locate-extended/read-any',
    decides:
      'The extended operation Read Any with a search argument of zeros begins with the first record behind record 0.',
    requirements: ['EC-074'],
    run: async (scratch, context) => {
      const { disk, track } = scratch;
      await needsLocateRecordExtended(context, disk);
      await scratch.hold([newRecord(track, 7, pattern(24, 1)), newRecord(track, 8, pattern(24, 2))]);
      const outcome = await disk.succeeds('read any', [
        ...located(track, 1, { ...extended(ExtendedOperation.readAny, Uint8Array.of(0x01)), searchTrack: 0 }),
        take('read-data-mt', 24, 'data'),
      ]);
      disk.expect.bytes(await outcome.bytes('data', 24), pattern(24, 1), 'the data that were read');
    },
  }),
  scratchCase({
    id: 'eckd/locate-extended/set-of-tracks',
    decides:
      'The extended operation Read Track Set gives with each Read Track the next track whose bit is on, and passes the others.',
    requirements: ['EC-074'],
    tracks: { tracks: 3 },
    run: async (scratch, context) => {
      const { disk, track, last } = scratch;
      await needsLocateRecordExtended(context, disk);
      for (const at of scratch.tracks) await scratch.hold([newRecord(at, 1, pattern(20, at))], at);
      const fields = extended(ExtendedOperation.readTrackSet, Uint8Array.of(0xa0));
      const outcome = await disk.succeeds('read the first and the third track', [
        ...located(track, 3, { ...fields, operation: fields.operation | LocateOrientation.homeAddress, count: 2 }),
        take('read-track', 256, 'first', ['sli']),
        take('read-track', 256, 'second', ['sli']),
      ]);
      for (const [name, at] of [
        ['first', track],
        ['second', last],
      ] as const) {
        const [, ...records] = splitTrack(await outcome.bytes(name, 256)) ?? [];
        disk.expect.equal(
          listing(records),
          listing([newRecord(at, 1, pattern(20, at))]),
          `the records of the ${name} Read Track`,
        );
      }
    },
  }),
  scratchCase({
    id: 'eckd/linux/raw-track-read',
    decides:
      "Linux's raw read, Locate Record Extended and one Read Track of 57326 bytes for each track, gives all records of both tracks.",
    requirements: ['EC-029', 'EC-056'],
    tracks: { tracks: 2 },
    run: async (scratch, context) => {
      const { disk, track, last } = scratch;
      await needsLocateRecordExtended(context, disk);
      for (const at of scratch.tracks) await scratch.hold([newRecord(at, 1, pattern(4096, at))], at);
      const outcome = await disk.succeeds('the raw read of two tracks', readRawTracks(track, last));
      for (const at of scratch.tracks) {
        const [, ...records] = splitTrack(await outcome.bytes(`track-${at}`, 8192)) ?? [];
        disk.expect.equal(
          listing(records),
          listing([newRecord(at, 1, pattern(4096, at))]),
          `the records of track ${at}`,
        );
      }
    },
  }),
];

export default cases;
