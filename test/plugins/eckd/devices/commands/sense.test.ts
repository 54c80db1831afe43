import assert from 'node:assert/strict';
import { toHex } from '../../../../../src/plugins/index.js';
import { commands } from '../../../../../plugins/eckd/devices/commands/index.js';
import { Condition } from '../../../../../plugins/eckd/devices/index.js';
import { channel, conditionOf, extent, locate, nop, NORMAL, seek } from './command-rows.js';

describe('eckd sense data', () => {
  it('has one entry for a command code', () => {
    assert.equal(new Set(commands.map(({ code }) => code)).size, commands.length);
  });

  it('says command reject and incomplete domain as Hercules does', () => {
    const outcome = channel('3990', 'hercules-3.13').run(extent(), locate('06', '02'), { code: 0x86 });
    assert.equal(toHex(outcome.sense.subarray(0, 8)), '8100000000000200');
  });

  it('refuses the order after the special intercept condition once', () => {
    const stand = channel();
    assert.equal(stand.run({ code: 0x27, data: '1b00' }).status, NORMAL);
    assert.equal(conditionOf(stand.run({ code: 0xf3, data: '12000000' })), Condition.statusNotAsRequired);
    assert.equal(conditionOf(stand.run({ code: 0xf3, data: '12000000' })), Condition.maskViolation);
  });

  it('rejects without taking data what is out of place, and after taking it what is wrong', () => {
    const early = channel().run(locate('06', '01'));
    assert.deepEqual([early.initial, early.residual], [true, 16]);
    const late = channel().run(extent('60'));
    assert.deepEqual([late.initial, late.residual], [false, 0]);
  });

  it('names the track under the heads in the sense data', () => {
    const outcome = channel().run(seek('000001230004'), seek('00000000000f'));
    assert.equal(toHex(outcome.sense), '8000000000231404000000000000000000000000000000000000008000012304');
  });

  it('answers sense without anything to say with the track under the heads', () => {
    const stand = channel();
    stand.run(seek('000000320000'));
    const { received } = stand.run({ code: 0x04, count: 32 });
    assert.equal(toHex(received[0]!), '0000000000320000000000000000000000000000000000000000008000003200');
  });

  it('keeps sense data until they are fetched, over a no-operation', () => {
    const stand = channel();
    stand.concurrentSense = false;
    stand.run(seek('00000000000f'));
    stand.run(nop);
    assert.equal(stand.run({ code: 0x04, count: 8 }).received[0]![7], 4);
    assert.equal(stand.run({ code: 0x04, count: 8 }).received[0]![7], 0);
  });

  it('discards sense data when another command is accepted', () => {
    const stand = channel();
    stand.concurrentSense = false;
    stand.run(seek('00000000000f'));
    stand.run({ code: 0xe4 });
    assert.equal(stand.run({ code: 0x04, count: 8 }).received[0]![0], 0);
  });

  it('forgets file mask, extent and seek with the end of a program', () => {
    const stand = channel();
    stand.run({ code: 0x1f, data: '40' }, seek());
    assert.equal(conditionOf(stand.run({ code: 0x86 })), Condition.invalidSequence);
    assert.equal(stand.run(extent()).status, NORMAL);
    assert.equal(conditionOf(stand.run(locate('06', '01'))), Condition.invalidSequence);
  });
});
