import assert from 'node:assert/strict';
import { DeviceStatus, OrbBit, ScswBit } from '../../../src/harness/arch/index.js';
import type { Rig } from './rig.js';
import { DATA, NUMBER, PROGRAM, conditions, rigWith, scswText, type CcwText } from './rig.js';

const nop = (flags = 'CC SLI'): CcwText => [0x03, flags, 1];
const held: CcwText = [0x02, '', 6, DATA];
const { channelEnd, deviceEnd } = DeviceStatus;

/** A rig whose program is at its second command, which the device has accepted and does not end. */
function active(): Rig {
  const rig = rigWith();
  rig.device.script = [{ initial: 0x0c }, { input: new Uint8Array(4), dataLatency: Infinity }];
  rig.program([nop(), held]);
  rig.ssch();
  rig.drain();
  return rig;
}

/** A rig whose only command has given channel end; device end is outstanding. */
function channelEnded(): Rig {
  const rig = rigWith();
  rig.device.script = [{ input: new Uint8Array(4), ending: channelEnd, deviceEndLatency: 500 }];
  rig.program([held]);
  rig.ssch();
  rig.drain();
  return rig;
}

describe('the SCSW at each ending', () => {
  it('start pending', () => {
    const rig = rigWith();
    rig.ssch();
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x4400);
  });

  it('running', () => {
    assert.equal(active().stsch().scsw.control & 0xffff, 0x40c0);
  });

  it('channel end alone, then device end', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(6), ending: channelEnd, deviceEndLatency: 500 }];
    rig.program([held]);
    rig.ssch();
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c04045 00010008 08000000');
    assert.equal(rig.ssch(), 2);
    rig.advance(500);
    assert.equal(scswText(rig.tsch().irb), '00c04003 00010008 04000000');
    assert.deepEqual(rig.interruptions, [NUMBER, NUMBER]);
    assert.equal(rig.ssch(), 0);
  });

  it('channel end and device end, if the first was not cleared', () => {
    const rig = channelEnded();
    rig.advance(500);
    assert.equal(scswText(rig.tsch().irb), '00c04017 00010008 0c400002');
    assert.deepEqual(rig.interruptions, [NUMBER]);
  });

  it('device end with unit check after channel end', () => {
    const rig = channelEnded();
    rig.tsch();
    rig.device.notifier().unsolicited(deviceEnd | DeviceStatus.unitCheck);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c24013 00010008 06000002');
  });

  it('normal (CH-001, CH-003)', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4) }];
    assert.equal(scswText(rig.run([[0x02, 'SLI', 6, DATA]])), '00c04007 00010008 0c000002');
  });

  it('unit check at initial selection: full count, no incorrect length (CH-046)', () => {
    const rig = rigWith();
    rig.device.script = [{ initial: 0x02 }];
    assert.equal(scswText(rig.run([[0x02, '', 6, DATA]])), '00c24017 00010008 02000006');
  });

  it('unit check with channel end and device end: full count, and incorrect length without SLI', () => {
    const rig = rigWith();
    rig.device.script = [{ ending: 0x0e }, { ending: 0x0e }];
    assert.equal(scswText(rig.run([[0x02, '', 6, DATA]])), '00c24017 00010008 0e400006');
    assert.equal(scswText(rig.run([[0x02, 'SLI', 6, DATA]])), '00c24017 00010008 0e000006');
  });

  it('unit exception (CH-048)', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(0), ending: 0x0d }];
    const irb = rig.run([[0x06, 'CC SLI', 6, DATA], nop('SLI')]);
    assert.equal(scswText(irb), '00c04017 00010008 0d000006');
    assert.equal(rig.device.selected.length, 1);
  });

  it('program-controlled interruption', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    rig.program([[0x02, 'PCI', 4, DATA]]);
    rig.ssch();
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c040c9 00010008 00800004');
  });

  it('suspended', () => {
    const rig = rigWith();
    const irb = rig.run([nop(), nop('S')], { control: OrbBit.suspendControl });
    assert.equal(scswText(irb), '08c04039 00010010 00000001');
  });

  for (const status of [0x14, 0x90, 0x80, 0x04, 0x12]) {
    it(`deferred condition code 1 with status ${status.toString(16)}`, () => {
      const rig = rigWith();
      rig.device.script = [{ initial: status }];
      const { scsw } = rig.run([nop('SLI')]);
      assert.equal((scsw.control >>> 24) & 3, 1);
      assert.equal(scsw.control & 0xffff, 0x4017);
      assert.equal(scsw.ccwAddress, PROGRAM + 8);
      assert.equal(scsw.deviceStatus, status);
    });
  }

  it('deferred condition code 3', () => {
    const rig = rigWith();
    rig.css.breakPath(0x10, true);
    const { scsw } = rig.run([nop('SLI')]);
    assert.equal((scsw.control >>> 24) & 3, 3);
    assert.equal(scsw.control & 0xffff, 0x4017);
    assert.notEqual(scsw.control & ScswBit.pathNotOperational, 0);
  });

  it('halt of an idle device (CH-033)', () => {
    const rig = rigWith();
    assert.equal(rig.css.hsch(NUMBER), 0);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x2200);
    rig.drain();
    const { irb } = rig.tsch();
    assert.equal(scswText(irb), '00002001 00000000 00000000');
    assert.deepEqual(rig.device.signals, []);
  });

  it('halt of a start-pending program: nothing happens at the device (CH-049)', () => {
    const rig = rigWith();
    rig.program([nop('SLI')]);
    rig.ssch();
    assert.equal(rig.css.hsch(NUMBER), 0);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '6401');
    assert.deepEqual(rig.device.selected, []);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0);
  });

  it('halt of an active program (CH-034)', () => {
    const rig = active();
    assert.equal(rig.css.hsch(NUMBER), 0);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c06017 00010010 0c400006');
    assert.deepEqual(rig.device.signals, ['halt 80']);
    assert.equal(rig.ssch(), 0);
  });

  it('halt of a suspended program', () => {
    const rig = rigWith();
    rig.run([nop('S SLI')], { control: OrbBit.suspendControl });
    assert.equal(rig.css.hsch(NUMBER), 0);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '6021');
    assert.equal(rig.stsch().scsw.control & 0xffff, 0);
  });

  it('halt while device end is outstanding', () => {
    const rig = channelEnded();
    assert.equal(rig.css.hsch(NUMBER), 1);
    rig.tsch();
    assert.equal(rig.css.hsch(NUMBER), 0);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c06003 00010008 04000002');
    rig.advance(1e6);
    assert.equal(rig.interruptions.length, 2);
  });

  it('clear (CH-035)', () => {
    const rig = active();
    assert.equal(rig.css.csch(NUMBER), 0);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x1100);
    rig.drain();
    const { irb } = rig.tsch();
    assert.equal(scswText(irb), '00001001 00000000 00000000');
    assert.equal(irb.eswWord0, 0);
    assert.deepEqual(rig.device.signals, ['selective reset 80']);
    const { pom, lpum, pnom } = rig.stsch();
    assert.deepEqual([pom, lpum, pnom], [0xff, 0, 0]);
  });

  it('unsolicited (CH-039)', () => {
    const rig = rigWith();
    rig.device.notifier().unsolicited(0x85);
    const { irb } = rig.tsch();
    assert.equal(scswText(irb), '00000011 00000000 85000000');
    assert.equal(irb.eswWord0, 0x0080_0000);
    assert.deepEqual(rig.interruptions, [NUMBER]);
  });
});

