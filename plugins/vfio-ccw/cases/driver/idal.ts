/** Indirect-data-address lists of the guest. */

import {
  defineCase,
  IoRegion,
  OrbBit,
  ProgramBuilder,
  SubchannelStatus,
  type AssembledProgram,
  type CaseDefinition,
  type IndirectKind,
} from 'ccwspec/plugin';
import { lockedMemory } from '../../support/pending.js';
import { DATA, noOperations, senseId, Started } from '../../support/started.js';
import { taken } from '../../support/taken.js';

const NOT_FOUND = ['EINVAL', 'ENOENT'];
/** The kinds of list that a guest can have, and the ORB bits that say so. */
const kinds: readonly (readonly [kind: IndirectKind, control: number])[] = [
  ['format-2-4k', OrbBit.format2Idaw],
  ['format-2-2k', OrbBit.format2Idaw | OrbBit.idaw2k],
  ['format-1', 0],
];

/** Sense ID of 12 bytes through a list of `kind`, its bytes in one block. */
function throughOneBlock(kind: IndirectKind, control: number): AssembledProgram {
  return new ProgramBuilder({ name: `sense ID through a list of ${kind}`, orb: { control } })
    .indirect('sense-id', { flags: ['sli'], kind, buffer: { length: 4, name: 'id' }, firstOffset: 0x123 })
    .build();
}

/** The decision about one kind of list, which every device can show. */
function deliversThrough(kind: IndirectKind, control: number, recorded: readonly string[]): CaseDefinition {
  return defineCase({
    id: `vfio-ccw/idal/${kind}-delivers`,
    decides: `Sense ID through a list of ${kind.replaceAll('-', ' ')} stores the same bytes as with a direct address, at the IDAW's offset.`,
    requirements: ['DEV-005', 'VF-011'],
    recorded,
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(senseId(4), 0x1000);
      const direct = await device.stored(DATA, 4);
      const program = throughOneBlock(kind, control);
      await device.succeeds(program, 0x1000);
      const at = program.labels.get('id') ?? 0;
      context.expect.bytes(await device.stored(at, 4), direct, `bytes at ${at.toString(16)}, where the IDAW leads`);
    },
  });
}

