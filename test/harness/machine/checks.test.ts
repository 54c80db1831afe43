import assert from 'node:assert/strict';
import { OrbBit, PmcwFlag } from '../../../src/harness/arch/index.js';
import { HIGH_BANK, HIGH_BANK_WORD } from '../../../src/harness/machine/index.js';
import type { Rig } from './rig.js';
import { DATA, NUMBER, PROGRAM, rigWith, scswText, type CcwText } from './rig.js';

const LIST = 0x3_0000;
const END = 1 << 20;
const nop = (flags = 'CC SLI'): CcwText => [0x03, flags, 1];
const four = (rig: Rig): void => {
  rig.device.script = [{ input: Uint8Array.of(1, 2, 3, 4) }];
};

describe('program check', () => {
  const first: readonly (readonly [string, CcwText, 0 | 1, number])[] = [
    ['command code 00 (CH-016)', [0x00, 'SLI', 8, DATA], 1, 8],
    ['command code F0', [0xf0, 'SLI', 8, DATA], 1, 8],
    ['command code 18 in format 1', [0x18, 'SLI', 8, DATA], 1, 8],
    ['count zero in format 0 (CH-017)', [0x02, 'SLI', 0, DATA], 0, 0],
    ['suspend flag without ORB.S', [0x03, 'S SLI', 8], 1, 0],
    ['MIDA flag without ORB.D (CH-024)', [0x02, 'MIDA', 8, DATA], 1, 0],
    ['address bit 0 in format 1', [0x02, '', 8, 0x8000_0000], 1, 8],
  ];
  for (const [what, ccw, format, count] of first) {
    it(`${what}: the device is not selected, the count register is as far as it came`, () => {
      const rig = rigWith();
      const irb = rig.run([ccw], { format });
      assert.equal(irb.scsw.subchannelStatus, 0x20);
      assert.equal(irb.scsw.deviceStatus, 0);
      assert.equal(irb.scsw.ccwAddress, PROGRAM + 8);
      assert.equal(irb.scsw.control & 0xffff, 0x4017);
      assert.equal(irb.scsw.count, count);
      assert.equal(rig.device.selected.length, 0);
    });
  }

  it('the count register keeps what the program before left (suspend flag first)', () => {
    const rig = rigWith();
    rig.run([[0xe4, 'SLI', 20, DATA]]);
    assert.equal(scswText(rig.run([[0x03, 'CC SLI S', 1]])), '00c04017 00010008 00200008');
  });

  for (const [what, address] of [
    ['not a multiple of 8 (CH-019)', PROGRAM + 4],
    ['outside storage', END],
  ] as const) {
    it(`channel-program address ${what}`, () => {
      const rig = rigWith();
      rig.ssch({ channelProgramAddress: address });
      rig.drain();
      const { scsw } = rig.tsch().irb;
      assert.equal(scsw.subchannelStatus, 0x20);
      assert.equal(scsw.ccwAddress, address + 8);
    });
  }

  it('a format-0 program above 16 MiB', () => {
    const rig = rigWith({ lowBytes: 17 << 20 });
    rig.program([nop('SLI')], 16 << 20, 0);
    rig.ssch({ channelProgramAddress: 16 << 20, format: 0 });
    rig.drain();
    assert.equal(rig.tsch().irb.scsw.subchannelStatus, 0x20);
  });

  it('a chain that runs out of storage', () => {
    const rig = rigWith();
    const irb = rig.run([nop()], { channelProgramAddress: END - 8 });
    assert.equal(irb.scsw.subchannelStatus, 0x20);
    assert.equal(irb.scsw.ccwAddress, END + 8);
  });

  it('in a chained CCW: it is not executed, and the device status before is gone with the chaining', () => {
    const rig = rigWith();
    assert.equal(scswText(rig.run([nop(), [0x00, 'SLI', 8]])), '00c04017 00010010 00200008');
    assert.deepEqual(rig.device.signals, ['chain ended 80']);
  });

  it('a data address outside storage ends the device at that byte (CH-021)', () => {
    const rig = rigWith();
    four(rig);
    const irb = rig.run([[0x02, 'CC', 4, END - 3], nop('SLI')]);
    assert.deepEqual(rig.bytes(END - 3, 3), [1, 2, 3]);
    assert.equal(scswText(irb), '00c04017 00010008 0c200001');
    assert.equal(rig.device.selected[0]?.transferred, 3);
  });

  it('a format-0 data address does not go beyond 16 MiB', () => {
    const rig = rigWith({ lowBytes: 17 << 20 });
    four(rig);
    rig.program([[0x02, '', 4, 0xff_fffe]], PROGRAM, 0);
    rig.ssch({ format: 0 });
    rig.drain();
    assert.equal(rig.tsch().irb.scsw.subchannelStatus, 0x20);
    assert.deepEqual(rig.bytes(0xff_fffe, 4), [1, 2, 0, 0]);
  });
});

