import assert from 'node:assert/strict';
import { OrbBit } from '../../../src/harness/arch/index.js';
import type { Rig } from './rig.js';
import { DATA, PROGRAM, rigWith, scswText, type CcwText } from './rig.js';

const record = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index + 1);

describe('data chaining', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = rigWith();
  });

  it('delivers consecutive bytes across the areas in order (CH-009)', () => {
    rig.device.script = [{ input: record(10) }];
    const irb = rig.run([
      [0x02, 'CD', 3, DATA],
      [0x77, 'CD', 5, DATA + 100],
      [0x00, '', 2, DATA + 200],
    ]);
    assert.deepEqual(rig.bytes(DATA, 4), [1, 2, 3, 0]);
    assert.deepEqual(rig.bytes(DATA + 100, 6), [4, 5, 6, 7, 8, 0]);
    assert.deepEqual(rig.bytes(DATA + 200, 3), [9, 10, 0]);
    assert.equal(scswText(irb), '00c04007 00010018 0c000000');
    assert.equal(rig.device.selected.length, 1);
  });

  it('gathers output from the areas in order (CH-010)', () => {
    rig.storage.set([1, 2, 3], DATA);
    rig.storage.set([4, 5], DATA + 100);
    rig.device.script = [{ output: 5 }];
    rig.run([
      [0x01, 'CD', 3, DATA],
      [0x01, '', 2, DATA + 100],
    ]);
    assert.deepEqual(rig.device.selected[0]?.data, [1, 2, 3, 4, 5]);
  });

  it('the last CCW of the chain decides about command chaining and length', () => {
    rig.device.script = [{ input: record(4) }, { initial: 0x0c }];
    const irb = rig.run([
      [0x02, 'CD', 3, DATA],
      [0x02, 'CC SLI', 3, DATA + 100],
      [0x03, 'SLI', 1],
    ]);
    assert.equal(rig.device.selected.length, 2);
    assert.equal(irb.scsw.ccwAddress, PROGRAM + 24);
  });

  it('a device that stops before a CD count is used up gives incorrect length, whatever SLI says (CH-008)', () => {
    rig.device.script = [{ input: record(4) }];
    const irb = rig.run([
      [0x02, 'CD SLI', 6, DATA],
      [0x02, 'SLI', 6, DATA + 100],
    ]);
    assert.equal(scswText(irb), '00c04017 00010008 0c400002');
  });

  it('a device that stops just where a CD count ends leaves the next CCW alone', () => {
    rig.device.script = [{ input: record(3) }];
    const irb = rig.run([
      [0x02, 'CD', 3, DATA],
      [0x00, 'S', 0],
    ]);
    assert.equal(scswText(irb), '00c04007 00010008 0c000000');
  });

  for (const [what, ccw] of [
    ['a zero count', [0x02, '', 0, DATA]],
    ['the suspend flag', [0x02, 'S', 4, DATA]],
    ['address bit 0', [0x02, '', 4, 0x8000_0000]],
  ] as readonly (readonly [string, CcwText])[]) {
    it(`stops at a later CCW with ${what}: what moved stays moved, program check there`, () => {
      rig.device.script = [{ input: record(6) }];
      const irb = rig.run([[0x02, 'CD', 3, DATA], ccw], { control: OrbBit.suspendControl });
      assert.deepEqual(rig.bytes(DATA, 3), [1, 2, 3]);
      assert.equal(irb.scsw.subchannelStatus, 0x20);
      assert.equal(irb.scsw.deviceStatus, 0x0c);
      assert.equal(irb.scsw.ccwAddress, PROGRAM + 16);
      assert.equal(rig.device.selected[0]?.transferred, 3);
    });
  }

  it('a zero count with CD is a program check in format 1 (CH-018)', () => {
    const irb = rig.run([
      [0x02, 'CD', 0, DATA],
      [0x02, '', 4, DATA],
    ]);
    assert.equal(scswText(irb), '00c04017 00010008 00200000');
  });

  it('a device that cannot wait at the boundary gives a chaining check', () => {
    rig.device.script = [{ input: record(6), overrun: true }];
    const irb = rig.run([
      [0x02, 'CD', 3, DATA],
      [0x02, '', 3, DATA + 3],
    ]);
    assert.deepEqual(rig.bytes(DATA, 4), [1, 2, 3, 0]);
    assert.equal(scswText(irb), '00c04017 00010008 0c010000');
  });

  it('counts the residual from what the device used, in whichever area that ends', () => {
    rig.device.script = [{ output: 64, taken: 5 }];
    const irb = rig.run([
      [0x01, 'CD', 3, DATA],
      [0x01, 'CD', 4, DATA],
      [0x01, 'SLI', 4, DATA],
    ]);
    assert.equal(scswText(irb), '00c04017 00010010 0c400002');
  });

  it('counts the residual from what the device used in a single area', () => {
    rig.device.script = [{ output: 64, taken: 5 }];
    assert.equal(scswText(rig.run([[0x01, 'SLI', 8, DATA]])), '00c04007 00010008 0c000003');
    rig.device.script = [{ output: 64, taken: 5 }];
    assert.equal(scswText(rig.run([[0x01, '', 5, DATA]])), '00c04007 00010008 0c000000');
    rig.device.script = [{ output: 64, taken: 9 }];
    assert.equal(scswText(rig.run([[0x01, '', 5, DATA]])), '00c04017 00010008 0c400000');
  });
});

