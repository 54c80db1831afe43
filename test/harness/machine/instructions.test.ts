import assert from 'node:assert/strict';
import { OrbBit, PmcwFlag, SCHIB_LENGTH, SchibOffset, viewOf } from '../../../src/harness/arch/index.js';
import { OPERAND_EXCEPTION } from '../../../src/harness/machine/index.js';
import type { Rig } from './rig.js';
import { DATA, NUMBER, conditions, rigWith } from './rig.js';

/** Brings a subchannel into each state that condition codes depend on. */
const states = {
  idle: () => rigWith(),
  'start pending': () => started(),
  active: () => {
    const rig = rigWith();
    rig.device.script = [{ dataLatency: Infinity, input: new Uint8Array(1) }];
    start(rig, [[0x02, 'SLI', 1, DATA]]);
    rig.drain();
    return rig;
  },
  'intermediate status pending': () => {
    const rig = rigWith();
    rig.device.script = [{ dataLatency: Infinity, input: new Uint8Array(1) }];
    start(rig, [[0x02, 'SLI PCI', 1, DATA]]);
    rig.drain();
    return rig;
  },
  'primary status pending': () => {
    const rig = started();
    rig.drain();
    return rig;
  },
  suspended: () => {
    const rig = suspended();
    rig.tsch();
    return rig;
  },
  'suspended, status pending': () => suspended(),
  'resume pending': () => {
    const rig = suspended();
    rig.tsch();
    assert.equal(rig.css.rsch(NUMBER), 0);
    return rig;
  },
  'halt pending': () => {
    const rig = started();
    assert.equal(rig.css.hsch(NUMBER), 0);
    return rig;
  },
  'clear pending': () => {
    const rig = started();
    assert.equal(rig.css.csch(NUMBER), 0);
    return rig;
  },
  'not enabled': () => rigWith({ enabled: false }),
  unplugged: () => {
    const rig = rigWith();
    rig.css.unplug(NUMBER);
    return rig;
  },
} as const;

function start(rig: Rig, ccws: Parameters<Rig['program']>[0], control: number = OrbBit.format2Idaw): void {
  rig.program(ccws);
  assert.equal(rig.ssch({ control }), 0);
}

function started(): Rig {
  const rig = rigWith();
  start(rig, [[0x03, 'SLI', 1]]);
  return rig;
}

function suspended(): Rig {
  const rig = rigWith();
  start(rig, [[0x03, 'S SLI', 1]], OrbBit.suspendControl);
  rig.drain();
  return rig;
}

/** Condition codes by state: ssch hsch csch xsch rsch tsch msch stsch. */
const table: Record<keyof typeof states, string> = {
  idle: '0 0 0 2 2 1 0 0',
  'start pending': '2 0 0 0 2 1 2 0',
  active: '2 0 0 2 2 1 2 0',
  'intermediate status pending': '1 0 0 1 1 0 1 0',
  'primary status pending': '1 1 0 1 1 0 1 0',
  suspended: '2 0 0 0 0 1 2 0',
  'suspended, status pending': '1 1 0 1 1 0 1 0',
  'resume pending': '2 0 0 0 2 1 2 0',
  'halt pending': '2 2 0 2 2 1 2 0',
  'clear pending': '2 2 0 2 2 1 2 0',
  'not enabled': '3 3 3 3 3 3 0 0',
  unplugged: '3 3 3 3 3 3 3 0',
};

