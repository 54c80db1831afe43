/** TEST SUBCHANNEL: what it stores, and what it clears. */

import {
  CcwFlag,
  CommonCommand,
  decodeIrb,
  defineCase,
  DeviceStatus,
  ErwBit,
  GUEST_SCRATCH,
  IrbOffset,
  ProgramBuilder,
  runProgramInGuest,
  ScswBit,
  ScswMask,
  SubchannelStatus,
  viewOf,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { Guest, LIMIT, OPERAND } from '../support/guest.js';
import { DATA, invalidCommand, noOperations, suspended, unknownCommand } from '../support/programs.js';
import { openTap, tappedGuest } from '../support/vfio-tap.js';

const { startFunction, statusPending, intermediateStatus } = ScswBit;

/** Two chained no-operations, the first with PCI. */
const programControlled = new ProgramBuilder({ name: 'no-operation with PCI', chain: true })
  .ccw(CommonCommand.noOperation, {
    flags: CcwFlag.suppressLengthIndication | CcwFlag.programControlledInterruption,
    count: 1,
    address: DATA,
  })
  .ccw(CommonCommand.noOperation, { flags: ['sli'], count: 1, address: DATA })
  .build();

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/tsch/operand-off-its-word-is-specification-exception',
    decides:
      'TEST SUBCHANNEL with its IRB off a word boundary gives a specification exception, but an operand exception where the subsystem-identification word is invalid too.',
    requirements: ['QIN-051'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect, schid } = await Guest.open(context);
      for (const offset of [1, 2, 3]) {
        expect.outcome(
          await channel.tsch(schid, GUEST_SCRATCH.irb + offset),
          'specification',
          `TEST SUBCHANNEL ${offset} bytes off`,
        );
        expect.outcome(await channel.tsch(0, GUEST_SCRATCH.irb + offset), 'operand', `the same with the word 00000000`);
      }
    },
  }),
  defineCase({
    id: 'css/tsch/nothing-pending-gives-cc1-and-stores',
    decides:
      'TEST SUBCHANNEL with no status pending gives condition code 1 and stores an IRB whose SCSW is that of STORE SUBCHANNEL.',
    requirements: ['QIN-015', 'CH-031'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.started(suspended());
      await guest.fill(GUEST_SCRATCH.irb, 64);
      const { outcome, irb } = await guest.test();
      guest.expect.outcome(outcome, 1, 'TEST SUBCHANNEL');
      guest.expect.irb(irb, { functionControl: startFunction, statusControl: 0 }, 'the IRB');
      guest.expect.equal(viewOf(irb).getUint32(0), await guest.control(), 'SCSW word 0 of the IRB');
    },
  }),
  defineCase({
    id: 'css/tsch/stores-64-bytes',
    decides: 'TEST SUBCHANNEL stores 64 bytes and leaves the bytes behind them as they are.',
    requirements: ['QIN-016'],
    guards: ['f068d320de'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      await guest.fill(OPERAND, 96);
      guest.expect.outcome(await guest.channel.tsch(guest.schid, OPERAND), 0, 'TEST SUBCHANNEL');
      const ecw = (await guest.stored(OPERAND, 64)).subarray(IrbOffset.ecw);
      guest.expect.bytes(ecw, new Uint8Array(32), 'the extended-control word');
      await guest.untouched(OPERAND + 64, 32, 'storage behind the IRB');
    },
  }),
  defineCase({
    id: 'css/tsch/clears-what-it-has-reported',
    decides:
      'TEST SUBCHANNEL of primary and secondary status leaves no function, no activity and no status in the SCSW, and a second one gives condition code 1.',
    requirements: ['QIN-017'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.runs(noOperations(), { functionControl: startFunction });
      const shown =
        (await guest.control()) & (ScswMask.functionControl | ScswMask.activityControl | ScswMask.statusControl);
      guest.expect.equal(shown, 0, 'function, activity and status control');
      guest.expect.outcome((await guest.test()).outcome, 1, 'a second TEST SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'css/tsch/intermediate-status-keeps-the-function',
    decides:
      'TEST SUBCHANNEL of intermediate status alone clears status control, and leaves function and activity control as they are.',
    requirements: ['QIN-017', 'IRQ-008', 'CH-025'],
    guards: ['50b7f1b7236b'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const timing = context.control('timing');
      await timing.holdAtCommand(1);
      await guest.started(programControlled);
      const irb = await guest.status('the program-controlled interruption');
      guest.expect.irb(
        irb,
        {
          statusControl: intermediateStatus | statusPending,
          subchannelStatusIncludes: SubchannelStatus.programControlledInterruption,
        },
        'its IRB',
        programControlled,
      );
      const kept = decodeIrb(irb).scsw.control & ~ScswMask.statusControl;
      guest.expect.equal(await guest.control(), kept, 'SCSW word 0 behind TEST SUBCHANNEL');
      await timing.release();
      guest.expect.irb(
        await guest.status('the end of the program'),
        { ccwAddress: 0x1010 },
        'the last IRB',
        programControlled,
      );
    },
  }),
  defineCase({
    id: 'css/tsch/suspension-with-alert-ends-the-function',
    decides:
      'TEST SUBCHANNEL of a suspension whose status includes alert leaves the guest with no start function to resume: RESUME SUBCHANNEL gives condition code 2 without a request to the host.',
    requirements: ['QIN-017', 'QIN-014', 'CH-029'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const tap = await openTap(context);
      const guest = await tappedGuest(context, tap);
      await guest.started(suspended(true));
      const irb = await guest.status('the suspension');
      if ((viewOf(irb).getUint32(0) & ScswBit.alertStatus) === 0) context.skip('suspensions have no alert status here');
      guest.expect.equal(
        (await guest.control()) & (ScswMask.functionControl | ScswMask.activityControl),
        0,
        'function and activity control',
      );
      tap.writes.length = 0;
      guest.expect.outcome(await guest.channel.rsch(guest.schid), 2, 'RESUME SUBCHANNEL');
      guest.expect.equal(tap.writes.length, 0, 'writes to the device');
    },
  }),
  defineCase({
    id: 'css/tsch/hardware-esw-and-sense-reach-the-guest',
    decides:
      'With concurrent sense in the PMCW the IRB of a unit check has the extended-report word and the sense bytes of the host: concurrent sense, and command reject in sense byte 0.',
    requirements: ['QVF-013', 'CH-040'],
    guards: ['334e76850b'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const irb = await guest.runs(unknownCommand(), {
        deviceStatusIncludes: DeviceStatus.unitCheck,
        statusControlIncludes: ScswBit.alertStatus,
        sense: { 0: 0x80 },
      });
      guest.expect.equal(
        decodeIrb(irb).erw & ErwBit.concurrentSense,
        ErwBit.concurrentSense,
        'concurrent-sense bit of the extended-report word',
      );
    },
  }),
  defineCase({
    id: 'css/tsch/without-concurrent-sense-no-sense-bytes',
    decides:
      'Without concurrent sense in the PMCW of the guest the extended-control word stays zero, though the host had the sense bytes.',
    requirements: ['QVF-013'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, {}, { concurrentSense: false });
      const irb = await guest.runs(unknownCommand(), { deviceStatusIncludes: DeviceStatus.unitCheck });
      guest.expect.bytes(irb.subarray(IrbOffset.ecw, 64), new Uint8Array(32), 'the extended-control word');
    },
  }),
  defineCase({
    id: 'css/tsch/clears-sense-bytes',
    decides:
      'With concurrent sense the sense bytes are gone from the IRB of the TEST SUBCHANNEL that follows the one that stored them.',
    requirements: ['QIN-018'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.runs(unknownCommand(), { sense: { 0: 0x80 } });
      await guest.fill(GUEST_SCRATCH.irb, 64);
      const { irb } = await guest.test();
      guest.expect.bytes(
        irb.subarray(IrbOffset.ecw, 64),
        new Uint8Array(32),
        'the extended-control word of the next IRB',
      );
    },
  }),
  defineCase({
    id: 'css/tsch/irb-that-cannot-be-stored-leaves-status-pending',
    decides:
      'TEST SUBCHANNEL whose IRB does not lie wholly in storage gives an addressing exception, and the status stays pending for the next one.',
    requirements: ['QIN-052', 'QIN-049'],
    guards: ['b7b6348ab4'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      const behind = guest.channel.storage.size - 60;
      guest.expect.outcome(
        await guest.channel.tsch(guest.schid, behind),
        'addressing',
        'TEST SUBCHANNEL at the end of storage',
      );
      guest.expect.isTrue(await guest.channel.waitInterruption(0), 'the interruption is still pending');
      const { outcome, irb } = await guest.test();
      guest.expect.outcome(outcome, 0, 'TEST SUBCHANNEL');
      guest.expect.irb(irb, { functionControl: startFunction, ccwAddress: 0x1008 }, 'the IRB');
    },
  }),
  defineCase({
    id: 'css/tsch/unsolicited-status-has-no-function',
    decides:
      'Attention of an idle device interrupts the guest with the interruption parameter of the PMCW, and its IRB has alert status and status pending alone, and no function control.',
    requirements: ['CH-039', 'QVF-014'],
    needs: ['channel', 'device-status'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, {}, { interruptionParameter: 0x1357_9bdf });
      await context.control('deviceStatus').present(DeviceStatus.attention);
      await guest.interrupted('attention');
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 1, 'TEST PENDING INTERRUPTION');
      const parameter = viewOf(await guest.stored(OPERAND + 4, 4)).getUint32(0);
      guest.expect.equal(parameter, 0x1357_9bdf, 'the interruption parameter');
      const { outcome, irb } = await guest.test();
      guest.expect.outcome(outcome, 0, 'TEST SUBCHANNEL');
      const expected = {
        functionControl: 0,
        activityControl: 0,
        statusControl: ScswBit.alertStatus | statusPending,
        deviceStatus: DeviceStatus.attention,
      };
      guest.expect.irb(irb, expected, 'its IRB');
    },
  }),
  defineCase({
    id: 'css/tsch/takes-the-interruption-under-kvm',
    decides: 'Under KVM, TEST SUBCHANNEL takes the I/O interruption of its subchannel with the status.',
    requirements: ['QIN-048'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, { accelerator: 'kvm' });
      await guest.endedUntested();
      guest.expect.outcome((await guest.test()).outcome, 0, 'TEST SUBCHANNEL');
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 0, 'TEST PENDING INTERRUPTION behind it');
    },
  }),
  defineCase({
    id: 'css/tsch/leaves-the-interruption-under-tcg',
    decides:
      'Under TCG, TEST SUBCHANNEL leaves the I/O interruption pending, for which the next TEST SUBCHANNEL finds no status.',
    requirements: ['QIN-048', 'QIN-015'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, { accelerator: 'tcg' });
      await guest.endedUntested();
      guest.expect.outcome((await guest.test()).outcome, 0, 'TEST SUBCHANNEL');
      guest.expect.outcome(await guest.channel.tpi(OPERAND), 1, 'TEST PENDING INTERRUPTION behind it');
      guest.expect.outcome((await guest.test()).outcome, 1, 'TEST SUBCHANNEL for the stale interruption');
    },
  }),
  defineCase({
    id: 'css/tsch/status-of-the-program-before-does-not-show',
    decides: 'A good program behind one that ended with program check ends with subchannel status 00 and no alert.',
    requirements: ['QVF-014', 'CH-001'],
    guards: ['6b7741c2be'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channel, schid, expect } = guest;
      const bad = await runProgramInGuest(channel, schid, invalidCommand(), LIMIT);
      expect.irb(
        bad.irbs[0] ?? new Uint8Array(),
        { subchannelStatusIncludes: SubchannelStatus.programCheck },
        'the IRB of the invalid command',
      );
      await guest.runs(noOperations(), {
        subchannelStatus: 0,
        statusControl: ScswBit.primaryStatus | ScswBit.secondaryStatus | statusPending,
      });
    },
  }),
];

export default cases;
