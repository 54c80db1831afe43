import assert from 'node:assert/strict';
import { viewOf, type AssembledProgram } from '../../../src/harness/arch/index.js';
import {
  enableSubchannel,
  GUEST_SCRATCH,
  runProgramInGuest,
  startInGuest,
  storeSchib,
  takeStatusInGuest,
} from '../../../src/harness/guest/index.js';
import type { ChannelPort } from '../../../src/harness/ports/index.js';
import { Bench, ending, SCHID } from './fake-vfio.js';

const program: AssembledProgram = {
  name: 'no-operation',
  memory: [{ at: 0x5000, bytes: Uint8Array.of(0x03, 0x20, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00) }],
  orb: { interruptionParameter: 0x77, control: 0x0080_ff00, channelProgramAddress: 0x5000 },
  dump: [],
  labels: new Map(),
};

/** A port whose device presents these SCSWs, one for each wait, and then nothing more. */
function presenting(bench: Bench, words: readonly number[]): ChannelPort {
  const { channel, vfio } = bench;
  const left = [...words];
  return new Proxy(channel, {
    get(target, key) {
      if (key !== 'waitInterruption') {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
      }
      return (timeout: number) => {
        const word = left.shift();
        if (word !== undefined) {
          viewOf(vfio.irb).setUint32(0, word);
          vfio.signals[0] = 1;
        }
        return target.waitInterruption(timeout);
      };
    },
  });
}

describe('guest program', () => {
  /** what the device presents, and how many IRBs it takes until the start function has ended; 0 for never */
  const endings: readonly (readonly [string, readonly number[], number])[] = [
    ['primary and secondary status', [0x0080_4007], 1],
    ['alert status and a deferred condition code', [0x0300_4411], 1],
    ['primary, then secondary status', [0x0080_4045, 0x0080_4003], 2],
    ['intermediate status first', [0x0080_40c9, 0x0080_4007], 2],
    ['unsolicited alert status first', [0x0000_0011, 0x0080_4007], 2],
    ['primary status of a device that has done', [0x0080_4005], 1],
    ['unit exception with start pending left on', [0x0080_4417], 1],
    ['clear completed', [0x0000_1001], 1],
    ['suspended', [0x0080_4029], 0],
    ['primary status alone', [0x0080_4045], 0],
    ['nothing', [], 0],
  ];
  for (const [name, words, count] of endings) {
    it(`ends with: ${name}`, async () => {
      const bench = await Bench.enabled();
      const { started, irbs, ended } = await runProgramInGuest(presenting(bench, words), SCHID, program, 0);
      assert.deepEqual([ending(started), ended, irbs.length], [0, count > 0, words.length]);
      assert.deepEqual(
        irbs.map((irb) => viewOf(irb).getUint32(0)),
        words,
      );
    });
  }

  it('takes each interruption, also where TSCH does not', async () => {
    const bench = await Bench.enabled({ accelerator: 'tcg' });
    for (let time = 0; time < 2; time++) {
      const { irbs } = await runProgramInGuest(presenting(bench, [0x0080_4007]), SCHID, program, 0);
      assert.equal(irbs.length, 1);
    }
    assert.equal(bench.word(GUEST_SCRATCH.interruptionCode + 4), 0x77);
    assert.deepEqual(await bench.drain(), []);
  });

  it('that was not started has no IRB', async () => {
    const bench = await Bench.open();
    const { started, irbs } = await runProgramInGuest(bench.channel, SCHID, program, 0);
    assert.deepEqual([ending(started), irbs], [3, []]);
  });

  it('stops when the subchannel is gone', async () => {
    const bench = await Bench.enabled();
    const port = presenting(bench, [0x0080_4045, 0]);
    const run = runProgramInGuest(port, SCHID, program, 0);
    bench.vfio.signals[2] = 1;
    const { ended } = await run;
    assert.deepEqual([ended, bench.channel.unplugged], [false, true]);
  });

  for (const [at, length, allowed] of [
    [GUEST_SCRATCH.start - 8, 8, true],
    [GUEST_SCRATCH.start - 8, 9, false],
    [GUEST_SCRATCH.end - 1, 1, false],
    [GUEST_SCRATCH.end, 8, true],
  ] as const) {
    it(`may${allowed ? '' : ' not'} lie at ${at.toString(16)} with ${length} bytes`, async () => {
      const bench = await Bench.enabled();
      const run = runProgramInGuest(
        bench.channel,
        SCHID,
        { ...program, memory: [{ at, bytes: new Uint8Array(length) }] },
        0,
      );
      if (allowed) assert.equal(ending((await run).started), 0);
      else await assert.rejects(run, RangeError);
    });
  }
});

describe('guest enableSubchannel', () => {
  it('sets enabled, subclass, concurrent sense and interruption parameter, and keeps the rest', async () => {
    const { channel } = await Bench.open();
    const before = await storeSchib(channel, SCHID);
    assert.equal(ending(await enableSubchannel(channel, SCHID, { isc: 5, interruptionParameter: 0x99 })), 0);
    const after = await storeSchib(channel, SCHID);
    assert.deepEqual(after, { ...before, flags: 0x2881, characteristics: 1, interruptionParameter: 0x99 });
  });

  it('takes concurrent sense away again', async () => {
    const { channel } = await Bench.open();
    await enableSubchannel(channel, SCHID, 1);
    await enableSubchannel(channel, SCHID, { concurrentSense: false });
    const schib = await storeSchib(channel, SCHID);
    assert.deepEqual([schib?.flags, schib?.characteristics], [0x0081, 0]);
  });

  it('of a subchannel that is not there is condition code 3', async () => {
    const { channel } = await Bench.open();
    assert.equal(ending(await enableSubchannel(channel, SCHID + 1, 0)), 3);
    assert.equal(await storeSchib(channel, SCHID + 1), undefined);
  });
});

describe('steps of a guest program', () => {
  it('start: everything is in storage when START SUBCHANNEL is issued', async () => {
    const bench = await Bench.enabled();
    assert.equal(ending(await startInGuest(bench.channel, SCHID, program)), 0);
    const ccw = new Uint8Array(8);
    await bench.channel.storage.read(0x5000, ccw);
    assert.deepEqual(ccw, program.memory[0]?.bytes);
    assert.equal(bench.request().orb.getUint32(8), 0x5000);
  });

  it('status: the IRB of the first interruption, and nothing when none comes', async () => {
    const bench = await Bench.enabled();
    await startInGuest(bench.channel, SCHID, program);
    const port = presenting(bench, [0x0080_40c9, 0x0080_4007]);
    for (const word of [0x0080_40c9, 0x0080_4007]) {
      const irb = await takeStatusInGuest(port, SCHID, 0);
      assert.equal(irb && viewOf(irb).getUint32(0), word);
    }
    assert.equal(await takeStatusInGuest(port, SCHID, 0), undefined);
  });

  it('status: none of a subchannel that is not there', async () => {
    const bench = await Bench.enabled();
    const port = presenting(bench, [0x0080_4007]);
    assert.equal(await takeStatusInGuest(port, 0x0001_4711, 0), undefined);
  });
});
