/** The assertions of kvm-unit-tests' s390x/css, one test for each of its cases; its device is the one that the host gives. */

import assert from 'node:assert/strict';
import { enableSubchannel, runProgramInGuest, storeSchib } from '../../../src/harness/guest/index.js';
import { viewOf, type AssembledProgram } from '../../../src/harness/arch/index.js';
import { Bench, BLOCK_AT, ending, IRB_AT, ORB_AT, SCHIB_AT, SCHID, WORD_AT } from './fake-vfio.js';

const DATA_AT = 0x6000;

/** One SENSE ID command, format 1, SLI. */
const senseId: AssembledProgram = {
  name: 'sense ID',
  memory: [{ at: 0x5000, bytes: Uint8Array.of(0xe4, 0x20, 0x00, 0x08, 0x00, 0x00, 0x60, 0x00) }],
  orb: { interruptionParameter: SCHID, control: 0x0080_ff00, channelProgramAddress: 0x5000 },
  dump: [],
  labels: new Map(),
};

/** Answers the START as a virtio device would: sense data in storage, channel end and device end. */
function answerSenseId({ vfio }: Bench): void {
  const write = vfio.write.bind(vfio);
  vfio.write = (offset, bytes) => {
    vfio.bytes.set([0xff, 0x38, 0x32, 0x03, 0, 0, 0, 0], DATA_AT);
    const irb = viewOf(vfio.irb);
    irb.setUint32(0, 0x0080_4007);
    irb.setUint32(4, 0x5008);
    irb.setUint32(8, 0x0c00_0000);
    vfio.signals[0] = 1;
    return write(offset, bytes);
  };
}

async function countStarts(bench: Bench, count: number): Promise<void> {
  for (let time = 0; time < count; time++) await runProgramInGuest(bench.channel, SCHID, senseId, 0);
}

