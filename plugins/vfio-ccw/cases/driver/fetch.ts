/** Copying the guest's channel program: what is read, when, and what becomes of it. */

import { defineCase, encodeCcw, OrbBit, ProgramBuilder, viewOf, type CaseDefinition } from 'ccwspec/plugin';
import { DATA, noOperations, senseId, Started } from '../../support/started.js';

const FILLED = 'a5'.repeat(8);

/** A no-operation as its 8 bytes. */
function noOperationBytes(): Uint8Array {
  const bytes = new Uint8Array(8);
  encodeCcw(viewOf(bytes), 0, { command: 0x03, flags: 0x20, count: 1, address: DATA }, 1);
  return bytes;
}

export const fetchCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/fetch/program-that-overwrites-itself',
    decides: 'A program whose first CCW stores over the second one executes the second as it stood at START.',
    requirements: ['VF-006', 'CH-054'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'program that overwrites itself' })
        .ccw('sense-id', { flags: ['cc', 'sli'], count: 8, address: 0x1008 })
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.succeeds(program, 0x1008);
      const [first] = await device.stored(0x1008, 1);
      device.expect.equal(first, 0xff, 'first byte of the Sense ID data, which lies where the second CCW was');
    },
  }),
  defineCase({
    id: 'vfio-ccw/fetch/change-while-the-program-runs',
    decides: 'A change of a CCW that the channel has not reached yet has no effect on the program that runs.',
    requirements: ['CH-054', 'VF-006'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const timing = context.control('timing');
      const program = new ProgramBuilder({ name: 'program that is changed' })
        .ccw('sense-id', { flags: ['cc', 'sli'], buffer: 8 })
        .ccw('sense-id', { flags: ['sli'], buffer: { length: 8, name: 'id' } })
        .build();
      await timing.holdAtCommand(1);
      await device.accepts(program);
      await device.vfio.memory.write(0x1008, noOperationBytes());
      await timing.release();
      device.expect.irb(
        await device.lastIrb(program.name),
        { ccwAddress: 0x1010, subchannelStatus: 0 },
        'IRB',
        program,
      );
      const [first] = await device.stored(program.labels.get('id') ?? 0, 1);
      device.expect.equal(first, 0xff, 'first byte that the second Sense ID stored');
    },
  }),
  defineCase({
    id: 'vfio-ccw/fetch/without-prefetch-control',
    decides: 'A request whose ORB does not allow prefetching is accepted, and runs.',
    requirements: ['TRN-002'],
    recorded: ['MAIN: NOP P=0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(noOperations(1, 0x1000, { prefetch: false }), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/fetch/prefetch-warning-is-rate-limited',
    decides:
      'Of several requests without prefetch control within 5 seconds the kernel log tells once, and once more later.',
    requirements: ['TRN-003'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1, 0x1000, { prefetch: false });
      const warnings = async (): Promise<number> =>
        (await context.session.evidence()).filter((line) => /vfio.ccw.*prefetch/i.test(line)).length;
      await device.succeeds(noOperations(1), 0x1000);
      context.expect.equal(await warnings(), 0, 'warnings about a request with prefetch control');
      for (let request = 0; request < 3; request++) await device.succeeds(program, 0x1000);
      context.expect.equal(await warnings(), 1, 'warnings about 3 requests at once');
      await context.control('schedule').advance(4_900);
      await device.succeeds(program, 0x1000);
      context.expect.equal(await warnings(), 1, 'warnings about another request 4.9 seconds later');
      await context.control('schedule').advance(200);
      await device.succeeds(program, 0x1000);
      context.expect.equal(await warnings(), 2, 'warnings about another request 5.1 seconds after the first');
    },
  }),
  defineCase({
    id: 'vfio-ccw/fetch/nothing-is-left-of-the-request-before',
    decides: 'A short program after a long one of the other CCW format executes its own CCWs only.',
    requirements: ['TRN-057'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const long = new ProgramBuilder({ name: 'long program', format: 0, chain: true });
      for (let ccw = 0; ccw < 200; ccw++) long.ccw('sense-id', { flags: ['sli'], count: 8, address: DATA + ccw * 8 });
      await device.succeeds(long.build(), 0x1000 + 199 * 8);
      await device.fill(DATA, 1600, 0xa5);
      await device.succeeds(noOperations(1, 0x8000), 0x8000);
      for (const [ccw, what] of [
        [0, 'first'],
        [1, 'second'],
        [199, 'last'],
      ] as const) {
        const stored = await device.stored(DATA + ccw * 8, 8);
        context.expect.bytes(stored, FILLED, `storage of the ${what} CCW of the request before`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/fetch/reads-guest-storage-once',
    decides: 'Of a program with direct data, the driver reads no byte of guest storage twice.',
    requirements: ['TRN-038'],
    needs: ['vfio', 'memory-adversary'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const adversary = context.control('adversary');
      const program = new ProgramBuilder({ name: 'two segments', chain: true })
        .ccw('sense-id', { flags: ['cc', 'sli'], buffer: 8 })
        .tic(0x4000)
        .at(0x4000)
        .ccw('sense-id', { flags: ['sli'], buffer: 8 })
        .build();
      await device.succeeds(program, 0x4000);
      context.expect.equal(await adversary.doubleFetches(), [], 'the areas that were read twice');
    },
  }),
  defineCase({
    id: 'vfio-ccw/fetch/reads-the-first-idaw-twice',
    decides: 'Of a program with an indirect list, the driver reads only the first IDAW twice.',
    requirements: ['TRN-038'],
    needs: ['vfio', 'memory-adversary'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const adversary = context.control('adversary');
      const program = new ProgramBuilder({ name: 'list of two IDAWs', orb: { control: OrbBit.format2Idaw } })
        .indirect('sense-id', { flags: ['sli'], buffer: { length: 16, name: 'id' }, firstOffset: 4088 })
        .build();
      await device.accepts(program);
      await device.lastIrb(program.name);
      const list = program.labels.get('id.list') ?? 0;
      context.expect.equal(
        await adversary.doubleFetches(),
        [{ iova: list, length: 8 }],
        'the areas that were read twice',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/fetch/change-after-the-copy',
    decides: 'A CCW that changes as soon as the driver has read it is executed as it was read.',
    requirements: ['CH-054', 'VF-006'],
    needs: ['vfio', 'memory-adversary'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await context.control('adversary').changeAfterRead(0x1000, 1, noOperationBytes());
      const program = senseId(8);
      await device.succeeds(program, 0x1000);
      context.expect.bytes(
        await device.stored(0x1000, 8),
        noOperationBytes(),
        'the CCW in guest storage, which was changed',
      );
      const [first] = await device.stored(DATA, 1);
      context.expect.equal(first, 0xff, 'first byte of the Sense ID data');
    },
  }),
];
