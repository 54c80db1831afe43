import assert from 'node:assert/strict';
import { OrbBit, ScswBit } from '../../../src/harness/arch/index.js';
import type { Rig } from './rig.js';
import { DATA, NUMBER, PROGRAM, conditions, rigWith, scswText, type CcwText } from './rig.js';

const nop = (flags = 'CC SLI'): CcwText => [0x03, flags, 1];

/** Starts a program and tests the subchannel at each interruption, as a CPU does that is enabled for it. */
function interruptions(rig: Rig, ccws: readonly CcwText[], control = 0): string[] {
  const found: string[] = [];
  const interruption = rig.interruptionTask(() => found.push(scswText(rig.tsch().irb)));
  rig.css.onInterruption = () => {
    rig.machine.scheduler.interrupt(interruption);
  };
  rig.program(ccws);
  rig.ssch({ control });
  rig.drain();
  return found;
}

describe('program-controlled interruption', () => {
  it('is intermediate status of an active subchannel when the CCW takes control (CH-025)', () => {
    const rig = rigWith();
    rig.device.script = [{ initial: 0x0c }, { dataLatency: Infinity, input: new Uint8Array(4) }];
    rig.program([nop(), [0x02, 'PCI', 4, DATA]]);
    rig.ssch();
    rig.drain();
    const { irb } = rig.tsch();
    assert.equal(scswText(irb), '00c040c9 00010010 00800004');
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x40c0);
    rig.device.notifier().resume();
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c04007 00010010 0c000000');
  });

  it('is taken before the program ends, where the CPU is enabled', () => {
    const found = interruptions(rigWith(), [nop(), [0xe4, 'CC SLI PCI', 20, DATA], nop('SLI')]);
    assert.deepEqual(found, ['00c040c9 00010010 00800014', '00c04007 00010018 0c000001']);
  });

  it('stays in the final status if it was not cleared (CH-026)', () => {
    const rig = rigWith();
    assert.equal(scswText(rig.run([nop('CC SLI PCI'), nop('SLI')])), '00c0400f 00010010 0c800001');
    assert.deepEqual(rig.interruptions, [NUMBER]);
  });

  it('of two CCWs may be one', () => {
    const rig = rigWith();
    const irb = rig.run([nop('CC SLI PCI'), nop('SLI PCI')]);
    assert.equal(irb.scsw.subchannelStatus, 0x80);
    assert.deepEqual(rig.interruptions, [NUMBER]);
  });

  it('is recognised in a data-chained CCW', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), latency: Infinity }];
    rig.program([
      [0x02, 'CD', 2, DATA],
      [0x02, 'PCI', 2, DATA],
    ]);
    rig.ssch();
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c040c9 00010010 00800000');
  });

  it('is not recognised for a command that the device did not accept', () => {
    const rig = rigWith();
    rig.device.script = [{ initial: 0x02 }];
    assert.equal(rig.run([nop('PCI SLI')]).scsw.subchannelStatus, 0);
  });
});

describe('initial-status interruption', () => {
  const control = OrbBit.initialStatusInterruption;

  it('comes first, with Z and intermediate status (CH-043)', () => {
    const found = interruptions(rigWith(), [[0x02, 'CC SLI', 4, DATA], nop('SLI')], control);
    assert.deepEqual(found, ['00e440c9 00010008 00000004', '00e04007 00010010 0c000001']);
  });

  it('joins the final status if it was not cleared', () => {
    const rig = rigWith();
    assert.equal(conditions(rig.run([[0x02, 'SLI', 4, DATA]], { control })), '400f');
  });

  it('does not come for initial status that is not zero', () => {
    assert.deepEqual(interruptions(rigWith(), [nop('SLI')], control), ['00e04007 00010008 0c000001']);
  });
});

