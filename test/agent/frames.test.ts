import assert from 'node:assert/strict';

import { describeAgents } from './agents.js';
import { header, Kind, Refusal, s32, text, u16, u32, u64, u8 } from './payload.js';

const LIMIT = 0x10_0000;

/** An ioctl that an eventfd does not know, and how often it is made. */
const UNKNOWN_CALL = 0x3b64;
const ROUNDS = 48;

describeAgents('agent: frames', (agent) => {
  /** An agent still serves: an eventfd can be made. */
  const serves = async (peer: Awaited<ReturnType<typeof agent.start>>): Promise<void> => {
    assert.ok((await peer.result(Kind.eventfd)) > 2);
    assert.deepEqual(peer.unclaimed, []);
    assert.deepEqual(await peer.close(), []);
  };

  it('are answered with the id and the process of their request', async () => {
    const peer = await agent.start();
    peer.send(header({ kind: Kind.eventfd, id: 0xfedc_ba98, length: 0 }));
    const answer = await peer.next();
    assert.deepEqual([answer.kind, answer.id, answer.process], [Kind.eventfd + 0x80, 0xfedc_ba98, 0]);
    await serves(peer);
  });

  it('may come byte by byte', async () => {
    const peer = await agent.start();
    const frame = Buffer.concat([header({ kind: Kind.map, id: 77, length: 8 }), u64(4096)]);
    for (const byte of frame) {
      peer.send(u8(byte));
      await new Promise(setImmediate);
    }
    assert.ok((await peer.answerTo(77)).result > 0);
    await serves(peer);
  });

  it('skips a stretch without magic, tells of it once, and goes on', async () => {
    const peer = await agent.start();
    const garbage = Buffer.alloc(100_000, 'Cx');
    peer.send(garbage, text('C'), header({ kind: Kind.eventfd, id: 5, length: 0 }));
    const error = await peer.next();
    assert.deepEqual([error.kind, error.error, error.id], [0xff, Refusal.magic, 0]);
    assert.ok((await peer.next()).result > 2);
    await serves(peer);
  });

  it('tells of a stretch without magic before it ends', async () => {
    const peer = await agent.start();
    peer.send(text('no frame'));
    assert.equal((await peer.next()).error, Refusal.magic);
    peer.send(text(' here'));
    await serves(peer);
  });

  it('finds a magic of which one half comes first', async () => {
    const peer = await agent.start();
    peer.send(text('garbage C'));
    assert.equal((await peer.next()).error, Refusal.magic);
    peer.send(header({ kind: Kind.eventfd, id: 9, length: 0 }).subarray(1));
    assert.ok((await peer.answerTo(9)).result > 2);
    await serves(peer);
  });

  it('skips the payload of another version', async () => {
    const peer = await agent.start();
    const frame = header({ version: 2, kind: Kind.eventfd, id: 6, length: 40 });
    peer.send(frame, Buffer.concat([header({ kind: Kind.eventfd, id: 60, length: 0 }), Buffer.alloc(24)]));
    const error = await peer.next();
    assert.deepEqual([error.error, error.id], [Refusal.version, 6]);
    await serves(peer);
  });

  it('looks for a magic behind the header of a payload that is too long', async () => {
    const peer = await agent.start();
    peer.send(header({ kind: Kind.poke, id: 8, process: 3, length: LIMIT + 1 }), Buffer.alloc(100));
    peer.send(header({ kind: Kind.eventfd, id: 9, length: 0 }));
    const error = await peer.next();
    assert.deepEqual([error.error, error.id, error.process], [Refusal.length, 8, 3]);
    assert.equal((await peer.next()).id, 9);
    await serves(peer);
  });

  it('takes a payload of just the limit', async () => {
    const peer = await agent.start();
    const address = await peer.result(Kind.map, u64(LIMIT));
    const bytes = Buffer.alloc(LIMIT - 8, 'abc');
    assert.equal(await peer.result(Kind.poke, Buffer.concat([u64(address), bytes])), 0);
    const read = await peer.ask(Kind.peek, Buffer.concat([u64(address), u32(LIMIT - 8)]));
    assert.ok(read.bytes.equals(bytes));
    await serves(peer);
  });

  it('refuses a request whose answer would be longer than the limit', async () => {
    const peer = await agent.start();
    const address = await peer.result(Kind.map, u64(2 * LIMIT));
    const answer = await peer.ask(Kind.peek, Buffer.concat([u64(address), u32(LIMIT - 7)]));
    assert.equal(answer.error, Refusal.form);
    await serves(peer);
  });

  it('refuses kinds that do not exist', async () => {
    const peer = await agent.start();
    for (const kind of [0x00, 0x03, 0x1b, 0x7f, 0x80, 0x90, 0xff]) {
      assert.equal((await peer.ask(kind, text('payload'))).error, Refusal.kind, `kind ${kind}`);
    }
    await serves(peer);
  });

  it('refuses flags that do not exist, and running apart where it cannot be', async () => {
    const peer = await agent.start();
    for (const flags of [0x0002, 0x8000, 0x0003]) {
      assert.equal((await peer.ask(Kind.close, u32(5), { flags })).error, Refusal.form);
    }
    for (const kind of [Kind.hello, Kind.release, Kind.eventfd, Kind.fork, Kind.wait, Kind.limit, Kind.kernelLog]) {
      assert.equal((await peer.ask(kind, Buffer.alloc(0), { flags: 1 })).error, Refusal.form, `kind ${kind}`);
    }
    await serves(peer);
  });

  it('refuses a process that there is not', async () => {
    const peer = await agent.start();
    const answer = await peer.ask(Kind.eventfd, undefined, { process: 3 });
    assert.deepEqual([answer.error, answer.process], [Refusal.process, 3]);
    await serves(peer);
  });

  it('refuses every payload that is a byte short or a byte long', async () => {
    const peer = await agent.start();
    const exact: readonly (readonly [number, Buffer])[] = [
      [Kind.hello, Buffer.concat([u8(1), u8(1)])],
      [Kind.close, u32(9)],
      [Kind.read, Buffer.concat([u32(9), u8(0), u32(1)])],
      [Kind.write, Buffer.concat([u32(9), u8(1), u32(1)])],
      [Kind.pread, Buffer.concat([u32(9), u64(0), u8(0), u32(1)])],
      [Kind.pwrite, Buffer.concat([u32(9), u64(0), u8(1), u32(1)])],
      [Kind.preadv, Buffer.concat([u32(9), u64(0), u16(1), u32(4)])],
      [Kind.pwritev, Buffer.concat([u32(9), u64(0), u16(1), u32(4), text('abcd')])],
      [Kind.lseek, Buffer.concat([u32(9), u64(0), u8(0)])],
      [Kind.mmap, Buffer.concat([u32(9), u64(4096)])],
      [Kind.ioctl, Buffer.concat([u32(9), u32(0), u8(1)])],
      [Kind.ioctl, Buffer.concat([u32(9), u32(0), u8(2), u64(0)])],
      [Kind.wait, Buffer.concat([u32(0), u16(1), u32(9)])],
      [Kind.signal, Buffer.concat([u32(9), u64(1)])],
      [Kind.map, u64(4096)],
      [Kind.unmap, Buffer.concat([u64(0), u64(4096)])],
      [Kind.peek, Buffer.concat([u64(0), u32(4)])],
      [Kind.fill, Buffer.concat([u64(0), u64(4), u8(1)])],
      [Kind.kernelLog, u64(0)],
      [Kind.limit, Buffer.concat([u8(1), u64(0)])],
      [Kind.fail, u32(0)],
      [Kind.batch, Buffer.concat([u8(0), u8(Kind.eventfd), u32(0)])],
    ];
    for (const [kind, payload] of exact) {
      const results = await Promise.all([
        peer.ask(kind, payload),
        peer.ask(kind, payload.subarray(0, -1)),
        peer.ask(kind, Buffer.concat([payload, u8(0)])),
      ]);
      assert.deepEqual(
        results.map(({ error }) => error),
        [0, Refusal.form, Refusal.form],
        `kind ${kind.toString(16)}`,
      );
    }
    for (const kind of [Kind.release, Kind.eventfd, Kind.fork, Kind.exit]) {
      const { error } = await peer.ask(kind, u8(0));
      assert.equal(error, kind === Kind.exit ? Refusal.process : Refusal.form, `kind ${kind.toString(16)}`);
    }
    assert.deepEqual(await peer.close(), []);
  });

  it('refuses places and codes that do not exist', async () => {
    const peer = await agent.start();
    const requests: readonly (readonly [number, Buffer])[] = [
      [Kind.read, Buffer.concat([u32(9), u8(2), u32(1)])],
      [Kind.write, Buffer.concat([u32(9), u8(2), u32(1)])],
      [Kind.pread, Buffer.concat([u32(9), u64(0), u8(2), u32(1)])],
      [Kind.pwrite, Buffer.concat([u32(9), u64(0), u8(3), u32(1)])],
      [Kind.ioctl, Buffer.concat([u32(9), u32(0), u8(3), u64(0)])],
      [Kind.limit, Buffer.concat([u8(2), u64(0)])],
      [Kind.open, Buffer.concat([u32(0x40), text('/dev/vfio/1')])],
      [Kind.batch, u8(2)],
    ];
    for (const [kind, payload] of requests) {
      assert.equal((await peer.ask(kind, payload)).error, Refusal.form, `kind ${kind.toString(16)}`);
    }
    await serves(peer);
  });

  it('want hello first', async () => {
    const peer = await agent.start(false);
    assert.equal((await peer.ask(Kind.eventfd)).error, Refusal.version);
    const old = await peer.ask(Kind.hello, Buffer.concat([u8(2), u8(9)]));
    assert.equal(old.result, -93);
    assert.equal((await peer.ask(Kind.eventfd)).error, Refusal.version);
    assert.equal(await peer.result(Kind.hello, Buffer.concat([u8(0), u8(9)])), 1);
    await serves(peer);
  });

  it('are answered in full when the input ends behind them', async () => {
    const peer = await agent.start();
    const address = await peer.result(Kind.map, u64(LIMIT));
    peer.pause();
    const ids = Array.from({ length: 12 }, () => peer.post(Kind.peek, Buffer.concat([u64(address), u32(LIMIT - 8)])));
    setImmediate(() => {
      peer.resume();
    });
    const rest = await peer.close();
    assert.deepEqual(
      rest.map(({ id, bytes }) => [id, bytes.length]),
      ids.map((id) => [id, LIMIT - 8]),
    );
  });

  it('wait in the pipe while nobody reads the answers', async () => {
    const peer = await agent.start();
    const address = await peer.result(Kind.map, u64(LIMIT));
    peer.pause();
    const ids = Array.from({ length: 40 }, () => peer.post(Kind.peek, Buffer.concat([u64(address), u32(LIMIT - 8)])));
    peer.post(Kind.poke, Buffer.concat([u64(address), u8(1)]));
    peer.resume();
    for (const id of ids) assert.equal((await peer.answerTo(id)).bytes[0], 0);
    await peer.next();
    await serves(peer);
  });

  it('are not read while nobody reads the answers', async () => {
    const peer = await agent.start();
    const fd = await peer.result(Kind.eventfd);
    peer.pause();
    const bytes = Buffer.alloc(LIMIT - 16);
    const request = Buffer.concat([s32(fd), u32(UNKNOWN_CALL), u8(0), bytes]);
    const ids = Array.from({ length: ROUNDS }, () => peer.post(Kind.ioctl, request));
    // Until it has taken nothing for many turns, or everything.
    for (let turns = 0, before = -1; turns < 20_000 && peer.unsent > 0; turns++) {
      if (peer.unsent !== before) turns = 0;
      before = peer.unsent;
      await new Promise(setImmediate);
    }
    peer.resume();
    for (const id of ids) assert.equal((await peer.answerTo(id)).bytes.length, bytes.length);
    const status = await peer.ask(Kind.getAttribute, text('/proc/self/status'));
    const most = Number(/VmHWM:\s+(\d+) kB/.exec(status.bytes.toString())?.[1]) * 1024;
    if (agent.isPlain) assert.ok(most < (ROUNDS / 2) * LIMIT, `it had ${most} bytes at a time`);
    await serves(peer);
  });
});
