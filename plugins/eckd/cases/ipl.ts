/** Read IPL, which stands for a seek, an extent and a domain. */

import type { CaseContext, CaseDefinition } from 'ccwspec/plugin';
import { defineExtent, give, take } from '../programs/index.js';
import { Rejected } from '../support/conditions.js';
import { diskCase } from '../support/define.js';
import { type Disk, NORMAL_END } from '../support/disk.js';
import { ccwAt, control } from '../support/parts.js';
import { readWholeTrack } from '../support/track-content.js';

/** Data of records 1 and 2 of cylinder 0, head 0. Skips the case if there are none to tell apart. */
async function firstRecords(disk: Disk, context: CaseContext): Promise<readonly [Uint8Array, Uint8Array]> {
  const [, first, second] = await readWholeTrack(disk, 0);
  if (first === undefined || second === undefined || first.data.length === 0 || second.data.length === 0) {
    return context.skip('cylinder 0, head 0 has no two records with data');
  }
  return [first.data, second.data];
}

const readIpl = take('read-ipl', 4096, 'ipl', ['sli']);

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/ipl/first-record-of-the-volume',
    decides: 'Read IPL as the only command gives the data of record 1 of cylinder 0, head 0, without its key.',
    requirements: ['EC-040'],
    run: async (disk, context) => {
      const [first] = await firstRecords(disk, context);
      const outcome = await disk.run('read IPL', [readIpl]);
      disk.expect.irb(
        outcome.irb,
        { ...NORMAL_END, ccwAddress: ccwAt(1), count: 4096 - first.length },
        'its IRB',
        outcome.program,
      );
      disk.expect.bytes(await outcome.bytes('ipl', first.length), first, 'what Read IPL gave');
      await outcome.untouched('ipl', 4096 - first.length, first.length);
    },
  }),
  diskCase({
    id: 'eckd/ipl/one-more-record',
    decides:
      'Read IPL opens a domain of two records: one more read is accepted without a Locate Record and gives the next record, and other commands are accepted behind that, not before.',
    requirements: ['EC-040'],
    run: async (disk, context) => {
      const [, second] = await firstRecords(disk, context);
      const outcome = await disk.succeeds('read IPL, read data', [readIpl, take('read-data', 4096, 'next', ['sli'])]);
      disk.expect.bytes(await outcome.bytes('next', second.length), second, 'what Read Data gave');
      const parts = [readIpl, take('read-data', 4096, 'next', ['sli']), take('basic-sense', 32, 'sense', ['sli'])];
      await disk.succeeds('a command of no domain behind both', parts);
      const inDomain = [readIpl, take('basic-sense', 32, 'sense', ['sli'])];
      await disk.fails('a sense command in the domain of read IPL', inDomain, 1, Rejected.invalidSequence);
    },
  }),
  diskCase({
    id: 'eckd/ipl/behind-an-extent-or-mask',
    decides: 'Read IPL behind Define Extent, and behind Set File Mask, is rejected as an invalid sequence.',
    requirements: ['EC-041'],
    run: async (disk) => {
      const extent = give('define-extent', defineExtent({ first: 0, last: 0 }));
      const mask = give('set-file-mask', Uint8Array.of(0));
      for (const [what, part] of [
        ['an extent', extent],
        ['a file mask', mask],
      ] as const) {
        const outcome = await disk.fails(`read IPL behind ${what}`, [part, readIpl], 1, Rejected.invalidSequence);
        await outcome.untouched('ipl', 64);
      }
    },
  }),
  diskCase({
    id: 'eckd/ipl/before-an-extent',
    decides: 'Define Extent and Set File Mask behind Read IPL are rejected as invalid sequences on a 3390.',
    requirements: ['EC-067'],
    run: async (disk, context) => {
      await firstRecords(disk, context);
      const extent = give('define-extent', defineExtent({ first: 0, last: 0 }));
      const mask = give('set-file-mask', Uint8Array.of(0));
      for (const [what, part] of [
        ['an extent', extent],
        ['a file mask', mask],
      ] as const) {
        await disk.fails(`${what} behind read IPL`, [readIpl, part], 1, Rejected.invalidSequence);
      }
    },
  }),
  diskCase({
    id: 'eckd/ipl/no-operation-behind-it',
    decides: 'A no-operation directly behind Read IPL is accepted, and leaves the next record to be read.',
    requirements: ['EC-040'],
    run: async (disk, context) => {
      const [, second] = await firstRecords(disk, context);
      const parts = [readIpl, control('no-operation'), take('read-data', 4096, 'next', ['sli'])];
      const outcome = await disk.succeeds('read IPL, no-operation, read data', parts);
      disk.expect.bytes(await outcome.bytes('next', second.length), second, 'what Read Data gave');
    },
  }),
];

export default cases;
