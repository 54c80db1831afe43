/** The subsystem-identification word in general register 1. */

import { defineCase, GUEST_SCRATCH, type CaseDefinition } from 'ccwspec/plugin';
import { Guest } from '../support/guest.js';
import {
  functionInstructions,
  modifyInstruction,
  subchannelInstructions,
  testInstruction,
} from '../support/instructions.js';

/** No subchannel of the guest has this number. */
const ABSENT = 0x0001_4711;

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/schid/bit-47-zero-is-operand-exception',
    decides:
      'A subsystem-identification word whose bit 47 is zero gives an operand exception with each of the eight instructions that name a subchannel.',
    requirements: ['QIN-003'],
    guards: ['882b3b9769'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect, schid } = await Guest.open(context);
      for (const { name, issue } of subchannelInstructions) {
        expect.outcome(await issue(channel, schid & ~0x0001_0000), 'operand', `${name} with bit 47 zero`);
      }
    },
  }),
  defineCase({
    id: 'css/schid/cssid-without-m-is-operand-exception',
    decides: 'A subsystem-identification word with a cssid but without the M bit gives an operand exception.',
    requirements: ['QIN-003'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect, schid } = await Guest.open(context);
      for (const { name, issue } of subchannelInstructions) {
        expect.outcome(await issue(channel, schid | 0x0100_0000), 'operand', `${name} with cssid 01 and M zero`);
      }
    },
  }),
  defineCase({
    id: 'css/schid/unknown-subchannel-is-not-operational',
    decides:
      'Every instruction that names a subchannel, STORE SUBCHANNEL apart, gives condition code 3 for a number that no subchannel has.',
    requirements: ['QIN-004'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect } = await Guest.open(context);
      for (const { name, issue } of [...functionInstructions, modifyInstruction]) {
        expect.outcome(await issue(channel, ABSENT), 3, `${name} of subchannel 4711`);
      }
    },
  }),
  defineCase({
    id: 'css/schid/all-ones-is-not-operational',
    decides:
      'The word FFFFFFFF, which is valid in form, names no subchannel: every instruction gives condition code 3.',
    requirements: ['QIN-004', 'QIN-005'],
    guards: ['882b3b9769'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect } = await Guest.open(context);
      for (const { name, issue } of subchannelInstructions) {
        expect.outcome(await issue(channel, 0xffff_ffff), 3, `${name} of FFFFFFFF`);
      }
    },
  }),
  defineCase({
    id: 'css/schid/tsch-not-operational-stores-nothing',
    decides: 'TEST SUBCHANNEL with condition code 3 leaves the storage of its operand as it is.',
    requirements: ['QIN-004'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.fill(GUEST_SCRATCH.irb, 64);
      guest.expect.outcome(await testInstruction.issue(guest.channel, ABSENT), 3, 'TEST SUBCHANNEL of subchannel 4711');
      await guest.untouched(GUEST_SCRATCH.irb, 64, 'storage of the IRB after condition code 3');
    },
  }),
  defineCase({
    id: 'css/schid/disabled-subchannel-is-not-operational',
    decides:
      'A valid subchannel that is not enabled gives condition code 3 with each of the six instructions that need it enabled.',
    requirements: ['QIN-006', 'CH-053'],
    guards: ['c679e74d2e'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const { channel, expect, schid } = guest;
      expect.equal((await guest.schib()).flags & 0x81, 0x01, 'enabled and device-number-valid bits of the PMCW');
      for (const { name, issue } of functionInstructions) {
        expect.outcome(await issue(channel, schid), 3, `${name} of a disabled subchannel`);
      }
    },
  }),
  defineCase({
    id: 'css/schid/every-instruction-is-privileged',
    decides:
      'In the problem state every I/O instruction ends with a privileged-operation exception, before its operands are looked at.',
    requirements: ['QIN-053'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect, schid } = await Guest.open(context);
      const others = [
        { name: 'TEST PENDING INTERRUPTION', issue: () => channel.tpi(1) },
        { name: 'STORE CHANNEL REPORT WORD', issue: () => channel.stcrw(1) },
        { name: 'CHANNEL SUBSYSTEM CALL', issue: () => channel.chsc(1) },
        { name: 'RESET CHANNEL PATH', issue: () => channel.rchp(0xff00) },
        { name: 'SET CHANNEL MONITOR', issue: () => channel.schm(4, 0) },
      ];
      channel.problemState = true;
      for (const { name, issue } of subchannelInstructions) {
        expect.outcome(
          await issue(channel, schid & ~0x0001_0000),
          'privileged-operation',
          `${name} in the problem state`,
        );
      }
      for (const { name, issue } of others) {
        expect.outcome(await issue(), 'privileged-operation', `${name} in the problem state`);
      }
      channel.problemState = false;
      expect.outcome(
        await channel.stsch(schid, GUEST_SCRATCH.schib),
        0,
        'STORE SUBCHANNEL back in the supervisor state',
      );
    },
  }),
];

export default cases;