describe('kvm-unit-tests s390x/css on the guest', () => {
  it('initialize CSS (chsc)', async () => {
    const bench = await Bench.open();
    viewOf(bench.vfio.bytes).setUint32(BLOCK_AT, 0x0010_0010);
    assert.equal(ending(await bench.channel.chsc(BLOCK_AT)), 0);
    assert.equal(viewOf(bench.vfio.bytes).getUint16(BLOCK_AT + 0x12), 1);
  });

  it('enumerate (stsch): at least one device-number-valid I/O subchannel before condition code 3', async () => {
    const { channel } = await Bench.open({ subchannelNumber: 2 });
    const found: number[] = [];
    let number = 0;
    for (;;) {
      const schib = await storeSchib(channel, SCHID + number);
      if (schib === undefined) break;
      if ((schib.flags & 1) !== 0 && schib.characteristics >>> 21 === 0) found.push(number);
      number++;
    }
    assert.deepEqual([found, number], [[2], 3]);
  });

  it('enable (msch): enabled bit and ISC 3 are set, and read back', async () => {
    const { channel } = await Bench.open();
    assert.equal(ending(await enableSubchannel(channel, SCHID, 3)), 0);
    const schib = await storeSchib(channel, SCHID);
    assert.equal((schib?.flags ?? 0) & 0x3880, 0x1880);
  });

  it('sense (ssch, tsch): interruption parameter, status, residual count, sense-id data', async () => {
    const bench = await Bench.open();
    answerSenseId(bench);
    await enableSubchannel(bench.channel, SCHID, 3);
    const { started, irbs, ended } = await runProgramInGuest(bench.channel, SCHID, senseId, 0);
    assert.deepEqual([ending(started), irbs.length, ended], [0, 1, true]);
    assert.equal(bench.word(0x214), SCHID, 'interruption parameter, as TPI stored it');
    const irb = viewOf(irbs[0]!);
    assert.notEqual(irb.getUint32(0) & 0x06, 0);
    assert.notEqual(irb.getUint8(8) & 0x0c, 0);
    assert.equal(irb.getUint8(9) & ~0x40, 0);
    assert.equal(irb.getUint16(10), 0);
    assert.deepEqual([bench.vfio.bytes[DATA_AT], viewOf(bench.vfio.bytes).getUint16(DATA_AT + 1)], [0xff, 0x3832]);
  });

  it('measurement block (schm): alignment, reserved bits, problem state, a normal call', async () => {
    const { channel } = await Bench.open();
    assert.equal(ending(await channel.schm(2, 0x7001)), 'operand');
    assert.equal(ending(await channel.schm(0x0000_0004, 0x7000)), 'operand');
    channel.problemState = true;
    assert.equal(ending(await channel.schm(2, 0x7000)), 'privileged-operation');
    channel.problemState = false;
    assert.equal(ending(await channel.schm(2, 0x7000)), 0);
  });

  it('measurement block, format 0: ten starts are counted at index 0, then at index 1', async () => {
    const bench = await Bench.enabled();
    answerSenseId(bench);
    await bench.channel.schm(2, 0x7000);
    await bench.modify({ flags: 0x0091 });
    await countStarts(bench, 10);
    await bench.schib();
    viewOf(bench.vfio.bytes).setUint16(SCHIB_AT + 12, 1);
    assert.equal(ending(await bench.channel.msch(SCHID, SCHIB_AT)), 0);
    await countStarts(bench, 10);
    assert.deepEqual(
      [viewOf(bench.vfio.bytes).getUint16(0x7000), viewOf(bench.vfio.bytes).getUint16(0x7020)],
      [10, 10],
    );
    await bench.channel.schm(0, 0);
    await countStarts(bench, 1);
    assert.equal(viewOf(bench.vfio.bytes).getUint16(0x7020), 10, 'not counted once monitoring is off');
  });

  it('measurement block, format 1: an unaligned origin is an operand exception, ten starts are counted', async () => {
    const bench = await Bench.enabled();
    answerSenseId(bench);
    await bench.channel.schm(2, 0);
    await bench.schib();
    const view = viewOf(bench.vfio.bytes);
    view.setUint16(SCHIB_AT + 4, 0x0091);
    view.setUint32(SCHIB_AT + 24, 4);
    view.setUint32(SCHIB_AT + 44, 0x7020);
    assert.equal(ending(await bench.channel.msch(SCHID, SCHIB_AT)), 'operand');
    view.setUint32(SCHIB_AT + 44, 0x7040);
    assert.equal(ending(await bench.channel.msch(SCHID, SCHIB_AT)), 0);
    await countStarts(bench, 10);
    assert.equal(bench.word(0x7040), 10);
  });

  it('msch: alignment is a specification exception; PMCW bits 0, 1, 6, 7 are an operand exception and not stored', async () => {
    const bench = await Bench.open();
    for (const offset of [1, 2]) {
      assert.equal(ending(await bench.channel.msch(SCHID, SCHIB_AT + offset)), 'specification');
    }
    for (const bit of [0x8000, 0x4000, 0x0200, 0x0100]) {
      assert.equal(await bench.modify({ flags: 0x0001 | bit }), 'operand', bit.toString(16));
      assert.equal((await bench.schib()).getUint16(4), 0x0001);
    }
  });

  it('stcrw: alignment; condition code 1 and zeros; after rchp the report of a channel path; then none', async () => {
    const bench = await Bench.open();
    assert.equal(ending(await bench.channel.stcrw(WORD_AT + 1)), 'specification');
    bench.setWord(WORD_AT, 0xffff_ffff);
    assert.equal(ending(await bench.channel.stcrw(WORD_AT)), 1);
    assert.equal(bench.word(WORD_AT), 0);
    assert.equal(ending(await bench.channel.rchp(0)), 0);
    assert.equal(ending(await bench.channel.stcrw(WORD_AT)), 0);
    assert.equal((bench.word(WORD_AT) >>> 24) & 0x0f, 4);
    assert.equal(ending(await bench.channel.stcrw(WORD_AT)), 1);
  });

  it('ssch: alignment is a specification exception, an ORB of all ones an operand exception', async () => {
    const bench = await Bench.enabled();
    for (const offset of [1, 2]) {
      assert.equal(ending(await bench.channel.ssch(SCHID, ORB_AT + offset)), 'specification');
    }
    bench.vfio.bytes.fill(0xff, ORB_AT, ORB_AT + 12);
    assert.equal(ending(await bench.channel.ssch(SCHID, ORB_AT)), 'operand');
  });

  it('stsch: alignment; a subchannel that is not there; schid bit 47 zero', async () => {
    const { channel } = await Bench.open();
    assert.equal(ending(await channel.stsch(SCHID, SCHIB_AT + 2)), 'specification');
    assert.equal(ending(await channel.stsch(0x0001_ffff, SCHIB_AT)), 3);
    assert.equal(ending(await channel.stsch(0, SCHIB_AT)), 'operand');
  });

  it('pmcw bit 5: msch takes it set or not, stsch always stores it as 0', async () => {
    const bench = await Bench.open();
    for (const flags of [0x0401, 0x0001]) {
      assert.equal(await bench.modify({ flags }), 0);
      assert.equal((await bench.schib()).getUint16(4) & 0x0400, 0);
    }
  });

  it('tsch: alignment; a subchannel that is not there; schid bit 47 zero', async () => {
    const { channel } = await Bench.open();
    assert.equal(ending(await channel.tsch(SCHID, IRB_AT + 2)), 'specification');
    assert.equal(ending(await channel.tsch(0x0001_ffff, IRB_AT)), 3);
    assert.equal(ending(await channel.tsch(0, IRB_AT)), 'operand');
  });
});
