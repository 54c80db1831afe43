import assert from 'node:assert/strict';
import { CommonCommand, concurrentSenseCount } from '../../../src/harness/arch/index.js';
import type { Rig } from './rig.js';
import { DATA, NUMBER, PROGRAM, conditions, rigWith, scswText, type CcwText } from './rig.js';

const nop = (flags = 'CC SLI'): CcwText => [0x03, flags, 1];

function start(rig: Rig, ccws: readonly CcwText[] = [nop('SLI')]): void {
  rig.program(ccws);
  assert.equal(rig.ssch(), 0);
  rig.drain();
}

describe('sense', () => {
  it('comes with the unit check when concurrent sense is on (CH-040)', () => {
    const rig = rigWith();
    rig.device.sense = Uint8Array.from({ length: 32 }, (_, index) => index);
    rig.device.script = [{ initial: 0x02 }];
    const irb = rig.run([nop('SLI')]);
    assert.equal(irb.erw, 0x0120_0000);
    assert.equal(concurrentSenseCount(irb.erw), 32);
    assert.deepEqual([...irb.ecw], [...rig.device.sense]);
    assert.deepEqual(rig.device.signals, ['sense 80']);
  });

  it('has the count that the device gives', () => {
    const rig = rigWith();
    rig.device.sense = new Uint8Array(24).fill(7);
    rig.device.script = [{ initial: 0x02 }];
    const irb = rig.run([nop('SLI')]);
    assert.equal(irb.erw, 0x0118_0000);
    assert.deepEqual([...irb.ecw.subarray(22, 26)], [7, 7, 0, 0]);
  });

  it('stays at the device when concurrent sense is off (CH-041)', () => {
    const rig = rigWith({ concurrentSense: false });
    rig.device.script = [{ initial: 0x02 }];
    const irb = rig.run([nop('SLI')]);
    assert.equal(scswText(irb), '00c04017 00010008 02000001');
    assert.equal(irb.erw, 0);
    assert.deepEqual(rig.device.signals, []);
    rig.device.script = [{ input: Uint8Array.of(0x80) }];
    rig.run([[CommonCommand.basicSense, 'SLI', 32, DATA]]);
    assert.equal(rig.storage[DATA], 0x80);
  });

  it('is in no later IRB', () => {
    const rig = rigWith();
    rig.device.script = [{ initial: 0x02 }];
    rig.run([nop('SLI')]);
    const irb = rig.run([nop('SLI')]);
    assert.equal(irb.erw, 0);
    assert.deepEqual([...irb.ecw], new Array(32).fill(0));
    assert.equal(scswText(irb), '00c04007 00010008 0c000001');
  });
});

