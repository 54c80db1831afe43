/** The kinds of status that an interruption can have, and what each means for the program. */

import {
  CcwIrq,
  defineCase,
  OrbBit,
  ProgramBuilder,
  readIrb,
  readSchibRegion,
  ScswBit,
  SubchannelStatus,
  type AssembledProgram,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { keepPending, lockedMemory } from '../../support/pending.js';
import { DATA, noOperations, NORMAL_END, senseId, PAUSE, Started } from '../../support/started.js';

const ATTENTION = 0x80;
const { primaryStatus, secondaryStatus, intermediateStatus, alertStatus, statusPending, deviceActive } = ScswBit;

/** What a pending START is asked: a transport-mode request, which the driver looks at only when it is idle (FSM-001). */
function transportMode(): AssembledProgram {
  return noOperations(1, 0x3000, { control: OrbBit.format2Idaw | OrbBit.channelProgramType });
}

/** Three CCWs; the first asks for a program-controlled interruption, and so does the second if asked to. */
function interrupting(twice = false): AssembledProgram {
  return new ProgramBuilder({ name: 'program with PCI', chain: true })
    .ccw('no-operation', { flags: ['sli', 'pci'], count: 1, address: DATA })
    .ccw('sense-id', { flags: twice ? ['sli', 'pci'] : ['sli'], buffer: 8, place: DATA })
    .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
    .build();
}

export const statusCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/relay/unsolicited-when-idle',
    decides:
      'Unsolicited status is relayed as it is, with alert status alone and no function, and a START is accepted before and after.',
    requirements: ['IRQ-005', 'VF-008'],
    needs: ['vfio', 'device-status'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      await context.control('deviceStatus').present(ATTENTION);
      const irb = await device.irb('the attention');
      const statusControl = alertStatus | statusPending;
      context.expect.irb(
        irb,
        { functionControl: 0, statusControl, deviceStatus: ATTENTION, subchannelStatus: 0 },
        'IRB of the attention',
      );
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/unsolicited-while-a-start-is-pending',
    decides:
      'Unsolicited status is relayed while a START is pending, and the START stays pending with its page pinned.',
    requirements: ['IRQ-006', 'FSM-029'],
    guards: ['fsm-idle-2021'],
    needs: ['vfio', 'device-status'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const before = await lockedMemory(context.system);
      await keepPending(device);
      await context.control('deviceStatus').present(ATTENTION);
      const irb = await device.irb('the attention');
      context.expect.irb(
        irb,
        { statusControl: alertStatus | statusPending, deviceStatus: ATTENTION },
        'IRB of the attention',
      );
      context.expect.equal((await lockedMemory(context.system)).VmLck - before.VmLck, 4, 'KiB locked for the START');
      await device.refuses(transportMode(), 'EBUSY');
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/unsolicited-address-is-not-translated',
    decides: 'The CCW address of unsolicited status is relayed as the host stored it, also while a program is active.',
    requirements: ['IRQ-023', 'VF-008'],
    needs: ['vfio', 'device-status'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await keepPending(device);
      await context.control('deviceStatus').present(ATTENTION);
      const irb = await device.irb('the attention');
      const schib = await readSchibRegion(device.vfio);
      const host =
        typeof schib === 'number' ? context.expect.fail(`reading the SCHIB gave ${schib}`) : schib.scsw.ccwAddress;
      context.expect.irb(irb, { ccwAddress: host }, "IRB of the attention, which must have the host's CCW address");
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/primary-status-alone',
    decides:
      'Channel end without device end is relayed with device active; the pages stay pinned and START busy until device end.',
    requirements: ['IRQ-007', 'TRN-056'],
    guards: ['50b7f1b7236b'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect, system } = context;
      const before = (await lockedMemory(system)).VmLck;
      await context.control('timing').holdBeforeDeviceEnd(1);
      const program = senseId(8);
      await device.accepts(program);
      expect.irb(
        await device.irb(program.name),
        {
          statusControl: primaryStatus | statusPending,
          activityControl: deviceActive,
          deviceStatus: 0x08,
          ccwAddress: 0x1008,
        },
        'the first IRB',
        program,
      );
      expect.equal((await lockedMemory(system)).VmLck - before, 4, 'KiB locked after channel end');
      await device.refuses(noOperations(1, 0x3000), 'EBUSY');
      await context.control('timing').release();
      expect.irb(
        await device.irb(program.name),
        { statusControl: secondaryStatus | statusPending, activityControl: 0, deviceStatus: 0x04 },
        'the second IRB',
      );
      expect.equal((await lockedMemory(system)).VmLck - before, 0, 'KiB locked after device end');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/program-controlled-interruption',
    decides:
      'A program-controlled interruption is relayed with intermediate status and its CCW address; START stays busy and the program runs on.',
    requirements: ['IRQ-008', 'CH-025', 'IRQ-009'],
    guards: ['50b7f1b7236b'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect, system } = context;
      const before = (await lockedMemory(system)).VmLck;
      await context.control('timing').holdAtCommand(2);
      const program = interrupting();
      await device.accepts(program);
      expect.irb(
        await device.irb(program.name),
        {
          statusControl: intermediateStatus | statusPending,
          subchannelStatus: SubchannelStatus.programControlledInterruption,
          ccwAddress: 0x1008,
        },
        'the first IRB',
        program,
      );
      expect.equal((await lockedMemory(system)).VmLck - before, 4, 'KiB locked after the interruption');
      await device.refuses(noOperations(1, 0x3000), 'EBUSY');
      await context.control('timing').release();
      expect.irb(await device.irb(program.name), { ...NORMAL_END, ccwAddress: 0x1018 }, 'the last IRB', program);
      expect.equal((await device.stored(DATA, 1))[0], 0xff, 'first byte that the CCW behind the interruption stored');
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/pci-that-was-not-taken',
    decides: 'The final status shows PCI when the host did not take the program-controlled interruption before.',
    requirements: ['CH-026'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const schedule = context.control('schedule');
      const program = interrupting();
      await schedule.hold('interrupt');
      await device.accepts(program);
      await schedule.settle();
      await schedule.letGo('interrupt');
      const irb = await device.irb(program.name);
      const { programControlledInterruption } = SubchannelStatus;
      context.expect.irb(
        irb,
        { ...NORMAL_END, statusControl: 0x0f, subchannelStatus: programControlledInterruption, ccwAddress: 0x1018 },
        'the only IRB',
        program,
      );
      await device.isQuiet('after the only IRB');
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/pci-of-a-program-that-ends-at-once',
    decides:
      'A program with two PCI flags that ends before the first interruption is relayed gives one signal, and the final status without PCI.',
    requirements: ['IRQ-016', 'VF-007'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = interrupting(true);
      await device.accepts(program);
      context.expect.irb(
        await device.irb(program.name),
        { ...NORMAL_END, ccwAddress: 0x1018 },
        'the only IRB',
        program,
      );
      await device.isQuiet('after the only IRB');
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/later-status-overwrites-an-earlier-one',
    decides:
      'Of channel end and a later device end that both come before the worker runs, one signal and the device end alone are left.',
    requirements: ['IRQ-016', 'VF-007'],
    needs: ['vfio', 'schedule', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const schedule = context.control('schedule');
      const timing = context.control('timing');
      await timing.holdBeforeDeviceEnd(1);
      await schedule.hold('io-work');
      await device.accepts(noOperations(1));
      await schedule.settle();
      await timing.release();
      await schedule.letGo('io-work');
      context.expect.equal(await device.vfio.waitIrq(CcwIrq.io, PAUSE), 1, 'count of the I/O eventfd');
      context.expect.irb(
        await readIrb(device.vfio),
        { statusControl: secondaryStatus | statusPending, deviceStatus: 0x04 },
        'IRB area',
      );
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/initial-status-interruption',
    decides:
      'With ORB.I the first interruption has zero condition code and intermediate status, and START stays busy until the end.',
    requirements: ['CH-043', 'TRN-028'],
    needs: ['vfio', 'slow-device', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await context.control('timing').holdAtCommand(1);
      const program = senseId(8, { control: OrbBit.format2Idaw | OrbBit.initialStatusInterruption });
      await device.accepts(program);
      const { zeroConditionCode } = ScswBit;
      const expected = {
        control: zeroConditionCode,
        controlMask: zeroConditionCode,
        statusControl: intermediateStatus | statusPending,
      };
      context.expect.irb(await device.irb(program.name), expected, 'the first IRB', program);
      await device.refuses(noOperations(1, 0x3000), 'EBUSY');
      await context.control('timing').release();
      context.expect.irb(
        await device.irb(program.name),
        { ...NORMAL_END, ccwAddress: 0x1008 },
        'the last IRB',
        program,
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/deferred-condition-code',
    decides: 'A deferred condition code 3 is relayed with a guest CCW address, ends the program, and frees its pages.',
    requirements: ['IRQ-013', 'IRQ-009'],
    needs: ['vfio', 'path-control', 'path-faults'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const paths = context.control('paths');
      const before = (await lockedMemory(context.system)).VmLck;
      try {
        for (const chpid of paths.chpids) await paths.breakPath(chpid, true);
        const program = senseId(8);
        await device.accepts(program);
        context.expect.irb(
          await device.irb(program.name),
          { deferredConditionCode: 3, activityControl: 0, ccwAddress: 0x1008 },
          'IRB',
          program,
        );
        context.expect.equal((await lockedMemory(context.system)).VmLck - before, 0, 'KiB locked after the IRB');
      } finally {
        for (const chpid of paths.chpids) await paths.breakPath(chpid, false);
      }
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
];
