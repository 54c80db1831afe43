/** Data, counts and length indication. */

import {
  defineCase,
  DeviceStatus,
  OrbBit,
  ProgramBuilder,
  SubchannelStatus,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { DATA, noOperations, NORMAL_END, senseId, Started } from '../../support/started.js';

const { incorrectLength, programCheck } = SubchannelStatus;
/** Bytes that Sense ID of an ECKD control unit gives: identification and one command-information word. */
const SENSE_ID_LENGTH = 12;

export const dataCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/data/sense-id-names-the-device',
    decides: 'Sense ID stores FF and the types of control unit and device, and nothing behind its count.',
    requirements: ['DEV-001'],
    recorded: ['MAIN: senseid direct', 'MAIN: senseid direct / data'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.fill(DATA, 16, 0xa5);
      await device.succeeds(senseId(4), 0x1000);
      const [present, high = 0, low = 0] = await device.stored(DATA, 4);
      context.expect.equal(present, 0xff, 'first byte of the Sense ID data');
      context.expect.isTrue((high << 8) + low !== 0 && high !== 0xa5, 'the control-unit type was stored');
      context.expect.bytes(await device.stored(DATA + 4, 12), 'a5'.repeat(12), 'storage behind the count of 4');
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/longer-than-the-device-has',
    decides:
      'Sense ID with SLI into a longer buffer stores what the device has, leaves the rest, and counts it as residual.',
    requirements: ['DEV-004', 'CH-003'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.runs(senseId(64), { ...NORMAL_END, ccwAddress: 0x1008, count: 64 - SENSE_ID_LENGTH });
      const rest = await device.stored(DATA + SENSE_ID_LENGTH, 64 - SENSE_ID_LENGTH);
      context.expect.bytes(rest, 'a5'.repeat(64 - SENSE_ID_LENGTH), 'storage behind the bytes of the device');
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/short-without-length-suppression',
    decides:
      'Data that end before the count, without SLI, give incorrect length with the rest as residual count, and end the chain.',
    requirements: ['CH-004', 'CH-003'],
    recorded: ['MAIN: senseid no SLI 64'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'sense ID without SLI' })
        .ccw('sense-id', { flags: ['cc'], buffer: 64, place: DATA })
        .ccw('sense-id', { flags: ['sli'], buffer: 4, place: DATA + 64 })
        .build();
      await device.runs(program, {
        ...NORMAL_END,
        statusControl: 0x17,
        subchannelStatus: incorrectLength,
        ccwAddress: 0x1008,
        count: 64 - SENSE_ID_LENGTH,
      });
      context.expect.bytes(await device.stored(DATA + 64, 4), 'a5a5a5a5', 'storage of the CCW behind');
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/short-with-length-suppression',
    decides: 'Data that end before the count, with SLI, give no incorrect length, and the chain goes on.',
    requirements: ['CH-005'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'sense ID with SLI', chain: true })
        .ccw('sense-id', { flags: ['sli'], buffer: 64, place: DATA })
        .ccw('sense-id', { flags: ['sli'], buffer: SENSE_ID_LENGTH, place: DATA + 64 })
        .build();
      await device.runs(program, { ...NORMAL_END, ccwAddress: 0x1010, count: 0 });
      context.expect.equal((await device.stored(DATA + 64, 1))[0], 0xff, 'first byte that the CCW behind stored');
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/long-without-length-suppression',
    decides: 'Data that go on beyond the count, without SLI, give incorrect length with a residual count of zero.',
    requirements: ['CH-006'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'sense ID of 7 bytes without SLI' })
        .ccw('sense-id', { buffer: 7, place: DATA })
        .build();
      await device.runs(program, {
        subchannelStatus: incorrectLength,
        deviceStatus: 0x0c,
        ccwAddress: 0x1008,
        count: 0,
      });
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/long-with-length-suppression',
    decides: 'Data that go on beyond the count, with SLI, give no incorrect length, and are not stored.',
    requirements: ['CH-007'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.fill(DATA, 16, 0xa5);
      await device.runs(senseId(7), { ...NORMAL_END, ccwAddress: 0x1008, count: 0 });
      context.expect.bytes(await device.stored(DATA + 7, 9), 'a5'.repeat(9), 'storage behind the count of 7');
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/chained-areas-are-filled-in-order',
    decides: 'Data chaining stores consecutive bytes in the areas of 3, 1 and 8 bytes, in order of the CCWs.',
    requirements: ['CH-009', 'DEV-007'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(senseId(SENSE_ID_LENGTH), 0x1000);
      const whole = await device.stored(DATA, SENSE_ID_LENGTH);
      const program = new ProgramBuilder({ name: 'sense ID into three areas' })
        .ccw('sense-id', { flags: ['cd'], buffer: 3, place: DATA + 0x100 })
        .ccw('sense-id', { flags: ['cd'], buffer: 1, place: DATA + 0x90 })
        .ccw('sense-id', { flags: ['sli'], buffer: 8, place: DATA + 0x200 })
        .build();
      await device.succeeds(program, 0x1010);
      context.expect.bytes(
        await device.stored(DATA + 0x100, 4),
        new Uint8Array([...whole.subarray(0, 3), 0]),
        'first area, and the byte behind',
      );
      context.expect.bytes(await device.stored(DATA + 0x90, 1), whole.subarray(3, 4), 'second area');
      context.expect.bytes(await device.stored(DATA + 0x200, 8), whole.subarray(4), 'third area');
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/chained-area-not-filled',
    decides: 'Data that end inside an area with chain data give incorrect length even with SLI.',
    requirements: ['CH-008'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'sense ID that ends in its first area' })
        .ccw('sense-id', { flags: ['cd', 'sli'], buffer: 20, place: DATA })
        .ccw('sense-id', { flags: ['sli'], buffer: 8, place: DATA + 32 })
        .build();
      await device.runs(program, {
        subchannelStatus: incorrectLength,
        deviceStatus: 0x0c,
        ccwAddress: 0x1008,
        count: 20 - SENSE_ID_LENGTH,
      });
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/zero-count-with-chain-data',
    decides:
      'A format-1 count of zero in a CCW with chain data, or in one that data chaining leads to, is a program check.',
    requirements: ['CH-018'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const first = new ProgramBuilder({ name: 'count 0 with chain data' })
        .ccw('sense-id', { flags: ['cd'], count: 0, address: DATA })
        .ccw('sense-id', { flags: ['sli'], count: 8, address: DATA })
        .build();
      await device.runs(first, { subchannelStatusIncludes: programCheck, ccwAddress: 0x1008 });
      const second = new ProgramBuilder({ name: 'count 0 behind chain data' })
        .ccw('sense-id', { flags: ['cd'], count: 4, address: DATA })
        .ccw('sense-id', { flags: ['sli'], count: 0, address: DATA })
        .build();
      await device.runs(second, { subchannelStatusIncludes: programCheck, ccwAddress: 0x1010 });
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/residual-of-a-no-operation',
    decides: 'A no-operation with SLI ends normally with its whole count as residual count.',
    requirements: ['CH-044', 'DEV-003'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const count of [1, 8, 0xffff]) {
        const program = new ProgramBuilder({ name: `no-operation with count ${count}` })
          .ccw('no-operation', { flags: ['sli'], count, address: DATA })
          .build();
        await device.runs(program, { ...NORMAL_END, ccwAddress: 0x1008, count });
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/no-operation-without-length-suppression',
    decides: 'A single no-operation with a count and without SLI gives incorrect length, unless ORB.L suppresses it.',
    requirements: ['CH-045', 'TRN-028'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = (control: number): ProgramBuilder =>
        new ProgramBuilder({
          name: `no-operation, ORB.L ${(control >>> 7) & 1}`,
          orb: { control: OrbBit.format2Idaw | control },
        }).ccw('no-operation', { count: 8, address: DATA });
      await device.runs(program(0).build(), { deviceStatus: 0x0c, subchannelStatus: incorrectLength, count: 8 });
      const suppressed = program(OrbBit.incorrectLengthSuppression).build();
      await device.runs(suppressed, { deviceStatus: 0x0c, subchannelStatus: 0, count: 8 });
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/residual-of-a-unit-check',
    decides: 'A unit check on a command that moved no data leaves the count of its CCW as residual count.',
    requirements: ['CH-046'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'unknown command with count 24' })
        .ccw(0xbb, { flags: ['sli'], count: 24, address: DATA })
        .build();
      await device.runs(program, { deviceStatusIncludes: DeviceStatus.unitCheck, ccwAddress: 0x1008, count: 24 });
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/every-command-code-is-accepted',
    decides:
      'The driver accepts a program with every command code; which of them mean something is left to the device.',
    requirements: ['DEV-010', 'TRN-048'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const control = OrbBit.format2Idaw | OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption;
      const builder = new ProgramBuilder({
        name: 'every command code but TIC, suspended',
        chain: true,
        orb: { control },
      });
      builder.ccw('no-operation', { flags: ['sli', 's'], count: 1, address: DATA });
      for (let command = 0; command < 0x100; command++) {
        if (command !== 0x08) builder.ccw(command, { flags: ['sli'], count: 1, address: DATA });
      }
      await device.staysPending(builder.build());
      await device.clears();
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/read-command-of-the-device',
    decides: 'A read command that only some devices know reaches the device, which answers with its own status.',
    requirements: ['DEV-010', 'CH-058'],
    recorded: ['MAIN: virtio READ_STATUS 72', 'MAIN: virtio READ_STATUS 72 / data'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'command 72' })
        .ccw(0x72, { flags: ['sli'], buffer: 1, place: DATA })
        .build();
      const irb = await device.runs(program, { subchannelStatus: 0, ccwAddress: 0x1008 });
      const known = ((irb[8] ?? 0) & DeviceStatus.unitCheck) === 0;
      const [stored] = await device.stored(DATA, 1);
      context.expect.equal(
        stored !== 0xa5,
        known,
        'whether a byte was stored, which must be if there is no unit check',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/data/bring-up-of-an-eckd-disk',
    decides:
      'Sense ID, Read Device Characteristics and Read Configuration Data, as a guest issues them, end normally with data.',
    requirements: ['DEV-013'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const [command, length] of [
        ['sense-id', 64],
        ['read-device-characteristics', 64],
        ['read-configuration-data', 256],
      ] as const) {
        const program = new ProgramBuilder({ name: command })
          .ccw(command, { flags: ['sli'], buffer: { length, name: 'data' }, place: DATA })
          .build();
        await device.succeeds(program, 0x1000);
        const stored = await device.stored(DATA, length);
        context.expect.isTrue(
          stored.some((byte) => byte !== 0xa5 && byte !== 0),
          `${command} stored data`,
        );
      }
    },
  }),
];