describe('I/O instructions', () => {
  for (const [state, codes] of Object.entries(table)) {
    it(`have their condition codes: ${state}`, () => {
      const make = states[state as keyof typeof states];
      const found = [
        make().ssch(),
        make().css.hsch(NUMBER),
        make().css.csch(NUMBER),
        make().css.xsch(NUMBER),
        make().css.rsch(NUMBER),
        make().tsch().code,
        make().modify({}),
        make().css.stsch(NUMBER, new Uint8Array(SCHIB_LENGTH)),
      ];
      assert.equal(found.join(' '), codes);
    });
  }

  it('answer condition code 3 for a subchannel that is not provided', () => {
    const { css } = rigWith();
    const codes = [
      css.ssch(9, new Uint8Array(32)),
      css.hsch(9),
      css.csch(9),
      css.xsch(9),
      css.rsch(9),
      css.tsch(9, new Uint8Array(64)),
      css.stsch(9, new Uint8Array(SCHIB_LENGTH)),
      css.msch(9, new Uint8Array(SCHIB_LENGTH)),
    ];
    assert.deepEqual(codes, [3, 3, 3, 3, 3, 3, 3, 3]);
  });

  for (const bit of [0x20, 0x10, 0x08, 0x04, 0x02, OrbBit.channelProgramType]) {
    it(`START SUBCHANNEL refuses ORB word 1 bit ${bit.toString(16)} with an operand exception`, () => {
      const rig = rigWith();
      assert.equal(rig.ssch({ control: bit }), OPERAND_EXCEPTION);
      assert.equal(rig.stsch().scsw.control, 0);
    });
  }

  it('START SUBCHANNEL refuses an address above 31 bits with an operand exception', () => {
    assert.equal(rigWith().ssch({ channelProgramAddress: 0x8000_0000 }), OPERAND_EXCEPTION);
  });

  it('START SUBCHANNEL answers condition code 3 when no path of the mask is available', () => {
    const rig = rigWith({ paths: [1, 2] });
    assert.equal(rig.ssch({ paths: 0x20 }), 3);
    assert.equal(rig.ssch({ paths: 0 }), 3);
    rig.css.configurePath(1, false);
    assert.equal(rig.ssch({ paths: 0x80 }), 3);
    assert.equal(rig.ssch({ paths: 0xc0 }), 0);
  });

  it('START SUBCHANNEL places interruption parameter, key and control bits', () => {
    const rig = rigWith();
    rig.program([[0x03, 'SLI', 1]]);
    rig.ssch({ key: 5, interruptionParameter: 0xcafe_f00d, control: OrbBit.initialStatusInterruption });
    const { scsw, interruptionParameter } = rig.stsch();
    assert.equal(interruptionParameter, 0xcafe_f00d);
    assert.equal((scsw.control >>> 0).toString(16), '50e04400');
  });

  for (const [what, offset, value] of [
    ['QDIO bit', SchibOffset.flags, 0x8081],
    ['message bit', SchibOffset.flags, 0x4081],
    ['bit 6', SchibOffset.flags, 0x0281],
    ['bit 7', SchibOffset.flags, 0x0181],
    ['limit mode 11', SchibOffset.flags, 0x00e1],
    ['reserved characteristics', SchibOffset.characteristics, 0x8000],
    ['reserved low characteristics', SchibOffset.characteristics + 2, 0x0008],
  ] as const) {
    it(`MODIFY SUBCHANNEL refuses ${what} with an operand exception`, () => {
      const rig = rigWith();
      const schib = new Uint8Array(SCHIB_LENGTH);
      viewOf(schib).setUint16(offset, value);
      assert.equal(rig.css.msch(NUMBER, schib), OPERAND_EXCEPTION);
    });
  }

  it('MODIFY SUBCHANNEL refuses a format-1 measurement block off a 64-byte boundary', () => {
    const rig = rigWith();
    const schib = new Uint8Array(SCHIB_LENGTH);
    const view = viewOf(schib);
    view.setUint32(SchibOffset.characteristics, 4);
    view.setUint32(SchibOffset.measurementBlockAddress + 4, 0x1020);
    assert.equal(rig.css.msch(NUMBER, schib), OPERAND_EXCEPTION);
    view.setUint32(SchibOffset.measurementBlockAddress + 4, 0x1040);
    assert.equal(rig.css.msch(NUMBER, schib), 0);
    assert.deepEqual(rig.stsch().measurementBlockAddress, [0, 0x1040]);
  });

  it('MODIFY SUBCHANNEL refuses concurrent sense where the facility is not installed', () => {
    const rig = rigWith();
    rig.css.concurrentSenseFacility = false;
    assert.equal(rig.modify({ concurrentSense: true }), OPERAND_EXCEPTION);
    assert.equal(rig.modify({ concurrentSense: false }), 0);
  });

  it('MODIFY SUBCHANNEL changes what it may change and nothing else', () => {
    const rig = rigWith({ paths: [0x10, 0x11] });
    const schib = new Uint8Array(SCHIB_LENGTH).fill(0xff, SchibOffset.scsw, SchibOffset.measurementBlockAddress);
    const view = viewOf(schib);
    view.setUint32(SchibOffset.interruptionParameter, 0x1122_3344);
    view.setUint16(SchibOffset.flags, 0x2c9e); // ISC 5, bit 5, E, measurement mode 3, D, T; V off
    view.setUint16(SchibOffset.deviceNumber, 0xffff);
    schib[SchibOffset.lpm] = 0x40;
    schib[SchibOffset.pim] = 0xff;
    schib[SchibOffset.pam] = 0xff;
    schib[SchibOffset.pom] = 0x7f;
    view.setUint16(SchibOffset.measurementBlockIndex, 9);
    view.setUint32(SchibOffset.characteristics, 1);
    assert.equal(rig.css.msch(NUMBER, schib), 0);
    const found = rig.stsch();
    assert.equal(found.interruptionParameter, 0x1122_3344);
    assert.equal(found.flags.toString(16), '289d');
    assert.equal(found.deviceNumber, 0x0ab8);
    assert.deepEqual([found.lpm, found.pim, found.pam, found.pom], [0x40, 0xc0, 0xc0, 0x7f]);
    assert.equal(found.measurementBlockIndex, 9);
    assert.equal(found.characteristics, 1);
    assert.equal(found.scsw.control, 0);
    assert.deepEqual(found.chpid.slice(0, 3), [0x10, 0x11, 0]);
  });

  it('STORE SUBCHANNEL shows a device that was taken away as not valid', () => {
    const rig = rigWith();
    rig.css.unplug(NUMBER);
    assert.equal(rig.stsch().flags & PmcwFlag.deviceNumberValid, 0);
    assert.ok(rig.device.signals.includes('detach 80'));
  });

  it('TEST SUBCHANNEL with nothing pending stores the IRB all the same (CH-031)', () => {
    const rig = started();
    const { code, irb } = rig.tsch();
    assert.equal(code, 1);
    assert.equal(conditions(irb), '4400');
  });

  it('a subchannel that is not enabled is not interrupted (CH-053)', () => {
    const rig = rigWith({ enabled: false });
    rig.device.notifier().unsolicited(0x80);
    assert.deepEqual(rig.interruptions, []);
  });

  it('STORE CHANNEL REPORT WORD gives 0 when nothing is pending', () => {
    assert.equal(rigWith().css.stcrw(), 0);
  });

  it('CANCEL SUBCHANNEL leaves no interruption behind (CH-037)', () => {
    const rig = started();
    assert.equal(rig.css.xsch(NUMBER), 0);
    rig.advance(1e9);
    assert.deepEqual(rig.interruptions, []);
    assert.deepEqual(rig.device.selected, []);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0);
    assert.equal(rig.ssch(), 0);
  });

  it('injected outcomes take the place of the next instruction', () => {
    const rig = rigWith();
    rig.css.faults.start = 2;
    assert.deepEqual([rig.ssch(), rig.ssch()], [2, 0]);
    rig.css.faults.haltOrClear = 1;
    assert.deepEqual([rig.css.csch(NUMBER), rig.css.csch(NUMBER)], [1, 0]);
    rig.drain();
    rig.tsch();
    rig.css.faults.modify = 3;
    assert.deepEqual([rig.modify(), rig.modify()], [3, 3]);
    rig.css.faults.modify = undefined;
    assert.equal(rig.modify(), 0);
  });
});
