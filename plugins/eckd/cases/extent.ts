/** Define Extent: its parameters. */

import type { CaseDefinition } from 'ccwspec/plugin';
import { defineExtent, type ExtentFields, give, LocateOperation, locateRecord } from '../programs/index.js';
import { Characteristics } from '../support/characteristics.js';
import { Rejected } from '../support/conditions.js';
import { diskCase } from '../support/define.js';
import { code, NORMAL_END } from '../support/disk.js';
import { HEADS } from '../support/geometry.js';
import { ccwAt } from '../support/parts.js';

const whole = (fields: Partial<ExtentFields> = {}): Uint8Array => defineExtent({ first: 0, last: 0, ...fields });

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/extent/sixteen-bytes',
    decides: 'Define Extent with count 16 and without SLI ends with channel end and device end, all bytes taken.',
    requirements: ['EC-001'],
    run: async (disk) => {
      await disk.ends('define extent', [give('define-extent', whole())], {
        ...NORMAL_END,
        ccwAddress: ccwAt(1),
        count: 0,
      });
    },
  }),
  diskCase({
    id: 'eckd/extent/fifteen-bytes',
    decides: 'Define Extent with count 15 is rejected: CCW count less than required.',
    requirements: ['EC-002'],
    run: async (disk) => {
      const short = give('define-extent', whole().slice(0, 15));
      await disk.fails('define extent of 15 bytes', [short], 0, Rejected.shortCount);
    },
  }),
  diskCase({
    id: 'eckd/extent/mode',
    decides:
      'Define Extent whose mode, bits 0-1 of the global attributes, is not 11 is rejected for an invalid parameter.',
    requirements: ['EC-003'],
    run: async (disk) => {
      for (const attributes of [0x00, 0x40, 0x80]) {
        const step = give('define-extent', whole({ attributes }));
        await disk.fails(`global attributes ${code(attributes)}`, [step], 0, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/extent/first-and-last-track',
    decides:
      'Define Extent takes an extent of one track and the whole volume, and is rejected for an invalid parameter if the last track is before the first, is head 15, or is one behind the volume.',
    requirements: ['EC-004'],
    run: async (disk) => {
      const end = (await Characteristics.of(disk)).cylindersInAll * HEADS;
      const accepted = [
        [0, 0],
        [0, end - 1],
        [end - 1, end - 1],
      ] as const;
      for (const [first, last] of accepted) {
        await disk.succeeds(`the extent ${first} to ${last}`, [give('define-extent', whole({ first, last }))]);
      }
      for (const [first, last] of [
        [1, 0],
        [0, end],
        [end, end],
      ] as const) {
        const step = give('define-extent', whole({ first, last }));
        await disk.fails(`the extent ${first} to ${last}`, [step], 0, Rejected.invalidParameter);
      }
      const noHead = whole();
      noHead[15] = HEADS;
      await disk.fails('an extent that ends at head 15', [give('define-extent', noHead)], 0, Rejected.invalidParameter);
    },
  }),
  diskCase({
    id: 'eckd/extent/reserved-mask-bit',
    decides:
      'A file mask with the reserved bit 2 (20) is rejected for an invalid parameter, by Define Extent and by Set File Mask.',
    requirements: ['EC-005'],
    run: async (disk) => {
      const extent = give('define-extent', whole({ mask: 0x60 }));
      await disk.fails('define extent with mask 60', [extent], 0, Rejected.invalidParameter);
      const mask = give('set-file-mask', Uint8Array.of(0x20));
      await disk.fails('set file mask 20', [mask], 0, Rejected.invalidParameter);
    },
  }),
  diskCase({
    id: 'eckd/extent/second',
    decides:
      'A second Define Extent in a chain, with another mask, other attributes or another block size, is rejected as an invalid sequence.',
    requirements: ['EC-058'],
    run: async (disk) => {
      for (const [what, fields] of [
        ['mask', { mask: 0x80 }],
        ['attributes', { attributes: 0xc4 }],
        ['block size', { blockSize: 4096 }],
      ] as const) {
        const parts = [give('define-extent', whole()), give('define-extent', whole(fields))];
        await disk.fails(`a second extent with another ${what}`, parts, 1, Rejected.invalidSequence);
      }
    },
  }),
  diskCase({
    id: 'eckd/extent/lasts-for-one-program',
    decides:
      'An extent ends with its program: Locate Record that begins the next program is rejected as an invalid sequence.',
    requirements: ['EC-006'],
    run: async (disk) => {
      await disk.succeeds('define extent', [give('define-extent', whole())]);
      const locate = give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track: 0 }));
      await disk.fails('locate record alone', [locate], 0, Rejected.invalidSequence);
    },
  }),
];

export default cases;
