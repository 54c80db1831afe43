/** Prefix, on disks whose characteristics announce it. */

import type { CaseDefinition } from 'ccwspec/plugin';
import { FileMask, give, LocateOperation, locateRecord, prefix, take } from '../programs/index.js';
import { mayUsePrefix, needsPrefix } from '../support/characteristics.js';
import { Ended, Rejected } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { NORMAL_END } from '../support/disk.js';
import { ccwAt, pattern } from '../support/parts.js';
import { newRecord } from '../support/track-content.js';

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/prefix/extent-and-locate',
    decides:
      'Prefix of format 1 does what Define Extent and Locate Record Extended do: a read behind it gives the record, and its extent protects the track behind.',
    requirements: ['EC-047'],
    run: async (scratch, context) => {
      const { disk, track } = scratch;
      await needsPrefix(context, disk);
      if (!(await mayUsePrefix(disk))) context.skip('the feature codes do not say that Prefix may be used');
      await scratch.hold([newRecord(track, 1, pattern(64, 1)), newRecord(track, 2, pattern(64, 2))]);
      const extent = { first: track, last: track };
      const locate = { operation: LocateOperation.readData, count: 2, track, record: 2, lengthFactor: 64 };
      const parts = [
        give('prefix', prefix(extent, locate)),
        take('read-data-mt', 64, 'first'),
        take('read-data-mt', 64, 'second'),
      ];
      const outcome = await disk.fails('prefix and two reads', parts, 2, Ended.fileProtected);
      disk.expect.bytes(await outcome.bytes('first', 64), pattern(64, 2), 'the data of record 2');
    },
  }),
  diskCase({
    id: 'eckd/prefix/sixty-three-bytes',
    decides: 'Prefix of format 1 with count 63 is rejected: CCW count less than required.',
    requirements: ['EC-048'],
    run: async (disk, context) => {
      await needsPrefix(context, disk);
      const bytes = prefix({ first: 0, last: 0 }, { operation: LocateOperation.readData, count: 1, track: 0 });
      await disk.fails('prefix of 63 bytes', [give('prefix', bytes.slice(0, 63))], 0, Rejected.shortCount);
    },
  }),
  diskCase({
    id: 'eckd/prefix/extent-alone',
    decides:
      'Prefix of format 0 with count 64 and without SLI takes all 64 bytes, and defines the extent for the Locate Record behind it.',
    requirements: ['EC-049'],
    run: async (disk, context) => {
      await needsPrefix(context, disk);
      const bytes = prefix({ mask: FileMask.read, first: 0, last: 0 });
      await disk.ends('prefix of format 0', [give('prefix', bytes)], { ...NORMAL_END, ccwAddress: ccwAt(1), count: 0 });
      const beyond = give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track: 1 }));
      await disk.fails('locate record behind the extent', [give('prefix', bytes), beyond], 1, Ended.fileProtected);
    },
  }),
];

export default cases;
