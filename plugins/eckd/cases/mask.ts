/** File masks: what Define Extent and Set File Mask permit to write. */

import { DeviceStatus, Sense0, Sense1, type CaseDefinition } from 'ccwspec/plugin';
import {
  countField,
  defineExtent,
  FileMask,
  give,
  LocateOperation,
  locateRecord,
  recordId,
  seekAddress,
} from '../programs/index.js';
import { Rejected } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { code } from '../support/disk.js';
import { back, type Part, pattern } from '../support/parts.js';
import { newRecord, wholeRecord } from '../support/track-content.js';

const setMask = (mask: number): Part => give('set-file-mask', Uint8Array.of(mask));

/** Seeks and searches record 1 under a file mask. */
const toRecord = (track: number, mask: number): Part[] => [
  give('seek', seekAddress(track)),
  setMask(mask),
  give('search-id-equal', recordId(track, 1)),
  back(),
];

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/mask/behind-another-mask',
    decides:
      'Set File Mask behind Define Extent, and behind another Set File Mask, is rejected as an invalid sequence.',
    requirements: ['EC-038'],
    run: async (disk) => {
      const extent = give('define-extent', defineExtent({ first: 0, last: 0 }));
      await disk.fails('a mask behind an extent', [extent, setMask(0x00)], 1, Rejected.invalidSequence);
      await disk.fails('a second mask', [setMask(0x00), setMask(0x00)], 1, Rejected.invalidSequence);
    },
  }),
  diskCase({
    id: 'eckd/mask/extent-behind-a-mask',
    decides: 'Define Extent behind Set File Mask is rejected as an invalid sequence.',
    requirements: ['EC-067'],
    run: async (disk) => {
      const extent = give('define-extent', defineExtent({ first: 0, last: 0 }));
      await disk.fails('an extent behind a mask', [setMask(0x00), extent], 1, Rejected.invalidSequence);
    },
  }),
  scratchCase({
    id: 'eckd/mask/inhibits-writes',
    decides:
      'Under file mask 40 Write Data, Write Count, Key and Data, and a write in the domain of a Locate Record are rejected, and nothing on the track changes.',
    requirements: ['EC-038', 'EC-039'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const records = [newRecord(track, 1, pattern(24, 1)), newRecord(track, 2, pattern(24, 2))];
      await scratch.hold(records);
      const other = wholeRecord(newRecord(track, 2, pattern(24, 9)));
      const programs: readonly (readonly [string, Part[]])[] = [
        ['write data', [...toRecord(track, FileMask.read), give('write-data', pattern(24, 9))]],
        ['write count, key and data', [...toRecord(track, FileMask.read), give('write-ckd', other)]],
        [
          'a write in a domain',
          [
            give('define-extent', defineExtent({ mask: FileMask.read, first: track, last: track })),
            give(
              'locate-record',
              locateRecord({ operation: LocateOperation.writeData, count: 1, track, record: 1, lengthFactor: 24 }),
            ),
            give('write-update-data', pattern(24, 9)),
          ],
        ],
      ];
      for (const [what, parts] of programs) {
        const outcome = await disk.run(`${what} under mask 40`, parts);
        disk.expect.irb(
          outcome.irb,
          { deviceStatusIncludes: DeviceStatus.unitCheck },
          `the IRB of ${what}`,
          outcome.program,
        );
        const [byte0 = 0, byte1 = 0] = outcome.sense;
        const isRefused = (byte0 & Sense0.commandReject) !== 0 || (byte1 & Sense1.fileProtected) !== 0;
        disk.expect.isTrue(
          isRefused,
          `sense ${code(byte0)} ${code(byte1)} of ${what} is command reject or file protected`,
        );
        await scratch.holds(records, `after ${what} under mask 40`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/mask/permits-updates-only',
    decides:
      'File mask 80 permits Write Data and rejects Write Count, Key and Data as an invalid sequence, which then changes nothing.',
    requirements: ['EC-068'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(24, 1)), newRecord(track, 2, pattern(24, 2))]);
      await disk.succeeds('write data under mask 80', [
        ...toRecord(track, FileMask.update),
        give('write-data', pattern(24, 3)),
      ]);
      const format = [
        ...toRecord(track, FileMask.update),
        give('write-ckd', wholeRecord(newRecord(track, 2, pattern(24, 9)))),
      ];
      await disk.fails('write count, key and data under mask 80', format, 4, Rejected.invalidSequence);
      await scratch.holds([newRecord(track, 1, pattern(24, 3)), newRecord(track, 2, pattern(24, 2))], 'after both');
    },
  }),
  scratchCase({
    id: 'eckd/mask/record-zero-needs-all-writes',
    decides:
      'Write Record Zero under the file masks 00 and 80 is rejected, and record 0 stays as it was; only C0 permits it.',
    requirements: ['EC-068'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(24, 1))]);
      for (const mask of [FileMask.format, FileMask.update]) {
        const parts = [
          give('seek', seekAddress(track)),
          setMask(mask),
          give('search-home-address-equal', recordId(track, 0).slice(0, 4)),
          back(),
          give('write-r0', countField(track, 0, 0, 8), ['sli']),
        ];
        await disk.fails(`write record zero under mask ${code(mask)}`, parts, 4, Rejected.invalidSequence);
        await scratch.holds([newRecord(track, 1, pattern(24, 1))], `after it under mask ${code(mask)}`);
      }
    },
  }),
];

export default cases;
