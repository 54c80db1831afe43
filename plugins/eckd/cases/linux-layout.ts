/** Programs of the Linux DASD driver that format volumes and tell their layouts apart. */

import { BUFFER_FILL, defineCase, viewOf, type CaseDefinition } from 'ccwspec/plugin';
import {
  analysis,
  checkFormat,
  countField,
  formatTracks,
  invalidateTrack,
  judge,
  makeCompatibleVolume,
  readBlocks,
} from '../programs/index.js';
import { Characteristics } from '../support/characteristics.js';
import { Ended } from '../support/conditions.js';
import { scratchCase } from '../support/define.js';
import { Disk, NORMAL_END } from '../support/disk.js';
import { HEADS } from '../support/geometry.js';
import { ccwAt, concat } from '../support/parts.js';
import { withTracks } from '../support/scratch.js';
import { newRecord } from '../support/track-content.js';

/** A case that writes on the first two tracks of the volume, and puts back what was there. */
function layoutCase(
  brief: Pick<CaseDefinition, 'id' | 'decides' | 'requirements'> & {
    readonly run: (disk: Disk, characteristics: Characteristics) => Promise<void>;
  },
): CaseDefinition {
  const { run, ...rest } = brief;
  return defineCase({
    ...rest,
    needs: ['vfio', 'eckd', 'scratch-track'],
    touches: 'volume',
    run: async (context) => {
      const disk = await Disk.open(context);
      const characteristics = await Characteristics.of(disk);
      await withTracks(disk, [0, 1], () => run(disk, characteristics));
    },
  });
}

/** Runs the analysis, which must read all five count fields. */
async function analysed(disk: Disk, { isModernControlUnit }: Characteristics): Promise<Uint8Array[]> {
  const outcome = await disk.succeeds('the analysis', analysis(isModernControlUnit));
  return Promise.all([1, 2, 3, 4, 5].map((n) => outcome.bytes(`count-${n}`, 8)));
}

/** Formats track 0 and 1 with label, IPL records and VTOC. */
async function makeCompatible(disk: Disk, { cylinders }: Characteristics): Promise<void> {
  for (const [n, steps] of makeCompatibleVolume(cylinders * HEADS, 1, 'SCRATC').entries()) {
    await disk.succeeds(`program ${n + 1} that makes a volume of the compatible layout`, steps);
  }
}

