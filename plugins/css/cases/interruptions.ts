/** TEST PENDING INTERRUPTION and STORE CHANNEL REPORT WORD. */

import { defineCase, toHex, viewOf, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import { Guest, LIMIT, OPERAND, PAUSE } from '../support/guest.js';
import { noOperations } from '../support/programs.js';

/** Where TEST PENDING INTERRUPTION with address 0 stores. */
const LOWCORE = 0xb8;
/** Channel path 0 of the guest is QEMU's own; resetting it makes a channel report. */
const VIRTUAL_PATH = 0;
const RESET_REPORT = 0x4402_0000;

/** A guest with an interruption pending whose parameter is `parameter` and whose subclass is `isc`. */
async function interrupted(context: CaseContext, parameter: number, isc = 0): Promise<Guest> {
  const guest = await Guest.enabled(context, {}, { isc });
  await guest.started(noOperations(1, { interruptionParameter: parameter }));
  await guest.interrupted('the no-operation');
  return guest;
}

const pending: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/tpi/nothing-pending-gives-cc0',
    decides: 'TEST PENDING INTERRUPTION with no interruption pending gives condition code 0 and stores nothing.',
    requirements: ['QIN-020'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.fill(OPERAND, 8);
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 0, 'TEST PENDING INTERRUPTION');
      await guest.untouched(OPERAND, 8, 'storage of the operand');
    },
  }),
  defineCase({
    id: 'css/tpi/stores-two-words-at-its-operand',
    decides:
      'TEST PENDING INTERRUPTION gives condition code 1 and stores the subsystem-identification word and the interruption parameter, 8 bytes, and the interruption is not pending any more.',
    requirements: ['QIN-020'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await interrupted(context, 0x0102_0304);
      await guest.fill(OPERAND, 16);
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 1, 'TEST PENDING INTERRUPTION');
      const code = viewOf(await guest.stored(OPERAND, 8));
      guest.expect.equal(code.getUint32(0), guest.schid, 'the subsystem-identification word');
      guest.expect.equal(code.getUint32(4), 0x0102_0304, 'the interruption parameter');
      await guest.untouched(OPERAND + 8, 8, 'storage behind the operand');
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 0, 'a second TEST PENDING INTERRUPTION');
    },
  }),
  defineCase({
    id: 'css/tpi/address-0-stores-three-words-in-lowcore',
    decides:
      'TEST PENDING INTERRUPTION with address 0 stores 12 bytes at location B8, the third word with the interruption subclass, and nothing at location 0.',
    requirements: ['QIN-020'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await interrupted(context, 0x0506_0708, 5);
      await guest.fill(0, 8);
      guest.expect.outcome(await guest.channel.tpi(0), 1, 'TEST PENDING INTERRUPTION');
      const expected = [guest.schid, 0x0506_0708, 5 << 27].map((word) => (word >>> 0).toString(16).padStart(8, '0'));
      guest.expect.equal(toHex(await guest.stored(LOWCORE, 12)), expected.join(''), 'the I/O-interruption code at B8');
      await guest.untouched(0, 8, 'storage at location 0');
    },
  }),
  defineCase({
    id: 'css/tpi/subclass-that-is-masked-stays-pending',
    decides:
      'TEST PENDING INTERRUPTION gives condition code 0 while the subclass mask has the bit of the interruption off, and 1 once it is on.',
    requirements: ['QIN-020'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, {}, { isc: 3 });
      guest.channel.interruptionSubclassMask = 0xef;
      await guest.started(noOperations());
      await guest.silent('a no-operation whose subclass is masked');
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 0, 'TEST PENDING INTERRUPTION with subclass 3 masked');
      guest.channel.interruptionSubclassMask = 0x10;
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 1, 'TEST PENDING INTERRUPTION with subclass 3 alone');
    },
  }),
  defineCase({
    id: 'css/tpi/operand-that-cannot-be-stored-leaves-it-pending',
    decides:
      'TEST PENDING INTERRUPTION off a word boundary gives a specification exception, outside storage an addressing exception, and either leaves the interruption pending.',
    requirements: ['QIN-051', 'QIN-052'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await interrupted(context, 0);
      const { channel, expect } = guest;
      expect.outcome(await channel.tpi(OPERAND + 2), 'specification', 'TEST PENDING INTERRUPTION 2 bytes off a word');
      expect.outcome(
        await channel.tpi(channel.storage.size - 4),
        'addressing',
        'TEST PENDING INTERRUPTION with 4 bytes of storage',
      );
      expect.outcome(await channel.tpi(OPERAND), 1, 'TEST PENDING INTERRUPTION');
    },
  }),
];

/** STORE CHANNEL REPORT WORD. @returns the word at the operand, if one was stored */
async function report(guest: Guest): Promise<number | undefined> {
  const outcome = await guest.channel.stcrw(OPERAND);
  if (!('conditionCode' in outcome) || outcome.conditionCode !== 0) return undefined;
  return viewOf(await guest.stored(OPERAND, 4)).getUint32(0);
}

