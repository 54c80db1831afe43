/** Write commands that update records. */

import { DeviceStatus, type CaseDefinition } from 'ccwspec/plugin';
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
import { Ended, Rejected, WRITE_INHIBITED } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { END_OF_FILE, NORMAL_END } from '../support/disk.js';
import { back, ccwAt, concat, control, type Part, pattern } from '../support/parts.js';
import { pickTracks } from '../support/scratch.js';
import { type DiskRecord, newRecord } from '../support/track-content.js';

const LENGTH = 32;

/** So many records of 32 bytes. */
function records(track: number, count: number): DiskRecord[] {
  return Array.from({ length: count }, (_, n) => newRecord(track, n + 1, pattern(LENGTH, n + 1)));
}

/** An extent of the track, and a domain for writes of data. */
function domain(track: number, fields: Partial<LocateFields> & { count: number }): Part[] {
  const located = { operation: LocateOperation.writeData, track, record: 1, lengthFactor: LENGTH, ...fields };
  return [
    give('define-extent', defineExtent({ mask: FileMask.update, first: track, last: track })),
    give('locate-record', locateRecord(located)),
  ];
}

const searched = (track: number, record: number, bytes = 5): Part[] => [
  give('seek', seekAddress(track)),
  give('search-id-equal', recordId(track, record).slice(0, bytes), bytes < 5 ? ['sli'] : []),
  back(),
];

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/write/found-record-and-those-behind-it',
    decides:
      'Write Update Data in a domain writes the record that Locate Record found and then those that follow it, in order; the records around them stay.',
    requirements: ['EC-016'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = records(track, 4);
      await scratch.hold(before);
      const data = [pattern(LENGTH, 21), pattern(LENGTH, 22)] as const;
      await disk.ends(
        'two writes from record 2 on',
        [
          ...domain(track, { count: 2, record: 2 }),
          give('write-update-data', data[0]),
          give('write-update-data', data[1]),
        ],
        { ...NORMAL_END, ccwAddress: ccwAt(4), count: 0 },
      );
      const expected = before.map((record, n) =>
        n === 1 || n === 2 ? newRecord(track, n + 1, data[n - 1] ?? data[0]) : record,
      );
      await scratch.holds(expected, 'after the writes');
    },
  }),
  scratchCase({
    id: 'eckd/write/length-factor-decides',
    decides:
      'A write in a domain to a record whose data length is not the transfer length factor ends with invalid track format and changes nothing.',
    requirements: ['EC-015', 'SN-006'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = records(track, 2);
      await scratch.hold(before);
      for (const lengthFactor of [LENGTH - 1, LENGTH + 1]) {
        const parts = [
          ...domain(track, { count: 1, lengthFactor }),
          give('write-update-data', pattern(lengthFactor, 9), ['sli']),
        ];
        await disk.fails(`a write with factor ${lengthFactor}`, parts, 2, Ended.invalidTrackFormat);
        await scratch.holds(before, `after a write with factor ${lengthFactor}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/write/plain-write-is-the-last-of-its-domain',
    decides:
      'Write Data in a domain for writes is accepted for its last record, and rejected as an invalid sequence before that, when it writes nothing.',
    requirements: ['EC-017'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = records(track, 2);
      await scratch.hold(before);
      const early = [
        ...domain(track, { count: 2 }),
        give('write-data', pattern(LENGTH, 9)),
        give('write-data', pattern(LENGTH, 9)),
      ];
      await disk.fails('write data first', early, 2, Rejected.invalidSequence);
      await scratch.holds(before, 'after the rejected write');
      const late = [
        ...domain(track, { count: 2 }),
        give('write-update-data', pattern(LENGTH, 7)),
        give('write-data', pattern(LENGTH, 8)),
      ];
      await disk.succeeds('write data last', late);
      await scratch.holds(
        [newRecord(track, 1, pattern(LENGTH, 7)), newRecord(track, 2, pattern(LENGTH, 8))],
        'after both writes',
      );
    },
  }),
  scratchCase({
    id: 'eckd/write/update-needs-a-domain',
    decides:
      'Write Update Data, with or without key, outside of a domain is rejected as an invalid sequence, also behind a search, and writes nothing.',
    requirements: ['EC-018'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = records(track, 1);
      await scratch.hold(before);
      for (const command of ['write-update-data', 'write-update-key-data'] as const) {
        const parts = [...searched(track, 1), give(command, pattern(LENGTH, 9))];
        await disk.fails(`${command} behind a search`, parts, 3, Rejected.invalidSequence);
        await scratch.holds(before, `after ${command}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/write/behind-a-search',
    decides: 'Write Data behind a Search ID Equal that is satisfied writes the data of that record and no other.',
    requirements: ['EC-066'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const [first, , third] = records(track, 3);
      await scratch.hold(records(track, 3));
      await disk.succeeds('search, write data', [...searched(track, 2), give('write-data', pattern(LENGTH, 9))]);
      const expected = [first, newRecord(track, 2, pattern(LENGTH, 9)), third];
      await scratch.holds(
        expected.filter((record) => record !== undefined),
        'after the write',
      );
    },
  }),
  scratchCase({
    id: 'eckd/write/short-search-argument-is-not-enough',
    decides:
      'A Search ID Equal of 4 bytes compares those, and is satisfied; Write Data behind it is rejected as an invalid sequence and writes nothing.',
    requirements: ['EC-066'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = records(track, 1);
      await scratch.hold(before);
      // Record 0 has the same four bytes, and is met first.
      const parts = [...searched(track, 1, 4), give('write-data', pattern(LENGTH, 9))];
      await disk.fails('write data behind a short search', parts, 3, Rejected.invalidSequence);
      await scratch.holds(before, 'after the rejected write');
    },
  }),
  scratchCase({
    id: 'eckd/write/without-a-search',
    decides: 'Write Data behind a Seek alone is rejected as an invalid sequence, and writes nothing.',
    requirements: ['EC-066'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = records(track, 1);
      await scratch.hold(before);
      const parts = [give('seek', seekAddress(track)), give('write-data', pattern(LENGTH, 9))];
      await disk.fails('write data behind a seek', parts, 1, Rejected.invalidSequence);
      await scratch.holds(before, 'after the rejected write');
    },
  }),
  scratchCase({
    id: 'eckd/write/short-data-are-filled-with-zeros',
    decides: 'A write of fewer bytes than the record has fills the rest of its data with zeros.',
    requirements: ['GE-009'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold(records(track, 2));
      for (const given of [1, LENGTH - 1]) {
        await disk.succeeds(`a write of ${given} bytes`, [
          ...domain(track, { count: 1 }),
          give('write-update-data', pattern(given, 9), ['sli']),
        ]);
        const data = concat(pattern(given, 9), new Uint8Array(LENGTH - given));
        await scratch.holds(
          [newRecord(track, 1, data), newRecord(track, 2, pattern(LENGTH, 2))],
          `after a write of ${given} bytes`,
        );
      }
    },
  }),
  scratchCase({
    id: 'eckd/write/more-data-than-the-record-has',
    decides:
      'Of a write that has more bytes than the record takes the device takes what fits: the residual count is the rest, with incorrect length unless SLI is on, and the next record stays.',
    requirements: ['CH-004', 'CH-005'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const [, second] = records(track, 2);
      for (const [flags, subchannelStatus] of [
        [[], 0x40],
        [['sli'], 0],
      ] as const) {
        await scratch.hold(records(track, 2));
        const parts = [...domain(track, { count: 1 }), give('write-update-data', pattern(LENGTH + 5, 9), flags)];
        await disk.ends(`a write of 5 bytes too many, flags '${flags.join()}'`, parts, {
          deviceStatus: 0x0c,
          subchannelStatus,
          count: 5,
          ccwAddress: ccwAt(3),
        });
        const data = pattern(LENGTH + 5, 9).slice(0, LENGTH);
        await scratch.holds([newRecord(track, 1, data), second ?? newRecord(track, 2, data)], 'after the write');
      }
    },
  }),
  scratchCase({
    id: 'eckd/write/end-of-file-record-takes-nothing',
    decides: 'A write to a record of no data ends with unit exception, takes no byte, and leaves the track as it was.',
    requirements: ['GE-010'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = [newRecord(track, 1, new Uint8Array(0)), newRecord(track, 2, pattern(LENGTH, 2))];
      await scratch.hold(before);
      await disk.ends(
        'write data to an end-of-file record',
        [...searched(track, 1), give('write-data', pattern(LENGTH, 9), ['sli'])],
        { ...END_OF_FILE, ccwAddress: ccwAt(4), count: LENGTH },
      );
      await scratch.holds(before, 'after the write');
    },
  }),
  scratchCase({
    id: 'eckd/write/count-suffix',
    decides:
      'A write domain with the read-count suffix ends with a Read Count, which gives the count field of the record behind those that were written.',
    requirements: ['EC-071'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold(records(track, 3));
      const suffixed = domain(track, { count: 2, auxiliary: 0x81 });
      const write = give('write-update-data', pattern(LENGTH, 9));
      const outcome = await disk.succeeds('write, read count', [...suffixed, write, take('read-count-mt', 8, 'count')]);
      disk.expect.bytes(
        await outcome.bytes('count', 8),
        countField(track, 2, 0, LENGTH),
        'the count field that was read',
      );
      const plain = [...domain(track, { count: 2 }), write, take('read-count-mt', 8, 'count')];
      await disk.fails('read count in a domain without the suffix', plain, 3, Rejected.invalidSequence);
    },
  }),
  diskCase({
    id: 'eckd/write/write-protected-device',
    decides:
      'On a write-protected device the Locate Record for a write, or the write behind a search, ends with equipment check and write inhibited.',
    requirements: ['EC-043', 'SN-007'],
    run: async (disk, context) => {
      const [track = 0] = await pickTracks(context, disk);
      // Nothing is written: on a device that is not protected the program ends with the domain unused.
      const probe = await disk.run('locate record for a write', domain(track, { count: 1, record: 0 }));
      const isProtected = ((probe.sense[1] ?? 0) & 0x02) !== 0 && ((probe.irb[8] ?? 0) & DeviceStatus.unitCheck) !== 0;
      if (!isProtected) context.skip('the device is not write-protected; --device eckd:readonly=yes makes it so');
      await disk.fails(
        'locate record for a write',
        [...domain(track, { count: 1, record: 0 }), control('no-operation')],
        1,
        WRITE_INHIBITED,
      );
      const behind = [
        give('seek', seekAddress(track)),
        give('search-id-equal', recordId(track, 0)),
        back(),
        give('write-data', new Uint8Array(8)),
      ];
      await disk.fails('write data behind a search', behind, 3, WRITE_INHIBITED);
    },
  }),
];

export default cases;
