/** Chained CCWs: how many belong together, how a chain ends, and the CCW address that user space is shown. */

import {
  defineCase,
  DeviceStatus,
  OrbBit,
  ProgramBuilder,
  SubchannelStatus,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { hostCcws, lastSegments } from '../../support/host-program.js';
import { DATA, noOperations, NORMAL_END, Started } from '../../support/started.js';

/** A command of the control class that no device of ours knows. */
const UNKNOWN_COMMAND = 0xbb;
const SILENT = OrbBit.format2Idaw | OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption;

export const chainCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/chains/normal-end-is-one-status',
    decides:
      'A no-operation ends with one interruption: start function, no activity, primary and secondary status, channel end and device end.',
    requirements: ['CH-001', 'DEV-003'],
    recorded: ['MAIN: NOP fmt1'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1);
      await device.accepts(program);
      context.expect.irb(await device.irb(program.name), NORMAL_END, 'the first IRB', program);
      await device.isQuiet('after the end');
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/ccw-address-of-a-normal-end',
    decides:
      'The CCW address of a normal end is the guest address 8 beyond the last CCW, in chains of 1, 2 and 31 CCWs.',
    requirements: ['TRN-049', 'CH-002', 'VF-001'],
    guards: ['9b6e57e5a516', '9b6e57e5a516-address'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const [count, at] of [
        [1, 0x1000],
        [2, 0x3008],
        [31, 0x8ff8],
      ] as const) {
        await device.succeeds(noOperations(count, at), at + (count - 1) * 8);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/ccw-address-of-a-program-check',
    decides:
      'A program check shows the guest address 8 beyond the CCW that is in error, in the first segment and in another.',
    requirements: ['DEV-011', 'VF-001'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const programCheck = { subchannelStatus: SubchannelStatus.programCheck };
      const first = new ProgramBuilder({ name: 'invalid command in the first segment', chain: true })
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .ccw(0x00, { flags: ['sli'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.runs(first, { ...programCheck, ccwAddress: 0x1010 });
      const second = new ProgramBuilder({ name: 'invalid command in the second segment', chain: true })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x5000)
        .at(0x5000)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .ccw(0x00, { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.runs(second, { ...programCheck, ccwAddress: 0x5010 });
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/zero-low-digit-is-program-check',
    decides:
      'Every command code with a low digit of 0 is accepted by the driver, and ends with program check before the next CCW.',
    requirements: ['CH-016', 'TRN-048'],
    recorded: ['MAIN: cmd 00'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (let command = 0; command < 0x100; command += 0x10) {
        const program = new ProgramBuilder({ name: `command ${command.toString(16)}` })
          .ccw(command, { flags: ['cc', 'sli'], count: 1, address: DATA })
          .ccw('sense-id', { flags: ['sli'], buffer: 4, place: DATA })
          .build();
        await device.runs(program, { subchannelStatus: SubchannelStatus.programCheck, ccwAddress: 0x1008 });
        context.expect.bytes(await device.stored(DATA, 4), 'a5a5a5a5', 'storage of the CCW behind');
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/unit-check-ends-the-chain',
    decides:
      'A command that the device does not know ends with unit check and command reject, and no CCW behind it is executed.',
    requirements: ['CH-047', 'DEV-010', 'DEV-002'],
    recorded: ['MAIN: unknown cmd 63'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'unknown command' })
        .ccw(UNKNOWN_COMMAND, { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('sense-id', { flags: ['sli'], buffer: 4, place: DATA + 8 })
        .build();
      const irb = await device.runs(program, { deviceStatusIncludes: DeviceStatus.unitCheck, ccwAddress: 0x1008 });
      context.expect.bytes(await device.stored(DATA + 8, 4), 'a5a5a5a5', 'storage of the CCW behind');
      context.expect.equal(
        (irb[32] ?? 0) & 0x80,
        0x80,
        'command reject in the first sense byte of the extended-control word',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/sense-after-a-good-program',
    decides: 'Basic sense after a program that ended normally ends normally, with no bit in its first byte.',
    requirements: ['DEV-002'],
    recorded: ['MAIN: basic sense', 'MAIN: basic sense / sense0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      const program = new ProgramBuilder({ name: 'basic sense' })
        .ccw('basic-sense', { flags: ['sli'], buffer: 32, place: DATA })
        .build();
      await device.succeeds(program, 0x1000);
      context.expect.equal((await device.stored(DATA, 1))[0], 0, 'first sense byte');
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/256-ccws',
    decides: 'A chain of 255 and one of 256 command-chained CCWs run whole.',
    requirements: ['TRN-008', 'CH-055'],
    guards: ['a005b7f1a491-v1'],
    recorded: ['MAIN: chain of 256 NOPs'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const count of [255, 256]) await device.succeeds(noOperations(count), 0x1000 + (count - 1) * 8);
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/257-ccws',
    decides:
      'A chain of 257 command-chained CCWs is refused with EINVAL, and nothing behind the copy of 256 is looked at.',
    requirements: ['TRN-009', 'CH-055'],
    guards: ['CVE-2026-80550', 'a005b7f1a491'],
    recorded: ['MAIN: chain of 257 NOPs'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const count of [257, 300, 2000]) await device.refuses(noOperations(count), 'EINVAL');
      await device.succeeds(noOperations(2), 0x1008);
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/data-chaining-counts',
    decides: 'CCWs joined by chain data count as those joined by chain command do: 256 are accepted, 257 refused.',
    requirements: ['TRN-010'],
    guards: ['CVE-2026-80550', 'a005b7f1a491'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const chained = (count: number): ProgramBuilder => {
        const name = `${count} data-chained CCWs`;
        const builder = new ProgramBuilder({ name, orb: { control: SILENT } });
        builder.ccw('no-operation', { flags: ['cc', 'sli', 's'], count: 1, address: DATA });
        for (let ccw = 2; ccw < count; ccw++)
          builder.ccw('sense-id', { flags: ['cd', 'sli'], count: 1, address: DATA });
        return builder.ccw('sense-id', { flags: ['sli'], count: 1, address: DATA });
      };
      await device.refuses(chained(257).build(), 'EINVAL');
      await device.staysPending(chained(256).build());
    },
  }),
  defineCase({
    id: 'vfio-ccw/chains/copied-to-the-last-chained-ccw',
    decides:
      'A segment is copied up to the first CCW without chaining, and that one included; what lies behind is not.',
    requirements: ['TRN-010', 'TRN-024'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'chain by both flags' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('sense-id', { flags: ['cd', 'sli'], count: 2, address: DATA })
        .ccw('sense-id', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .build();
      await device.accepts(program);
      await device.lastIrb(program.name);
      const [segment, ...others] = await lastSegments(context);
      const flags = segment === undefined ? [] : hostCcws(segment).map((ccw) => ccw.flags & ~0x04);
      context.expect.equal(flags, [0x60, 0xa0, 0x60, 0x20], 'flags of the copied CCWs, IDA left out');
      context.expect.equal(others.length, 0, 'number of further segments');
    },
  }),
];
