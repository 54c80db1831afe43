/** Records through indirect-data-address lists of all three kinds. */

import type { CaseDefinition, IndirectKind } from 'ccwspec/plugin';
import { defineExtent, FileMask, give, LocateOperation, locateRecord } from '../programs/index.js';
import { scratchCase } from '../support/define.js';
import { type Outcome } from '../support/disk.js';
import { concat, indirect, type Part, pattern } from '../support/parts.js';
import type { Scratch } from '../support/scratch.js';
import { newRecord } from '../support/track-content.js';

/** A kind of list, and the bytes of a block. */
type Kind = readonly [name: IndirectKind, block: number];

const inPages: Kind = ['format-2-4k', 4096];
const inHalfPages: readonly Kind[] = [
  ['format-1', 2048],
  ['format-2-2k', 2048],
];

const LENGTH = 5000;
/** Where in its first block an area begins: no doubleword, and not the middle. */
const OFFSET = 1999;

function domain(track: number, operation: number, mask: number): Part[] {
  return [
    give('define-extent', defineExtent({ mask, first: track, last: track })),
    give(
      'locate-record',
      locateRecord({
        operation,
        count: 1,
        track,
        record: operation === LocateOperation.formatWrite ? 0 : 1,
        ...(operation === LocateOperation.writeData ? { lengthFactor: LENGTH } : {}),
      }),
    ),
  ];
}

/** What an area that is spread over blocks holds, from its first byte to its last. */
async function gathered(
  outcome: Outcome,
  name: string,
  length: number,
  firstOffset: number,
  block: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let n = 0, done = 0; done < length; n++) {
    const size = Math.min(block - (n === 0 ? firstOffset : 0), length - done);
    pieces.push(await outcome.bytes(`${name}.${n}`, size));
    done += size;
  }
  return concat(...pieces);
}

/** Reads a record through lists of these kinds. */
async function reads(scratch: Scratch, kinds: readonly Kind[]): Promise<void> {
  const { disk, track } = scratch;
  await scratch.hold([newRecord(track, 1, pattern(LENGTH))]);
  for (const [kind, block] of kinds) {
    const parts = [
      ...domain(track, LocateOperation.readData, FileMask.read),
      indirect('read-data-mt', { kind, firstOffset: OFFSET, buffer: { length: LENGTH, name: 'data' } }),
    ];
    const outcome = await disk.succeeds(`a read through ${kind} IDAWs`, parts);
    const found = await gathered(outcome, 'data', LENGTH, OFFSET, block);
    disk.expect.bytes(found, pattern(LENGTH), `the data read through ${kind} IDAWs`);
  }
}

/** Writes a record through lists of these kinds. */
async function writes(scratch: Scratch, kinds: readonly Kind[]): Promise<void> {
  const { disk, track } = scratch;
  await scratch.hold([newRecord(track, 1, pattern(LENGTH, 90))]);
  for (const [n, [kind]] of kinds.entries()) {
    const data = pattern(LENGTH, n);
    const parts = [
      ...domain(track, LocateOperation.writeData, FileMask.update),
      indirect('write-update-data', { kind, firstOffset: OFFSET, data }),
    ];
    await disk.succeeds(`a write through ${kind} IDAWs`, parts);
    await scratch.holds([newRecord(track, 1, data)], `after a write through ${kind} IDAWs`);
  }
}

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/indirect/read',
    decides: 'A record is read through a list of format-2 IDAWs for 4K blocks, each byte into the block of its IDAW.',
    requirements: ['EC-019'],
    run: (scratch) => reads(scratch, [inPages]),
  }),
  scratchCase({
    id: 'eckd/indirect/write',
    decides:
      'A record is written through a list of format-2 IDAWs for 4K blocks, each byte from the block of its IDAW.',
    requirements: ['EC-019'],
    run: (scratch) => writes(scratch, [inPages]),
  }),
  scratchCase({
    id: 'eckd/indirect/read-into-2k-blocks',
    decides:
      'A record is read through a list of format-1 IDAWs, and of format-2 IDAWs for 2K blocks, each byte into the block of its IDAW.',
    requirements: ['VF-011', 'TRN-023'],
    run: (scratch) => reads(scratch, inHalfPages),
  }),
  scratchCase({
    id: 'eckd/indirect/write-from-2k-blocks',
    decides:
      'A record is written through a list of format-1 IDAWs, and of format-2 IDAWs for 2K blocks, each byte from the block of its IDAW.',
    requirements: ['VF-011', 'TRN-023'],
    run: (scratch) => writes(scratch, inHalfPages),
  }),
  scratchCase({
    id: 'eckd/indirect/count-field-over-two-blocks',
    decides:
      'Write Count, Key and Data through a list whose first block ends within the count field takes the rest of it from the next block.',
    requirements: ['EC-021'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const record = newRecord(track, 1, pattern(2100, 4), pattern(20, 5));
      const data = concat(record.count, record.key, record.data);
      const [kind, block] = inPages;
      await disk.succeeds('a format through IDAWs', [
        ...domain(track, LocateOperation.formatWrite, FileMask.format),
        indirect('write-ckd', { kind, firstOffset: block - 3, data }),
      ]);
      await scratch.holds([record], 'after the format');
    },
  }),
  scratchCase({
    id: 'eckd/indirect/data-chained-lists',
    decides:
      'A write whose data-chained CCWs each have a list of their own, and a read the same way, move the record in the order of CCWs and IDAWs.',
    requirements: ['CH-009', 'CH-010'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const cut = 2345;
      const data = pattern(LENGTH, 33);
      await scratch.hold([newRecord(track, 1, new Uint8Array(LENGTH))]);
      await disk.succeeds('a write of two lists', [
        ...domain(track, LocateOperation.writeData, FileMask.update),
        indirect('write-update-data', { flags: ['cd'], firstOffset: OFFSET, data: data.slice(0, cut) }),
        indirect('write-update-data', { firstOffset: 4000, data: data.slice(cut) }),
      ]);
      await scratch.holds([newRecord(track, 1, data)], 'after the write');
      const outcome = await disk.succeeds('a read into two lists', [
        ...domain(track, LocateOperation.readData, FileMask.read),
        indirect('read-data-mt', { flags: ['cd'], firstOffset: 4000, buffer: { length: cut, name: 'first' } }),
        indirect('read-data-mt', { firstOffset: OFFSET, buffer: { length: LENGTH - cut, name: 'second' } }),
      ]);
      disk.expect.bytes(await gathered(outcome, 'first', cut, 4000, 4096), data.slice(0, cut), 'the first list');
      disk.expect.bytes(
        await gathered(outcome, 'second', LENGTH - cut, OFFSET, 4096),
        data.slice(cut),
        'the second list',
      );
    },
  }),
];

export default cases;
