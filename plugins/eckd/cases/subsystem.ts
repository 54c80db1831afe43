/** Perform Subsystem Function and Read Subsystem Data, and what else asks the control unit about itself. */

import { DeviceStatus, type CaseDefinition } from 'ccwspec/plugin';
import {
  give,
  readConfigurationData,
  readSubsystemData,
  senseSubsystemStatus,
  setSubsystemCharacteristics,
  Suborder,
  take,
} from '../programs/index.js';
import { Characteristics } from '../support/characteristics.js';
import { Rejected } from '../support/conditions.js';
import { diskCase } from '../support/define.js';
import { code, NORMAL_END } from '../support/disk.js';
import { ccwAt, concat, control } from '../support/parts.js';

const PREPARE = 0x18;

/** An order with its parameters, zeros up to `length`. */
function order(length: number, ...bytes: readonly number[]): Uint8Array {
  return concat(bytes, new Uint8Array(length - bytes.length));
}

const featureCodes = order(12, PREPARE, 0, 0, 0, 0, 0, Suborder.featureCodes);

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/subsystem/feature-codes',
    decides: 'After an order to prepare the feature codes Read Subsystem Data stores 256 bytes, all of them.',
    requirements: ['ID-013'],
    run: async (disk) => {
      const outcome = await disk.ends('read feature codes', readSubsystemData(Suborder.featureCodes, 256), {
        ...NORMAL_END,
        count: 0,
        ccwAddress: ccwAt(2),
      });
      const codes = await outcome.bytes('subsystem-data', 256);
      disk.expect.isTrue(
        codes.slice(128).every((byte) => byte !== 0xa5),
        'the second half of the area was stored',
      );
    },
  }),
  diskCase({
    id: 'eckd/subsystem/read-without-an-order',
    decides: 'Read Subsystem Data that no Perform Subsystem Function precedes is rejected as an invalid sequence.',
    requirements: ['ID-014'],
    run: async (disk) => {
      const read = take('read-subsystem-data', 256, 'area', ['sli']);
      const outcome = await disk.fails('a lone read of subsystem data', [read], 0, Rejected.invalidSequence);
      await outcome.untouched('area', 256);
      const behind = [control('no-operation'), read];
      await disk.fails('read subsystem data behind a no-operation', behind, 1, Rejected.invalidSequence);
    },
  }),
  diskCase({
    id: 'eckd/subsystem/other-command-after-an-order',
    decides:
      'Behind an order that prepares data any command but Read Subsystem Data is rejected as an invalid sequence.',
    requirements: ['ID-015'],
    run: async (disk) => {
      for (const command of ['no-operation', 'read-device-characteristics', 'sense-id'] as const) {
        await disk.fails(
          `${command} behind an order`,
          [give('perform-subsystem-function', featureCodes), take(command, 64, 'area', ['sli'])],
          1,
          Rejected.invalidSequence,
        );
      }
    },
  }),
  diskCase({
    id: 'eckd/subsystem/prepared-data-last-for-one-program',
    decides:
      'Data that an order prepared are gone with its program: Read Subsystem Data that begins the next program is rejected as an invalid sequence.',
    requirements: ['ID-014'],
    run: async (disk) => {
      await disk.succeeds('an order alone', [give('perform-subsystem-function', featureCodes)]);
      const read = take('read-subsystem-data', 256, 'area', ['sli']);
      await disk.fails('read subsystem data', [read], 0, Rejected.invalidSequence);
    },
  }),
  diskCase({
    id: 'eckd/subsystem/order-too-short',
    decides:
      'Perform Subsystem Function with the order to prepare data and count 11 is rejected: CCW count less than required.',
    requirements: ['ID-016'],
    run: async (disk) => {
      const short = give('perform-subsystem-function', featureCodes.slice(0, 11));
      await disk.fails('an order of 11 bytes', [short], 0, Rejected.shortCount);
    },
  }),
  diskCase({
    id: 'eckd/subsystem/unknown-order',
    decides: 'Perform Subsystem Function with an order that does not exist is rejected for an invalid parameter.',
    requirements: ['ID-017'],
    run: async (disk) => {
      for (const unknown of [0x00, 0x55, 0xff]) {
        const step = give('perform-subsystem-function', order(12, unknown), ['sli']);
        await disk.fails(`order ${code(unknown)}`, [step], 0, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/subsystem/order-with-flags',
    decides: 'The order to prepare data with a flag byte that is not zero is rejected for an invalid parameter.',
    requirements: ['ID-018'],
    run: async (disk) => {
      for (const flags of [0x80, 0x01]) {
        const bytes = featureCodes.slice();
        bytes[1] = flags;
        const step = give('perform-subsystem-function', bytes);
        await disk.fails(`the order with flags ${code(flags)}`, [step], 0, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/subsystem/set-subsystem-characteristics',
    decides: 'The order Set Subsystem Characteristics of 66 bytes is accepted, without SLI, and moves all of them.',
    requirements: ['ID-019', 'DEV-013'],
    run: async (disk) => {
      await disk.ends('set subsystem characteristics', setSubsystemCharacteristics(false), { ...NORMAL_END, count: 0 });
    },
  }),
  diskCase({
    id: 'eckd/subsystem/volume-storage-query',
    decides: 'The volume-storage query gives 28 bytes, or its order is rejected: nothing else happens.',
    requirements: ['ID-020'],
    run: async (disk) => {
      const outcome = await disk.run('volume-storage query', readSubsystemData(Suborder.volumeStorage, 28));
      const status = outcome.irb[8] ?? 0;
      if ((status & DeviceStatus.unitCheck) === 0) {
        disk.expect.irb(outcome.irb, NORMAL_END, 'the IRB of the query', outcome.program);
        return;
      }
      const rejected = { deviceStatusIncludes: DeviceStatus.unitCheck, ccwAddress: ccwAt(1), sense: { 0: 0x80 } };
      disk.expect.irb(outcome.irb, rejected, 'the IRB of the query', outcome.program);
    },
  }),
  diskCase({
    id: 'eckd/subsystem/message-identifier-behind-another-command',
    decides: 'Read Message ID chained to a no-operation is rejected as an invalid sequence.',
    requirements: ['ID-021'],
    run: async (disk) => {
      const parts = [control('no-operation'), take('read-message-id', 4, 'id')];
      const outcome = await disk.fails('read message ID behind a no-operation', parts, 1, Rejected.invalidSequence);
      await outcome.untouched('id', 4);
    },
  }),
  diskCase({
    id: 'eckd/subsystem/command-behind-a-message-identifier',
    decides: 'A command chained to Read Message ID is rejected as an invalid sequence.',
    requirements: ['ID-021'],
    run: async (disk) => {
      const parts = [
        give('perform-subsystem-function', setCharacteristics()),
        take('read-message-id', 4, 'id'),
        control('no-operation'),
      ];
      await disk.fails('a no-operation behind read message ID', parts, 2, Rejected.invalidSequence);
    },
  }),
  diskCase({
    id: 'eckd/subsystem/status-names-the-subsystem',
    decides:
      'Sense Subsystem Status transfers 40 bytes, 44 on a 3990-6, and has in bytes 38-39 the subsystem identifier that Read Configuration Data names.',
    requirements: ['ID-022'],
    run: async (disk) => {
      const { controlUnit, controlUnitModel } = await Characteristics.of(disk);
      const length = controlUnit === 0x3990 && controlUnitModel === 0xe9 ? 44 : 40;
      const outcome = await disk.run('sense subsystem status', [take('sense-subsystem-status', 64, 'status', ['sli'])]);
      disk.expect.irb(outcome.irb, { ...NORMAL_END, count: 64 - length }, 'its IRB', outcome.program);
      await outcome.untouched('status', 64 - length, length);
      const found = await outcome.bytes('status', 2, 38);
      const configuration = await disk.succeeds('read configuration data', readConfigurationData);
      const expected = await configuration.bytes('configuration', 2, 232);
      disk.expect.bytes(found, expected, 'bytes 38-39, the subsystem identifier');
    },
  }),
  diskCase({
    id: 'eckd/subsystem/status-for-a-longer-area',
    decides:
      'The 44 bytes of Sense Subsystem Status for which Linux asks without SLI end with incorrect length where the control unit has 40, and normally where it has 44.',
    requirements: ['ID-022', 'CH-004'],
    run: async (disk) => {
      const outcome = await disk.run('sense subsystem status', senseSubsystemStatus);
      const { controlUnit, controlUnitModel } = await Characteristics.of(disk);
      const isWhole = controlUnit === 0x3990 && controlUnitModel === 0xe9;
      const expected = { deviceStatus: 0x0c, subchannelStatus: isWhole ? 0 : 0x40, count: isWhole ? 0 : 4 };
      disk.expect.irb(outcome.irb, expected, 'its IRB', outcome.program);
    },
  }),
  diskCase({
    id: 'eckd/subsystem/mode-with-two-operations',
    decides: 'Set Subsystem Mode that asks for two operations at once is rejected for an invalid parameter.',
    requirements: ['EC-053'],
    run: async (disk, context) => {
      if (!(await Characteristics.of(disk)).hasCache)
        context.skip('the control unit has no cache; --device eckd:cu=2107 has one');
      for (const bytes of [
        [0x20, 0x20],
        [0x24, 0x00],
        [0x00, 0x28],
      ]) {
        const step = give('set-subsystem-mode', Uint8Array.from(bytes));
        await disk.fails(`set subsystem mode ${bytes.map(code).join(' ')}`, [step], 0, Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/subsystem/buffered-log',
    decides: 'Read and Reset Buffered Log with count 33 and SLI transfers 32 bytes.',
    requirements: ['EC-052'],
    run: async (disk) => {
      const outcome = await disk.ends(
        'read and reset buffered log',
        [take('read-and-reset-buffered-log', 33, 'log', ['sli'])],
        { ...NORMAL_END, count: 1 },
      );
      await outcome.untouched('log', 1, 32);
    },
  }),
];

/** An order that prepares nothing. */
function setCharacteristics(): Uint8Array {
  const [step] = setSubsystemCharacteristics(false);
  return step?.data ?? new Uint8Array(0);
}

export default cases;