describe('indirect data addressing', () => {
  const words = (rig: Rig, ...list: number[]): void => {
    list.forEach((word, index) => {
      rig.machine.storage.lowView.setUint32(LIST + index * 4, word);
    });
  };

  const good: readonly (readonly [string, number, number, readonly number[]])[] = [
    ['format 1, blocks of 2 KiB', 0, 2, [DATA + 0x7fe, DATA + 0x1800]],
    ['format 2, blocks of 2 KiB', OrbBit.format2Idaw | OrbBit.idaw2k, 2, [0, DATA + 0x7fe, 0, DATA + 0x1800]],
    ['format 2, blocks of 4 KiB', OrbBit.format2Idaw, 2, [0, DATA + 0xffe, 0, DATA + 0x3000]],
  ];
  for (const [what, control, split, list] of good) {
    it(`${what}: the first word anywhere, later ones at block boundaries`, () => {
      const rig = rigWith();
      four(rig);
      words(rig, ...list);
      const irb = rig.run([[0x02, 'IDA', 4, LIST]], { control });
      const addresses = list.filter((word) => word !== 0);
      assert.deepEqual(rig.bytes(addresses[0] ?? 0, split), [1, 2]);
      assert.deepEqual(rig.bytes(addresses[1] ?? 0, 2), [3, 4]);
      assert.equal(irb.scsw.subchannelStatus, 0);
    });
  }

  it('format 2 reaches above 4 GiB', () => {
    const rig = rigWith();
    four(rig);
    words(rig, HIGH_BANK_WORD, 0x5000);
    rig.run([[0x02, 'IDA', 4, LIST]]);
    assert.deepEqual([...rig.machine.storage.high.subarray(0x5000, 0x5004)], [1, 2, 3, 4]);
  });

  it('gathers output', () => {
    const rig = rigWith();
    rig.storage.set([9, 8], DATA + 0x7fe);
    rig.storage.set([7, 6], DATA + 0x1000);
    words(rig, DATA + 0x7fe, DATA + 0x1000);
    rig.device.script = [{ output: 4 }];
    rig.run([[0x01, 'IDA', 4, LIST]], { control: 0 });
    assert.deepEqual(rig.device.selected[0]?.data, [9, 8, 7, 6]);
  });

  const bad: readonly (readonly [string, number, number, readonly number[], number])[] = [
    ['format-1 list off a word', 0, LIST + 2, [], 0],
    ['format-2 list off a doubleword', OrbBit.format2Idaw, LIST + 4, [], 0],
    ['list outside storage', 0, END, [], 0],
    ['format-1 word with bit 0', 0, LIST, [0x8000_0000 + DATA], 0],
    ['word outside storage', 0, LIST, [END], 0],
    ['word in a gap of storage', OrbBit.format2Idaw, LIST, [1, 0], 0],
    ['later word off its boundary', 0, LIST, [DATA + 0x7fe, DATA + 0x1001], 2],
    ['later word on 2 KiB where blocks are 4 KiB', OrbBit.format2Idaw, LIST, [0, DATA + 0xffe, 0, DATA + 0x1800], 2],
  ];
  for (const [what, control, list, contents, moved] of bad) {
    it(`${what} is a program check (CH-023)`, () => {
      const rig = rigWith();
      four(rig);
      words(rig, ...contents);
      const { scsw } = rig.run([[0x02, 'IDA', 4, list]], { control });
      assert.deepEqual(
        [scsw.subchannelStatus, scsw.deviceStatus, rig.device.selected[0]?.transferred],
        [0x20, 0x0c, moved],
      );
    });
  }

  it('is not looked at where no data move', () => {
    assert.equal(rigWith().run([[0x03, 'IDA SLI', 4, END + 1]]).scsw.subchannelStatus, 0);
  });

  it('fetches no word for data that the device does not have', () => {
    const rig = rigWith();
    four(rig);
    words(rig, DATA + 0x7fc, 0xffff_ffff);
    assert.equal(rig.run([[0x02, 'IDA SLI', 8, LIST]], { control: 0 }).scsw.subchannelStatus, 0);
  });
});

