/** What is left when a request fails or has ended: nothing. */

import {
  defineCase,
  OrbBit,
  ProgramBuilder,
  type AssembledProgram,
  type CaseContext,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { DATA, noOperations, senseId, Started } from '../../support/started.js';
import { taken } from '../../support/taken.js';

const NOT_MAPPED = 0x7000_0000;
const NOT_FOUND = ['EINVAL', 'ENOENT'];
const REPEATED = 50;

/** Lets `program` be refused many times; what the host has taken must be the same before and afterwards. */
async function leavesNothing(
  context: CaseContext,
  device: Started,
  program: AssembledProgram,
  errno: readonly string[],
): Promise<void> {
  const { expect } = context;
  const before = await taken(context);
  for (let request = 0; request < REPEATED; request++) {
    expect.result(await device.start(program), errno, `write that starts ${program.name}`);
  }
  expect.equal(await taken(context), before, `what the host has taken after ${REPEATED} times ${program.name}`);
  await device.succeeds(noOperations(1, 0x8000), 0x8000);
}

export const leakCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/leaks/later-segment-cannot-be-fetched',
    decides:
      'A program whose first TIC leads to a good segment and whose second leads nowhere leaves nothing behind, however often it is refused.',
    requirements: ['TRN-020'],
    guards: ['CVE-2026-80555', '74186c2968f8'],
    needs: ['vfio'],
    touches: 'nothing',
    leaks: true,
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'a good TIC and a bad one' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x2000, { flags: ['cc'] })
        .tic(NOT_MAPPED)
        .at(0x2000)
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x3000)
        .at(0x3000)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await leavesNothing(context, device, program, NOT_FOUND);
    },
  }),
  defineCase({
    id: 'vfio-ccw/leaks/later-segment-is-too-long',
    decides: 'A program whose second segment has 257 CCWs, or which has a 17th segment, leaves nothing behind.',
    requirements: ['TRN-020', 'TRN-009', 'TRN-019'],
    guards: ['CVE-2026-80554', '5405c90d6a47'],
    needs: ['vfio'],
    touches: 'nothing',
    leaks: true,
    run: async (context) => {
      const device = await Started.open(context);
      const long = new ProgramBuilder({ name: 'second segment of 257 CCWs' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x4_0000)
        .at(0x4_0000);
      for (let ccw = 0; ccw < 257; ccw++) long.ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA });
      await leavesNothing(context, device, long.build(), ['EINVAL']);
      const many = new ProgramBuilder({ name: '17 segments' });
      for (let segment = 1; segment < 17; segment++) {
        const next = 0x1000 + segment * 0x100;
        many
          .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
          .tic(next)
          .at(next);
      }
      many.ccw('no-operation', { flags: ['sli'], count: 1, address: DATA });
      await leavesNothing(context, device, many.build(), ['EINVAL']);
    },
  }),
  defineCase({
    id: 'vfio-ccw/leaks/failure-in-the-middle-of-the-data',
    decides: 'A program whose third CCW has data that are not mapped unpins the pages of the first two.',
    requirements: ['TRN-044'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'third data address not mapped', chain: true })
        .ccw('sense-id', { flags: ['sli'], count: 9000, address: 0x3_0000 })
        .ccw('sense-id', { flags: ['sli'], count: 4096, address: 0x4_0800 })
        .ccw('sense-id', { flags: ['sli'], count: 4, address: NOT_MAPPED })
        .ccw('sense-id', { flags: ['sli'], count: 4, address: 0x5_0000 })
        .build();
      await leavesNothing(context, device, program, NOT_FOUND);
    },
  }),
  defineCase({
    id: 'vfio-ccw/leaks/failure-in-the-middle-of-a-list',
    decides: 'A list whose last IDAW is not mapped unpins the pages of those before, with 4 KiB and with 2 KiB blocks.',
    requirements: ['TRN-044', 'TRN-045'],
    guards: ['688c29533ffc'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const [control, count] of [
        [OrbBit.format2Idaw, 4 * 4096],
        [OrbBit.format2Idaw | OrbBit.idaw2k, 4 * 2048],
      ] as const) {
        const program = new ProgramBuilder({
          name: `list over ${count} bytes whose last IDAW is not mapped`,
          orb: { control },
        })
          .bytes(0x3000, '00000000 00030000  00000000 00031000  00000000 00038800  00000000 70000000')
          .ccw('sense-id', { flags: ['sli', 'ida'], count, address: 0x3000 })
          .build();
        await leavesNothing(context, device, program, NOT_FOUND);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/leaks/after-a-normal-end',
    decides:
      'A program with data in 20 pages has nothing locked any more, and nothing allocated, when its end has been signalled.',
    requirements: ['TRN-056', 'IRQ-009'],
    recorded: ['MAIN: pinned after tests', 'MAIN: pinned after tests #2'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const before = await taken(context);
      const builder = new ProgramBuilder({ name: 'data in 20 pages', chain: true });
      for (let page = 0; page < 20; page++) {
        builder.ccw('sense-id', { flags: ['sli'], count: 4, address: 0x4_0000 + page * 0x2000 });
      }
      await device.succeeds(builder.build(), 0x1000 + 19 * 8);
      expect.equal(await taken(context), before, 'what the host has taken');
    },
  }),
  defineCase({
    id: 'vfio-ccw/leaks/after-many-programs',
    decides: 'Two hundred programs, good and refused in turn, leave as much locked and allocated as there was before.',
    requirements: ['TRN-056', 'TRN-020'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const refused = senseId(8, { channelProgramAddress: NOT_MAPPED });
      const before = await taken(context);
      for (let round = 0; round < 100; round++) {
        await device.succeeds(senseId(8), 0x1000);
        expect.result(await device.start(refused), NOT_FOUND, 'write of a request with an unmapped program');
      }
      expect.equal(await taken(context), before, 'what the host has taken');
    },
  }),
];
