/** Records with keys: searches, and transfers of key and data. */

import type { CaseDefinition, Mnemonic } from 'ccwspec/plugin';
import { defineExtent, FileMask, give, LocateOperation, locateRecord, seekAddress, take } from '../programs/index.js';
import { Ended, Rejected } from '../support/conditions.js';
import { scratchCase } from '../support/define.js';
import { back, concat, type Part, pattern } from '../support/parts.js';
import type { Scratch } from '../support/scratch.js';
import { newRecord, readWholeTrack } from '../support/track-content.js';

const key = (value: number): Uint8Array => Uint8Array.of(0xd2, 0xc5, 0xe8, value);

/** Three records with keys 10, 80 and F0 at their ends, and different data. */
async function keyed(scratch: Scratch): Promise<void> {
  const { track } = scratch;
  await scratch.hold([0x10, 0x80, 0xf0].map((last, n) => newRecord(track, n + 1, pattern(12, n), key(last))));
}

const found: readonly (readonly [Mnemonic, readonly (readonly [argument: number, record: number])[]])[] = [
  [
    'search-key-equal',
    [
      [0x10, 1],
      [0x80, 2],
      [0xf0, 3],
    ],
  ],
  [
    'search-key-high',
    [
      [0x0f, 1],
      [0x10, 2],
      [0x7f, 2],
      [0x80, 3],
    ],
  ],
  [
    'search-key-equal-or-high',
    [
      [0x0f, 1],
      [0x10, 1],
      [0x11, 2],
      [0x80, 2],
      [0x81, 3],
    ],
  ],
];

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/key/search-finds-the-record',
    decides:
      'Search Key Equal, High, and Equal or High compare keys without sign, and Read Data behind one that is satisfied reads the data of that record.',
    requirements: ['EC-065'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await keyed(scratch);
      for (const [command, arguments_] of found) {
        for (const [argument, record] of arguments_) {
          const what = `${command} ${argument.toString(16)}`;
          const outcome = await disk.succeeds(what, [
            give('seek', seekAddress(track)),
            give(command, key(argument)),
            back(),
            take('read-data', 12, 'data'),
          ]);
          disk.expect.bytes(
            await outcome.bytes('data', 12),
            pattern(12, record - 1),
            `the data of record ${record}, which ${what} finds`,
          );
        }
      }
    },
  }),
  scratchCase({
    id: 'eckd/key/record-without-key-is-passed',
    decides: 'A record without key satisfies no search for a key, not even one for a higher key.',
    requirements: ['EC-035'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(12, 1)), newRecord(track, 2, pattern(12, 2), key(0x40))]);
      for (const command of ['search-key-equal', 'search-key-equal-or-high'] as const) {
        const parts = [
          give('seek', seekAddress(track)),
          give(command, key(0x40)),
          back(),
          take('read-data', 12, 'data'),
        ];
        const outcome = await disk.succeeds(command, parts.map(withoutLengthCheck));
        disk.expect.bytes(await outcome.bytes('data', 12), pattern(12, 2), `the data behind ${command}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/key/no-such-key',
    decides: 'A search for a key that no record of the track has ends with no record found.',
    requirements: ['EC-036', 'SN-003'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await keyed(scratch);
      const parts = [
        give('seek', seekAddress(track)),
        give('search-key-equal', key(0x11)),
        back(),
        take('read-data', 12, 'data'),
      ];
      const outcome = await disk.fails('a search for a key', parts, 1, Ended.noRecordFound);
      await outcome.untouched('data', 12);
    },
  }),
  scratchCase({
    id: 'eckd/key/key-and-data-in-one-transfer',
    decides: 'Write Update Key and Data and Read Key and Data transfer the key, and the data behind it.',
    requirements: ['EC-020'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await keyed(scratch);
      const written = concat(key(0x55), pattern(12, 9));
      const locate = (operation: number): Part =>
        give('locate-record', locateRecord({ operation, count: 1, track, record: 2, lengthFactor: 16 }));
      const extent = give('define-extent', defineExtent({ mask: FileMask.update, first: track, last: track }));
      await disk.succeeds('write update key and data', [
        extent,
        locate(LocateOperation.writeData),
        give('write-update-key-data', written),
      ]);
      const outcome = await disk.succeeds('read key and data', [
        extent,
        locate(LocateOperation.readData),
        take('read-key-data-mt', 16, 'record'),
      ]);
      disk.expect.bytes(await outcome.bytes('record', 16), written, 'key and data that were read');
      const expected = [
        newRecord(track, 1, pattern(12, 0), key(0x10)),
        newRecord(track, 2, pattern(12, 9), key(0x55)),
        newRecord(track, 3, pattern(12, 2), key(0xf0)),
      ];
      await scratch.holds(expected, 'after the write of record 2');
    },
  }),
  scratchCase({
    id: 'eckd/key/lengths-from-the-count-field',
    decides:
      'Key length and data length of a record are those of the count field with which it was written: keys of 1 and 255 bytes, data of 1 byte and none.',
    requirements: ['EC-021'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const records = [
        newRecord(track, 1, pattern(1, 3), pattern(1, 4)),
        newRecord(track, 2, pattern(300, 5), pattern(255, 6)),
        newRecord(track, 3, new Uint8Array(0), pattern(8, 7)),
      ];
      await scratch.hold(records);
      await scratch.holds(records, 'as they were written');
      const outcome = await disk.succeeds('read key and data of record 2', [
        give('define-extent', defineExtent({ first: track, last: track })),
        give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track, record: 2 })),
        take('read-key-data', 555, 'record'),
      ]);
      disk.expect.bytes(
        await outcome.bytes('record', 555),
        concat(pattern(255, 6), pattern(300, 5)),
        'key and data of record 2',
      );
    },
  }),
  scratchCase({
    id: 'eckd/key/data-behind-a-key-search-are-written',
    decides:
      'Write Data behind a Search Key Equal of the whole key that is satisfied writes the data of that record, and leaves its key; behind one of a part of the key it is rejected as an invalid sequence.',
    requirements: ['EC-066'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await keyed(scratch);
      await disk.succeeds('search key equal, write data', [
        give('seek', seekAddress(track)),
        give('search-key-equal', key(0x80)),
        back(),
        give('write-data', pattern(12, 77)),
      ]);
      const part = [
        give('seek', seekAddress(track)),
        give('search-key-equal', key(0x10).slice(0, 3), ['sli']),
        back(),
        give('write-data', pattern(12, 78)),
      ];
      await disk.fails('write data behind a search for three bytes', part, 3, Rejected.invalidSequence);
      const [, first, second] = await readWholeTrack(disk, track);
      disk.expect.bytes(first?.data ?? new Uint8Array(0), pattern(12, 0), 'the data of record 1, whose key begins so');
      disk.expect.bytes(second?.key ?? new Uint8Array(0), key(0x80), 'the key of record 2');
      disk.expect.bytes(second?.data ?? new Uint8Array(0), pattern(12, 77), 'the data of record 2');
    },
  }),
];

/** A record without key takes none of a search argument; only with SLI does the program then go on. */
function withoutLengthCheck(part: Part): Part {
  return 'data' in part ? { ...part, flags: ['sli'] } : part;
}

export default cases;
