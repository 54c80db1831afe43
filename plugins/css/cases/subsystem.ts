/** CHANNEL SUBSYSTEM CALL, css images and subchannel sets, and SET CHANNEL MONITOR. */

import { defineCase, PmcwFlag, SchibOffset, viewOf, type CaseDefinition } from 'ccwspec/plugin';
import { BLOCK, chsc, ChscRequest, enableFacility, Facility } from '../support/chsc.js';
import { Guest, OPERAND } from '../support/guest.js';
import { startInstruction } from '../support/instructions.js';
import { modify } from '../support/modify.js';
import { noOperations } from '../support/programs.js';

const call: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/chsc/block-off-its-page-is-specification-exception',
    decides: 'CHANNEL SUBSYSTEM CALL with its block off a page boundary gives a specification exception.',
    requirements: ['QIN-022'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect } = await Guest.open(context);
      for (const offset of [1, 8, 2048, 4092]) {
        expect.outcome(
          await channel.chsc(BLOCK + offset),
          'specification',
          `CHANNEL SUBSYSTEM CALL ${offset} bytes behind a page`,
        );
      }
    },
  }),
  defineCase({
    id: 'css/chsc/length-out-of-range-is-operand-exception',
    decides:
      'A request of fewer than 16 bytes, of more than 4088, or of a length that is not a multiple of 8 gives an operand exception.',
    requirements: ['QIN-022'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      for (const length of [0, 8, 15, 20, 4090, 4096]) {
        const { outcome } = await chsc(guest, length, ChscRequest.storeCharacteristics);
        guest.expect.outcome(outcome, 'operand', `CHANNEL SUBSYSTEM CALL with a request of ${length} bytes`);
      }
      guest.expect.outcome(
        (await chsc(guest, 4088, 0xffff)).outcome,
        0,
        'CHANNEL SUBSYSTEM CALL with a request of 4088 bytes',
      );
    },
  }),
  defineCase({
    id: 'css/chsc/unknown-request-gets-response-4',
    decides: 'A request code that is not known gets condition code 0 and a response block of 8 bytes with code 0004.',
    requirements: ['QIN-022'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const { outcome, length, code } = await chsc(guest, 16, 0x7fff);
      guest.expect.outcome(outcome, 0, 'CHANNEL SUBSYSTEM CALL');
      guest.expect.equal([length, code], [8, 4], 'length and code of the response');
    },
  }),
  defineCase({
    id: 'css/chsc/characteristics-are-stored',
    decides:
      'Store-channel-subsystem-characteristics gets response 1 and 4072 bytes, in which general characteristics 6, 7 and 45 are on.',
    requirements: ['QIN-057'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const { code, data } = await chsc(guest, 16, ChscRequest.storeCharacteristics);
      guest.expect.equal(code, 1, 'the response code');
      guest.expect.equal(data.length, 4072, 'bytes of characteristics');
      guest.expect.equal(
        [data[0], (data[5] ?? 0) & 0x04],
        [0x03, 0x04],
        'byte 0, and bit 45, of the general characteristics',
      );
    },
  }),
  defineCase({
    id: 'css/chsc/path-descriptions-name-type-and-id',
    decides:
      'Store-channel-path-description over all CHPIDs describes the path of QEMU itself and those of the device, each with its type, by ascending id.',
    requirements: ['QIN-058'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const paths = { pim: 0xc0, pam: 0xc0, pom: 0xff, chpids: [0x41, 0x40], types: new Map([[0x41, 0x20]]) };
      const guest = await Guest.open(context, { paths });
      const { code, data } = await chsc(guest, 16, ChscRequest.storePathDescription, [0x0000_0000, 0xff]);
      guest.expect.equal(code, 1, 'the response code');
      const words = Array.from({ length: data.length / 8 }, (_, path) => viewOf(data).getUint32(path * 8));
      guest.expect.equal(words, [0x8000_3200, 0x8000_1b40, 0x8000_2041], 'first words of the descriptions');
    },
  }),
];

const images: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/images/set-1-is-hidden-until-enabled',
    decides:
      'A subchannel of set 1 gives condition code 3 until set-domain-attributes 2 enables the subchannel sets, and can be stored then.',
    requirements: ['QIN-023'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { ssid: 1 });
      const { channel, expect, schid } = guest;
      expect.outcome(await channel.stsch(schid, OPERAND), 3, 'STORE SUBCHANNEL in set 1');
      await enableFacility(guest, Facility.subchannelSets);
      expect.outcome(await channel.stsch(schid, OPERAND), 0, 'STORE SUBCHANNEL in set 1 once sets are enabled');
    },
  }),
  defineCase({
    id: 'css/images/css-1-is-hidden-until-enabled',
    decides:
      'A subchannel of css image 1 gives condition code 3 until set-domain-attributes 0 enables the images, and runs a program then.',
    requirements: ['QIN-056'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { cssid: 1 });
      guest.expect.equal(guest.schid >>> 16, 0x0109, 'css 1, M and bit 47 of the subsystem-identification word');
      guest.expect.outcome(await startInstruction.issue(guest.channel, guest.schid), 3, 'START SUBCHANNEL in css 1');
      await enableFacility(guest, Facility.channelSubsystems);
      await guest.enable();
      await guest.runs(noOperations(), { subchannelStatus: 0 });
    },
  }),
  defineCase({
    id: 'css/images/default-css-is-css-0',
    decides:
      'A device of css FE has a subsystem-identification word without M and with cssid 0 for a guest that did not enable the images.',
    requirements: ['QIN-003', 'QIN-056'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { cssid: 0xfe, subchannelNumber: 0x12 });
      guest.expect.equal(guest.schid, 0x0001_0012, 'the subsystem-identification word');
      await guest.enable();
      await guest.started(noOperations());
      await guest.interrupted('the no-operation');
      await guest.channel.tpi(OPERAND);
      guest.expect.equal(
        viewOf(await guest.stored(OPERAND, 4)).getUint32(0),
        0x0001_0012,
        'the word in the interruption code',
      );
    },
  }),
  defineCase({
    id: 'css/images/reset-hides-the-sets-again',
    decides: 'A subsystem reset disables the subchannel sets again: a subchannel of set 1 gives condition code 3.',
    requirements: ['QIN-056'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context, { ssid: 1 });
      await enableFacility(guest, Facility.subchannelSets);
      await guest.schib();
      await guest.channel.reset();
      guest.expect.outcome(
        await guest.channel.stsch(guest.schid, OPERAND),
        3,
        'STORE SUBCHANNEL in set 1 after the reset',
      );
    },
  }),
];

