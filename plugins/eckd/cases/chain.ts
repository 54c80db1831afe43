/** Chaining within programs of a disk: data chaining, checks in the middle, interruptions on the way. */

import { ProgramBuilder, ScswBit, SubchannelStatus, type CaseDefinition } from 'ccwspec/plugin';
import {
  countField,
  defineExtent,
  FileMask,
  give,
  LocateOperation,
  locateRecord,
  seekAddress,
  take,
  type LocateFields,
} from '../programs/index.js';
import { Ended, Rejected } from '../support/conditions.js';
import { diskCase, scratchCase } from '../support/define.js';
import { NORMAL_END } from '../support/disk.js';
import { ccwAt, chainedData, concat, control, type Part, pattern } from '../support/parts.js';
import { newRecord } from '../support/track-content.js';

const LENGTH = 100;

function domain(track: number, operation: number, fields: Partial<LocateFields> = {}): Part[] {
  return [
    give('define-extent', defineExtent({ mask: FileMask.format, first: track, last: track + 2 })),
    give('locate-record', locateRecord({ operation, count: 1, track, record: 1, ...fields })),
  ];
}

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/chain/write-from-several-areas',
    decides:
      'A write with data chaining stores in the record what its areas hold, one behind the other, a byte of its own among them.',
    requirements: ['CH-010'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, new Uint8Array(LENGTH))]);
      const data = pattern(LENGTH, 5);
      const parts = [
        give('define-extent', defineExtent({ mask: FileMask.update, first: track, last: track })),
        give(
          'locate-record',
          locateRecord({ operation: LocateOperation.writeData, count: 1, track, record: 1, lengthFactor: LENGTH }),
        ),
        ...chainedData('write-update-data', data, [33, 34]),
      ];
      await disk.succeeds('a write of three areas', parts);
      await scratch.holds([newRecord(track, 1, data)], 'after the write');
    },
  }),
  scratchCase({
    id: 'eckd/chain/count-field-from-several-areas',
    decides:
      'Write Count, Key and Data with data chaining takes count field, key and data from areas that are cut within each of them.',
    requirements: ['CH-010'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const record = newRecord(track, 1, pattern(60, 6), pattern(12, 7));
      const bytes = concat(record.count, record.key, record.data);
      const parts = [
        ...domain(track, LocateOperation.formatWrite, { record: 0 }),
        ...chainedData('write-ckd', bytes, [3, 14, 50]),
      ];
      await disk.succeeds('a format of four areas', parts);
      await scratch.holds([record], 'after the format');
    },
  }),
  scratchCase({
    id: 'eckd/chain/read-into-several-areas',
    decides:
      'A read with data chaining stores the record in its areas one behind the other; an area with the skip flag takes its count and stores nothing.',
    requirements: ['CH-009', 'CH-011'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const data = pattern(LENGTH, 8);
      await scratch.hold([newRecord(track, 1, data)]);
      const outcome = await disk.succeeds('a read into three areas', [
        ...domain(track, LocateOperation.readData),
        take('read-data-mt', 30, 'first', ['cd']),
        take('read-data-mt', 25, 'skipped', ['cd', 'skip']),
        take('read-data-mt', LENGTH - 55, 'last'),
      ]);
      disk.expect.bytes(await outcome.bytes('first', 30), data.slice(0, 30), 'the first area');
      await outcome.untouched('skipped', 25);
      disk.expect.bytes(await outcome.bytes('last', LENGTH - 55), data.slice(55), 'the last area');
    },
  }),
  scratchCase({
    id: 'eckd/chain/record-that-ends-in-a-chained-area',
    decides:
      'A record that ends before the count of a data-chained area is used up gives incorrect length, also with SLI, and the next area is not used.',
    requirements: ['CH-008'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(LENGTH, 8))]);
      const outcome = await disk.run('a read into an area that is too long', [
        ...domain(track, LocateOperation.readData),
        take('read-data-mt', LENGTH + 20, 'first', ['cd', 'sli']),
        take('read-data-mt', 8, 'last', ['sli']),
      ]);
      const expected = {
        deviceStatus: 0x0c,
        subchannelStatus: SubchannelStatus.incorrectLength,
        count: 20,
        ccwAddress: ccwAt(3),
      };
      disk.expect.irb(outcome.irb, expected, 'its IRB', outcome.program);
      await outcome.untouched('last', 8);
    },
  }),
  scratchCase({
    id: 'eckd/chain/nothing-behind-a-unit-check',
    decides:
      'No CCW behind a unit check is executed: a write chained to a Locate Record that finds no record changes nothing.',
    requirements: ['CH-047', 'EC-009'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = [newRecord(track, 1, pattern(LENGTH, 8))];
      await scratch.hold(before);
      const parts = [
        ...domain(track, LocateOperation.formatWrite, { record: 2 }),
        give('write-ckd', countField(track, 2, 0, 8), ['sli']),
      ];
      await disk.fails('a write behind a record that is not there', parts, 1, Ended.noRecordFound);
      await scratch.holds(before, 'after the write that must not happen');
    },
  }),
  diskCase({
    id: 'eckd/chain/residual-of-a-rejected-command',
    decides: 'The residual count of a command that the device rejects without moving a byte is its whole count.',
    requirements: ['CH-046'],
    run: async (disk) => {
      const parts = [control('no-operation'), take('read-subsystem-data', 77, 'area', ['sli'])];
      const outcome = await disk.fails('a read of subsystem data', parts, 1, Rejected.invalidSequence);
      disk.expect.equal(outcome.residual, 77, 'the residual count');
      await outcome.untouched('area', 77);
    },
  }),
  scratchCase({
    id: 'eckd/chain/program-controlled-interruption',
    decides:
      'PCI in the CCW of a read gives an interruption with intermediate status while the next command is in progress, after which the program goes on to its end and both reads have their data.',
    requirements: ['CH-025'],
    needs: ['slow-device'],
    run: async (scratch, context) => {
      const { disk, track } = scratch;
      await scratch.hold([1, 2].map((record) => newRecord(track, record, pattern(LENGTH, record))));
      const timing = context.control('timing');
      await timing.holdAtCommand(4);
      const program = await disk.start('two reads, the first with PCI', [
        ...domain(track, LocateOperation.readData, { count: 2 }),
        take('read-data-mt', LENGTH, 'first', ['pci']),
        take('read-data-mt', LENGTH, 'second'),
      ]);
      const expected = {
        statusControlIncludes: ScswBit.intermediateStatus | ScswBit.statusPending,
        subchannelStatusIncludes: SubchannelStatus.programControlledInterruption,
      };
      disk.expect.irb(await disk.status(program.name), expected, 'the IRB of the interruption by PCI', program);
      await timing.release();
      const outcome = await disk.end(program);
      disk.expect.irb(outcome.irb, { deviceStatus: 0x0c, ccwAddress: ccwAt(4) }, 'the last IRB', program);
      disk.expect.bytes(await outcome.bytes('first', LENGTH), pattern(LENGTH, 1), 'the first record');
      disk.expect.bytes(await outcome.bytes('second', LENGTH), pattern(LENGTH, 2), 'the second record');
    },
  }),
  scratchCase({
    id: 'eckd/chain/suspend-flag-without-suspend-control',
    decides:
      'A CCW with the suspend flag in a program whose ORB has no suspend control is a program check: the write that it names does not happen.',
    requirements: ['CH-027'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const before = [newRecord(track, 1, pattern(LENGTH, 1))];
      await scratch.hold(before);
      const outcome = await disk.run('a write with the suspend flag', [
        give('define-extent', defineExtent({ mask: FileMask.update, first: track, last: track })),
        give(
          'locate-record',
          locateRecord({ operation: LocateOperation.writeData, count: 1, track, record: 1, lengthFactor: LENGTH }),
        ),
        give('write-update-data', pattern(LENGTH, 9), ['s']),
      ]);
      const expected = { subchannelStatus: SubchannelStatus.programCheck, ccwAddress: ccwAt(3) };
      disk.expect.irb(outcome.irb, expected, 'its IRB', outcome.program);
      await scratch.holds(before, 'after the program check');
    },
  }),
  scratchCase({
    id: 'eckd/chain/two-hundred-and-fifty-six-ccws',
    decides: 'A program of 256 CCWs runs to its end: 254 Read Counts of one domain, over three tracks.',
    requirements: ['CH-055'],
    tracks: { tracks: 3 },
    run: async (scratch) => {
      const { disk, track } = scratch;
      const perTrack = 86;
      for (const at of scratch.tracks) {
        await scratch.hold(
          Array.from({ length: perTrack }, (_, n) => newRecord(at, n + 1, pattern(8))),
          at,
        );
      }
      const reads = 254;
      const length = reads * 8;
      const area = 0x2_0000;
      const builder = new ProgramBuilder({ name: '256 CCWs', chain: true, dataAt: 0x3_0000 })
        .ccw('define-extent', { data: defineExtent({ first: track, last: scratch.last }) })
        .ccw('locate-record', { data: locateRecord({ operation: LocateOperation.readData, count: reads, track }) })
        .buffer(area, { length, name: 'counts' });
      for (let n = 0; n < reads; n++) builder.ccw('read-count-mt', { count: 8, address: area + 8 * n });
      const outcome = await disk.ends('256 CCWs', builder.build(), { ...NORMAL_END, ccwAddress: ccwAt(256) });
      const expected = Array.from({ length: reads }, (_, n) =>
        countField(track + Math.floor(n / perTrack), (n % perTrack) + 1, 0, 8),
      );
      disk.expect.bytes(
        await outcome.bytes('counts', length),
        concat(...expected),
        'the count fields, in the order of the tracks',
      );
    },
  }),
  scratchCase({
    id: 'eckd/chain/protected-page',
    decides:
      'A read into a page of another storage key ends with protection check and stores nothing there; the page before it has its part of the record.',
    requirements: ['CH-022', 'TRN-026'],
    needs: ['storage-keys'],
    run: async (scratch, context) => {
      const { disk, track } = scratch;
      await scratch.hold([newRecord(track, 1, pattern(LENGTH, 3))]);
      const area = 0x2_2000 - 40;
      const program = new ProgramBuilder({
        name: 'a read into two pages',
        chain: true,
        dataAt: 0x3_0000,
        orb: { key: 1 },
      })
        .ccw('seek', { data: seekAddress(track) })
        .ccw('read-data', { buffer: { length: LENGTH, name: 'data' }, place: area })
        .build();
      const setKey = context.control('setStorageKey');
      for (const { at } of program.memory) await setKey(at - (at % 4096), 1, false);
      await setKey(0x2_1000, 1, false);
      await setKey(0x2_2000, 2, false);
      const outcome = await disk.run(program.name, program);
      const expected = { subchannelStatusIncludes: SubchannelStatus.protectionCheck, ccwAddress: ccwAt(2) };
      disk.expect.irb(outcome.irb, expected, 'its IRB', program);
      disk.expect.bytes(await outcome.bytes('data', 40), pattern(LENGTH, 3).slice(0, 40), 'the page of the right key');
      await outcome.untouched('data', LENGTH - 40, 40);
    },
  }),
];

export default cases;