const cases: readonly CaseDefinition[] = [
  layoutCase({
    id: 'eckd/linux/analysis-of-the-compatible-layout',
    decides:
      'The analysis of a volume of the compatible disk layout reads the counts of the IPL records, the label, record 4 and the VTOC, in that order.',
    requirements: ['GE-018', 'EC-023'],
    run: async (disk, characteristics) => {
      await makeCompatible(disk, characteristics);
      const counts = await analysed(disk, characteristics);
      const expected = (
        [
          [0, 1, 4, 24],
          [0, 2, 4, 144],
          [0, 3, 4, 80],
          [0, 4, 0, 4096],
          [1, 1, 44, 96],
        ] as const
      ).map(([track, record, key, data]) => countField(track, record, key, data));
      disk.expect.bytes(concat(...counts), concat(...expected), 'the five count fields');
      disk.expect.equal(judge(counts), { layout: 'compatible', blockSize: 4096 }, 'what Linux makes of them');
    },
  }),
  layoutCase({
    id: 'eckd/linux/analysis-of-the-linux-layout',
    decides:
      'The analysis of a volume of the Linux disk layout reads five keyless counts of one data length, of 512, 1024, 2048 and 4096 bytes.',
    requirements: ['GE-019', 'EC-026'],
    run: async (disk, characteristics) => {
      for (const blockSize of [512, 1024, 2048, 4096]) {
        for (const track of [0, 1]) {
          const steps = formatTracks({ first: track, last: track, blockSize, compatible: false });
          await disk.succeeds(`the format of track ${track}`, steps);
        }
        const counts = await analysed(disk, characteristics);
        disk.expect.equal(
          judge(counts),
          { layout: 'linux', blockSize },
          `what Linux makes of the counts of ${blockSize} bytes`,
        );
      }
    },
  }),
  layoutCase({
    id: 'eckd/linux/analysis-of-an-unformatted-volume',
    decides:
      'The analysis of a volume whose first track has an end-of-file record only ends with no record found, before it comes to the second track.',
    requirements: ['SN-003', 'GE-010'],
    run: async (disk, { isModernControlUnit }) => {
      await disk.succeeds('the invalidation of track 0', invalidateTrack(0));
      const outcome = await disk.ends('the analysis', analysis(isModernControlUnit), {
        deviceStatusIncludes: 0x02,
        sense: Ended.noRecordFound.sense,
      });
      // How often the one count field is read depends on where the index point is passed.
      await outcome.untouched('count-5', 8);
    },
  }),
  layoutCase({
    id: 'eckd/linux/label-and-vtoc',
    decides:
      'Label, format-4 and format-5 DSCB written as dasdfmt does are read back as the blocks 2, 12 and 13 of the volume, with the length of a 3390 track.',
    requirements: ['GE-020', 'EC-020'],
    run: async (disk, characteristics) => {
      await makeCompatible(disk, characteristics);
      const outcome = await disk.succeeds('the read of block 2', readBlocks({ first: 2, count: 1 }));
      const label = await outcome.bytes('block-2', 84);
      disk.expect.bytes(label.slice(0, 8), 'e5d6d3f1e5d6d3f1', 'the key and the identifier of the label, VOL1');
      disk.expect.bytes(label.slice(8, 14), 'e2c3d9c1e3c3', 'the volume serial, SCRATC');
      disk.expect.bytes(label.slice(15, 20), '0000000101', 'the address of the VTOC');
      const vtoc = await disk.succeeds('the read of blocks 12 and 13', readBlocks({ first: 12, count: 2 }));
      const format4 = viewOf(await vtoc.bytes('block-12', 140));
      const found = [format4.getUint8(44), format4.getUint16(66), format4.getUint8(71)];
      disk.expect.equal(found, [0xf4, 0xe5a2, 0x30], 'id, track length and flags of the format-4 DSCB');
      disk.expect.bytes(await vtoc.bytes('block-13', 1, 44), 'f5', 'the id of the format-5 DSCB');
    },
  }),
  layoutCase({
    id: 'eckd/linux/label-blocks-have-their-own-lengths',
    decides:
      "Linux's reads of blocks 0 to 4 and 12 of the compatible layout have a domain each, of 28, 148, 84, 4096 and 140 bytes, and end without incorrect length.",
    requirements: ['GE-018', 'EC-012'],
    run: async (disk, characteristics) => {
      await makeCompatible(disk, characteristics);
      const low = readBlocks({ first: 0, count: 5 });
      await disk.ends('the read of blocks 0 to 4', low, { ...NORMAL_END, ccwAddress: ccwAt(low.length), count: 0 });
      await disk.ends('the read of block 12', readBlocks({ first: 12, count: 1 }), { ...NORMAL_END, count: 0 });
    },
  }),
  scratchCase({
    id: 'eckd/linux/format-of-a-range',
    decides:
      "Linux's format of two tracks, 24 count fields in one domain and the second track begun with Next Track, leaves 12 records of 4096 zeros on each.",
    requirements: ['EC-026', 'GE-011'],
    tracks: { tracks: 2 },
    run: async (scratch) => {
      const { disk, track, next } = scratch;
      const steps = formatTracks({ first: track, last: next });
      await disk.ends('the format of two tracks', steps, { ...NORMAL_END, ccwAddress: ccwAt(steps.length), count: 0 });
      for (const at of [track, next]) {
        const expected = Array.from({ length: 12 }, (_, n) => newRecord(at, n + 1, new Uint8Array(4096)));
        await scratch.holds(expected, 'after the format', at);
      }
    },
  }),
  scratchCase({
    id: 'eckd/linux/invalidated-track',
    decides: 'The program with which dasdfmt begins leaves an end-of-file record as the only record of the track.',
    requirements: ['GE-008', 'EC-026'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await scratch.hold([1, 2].map((record) => newRecord(track, record, new Uint8Array(4096))));
      const steps = invalidateTrack(track);
      await disk.ends('the invalidation', steps, { ...NORMAL_END, ccwAddress: ccwAt(steps.length), count: 0 });
      await scratch.holds([newRecord(track, 1, new Uint8Array(0))], 'after the invalidation');
    },
  }),
  scratchCase({
    id: 'eckd/linux/check-of-a-format',
    decides:
      "Linux's check of a format reads the counts of all 12 records of a track, begins again with record 1 if it goes on, and ends with no record found or file protected.",
    requirements: ['SN-003', 'EC-022'],
    run: async (scratch) => {
      const { disk, track } = scratch;
      await disk.succeeds('the format of the track', formatTracks({ first: track, last: track }));
      const outcome = await disk.ends('the check', checkFormat(track), { deviceStatusIncludes: 0x02 });
      const byte1 = outcome.sense[1] ?? 0;
      const isEnd = byte1 === Ended.noRecordFound.sense[1] || byte1 === Ended.fileProtected.sense[1];
      disk.expect.isTrue(isEnd, `sense byte 1 (${byte1.toString(16)}) is no record found or file protected`);
      for (let n = 1; n <= 12; n++) {
        disk.expect.bytes(await outcome.bytes(`count-${n}`, 8), countField(track, n, 0, 4096), `count field ${n}`);
      }
      const [again] = await outcome.bytes('count-13', 1);
      if (again === BUFFER_FILL) return;
      disk.expect.bytes(await outcome.bytes('count-13', 8), countField(track, 1, 0, 4096), 'count field 13');
    },
  }),
];

export default cases;
