/** How much one program may have, and which of several errors is reported. */

import { defineCase, OrbBit, ProgramBuilder, type AssembledProgram, type CaseDefinition } from 'ccwspec/plugin';
import { lastSegments } from '../../support/host-program.js';
import { DATA, noOperations, NORMAL_END, Started } from '../../support/started.js';
import { taken } from '../../support/taken.js';

/** `count` segments of two CCWs, 100 bytes hexadecimal apart, each joined to the next by a TIC. */
function segments(count: number): AssembledProgram {
  const builder = new ProgramBuilder({ name: `${count} segments` });
  for (let segment = 1; segment < count; segment++) {
    builder
      .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
      .tic(0x1000 + segment * 0x100)
      .at(0x1000 + segment * 0x100);
  }
  return builder.ccw('no-operation', { flags: ['sli'], count: 1, address: DATA }).build();
}

const NOT_MAPPED = 0x7000_0000;
const NOT_FOUND = ['EINVAL', 'ENOENT'];

export const limitCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/limits/16-segments',
    decides: 'A program of 16 segments joined by TICs runs to its end in the last one.',
    requirements: ['TRN-019'],
    recorded: ['MAIN: 15 TIC targets (16 chains)'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(segments(16), 0x1000 + 15 * 0x100);
    },
  }),
  defineCase({
    id: 'vfio-ccw/limits/17-segments',
    decides:
      'Programs of 17 and more segments are refused with EINVAL, and the stack of the kernel does not grow with them.',
    requirements: ['TRN-019', 'VF-005'],
    guards: ['CVE-2026-80554', '5405c90d6a47'],
    recorded: ['MAIN: 16 TIC targets (17 chains)'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const count of [17, 64, 400]) await device.refuses(segments(count), 'EINVAL');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/limits/segments-of-256-ccws',
    decides: 'A program of 16 segments of 256 CCWs each runs whole.',
    requirements: ['TRN-008', 'TRN-019'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const builder = new ProgramBuilder({ name: '4096 CCWs', at: 0x4_0000, chain: true });
      for (let segment = 1; segment <= 16; segment++) {
        for (let ccw = 1; ccw < 256; ccw++)
          builder.ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA });
        const next = 0x4_0000 + segment * 0x1000;
        if (segment === 16) builder.ccw('no-operation', { flags: ['sli'], count: 1, address: DATA });
        else builder.tic(next).at(next);
      }
      await device.succeeds(builder.build(), 0x4_f000 + 255 * 8);
    },
  }),
  defineCase({
    id: 'vfio-ccw/limits/4096-pages',
    decides:
      'A program of 256 CCWs of 65535 bytes, which pins 4096 pages, runs, and its end releases every one of them.',
    requirements: ['TRN-008', 'TRN-056'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const builder = new ProgramBuilder({ name: 'basic sense of 65535 bytes, 256 times', chain: true });
      for (let ccw = 0; ccw < 256; ccw++) {
        builder.ccw('basic-sense', { flags: ['sli'], count: 0xffff, address: DATA + (ccw % 128) * 0x1000 });
      }
      const before = await taken(context);
      await device.runs(builder.build(), { ...NORMAL_END, ccwAddress: 0x1800 });
      context.expect.equal(await taken(context), before, 'what the host has taken after the end');
    },
  }),
  defineCase({
    id: 'vfio-ccw/limits/tic-targets-are-followed-first',
    decides:
      'Segments are copied depth first: all that a TIC leads to comes before what a later TIC of its segment leads to.',
    requirements: ['TRN-016', 'TRN-055'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const control = OrbBit.format2Idaw | OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption;
      const ends = { flags: ['sli'], count: 1, address: DATA } as const;
      const program = new ProgramBuilder({ name: 'two TICs in one segment', orb: { control } })
        .ccw('no-operation', { flags: ['cc', 'sli', 's'], count: 1, address: DATA })
        .tic(0x2000, { flags: ['cc'] })
        .tic(0x3000)
        .at(0x2000)
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x4000)
        .at(0x3000)
        .ccw('no-operation', ends)
        .at(0x4000)
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('no-operation', ends)
        .build();
      await device.staysPending(program);
      const lengths = (await lastSegments(context)).map(({ ccws }) => ccws.length / 8);
      context.expect.equal(lengths, [3, 4, 2, 1], 'CCWs of each segment in order of the copy');
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/limits/order-of-errors',
    decides:
      'Of several errors the first is reported in the order transport mode, fetch of a segment, its length, fetch of a TIC target, data in order of the CCWs.',
    requirements: ['TRN-055'],
    guards: ['CVE-2026-80550', 'a005b7f1a491'],
    recorded: ['MAIN: TIC to unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(0x40_0000, 0x1000, 'read');
      const forbidden = { flags: ['cc', 'sli'], count: 1, address: 0x40_0000 } as const;
      const transport = { control: OrbBit.channelProgramType | OrbBit.format2Idaw, channelProgramAddress: NOT_MAPPED };
      await device.refuses({ ...noOperations(1), orb: { ...noOperations(1, 0x1000, transport).orb } }, 'EOPNOTSUPP');
      const tic = new ProgramBuilder({ name: 'data that may not be stored, and a TIC to nowhere' })
        .ccw('sense-id', forbidden)
        .tic(NOT_MAPPED)
        .build();
      await device.refuses(tic, NOT_FOUND);
      const long = new ProgramBuilder({ name: 'data that may not be stored, in a chain of 257' });
      for (let ccw = 0; ccw < 257; ccw++) long.ccw('sense-id', forbidden);
      await device.refuses(long.build(), 'EINVAL');
      const data = new ProgramBuilder({ name: 'data that may not be stored, then data that is nowhere' })
        .ccw('sense-id', forbidden)
        .ccw('sense-id', { flags: ['sli'], count: 1, address: NOT_MAPPED })
        .build();
      await device.refuses(data, 'EPERM');
      const reversed = new ProgramBuilder({ name: 'data that is nowhere, then data that may not be stored' })
        .ccw('sense-id', { flags: ['cc', 'sli'], count: 1, address: NOT_MAPPED })
        .ccw('sense-id', { ...forbidden, flags: ['sli'] })
        .build();
      await device.refuses(reversed, NOT_FOUND);
    },
  }),
];