describe('suspend and resume', () => {
  const control = OrbBit.suspendControl;

  it('stops before the CCW with the suspend flag, and says so (CH-028, CH-029)', () => {
    const rig = rigWith();
    const irb = rig.run([nop(), [0x77, 'S SLI', 1]], { control });
    assert.equal(scswText(irb), '08c04039 00010010 00000001');
    assert.equal(rig.device.selected.length, 1);
    assert.deepEqual(rig.device.signals, ['chain ended 80']);
  });

  it('keeps function and activity when the suspended status is tested', () => {
    const rig = rigWith();
    rig.run([[0x77, 'S SLI', 1]], { control });
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x4020);
  });

  it('resumes at the CCW, fetched again (CH-028)', () => {
    const rig = rigWith();
    rig.run([nop(), [0x77, 'S SLI', 1]], { control });
    rig.program([nop(), nop('SLI')]);
    assert.equal(rig.css.rsch(NUMBER), 0);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '08c04007 00010010 0c000001');
    assert.deepEqual(
      rig.device.selected.map(({ command, chained }) => [command, chained]),
      [
        [3, false],
        [3, false],
      ],
    );
  });

  it('suspends again if the flag is still there', () => {
    const rig = rigWith();
    rig.run([[0x77, 'S SLI', 1]], { control });
    rig.css.rsch(NUMBER);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '4039');
  });

  it('gives no interruption with ORB.U (CH-030)', () => {
    const rig = rigWith();
    rig.program([[0x77, 'S SLI', 1]]);
    rig.ssch({ control: control | OrbBit.suppressSuspendedInterruption });
    rig.drain();
    assert.deepEqual(rig.interruptions, []);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x4020);
  });

  it('shows PCI of the CCW with its suspended status', () => {
    const rig = rigWith();
    assert.equal(rig.run([[0x77, 'S PCI', 1]], { control }).scsw.subchannelStatus, 0x80);
  });

  it('shows initial status once, not after a resume', () => {
    const rig = rigWith();
    rig.run([[0x02, 'S CC SLI', 1, DATA]], { control: control | OrbBit.initialStatusInterruption });
    rig.program([
      [0x02, 'CC SLI', 1, DATA],
      [0x02, 'S SLI', 1, DATA],
    ]);
    rig.css.rsch(NUMBER);
    rig.drain();
    assert.notEqual(rig.tsch().irb.scsw.control & ScswBit.zeroConditionCode, 0);
    rig.program([[0x02, 'SLI', 1, DATA]], PROGRAM + 8);
    rig.css.rsch(NUMBER);
    rig.drain();
    assert.equal(rig.tsch().irb.scsw.control & ScswBit.zeroConditionCode, 0);
  });

  it('is a program check without ORB.S, on CD and in a data chain (CH-027)', () => {
    assert.equal(rigWith().run([nop('S SLI')]).scsw.subchannelStatus, 0x20);
    assert.equal(rigWith().run([[0x02, 'S CD', 4, DATA]], { control }).scsw.subchannelStatus, 0x20);
  });

  it('a suspended program can be cancelled', () => {
    const rig = rigWith();
    rig.run([nop('S SLI')], { control });
    assert.equal(rig.css.xsch(NUMBER), 0);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0);
    assert.equal(rig.ssch(), 0);
  });

  it('unsolicited status is shown while suspended, and the program can still be resumed', () => {
    const rig = rigWith();
    rig.run([nop('S SLI')], { control });
    rig.device.notifier().unsolicited(0x80);
    const { irb } = rig.tsch();
    assert.equal(conditions(irb), '4031');
    assert.equal(irb.scsw.deviceStatus, 0x80);
    rig.program([nop('SLI')]);
    assert.equal(rig.css.rsch(NUMBER), 0);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '4007');
  });
});

describe('prefetch', () => {
  it('without it, a read may change a later CCW of the program', () => {
    const rig = rigWith();
    rig.device.script = [{ input: Uint8Array.of(0x03, 0x20, 0, 9, 0, 0, 0, 0) }, { initial: 0x0c }];
    const irb = rig.run(
      [
        [0x02, 'CC', 8, PROGRAM + 8],
        [0x77, '', 1],
      ],
      { prefetch: false },
    );
    assert.equal(scswText(irb), '00804007 00010010 0c000009');
    assert.equal(rig.device.selected[1]?.command, 3);
  });
});
