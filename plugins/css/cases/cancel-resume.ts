/** CANCEL and RESUME SUBCHANNEL, of which QEMU hands the first to nobody and the second on as another start. */

import { defineCase, IoRegion, IrbOffset, ScswBit, ScswMask, viewOf, type CaseDefinition } from 'ccwspec/plugin';
import { Guest } from '../support/guest.js';
import { noOperations, suspended } from '../support/programs.js';
import { openTap, tappedGuest, type VfioTap } from '../support/vfio-tap.js';

const { startFunction } = ScswBit;

const cancel: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/xsch/status-pending-gives-cc1',
    decides: 'CANCEL SUBCHANNEL while status is pending gives condition code 1.',
    requirements: ['QIN-013'],
    guards: ['6c86462220'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      guest.expect.outcome(await guest.channel.xsch(guest.schid), 1, 'CANCEL SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'css/xsch/nothing-to-cancel-gives-cc2',
    decides:
      'CANCEL SUBCHANNEL of an idle subchannel, and with a halt or clear function in progress, gives condition code 2.',
    requirements: ['QIN-013', 'CH-038'],
    guards: ['6c86462220'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channel, schid, expect } = guest;
      expect.outcome(await channel.xsch(schid), 2, 'CANCEL SUBCHANNEL of the idle subchannel');
      await guest.started(suspended());
      for (const [name, instruction] of [
        ['halt', 'hsch'],
        ['clear', 'csch'],
      ] as const) {
        expect.outcome(await channel[instruction](schid), 0, `the ${name} function`);
        expect.outcome(await channel.xsch(schid), 2, `CANCEL SUBCHANNEL with a ${name} function in progress`);
        await guest.status(`the ${name} function`);
      }
    },
  }),
  defineCase({
    id: 'css/xsch/start-pending-gives-cc0-and-an-idle-scsw',
    decides:
      'CANCEL SUBCHANNEL of a program that is start pending gives condition code 0, and SCSW word 0 shows no function and no activity.',
    requirements: ['QIN-013', 'CH-037'],
    guards: ['6c86462220'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.started(suspended());
      guest.expect.outcome(await guest.channel.xsch(guest.schid), 0, 'CANCEL SUBCHANNEL');
      const shown = (await guest.control()) & (ScswMask.functionControl | ScswMask.activityControl);
      guest.expect.equal(shown, 0, 'function and activity control');
      await guest.silent('CANCEL SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'css/xsch/does-not-reach-the-host',
    decides:
      'A program that CANCEL SUBCHANNEL took away from the guest stays at the host, where the next START SUBCHANNEL finds it busy: condition code 2.',
    requirements: ['QVF-010'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.started(suspended());
      guest.expect.outcome(await guest.channel.xsch(guest.schid), 0, 'CANCEL SUBCHANNEL');
      guest.expect.outcome(await guest.start(noOperations()), 2, 'START SUBCHANNEL of another program');
    },
  }),
];

/** Takes alert status out of IRBs that are read, so that a suspension looks as Hercules shows it: intermediate alone. */
function withoutAlert(tap: VfioTap): void {
  tap.onRead = (offset, into, result) => {
    const at = IoRegion.irb + IrbOffset.scsw;
    if (offset !== 0 || result !== IoRegion.length) return result;
    const view = viewOf(into);
    view.setUint32(at, view.getUint32(at) & ~ScswBit.alertStatus);
    return result;
  };
}

const resume: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/rsch/status-pending-gives-cc1',
    decides: 'RESUME SUBCHANNEL while status is pending gives condition code 1.',
    requirements: ['QIN-014'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      guest.expect.outcome(await guest.channel.rsch(guest.schid), 1, 'RESUME SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'css/rsch/nothing-suspended-gives-cc2',
    decides:
      'RESUME SUBCHANNEL of an idle subchannel, and of a start function that the guest has not seen suspended, gives condition code 2.',
    requirements: ['QIN-014'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      guest.expect.outcome(await guest.channel.rsch(guest.schid), 2, 'RESUME SUBCHANNEL of the idle subchannel');
      await guest.started(suspended());
      guest.expect.outcome(await guest.channel.rsch(guest.schid), 2, 'RESUME SUBCHANNEL of a start function');
    },
  }),
  defineCase({
    id: 'css/rsch/sends-the-request-again',
    decides:
      'RESUME SUBCHANNEL of a suspended program writes the whole request to the host once more, whose EBUSY becomes condition code 2.',
    requirements: ['QVF-011', 'QVF-002', 'IRQ-014'],
    needs: ['channel', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const tap = await openTap(context);
      withoutAlert(tap);
      const guest = await tappedGuest(context, tap);
      await guest.started(suspended(true));
      const irb = await guest.status('the suspension');
      guest.expect.irb(irb, { functionControl: startFunction, activityControl: ScswBit.suspended }, 'its IRB');
      tap.writes.length = 0;
      guest.expect.outcome(await guest.channel.rsch(guest.schid), 2, 'RESUME SUBCHANNEL');
      const written = tap.writes.map(({ offset, bytes }) => [offset, bytes.length]);
      guest.expect.equal(written, [[0, IoRegion.length]], 'offset and length of the writes');
    },
  }),
  defineCase({
    id: 'css/rsch/refused-resume-stays-resume-pending',
    decides:
      'After a RESUME SUBCHANNEL that the host refused SCSW word 0 shows resume pending, and another one gives condition code 2 without asking the host.',
    requirements: ['QVF-011', 'QIN-014'],
    needs: ['channel', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const tap = await openTap(context);
      withoutAlert(tap);
      const guest = await tappedGuest(context, tap);
      await guest.started(suspended(true));
      await guest.status('the suspension');
      guest.expect.outcome(await guest.channel.rsch(guest.schid), 2, 'RESUME SUBCHANNEL');
      const activity = (await guest.control()) & ScswMask.activityControl;
      guest.expect.equal(activity, ScswBit.resumePending | ScswBit.suspended, 'activity control');
      tap.writes.length = 0;
      guest.expect.outcome(await guest.channel.rsch(guest.schid), 2, 'RESUME SUBCHANNEL again');
      guest.expect.equal(tap.writes.length, 0, 'writes to the device by the second one');
    },
  }),
];

const cases: readonly CaseDefinition[] = [...cancel, ...resume];

export default cases;
