/** Programs of the Linux DASD driver that read and write blocks, recover, and ask the control unit. */

import { defineCase, viewOf, type CaseDefinition } from 'ccwspec/plugin';
import {
  defineExtent,
  formatTracks,
  give,
  locateRecord,
  LocateOperation,
  readBlocks,
  readSubsystemData,
  reserve,
  Suborder,
  take,
  writeBlocks,
} from '../programs/index.js';
import { Characteristics } from '../support/characteristics.js';
import { diskCase, scratchCase } from '../support/define.js';
import { NORMAL_END } from '../support/disk.js';
import { withReservation } from '../support/hosts.js';
import { assemble, back, ccwAt, concat, control, type Part, pattern } from '../support/parts.js';
import { type Scratch } from '../support/scratch.js';
import { newRecord, type DiskRecord } from '../support/track-content.js';

const PER_TRACK = 12;
const BLOCK = 4096;

/** The scratch tracks formatted in blocks of 4096. @returns number of the first block on them */
async function formatted({ disk, tracks, track }: Scratch): Promise<number> {
  for (const at of tracks) await disk.succeeds(`the format of track ${at}`, formatTracks({ first: at, last: at }));
  return track * PER_TRACK;
}

/** Records of a formatted track with these blocks, zeros elsewhere. */
function trackOf(track: number, blocks: ReadonlyMap<number, Uint8Array>): DiskRecord[] {
  return Array.from({ length: PER_TRACK }, (_, n) =>
    newRecord(track, n + 1, blocks.get(track * PER_TRACK + n) ?? new Uint8Array(BLOCK)),
  );
}

