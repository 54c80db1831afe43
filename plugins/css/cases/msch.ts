/** MODIFY SUBCHANNEL. */

import { defineCase, GUEST_SCRATCH, PmcwFlag, SchibOffset, type CaseDefinition } from 'ccwspec/plugin';
import { Guest, OPERAND } from '../support/guest.js';
import { modify } from '../support/modify.js';
import { suspended } from '../support/programs.js';

const AT = GUEST_SCRATCH.schib;

/** Bits of the SCHIB that MODIFY SUBCHANNEL does not accept. */
const refusedBits: readonly (readonly [at: number, mask: number, what: string])[] = [
  [4, 0x8000_0000, 'PMCW bit 0 of word 1'],
  [4, 0x4000_0000, 'PMCW bit 1 of word 1'],
  [4, 0x0200_0000, 'PMCW bit 6 of word 1'],
  [4, 0x0100_0000, 'PMCW bit 7 of word 1'],
  ...Array.from({ length: 8 }, (_, bit) => [24, 0x8000_0000 >>> bit, `PMCW bit ${bit} of word 6`] as const),
  ...Array.from({ length: 18 }, (_, bit) => [24, 0x0010_0000 >>> bit, `PMCW bit ${bit + 11} of word 6`] as const),
  [24, 2, 'extended measurement, PMCW bit 30 of word 6'],
];

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/msch/operand-checks-in-order',
    decides:
      'MODIFY SUBCHANNEL looks at the boundary of its operand first, at storage next, and at the subsystem-identification word last.',
    requirements: ['QIN-051', 'QIN-049', 'QIN-003'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect } = await Guest.open(context);
      const { size } = channel.storage;
      for (const offset of [1, 2, 3]) {
        expect.outcome(
          await channel.msch(0, size + offset),
          'specification',
          `MODIFY SUBCHANNEL ${offset} bytes off a word`,
        );
      }
      expect.outcome(await channel.msch(0, size - 48), 'addressing', 'MODIFY SUBCHANNEL with 48 bytes of SCHIB');
      expect.outcome(await channel.msch(0, AT), 'operand', 'MODIFY SUBCHANNEL of the word 00000000');
    },
  }),
  defineCase({
    id: 'css/msch/reserved-bits-are-operand-exceptions',
    decides:
      'MODIFY SUBCHANNEL with bit 0, 1, 6 or 7 of PMCW word 1, or a reserved bit or the extended-measurement bit of word 6 set, gives an operand exception and changes nothing.',
    requirements: ['QIN-007'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      for (const [at, mask, what] of refusedBits) {
        const outcome = await modify(guest, (view) => {
          view.setUint32(0, 0x7777_7777);
          view.setUint32(at, (view.getUint32(at) | mask) >>> 0);
        });
        guest.expect.outcome(outcome, 'operand', `MODIFY SUBCHANNEL with ${what} set`);
      }
      guest.expect.equal(
        (await guest.schib()).interruptionParameter,
        0,
        'the interruption parameter after all of them',
      );
    },
  }),
  defineCase({
    id: 'css/msch/bit-5-is-ignored',
    decides:
      'MODIFY SUBCHANNEL with bit 5 of PMCW word 1 set gives condition code 0, and STORE SUBCHANNEL shows the bit zero.',
    requirements: ['QIN-007'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const outcome = await modify(guest, (view) => {
        view.setUint16(SchibOffset.flags, view.getUint16(SchibOffset.flags) | PmcwFlag.reserved5);
      });
      guest.expect.outcome(outcome, 0, 'MODIFY SUBCHANNEL');
      guest.expect.equal((await guest.schib()).flags & PmcwFlag.reserved5, 0, 'bit 5');
    },
  }),
  defineCase({
    id: 'css/msch/misaligned-measurement-block-is-operand-exception',
    decides:
      'MODIFY SUBCHANNEL with a format-1 measurement block off its 64-byte boundary gives an operand exception, and on the boundary condition code 0.',
    requirements: ['QIN-008'],
    guards: ['a54b8ac340'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const block = (address: number) => (view: DataView) => {
        view.setUint32(SchibOffset.characteristics, view.getUint32(SchibOffset.characteristics) | 4);
        view.setUint32(SchibOffset.measurementBlockAddress + 4, address);
      };
      for (const offset of [1, 2, 4, 8, 16, 32]) {
        guest.expect.outcome(
          await modify(guest, block(OPERAND + offset)),
          'operand',
          `MODIFY SUBCHANNEL with a block ${offset} bytes off`,
        );
      }
      guest.expect.outcome(await modify(guest, block(OPERAND)), 0, 'MODIFY SUBCHANNEL with a block on its boundary');
    },
  }),
  defineCase({
    id: 'css/msch/status-pending-gives-cc1',
    decides: 'MODIFY SUBCHANNEL while status is pending gives condition code 1 and changes nothing.',
    requirements: ['QIN-009'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      const outcome = await modify(guest, (view) => {
        view.setUint32(0, 0x7777_7777);
      });
      guest.expect.outcome(outcome, 1, 'MODIFY SUBCHANNEL');
      guest.expect.equal((await guest.schib()).interruptionParameter, 0, 'the interruption parameter');
    },
  }),
  defineCase({
    id: 'css/msch/active-function-gives-cc2',
    decides:
      'MODIFY SUBCHANNEL while a start, halt or clear function is in progress gives condition code 2 and changes nothing.',
    requirements: ['QIN-009'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channel, schid, expect } = guest;
      const functions: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['start', () => guest.started(suspended())],
        ['halt', () => channel.hsch(schid)],
        ['clear', () => channel.csch(schid)],
      ];
      for (const [name, begin] of functions) {
        await begin();
        const outcome = await modify(guest, (view) => {
          view.setUint32(0, 0x7777_7777);
        });
        expect.outcome(outcome, 2, `MODIFY SUBCHANNEL with a ${name} function in progress`);
      }
      expect.equal((await guest.schib()).interruptionParameter, 0, 'the interruption parameter after all of them');
    },
  }),
  defineCase({
    id: 'css/msch/places-what-the-program-may-change',
    decides:
      'MODIFY SUBCHANNEL places interruption parameter, subclass, enabled, limit, measurement and multipath mode, LPM and measurement-block index; STORE SUBCHANNEL gives them back.',
    requirements: ['CH-052'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const flags =
        (6 << 11) | PmcwFlag.enabled | PmcwFlag.limitMode | PmcwFlag.measurementMode | PmcwFlag.multipathMode;
      const outcome = await modify(guest, (view) => {
        view.setUint32(SchibOffset.interruptionParameter, 0x1234_5678);
        view.setUint16(SchibOffset.flags, flags | PmcwFlag.deviceNumberValid);
        view.setUint8(SchibOffset.lpm, 0x5a);
        view.setUint16(SchibOffset.measurementBlockIndex, 0x4321);
      });
      guest.expect.outcome(outcome, 0, 'MODIFY SUBCHANNEL');
      const schib = await guest.schib();
      guest.expect.equal(schib.interruptionParameter, 0x1234_5678, 'the interruption parameter');
      guest.expect.equal(schib.flags, flags | PmcwFlag.deviceNumberValid, 'the flags of PMCW word 1');
      guest.expect.equal(schib.lpm, 0x5a, 'the logical path mask');
      guest.expect.equal(schib.measurementBlockIndex, 0x4321, 'the measurement-block index');
    },
  }),
  defineCase({
    id: 'css/msch/leaves-what-the-program-may-not-change',
    decides:
      'MODIFY SUBCHANNEL leaves V, the device number, PNOM, LPUM, PIM, PAM, the CHPIDs and the SCSW as they are.',
    requirements: ['CH-052'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { deviceNumber: 0x0333 });
      const before = await guest.schib();
      const outcome = await modify(guest, (view) => {
        view.setUint16(SchibOffset.flags, 0);
        view.setUint16(SchibOffset.deviceNumber, 0x4444);
        for (const mask of [SchibOffset.pnom, SchibOffset.lpum, SchibOffset.pim, SchibOffset.pam])
          view.setUint8(mask, 0x3c);
        for (let path = 0; path < 8; path++) view.setUint8(SchibOffset.chpid + path, 0xee);
        view.setUint32(SchibOffset.scsw, 0x00c0_4007);
      });
      guest.expect.outcome(outcome, 0, 'MODIFY SUBCHANNEL');
      guest.expect.equal(await guest.schib(), before, 'the SCHIB');
    },
  }),
  defineCase({
    id: 'css/msch/does-not-reach-the-host',
    decides:
      'MODIFY SUBCHANNEL of a passed-through subchannel, disabling it included, gives the host no MODIFY SUBCHANNEL.',
    requirements: ['QVF-009'],
    needs: ['channel', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const host = context.control('host');
      const before = (await host.instructions()).length;
      const outcome = await modify(guest, (view) => {
        view.setUint16(SchibOffset.flags, PmcwFlag.deviceNumberValid);
        view.setUint8(SchibOffset.lpm, 0);
      });
      guest.expect.outcome(outcome, 0, 'MODIFY SUBCHANNEL that disables the subchannel');
      const since = (await host.instructions()).slice(before);
      guest.expect.equal(
        since.filter((name) => name.startsWith('msch')),
        [],
        'MODIFY SUBCHANNELs of the host',
      );
    },
  }),
];

export default cases;
