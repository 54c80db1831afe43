import assert from 'node:assert/strict';
import { viewOf } from '../../../src/harness/arch/index.js';
import type { ChannelPort, InstructionOutcome } from '../../../src/harness/ports/index.js';
import { Bench, BLOCK_AT, ending, IRB_AT, ORB_AT, SCHIB_AT, SCHID, STORAGE, WORD_AT } from './fake-vfio.js';

const OUTSIDE = STORAGE;
const INVALID = 0x0000_0000;
const ABSENT = SCHID + 9;

type Operand = (channel: ChannelPort, schid: number, address: number) => Promise<InstructionOutcome>;
const withOperand: Record<string, Operand> = {
  ssch: (channel, schid, address) => channel.ssch(schid, address),
  msch: (channel, schid, address) => channel.msch(schid, address),
  stsch: (channel, schid, address) => channel.stsch(schid, address),
  tsch: (channel, schid, address) => channel.tsch(schid, address),
  stcrw: (channel, _schid, address) => channel.stcrw(address),
  tpi: (channel, _schid, address) => channel.tpi(address),
};

describe('guest instructions: order of checks', () => {
  /** instruction, subsystem id, operand address, what it ends with */
  const order: readonly (readonly [string, number, number, unknown])[] = [
    ['ssch', INVALID, OUTSIDE + 2, 'specification'],
    ['ssch', INVALID, OUTSIDE, 'addressing'],
    ['ssch', INVALID, OUTSIDE - 8, 'addressing'],
    ['ssch', INVALID, ORB_AT, 'operand'],
    ['ssch', ABSENT, ORB_AT, 3],
    ['msch', INVALID, OUTSIDE + 2, 'specification'],
    ['msch', INVALID, OUTSIDE, 'addressing'],
    ['msch', INVALID, SCHIB_AT, 'operand'],
    ['msch', ABSENT, SCHIB_AT, 3],
    ['stsch', INVALID, OUTSIDE + 2, 'specification'],
    ['stsch', INVALID, OUTSIDE, 'addressing'],
    ['stsch', INVALID, SCHIB_AT, 'operand'],
    ['stsch', ABSENT, OUTSIDE, 'addressing'],
    ['stsch', SCHID, OUTSIDE - 48, 'addressing'],
    ['stsch', ABSENT, SCHIB_AT, 3],
    ['tsch', INVALID, OUTSIDE + 2, 'operand'],
    ['tsch', ABSENT, OUTSIDE + 2, 'specification'],
    ['tsch', ABSENT, OUTSIDE, 'addressing'],
    ['tsch', SCHID, OUTSIDE - 60, 'addressing'],
    ['tsch', ABSENT, IRB_AT, 3],
    ['stcrw', 0, OUTSIDE + 2, 'specification'],
    ['stcrw', 0, OUTSIDE, 'addressing'],
    ['stcrw', 0, WORD_AT, 1],
    ['tpi', 0, OUTSIDE + 2, 'specification'],
    ['tpi', 0, OUTSIDE, 0],
  ];
  for (const [instruction, schid, address, expected] of order) {
    it(`${instruction} of ${schid.toString(16)} with operand at ${address.toString(16)}: ${String(expected)}`, async () => {
      const { channel } = await Bench.enabled();
      assert.equal(ending(await withOperand[instruction]!(channel, schid, address)), expected);
    });
  }

  it('every address that is not on a word boundary is a specification exception', async () => {
    const { channel } = await Bench.enabled();
    for (const [name, issue] of Object.entries(withOperand)) {
      for (const offset of [1, 2, 3]) {
        assert.equal(ending(await issue(channel, SCHID, 0x1000 + offset)), 'specification', `${name} +${offset}`);
      }
    }
  });

  it('in the problem state every instruction is a privileged-operation exception', async () => {
    const { channel, vfio } = await Bench.enabled();
    channel.problemState = true;
    const outcomes = [
      ...(await Promise.all(Object.values(withOperand).map((issue) => issue(channel, SCHID, 0x1001)))),
      await channel.hsch(SCHID),
      await channel.csch(SCHID),
      await channel.xsch(SCHID),
      await channel.rsch(SCHID),
      await channel.chsc(BLOCK_AT),
      await channel.rchp(0),
      await channel.schm(0, 0),
    ];
    assert.deepEqual(new Set(outcomes.map(ending)), new Set(['privileged-operation']));
    assert.deepEqual(vfio.writes, []);
  });
});