describe('test subchannel', () => {
  it('ends the function with anything but intermediate status of a program that goes on', () => {
    const rig = rigWith();
    rig.run([nop('SLI')]);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0);
  });

  it('leaves function and activity with intermediate status', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    rig.program([[0x02, 'PCI', 4, DATA]]);
    rig.ssch();
    rig.drain();
    rig.tsch();
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x40c0);
    assert.equal(rig.stsch().scsw.subchannelStatus, 0);
  });

  it('leaves a halt function that is still pending with intermediate status', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    rig.program([[0x02, 'PCI', 4, DATA]]);
    rig.ssch();
    rig.drain();
    rig.device.deaf = true;
    assert.equal(rig.css.hsch(NUMBER), 0);
    rig.drain();
    rig.tsch();
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x62c0);
    rig.device.deaf = false;
    rig.device.notifier().resume();
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '6017');
  });
});

describe('unsolicited status', () => {
  it('waits at the device while a program is active, and comes when its status is cleared', () => {
    const rig = active();
    rig.device.notifier().unsolicited(0x80);
    rig.drain();
    assert.deepEqual(rig.interruptions, []);
    rig.device.notifier().resume();
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '4017');
    assert.deepEqual(rig.interruptions, [NUMBER, NUMBER]);
    assert.equal(scswText(rig.tsch().irb), '00000011 00010010 80000000');
  });

  it('that comes twice before it is cleared is not lost', () => {
    const rig = rigWith();
    rig.device.notifier().unsolicited(0x80);
    rig.device.notifier().unsolicited(0x04);
    assert.equal(rig.tsch().irb.scsw.deviceStatus, 0x80);
    assert.equal(rig.tsch().irb.scsw.deviceStatus, 0x04);
    assert.equal(rig.tsch().code, 1);
  });

  it('before the start function was begun gives deferred condition code 1', () => {
    const rig = rigWith();
    rig.program([nop('SLI')]);
    rig.ssch();
    rig.device.notifier().unsolicited(0x80);
    rig.drain();
    const { scsw } = rig.tsch().irb;
    assert.equal((scsw.control >>> 24) & 3, 1);
    assert.equal(scsw.deviceStatus, 0x80);
    assert.deepEqual(rig.device.selected, []);
  });

  it('that came while a resume function was pending is shown when that is cancelled', () => {
    const rig = rigWith();
    rig.run([nop('S SLI')], { control: OrbBit.suspendControl });
    assert.equal(rig.css.rsch(NUMBER), 0);
    rig.device.notifier().unsolicited(0x80);
    assert.equal(rig.css.xsch(NUMBER), 0);
    assert.equal(scswText(rig.tsch().irb).slice(0, 8), '00000011');
  });

  it('is discarded by a clear function', () => {
    const rig = active();
    rig.device.notifier().unsolicited(0x80);
    rig.css.csch(NUMBER);
    rig.drain();
    rig.tsch();
    assert.equal(rig.tsch().code, 1);
  });

  it('with unit check brings its sense bytes', () => {
    const rig = rigWith();
    rig.device.notifier().unsolicited(0x82);
    const { irb } = rig.tsch();
    assert.equal(irb.scsw.control, 0x0002_0011);
    assert.equal(irb.erw, 0x0120_0000);
  });
});

describe('interruptions', () => {
  it('are pending by subclass until they are taken; status stays', () => {
    const rig = rigWith();
    rig.modify({ flags: 0x2880 });
    rig.device.notifier().unsolicited(0x80);
    assert.deepEqual(rig.css.pendingInterruptions(0xfb), []);
    assert.deepEqual(rig.css.pendingInterruptions(0x04), [NUMBER]);
    assert.equal(rig.css.takeInterruption(NUMBER), true);
    assert.equal(rig.css.takeInterruption(NUMBER), false);
    assert.deepEqual(rig.css.pendingInterruptions(), []);
    assert.equal(rig.tsch().code, 0);
  });

  it('come again for status that is added after they were taken', () => {
    const rig = channelEnded();
    assert.equal(rig.css.takeInterruption(NUMBER), true);
    rig.advance(500);
    assert.deepEqual(rig.interruptions, [NUMBER, NUMBER]);
    assert.equal(rig.tsch().irb.scsw.ccwAddress, PROGRAM + 8);
  });
});
