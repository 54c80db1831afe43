/** STORE SUBCHANNEL. */

import {
  defineCase,
  interruptionSubclass,
  PmcwFlag,
  SCHIB_LENGTH,
  SchibOffset,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { Guest, OPERAND } from '../support/guest.js';
import { modify } from '../support/modify.js';

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/stsch/operand-checks-in-order',
    decides:
      'STORE SUBCHANNEL looks at the boundary of its operand first, at storage next, and at the subsystem-identification word last.',
    requirements: ['QIN-051', 'QIN-003'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect, schid } = await Guest.open(context);
      const { size } = channel.storage;
      for (const offset of [1, 2, 3]) {
        expect.outcome(
          await channel.stsch(0, size + offset),
          'specification',
          `STORE SUBCHANNEL ${offset} bytes off a word`,
        );
      }
      expect.outcome(
        await channel.stsch(0, size - 48),
        'addressing',
        'STORE SUBCHANNEL with 48 bytes of storage, and the word 00000000',
      );
      expect.outcome(await channel.stsch(schid, size - 52), 0, 'STORE SUBCHANNEL into the last 52 bytes of storage');
    },
  }),
  defineCase({
    id: 'css/stsch/stores-52-bytes',
    decides: 'STORE SUBCHANNEL stores 52 bytes and leaves the bytes behind them as they are.',
    requirements: ['CH-051'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.fill(OPERAND, 64);
      guest.expect.outcome(await guest.channel.stsch(guest.schid, OPERAND), 0, 'STORE SUBCHANNEL');
      guest.expect.equal(
        (await guest.stored(OPERAND + 48, 4)).includes(0xa5),
        false,
        'whether the last word of the SCHIB was left out',
      );
      await guest.untouched(OPERAND + 52, 12, 'storage behind the SCHIB');
    },
  }),
  defineCase({
    id: 'css/stsch/beyond-the-last-subchannel-gives-cc3',
    decides: 'STORE SUBCHANNEL of the number behind the last subchannel gives condition code 3 and stores nothing.',
    requirements: ['QIN-005'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.fill(OPERAND, SCHIB_LENGTH);
      guest.expect.outcome(
        await guest.channel.stsch(guest.schid + 1, OPERAND),
        3,
        'STORE SUBCHANNEL of the next number',
      );
      await guest.untouched(OPERAND, SCHIB_LENGTH, 'storage of the SCHIB');
    },
  }),
  defineCase({
    id: 'css/stsch/hole-gives-a-zero-schib',
    decides:
      'STORE SUBCHANNEL of a number without a subchannel, below the last one, gives condition code 0 and stores zeros, so that V is off.',
    requirements: ['QIN-005'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { subchannelNumber: 5 });
      await guest.fill(OPERAND, SCHIB_LENGTH);
      guest.expect.outcome(await guest.channel.stsch(guest.schid - 2, OPERAND), 0, 'STORE SUBCHANNEL of number 3');
      guest.expect.bytes(await guest.stored(OPERAND, SCHIB_LENGTH), new Uint8Array(SCHIB_LENGTH), 'the SCHIB');
    },
  }),
  defineCase({
    id: 'css/stsch/shows-device-number-and-paths',
    decides:
      'STORE SUBCHANNEL shows V, the device number of the guest, and the path-installed and path-available masks with a CHPID for each installed path as the host has them.',
    requirements: ['CH-051', 'QVF-008'],
    needs: ['channel', 'path-control'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { deviceNumber: 0x1234 });
      const schib = await guest.schib();
      const { chpids } = context.control('paths');
      const installed = (0xff00 >> chpids.length) & 0xff;
      guest.expect.equal(
        schib.flags & PmcwFlag.deviceNumberValid,
        PmcwFlag.deviceNumberValid,
        'the device-number-valid bit',
      );
      guest.expect.equal(schib.deviceNumber, 0x1234, 'the device number');
      guest.expect.equal([schib.pim, schib.pam], [installed, installed], 'path-installed and path-available mask');
      guest.expect.equal(schib.chpid.slice(0, chpids.length), [...chpids], 'the channel-path identifiers');
    },
  }),
  defineCase({
    id: 'css/stsch/keeps-the-guests-own-pmcw',
    decides:
      'STORE SUBCHANNEL shows the interruption parameter, subclass and enabled bit of the guest, while the host has the subchannel enabled for subclass 3.',
    requirements: ['QVF-008'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context, {}, { isc: 5, interruptionParameter: 0x0bad_cafe });
      const schib = await guest.schib();
      guest.expect.equal(interruptionSubclass(schib.flags), 5, 'the interruption subclass');
      guest.expect.equal(schib.interruptionParameter, 0x0bad_cafe, 'the interruption parameter');
      await modify(guest, (view) => {
        view.setUint16(SchibOffset.flags, view.getUint16(SchibOffset.flags) & ~PmcwFlag.enabled);
      });
      guest.expect.equal(
        (await guest.schib()).flags & PmcwFlag.enabled,
        0,
        'the enabled bit after the guest disabled the subchannel',
      );
    },
  }),
  defineCase({
    id: 'css/stsch/lost-device-still-gives-cc0',
    decides:
      'STORE SUBCHANNEL of a device that the host has lost, before the guest took the request for it, gives condition code 0 and the masks of before.',
    requirements: ['QVF-020', 'PTH-016'],
    needs: ['channel', 'unplug'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { pim, pam } = await guest.schib();
      await context.control('unplug')();
      const after = await guest.schib();
      guest.expect.equal([after.pim, after.pam], [pim, pam], 'path-installed and path-available mask');
    },
  }),
];

export default cases;