describe('busy', () => {
  it('keeps the start pending until the device says that it is free', () => {
    const rig = rigWith();
    rig.device.script = [{ initial: 0x10 }, { initial: 0x0c }];
    start(rig);
    rig.advance(1e9);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x4400);
    assert.deepEqual(rig.interruptions, []);
    rig.device.notifier().unsolicited(0x04);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c04007 00010008 0c000001');
    assert.equal(rig.tsch().code, 1);
  });

  it('stays so if the device is busy again', () => {
    const rig = rigWith();
    rig.device.script = [{ initial: 0x10 }, { initial: 0x10 }, { initial: 0x0c }];
    start(rig);
    rig.device.notifier().unsolicited(0x04);
    rig.drain();
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x4400);
    rig.device.notifier().unsolicited(0x04);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '4007');
  });

  it('ends with deferred condition code 1 when the device presents other status', () => {
    const rig = rigWith();
    rig.device.script = [{ initial: 0x10 }];
    start(rig);
    rig.device.notifier().unsolicited(0x85);
    const { scsw } = rig.tsch().irb;
    assert.equal((scsw.control >>> 24) & 3, 1);
    assert.equal(scsw.deviceStatus, 0x85);
    assert.equal(rig.ssch(), 0);
  });

  it('can be cancelled, halted and cleared', () => {
    for (const [instruction, expected] of [
      ['xsch', undefined],
      ['hsch', '6401'],
      ['csch', '1001'],
    ] as const) {
      const rig = rigWith();
      rig.device.script = [{ initial: 0x10 }];
      start(rig);
      assert.equal(rig.css[instruction](NUMBER), 0);
      rig.drain();
      if (expected === undefined) assert.deepEqual(rig.interruptions, []);
      else assert.equal(conditions(rig.tsch().irb), expected);
      rig.device.notifier().unsolicited(0x04);
      rig.drain();
      assert.equal(rig.device.selected.length, 1);
    }
  });

  it('of a chained command is shown', () => {
    const rig = rigWith();
    rig.device.script = [{ initial: 0x0c }, { initial: 0x10 }];
    assert.equal(scswText(rig.run([nop(), nop('SLI')])), '00c04017 00010010 10000001');
  });

  it('of the control unit leads to another path', () => {
    const rig = rigWith({ paths: [1, 2] });
    rig.device.script = [{ initial: 0x50 }, { initial: 0x0c }];
    const irb = rig.run([nop('SLI')]);
    assert.equal(conditions(irb), '4007');
    assert.equal(irb.eswWord0, 0x0040_0000);
  });

  it('of the control unit on all paths waits for control unit end', () => {
    const rig = rigWith({ paths: [1, 2] });
    rig.device.script = [{ initial: 0x50 }, { initial: 0x50 }, { initial: 0x0c }];
    start(rig);
    assert.deepEqual(rig.interruptions, []);
    rig.device.notifier(0x40).unsolicited(0x20);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '4007');
  });
});

