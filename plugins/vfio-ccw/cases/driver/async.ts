/** The asynchronous command region, as far as the plugin halt-clear does not decide it. */

import { AsyncRegion, defineCase, readSchibRegion, viewOf, type CaseDefinition } from 'ccwspec/plugin';
import { lastSegments } from '../../support/host-program.js';
import { keepPending } from '../../support/pending.js';
import { ASYNC, asyncRequest } from '../../support/regions.js';
import { noOperations, Started } from '../../support/started.js';

export const asyncCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/async/ccw-address-without-a-program',
    decides:
      'The completion of HALT and CLEAR SUBCHANNEL when idle has the CCW address that the host subchannel shows, untranslated.',
    requirements: ['TRN-062', 'IRQ-023'],
    recorded: ['MAIN: HSCH idle / interrupt', 'MAIN: CSCH idle / interrupt'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(noOperations(3), 0x1010);
      for (const command of ['halt', 'clear'] as const) {
        context.expect.result(
          await device.vfio.write(ASYNC, asyncRequest(command)),
          AsyncRegion.length,
          `write of ${command}`,
        );
        const irb = await device.irb(command);
        const schib = await readSchibRegion(device.vfio);
        const host = typeof schib === 'number' ? context.expect.fail(`reading the SCHIB gave ${schib}`) : schib.scsw;
        context.expect.irb(
          irb,
          { ccwAddress: host.ccwAddress },
          `IRB after ${command}, whose CCW address must be the SCHIB's`,
        );
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/ret-code',
    decides:
      'ret_code of the asynchronous region reads as 0 after an accepted command, and as the negative errno after a refused one.',
    requirements: ['FSM-016'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const region = new Uint8Array(AsyncRegion.length);
      for (const [command, retCode] of [
        [0, -22],
        [2, 0],
        [7, -22],
      ] as const) {
        const written = await device.vfio.write(ASYNC, asyncRequest(command));
        expect.result(written, retCode === 0 ? AsyncRegion.length : retCode, `write of command ${command}`);
        expect.result(await device.vfio.read(ASYNC, region), AsyncRegion.length, 'read of the asynchronous region');
        expect.equal(viewOf(region).getUint32(AsyncRegion.command), command, 'command of the region');
        expect.equal(viewOf(region).getInt32(AsyncRegion.retCode), retCode, 'ret_code of the region');
      }
      await device.irb('CLEAR SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'vfio-ccw/async/ccw-address-outside-of-the-program',
    decides:
      'While a program is active, a CCW address of the host that lies in none of its segments is relayed as it is.',
    requirements: ['TRN-050', 'IRQ-023'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      await device.succeeds(noOperations(40, 0x8000), 0x8000 + 39 * 8);
      for (const command of ['halt', 'clear'] as const) {
        await keepPending(device);
        expect.result(await device.vfio.write(ASYNC, asyncRequest(command)), AsyncRegion.length, `write of ${command}`);
        const irb = await device.irb(command);
        const schib = await readSchibRegion(device.vfio);
        const host = typeof schib === 'number' ? expect.fail(`reading the SCHIB gave ${schib}`) : schib.scsw.ccwAddress;
        const inside = (await lastSegments(context)).some(
          ({ address, ccws }) => host >= address && host <= address + ccws.length,
        );
        expect.isTrue(!inside, `the host's CCW address after ${command}, ${host.toString(16)}, is not in the program`);
        expect.irb(irb, { ccwAddress: host }, `IRB after ${command}`);
        await device.clears();
      }
    },
  }),
];