export const idalCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/idal/direct-ccws-with-every-format',
    decides:
      'A program whose CCWs are all direct runs whatever IDAW format and block size its ORB names, with data in one block or in several.',
    requirements: ['TRN-022', 'TRN-023'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { format2Idaw, idaw2k } = OrbBit;
      for (const control of [0, idaw2k, format2Idaw, format2Idaw | idaw2k]) {
        for (const length of [8, 5000]) await device.succeeds(senseId(length, { control }), 0x1000);
      }
    },
  }),
  deliversThrough('format-2-4k', OrbBit.format2Idaw, [
    'MAIN: IDA f2 4K',
    'MAIN: IDA f2 4K c64',
    'MAIN: IDA f2 4K c64 / data',
  ]),
  deliversThrough('format-2-2k', OrbBit.format2Idaw | OrbBit.idaw2k, [
    'MAIN: IDA f2 2K c64+i2k',
    'MAIN: IDA f2 2K c64+i2k / data',
  ]),
  deliversThrough('format-1', 0, ['MAIN: IDA f1', 'MAIN: IDA f1 / data']),
  defineCase({
    id: 'vfio-ccw/idal/blocks-are-filled-in-list-order',
    decides:
      'Data that cross from one block to the next go to the block of the next IDAW, wherever that lies, with lists of every kind.',
    requirements: ['VF-011', 'DEV-005'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(senseId(12), 0x1000);
      const direct = await device.stored(DATA, 12);
      for (const [kind, control] of kinds) {
        const program = new ProgramBuilder({ name: `sense ID over two blocks of ${kind}`, orb: { control } })
          .indirect('sense-id', {
            flags: ['sli'],
            kind,
            buffer: { length: 12, name: 'id' },
            firstOffset: kind === 'format-2-4k' ? 4093 : 2045,
          })
          .build();
        await device.succeeds(program, 0x1000);
        const first = await device.stored(program.labels.get('id.0') ?? 0, 3);
        const second = await device.stored(program.labels.get('id.1') ?? 0, 9);
        context.expect.bytes(new Uint8Array([...first, ...second]), direct, `bytes of both blocks of ${kind}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/halves-of-pages',
    decides:
      'With 2 KiB blocks, data go to the right half of each page, also when two halves of one page are listed in reverse.',
    requirements: ['VF-011', 'TRN-045'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(senseId(12), 0x1000);
      const direct = await device.stored(DATA, 12);
      const [upper, lower] = [0x3_0ffc, 0x3_0000];
      await device.fill(0x3_0000, 0x1000, 0xa5);
      const program = new ProgramBuilder({
        name: 'upper half, then lower half',
        orb: { control: OrbBit.format2Idaw | OrbBit.idaw2k },
      })
        .indirect('sense-id', {
          flags: ['sli'],
          pieces: [
            { at: upper, length: 4 },
            { at: lower, length: 8 },
          ],
        })
        .build();
      await device.succeeds(program, 0x1000);
      context.expect.bytes(await device.stored(upper, 4), direct.subarray(0, 4), 'end of the upper half');
      context.expect.bytes(await device.stored(lower, 8), direct.subarray(4), 'beginning of the lower half');
      context.expect.bytes(
        await device.stored(lower + 2044, 8),
        'a5'.repeat(8),
        'storage around the middle of the page',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/output-is-taken-in-list-order',
    decides:
      'A search argument that is spread over two pages in descending order reaches the device in the order of the list.',
    requirements: ['DEV-006'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const argument = (at: number, bytes: readonly number[]) => ({
        at,
        length: bytes.length,
        bytes: new Uint8Array(bytes),
      });
      const program = new ProgramBuilder({
        name: 'search with an argument in two pages',
        orb: { control: OrbBit.format2Idaw },
      })
        .ccw('seek', { flags: ['cc'], data: '0000 0000 0000' })
        .indirect('search-id-equal', {
          flags: ['cc'],
          pieces: [argument(0x3_1ffd, [0, 0, 0]), argument(0x3_0000, [0, 2])],
        })
        .tic(0x1008)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.succeeds(program, 0x1018);
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/format-1-list-at-the-end-of-storage',
    decides: 'A list of one format-1 IDAW in the last word of guest storage is accepted: no byte behind it is needed.',
    requirements: ['TRN-039'],
    guards: ['4f6fdc6e1a7f'],
    recorded: ['MAIN: IDA f1 list last word of mapping', 'MAIN: IDA f1 list last word of mapping / data'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'list in the last word', orb: { control: 0 } })
        .indirect('sense-id', { flags: ['sli'], pieces: [{ at: DATA, length: 4 }], listAt: 0xf_fffc })
        .build();
      await device.succeeds(program, 0x1000);
      context.expect.equal((await device.stored(DATA, 1))[0], 0xff, 'first byte of the Sense ID data');
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/list-that-runs-out-of-storage',
    decides:
      'A list whose first IDAW is in the last doubleword of guest storage is refused with EINVAL if it needs another, and accepted if it does not, also for a count of zero.',
    requirements: ['TRN-038'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      const list = 0xf_fff8;
      await device.vfio.memory.write(list, new Uint8Array([0, 0, 0, 0, 0, 2, 0x0f, 0xff]));
      const before = await lockedMemory(context.system);
      const control = OrbBit.format2Idaw | OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption;
      const through = (count: number): AssembledProgram =>
        new ProgramBuilder({ name: `list with a count of ${count}`, orb: { control } })
          .ccw('sense-id', { flags: ['sli', 's', 'ida'], count, address: list })
          .build();
      await device.refuses(through(2), 'EINVAL');
      expect.equal(await lockedMemory(context.system), before, 'locked memory after the refusal');
      for (const count of [1, 0]) {
        await device.staysPending(through(count));
        await device.clears();
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/list-off-its-boundary',
    decides:
      'A format-2 list off a doubleword runs, since the host gets a list of its own; read at the wrong place, its IDAWs are refused.',
    requirements: ['CH-023'],
    recorded: ['MAIN: IDA f2 list unaligned', 'MAIN: IDA f2 list unaligned (valid word)'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const through = (list: number): AssembledProgram =>
        new ProgramBuilder({ name: `list at ${list.toString(16)}`, orb: { control: OrbBit.format2Idaw } })
          .indirect('sense-id', { flags: ['sli'], pieces: [{ at: DATA, length: 4 }], listAt: 0x3004 })
          .build();
      await device.succeeds(through(0x3004), 0x1000);
      context.expect.equal((await device.stored(DATA, 1))[0], 0xff, 'first byte of the Sense ID data');
      const misread = new ProgramBuilder({ name: 'list read 4 bytes too early', orb: { control: OrbBit.format2Idaw } })
        .bytes(0x3000, '7fffffff 00000000')
        .ccw('sense-id', { flags: ['sli', 'ida'], count: 4, address: 0x3002 })
        .build();
      await device.refuses(misread, [...NOT_FOUND, 'EOVERFLOW']);
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/idaw-that-leads-nowhere',
    decides:
      'A list whose first or later IDAW leads to an address that is not mapped, or beyond 4 GiB, is refused with the error of the mapping and never with EFAULT.',
    requirements: ['TRN-044', 'CH-021'],
    guards: ['688c29533ffc'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const [what, list] of [
        ['first IDAW', '00000000 70000ffc  00000000 00030000'],
        ['second IDAW', '00000000 00020ffc  00000000 70000000'],
        ['high half of the first IDAW', '00000001 00020ffc  00000000 00030000'],
        ['high half of the second IDAW', '00000000 00020ffc  00000001 00030000'],
      ] as const) {
        const program = new ProgramBuilder({ name: `list with a bad ${what}`, orb: { control: OrbBit.format2Idaw } })
          .bytes(0x3000, list)
          .ccw('sense-id', { flags: ['sli', 'ida'], count: 12, address: 0x3000 })
          .build();
        await device.refuses(program, NOT_FOUND);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/any-kind-or-a-clean-refusal',
    decides:
      'A list of format 1 behind a TIC is translated or refused with EOPNOTSUPP, and nothing of the program is left either way.',
    requirements: ['TRN-020', 'TRN-023'],
    guards: ['b89e242eee8d'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const before = await taken(context);
      const program = new ProgramBuilder({ name: 'list of format 1 in a second segment', orb: { control: 0 } })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x4000)
        .at(0x4000)
        .indirect('sense-id', { flags: ['sli'], pieces: [{ at: DATA, length: 4 }], listAt: 0x3000 })
        .build();
      const result = await device.start(program);
      context.expect.result(result, [IoRegion.length, 'EOPNOTSUPP'], `write that starts ${program.name}`);
      if (result >= 0) await device.lastIrb(program.name);
      await device.succeeds(noOperations(1), 0x1000);
      context.expect.equal(await taken(context), before, 'what the host has taken');
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/modified-list-without-orb-d',
    decides: 'A CCW with the MIDAW flag ends with program check when ORB.D is zero.',
    requirements: ['CH-024'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'MIDAW flag' })
        .ccw('sense-id', { flags: ['sli', 'mida'], buffer: 4, place: DATA })
        .build();
      await device.runs(program, { subchannelStatus: SubchannelStatus.programCheck, ccwAddress: 0x1008 });
      context.expect.bytes(await device.stored(DATA, 4), 'a5a5a5a5', 'storage of the CCW');
    },
  }),
];
