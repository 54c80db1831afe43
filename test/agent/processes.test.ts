import assert from 'node:assert/strict';

import { describeAgents } from './agents.js';
import { batch, Errno, Kind, Refusal, s32, text, u16, u32, u64, u8 } from './payload.js';
import type { Peer } from './peer.js';

const LONG = 600_000;

const fork = (peer: Peer, process = 0): Promise<number> => peer.result(Kind.fork, undefined, { process });

const wait = (milliseconds: number, ...files: readonly number[]): Buffer =>
  Buffer.concat([u32(milliseconds), u16(files.length), ...files.map(s32)]);

async function pidOf(peer: Peer, process: number): Promise<number> {
  const { bytes } = await peer.ask(Kind.hello, Buffer.concat([u8(1), u8(1)]), { process });
  return bytes.readUInt32BE(4);
}

async function memory(peer: Peer, process: number, address: number, length: number): Promise<string> {
  const { bytes } = await peer.ask(Kind.peek, Buffer.concat([u64(address), u32(length)]), { process });
  return bytes.toString('latin1');
}

/** Whether a process of this machine runs. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks again until the process is gone; Mocha's time limit ends a test in which it stays. */
async function gone(pid: number): Promise<void> {
  while (isThere(pid)) await new Promise(setImmediate);
}

