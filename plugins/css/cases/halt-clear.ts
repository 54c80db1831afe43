/** HALT and CLEAR SUBCHANNEL: condition codes, and what of them reaches the host. */

import {
  AsyncCommand,
  defineCase,
  DeviceStatus,
  regionOffset,
  RegionIndex,
  ScswBit,
  ScswMask,
  viewOf,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { Guest } from '../support/guest.js';
import { suspended } from '../support/programs.js';
import { openTap, tappedGuest, type VfioTap } from '../support/vfio-tap.js';

const { startFunction, haltFunction, clearFunction, statusPending } = ScswBit;

/** Hides every region but the first, as a kernel before 5.2 has it. */
function hideRegions(tap: VfioTap): void {
  tap.onInfo = (info) => ({ ...info, regions: 1 });
}

const halt: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/hsch/primary-status-pending-gives-cc1',
    decides: 'HALT SUBCHANNEL while primary status is pending gives condition code 1, and the status stays.',
    requirements: ['QIN-011'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      guest.expect.outcome(await guest.channel.hsch(guest.schid), 1, 'HALT SUBCHANNEL');
      const { irb } = await guest.test();
      guest.expect.irb(irb, { functionControl: startFunction, ccwAddress: 0x1008 }, 'the IRB of the no-operation');
    },
  }),
  defineCase({
    id: 'css/hsch/status-pending-alone-gives-cc1',
    decides:
      'HALT SUBCHANNEL while the status of an earlier halt function, status pending alone, is pending gives condition code 1.',
    requirements: ['QIN-011'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      guest.expect.outcome(await guest.channel.hsch(guest.schid), 0, 'HALT SUBCHANNEL of the idle subchannel');
      await guest.interrupted('it');
      guest.expect.outcome(await guest.channel.hsch(guest.schid), 1, 'a second HALT SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'css/hsch/halt-or-clear-in-progress-gives-cc2',
    decides: 'HALT SUBCHANNEL while a halt function or a clear function is in progress gives condition code 2.',
    requirements: ['QIN-011'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      for (const [name, first] of [
        ['HALT', 'hsch'],
        ['CLEAR', 'csch'],
      ] as const) {
        guest.expect.outcome(await guest.channel[first](guest.schid), 0, `${name} SUBCHANNEL`);
        guest.expect.outcome(await guest.channel.hsch(guest.schid), 2, `HALT SUBCHANNEL behind ${name} SUBCHANNEL`);
        await guest.status(`${name} SUBCHANNEL`);
      }
    },
  }),
  defineCase({
    id: 'css/hsch/refused-halt-restores-the-scsw',
    decides:
      'HALT SUBCHANNEL that the host refuses with EBUSY gives condition code 2, with ENODEV condition code 3, and leaves SCSW word 0 as it was.',
    requirements: ['QVF-002', 'QVF-003', 'QVF-007', 'FSM-014'],
    needs: ['channel', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.started(suspended());
      const before = await guest.control();
      for (const [host, own] of [
        [1, 2],
        [2, 2],
        [3, 3],
      ] as const) {
        await context.control('faults').nextHaltOrClear(host);
        const what = `HALT SUBCHANNEL that ends with condition code ${host} at the host`;
        guest.expect.outcome(await guest.channel.hsch(guest.schid), own, what);
        guest.expect.equal(await guest.control(), before, `SCSW word 0 after ${what}`);
      }
    },
  }),
  defineCase({
    id: 'css/hsch/without-async-region-is-emulated',
    decides:
      'On a kernel without the asynchronous command region HALT SUBCHANNEL gives condition code 0, makes status pending with halt function, and writes nothing to the host.',
    requirements: ['QVF-006', 'QVF-023'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const tap = await openTap(context);
      hideRegions(tap);
      const guest = await tappedGuest(context, tap, { paths: { pim: 0x80, pam: 0x80, pom: 0xff, chpids: [0x40] } });
      guest.expect.outcome(await guest.channel.hsch(guest.schid), 0, 'HALT SUBCHANNEL');
      const { outcome, irb } = await guest.test();
      guest.expect.outcome(outcome, 0, 'TEST SUBCHANNEL');
      guest.expect.irb(
        irb,
        { functionControl: haltFunction, statusControl: statusPending, deviceStatus: DeviceStatus.deviceEnd },
        'its IRB',
      );
      guest.expect.equal(tap.writes.length, 0, 'writes to the device');
    },
  }),
  defineCase({
    id: 'css/hsch/writes-the-async-region',
    decides:
      'HALT SUBCHANNEL is one write of 8 bytes at the asynchronous command region with command 1, CLEAR SUBCHANNEL one with command 2.',
    requirements: ['QVF-006'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const tap = await openTap(context);
      const guest = await tappedGuest(context, tap);
      const at = regionOffset(RegionIndex.asyncCommand);
      for (const [name, instruction, command] of [
        ['HALT', 'hsch', AsyncCommand.halt],
        ['CLEAR', 'csch', AsyncCommand.clear],
      ] as const) {
        tap.writes.length = 0;
        guest.expect.outcome(await guest.channel[instruction](guest.schid), 0, `${name} SUBCHANNEL`);
        const written = tap.writes.map(({ offset, bytes }) => [offset, bytes.length, viewOf(bytes).getUint32(0)]);
        guest.expect.equal(written, [[at, 8, command]], `offset, length and command that ${name} SUBCHANNEL writes`);
        await guest.status(`${name} SUBCHANNEL`);
      }
    },
  }),
];

const clear: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/csch/is-never-busy',
    decides:
      'CLEAR SUBCHANNEL gives condition code 0 with status pending, with a start function, a halt function and another clear function in progress.',
    requirements: ['QIN-012'],
    needs: ['channel', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channel, schid, expect } = guest;
      const moments: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['status pending', () => guest.endedUntested()],
        ['a start function in progress', () => guest.started(suspended())],
        ['a halt function in progress', () => channel.hsch(schid)],
        ['a clear function in progress', () => channel.csch(schid)],
      ];
      for (const [moment, reach] of moments) {
        await reach();
        expect.outcome(await channel.csch(schid), 0, `CLEAR SUBCHANNEL with ${moment}`);
        await guest.drained();
      }
    },
  }),
  defineCase({
    id: 'css/csch/shows-clear-function-and-clear-pending',
    decides:
      'Between CLEAR SUBCHANNEL and its interruption SCSW word 0 shows clear function and clear pending, and nothing of the start function.',
    requirements: ['QIN-012'],
    guards: ['4c6bf79a22'],
    needs: ['channel', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.started(suspended());
      guest.expect.outcome(await guest.channel.csch(guest.schid), 0, 'CLEAR SUBCHANNEL');
      const shown = (await guest.control()) & (ScswMask.functionControl | ScswMask.activityControl);
      guest.expect.equal(shown, clearFunction | ScswBit.clearPending, 'function and activity control');
    },
  }),
  defineCase({
    id: 'css/csch/keeps-status-control-until-its-interruption',
    decides:
      'CLEAR SUBCHANNEL leaves status that is pending in the SCSW, and the interruption of the clear function replaces it.',
    requirements: ['QIN-050', 'QVF-014'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.endedUntested();
      const before = (await guest.control()) & ScswMask.statusControl;
      guest.expect.outcome(await guest.channel.csch(guest.schid), 0, 'CLEAR SUBCHANNEL');
      guest.expect.equal(
        (await guest.control()) & ScswMask.statusControl,
        before,
        'status control behind CLEAR SUBCHANNEL',
      );
      // The interruption of the no-operation is still pending; it is taken so that the wait is for that of the clear function.
      await guest.channel.tpi(0x4000);
      await guest.interrupted('CLEAR SUBCHANNEL');
      guest.expect.equal(
        (await guest.control()) & ScswMask.statusControl,
        statusPending,
        'status control after its interruption',
      );
    },
  }),
  defineCase({
    id: 'css/csch/refused-clear-restores-the-scsw',
    decides:
      'CLEAR SUBCHANNEL that the host refuses with ENODEV gives condition code 3, and leaves SCSW word 0 as it was.',
    requirements: ['QVF-003', 'QVF-007', 'FSM-015'],
    needs: ['channel', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      await guest.started(suspended());
      const before = await guest.control();
      await context.control('faults').nextHaltOrClear(3);
      guest.expect.outcome(await guest.channel.csch(guest.schid), 3, 'CLEAR SUBCHANNEL');
      guest.expect.equal(await guest.control(), before, 'SCSW word 0 after it');
    },
  }),
];

const cases: readonly CaseDefinition[] = [...halt, ...clear];

export default cases;
