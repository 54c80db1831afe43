/** Locate Record: its parameters, its place in the program, and its domain. */

import { type CaseDefinition, type Mnemonic } from 'ccwspec/plugin';
import {
  countField,
  defineExtent,
  FileMask,
  give,
  type LocateFields,
  LocateOperation,
  LocateOrientation,
  locateRecord,
  take,
} from '../programs/index.js';
import { Ended, Rejected } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { type Disk, NORMAL_END } from '../support/disk.js';
import { trackName } from '../support/geometry.js';
import { ccwAt, control, type Part, pattern } from '../support/parts.js';
import { pickTracks } from '../support/scratch.js';
import { newRecord } from '../support/track-content.js';

const { readData, orient, writeData } = LocateOperation;

/** Define Extent for `track` with a mask for updates, which read operations do not mind. */
const extentOf = (track: number, last = track): Part =>
  give('define-extent', defineExtent({ mask: FileMask.update, first: track, last }));

const locate = (fields: Omit<LocateFields, 'track'> & { track?: number }): Part =>
  give('locate-record', locateRecord({ track: 0, ...fields }));

/** Runs an orientation alone, which reads and writes nothing. */
function orientation(disk: Disk, what: string, fields: Partial<LocateFields>): Promise<unknown> {
  return disk.succeeds(what, [extentOf(0), locate({ operation: orient, count: 0, ...fields })]);
}

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/locate/without-an-extent',
    decides:
      'Locate Record that neither Define Extent nor Read IPL precedes is rejected as an invalid sequence, also behind a Seek.',
    requirements: ['EC-006'],
    run: async (disk) => {
      const step = locate({ operation: readData, count: 1 });
      await disk.fails('locate record alone', [step], 0, Rejected.invalidSequence);
      const behind = [give('seek', new Uint8Array(6)), step];
      await disk.fails('locate record behind a seek', behind, 1, Rejected.invalidSequence);
    },
  }),
  diskCase({
    id: 'eckd/locate/fifteen-bytes',
    decides: 'Locate Record with count 15 is rejected: CCW count less than required.',
    requirements: ['EC-007'],
    run: async (disk) => {
      const bytes = locateRecord({ operation: readData, count: 1, track: 0 }).slice(0, 15);
      await disk.fails(
        'locate record of 15 bytes',
        [extentOf(0), give('locate-record', bytes)],
        1,
        Rejected.shortCount,
      );
    },
  }),
  diskCase({
    id: 'eckd/locate/limits-of-the-extent',
    decides:
      'Locate Record reaches the first and the last track of the extent; the track before and the track behind are file protected.',
    requirements: ['EC-008', 'SN-004'],
    run: async (disk, context) => {
      const [before = 0, first = 0, , last = 0, behind = 0] = await pickTracks(context, disk, { tracks: 5 });
      const reach = (track: number): Part[] => [extentOf(first, last), locate({ operation: orient, count: 0, track })];
      for (const track of [first, last])
        await disk.succeeds(`locate record on track ${trackName(track)}`, reach(track));
      for (const track of [before, behind]) {
        await disk.fails(`locate record on track ${trackName(track)}`, reach(track), 1, Ended.fileProtected);
      }
    },
  }),
  scratchCase({
    id: 'eckd/locate/no-such-record',
    decides:
      'Locate Record finds no record if only the record number, or only the track address, of its search argument is on the track.',
    requirements: ['EC-009', 'SN-003'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(16)), newRecord(track, 2, pattern(16))]);
      const find = (record: number, searchTrack: number): Part[] => [
        extentOf(track),
        locate({ operation: readData, count: 1, track, record, searchTrack }),
        take('read-data', 16, 'data'),
      ];
      await disk.succeeds('locate record 2', find(2, track));
      for (const [record, searchTrack] of [
        [3, track],
        [2, track + 1],
      ] as const) {
        const what = `locate record ${record} of track ${trackName(searchTrack)}`;
        const outcome = await disk.fails(what, find(record, searchTrack), 1, Ended.noRecordFound);
        await outcome.untouched('data', 16);
      }
    },
  }),
  diskCase({
    id: 'eckd/locate/count-and-operation',
    decides:
      'Locate Record is rejected for an invalid parameter with count 0 for an operation that reads, and with count 1 for orientation alone.',
    requirements: ['EC-010'],
    run: async (disk) => {
      for (const operation of [readData, LocateOperation.readTracks, LocateOperation.read]) {
        const parts = [extentOf(0), locate({ operation, count: 0 })];
        await disk.fails(`operation ${operation} with count 0`, parts, 1, Rejected.invalidParameter);
      }
      await orientation(disk, 'orientation with count 0', {});
      const parts = [extentOf(0), locate({ operation: orient, count: 1 })];
      await disk.fails('orientation with count 1', parts, 1, Rejected.invalidParameter);
    },
  }),
  diskCase({
    id: 'eckd/locate/sector',
    decides: 'Locate Record takes sectors 0, 223 and FF, and is rejected for an invalid parameter with 224 and 254.',
    requirements: ['EC-011'],
    run: async (disk) => {
      for (const sector of [0, 223, 0xff]) await orientation(disk, `sector ${sector}`, { sector });
      for (const sector of [224, 254]) {
        const parts = [extentOf(0), locate({ operation: orient, count: 0, sector })];
        await disk.fails(`sector ${sector}`, parts, 1, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/locate/length-factor',
    decides:
      'Locate Record is rejected for an invalid parameter with a transfer length factor that is not marked as valid, and with a factor of 0 that is.',
    requirements: ['EC-012'],
    run: async (disk) => {
      await orientation(disk, 'a valid factor of 1', { lengthFactor: 1 });
      for (const [what, fields] of [
        ['a factor that is not valid', { lengthFactor: 1, auxiliary: 0x00 }],
        ['a valid factor of 0', { lengthFactor: 0, auxiliary: 0x80 }],
      ] as const) {
        const parts = [extentOf(0), locate({ operation: orient, count: 0, ...fields })];
        await disk.fails(what, parts, 1, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/locate/operation-and-orientation',
    decides:
      'Locate Record is rejected for an invalid parameter if its operation does not exist, or does not go with its orientation.',
    requirements: ['EC-061'],
    run: async (disk) => {
      const { homeAddress, data, index } = LocateOrientation;
      for (const operation of [
        0x02,
        0x20,
        writeData | homeAddress,
        LocateOperation.formatWrite | data,
        readData | index,
      ]) {
        const parts = [extentOf(0), locate({ operation, count: 1 })];
        await disk.fails(`byte 0 of ${operation.toString(16)}`, parts, 1, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/locate/sense-and-control-in-the-domain',
    decides:
      'Sense, Sense Subsystem Status, Read Sector, Set File Mask and Suspend Multipath Reconnection inside a domain are rejected as invalid sequences.',
    requirements: ['EC-054'],
    run: async (disk) => {
      const inDomain: readonly Mnemonic[] = [
        'basic-sense',
        'sense-subsystem-status',
        'read-sector',
        'set-file-mask',
        'suspend-multipath-reconnection',
      ];
      for (const command of inDomain) {
        const parts = [extentOf(0), locate({ operation: readData, count: 1 }), control(command)];
        await disk.fails(`${command} in a domain`, parts, 2, Rejected.invalidSequence);
      }
    },
  }),
  diskCase({
    id: 'eckd/locate/no-operation-in-the-domain',
    decides:
      'A no-operation inside a domain is rejected as an invalid sequence; behind an orientation alone it is accepted.',
    requirements: ['EC-060'],
    run: async (disk) => {
      const nop = control('no-operation');
      const inDomain = [extentOf(0), locate({ operation: readData, count: 1 }), nop];
      await disk.fails('a no-operation in a domain', inDomain, 2, Rejected.invalidSequence);
      const outside = [extentOf(0), locate({ operation: orient, count: 0 }), nop];
      await disk.ends('a no-operation behind an orientation', outside, { ...NORMAL_END, ccwAddress: ccwAt(3) });
    },
  }),
  scratchCase({
    id: 'eckd/locate/second-domain',
    decides:
      'When a domain is used up another Locate Record opens a second one; before that it is rejected as an invalid sequence.',
    requirements: ['EC-013'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(8, 1)), newRecord(track, 2, pattern(8, 2))]);
      const second = [locate({ operation: readData, count: 1, track, record: 1 }), take('read-data', 8, 'second')];
      const after = (count: number): Part[] => [
        extentOf(track),
        locate({ operation: readData, count, track, record: 2 }),
        take('read-data', 8, 'first'),
        ...second,
      ];
      const outcome = await disk.succeeds('two domains', after(1));
      disk.expect.bytes(await outcome.bytes('first', 8), pattern(8, 2), 'data of the first domain');
      disk.expect.bytes(await outcome.bytes('second', 8), pattern(8, 1), 'data of the second domain');
      await disk.fails('locate record in a domain', after(2), 3, Rejected.invalidSequence);
    },
  }),
  scratchCase({
    id: 'eckd/locate/data-orientation',
    decides:
      'With data orientation the device stands behind the record of the search argument: the first read gives the record that follows it.',
    requirements: ['EC-062'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([1, 2, 3].map((record) => newRecord(track, record, pattern(8, record))));
      const fields = { operation: readData | LocateOrientation.data, count: 2, track, record: 1 };
      const outcome = await disk.succeeds('reads behind record 1', [
        extentOf(track),
        locate(fields),
        take('read-count', 8, 'count'),
        take('read-data', 8, 'data'),
      ]);
      disk.expect.bytes(await outcome.bytes('count', 8), countField(track, 2, 0, 8), 'the first count field');
      disk.expect.bytes(await outcome.bytes('data', 8), pattern(8, 2), 'the data read behind it');
    },
  }),
];

export default cases;
