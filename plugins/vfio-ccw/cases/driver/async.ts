/** HALT and CLEAR SUBCHANNEL through the asynchronous command region, in the states of the driver's state machine. */

import { AsyncRegion, defineCase, readSchibRegion, ScswBit, viewOf, type CaseDefinition } from 'ccwspec/plugin';
import { keepPending, lockedMemory } from '../../support/pending.js';
import { ASYNC, asyncRequest } from '../../support/regions.js';
import { noOperations, Started } from '../../support/started.js';

const { haltFunction, clearFunction, statusPending } = ScswBit;

export const asyncCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/async/unknown-commands',
    decides: 'Asynchronous commands 0, 3, 4 and FFFFFFFF are refused with EINVAL, when idle and while a START is pending.',
    requirements: ['FSM-016'],
    recorded: ['MAIN: async 0', 'MAIN: async 3', 'MAIN: async 4'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const state of ['idle', 'pending']) {
        for (const command of [0, 3, 4, 0xffff_ffff]) {
          const result = await device.vfio.write(ASYNC, asyncRequest(command));
          context.expect.result(result, 'EINVAL', `write of command ${command} when ${state}`);
        }
        if (state === 'idle') await keepPending(device);
      }
      await device.refuses(noOperations(1), 'EBUSY');
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/halt-when-idle',
    decides: 'HALT SUBCHANNEL when idle is accepted, gives one interruption with the halt function, and leaves the device idle.',
    requirements: ['FSM-012', 'IRQ-012'],
    recorded: ['MAIN: HSCH idle', 'MAIN: HSCH idle / interrupt'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      context.expect.result(await device.vfio.write(ASYNC, asyncRequest('halt')), AsyncRegion.length, 'write of HALT SUBCHANNEL');
      context.expect.irb(await device.irb('HALT SUBCHANNEL'), { functionControl: haltFunction, activityControl: 0, statusControl: statusPending }, 'IRB');
      await device.isQuiet('after the IRB');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/clear-when-idle',
    decides: 'CLEAR SUBCHANNEL when idle is accepted, gives one interruption with the clear function alone, and leaves the device idle.',
    requirements: ['FSM-013', 'IRQ-012'],
    recorded: ['MAIN: CSCH idle', 'MAIN: CSCH idle / interrupt'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      context.expect.irb(
        await device.clears(),
        { functionControl: clearFunction, activityControl: 0, statusControl: statusPending, deviceStatus: 0, subchannelStatus: 0 },
        'IRB',
      );
      await device.isQuiet('after the IRB');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/ccw-address-without-a-program',
    decides: 'The completion of HALT and CLEAR SUBCHANNEL when idle has the CCW address that the host subchannel shows, untranslated.',
    requirements: ['TRN-062', 'IRQ-023'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(noOperations(3), 0x1010);
      for (const command of ['halt', 'clear'] as const) {
        context.expect.result(await device.vfio.write(ASYNC, asyncRequest(command)), AsyncRegion.length, `write of ${command}`);
        const irb = await device.irb(command);
        const schib = await readSchibRegion(device.vfio);
        const host = typeof schib === 'number' ? context.expect.fail(`reading the SCHIB gave ${schib}`) : schib.scsw;
        context.expect.irb(irb, { ccwAddress: host.ccwAddress }, `IRB after ${command}, whose CCW address must be the SCHIB's`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/halt-while-a-start-is-pending',
    decides: 'HALT SUBCHANNEL ends a suspended program with an interruption that shows both functions, frees its page, and a START runs.',
    requirements: ['FSM-012', 'IRQ-011', 'TRN-056', 'DEV-009'],
    recorded: ['MAIN: START suspended', 'MAIN: START suspended / ev?', 'MAIN: HSCH', 'MAIN: HSCH / interrupt', 'MAIN: START after HSCH', 'MAIN: pinned after HSCH', 'MAIN: pinned after HSCH #2'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const before = await lockedMemory(context.system);
      await keepPending(device);
      context.expect.result(await device.vfio.write(ASYNC, asyncRequest('halt')), AsyncRegion.length, 'write of HALT SUBCHANNEL');
      context.expect.irb(await device.irb('HALT SUBCHANNEL'), { functionControl: ScswBit.startFunction | haltFunction, deviceStatus: 0, subchannelStatus: 0 }, 'IRB');
      context.expect.equal(await lockedMemory(context.system), before, 'locked memory after the interruption');
      await device.vfio.write(ASYNC, asyncRequest('clear'));
      await device.isOver('the clear function');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/clear-while-a-start-is-pending',
    decides: 'CLEAR SUBCHANNEL ends a suspended program with an interruption that shows the clear function, frees its page, and a START runs.',
    requirements: ['FSM-013', 'IRQ-010', 'TRN-056', 'DEV-008'],
    recorded: ['MAIN: START suspended #2', 'MAIN: START suspended / ev? #2', 'MAIN: CSCH', 'MAIN: CSCH / interrupt', 'MAIN: START after CSCH'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const before = await lockedMemory(context.system);
      await keepPending(device);
      context.expect.irb(await device.clears(), { functionControl: clearFunction, statusControl: statusPending, deviceStatus: 0, subchannelStatus: 0 }, 'IRB');
      context.expect.equal(await lockedMemory(context.system), before, 'locked memory after the interruption');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/start-stays-pending-until-the-interruption',
    decides: 'An accepted HALT or CLEAR does not end the START by itself: until its interruption was relayed, another START is refused with EBUSY.',
    requirements: ['FSM-018'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const schedule = context.control('schedule');
      for (const command of ['halt', 'clear'] as const) {
        await keepPending(device);
        await schedule.hold('io-work');
        context.expect.result(await device.vfio.write(ASYNC, asyncRequest(command)), AsyncRegion.length, `write of ${command}`);
        await device.refuses(noOperations(1), 'EBUSY');
        await schedule.letGo('io-work');
        await device.lastIrb(command);
        await device.clears();
        await device.succeeds(noOperations(1), 0x1000);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/condition-codes-of-halt',
    decides: 'HALT SUBCHANNEL with condition code 1 or 2 at the host is refused with EBUSY, with 3 with ENODEV; the START stays pending.',
    requirements: ['FSM-014', 'FSM-018'],
    needs: ['vfio', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await keepPending(device);
      for (const [code, errno] of [[1, 'EBUSY'], [2, 'EBUSY'], [3, 'ENODEV']] as const) {
        await context.control('faults').nextHaltOrClear(code);
        const result = await device.vfio.write(ASYNC, asyncRequest('halt'));
        context.expect.result(result, errno, `write of HALT SUBCHANNEL with condition code ${code} at the host`);
        await device.refuses(noOperations(1), 'EBUSY');
      }
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/condition-code-3-of-clear',
    decides: 'CLEAR SUBCHANNEL with condition code 3 at the host is refused with ENODEV; the START stays pending.',
    requirements: ['FSM-015', 'FSM-018'],
    needs: ['vfio', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await keepPending(device);
      await context.control('faults').nextHaltOrClear(3);
      const result = await device.vfio.write(ASYNC, asyncRequest('clear'));
      context.expect.result(result, 'ENODEV', 'write of CLEAR SUBCHANNEL with condition code 3 at the host');
      await device.refuses(noOperations(1), 'EBUSY');
      await device.clears();
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/ret-code',
    decides: 'ret_code of the asynchronous region reads as 0 after an accepted command, and as the negative errno after a refused one.',
    requirements: ['FSM-016'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const region = new Uint8Array(AsyncRegion.length);
      for (const [command, retCode] of [[0, -22], [2, 0], [7, -22]] as const) {
        const written = await device.vfio.write(ASYNC, asyncRequest(command));
        expect.result(written, retCode === 0 ? AsyncRegion.length : retCode, `write of command ${command}`);
        expect.result(await device.vfio.read(ASYNC, region), AsyncRegion.length, 'read of the asynchronous region');
        expect.equal(viewOf(region).getUint32(AsyncRegion.command), command, 'command of the region');
        expect.equal(viewOf(region).getInt32(AsyncRegion.retCode), retCode, 'ret_code of the region');
      }
      await device.irb('CLEAR SUBCHANNEL');
    },
  }),
];
