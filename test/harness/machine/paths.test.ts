import assert from 'node:assert/strict';
import type { SubchannelDescription } from '../../../src/harness/machine/index.js';
import type { Rig } from './rig.js';
import { DATA, NUMBER, conditions, rigWith, scswText, type CcwText } from './rig.js';
import { ScriptedDevice } from './scripted-device.js';

const nop: CcwText = [0x03, 'SLI', 1];
const reports = (rig: Rig): string[] => {
  const found: string[] = [];
  for (let word = rig.css.stcrw(); word !== 0; word = rig.css.stcrw()) found.push(word.toString(16).padStart(8, '0'));
  return found;
};

describe('channel paths', () => {
  it('are shown by STORE SUBCHANNEL (CH-051)', () => {
    const { pim, pam, pom, lpm, lpum, pnom, chpid } = rigWith({ paths: [0x10, 0x2a, 0x33] }).stsch();
    assert.deepEqual([pim, pam, pom, lpm, lpum, pnom], [0xe0, 0xe0, 0xff, 0xe0, 0, 0]);
    assert.deepEqual(chpid.slice(0, 4), [0x10, 0x2a, 0x33, 0]);
  });

  it('number up to eight', () => {
    const rig = rigWith({ paths: [0, 1, 2, 3, 4, 5, 6, 7] });
    assert.equal(rig.stsch().pim, 0xff);
    assert.equal(rig.run([nop], { paths: 0x01 }).eswWord0, 0x0001_0000);
  });

  it('are selected by the logical path mask, and named in the IRB (PA-014)', () => {
    const rig = rigWith({ paths: [1, 2, 3] });
    for (const mask of [0x80, 0x40, 0x20]) {
      assert.equal(rig.run([nop], { paths: mask }).eswWord0, mask << 16);
      assert.equal(rig.device.selected.at(-1)?.mask, mask);
      assert.equal(rig.stsch().lpum, mask);
    }
  });

  it('one that does not answer is passed over, and remembered (PA-015)', () => {
    const rig = rigWith({ paths: [1, 2] });
    rig.css.breakPath(1, true);
    const irb = rig.run([nop]);
    assert.equal(scswText(irb), '00c14007 00010008 0c000001');
    const { pnom, pom, lpum } = rig.stsch();
    assert.deepEqual([pnom, pom, lpum], [0x80, 0x7f, 0x40]);
  });

  it('one that is not operational is tried when no other answers, and is operational again', () => {
    const rig = rigWith({ paths: [1, 2] });
    rig.css.breakPath(1, true);
    rig.run([nop]);
    rig.css.breakPath(1, false);
    assert.equal(rig.run([nop]).eswWord0, 0x0040_0000);
    rig.css.breakPath(2, true);
    assert.equal(rig.run([nop]).eswWord0, 0x0080_0000);
    const { pnom, pom } = rig.stsch();
    assert.deepEqual([pnom, pom], [0x40, 0xbf]);
  });

  it('none that answers gives deferred condition code 3', () => {
    const rig = rigWith({ paths: [1, 2] });
    rig.css.breakPath(1, true);
    rig.css.breakPath(2, true);
    const { control } = rig.run([nop]).scsw;
    assert.equal((control >>> 24) & 3, 3);
    assert.equal(rig.stsch().pnom, 0xc0);
    assert.deepEqual(rig.device.selected, []);
  });

  it('configured off and on: the available mask and a channel report each', () => {
    const rig = rigWith({ paths: [0x10, 0x11] });
    let told = 0;
    rig.css.onChannelReport = () => told++;
    rig.css.configurePath(0x11, false);
    assert.equal(rig.stsch().pam, 0x80);
    assert.equal(rig.stsch().pim, 0xc0);
    assert.equal(rig.ssch({ paths: 0x40 }), 3);
    rig.css.configurePath(0x11, true);
    assert.equal(rig.stsch().pam, 0xc0);
    assert.deepEqual(reports(rig), ['04060011', '04020011']);
    assert.equal(told, 2);
  });

  it('no report where nothing changes', () => {
    const rig = rigWith();
    rig.css.configurePath(0x10, true);
    rig.css.configurePath(0x99, false);
    assert.deepEqual(reports(rig), []);
  });

  it('reset: devices on the path are reset, operations end, a solicited report follows', () => {
    const rig = rigWith({ paths: [0x10, 0x11] });
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    rig.program([[0x02, '', 4, DATA]]);
    rig.ssch();
    rig.drain();
    assert.equal(rig.css.resetChannelPath(0x10), 0);
    assert.deepEqual(reports(rig), []);
    rig.drain();
    assert.deepEqual(rig.device.signals, ['system reset 80']);
    assert.equal(scswText(rig.tsch().irb), '00c04017 00010008 00020004');
    assert.deepEqual(reports(rig), ['44020010']);
    assert.equal(rig.css.resetChannelPath(0x77), 3);
  });

  it('reset of a path that the operation does not use leaves it alone', () => {
    const rig = rigWith({ paths: [0x10, 0x11] });
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: 50 }];
    rig.program([[0x02, '', 4, DATA]]);
    rig.ssch();
    rig.drain();
    rig.css.resetChannelPath(0x11);
    rig.advance(100);
    assert.equal(conditions(rig.tsch().irb), '4007');
  });

  it('a halt on a path that does not answer ends with an interface-control check', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    rig.program([[0x02, 'SLI', 4, DATA]]);
    rig.ssch();
    rig.drain();
    rig.css.breakPath(0x10, true);
    assert.equal(rig.css.hsch(NUMBER), 0);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c06017 00010008 00020004');
  });
});