describe('guest subsystem-identification word', () => {
  const valid: readonly (readonly [number, string, unknown])[] = [
    [0x0001_0000, 'the default css without M', 0],
    [0xfe09_0000, 'the default css by its cssid', 0],
    [0x0000_0000, 'bit 47 zero', 'operand'],
    [0xfe01_0000, 'a cssid without M', 'operand'],
    [0xffff_ffff, 'all ones', 3],
    [0x0009_0000, 'css 0 with M, which does not exist', 3],
    [0x0003_0000, 'subchannel set 1, not enabled', 3],
    [0x00f1_0000, 'bits 40-43, which are not looked at', 0],
  ];
  for (const [schid, name, expected] of valid) {
    it(`${schid.toString(16).padStart(8, '0')}: ${name}`, async () => {
      const { channel } = await Bench.enabled();
      assert.equal(ending(await channel.csch(schid)), expected);
    });
  }

  it('of a set without the named number never reaches another subchannel (bug 882b3b9769)', async () => {
    const { channel, vfio } = await Bench.enabled();
    for (let bit = 0; bit < 16; bit++) await channel.csch(SCHID | (1 << bit));
    assert.deepEqual(vfio.writes, []);
  });
});

describe('guest ORB', () => {
  const invalid = new Set([13, 25, 26, 27, 28, 29, 30]);
  it('bits of word 1 that are an operand exception: 13, 25, 26-30 (QIN-002)', async () => {
    for (let bit = 0; bit < 32; bit++) {
      const bench = await Bench.enabled();
      const expected = invalid.has(bit) ? 'operand' : 0;
      assert.equal(await bench.start(0x8000_0000 >>> bit), expected, `bit ${bit}`);
      assert.equal(bench.vfio.writes.length, expected === 0 ? 1 : 0);
    }
  });

  it('bit 0 of the channel-program address is an operand exception, its alignment is not', async () => {
    const bench = await Bench.enabled();
    assert.equal(await bench.start(0, 0x8000_0000), 'operand');
    assert.equal(await bench.start(0, 0x0000_8001), 0);
  });
});

describe('guest TPI', () => {
  it('address 0 stores twelve bytes at B8, any other eight', async () => {
    const bench = await Bench.enabled();
    await bench.modify({ flags: 0x1881, interruptionParameter: 0xcafe_babe });
    bench.vfio.bytes.fill(0xee, WORD_AT, WORD_AT + 12);
    await bench.interrupt(0x0000_4007);
    await bench.interrupt(0x0000_4007);
    assert.equal(ending(await bench.channel.tpi(0)), 1);
    assert.deepEqual([bench.word(0xb8), bench.word(0xbc), bench.word(0xc0)], [SCHID, 0xcafe_babe, 0x1800_0000]);
    assert.equal(bench.word(0xc4), 0);
    assert.equal(ending(await bench.channel.tpi(WORD_AT)), 1);
    assert.deepEqual(
      [bench.word(WORD_AT), bench.word(WORD_AT + 4), bench.word(WORD_AT + 8)],
      [SCHID, 0xcafe_babe, 0xeeee_eeee],
    );
    assert.equal(ending(await bench.channel.tpi(WORD_AT)), 0);
  });

  it('gives the lowest-numbered enabled subclass first', async () => {
    const bench = await Bench.enabled();
    for (const isc of [5, 2, 7]) {
      await bench.modify({ flags: 0x0081 | (isc << 11), interruptionParameter: isc });
      await bench.interrupt(0);
    }
    bench.channel.interruptionSubclassMask = 0xdf;
    assert.deepEqual(await bench.drain(), [5, 7]);
    assert.equal(await bench.channel.waitInterruption(0), false, 'subclass 2 is not enabled');
    bench.channel.interruptionSubclassMask = 0xff;
    assert.deepEqual(await bench.drain(), [2]);
  });

  for (const [accelerator, expected] of [
    ['kvm', [1, 2, 3]],
    ['tcg', [3, 2, 1]],
  ] as const) {
    it(`order within a subclass under ${accelerator}`, async () => {
      const bench = await Bench.enabled({ accelerator });
      for (const interruptionParameter of [1, 2, 3]) {
        await bench.modify({ flags: 0x0081, interruptionParameter });
        await bench.interrupt(0);
      }
      assert.deepEqual(await bench.drain(), expected);
    });
  }

  it('an interruption that cannot be stored stays pending', async () => {
    const bench = await Bench.enabled();
    await bench.interrupt(0x0000_4007);
    assert.equal(ending(await bench.channel.tpi(OUTSIDE)), 'addressing');
    assert.equal(ending(await bench.channel.tpi(WORD_AT)), 1);
  });

  it('sees what the device has signalled since', async () => {
    const bench = await Bench.enabled();
    bench.vfio.signals[0] = 1;
    assert.equal(ending(await bench.channel.tpi(WORD_AT)), 1);
  });
});

