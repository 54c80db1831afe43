/** Guest storage that changes while the driver reads it. */

import {
  defineCase,
  IoRegion,
  OrbBit,
  ProgramBuilder,
  type AssembledProgram,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { DATA, noOperations, Started } from '../../support/started.js';
import { taken } from '../../support/taken.js';

const LIST = 0x3000;

/** Sense ID through a list at 3000 whose first IDAW leads to a page's beginning. */
function throughAList(): AssembledProgram {
  return new ProgramBuilder({ name: 'sense ID through a list', orb: { control: OrbBit.format2Idaw } })
    .bytes(LIST, '00000000 00030000')
    .ccw('sense-id', { flags: ['sli', 'ida'], count: 4096, address: LIST })
    .build();
}

function idaw(address: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(4, address);
  return bytes;
}

export const adversaryCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/adversary/first-idaw-changes',
    decides:
      'A list whose first IDAW changes after it was counted is refused with EINVAL, whether it would then need more IDAWs or as many.',
    requirements: ['TRN-038', 'VF-012'],
    guards: ['CVE-2026-80551', '565bef268d75'],
    needs: ['vfio', 'memory-adversary'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const before = await taken(context);
      for (const address of [0x3_0fff, 0x3_0001, 0x4_0000]) {
        await context.control('adversary').changeAfterRead(LIST, 1, idaw(address));
        await device.refuses(throughAList(), 'EINVAL');
        expect.equal(
          await taken(context),
          before,
          `what the host has taken when the IDAW became ${address.toString(16)}`,
        );
      }
      const program = throughAList();
      await device.accepts(program);
      await device.lastIrb(program.name);
    },
  }),
  defineCase({
    id: 'vfio-ccw/adversary/first-idaw-of-format-1-changes',
    decides: 'A list of format 1 whose first IDAW changes after it was counted is refused with EINVAL.',
    requirements: ['TRN-038', 'VF-012'],
    guards: ['565bef268d75'],
    needs: ['vfio', 'memory-adversary'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'sense ID through a list of format 1', orb: { control: 0 } })
        .bytes(LIST, '00030000')
        .ccw('sense-id', { flags: ['sli', 'ida'], count: 2048, address: LIST })
        .build();
      await context.control('adversary').changeAfterRead(LIST, 1, Uint8Array.of(0, 3, 7, 0xff));
      await device.refuses(program, 'EINVAL');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/adversary/any-word-changes-after-any-read',
    decides:
      'Whichever word of CCWs, TIC targets and lists changes after the driver read it, the request runs as read or is refused, and leaves nothing behind.',
    requirements: ['TRN-020', 'CH-054'],
    needs: ['vfio', 'memory-adversary'],
    touches: 'nothing',
    limit: 120_000,
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const program = new ProgramBuilder({
        name: 'program of two segments with a list',
        orb: { control: OrbBit.format2Idaw },
      })
        .bytes(LIST, '00000000 00030ff8  00000000 00034000')
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x6000)
        .at(0x6000)
        .ccw('sense-id', { flags: ['sli', 'ida'], count: 12, address: LIST })
        .build();
      const before = await taken(context);
      for (const at of [0x1000, 0x1004, 0x1008, 0x100c, 0x6000, 0x6004, LIST, LIST + 4, LIST + 8, LIST + 12]) {
        for (const word of ['ffffffff', '00000000', '08ff0000', '00030fff']) {
          for (const nth of [1, 2]) {
            const bytes = new Uint8Array(4);
            new DataView(bytes.buffer).setUint32(0, parseInt(word, 16));
            await context.control('adversary').changeAfterRead(at, nth, bytes);
            const result = await device.start(program);
            const what = `${word} at ${at.toString(16)} after read ${nth}`;
            expect.result(
              result,
              [IoRegion.length, 'EINVAL', 'ENOENT'],
              `write that starts ${program.name}, with ${what}`,
            );
            if (result >= 0) {
              const irb = await device.lastIrb(program.name);
              expect.irb(irb, { ccwAddress: 0x6008, subchannelStatus: 0 }, `IRB with ${what}`, program);
            }
            expect.equal(await taken(context), before, `what the host has taken with ${what}`);
          }
        }
      }
    },
  }),
];
