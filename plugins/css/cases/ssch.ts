/** START SUBCHANNEL. */

import {
  defineCase,
  DeviceStatus,
  encodeOrb,
  GUEST_SCRATCH,
  IoRegion,
  OrbBit,
  ScswBit,
  toHex,
  viewOf,
  type AssembledProgram,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { Guest, OPERAND } from '../support/guest.js';
import { startInstruction } from '../support/instructions.js';
import { DATA, noOperations, senseId, suspended } from '../support/programs.js';
import { openTap, tappedGuest } from '../support/vfio-tap.js';

/** Word 1 and word 2 of ORBs that are not valid, and what is wrong with each. */
const invalidOrbs: readonly (readonly [control: number, address: number, what: string])[] = [
  [OrbBit.channelProgramType, 0, 'bit 13, transport mode'],
  [OrbBit.midawControl, 0, 'bit 25, MIDAWs'],
  [0x20, 0, 'bit 26'],
  [0x10, 0, 'bit 27'],
  [0x08, 0, 'bit 28'],
  [0x04, 0, 'bit 29'],
  [0x02, 0, 'bit 30'],
  [0, 0x8000_0000, 'bit 0 of the channel-program address'],
  [0xffff_ffff, 0xffff_ffff, 'every bit'],
];

async function storeOrb(guest: Guest, at: number, program: AssembledProgram): Promise<void> {
  const bytes = new Uint8Array(12);
  encodeOrb(viewOf(bytes), 0, program.orb);
  await guest.channel.storage.write(at, bytes);
}

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/ssch/sense-id-from-start-to-test',
    decides:
      'A Sense ID that a guest starts ends with primary and secondary status, channel end and device end, and FF in the first byte of its data.',
    requirements: ['DEV-001', 'CH-001', 'CH-002'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channelEnd, deviceEnd } = DeviceStatus;
      await guest.runs(senseId(), {
        functionControl: ScswBit.startFunction,
        activityControl: 0,
        statusControl: ScswBit.primaryStatus | ScswBit.secondaryStatus | ScswBit.statusPending,
        ccwAddress: 0x1008,
        deviceStatus: channelEnd | deviceEnd,
        subchannelStatus: 0,
      });
      guest.expect.equal((await guest.stored(DATA, 1))[0], 0xff, 'first byte of the Sense ID data');
    },
  }),
  defineCase({
    id: 'css/ssch/misaligned-orb-is-specification-exception',
    decides:
      'An ORB at an address that is not a multiple of 4 gives a specification exception, even with an invalid subsystem-identification word.',
    requirements: ['QIN-001'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect, schid } = await Guest.open(context);
      for (const offset of [1, 2, 3]) {
        for (const id of [schid, 0]) {
          const what = `START SUBCHANNEL of ${id.toString(16)} with its ORB ${offset} bytes off a word`;
          expect.outcome(await channel.ssch(id, GUEST_SCRATCH.orb + offset), 'specification', what);
        }
      }
    },
  }),
  defineCase({
    id: 'css/ssch/orb-outside-storage-is-addressing-exception',
    decides:
      'An ORB that is not wholly in storage gives an addressing exception before the subsystem-identification word is looked at.',
    requirements: ['QIN-049'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect, schid } = await Guest.open(context);
      const { size } = channel.storage;
      for (const id of [schid, 0]) {
        expect.outcome(
          await channel.ssch(id, size - 8),
          'addressing',
          `START SUBCHANNEL of ${id.toString(16)} with 8 bytes of ORB`,
        );
      }
    },
  }),
  defineCase({
    id: 'css/ssch/invalid-orb-is-operand-exception',
    decides:
      'An ORB with bit 13 of word 1, one of bits 25-30, or bit 0 of the channel-program address set gives an operand exception, so that a guest submits neither transport mode nor MIDAWs.',
    requirements: ['QIN-002', 'QVF-018'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channel, expect, schid } = guest;
      for (const [control, address, what] of invalidOrbs) {
        const orb = new Uint8Array(12);
        encodeOrb(viewOf(orb), 0, {
          interruptionParameter: 0,
          control: 0x0080_8000 | control,
          channelProgramAddress: address,
        });
        await channel.storage.write(GUEST_SCRATCH.orb, orb);
        expect.outcome(
          await startInstruction.issue(channel, schid),
          'operand',
          `START SUBCHANNEL with ${what} of its ORB set`,
        );
      }
      expect.equal(await guest.control(), 0, 'SCSW word 0 after the operand exceptions');
    },
  }),
  defineCase({
    id: 'css/ssch/invalid-orb-comes-before-unknown-subchannel',
    decides: 'An invalid ORB gives its operand exception also where the subchannel does not exist.',
    requirements: ['QIN-002', 'QIN-004'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect } = await Guest.open(context);
      await channel.storage.write(GUEST_SCRATCH.orb, new Uint8Array(12).fill(0xff));
      expect.outcome(
        await channel.ssch(0x0001_4711, GUEST_SCRATCH.orb),
        'operand',
        'START SUBCHANNEL of no subchannel',
      );
    },
  }),
  defineCase({
    id: 'css/ssch/status-pending-gives-cc1',
    decides: 'START SUBCHANNEL while status is pending gives condition code 1, and the status stays.',
    requirements: ['QIN-010', 'CH-032'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      guest.expect.outcome(await guest.start(senseId()), 1, 'START SUBCHANNEL with status pending');
      const { outcome, irb } = await guest.test();
      guest.expect.outcome(outcome, 0, 'TEST SUBCHANNEL after it');
      guest.expect.irb(
        irb,
        { functionControl: ScswBit.startFunction, ccwAddress: 0x1008 },
        'the IRB of the no-operation',
      );
    },
  }),
  defineCase({
    id: 'css/ssch/active-start-function-gives-cc2',
    decides:
      'START SUBCHANNEL while a start function is in progress gives condition code 2, and the host is not asked.',
    requirements: ['QIN-010', 'CH-032'],
    needs: ['channel', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.started(suspended());
      guest.expect.outcome(await guest.start(noOperations()), 2, 'START SUBCHANNEL while a program is suspended');
      guest.expect.equal((await context.control('host').starts()).length, 1, 'START SUBCHANNELs of the host');
    },
  }),
  defineCase({
    id: 'css/ssch/writes-the-whole-io-region',
    decides:
      'START SUBCHANNEL is one write of 124 bytes at the I/O region: the ORB, an SCSW with start function and start pending, and zeros.',
    requirements: ['QVF-001'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const tap = await openTap(context);
      const guest = await tappedGuest(context, tap);
      const program = noOperations(1, { interruptionParameter: 0x1122_3344, key: 0 });
      await guest.runs(program, { functionControl: ScswBit.startFunction });
      guest.expect.equal(
        tap.writes.map(({ offset, bytes }) => [offset, bytes.length]),
        [[0, IoRegion.length]],
        'offset and length of the writes',
      );
      const [write] = tap.writes;
      const bytes = write?.bytes ?? guest.expect.fail('expected a write; there was none');
      await storeOrb(guest, OPERAND, program);
      guest.expect.bytes(bytes.subarray(0, 12), await guest.stored(OPERAND, 12), 'orb_area of the write');
      const control = viewOf(bytes).getUint32(IoRegion.scsw);
      guest.expect.equal(control, ScswBit.startFunction | ScswBit.startPending, 'word 0 of scsw_area of the write');
      guest.expect.equal(toHex(bytes.subarray(IoRegion.irb)), '00'.repeat(100), 'irb_area and ret_code of the write');
    },
  }),
  defineCase({
    id: 'css/ssch/interruption-carries-the-orbs-parameter',
    decides:
      'The I/O-interruption code of a program has the interruption parameter of its ORB, not the one that MODIFY SUBCHANNEL placed.',
    requirements: ['QIN-020', 'QVF-019'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, {}, { interruptionParameter: 0x5555_5555 });
      await guest.started(noOperations(1, { interruptionParameter: 0xcafe_f00d }));
      await guest.interrupted('the no-operation');
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 1, 'TEST PENDING INTERRUPTION');
      guest.expect.equal(
        viewOf(await guest.stored(OPERAND + 4, 4)).getUint32(0),
        0xcafe_f00d,
        'the interruption parameter',
      );
    },
  }),
  defineCase({
    id: 'css/ssch/refused-start-changes-the-interruption-parameter',
    decides:
      'After a START SUBCHANNEL that the host refused with condition code 2 the PMCW has the interruption parameter of the ORB.',
    requirements: ['QVF-019'],
    needs: ['channel', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, {}, { interruptionParameter: 0x5555_5555 });
      await context.control('faults').nextStart(2);
      guest.expect.outcome(
        await guest.start(noOperations(1, { interruptionParameter: 0xcafe_f00d })),
        2,
        'START SUBCHANNEL',
      );
      guest.expect.equal(
        (await guest.schib()).interruptionParameter,
        0xcafe_f00d,
        'interruption parameter of the PMCW',
      );
    },
  }),
  defineCase({
    id: 'css/ssch/forced-prefetch-is-in-the-hosts-orb-only',
    decides: 'With force-orb-pfch the host gets an ORB with P one, and the ORB in guest storage keeps P zero.',
    requirements: ['QVF-012'],
    guards: ['9a51c9ee6c', '24e58a7b1d'],
    needs: ['channel', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, { forcePrefetch: true });
      await guest.runs(noOperations(1, { prefetch: false }), { subchannelStatus: 0 });
      const [start] = await context.control('host').starts();
      const control = viewOf(start?.orb ?? guest.expect.fail('expected a START SUBCHANNEL of the host')).getUint32(4);
      guest.expect.equal(control & OrbBit.prefetch, OrbBit.prefetch, 'the prefetch bit of the ORB of the host');
      const own = viewOf(await guest.stored(GUEST_SCRATCH.orb, 12)).getUint32(4);
      guest.expect.equal(own & OrbBit.prefetch, 0, 'the prefetch bit of the ORB in guest storage');
    },
  }),
  defineCase({
    id: 'css/ssch/prefetch-stays-as-the-guest-has-it',
    decides: 'Without force-orb-pfch an ORB with P zero is accepted, and the host gets it with P zero.',
    requirements: ['QVF-012', 'QVF-001'],
    guards: ['9a51c9ee6c', '24e58a7b1d'],
    needs: ['channel', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.runs(noOperations(1, { prefetch: false }), { subchannelStatus: 0 });
      const [start] = await context.control('host').starts();
      const control = viewOf(start?.orb ?? guest.expect.fail('expected a START SUBCHANNEL of the host')).getUint32(4);
      guest.expect.equal(control & OrbBit.prefetch, 0, 'the prefetch bit of the ORB of the host');
    },
  }),
];

export default cases;