const reports: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/stcrw/operand-off-its-word-is-specification-exception',
    decides: 'STORE CHANNEL REPORT WORD with its operand off a word boundary gives a specification exception.',
    requirements: ['QIN-051'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect } = await Guest.open(context);
      for (const offset of [1, 2, 3]) {
        expect.outcome(
          await channel.stcrw(OPERAND + offset),
          'specification',
          `STORE CHANNEL REPORT WORD ${offset} bytes off`,
        );
      }
    },
  }),
  defineCase({
    id: 'css/stcrw/nothing-pending-stores-zeros',
    decides:
      'STORE CHANNEL REPORT WORD with no report pending gives condition code 1 and stores a word of zeros, and nothing behind it.',
    requirements: ['QIN-019'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.fill(OPERAND, 8);
      guest.expect.outcome(await guest.channel.stcrw(OPERAND), 1, 'STORE CHANNEL REPORT WORD');
      guest.expect.bytes(await guest.stored(OPERAND, 4), new Uint8Array(4), 'the word');
      await guest.untouched(OPERAND + 4, 4, 'storage behind the word');
    },
  }),
  defineCase({
    id: 'css/stcrw/report-that-cannot-be-stored-stays-the-oldest',
    decides:
      'STORE CHANNEL REPORT WORD outside storage gives an addressing exception, and the next one stores the same report.',
    requirements: ['QIN-052'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      guest.expect.outcome(await guest.channel.rchp(VIRTUAL_PATH), 0, 'RESET CHANNEL PATH');
      guest.expect.outcome(
        await guest.channel.stcrw(guest.channel.storage.size),
        'addressing',
        'STORE CHANNEL REPORT WORD',
      );
      guest.expect.equal(await report(guest), RESET_REPORT, 'the report that the next one stores');
    },
  }),
  defineCase({
    id: 'css/stcrw/gives-each-report-of-the-host-in-order',
    decides:
      'A path that goes and comes at the host gives the guest two reports, permanent error and then initialized, with the CHPID of the host.',
    requirements: ['QVF-015', 'QIN-019', 'PTH-005'],
    needs: ['channel', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const paths = context.control('paths');
      const chpid = paths.chpids[0] ?? guest.expect.fail('the subchannel has no channel path');
      await paths.report(chpid, false);
      await paths.report(chpid, true);
      guest.expect.isTrue(await guest.channel.waitChannelReport(LIMIT), 'a channel report is pending');
      const words = [await report(guest), await report(guest), await report(guest)];
      guest.expect.equal(words, [0x0406_0000 | chpid, 0x0402_0000 | chpid, undefined], 'the reports');
    },
  }),
  defineCase({
    id: 'css/stcrw/one-machine-check-until-found-empty',
    decides:
      'Reports that come while others are pending bring no further machine check; after STORE CHANNEL REPORT WORD has given condition code 1 the next report brings one.',
    requirements: ['QVF-015', 'QIN-019'],
    needs: ['channel', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channel, expect } = guest;
      const paths = context.control('paths');
      const chpid = paths.chpids[0] ?? expect.fail('the subchannel has no channel path');
      const before = channel.channelReportMachineChecks;
      try {
        for (const [online, checks] of [
          [false, 1],
          [true, 1],
        ] as const) {
          await paths.report(chpid, online);
          await channel.waitInterruption(PAUSE);
          expect.equal(
            channel.channelReportMachineChecks - before,
            checks,
            'machine checks for reports that nobody stored',
          );
        }
        while ((await report(guest)) !== undefined) {
          // until there is none
        }
        await paths.report(chpid, false);
        await channel.waitChannelReport(LIMIT);
        expect.equal(channel.channelReportMachineChecks - before, 2, 'machine checks after the queue was found empty');
      } finally {
        await paths.report(chpid, true);
        while ((await report(guest)) !== undefined) {
          // what the case has caused
        }
      }
    },
  }),
];

const path: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/rchp/virtual-path-gives-a-solicited-report',
    decides:
      'RESET CHANNEL PATH of the path of QEMU itself gives condition code 0 and one report, solicited, channel path, initialized.',
    requirements: ['QIN-021'],
    guards: ['5c8d6f008c'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      guest.expect.outcome(await guest.channel.rchp(VIRTUAL_PATH), 0, 'RESET CHANNEL PATH');
      guest.expect.equal([await report(guest), await report(guest)], [RESET_REPORT, undefined], 'the reports');
    },
  }),
  defineCase({
    id: 'css/rchp/real-and-unknown-paths-give-cc3',
    decides:
      'RESET CHANNEL PATH of a path of the host, and of one that is not in use, gives condition code 3 and no report.',
    requirements: ['QIN-021'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { paths: { pim: 0x80, pam: 0x80, pom: 0xff, chpids: [0x40] } });
      guest.expect.outcome(await guest.channel.rchp(0x40), 3, 'RESET CHANNEL PATH of path 40 of the host');
      guest.expect.outcome(await guest.channel.rchp(0x77), 3, 'RESET CHANNEL PATH of path 77');
      guest.expect.equal(await report(guest), undefined, 'the report');
    },
  }),
  defineCase({
    id: 'css/rchp/reserved-bits-are-operand-exceptions',
    decides:
      'RESET CHANNEL PATH with a bit of FF00FF00 in general register 1, or with a css image that is not enabled, gives an operand exception.',
    requirements: ['QIN-021'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect } = await Guest.open(context);
      for (const word of [0x8000_0000, 0x0100_0000, 0x0000_8000, 0x0000_0100, 0x0001_0000]) {
        expect.outcome(await channel.rchp(word), 'operand', `RESET CHANNEL PATH of ${word.toString(16)}`);
      }
    },
  }),
];

const cases: readonly CaseDefinition[] = [...pending, ...reports, ...path];

export default cases;