describe('guest TSCH', () => {
  it('stores 64 bytes, also without status pending (QIN-015, QIN-016)', async () => {
    const bench = await Bench.enabled();
    bench.vfio.bytes.fill(0xee, IRB_AT, IRB_AT + 96);
    const { cc, irb } = await bench.test();
    assert.equal(cc, 1);
    assert.deepEqual(irb, new Uint8Array(64));
    assert.equal(bench.word(IRB_AT + 64), 0xeeee_eeee);
  });

  it('clears nothing if the IRB cannot be stored (bug b7b6348ab4)', async () => {
    const bench = await Bench.enabled();
    await bench.interrupt(0x0000_4007);
    assert.equal(ending(await bench.channel.tsch(SCHID, OUTSIDE)), 'addressing');
    assert.equal(await bench.control(), 0x0000_4007);
    assert.equal(await bench.channel.waitInterruption(0), true);
    assert.equal((await bench.test()).cc, 0);
  });

  it('takes the pending interruption with it under KVM', async () => {
    const bench = await Bench.enabled();
    await bench.interrupt(0x0000_4007);
    assert.equal((await bench.test()).cc, 0);
    assert.deepEqual(await bench.drain(), []);
  });

  it('leaves the interruption pending under TCG (QIN-048)', async () => {
    const bench = await Bench.enabled({ accelerator: 'tcg' });
    await bench.interrupt(0x0000_4007);
    assert.equal((await bench.test()).cc, 0);
    assert.equal((await bench.drain()).length, 1);
    assert.equal((await bench.test()).cc, 1);
  });
});

describe('guest STSCH', () => {
  it('of a hole stores zeros, beyond the last subchannel it is condition code 3 (QIN-005)', async () => {
    const { channel, vfio } = await Bench.open({ subchannelNumber: 3 });
    vfio.bytes.fill(0xee, SCHIB_AT, SCHIB_AT + 52);
    assert.equal(ending(await channel.stsch(SCHID + 2, SCHIB_AT)), 0);
    assert.deepEqual(vfio.bytes.slice(SCHIB_AT, SCHIB_AT + 52), new Uint8Array(52));
    assert.equal(ending(await channel.stsch(SCHID + 3, SCHIB_AT)), 0);
    assert.equal(viewOf(vfio.bytes).getUint16(SCHIB_AT + 4), 1);
    assert.equal(ending(await channel.stsch(SCHID + 4, SCHIB_AT)), 3);
  });

  it('looks for the last subchannel among the first 8192 numbers only', async () => {
    const { channel } = await Bench.open({ subchannelNumber: 9000 });
    assert.equal(ending(await channel.stsch(SCHID + 8192, SCHIB_AT)), 0);
    assert.equal(ending(await channel.stsch(SCHID + 8193, SCHIB_AT)), 3);
    assert.equal(ending(await channel.stsch(SCHID + 9000, SCHIB_AT)), 0);
  });

  it('in a set without a subchannel is condition code 3', async () => {
    const { channel } = await Bench.open();
    assert.equal(ending(await channel.stsch(0x0003_0000, SCHIB_AT)), 3);
  });
});

describe('guest instructions through a port with promises only', () => {
  it('give the same', async () => {
    const bench = await Bench.enabled({}, { remote: true });
    assert.equal(await bench.start(), 0);
    bench.vfio.irb.set([0x00, 0x80, 0x40, 0x07]);
    bench.vfio.signals[0] = 1;
    assert.equal(await bench.channel.waitInterruption(10), true);
    const { cc, irb } = await bench.test();
    assert.deepEqual([cc, viewOf(irb).getUint32(0)], [0, 0x0080_4007]);
  });

  it('run one after another, also when they are issued together', async () => {
    const bench = await Bench.enabled({}, { remote: true });
    bench.setWord(ORB_AT, 1);
    bench.setWord(ORB_AT + 8, 0x8000);
    bench.setWord(ORB_AT + 16, 2);
    bench.setWord(ORB_AT + 24, 0x9000);
    const both = await Promise.all([bench.channel.ssch(SCHID, ORB_AT), bench.channel.ssch(SCHID, ORB_AT + 16)]);
    assert.deepEqual(both.map(ending), [0, 2]);
    assert.equal(bench.request().orb.getUint32(8), 0x8000);
  });
});
