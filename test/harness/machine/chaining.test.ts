import assert from 'node:assert/strict';
import type { Rig } from './rig.js';
import { DATA, PROGRAM, rigWith, scswText, type CcwText } from './rig.js';

const tic = (target: number, flags = '', count = 0): CcwText => [0x08, flags, count, target];
const nop = (flags = 'CC SLI'): CcwText => [0x03, flags, 1];
const commands = (rig: Rig): string =>
  rig.device.selected.map(({ command, chained }) => `${command.toString(16)}${chained ? '+' : ''}`).join(' ');

describe('command chaining', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = rigWith();
  });

  it('goes on with the next CCW at device end, and ends at the CCW without CC (CH-001, CH-002)', () => {
    const irb = rig.run([nop(), nop(), nop('SLI'), nop()]);
    assert.equal(scswText(irb), '00c04007 00010018 0c000001');
    assert.equal(commands(rig), '3 3+ 3+');
  });

  for (const [what, status] of [
    ['attention', 0x8c],
    ['unit check', 0x0e],
    ['unit exception', 0x0d],
  ] as const) {
    it(`${what} suppresses chaining (CH-047)`, () => {
      rig.device.script = [{ output: 4, ending: status }];
      const irb = rig.run([[0x01, 'CC SLI', 4, DATA], nop('SLI')]);
      assert.equal(commands(rig), '1');
      assert.equal(irb.scsw.deviceStatus, status);
      assert.equal(irb.scsw.ccwAddress, PROGRAM + 8);
      assert.equal(irb.scsw.control & 0x1f, 0x17);
    });
  }

  it('waits for device end after channel end without an interruption between', () => {
    rig.device.script = [{ output: 4, ending: 0x08, deviceEndLatency: 1000 }];
    rig.program([[0x01, 'CC', 4, DATA], nop('SLI')]);
    rig.ssch();
    rig.drain();
    assert.equal(commands(rig), '1');
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x40c0);
    assert.deepEqual(rig.interruptions, []);
    rig.advance(1000);
    assert.equal(commands(rig), '1 3+');
    assert.equal(scswText(rig.tsch().irb), '00c04007 00010010 0c000001');
  });

  it('takes device end that the device presents by itself', () => {
    rig.device.script = [{ output: 4, ending: 0x08, deviceEndLatency: Infinity }];
    rig.program([[0x01, 'CC', 4, DATA], nop('SLI')]);
    rig.ssch();
    rig.advance(1e9);
    assert.equal(commands(rig), '1');
    rig.device.notifier().unsolicited(0x04);
    rig.drain();
    assert.equal(commands(rig), '1 3+');
  });

  it('unit check with a late device end ends the chain', () => {
    rig.device.script = [{ output: 4, ending: 0x08, deviceEndLatency: Infinity }];
    rig.program([[0x01, 'CC', 4, DATA], nop('SLI')]);
    rig.ssch();
    rig.drain();
    rig.device.notifier().unsolicited(0x06);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c24017 00010008 0e000000');
    assert.equal(commands(rig), '1');
  });

  it('status modifier skips exactly one CCW (CH-012)', () => {
    rig.device.script = [{ output: 4, ending: 0x4c }];
    const irb = rig.run([[0x31, 'CC', 4, DATA], [0x77, 'CC SLI', 1], nop('SLI')]);
    assert.equal(commands(rig), '31 3+');
    assert.equal(irb.scsw.ccwAddress, PROGRAM + 24);
  });

  it('status modifier with channel end, and device end later, skips one CCW too', () => {
    rig.device.script = [{ output: 4, ending: 0x48, deviceEndLatency: 10 }];
    rig.program([[0x31, 'CC', 4, DATA], [0x77, 'CC SLI', 1], nop('SLI')]);
    rig.ssch();
    rig.advance(100);
    assert.equal(commands(rig), '31 3+');
  });

  for (const [when, ending] of [
    ['with device end', 0x4e],
    ['before device end', 0x4a],
  ] as const) {
    it(`command retry ${when} executes the CCW again, with area and count as at first`, () => {
      const input = Uint8Array.of(1, 2, 3, 4);
      rig.device.script = [
        { initial: 0x0c },
        { input, ending, deviceEndLatency: 10 },
        { input: Uint8Array.of(9, 8, 7, 6) },
      ];
      rig.program([nop(), [0x06, '', 4, DATA]]);
      rig.ssch();
      rig.advance(100);
      assert.equal(commands(rig), '3 6+ 6+');
      assert.deepEqual(rig.bytes(DATA, 4), [9, 8, 7, 6]);
      assert.equal(scswText(rig.tsch().irb), '00c04007 00010010 0c000000');
    });
  }

  it('command retry of the first command is not command-chained, and needs no channel end at acceptance', () => {
    rig.device.script = [{ initial: 0x4e }, { initial: 0x0c }];
    const irb = rig.run([nop('SLI')]);
    assert.equal(commands(rig), '3 3');
    assert.equal(scswText(irb), '00c04007 00010008 0c000001');
  });

  it('command retry has a limit, after which its status is presented', () => {
    rig.device.fallback = { initial: 0x4e };
    const irb = rig.run([nop('SLI')]);
    assert.equal(rig.device.selected.length, 255);
    assert.equal(irb.scsw.deviceStatus, 0x4e);
  });

  it('tells a device that expects another command when none will come', () => {
    rig.device.script = [{ input: Uint8Array.of(1, 2) }];
    rig.run([[0x02, 'CC', 4, DATA], nop('SLI')]);
    assert.deepEqual(rig.device.signals, ['chain ended 80']);
  });
});