const cases: readonly CaseDefinition[] = [
  scratchCase({
    id: 'eckd/linux/blocks-over-the-end-of-a-track',
    decides:
      "Linux's write of three blocks, two at the end of a track and one on the next, and its read of them, have one domain and reach the same records.",
    requirements: ['EC-016', 'EC-019', 'EC-024'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      const start = await formatted(scratch);
      const { isModernControlUnit: regularFormat } = await Characteristics.of(disk);
      const range = { first: start + 10, count: 3, regularFormat };
      const blocks = [1, 2, 3].map((seed) => pattern(BLOCK, seed));
      const write = writeBlocks(range, concat(...blocks));
      await disk.ends('the write of three blocks', write, { ...NORMAL_END, ccwAddress: ccwAt(5), count: 0 });
      const written = new Map(blocks.map((block, n) => [start + 10 + n, block]));
      for (const at of [track, next]) await scratch.holds(trackOf(at, written), 'after the write', at);
      const outcome = await disk.ends('the read of three blocks', readBlocks(range), {
        ...NORMAL_END,
        ccwAddress: ccwAt(5),
        count: 0,
      });
      for (const [block, data] of written) {
        disk.expect.bytes(await outcome.bytes(`block-${block}`, BLOCK), data, `block ${block}`);
      }
    },
  }),
  scratchCase({
    id: 'eckd/linux/smaller-blocks',
    decides:
      "Linux's write and read of blocks of 512, 1024 and 2048 bytes reach the record that the number of records per track of that length gives.",
    requirements: ['EC-019', 'GE-003'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      for (const [blockSize, perTrack] of [
        [512, 49],
        [1024, 33],
        [2048, 21],
      ] as const) {
        await disk.succeeds(
          `the format in ${blockSize}`,
          formatTracks({ first: track, last: track, blockSize, compatible: false }),
        );
        const range = { first: track * perTrack + perTrack - 1, count: 1, blockSize, compatible: false };
        await disk.succeeds(`the write of the last block of ${blockSize}`, writeBlocks(range, pattern(blockSize, 5)));
        const expected = Array.from({ length: perTrack }, (_, n) =>
          newRecord(track, n + 1, n === perTrack - 1 ? pattern(blockSize, 5) : new Uint8Array(blockSize)),
        );
        await scratch.holds(expected, `after the write of a block of ${blockSize}`);
        const outcome = await disk.succeeds('the read of it', readBlocks(range));
        disk.expect.bytes(
          await outcome.bytes(`block-${range.first}`, blockSize),
          pattern(blockSize, 5),
          `the block of ${blockSize}`,
        );
      }
    },
  }),
  scratchCase({
    id: 'eckd/linux/recovery-repeats-the-program',
    decides:
      'A recovery program, a no-operation and a TIC to the original elsewhere in storage, does what the original does, and the CCW address is in the original.',
    requirements: ['EC-055', 'CH-013'],
    run: async (scratch) => {
      const { disk } = scratch;
      const start = await formatted(scratch);
      await disk.succeeds('the write of a block', writeBlocks({ first: start, count: 1 }, pattern(BLOCK, 8)));
      const steps = readBlocks({ first: start, count: 1 });
      const original = assemble('the original', steps, { at: 0x2000 });
      const recovery = assemble('the recovery program', [control('no-operation'), back((0x1008 - 0x2000) / 8)], {
        dataAt: 0x1_0000,
      });
      const program = {
        ...recovery,
        memory: [...recovery.memory, ...original.memory],
        labels: original.labels,
      };
      const outcome = await disk.ends('the recovery program', program, {
        ...NORMAL_END,
        ccwAddress: ccwAt(steps.length, { at: 0x2000 }),
      });
      disk.expect.bytes(await outcome.bytes(`block-${start}`, BLOCK), pattern(BLOCK, 8), 'the block that was read');
    },
  }),
  scratchCase({
    id: 'eckd/linux/restart-in-the-middle',
    decides:
      'A program that was ended in its domain goes on by a Define Extent, a Locate Record for the rest, and a TIC to the CCW that is to be repeated.',
    requirements: ['EC-055'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      const start = await formatted(scratch);
      const data = concat(pattern(BLOCK, 1), pattern(BLOCK, 2), pattern(BLOCK, 3));
      await disk.succeeds('the write of three blocks', writeBlocks({ first: start, count: 3 }, data));
      const original = assemble('the original', readBlocks({ first: start, count: 3 }), { at: 0x2000 });
      // The second read is the fourth CCW of the original.
      const again: Part[] = [
        give('define-extent', defineExtent({ first: track, last: track })),
        give(
          'locate-record',
          locateRecord({ operation: LocateOperation.readData, count: 2, track, record: 2, lengthFactor: BLOCK }),
        ),
        back((0x1010 - 0x2018) / 8),
      ];
      const restart = assemble('the restarted program', again, { dataAt: 0x1_0000 });
      const program = { ...restart, memory: [...restart.memory, ...original.memory], labels: original.labels };
      const outcome = await disk.ends('the restarted program', program, {
        ...NORMAL_END,
        ccwAddress: ccwAt(5, { at: 0x2000 }),
      });
      await outcome.untouched(`block-${start}`, BLOCK);
      disk.expect.bytes(await outcome.bytes(`block-${start + 1}`, BLOCK), pattern(BLOCK, 2), 'the second block');
      disk.expect.bytes(await outcome.bytes(`block-${start + 2}`, BLOCK), pattern(BLOCK, 3), 'the third block');
    },
  }),
  diskCase({
    id: 'eckd/linux/unit-address-configuration',
    decides:
      'The unit-address configuration that Linux reads has 512 bytes, exactly: without SLI there is no incorrect length.',
    requirements: ['ID-023', 'DEV-013'],
    run: async (disk) => {
      const [order] = readSubsystemData(Suborder.unitAddressConfiguration, 512);
      const parts: Part[] = [...(order === undefined ? [] : [order]), take('read-subsystem-data', 512, 'data')];
      const outcome = await disk.ends('its order and read', parts, { ...NORMAL_END, ccwAddress: ccwAt(2), count: 0 });
      const types = await outcome.bytes('data', 512);
      disk.expect.isTrue(
        types.some((byte) => byte !== 0xa5),
        'the area was stored',
      );
    },
  }),
  diskCase({
    id: 'eckd/linux/message-buffer',
    decides:
      'The message that Linux reads after an attention begins with its length, and the residual count of 4096 is what it leaves.',
    requirements: ['ID-024'],
    run: async (disk) => {
      const outcome = await disk.run(
        'the order and read of a message',
        readSubsystemData(Suborder.messageBuffer, 4096),
      );
      const length = viewOf(await outcome.bytes('subsystem-data', 2)).getUint16(0);
      disk.expect.irb(outcome.irb, { ...NORMAL_END, count: 4096 - length }, 'its IRB', outcome.program);
      await outcome.untouched('subsystem-data', 64, length);
    },
  }),
  diskCase({
    id: 'eckd/linux/host-access',
    decides:
      'Query Host Access gives a header of 20 bytes with the length and number of its entries, and the entries behind it.',
    requirements: ['ID-025'],
    run: async (disk) => {
      const outcome = await disk.run('query host access', readSubsystemData(Suborder.queryHostAccess, 16410));
      const view = viewOf(await outcome.bytes('subsystem-data', 20));
      const [length, entries] = [view.getUint8(17), view.getUint16(18)];
      disk.expect.equal(length, 32, 'byte 17, the length of an entry');
      disk.expect.irb(outcome.irb, { ...NORMAL_END, count: 16410 - 20 - length * entries }, 'its IRB', outcome.program);
    },
  }),
  defineCase({
    id: 'eckd/linux/running-io-is-cleared-and-repeated',
    decides:
      "A read that runs is ended by CLEAR SUBCHANNEL when Linux's reserve comes; the reserve is executed at once, and the read done again gives the data.",
    requirements: ['RS-025'],
    needs: ['vfio', 'eckd', 'slow-device'],
    touches: 'volume',
    run: (context) =>
      withReservation(context, async (disk) => {
        const steps: Part[] = [take('read-device-characteristics', 64, 'characteristics')];
        await context.control('timing').holdAtCommand(1);
        await disk.start('a read that the device holds', steps);
        await disk.silent('a command that the device holds');
        const irb = await disk.clear();
        disk.expect.irb(
          irb,
          { deviceStatus: 0, subchannelStatus: 0, statusControl: 0x01 },
          'the IRB of CLEAR SUBCHANNEL',
        );
        await disk.succeeds('reserve', reserve);
        const outcome = await disk.succeeds('the read again', steps);
        disk.expect.bytes(await outcome.bytes('characteristics', 1, 10), '20', 'byte 10 of the characteristics');
      }),
  }),
];

export default cases;
