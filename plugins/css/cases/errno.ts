/** Refusals of the driver, and what the guest is told instead. */

import {
  defineCase,
  DeviceStatus,
  Errno,
  IoRegion,
  ScswBit,
  ScswMask,
  SubchannelStatus,
  viewOf,
  type CaseContext,
  type CaseDefinition,
  type InstructionOutcome,
} from 'ccwspec/plugin';
import type { Guest } from '../support/guest.js';
import { noOperations, suspended, unreachable } from '../support/programs.js';
import { openTap, tappedGuest, type VfioTap } from '../support/vfio-tap.js';

const { alertStatus, primaryStatus, secondaryStatus, statusPending, startFunction, startPending } = ScswBit;
const ENDED_WITH_ALERT = alertStatus | primaryStatus | secondaryStatus | statusPending;

async function tapped(context: CaseContext): Promise<{ tap: VfioTap; guest: Guest }> {
  const tap = await openTap(context);
  return { tap, guest: await tappedGuest(context, tap) };
}

/** Checks that the subchannel is idle as the guest sees it, and that the next program runs. */
async function runsNext(guest: Guest, after: string): Promise<void> {
  const shown =
    (await guest.control()) & (ScswMask.functionControl | ScswMask.activityControl | ScswMask.statusControl);
  guest.expect.equal(shown, 0, `function, activity and status control after ${after}`);
  await guest.runs(noOperations(), {
    subchannelStatus: 0,
    deviceStatus: DeviceStatus.channelEnd | DeviceStatus.deviceEnd,
  });
}

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/errno/busy-host-gives-cc2',
    decides:
      'START SUBCHANNEL that ends at the host with condition code 1 or 2 is EBUSY of the driver and condition code 2 for the guest, whose SCSW is as before.',
    requirements: ['QVF-002', 'FSM-007', 'FSM-006'],
    guards: ['66dc50f705'],
    needs: ['channel', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      for (const code of [1, 2] as const) {
        await context.control('faults').nextStart(code);
        guest.expect.outcome(
          await guest.start(noOperations()),
          2,
          `START SUBCHANNEL with condition code ${code} at the host`,
        );
        guest.expect.result(tap.lastResult, 'EBUSY', 'the write of the I/O region');
        await runsNext(guest, 'it');
      }
    },
  }),
  defineCase({
    id: 'css/errno/path-not-operational-gives-cc3',
    decides:
      'START SUBCHANNEL that ends at the host with condition code 3 while other paths are left is EACCES of the driver and condition code 3 for the guest.',
    requirements: ['QVF-003', 'FSM-008'],
    guards: ['66dc50f705'],
    needs: ['channel', 'kernel-faults', 'many-paths'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      await context.control('faults').nextStart(3);
      guest.expect.outcome(await guest.start(noOperations(1, { paths: 0x80 })), 3, 'START SUBCHANNEL on path 0');
      guest.expect.result(tap.lastResult, 'EACCES', 'the write of the I/O region');
      await runsNext(guest, 'it');
    },
  }),
  defineCase({
    id: 'css/errno/no-path-left-gives-cc3',
    decides:
      'START SUBCHANNEL on all paths that ends at the host with condition code 3 is ENODEV of the driver and condition code 3 for the guest.',
    requirements: ['QVF-003', 'FSM-009'],
    guards: ['66dc50f705'],
    needs: ['channel', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      await context.control('faults').nextStart(3);
      guest.expect.outcome(await guest.start(noOperations(1, { paths: 0xff })), 3, 'START SUBCHANNEL on all paths');
      guest.expect.result(tap.lastResult, 'ENODEV', 'the write of the I/O region');
      await runsNext(guest, 'it');
    },
  }),
  defineCase({
    id: 'css/errno/any-other-refusal-is-unit-exception',
    decides:
      'EIO, EINVAL and ENOMEM of the driver become condition code 0 and an interruption with unit exception, alert, primary and secondary status, start pending left on, and a CCW address 8 beyond the channel program’s.',
    requirements: ['QVF-004', 'FSM-011', 'FSM-006'],
    guards: ['66dc50f705'],
    needs: ['channel', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      const faults = context.control('faults');
      const refusals = [
        { errno: 'EIO', program: noOperations(), arm: () => faults.nextStart('program-check') },
        { errno: 'EINVAL', program: unreachable(), arm: () => Promise.resolve() },
        { errno: 'ENOMEM', program: noOperations(), arm: () => faults.failAllocation(1) },
      ];
      for (const { errno, program, arm } of refusals) {
        await arm();
        guest.expect.outcome(await guest.start(program), 0, `START SUBCHANNEL that the driver refuses with ${errno}`);
        guest.expect.result(tap.lastResult, errno, 'the write of the I/O region');
        guest.expect.irb(
          await guest.status(errno),
          {
            functionControl: startFunction,
            activityControl: startPending,
            statusControl: ENDED_WITH_ALERT,
            ccwAddress: 0x1008,
            deviceStatus: DeviceStatus.unitException,
          },
          `the IRB for ${errno}`,
        );
        await runsNext(guest, errno);
      }
    },
  }),
  defineCase({
    id: 'css/errno/short-write-is-unit-exception',
    decides:
      'A write of the I/O region that takes 12 bytes only is not taken for a success: the guest gets unit exception.',
    requirements: ['QVF-022', 'QVF-004'],
    guards: ['d6cd66311f'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      tap.onWrite = () => 12;
      guest.expect.outcome(await guest.start(noOperations()), 0, 'START SUBCHANNEL');
      const irb = await guest.status('the short write');
      guest.expect.irb(irb, { statusControl: ENDED_WITH_ALERT, deviceStatus: DeviceStatus.unitException }, 'its IRB');
    },
  }),
  defineCase({
    id: 'css/errno/interrupted-write-is-tried-again',
    decides:
      'HALT SUBCHANNEL while the driver is relaying an interruption finds its I/O mutex taken (EAGAIN) and is tried until it is accepted: the halt function ends with its own status, not with unit exception.',
    requirements: ['QVF-005'],
    needs: ['channel', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      const { channel, expect, schid } = guest;
      const halts: Promise<InstructionOutcome>[] = [];
      await context.control('schedule').atPoint('driver:io-work-locked', () => {
        halts.push(channel.hsch(schid));
      });
      await guest.started(noOperations());
      await channel.waitInterruption(50);
      expect.equal(halts.length, 1, 'HALT SUBCHANNELs issued while the I/O mutex was held');
      expect.outcome(await halts[0], 0, 'HALT SUBCHANNEL');
      expect.result(tap.writes[1]?.result ?? 0, 'EAGAIN', 'the first write of the command');
      expect.result(tap.lastResult, 8, 'the last write of the command');
      await guest.drained();
      expect.equal((await guest.control()) & ScswMask.statusControl, 0, 'status control after everything was tested');
    },
  }),
  defineCase({
    id: 'css/errno/eagain-is-never-given-up',
    decides: 'START SUBCHANNEL whose write gives EAGAIN forty times is still tried again, and the program runs.',
    requirements: ['QVF-005'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      let left = 40;
      tap.onWrite = () => (left-- > 0 ? -Errno.EAGAIN : undefined);
      await guest.runs(noOperations(), { subchannelStatus: 0 });
      guest.expect.equal(tap.writes.length, 41, 'writes of the request');
    },
  }),
  defineCase({
    id: 'css/errno/unit-exception-leaves-subchannel-status',
    decides:
      'The unit exception that QEMU makes up keeps the subchannel status that the guest’s SCSW had from the program before.',
    requirements: ['QVF-004'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      // What the program before left: as a relayed IRB would have it.
      tap.onRead = (offset, into, result) => {
        if (offset === 0 && result === IoRegion.length) into[IoRegion.irb + 9] = SubchannelStatus.incorrectLength;
        return result;
      };
      await guest.runs(noOperations(), { subchannelStatus: SubchannelStatus.incorrectLength });
      guest.expect.outcome(await guest.start(unreachable()), 0, 'START SUBCHANNEL that the driver refuses');
      const expected = { deviceStatus: DeviceStatus.unitException, subchannelStatus: SubchannelStatus.incorrectLength };
      guest.expect.irb(await guest.status('the refusal'), expected, 'its IRB');
    },
  }),
  defineCase({
    id: 'css/errno/lost-device-is-unit-exception',
    decides:
      'START, HALT and CLEAR SUBCHANNEL of a device that the host has lost, before the guest took the request for it, are EIO of the driver and unit exception for the guest.',
    requirements: ['QVF-004', 'FSM-002', 'FSM-017'],
    needs: ['channel', 'unplug'],
    touches: 'nothing',
    run: async (context) => {
      const functions: readonly (readonly [string, (guest: Guest) => Promise<InstructionOutcome>])[] = [
        ['START SUBCHANNEL', (guest) => guest.start(noOperations())],
        ['HALT SUBCHANNEL', ({ channel, schid }) => channel.hsch(schid)],
        ['CLEAR SUBCHANNEL', ({ channel, schid }) => channel.csch(schid)],
      ];
      const { tap, guest } = await tapped(context);
      await context.control('unplug')();
      for (const [name, issue] of functions) {
        guest.expect.outcome(await issue(guest), 0, name);
        guest.expect.result(tap.lastResult, 'EIO', `the write of ${name}`);
        guest.expect.equal(
          (await guest.control()) & ScswMask.statusControl,
          ENDED_WITH_ALERT,
          `status control after ${name}`,
        );
        guest.expect.outcome((await guest.test()).outcome, 0, 'TEST SUBCHANNEL');
      }
    },
  }),
  defineCase({
    id: 'css/errno/unreadable-io-region-becomes-status',
    decides:
      'When reading the I/O region after an interruption fails, ENODEV becomes deferred condition code 3, EFAULT channel-data check, EIO program check, and a short read channel-control check.',
    requirements: ['QVF-021'],
    guards: ['66dc50f705'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      const { channelDataCheck, programCheck, channelControlCheck } = SubchannelStatus;
      const ended = (subchannelStatus: number) => ({ statusControl: ENDED_WITH_ALERT, subchannelStatus });
      const results = [
        {
          result: -Errno.ENODEV,
          name: 'ENODEV',
          expected: { deferredConditionCode: 3, statusControl: alertStatus | statusPending },
        },
        { result: -Errno.EFAULT, name: 'EFAULT', expected: ended(channelDataCheck) },
        { result: -Errno.EIO, name: 'EIO', expected: ended(programCheck) },
        { result: 64, name: 'a short read', expected: ended(channelControlCheck) },
      ];
      for (const { result, name, expected } of results) {
        tap.onRead = (offset, into, read) => (offset === 0 && into.length === IoRegion.length ? result : read);
        await guest.started(noOperations());
        guest.expect.irb(await guest.status(name), expected, `the IRB for ${name}`);
      }
    },
  }),
  defineCase({
    id: 'css/errno/second-request-of-a-suspended-program-is-busy',
    decides:
      'A program that reports its suspension and was tested leaves the host busy: the guest’s next START SUBCHANNEL gets condition code 2.',
    requirements: ['IRQ-014', 'QVF-002', 'FSM-007'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { tap, guest } = await tapped(context);
      await guest.started(suspended(true));
      const irb = await guest.status('the suspension');
      if ((viewOf(irb).getUint32(0) & alertStatus) === 0)
        context.skip('suspensions have no alert status here: the guest itself is busy');
      guest.expect.outcome(await guest.start(noOperations()), 2, 'START SUBCHANNEL');
      guest.expect.result(tap.lastResult, 'EBUSY', 'the write of the I/O region');
    },
  }),
];

export default cases;
