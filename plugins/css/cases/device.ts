/** The device as a whole: how QEMU takes it, gives it back and resets it. */

import {
  CcwspecError,
  defineCase,
  openGuest,
  PmcwFlag,
  ScswBit,
  viewOf,
  type CaseContext,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { enableFacility, Facility } from '../support/chsc.js';
import { Guest, LIMIT, OPERAND } from '../support/guest.js';
import { functionInstructions } from '../support/instructions.js';
import { noOperations, suspended } from '../support/programs.js';
import { openTap, tappedGuest, type VfioTap } from '../support/vfio-tap.js';

const PATHS = { pim: 0x80, pam: 0x80, pom: 0xff, chpids: [0x40] };

/** Makes a guest around the device as `arrange` changes it, which QEMU must refuse. */
async function refused(context: CaseContext, what: string, arrange: (tap: VfioTap) => void): Promise<void> {
  const tap = await openTap(context);
  arrange(tap);
  try {
    await openGuest(tap, { paths: PATHS });
  } catch (thrown) {
    context.expect.equal(
      thrown instanceof CcwspecError ? thrown.code : thrown,
      'E-GUEST-DEVICE',
      `what becomes of ${what}`,
    );
    return;
  }
  context.expect.fail(`expected QEMU to refuse ${what}; it took it`);
}

async function reports(guest: Guest): Promise<number[]> {
  const words: number[] = [];
  for (;;) {
    const outcome = await guest.channel.stcrw(OPERAND);
    if (!('conditionCode' in outcome) || outcome.conditionCode !== 0) return words;
    words.push(viewOf(await guest.stored(OPERAND, 4)).getUint32(0));
  }
}

const realize: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/realize/devices-of-older-kernels-are-taken',
    decides:
      'A device with 1, 2 or 3 regions and the I/O interrupt alone, and one with all regions and two interrupts, is taken, and runs a program.',
    requirements: ['QVF-023'],
    guards: ['6178d4689a'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      for (const [regions, irqs] of [
        [1, 1],
        [2, 1],
        [3, 1],
        [4, 2],
        [4, 3],
      ] as const) {
        const tap = await openTap(context);
        tap.onInfo = (info) => ({ ...info, regions, irqs });
        const guest = await tappedGuest(context, tap, { paths: PATHS });
        await guest.runs(noOperations(), { functionControl: ScswBit.startFunction, subchannelStatus: 0 });
        await tap.close();
      }
    },
  }),
  defineCase({
    id: 'css/realize/region-of-another-size-is-refused',
    decides: 'A device is refused if any of its four regions has another size than the structure that QEMU knows.',
    requirements: ['QVF-017'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      for (const wrong of [0, 1, 2, 3]) {
        await refused(context, `a device whose region ${wrong} is 8 bytes longer`, (tap) => {
          tap.onRegionInfo = (index, info) => (index === wrong ? { ...info, size: info.size + 8 } : info);
        });
      }
    },
  }),
  defineCase({
    id: 'css/realize/missing-interrupt-is-refused',
    decides: 'A device without the I/O interrupt, or with a CRW region but without the CRW interrupt, is refused.',
    requirements: ['QVF-023'],
    guards: ['dcc9cf3801'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      for (const irqs of [0, 1]) {
        await refused(context, `a device with all regions and ${irqs} interrupts`, (tap) => {
          tap.onInfo = (info) => ({ ...info, irqs });
        });
      }
    },
  }),
];

const unplug: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/unplug/request-takes-the-subchannel-away',
    decides:
      'When the host asks for the device, the guest gets the report 0304 with the number of the subchannel, and every instruction gives condition code 3 from then on.',
    requirements: ['QVF-016', 'QVF-024', 'QIN-004'],
    needs: ['channel', 'unplug'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, { subchannelNumber: 0x0007 });
      await context.control('unplug')();
      guest.expect.isTrue(await guest.channel.waitChannelReport(LIMIT), 'a channel report is pending');
      guest.expect.equal(guest.channel.unplugged, true, 'whether the guest has let the device go');
      guest.expect.equal(await reports(guest), [0x0304_0007], 'the channel reports');
      for (const { name, issue } of functionInstructions) {
        guest.expect.outcome(await issue(guest.channel, guest.schid), 3, `${name} after the unplug`);
      }
    },
  }),
  defineCase({
    id: 'css/unplug/drops-the-pending-interruption',
    decides:
      'An I/O interruption that is pending when the subchannel is unplugged is dropped: TEST PENDING INTERRUPTION gives condition code 0.',
    requirements: ['QVF-024'],
    guards: ['c1755b14fa'],
    needs: ['channel', 'unplug'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      await context.control('unplug')();
      guest.expect.isTrue(await guest.channel.waitChannelReport(LIMIT), 'a channel report is pending');
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 0, 'TEST PENDING INTERRUPTION');
    },
  }),
  defineCase({
    id: 'css/unplug/report-is-a-chained-pair-with-subchannel-sets',
    decides:
      'With subchannel sets enabled the report of an unplug is a pair: the first word with the chaining bit, the second with the set.',
    requirements: ['QVF-024'],
    needs: ['channel', 'unplug'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { ssid: 2, subchannelNumber: 3 });
      await enableFacility(guest, Facility.subchannelSets);
      await context.control('unplug')();
      guest.expect.isTrue(await guest.channel.waitChannelReport(LIMIT), 'a channel report is pending');
      guest.expect.equal(await reports(guest), [0x1304_0003, 0x0304_0020], 'the channel reports');
    },
  }),
];

const reset: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/reset/ends-the-program-at-the-host',
    decides: 'A subsystem reset while a program is suspended ends it at the host, whose driver is idle again.',
    requirements: ['QVF-025', 'FSM-024'],
    needs: ['channel', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const host = context.control('host');
      await guest.started(suspended());
      guest.expect.equal(await host.driverState(), 'CP_PENDING', 'state of the driver before the reset');
      await guest.channel.reset();
      guest.expect.equal(await host.driverState(), 'IDLE', 'state of the driver after the reset');
    },
  }),
  defineCase({
    id: 'css/reset/leaves-the-subchannel-enabled',
    decides:
      'A subsystem reset leaves the enabled bit and the start function of a passed-through subchannel as they are, so that the next START SUBCHANNEL gives condition code 2.',
    requirements: ['QVF-025'],
    needs: ['channel', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.started(suspended());
      await guest.channel.reset();
      const { flags } = await guest.schib();
      guest.expect.equal(flags & PmcwFlag.enabled, PmcwFlag.enabled, 'the enabled bit');
      guest.expect.outcome(await guest.start(noOperations()), 2, 'START SUBCHANNEL');
    },
  }),
];

const cases: readonly CaseDefinition[] = [...realize, ...unplug, ...reset];

export default cases;