describe('channel reports', () => {
  it('come in order, and an overflow is marked on the last that was kept', () => {
    const rig = rigWith();
    for (let id = 0; id < rig.css.reports.capacity + 3; id++) rig.css.report(4, 0, id & 0xff);
    const found = reports(rig);
    assert.equal(found.length, 64);
    assert.equal(found[0], '04000000');
    assert.equal(found[62], '0400003e');
    assert.equal(found[63], '2400003f');
    rig.css.report(4, 0, 1);
    assert.deepEqual(reports(rig), ['04000001']);
  });

  it('tell of a device that was taken away', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: 100 }];
    rig.program([[0x02, '', 4, DATA]]);
    rig.ssch();
    rig.drain();
    rig.css.unplug(NUMBER);
    rig.advance(1000);
    assert.deepEqual(reports(rig), ['03040005']);
    assert.deepEqual(rig.interruptions, []);
    assert.equal(rig.css.csch(NUMBER), 3);
    rig.css.unplug(NUMBER);
    assert.deepEqual(reports(rig), []);
  });

  it('a device that is taken away takes its pending interruption with it', () => {
    const rig = rigWith();
    rig.device.notifier().unsolicited(0x80);
    rig.css.unplug(NUMBER);
    assert.deepEqual(rig.css.pendingInterruptions(), []);
  });
});

describe('subchannels', () => {
  const description = (fields: Partial<SubchannelDescription>): SubchannelDescription => ({
    number: 7,
    deviceNumber: 0x100,
    device: new ScriptedDevice(),
    paths: [1],
    ...fields,
  });

  for (const [what, fields] of [
    ['a number that is taken', { number: NUMBER }],
    ['no path', { paths: [] }],
    ['nine paths', { paths: [0, 1, 2, 3, 4, 5, 6, 7, 8] }],
    ['a path twice', { paths: [1, 1] }],
  ] as const) {
    it(`cannot be installed with ${what}`, () => {
      assert.throws(() => rigWith().css.addSubchannel(description(fields)), RangeError);
    });
  }

  it('share their channel paths', () => {
    const rig = rigWith();
    const second = rig.css.addSubchannel(description({ paths: [0x10, 0x20] }));
    rig.css.configurePath(0x10, false);
    assert.equal(second.pam, 0x40);
    assert.equal(rig.stsch().pam, 0);
    assert.equal(rig.ssch(), 3);
  });
});