describeAgents('agent: processes', (agent) => {
  it('have the same files, and a copy of the memory', async () => {
    const peer = await agent.start();
    const fd = await peer.result(Kind.eventfd);
    const address = await peer.result(Kind.map, u64(4096));
    await peer.result(Kind.poke, Buffer.concat([u64(address), text('before')]));
    const process = await fork(peer);
    assert.equal(process, 1);
    await peer.result(Kind.poke, Buffer.concat([u64(address), text('parent')]));
    assert.equal(await memory(peer, process, address, 6), 'before');
    await peer.result(Kind.poke, Buffer.concat([u64(address), text('child.')]), { process });
    assert.equal(await memory(peer, 0, address, 6), 'parent');

    await peer.result(Kind.signal, Buffer.concat([s32(fd), u64(3)]), { process });
    const taken = await peer.ask(Kind.wait, wait(LONG, fd));
    assert.equal(taken.bytes.readBigUInt64BE(0), 3n);
    // A file that one opens later is not the other's.
    const own = await peer.result(Kind.eventfd, undefined, { process });
    assert.equal(await peer.result(Kind.close, s32(own)), -Errno.EBADF);
    assert.equal(await peer.result(Kind.close, s32(fd), { process }), 0);
    assert.equal(await peer.result(Kind.close, s32(fd)), 0);
    assert.notEqual(await pidOf(peer, 0), await pidOf(peer, process));
    await peer.close();
  });

  it('answer with their own number', async () => {
    const peer = await agent.start();
    const process = await fork(peer);
    assert.equal((await peer.ask(Kind.eventfd, undefined, { process })).process, process);
    assert.deepEqual(await errorOf(peer, 0x7f, process), [Refusal.kind, process]);
    assert.deepEqual(await errorOf(peer, Kind.close, process), [Refusal.form, process]);
    await peer.close();
  });

  const errorOf = async (peer: Peer, kind: number, process: number): Promise<[number, number]> => {
    const answer = await peer.ask(kind, undefined, { process });
    return [answer.error, answer.process];
  };

  it('do not hold each other up', async () => {
    const peer = await agent.start();
    const fd = await peer.result(Kind.eventfd);
    const process = await fork(peer);
    const other = await fork(peer);
    const inProcess = peer.post(Kind.wait, wait(LONG, fd), { process });
    // One that sleeps in a call: a batch of its own waits, as long as it takes.
    const batched = peer.post(Kind.batch, batch(0, [Kind.wait, wait(10_000, fd)]), { process: other });
    assert.ok((await peer.result(Kind.map, u64(4096), { process })) > 0);
    assert.equal(await peer.result(Kind.signal, Buffer.concat([s32(fd), u64(1)]), { process: other }), 0);
    const first = await peer.next();
    assert.equal(await peer.result(Kind.signal, Buffer.concat([s32(fd), u64(1)])), 0);
    const second = await peer.next();
    assert.deepEqual(new Set([first.id, second.id]), new Set([inProcess, batched]));
    await peer.close();
  });

  it('fork in turn, and outlive who forked them', async () => {
    const peer = await agent.start();
    const address = await peer.result(Kind.map, u64(4096));
    const child = await fork(peer);
    await peer.result(Kind.poke, Buffer.concat([u64(address), text('child')]), { process: child });
    const answer = await peer.ask(Kind.fork, undefined, { process: child });
    assert.equal(answer.process, child);
    const grandchild = answer.result;
    assert.notEqual(grandchild, child);
    assert.equal(await peer.result(Kind.exit, undefined, { process: child }), 0);
    assert.equal(await memory(peer, grandchild, address, 5), 'child');
    const further = await fork(peer, grandchild);
    assert.equal(await memory(peer, further, address, 5), 'child');
    assert.deepEqual(new Set([0, child, grandchild, further]).size, 4);
    await peer.close();
  });

  it('fork with requests on their way', async () => {
    const peer = await agent.start();
    const child = await fork(peer);
    const address = await peer.result(Kind.map, u64(0x10_0000), { process: child });
    const big = Buffer.concat([u64(address), Buffer.alloc(0xf_0000, 'x')]);
    // The link is full when the forks go out, so that their files are passed with bytes of other frames.
    const ids = Array.from({ length: 6 }, () => [
      peer.post(Kind.poke, big, { process: child }),
      peer.post(Kind.fork, undefined, { process: child }),
    ]).flat();
    const answers = [];
    for (const id of ids) answers.push((await peer.answerTo(id)).result);
    const forked = answers.filter((_, at) => at % 2 === 1);
    assert.deepEqual(new Set(answers.filter((_, at) => at % 2 === 0)), new Set([0]));
    assert.equal(new Set(forked).size, 6);
    for (const process of forked) assert.equal(await memory(peer, process, address, 3), 'xxx');
    await peer.close();
  });

  it('carry big frames both ways', async () => {
    const peer = await agent.start();
    const process = await fork(peer);
    const address = await peer.result(Kind.map, u64(0x10_0000), { process });
    const bytes = Buffer.alloc(0x10_0000 - 8, 'abcdefg');
    for (let round = 0; round < 4; round++) {
      assert.equal(await peer.result(Kind.poke, Buffer.concat([u64(address), bytes]), { process }), 0);
      const read = await peer.ask(Kind.peek, Buffer.concat([u64(address), u32(bytes.length)]), { process });
      assert.ok(read.bytes.equals(bytes));
    }
    await peer.close();
  });

  it('are gone after exit, with everything asked before answered', async () => {
    const peer = await agent.start();
    const process = await fork(peer);
    const pid = await pidOf(peer, process);
    const before = peer.post(Kind.getAttribute, text('/proc/version'), { process });
    const waiting = peer.post(Kind.wait, wait(LONG), { process });
    assert.equal(await peer.result(Kind.exit, undefined, { process }), 0);
    assert.match((await peer.answerTo(before)).bytes.toString(), /^Linux/);
    assert.equal((await peer.answerTo(waiting)).error, Refusal.process);
    if (!agent.isEmulated) assert.ok(!isThere(pid));
    assert.equal((await peer.ask(Kind.eventfd, undefined, { process })).error, Refusal.process);
    assert.equal((await peer.ask(Kind.exit, undefined, { process })).error, Refusal.process);
    // Its number is not given again.
    assert.notEqual(await fork(peer), process);
    await peer.close();
  });

  it('that die are told of', async () => {
    const peer = await agent.start();
    const child = await fork(peer);
    const pid = await pidOf(peer, child);
    const id = peer.post(Kind.wait, wait(LONG), { process: child });
    await peer.result(Kind.eventfd, undefined, { process: child });
    process.kill(pid, 'SIGKILL');
    assert.equal((await peer.answerTo(id)).error, Refusal.process);
    assert.equal((await peer.ask(Kind.eventfd, undefined, { process: child })).error, Refusal.process);
    await peer.close();
  });

  it('end with the connection, and with an agent that is killed', async () => {
    for (const way of ['close', 'kill'] as const) {
      const peer = await agent.start();
      const child = await fork(peer);
      const pids = [await pidOf(peer, child), await pidOf(peer, await fork(peer, child))];
      await peer[way]();
      for (const pid of pids) await gone(pid);
    }
  });

  it('cannot be ended or released as if they were each other', async () => {
    const peer = await agent.start();
    const process = await fork(peer);
    assert.equal((await peer.ask(Kind.exit)).error, Refusal.process);
    assert.equal((await peer.ask(Kind.release, undefined, { process })).error, Refusal.process);
    assert.equal((await peer.ask(Kind.fork, u8(0), { process })).error, Refusal.form);
    assert.equal((await peer.ask(Kind.fork, undefined, { process, flags: 1 })).error, Refusal.form);
    assert.ok((await peer.result(Kind.eventfd, undefined, { process })) > 2);
    await peer.close();
  });

  it('are not more than there is room for', async () => {
    const peer = await agent.start();
    for (let number = 1; number <= 64; number++) assert.equal(await fork(peer), number);
    assert.equal((await peer.ask(Kind.fork)).error, Refusal.tooMany);
    assert.equal((await peer.ask(Kind.fork, undefined, { process: 1 })).error, Refusal.tooMany);
    assert.equal(await peer.result(Kind.exit, undefined, { process: 9 }), 0);
    assert.equal(await fork(peer), 65);
    await peer.close();
  }).timeout(20_000);

  it('limit their locked memory, which the agent itself does not', async () => {
    const peer = await agent.start();
    const limit = (bytes: number | bigint, process: number): Promise<number> =>
      peer.result(Kind.limit, Buffer.concat([u8(1), u64(bytes)]), { process });
    const limits = async (process: number): Promise<string> => {
      const { bytes } = await peer.ask(Kind.getAttribute, text('/proc/self/limits'), { process });
      return /Max locked memory +(\S+)/.exec(bytes.toString())?.[1] ?? '';
    };
    const hasLockCapability = async (process: number): Promise<boolean> => {
      const { bytes } = await peer.ask(Kind.getAttribute, text('/proc/self/status'), { process });
      const effective = BigInt(`0x${/CapEff:\s+(\S+)/.exec(bytes.toString())?.[1] ?? ''}`);
      return ((effective >> 14n) & 1n) === 1n;
    };
    const child = await fork(peer);
    const [before, could] = [await limits(child), await hasLockCapability(child)];
    assert.equal(await limit(65_536, 0), -Errno.EPERM);
    assert.equal(await limit(65_536, child), 0);
    assert.deepEqual([await limits(child), await hasLockCapability(child)], ['65536', false]);
    assert.equal(await limits(0), before);
    assert.equal(await limit(-1, child), 0);
    assert.deepEqual([await limits(child), await hasLockCapability(child)], [before, could]);
    await peer.close();
  });
});