/** Measurement mode of the PMCW: measurement-block update. */
const BLOCK_UPDATE = 0x10;
/** General register 1 of SET CHANNEL MONITOR: measurement-block update. */
const UPDATE = 2;

const monitor: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/schm/reserved-bits-and-alignment-are-operand-exceptions',
    decides:
      'SET CHANNEL MONITOR with a reserved bit, or with an origin off its 32-byte boundary while it asks for update, gives an operand exception; without update the origin is not looked at.',
    requirements: ['QIN-054'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const { channel, expect } = await Guest.open(context);
      for (const bit of [0x0800_0000, 0x0001_0000, 0x80, 4]) {
        expect.outcome(await channel.schm(bit, OPERAND), 'operand', `SET CHANNEL MONITOR with bit ${bit.toString(16)}`);
      }
      for (const offset of [1, 2, 4, 8, 16]) {
        expect.outcome(
          await channel.schm(UPDATE, OPERAND + offset),
          'operand',
          `SET CHANNEL MONITOR with an origin ${offset} bytes off`,
        );
      }
      expect.outcome(await channel.schm(0, OPERAND + 1), 0, 'SET CHANNEL MONITOR without update');
    },
  }),
  defineCase({
    id: 'css/schm/format-0-counts-starts-at-its-index',
    decides:
      'With measurement-block update each START SUBCHANNEL adds one to the halfword at 32 times the measurement-block index, at no other index, and none after monitoring has ended.',
    requirements: ['QIN-055'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channel, expect } = guest;
      await channel.storage.write(OPERAND, new Uint8Array(64));
      expect.outcome(await channel.schm(UPDATE, OPERAND), 0, 'SET CHANNEL MONITOR');
      const outcome = await modify(guest, (schib) => {
        schib.setUint16(
          SchibOffset.flags,
          (schib.getUint16(SchibOffset.flags) & ~PmcwFlag.measurementMode) | BLOCK_UPDATE,
        );
        schib.setUint16(SchibOffset.measurementBlockIndex, 1);
      });
      expect.outcome(outcome, 0, 'MODIFY SUBCHANNEL');
      for (let start = 0; start < 3; start++) await guest.runs(noOperations(), { subchannelStatus: 0 });
      await channel.schm(0, 0);
      await guest.runs(noOperations(), { subchannelStatus: 0 });
      const block = viewOf(await guest.stored(OPERAND, 64));
      expect.equal([block.getUint16(0), block.getUint16(32)], [0, 3], 'SSCH+RSCH counts at index 0 and 1');
    },
  }),
  defineCase({
    id: 'css/schm/format-1-counts-starts-in-its-own-block',
    decides:
      'With a format-1 measurement block each START SUBCHANNEL adds one to the word at the measurement-block address.',
    requirements: ['QIN-055', 'QIN-008'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const { channel, expect } = guest;
      await channel.storage.write(OPERAND, new Uint8Array(128));
      expect.outcome(await channel.schm(UPDATE, OPERAND), 0, 'SET CHANNEL MONITOR');
      const outcome = await modify(guest, (schib) => {
        schib.setUint16(
          SchibOffset.flags,
          (schib.getUint16(SchibOffset.flags) & ~PmcwFlag.measurementMode) | BLOCK_UPDATE,
        );
        schib.setUint32(SchibOffset.characteristics, schib.getUint32(SchibOffset.characteristics) | 4);
        schib.setUint32(SchibOffset.measurementBlockAddress + 4, OPERAND + 64);
      });
      expect.outcome(outcome, 0, 'MODIFY SUBCHANNEL');
      for (let start = 0; start < 2; start++) await guest.runs(noOperations(), { subchannelStatus: 0 });
      const block = viewOf(await guest.stored(OPERAND, 128));
      expect.equal(
        [block.getUint32(0), block.getUint32(64)],
        [0, 2],
        'first words of the common area and of the own block',
      );
    },
  }),
];

const cases: readonly CaseDefinition[] = [...call, ...images, ...monitor];

export default cases;