describe('skip flag', () => {
  it('keeps input out of storage and counts it all the same (CH-011)', () => {
    const rig = rigWith();
    rig.device.script = [{ input: record(4) }];
    const irb = rig.run([[0x02, 'SKIP', 6, 0x7fff_0000]], { control: OrbBit.incorrectLengthSuppression });
    assert.equal(scswText(irb), '00c04017 00010008 0c400002');
    assert.deepEqual(rig.bytes(DATA, 4), [0, 0, 0, 0]);
  });

  it('means nothing for output', () => {
    const rig = rigWith();
    rig.storage.set([7, 8], DATA);
    rig.device.script = [{ output: 2 }];
    rig.run([[0x01, 'SKIP', 2, DATA]]);
    assert.deepEqual(rig.device.selected[0]?.data, [7, 8]);
  });
});

describe('read backward', () => {
  it('stores at descending addresses', () => {
    const rig = rigWith();
    rig.device.script = [{ input: record(4) }];
    rig.run([[0x0c, '', 4, DATA + 3]]);
    assert.deepEqual(rig.bytes(DATA, 5), [4, 3, 2, 1, 0]);
  });

  it('goes through IDAWs from the end of each block', () => {
    const rig = rigWith();
    rig.device.script = [{ input: record(4) }];
    rig.machine.storage.lowView.setUint32(PROGRAM + 0x100, DATA + 0x801);
    rig.machine.storage.lowView.setUint32(PROGRAM + 0x104, DATA + 0xfff);
    rig.run([[0x0c, 'IDA', 4, PROGRAM + 0x100]], { control: 0 });
    assert.deepEqual(rig.bytes(DATA + 0x800, 2), [2, 1]);
    assert.deepEqual(rig.bytes(DATA + 0xffe, 2), [4, 3]);
  });

  it('refuses a later IDAW that is not the end of a block', () => {
    const rig = rigWith();
    rig.device.script = [{ input: record(4) }];
    rig.machine.storage.lowView.setUint32(PROGRAM + 0x100, DATA + 0x801);
    rig.machine.storage.lowView.setUint32(PROGRAM + 0x104, DATA + 0xffe);
    const irb = rig.run([[0x0c, 'IDA', 4, PROGRAM + 0x100]], { control: 0 });
    assert.equal(irb.scsw.subchannelStatus, 0x20);
  });

  it('with MIDAWs is not in the model, which says so', () => {
    const rig = rigWith();
    rig.device.script = [{ input: record(4) }];
    assert.throws(() => rig.run([[0x0c, 'MIDA', 4, DATA]], { control: OrbBit.midawControl }), {
      code: 'E-MODEL-UNIMPLEMENTED',
    });
  });
});

describe('incorrect length', () => {
  interface Row {
    readonly what: string;
    readonly flags: string;
    readonly count: number;
    readonly input: number;
    readonly scsw: string;
    readonly chains: boolean;
  }
  const rows: readonly Row[] = [
    { what: 'exact record', flags: '', count: 4, input: 4, scsw: '00c04007 0c000000', chains: true },
    { what: 'short record (CH-004)', flags: '', count: 6, input: 4, scsw: '00c04017 0c400002', chains: false },
    { what: 'short record, SLI (CH-005)', flags: 'SLI', count: 6, input: 4, scsw: '00c04007 0c000002', chains: true },
    { what: 'long record (CH-006)', flags: '', count: 3, input: 4, scsw: '00c04017 0c400000', chains: false },
    { what: 'long record, SLI (CH-007)', flags: 'SLI', count: 3, input: 4, scsw: '00c04007 0c000000', chains: true },
    { what: 'zero count, device with data', flags: '', count: 0, input: 4, scsw: '00c04017 0c400000', chains: false },
    { what: 'zero count, SLI', flags: 'SLI', count: 0, input: 4, scsw: '00c04007 0c000000', chains: true },
  ];
  for (const { what, flags, count, input, scsw, chains } of rows) {
    it(what, () => {
      const rig = rigWith();
      rig.device.script = [{ input: record(input) }];
      const [word0, , word2] = scswText(rig.run([[0x02, flags, count, DATA]])).split(' ');
      assert.equal(`${word0 ?? ''} ${word2 ?? ''}`, scsw);
    });

    it(`${what}, with command chaining`, () => {
      const rig = rigWith();
      rig.device.script = [{ input: record(input) }, { initial: 0x0c }];
      rig.run([
        [0x02, `CC ${flags}`, count, DATA],
        [0x03, 'SLI', 1],
      ]);
      assert.equal(rig.device.selected.length, chains ? 2 : 1);
    });
  }

  const suppression = OrbBit.incorrectLengthSuppression;
  const immediate: readonly [string, 0 | 1, number, string, number, number][] = [
    ['format 0', 0, 0, '', 8, 0x0c00_0008],
    ['format 0, CD', 0, 0, 'CD', 8, 0x0c40_0008],
    ['format 1, ORB.L', 1, suppression, '', 8, 0x0c00_0008],
    ['format 1, ORB.L, CD SLI', 1, suppression, 'CD SLI', 8, 0x0c40_0008],
    ['format 1 (CH-045)', 1, 0, '', 8, 0x0c40_0008],
    ['format 1, SLI (CH-044)', 1, 0, 'SLI', 8, 0x0c00_0008],
    ['format 1, count zero (CH-017)', 1, 0, '', 0, 0x0c00_0000],
  ];
  for (const [what, format, control, flags, count, word2] of immediate) {
    it(`immediate operation, ${what}`, () => {
      const rig = rigWith();
      const { scsw } = rig.run([[0x03, flags, count]], { format, control });
      assert.equal(((scsw.deviceStatus << 24) | (scsw.subchannelStatus << 16) | scsw.count) >>> 0, word2);
    });
  }
});