describe('modified indirect data addressing', () => {
  const control = OrbBit.midawControl;
  /** Stores MIDAWs: flags, count, low address, first word. */
  const midaws = (rig: Rig, list: readonly (readonly [number, number, number, number?])[], at = LIST): void => {
    list.forEach(([flags, count, address, reserved = 0], index) => {
      const view = rig.machine.storage.lowView;
      view.setUint32(at + index * 16, reserved);
      view.setUint32(at + index * 16 + 4, (flags << 16) | count);
      view.setUint32(at + index * 16 + 8, 0);
      view.setUint32(at + index * 16 + 12, address);
    });
  };

  it('moves data by its words, and skips where they say so', () => {
    const rig = rigWith();
    four(rig);
    midaws(rig, [
      [0, 1, DATA + 5],
      [0x40, 2, 0],
      [0x80, 1, DATA + 0x900],
    ]);
    const irb = rig.run([[0x02, 'MIDA', 4, LIST]], { control });
    assert.equal(scswText(irb), '00c04007 00010008 0c000000');
    assert.deepEqual([rig.storage[DATA + 5], rig.storage[DATA + 0x900]], [1, 4]);
  });

  it('reaches above 4 GiB, and stops where the device has no more', () => {
    const rig = rigWith();
    four(rig);
    midaws(rig, [
      [0, 3, 0x5000],
      [0x80, 20, DATA],
    ]);
    rig.machine.storage.lowView.setUint32(LIST + 8, HIGH_BANK_WORD);
    assert.equal(scswText(rig.run([[0x02, 'MIDA SLI', 23, LIST]], { control })), '00c04007 00010008 0c000013');
    assert.deepEqual([...rig.machine.storage.high.subarray(0x5000, 0x5004)], [1, 2, 3, 0]);
    assert.deepEqual(rig.bytes(DATA, 2), [4, 0]);
  });

  it('gives the interruption that a word asks for', () => {
    const rig = rigWith();
    four(rig);
    midaws(rig, [[0xa0, 4, DATA]]);
    assert.equal(rig.run([[0x02, 'MIDA', 4, LIST]], { control }).scsw.subchannelStatus, 0x80);
  });

  const bad: readonly (readonly [string, string, number, readonly (readonly [number, number, number, number?])[]])[] = [
    ['with IDA', 'MIDA IDA', LIST, [[0x80, 4, DATA]]],
    ['with SKIP', 'MIDA SKIP', LIST, [[0x80, 4, DATA]]],
    ['a list off a quadword', 'MIDA', LIST + 8, [[0x80, 4, DATA]]],
    ['reserved bits', 'MIDA', LIST, [[0x80, 4, DATA, 1]]],
    ['reserved flags', 'MIDA', LIST, [[0x81, 4, DATA]]],
    ['a count of zero', 'MIDA', LIST, [[0x00, 0, DATA]]],
    ['an area across a page', 'MIDA', LIST, [[0x80, 4, DATA + 0xffe]]],
    ['a last word before the count is used up', 'MIDA', LIST, [[0x80, 3, DATA]]],
    ['no last word', 'MIDA', LIST, [[0x00, 4, DATA]]],
    ['a word beyond the count', 'MIDA', LIST, [[0x80, 5, DATA]]],
  ];
  for (const [what, flags, list, contents] of bad) {
    it(`${what} is a program check`, () => {
      const rig = rigWith();
      four(rig);
      midaws(rig, contents, list);
      assert.equal(rig.run([[0x02, flags, 4, list]], { control }).scsw.subchannelStatus, 0x20);
      assert.deepEqual(rig.bytes(DATA, 4), [0, 0, 0, 0]);
    });
  }

  it('a list across a page is a program check where it crosses', () => {
    const rig = rigWith();
    four(rig);
    midaws(
      rig,
      [
        [0, 2, DATA],
        [0x80, 2, DATA + 2],
      ],
      LIST + 0xff0,
    );
    assert.equal(rig.run([[0x02, 'MIDA', 4, LIST + 0xff0]], { control }).scsw.subchannelStatus, 0x20);
    assert.deepEqual(rig.bytes(DATA, 4), [1, 2, 0, 0]);
  });
});