describe('halt and clear in the middle of an operation', () => {
  const phases: readonly (readonly [string, (rig: Rig) => void, string])[] = [
    [
      'before the data',
      (rig) => {
        rig.device.script = [{ input: new Uint8Array(4), dataLatency: 100 }];
        start(rig, [[0x02, '', 4, DATA]]);
      },
      '00c06017 00010008 0c400004',
    ],
    [
      'after the data',
      (rig) => {
        rig.device.script = [{ input: new Uint8Array(4), latency: 100 }];
        start(rig, [[0x02, '', 4, DATA]]);
      },
      '00c06007 00010008 0c000000',
    ],
    [
      'after channel end, with a command to follow',
      (rig) => {
        rig.device.script = [{ input: new Uint8Array(4), ending: 0x08, deviceEndLatency: 100 }];
        start(rig, [[0x02, 'CC', 4, DATA], nop('SLI')]);
      },
      '00c06007 00010008 0c000000',
    ],
  ];
  for (const [what, reach, halted] of phases) {
    it(`halt ${what}: the device's ending status, and nothing after it`, () => {
      const rig = rigWith();
      reach(rig);
      assert.equal(rig.css.hsch(NUMBER), 0);
      rig.advance(1e9);
      assert.equal(scswText(rig.tsch().irb), halted);
      assert.deepEqual(rig.interruptions, [NUMBER]);
      assert.equal(rig.device.selected.length, 1);
      assert.deepEqual(rig.device.signals, ['halt 80']);
    });

    it(`clear ${what}: status pending alone, and nothing after it (CH-036)`, () => {
      const rig = rigWith();
      reach(rig);
      assert.equal(rig.css.csch(NUMBER), 0);
      rig.advance(1e9);
      assert.equal(conditions(rig.tsch().irb), '1001');
      assert.deepEqual(rig.interruptions, [NUMBER]);
      assert.equal(rig.device.selected.length, 1);
    });
  }

  it('halt after channel end completes the status, whatever the device still says', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), ending: 0x08, deviceEndLatency: 100 }];
    rig.device.haltStatus = 0;
    start(rig, [[0x02, 'CC', 4, DATA], nop('SLI')]);
    rig.css.hsch(NUMBER);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c06007 00010008 0c000000');
  });

  it('halt of an operation adds nothing to the status of the device', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: 100 }];
    rig.device.haltStatus = 0x02;
    start(rig, [[0x02, 'SLI', 4, DATA]]);
    rig.css.hsch(NUMBER);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c26017 00010008 02000004');
  });

  it('halt between two commands, from a point of the engine', () => {
    const rig = rigWith();
    let points = 0;
    rig.machine.scheduler.onPoint = (point) => {
      if (point === 'channel:ccw' && ++points === 2) assert.equal(rig.css.hsch(NUMBER), 0);
    };
    start(rig, [nop(), nop(), nop('SLI')]);
    assert.equal(scswText(rig.tsch().irb), '00c06007 00010008 0c000001');
    assert.equal(rig.device.selected.length, 1);
    assert.deepEqual(rig.device.signals, ['chain ended 80']);
  });

  it('clear and cancel from a point before the first command', () => {
    for (const instruction of ['csch', 'xsch', 'hsch'] as const) {
      const rig = rigWith();
      rig.machine.scheduler.onPoint = () => {
        assert.equal(rig.css[instruction](NUMBER), 0);
      };
      start(rig);
      assert.deepEqual(rig.device.selected, []);
      assert.equal(rig.interruptions.length, instruction === 'xsch' ? 0 : 1);
    }
  });

  it('clear from a point, performed at once by a strategy that pre-empts', () => {
    const rig = rigWith();
    let points = 0;
    rig.machine.scheduler.strategy = { choose: () => 0, preempt: () => 0 };
    rig.machine.scheduler.onPoint = () => {
      if (++points === 2) assert.equal(rig.css.csch(NUMBER), 0);
    };
    start(rig, [nop(), nop('SLI')]);
    assert.equal(conditions(rig.tsch().irb), '1001');
    assert.equal(rig.device.selected.length, 1);
  });

  it('clear after halt: the clear function is what remains', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    start(rig, [[0x02, '', 4, DATA]]);
    rig.css.hsch(NUMBER);
    assert.equal(rig.css.csch(NUMBER), 0);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '1001');
    assert.deepEqual(rig.device.signals, ['selective reset 80']);
  });

  it('clear makes status that was pending disappear (CH-036)', () => {
    const rig = rigWith();
    start(rig);
    assert.equal(rig.css.csch(NUMBER), 0);
    assert.equal(rig.tsch().code, 1);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '1001');
  });

  it('a device that presents channel end to the halt is active until its device end', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    rig.device.haltStatus = 0x08;
    start(rig, [[0x02, 'SLI', 4, DATA]]);
    rig.css.hsch(NUMBER);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '6045');
    rig.device.notifier().unsolicited(0x04);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c04003 00010008 04000004');
  });

  it('unit check to the halt brings sense bytes', () => {
    const rig = rigWith();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    rig.device.haltStatus = 0x0e;
    start(rig, [[0x02, 'SLI', 4, DATA]]);
    rig.css.hsch(NUMBER);
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c26017 00010008 0e000004');
  });

  it('a device that has gone deaf keeps halt and clear pending', () => {
    for (const [instruction, pending, ended] of [
      ['hsch', 0x62c0, '6017'],
      ['csch', 0x1100, '1001'],
    ] as const) {
      const rig = rigWith();
      rig.device.script = [{ input: new Uint8Array(2), dataLatency: 10 }];
      start(rig, [[0x02, '', 4, DATA]]);
      rig.device.deaf = true;
      rig.advance(1e6);
      assert.equal(rig.css[instruction](NUMBER), 0);
      rig.advance(1e9);
      assert.equal(rig.stsch().scsw.control & 0xffff, pending);
      rig.device.deaf = false;
      rig.device.notifier().resume();
      rig.drain();
      assert.equal(conditions(rig.tsch().irb), ended);
    }
  });

  it('a start at a deaf device is pending until it answers', () => {
    const rig = rigWith();
    rig.device.deaf = true;
    start(rig);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x4400);
    rig.device.deaf = false;
    rig.device.notifier().resume();
    rig.drain();
    assert.equal(rig.tsch().irb.scsw.ccwAddress, PROGRAM + 8);
  });
});
