/** Addresses that the architecture would not allow, or that lie where one might not expect them. */

import { defineCase, OrbBit, ProgramBuilder, type CaseDefinition } from 'ccwspec/plugin';
import { DATA, noOperations, senseId, Started } from '../../support/started.js';

const BIT_0 = 0x8000_0000;
const NOT_FOUND = ['EINVAL', 'ENOENT'];

export const addressCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/address/program-off-a-doubleword',
    decides: 'A program at an address off a doubleword runs, and its CCW address keeps the misalignment.',
    requirements: ['TRN-061', 'CH-019'],
    recorded: ['MAIN: CPA unaligned 0x1003'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const offset of [1, 2, 3, 4, 7]) await device.succeeds(noOperations(2, 0x1000 + offset), 0x1008 + offset);
    },
  }),
  defineCase({
    id: 'vfio-ccw/address/program-above-31-bits',
    decides:
      'A channel-program address with bit 0 on is a guest address of 32 bits: where it is mapped the program runs, elsewhere it is refused.',
    requirements: ['CH-020', 'TRN-070'],
    recorded: ['MAIN: CPA bit0 (0x80000000)'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1, 0x1000, { channelProgramAddress: BIT_0 });
      await device.refuses(program, NOT_FOUND);
      await device.map(BIT_0, 0x1000);
      await device.succeeds(noOperations(1, BIT_0), BIT_0);
    },
  }),
  defineCase({
    id: 'vfio-ccw/address/data-above-31-bits',
    decides: 'A data address with bit 0 on is a guest address of 32 bits: where it is mapped, the data go there.',
    requirements: ['TRN-046'],
    recorded: ['MAIN: senseid to 0x80000100', 'MAIN: senseid to 0x80000100 / data'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(BIT_0, 0x1000);
      await device.succeeds(senseId(4, {}, BIT_0 + 0x100), 0x1000);
      context.expect.equal((await device.stored(BIT_0 + 0x100, 1))[0], 0xff, 'first byte of the Sense ID data');
    },
  }),
  defineCase({
    id: 'vfio-ccw/address/format-1-idaw-above-31-bits',
    decides: 'A format-1 IDAW with bit 0 on leads to a guest address of 32 bits.',
    requirements: ['TRN-046'],
    recorded: ['MAIN: IDA f1 bit0', 'MAIN: IDA f1 bit0 / data'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(BIT_0, 0x1000);
      const program = new ProgramBuilder({ name: 'format-1 IDAW with bit 0', orb: { control: 0 } })
        .indirect('sense-id', { flags: ['sli'], pieces: [{ at: BIT_0 + 0x200, length: 4 }] })
        .build();
      await device.succeeds(program, 0x1000);
      context.expect.equal((await device.stored(BIT_0 + 0x200, 1))[0], 0xff, 'first byte of the Sense ID data');
    },
  }),
  defineCase({
    id: 'vfio-ccw/address/data-at-zero',
    decides: 'Data can be stored at guest address 0.',
    requirements: ['TRN-022'],
    recorded: ['MAIN: senseid to address 0', 'MAIN: senseid to address 0 / data'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(senseId(4, {}, 0), 0x1000);
      context.expect.equal((await device.stored(0, 1))[0], 0xff, 'first byte of the Sense ID data, at address 0');
    },
  }),
  defineCase({
    id: 'vfio-ccw/address/data-over-a-page-boundary',
    decides: 'Data of a direct CCW go on in the next page, and nothing is stored around them.',
    requirements: ['TRN-022', 'DEV-005'],
    recorded: ['MAIN: senseid crossing page (0x2ff8)', 'MAIN: senseid crossing page (0x2ff8) / data'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(senseId(12), 0x1000);
      const whole = await device.stored(DATA, 12);
      await device.fill(0x2ff0, 32, 0xa5);
      await device.succeeds(senseId(12, {}, 0x2ff8), 0x1000);
      context.expect.bytes(await device.stored(0x2ff8, 12), whole, 'bytes on both sides of the page boundary');
      context.expect.bytes(await device.stored(0x2ff0, 8), 'a5'.repeat(8), 'storage in front');
      context.expect.bytes(await device.stored(0x3004, 12), 'a5'.repeat(12), 'storage behind');
    },
  }),
  defineCase({
    id: 'vfio-ccw/address/data-over-the-end-of-storage',
    decides: 'A read whose data begin in storage and end outside of it is refused as a whole: nothing of it is stored.',
    requirements: ['CH-021', 'TRN-066'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.fill(0xf_fff0, 16, 0xa5);
      const beyond = new ProgramBuilder({ name: 'sense ID over the end of storage' })
        .ccw('sense-id', { flags: ['sli'], count: 0x11, address: 0xf_fff0 })
        .build();
      await device.refuses(beyond, NOT_FOUND);
      context.expect.bytes(await device.stored(0xf_fff0, 16), 'a5'.repeat(16), 'the last bytes of storage');
    },
  }),
  defineCase({
    id: 'vfio-ccw/address/half-pages-of-one-direct-ccw',
    decides:
      'A direct CCW without format-2 IDAWs stores over the boundary of two halves of a page, and of two pages, as any other.',
    requirements: ['TRN-023', 'DEV-005'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(senseId(12), 0x1000);
      const whole = await device.stored(DATA, 12);
      for (const control of [0, OrbBit.format2Idaw | OrbBit.idaw2k]) {
        for (const place of [0x3_07fa, 0x3_0ffa]) {
          await device.succeeds(senseId(12, { control }, place), 0x1000);
          context.expect.bytes(await device.stored(place, 12), whole, `bytes from ${place.toString(16)} on`);
        }
      }
    },
  }),
];