describe('protection check', () => {
  const locked = { accessControl: 3, fetchProtected: true } as const;

  it('on storing data with another key: at the first protected byte (CH-022)', () => {
    const rig = rigWith();
    four(rig);
    rig.machine.storage.setKey(DATA, { accessControl: 5, fetchProtected: false });
    rig.machine.storage.setKey(DATA + 0x1000, { accessControl: 3, fetchProtected: false });
    const { scsw } = rig.run([[0x02, '', 4, DATA + 0xffe]], { key: 5 });
    assert.equal(scsw.subchannelStatus, 0x10);
    assert.equal(rig.device.selected[0]?.transferred, 2);
    assert.deepEqual(rig.bytes(DATA + 0xffe, 4), [1, 2, 0, 0]);
  });

  it('key 0 may do everything', () => {
    const rig = rigWith();
    four(rig);
    rig.machine.storage.setKey(DATA, locked);
    assert.equal(rig.run([[0x02, '', 4, DATA]]).scsw.subchannelStatus, 0);
  });

  it('on fetching data, only where the frame is fetch-protected', () => {
    for (const fetchProtected of [false, true]) {
      const rig = rigWith();
      rig.machine.storage.setKey(DATA, { accessControl: 3, fetchProtected });
      rig.device.script = [{ output: 4 }];
      assert.equal(rig.run([[0x01, '', 4, DATA]], { key: 5 }).scsw.subchannelStatus, fetchProtected ? 0x10 : 0);
    }
  });

  it('on fetching a CCW, and one that a transfer in channel leads to', () => {
    const rig = rigWith();
    rig.machine.storage.setKey(PROGRAM + 0x1000, locked);
    rig.program([nop('SLI')], PROGRAM + 0x1000);
    const irb = rig.run([nop(), [0x08, '', 0, PROGRAM + 0x1000]], { key: 5 });
    assert.equal(irb.scsw.subchannelStatus, 0x10);
    assert.equal(irb.scsw.ccwAddress, PROGRAM + 0x1008);
  });

  it('on fetching an IDAW', () => {
    const rig = rigWith();
    four(rig);
    rig.machine.storage.setKey(LIST, locked);
    rig.machine.storage.lowView.setUint32(LIST + 4, DATA);
    assert.equal(rig.run([[0x02, 'IDA', 4, LIST]], { key: 5 }).scsw.subchannelStatus, 0x10);
  });
});

describe('address-limit checking', () => {
  const control = OrbBit.addressLimitChecking;
  for (const [mode, limit, status] of [
    [0x20, DATA, 0],
    [0x20, DATA + 2, 0x20],
    [0x40, DATA + 4, 0],
    [0x40, DATA + 2, 0x20],
    [0x00, DATA + 2, 0],
  ] as const) {
    it(`limit mode ${mode.toString(16)}, limit at byte ${limit - DATA} of 4`, () => {
      const rig = rigWith();
      rig.modify({ flags: PmcwFlag.enabled | mode });
      rig.css.addressLimit = limit;
      four(rig);
      assert.equal(rig.run([[0x02, '', 4, DATA]], { control }).scsw.subchannelStatus, status);
    });
  }

  it('is off without ORB.A', () => {
    const rig = rigWith();
    rig.modify({ flags: PmcwFlag.enabled | 0x20 });
    rig.css.addressLimit = END;
    four(rig);
    assert.equal(rig.run([[0x02, '', 4, DATA]]).scsw.subchannelStatus, 0);
  });
});

describe('data, control and interface checks', () => {
  it('a storage error in data is a channel-data check at that frame', () => {
    const rig = rigWith();
    four(rig);
    rig.machine.storage.damage(DATA + 0x1000);
    assert.equal(scswText(rig.run([[0x02, '', 4, DATA + 0xffe]])), '00c04017 00010008 0c080002');
  });

  it('a storage error above 4 GiB is found too', () => {
    const rig = rigWith();
    four(rig);
    rig.machine.storage.damage(HIGH_BANK + 0x5000);
    rig.machine.storage.lowView.setUint32(LIST, HIGH_BANK_WORD);
    rig.machine.storage.lowView.setUint32(LIST + 4, 0x5000);
    assert.equal(rig.run([[0x02, 'IDA', 4, LIST]]).scsw.subchannelStatus, 0x08);
  });

  it('a storage error in a CCW or an IDAW is a channel-control check', () => {
    const rig = rigWith();
    rig.machine.storage.damage(PROGRAM);
    assert.equal(scswText(rig.run([nop('SLI')])), '00c04017 00010008 00040000');
    rig.machine.storage.damage(PROGRAM, false);
    rig.machine.storage.damage(LIST);
    four(rig);
    assert.equal(rig.run([[0x02, 'IDA', 4, LIST]]).scsw.subchannelStatus, 0x04);
  });

  it('a path that is lost between two commands is an interface-control check', () => {
    const rig = rigWith();
    rig.device.script = [{ output: 1, ending: 0x08, deviceEndLatency: 100 }];
    rig.program([[0x01, 'CC', 1, DATA], nop('SLI')]);
    rig.ssch();
    rig.drain();
    rig.css.breakPath(0x10, true);
    rig.advance(1000);
    assert.equal(scswText(rig.tsch().irb), '00c04017 00010010 00020001');
    assert.equal(rig.css.hsch(NUMBER), 0);
  });
});