describe('transfer in channel', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = rigWith();
  });

  it('continues at its target and is not seen by the device (CH-013)', () => {
    rig.program([nop('SLI')], PROGRAM + 0x400);
    const irb = rig.run([nop(), tic(PROGRAM + 0x400)]);
    assert.equal(commands(rig), '3 3+');
    assert.equal(irb.scsw.ccwAddress, PROGRAM + 0x408);
  });

  it('as the first CCW is a program check (CH-015)', () => {
    assert.equal(scswText(rig.run([tic(PROGRAM + 8), nop('SLI')])), '00c04017 00010008 00200000');
    assert.equal(commands(rig), '');
  });

  it('to a transfer in channel is a program check at the second (CH-014)', () => {
    const irb = rig.run([nop(), tic(PROGRAM + 24), nop(), tic(PROGRAM + 16)]);
    assert.equal(irb.scsw.subchannelStatus, 0x20);
    assert.equal(irb.scsw.ccwAddress, PROGRAM + 32);
  });

  it('to an address that is not a multiple of 8 is a program check with the count of the CCW before', () => {
    assert.equal(scswText(rig.run([nop(), tic(PROGRAM + 20)])), '00c04017 00010010 00200001');
  });

  it('to an address outside storage is a program check', () => {
    assert.equal(scswText(rig.run([nop(), tic(0x7fff_fff8)])), '00c04017 00010010 00200001');
  });

  for (const [what, ccw] of [
    ['flags', tic(PROGRAM + 16, 'CC')],
    ['a count', tic(PROGRAM + 16, '', 1)],
    ['address bit 0', tic(0x8000_0000 + PROGRAM + 16)],
    ['a command code 18', [0x18, '', 0, PROGRAM + 16] as CcwText],
  ] as const) {
    it(`of format 1 with ${what} is a program check`, () => {
      const irb = rig.run([nop(), ccw, nop('SLI')]);
      assert.equal(irb.scsw.subchannelStatus, 0x20);
      assert.equal(irb.scsw.ccwAddress, PROGRAM + 16);
      assert.equal(commands(rig), '3');
    });
  }

  it('of format 0 ignores flags, count and the left half of its code', () => {
    const irb = rig.run([nop(), [0xf8, 'CD S PCI', 7, PROGRAM + 24], nop(), nop('SLI')], { format: 0 });
    assert.equal(commands(rig), '3 3+');
    assert.equal(irb.scsw.ccwAddress, PROGRAM + 32);
    assert.equal(irb.scsw.subchannelStatus, 0);
  });

  it('leads on within a data chain', () => {
    rig.device.script = [{ input: Uint8Array.of(1, 2, 3, 4) }];
    const irb = rig.run([[0x02, 'CD', 2, DATA], tic(PROGRAM + 24), nop(), [0, '', 2, DATA + 16]]);
    assert.deepEqual([...rig.bytes(DATA, 2), ...rig.bytes(DATA + 16, 2)], [1, 2, 3, 4]);
    assert.equal(scswText(irb), '00c04007 00010020 0c000000');
  });

  it('back to itself over commands without data is a program check in the end', () => {
    const irb = rig.run([nop(), tic(PROGRAM)]);
    assert.equal(irb.scsw.subchannelStatus, 0x20);
    assert.equal(irb.scsw.ccwAddress, PROGRAM + 16);
    assert.equal(rig.device.selected.length, 257);
  });

  it('back over commands with data goes on for ever, and virtual time passes', () => {
    rig.program([[0x01, 'CC SLI', 1, DATA], tic(PROGRAM)]);
    rig.ssch();
    rig.advance(100e6);
    assert.deepEqual(rig.interruptions, []);
    const before = rig.device.selected.length;
    assert.ok(before > 1000);
    assert.equal(rig.css.hsch(5), 0);
    rig.drain();
    assert.deepEqual(rig.interruptions, [5]);
    assert.equal(rig.device.selected.length, before);
  });

  it('goes on for ever with interruptions that are taken, too', () => {
    rig.program([[0x01, 'CC SLI PCI', 1, DATA], tic(PROGRAM)]);
    let taken = 0;
    const interruption = rig.interruptionTask(() => {
      taken += 1 - rig.tsch().code;
    });
    rig.css.onInterruption = () => {
      rig.machine.scheduler.interrupt(interruption);
    };
    rig.ssch();
    rig.advance(100e6);
    assert.ok(taken > 1000);
    assert.equal(rig.machine.scheduler.now, 100e6);
  });
});
