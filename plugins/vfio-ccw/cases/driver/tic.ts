/** Transfer in channel: new segments, jumps within one, and what the driver leaves to the channel. */

import { defineCase, OrbBit, ProgramBuilder, SubchannelStatus, type CaseDefinition } from 'ccwspec/plugin';
import { hostCcws, lastSegments } from '../../support/host-program.js';
import { DATA, Started } from '../../support/started.js';

const SILENT = OrbBit.format2Idaw | OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption;
const { programCheck } = SubchannelStatus;

/** A builder whose programs suspend before their first CCW, if it has the flag S. */
function silent(name: string): ProgramBuilder {
  return new ProgramBuilder({ name, orb: { control: SILENT } });
}

export const ticCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/tic/to-another-segment',
    decides: 'A program goes on at the target of a TIC, in a segment of its own, and ends there.',
    requirements: ['TRN-016', 'CH-013'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'three segments' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x7000)
        .at(0x7000)
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x4000)
        .at(0x4000)
        .ccw('sense-id', { flags: ['sli'], buffer: 4, place: DATA })
        .build();
      await device.succeeds(program, 0x4000);
      context.expect.equal(
        (await device.stored(DATA, 1))[0],
        0xff,
        'first byte that the CCW at the last target stored',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/one-past-the-end',
    decides: 'A TIC to the address just behind itself makes a new segment of what is there.',
    requirements: ['TRN-018'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'TIC to the next CCW' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x1010)
        .ccw('sense-id', { flags: ['sli'], buffer: 4, place: DATA })
        .build();
      await device.succeeds(program, 0x1010);
      context.expect.equal((await device.stored(DATA, 1))[0], 0xff, 'first byte that the CCW behind the TIC stored');
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/is-no-command-of-the-device',
    decides: 'The device sees the commands before and behind a TIC, and nothing of the TIC.',
    requirements: ['CH-013'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'TIC between two commands' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x4000)
        .at(0x4000)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      const before = await context.control('timing').commandsSeen();
      await device.succeeds(program, 0x4000);
      context.expect.equal(
        (await context.control('timing').commandsSeen()) - before,
        2,
        'commands that the device accepted',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/search-loop-finds-its-record',
    decides:
      'A search that is repeated by a TIC 8 bytes back finds its record, and the CCWs behind the TIC are executed.',
    requirements: ['TRN-014', 'TRN-017', 'CH-002'],
    guards: ['7b660c225fa0', '2ae157ec497d', '0fdd49ad1bb1'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'search loop' })
        .ccw('seek', { flags: ['cc'], data: '0000 0000 0000' })
        .ccw('search-id-equal', { flags: ['cc'], data: '0000 0000 02' })
        .tic(0x1008)
        .ccw('read-count', { flags: ['sli'], buffer: { length: 8, name: 'count' } })
        .build();
      await device.succeeds(program, 0x1018);
      const count = await device.stored(program.labels.get('count') ?? 0, 5);
      context.expect.bytes(
        count,
        '0000000003',
        'cylinder, head and record of the record behind the one that was searched',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/back-to-the-start-of-its-segment',
    decides:
      'CCWs behind a TIC to the first CCW of its own segment belong to the segment, and the TIC leads to the copy of that CCW.',
    requirements: ['TRN-014'],
    guards: ['7b660c225fa0'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = silent('TIC to the start')
        .ccw('no-operation', { flags: ['cc', 'sli', 's'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x1000)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.staysPending(program);
      const segments = await lastSegments(context);
      context.expect.equal(
        segments.map(({ ccws }) => ccws.length / 8),
        [4],
        'CCWs of each segment',
      );
      const [segment] = segments;
      const target = segment === undefined ? undefined : hostCcws(segment)[2]?.address;
      context.expect.equal(target, segment?.address, 'target of the TIC');
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/to-itself-counts-on',
    decides: 'CCWs behind a TIC to itself belong to its segment.',
    requirements: ['TRN-015'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = silent('TIC to itself')
        .ccw('no-operation', { flags: ['cc', 'sli', 's'], count: 1, address: DATA })
        .tic(0x1008)
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.staysPending(program);
      context.expect.equal(
        (await lastSegments(context)).map(({ ccws }) => ccws.length / 8),
        [4],
        'CCWs of each segment',
      );
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/into-the-middle-of-a-segment',
    decides:
      'A TIC to any CCW but the first of a segment that is copied already makes no new segment, and leads to the copy of that CCW.',
    requirements: ['TRN-017'],
    guards: ['2ae157ec497d', '0fdd49ad1bb1'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = silent('TIC into the middle')
        .ccw('no-operation', { flags: ['cc', 'sli', 's'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x6000)
        .at(0x6000)
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x1010)
        .build();
      await device.staysPending(program);
      const segments = await lastSegments(context);
      context.expect.equal(
        segments.map(({ ccws }) => ccws.length / 8),
        [4, 2],
        'CCWs of each segment',
      );
      const [first, second] = segments;
      const target = second === undefined ? undefined : hostCcws(second)[1]?.address;
      context.expect.equal(target, (first?.address ?? 0) + 0x10, 'target of the TIC into the first segment');
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/first-ccw-is-accepted',
    decides: 'The driver accepts a program that begins with a TIC, and gives its status as a guest address.',
    requirements: ['TRN-021', 'VF-001'],
    recorded: ['MAIN: TIC first'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'TIC first' })
        .tic(0x1100)
        .at(0x1100)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.accepts(program);
      const address = new DataView((await device.lastIrb(program.name)).buffer).getUint32(4);
      context.expect.isTrue(
        [0x1008, 0x1108].includes(address),
        `the CCW address, ${address.toString(16)}, is 1008 or 1108`,
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/first-ccw-is-program-check',
    decides: 'A TIC as the first CCW of a program is a program check.',
    requirements: ['CH-015'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'TIC first' })
        .tic(0x1100)
        .at(0x1100)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.runs(program, { subchannelStatus: programCheck, ccwAddress: 0x1008 });
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/to-a-tic-is-program-check',
    decides: 'A TIC to itself and a TIC to another TIC are program checks, with the address of a TIC plus 8.',
    requirements: ['CH-014', 'TRN-015'],
    recorded: ['MAIN: TIC self'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const itself = new ProgramBuilder({ name: 'TIC to itself' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x1008)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.runs(itself, { subchannelStatus: programCheck, ccwAddress: 0x1010 });
      const another = new ProgramBuilder({ name: 'TIC to a TIC' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x3000)
        .at(0x3000)
        .tic(0x4000)
        .at(0x4000)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.accepts(another);
      const irb = await device.lastIrb(another.name);
      context.expect.irb(irb, { subchannelStatus: programCheck }, 'IRB', another);
      const address = new DataView(irb.buffer).getUint32(4);
      context.expect.isTrue(
        [0x1010, 0x3008].includes(address),
        `the CCW address, ${address.toString(16)}, is 1010 or 3008`,
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/off-a-doubleword',
    decides:
      'A TIC to an address off a doubleword inside its segment is accepted, keeps its misalignment, and ends with program check.',
    requirements: ['TRN-017', 'VF-001'],
    recorded: ['MAIN: TIC unaligned into chain'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'TIC off a doubleword' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .tic(0x1004)
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.accepts(program);
      const irb = await device.lastIrb(program.name);
      context.expect.irb(irb, { subchannelStatus: programCheck }, 'IRB', program);
      const address = new DataView(irb.buffer).getUint32(4);
      context.expect.isTrue(
        [0x100c, 0x1010].includes(address),
        `the CCW address, ${address.toString(16)}, is 100C or 1010`,
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/tic/code-18-is-none-in-format-1',
    decides:
      'Format-1 code 18 is no TIC for the driver: with a count of zero it is accepted whatever its address, and the channel rejects it.',
    requirements: ['TRN-013'],
    recorded: ['MAIN: fmt1 0x18'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'code 18' })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw(0x18, { flags: ['sli'], count: 0, address: 0x7000_0000 })
        .build();
      await device.runs(program, { subchannelStatus: programCheck, ccwAddress: 0x1010 });
    },
  }),
];
