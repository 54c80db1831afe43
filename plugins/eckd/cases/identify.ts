/** Sense ID and Read Device Characteristics. */

import { viewOf, type CaseDefinition } from 'ccwspec/plugin';
import {
  defineExtent,
  give,
  LocateOperation,
  locateRecord,
  readDeviceCharacteristics,
  senseId,
  take,
} from '../programs/index.js';
import { Characteristics } from '../support/characteristics.js';
import { Rejected } from '../support/conditions.js';
import { diskCase } from '../support/define.js';
import { type Disk, NORMAL_END } from '../support/disk.js';
import { ccwAt } from '../support/parts.js';

const SENSE_ID_COUNT = 40;

/** Sense ID as Linux asks for it, and how many bytes came. */
async function identity(disk: Disk): Promise<{ bytes: Uint8Array; length: number }> {
  const outcome = await disk.succeeds('sense ID', senseId);
  const length = SENSE_ID_COUNT - outcome.residual;
  return { bytes: await outcome.bytes('sense-id', length), length };
}

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/identify/sense-id-names-a-3390',
    decides: 'Sense ID gives FF in byte 0 and device type 3390 in bytes 4-5.',
    requirements: ['ID-001', 'DEV-013'],
    run: async (disk) => {
      const { bytes } = await identity(disk);
      disk.expect.bytes(bytes.slice(0, 1), 'ff', 'byte 0 of Sense ID');
      disk.expect.bytes(bytes.slice(4, 6), '3390', 'bytes 4-5 of Sense ID');
    },
  }),
  diskCase({
    id: 'eckd/identify/sense-id-leaves-the-rest-of-the-count',
    decides:
      'Sense ID with count 40 and SLI stores at least 7 bytes, and the residual count is the bytes that it leaves alone.',
    requirements: ['ID-002'],
    run: async (disk) => {
      const outcome = await disk.succeeds('sense ID', senseId);
      const length = SENSE_ID_COUNT - outcome.residual;
      disk.expect.isTrue(length >= 7, `Sense ID stores at least 7 bytes (it stored ${length})`);
      const last = await outcome.bytes('sense-id', 1, length - 1);
      disk.expect.isTrue(last[0] !== 0xa5, 'the last byte that the residual count says was stored has changed');
      await outcome.untouched('sense-id', outcome.residual, length);
    },
  }),
  diskCase({
    id: 'eckd/identify/command-information-words',
    decides:
      'Each command-information word of Sense ID begins with the bits 01, and the one of type 0 names Read Configuration Data (FA).',
    requirements: ['ID-003'],
    run: async (disk) => {
      const { bytes, length } = await identity(disk);
      const view = viewOf(bytes);
      const words: number[] = [];
      for (let at = 8; at + 4 <= length; at += 4) words.push(view.getUint32(at));
      disk.expect.isTrue(words.length > 0, 'Sense ID has command-information words');
      for (const [index, word] of words.entries()) {
        disk.expect.equal(word >>> 30, 1, `bits 0-1 of command-information word ${index}`);
      }
      const configuration = words.find((word) => ((word >>> 24) & 0x0f) === 0);
      disk.expect.equal(((configuration ?? 0) >>> 16) & 0xff, 0xfa, 'the command in the word of type 0');
    },
  }),
  diskCase({
    id: 'eckd/identify/characteristics-of-a-disk',
    decides:
      'Read Device Characteristics transfers 64 bytes: device class 20 in byte 10, and 15 tracks per cylinder in bytes 14-15.',
    requirements: ['ID-004'],
    run: async (disk) => {
      const outcome = await disk.ends('read device characteristics', readDeviceCharacteristics, {
        ...NORMAL_END,
        count: 0,
      });
      disk.expect.bytes(await outcome.bytes('characteristics', 1, 10), '20', 'byte 10, the device class');
      disk.expect.bytes(await outcome.bytes('characteristics', 2, 14), '000f', 'bytes 14-15, the tracks per cylinder');
    },
  }),
  diskCase({
    id: 'eckd/identify/characteristics-agree-with-sense-id',
    decides:
      'Control unit, device type and device model are the same in Read Device Characteristics (bytes 0-5) and in Sense ID (bytes 1-6).',
    requirements: ['ID-005', 'DEV-013'],
    run: async (disk) => {
      const { bytes } = await identity(disk);
      const characteristics = await Characteristics.of(disk);
      disk.expect.bytes(characteristics.bytes.slice(0, 6), bytes.slice(1, 7), 'bytes 0-5 of the characteristics');
    },
  }),
  diskCase({
    id: 'eckd/identify/capacity-formula-of-a-3390',
    decides:
      'The characteristics of a 3390 have 58786 usable bytes in a track, capacity formula 2, and its factors 22 13 09 06 74.',
    requirements: ['ID-006'],
    run: async (disk) => {
      const { bytes } = await Characteristics.of(disk);
      disk.expect.bytes(bytes.slice(18, 20), 'e5a2', 'bytes 18-19, the length of a track');
      disk.expect.bytes(bytes.slice(22, 28), '022213090674', 'bytes 22-27, the capacity formula and its factors');
    },
  }),
  diskCase({
    id: 'eckd/identify/cylinder-count',
    decides:
      'The number of primary cylinders is FFFE in bytes 12-13 of the characteristics exactly if bytes 60-63 have more than 65520.',
    requirements: ['ID-007'],
    run: async (disk) => {
      const { bytes } = await Characteristics.of(disk);
      const view = viewOf(bytes);
      const large = view.getUint32(60);
      disk.expect.equal(
        view.getUint16(12) === 0xfffe,
        large > 65520,
        `whether bytes 12-13 are FFFE, with ${large} in bytes 60-63`,
      );
    },
  }),
  diskCase({
    id: 'eckd/identify/characteristics-into-a-short-area',
    decides:
      'Read Device Characteristics with count 63 and without SLI stores 63 bytes and ends with incorrect length.',
    requirements: ['ID-008'],
    run: async (disk) => {
      const outcome = await disk.ends(
        'read device characteristics, 63 bytes',
        [{ command: 'read-device-characteristics', buffer: { length: 64, name: 'area' }, count: 63 }],
        { deviceStatus: 0x0c, subchannelStatus: 0x40, count: 0, ccwAddress: ccwAt(1) },
      );
      const found = await outcome.bytes('area', 63);
      await outcome.untouched('area', 1, 63);
      const whole = await Characteristics.of(disk);
      disk.expect.bytes(found, whole.bytes.slice(0, 63), 'the 63 bytes that were stored');
    },
  }),
  diskCase({
    id: 'eckd/identify/rejected-in-a-domain',
    decides:
      'Sense ID, Read Device Characteristics and Read Configuration Data inside the domain of a Locate Record are rejected as an invalid sequence, and store nothing.',
    requirements: ['ID-012'],
    run: async (disk) => {
      for (const command of ['sense-id', 'read-device-characteristics', 'read-configuration-data'] as const) {
        const outcome = await disk.fails(
          `${command} in a domain`,
          [
            give('define-extent', defineExtent({ first: 0, last: 0 })),
            give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track: 0 })),
            take(command, 256, 'area', ['sli']),
          ],
          2,
          Rejected.invalidSequence,
        );
        await outcome.untouched('area', 256);
      }
    },
  }),
];

export default cases;
