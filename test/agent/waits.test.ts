import assert from 'node:assert/strict';

import { describeAgents } from './agents.js';
import { batch, Errno, Kind, Refusal, s32, text, u16, u32, u64, u8 } from './payload.js';
import type { Peer, Received } from './peer.js';

/** Long enough that no test ever sees its end. */
const LONG = 600_000;

const wait = (milliseconds: number, ...files: readonly number[]): Buffer =>
  Buffer.concat([u32(milliseconds), u16(files.length), ...files.map(s32)]);

const signal = (peer: Peer, fd: number, count: number | bigint): Promise<number> =>
  peer.result(Kind.signal, Buffer.concat([s32(fd), u64(count)]));

const counts = ({ bytes }: Received): number[] =>
  Array.from({ length: bytes.length / 8 }, (_, at) => Number(bytes.readBigUInt64BE(8 * at)));

/** The entries of a batch's answer. */
function entries({ bytes }: Received): { kind: number; result: number; payload: Buffer }[] {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const kind = bytes.readUInt8(at);
    const payload = bytes.subarray(at + 5, at + 5 + bytes.readUInt32BE(at + 1));
    found.push({ kind, result: kind === 0xff ? payload.readUInt16BE(0) : Number(payload.readBigInt64BE(0)), payload });
    at += 5 + payload.length;
  }
  return found;
}

describeAgents('agent: waits', (agent) => {
  describe('wait', () => {
    it('takes the counts of what was signalled before', async () => {
      const peer = await agent.start();
      const [one, other] = [await peer.result(Kind.eventfd), await peer.result(Kind.eventfd)];
      assert.equal(await signal(peer, other, 0xffff_ffff), 0);
      assert.equal(await signal(peer, other, 2), 0);
      const answer = await peer.ask(Kind.wait, wait(LONG, one, other));
      assert.deepEqual([answer.result, counts(answer)], [1, [0, 0x1_0000_0001]]);
      const none = await peer.ask(Kind.wait, wait(0, one, other));
      assert.deepEqual([none.result, counts(none)], [0, [0, 0]]);
      await peer.close();
    });

    it('ends when its time is over', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      const answer = await peer.ask(Kind.wait, wait(20, fd));
      assert.deepEqual([answer.result, counts(answer)], [0, [0]]);
      assert.equal(await peer.result(Kind.wait, wait(5)), 0);
      await peer.close();
    });

    it('does not hold up later requests, and ends in the order of the signals', async () => {
      const peer = await agent.start();
      const files = [await peer.result(Kind.eventfd), await peer.result(Kind.eventfd), await peer.result(Kind.eventfd)];
      const ids = files.map((fd) => peer.post(Kind.wait, wait(LONG, fd)));
      const all = peer.post(Kind.wait, wait(LONG, ...files));
      for (const at of [2, 0, 1]) {
        assert.equal(await signal(peer, files[at]!, at + 1), 0);
        const answer = await peer.next();
        assert.deepEqual([answer.id, answer.result, counts(answer)], [ids[at], 1, [at + 1]]);
      }
      // Of two waits for one file the older one got the count each time.
      assert.equal(await signal(peer, files[1]!, 9), 0);
      const last = await peer.next();
      assert.deepEqual([last.id, counts(last)], [all, [0, 9, 0]]);
      await peer.close();
    });

    it('is refused for a file that is no eventfd, and ends when its file is closed', async () => {
      const peer = await agent.start();
      const version = await peer.result(Kind.open, Buffer.concat([u32(0), text('/proc/version')]));
      const fd = await peer.result(Kind.eventfd);
      assert.equal(await signal(peer, fd, 1), 0);
      assert.equal(await peer.result(Kind.wait, wait(LONG, fd, version)), -Errno.EINVAL);
      assert.equal(await signal(peer, version, 1), -Errno.EINVAL);
      // The count of the other one was not taken.
      assert.deepEqual(counts(await peer.ask(Kind.wait, wait(LONG, fd))), [1]);
      const id = peer.post(Kind.wait, wait(LONG, fd));
      assert.equal(await peer.result(Kind.close, s32(fd)), 0);
      assert.equal((await peer.answerTo(id)).result, -Errno.EBADF);
      await peer.close();
    });

    it('is refused when too many wait, or for too many files', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      const ids = Array.from({ length: 64 }, () => peer.post(Kind.wait, wait(LONG, fd)));
      assert.equal((await peer.ask(Kind.wait, wait(LONG, fd))).error, Refusal.tooMany);
      assert.equal((await peer.ask(Kind.batch, batch(0, [Kind.wait, wait(0, fd)]))).error, Refusal.tooMany);
      assert.equal(await signal(peer, fd, 1), 0);
      assert.equal((await peer.answerTo(ids[0]!)).result, 1);
      assert.equal((await peer.ask(Kind.wait, wait(0, ...Array.from({ length: 256 }, () => fd)))).result, 0);
      const many = wait(0, ...Array.from({ length: 257 }, () => fd));
      assert.equal((await peer.ask(Kind.wait, many)).error, Refusal.tooMany);
      await peer.close();
    });

    it('has no signal of more than an eventfd holds', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      assert.equal(await signal(peer, fd, -1), -Errno.EINVAL);
      assert.equal(await signal(peer, fd, -2), 0);
      assert.equal(await signal(peer, fd, 1), -Errno.EAGAIN);
      const { bytes } = await peer.ask(Kind.wait, wait(0, fd));
      assert.equal(bytes.readBigUInt64BE(0), 2n ** 64n - 2n);
      await peer.close();
    });
  });

  describe('batch', () => {
    it('carries requests out in order', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      const address = await peer.result(Kind.map, u64(4096));
      const answer = await peer.ask(
        Kind.batch,
        batch(
          0,
          [Kind.poke, Buffer.concat([u64(address), text('abc')])],
          [Kind.close, s32(999)],
          [Kind.signal, Buffer.concat([s32(fd), u64(4)])],
          [Kind.wait, wait(LONG, fd)],
          [Kind.peek, Buffer.concat([u64(address), u32(3)])],
        ),
      );
      assert.equal(answer.result, 5);
      const ran = entries(answer);
      assert.deepEqual(
        ran.map(({ kind, result }) => [kind, result]),
        [
          [Kind.poke + 0x80, 0],
          [Kind.close + 0x80, -Errno.EBADF],
          [Kind.signal + 0x80, 0],
          [Kind.wait + 0x80, 1],
          [Kind.peek + 0x80, 0],
        ],
      );
      assert.equal(ran[3]!.payload.readBigUInt64BE(8), 4n);
      assert.equal(ran[4]!.payload.toString('utf8', 8), 'abc');
      await peer.close();
    });

    it('stops at the first negative result when it is told to', async () => {
      const peer = await agent.start();
      const answer = await peer.ask(
        Kind.batch,
        batch(1, [Kind.eventfd, text('')], [Kind.close, s32(999)], [Kind.eventfd, text('')]),
      );
      assert.deepEqual([answer.result, entries(answer).length], [2, 2]);
      assert.equal((await peer.ask(Kind.batch, batch(1))).result, 0);
      await peer.close();
    });

    it('ends with a request that is refused', async () => {
      const peer = await agent.start();
      const refused: readonly (readonly [number, Buffer, number])[] = [
        [Kind.close, u8(1), Refusal.form],
        [0x7f, text(''), Refusal.kind],
        [Kind.getAttribute, text('/etc/passwd'), Refusal.path],
        [Kind.read, Buffer.concat([s32(9), u8(0), u32(0x10_0000)]), Refusal.form],
      ];
      for (const [kind, payload, error] of refused) {
        const answer = await peer.ask(
          Kind.batch,
          batch(0, [Kind.close, s32(9)], [kind, payload], [Kind.eventfd, text('')]),
        );
        assert.deepEqual(
          [answer.result, entries(answer).map((entry) => [entry.kind, entry.result])],
          [
            1,
            [
              [Kind.close + 0x80, -Errno.EBADF],
              [0xff, error],
            ],
          ],
        );
      }
      await peer.close();
    });

    it('ends where its answer would become too long', async () => {
      const peer = await agent.start();
      const address = await peer.result(Kind.map, u64(0x10_0000));
      const half = [Kind.peek, Buffer.concat([u64(address), u32(0x8_0000 - 40)])] as const;
      const answer = await peer.ask(Kind.batch, batch(0, half, half));
      assert.deepEqual([answer.result, entries(answer).map(({ kind }) => kind)], [1, [Kind.peek + 0x80, 0xff]]);
      // Many small ones: the room for the error is always left.
      const byte = [Kind.peek, Buffer.concat([u64(address), u32(40)])] as const;
      const many = await peer.ask(Kind.batch, batch(0, ...Array.from({ length: 30_000 }, () => byte)));
      const kinds = entries(many).map(({ kind }) => kind);
      assert.deepEqual([kinds.length, kinds.at(-1)], [many.result + 1, 0xff]);
      await peer.close();
    });

    it('is refused whole for what cannot stand in it', async () => {
      const peer = await agent.start();
      const event = [Kind.eventfd, text('')] as const;
      for (const kind of [Kind.hello, Kind.release, Kind.fork, Kind.exit, Kind.batch]) {
        const answer = await peer.ask(Kind.batch, batch(0, event, [kind, text('')]));
        assert.equal(answer.error, Refusal.form, `kind ${kind.toString(16)}`);
      }
      const cut = batch(0, event, [Kind.close, s32(1)]);
      assert.equal((await peer.ask(Kind.batch, cut.subarray(0, -1))).error, Refusal.form);
      // Nothing of them was carried out: the next eventfd is the first.
      const fresh = await agent.start();
      assert.equal(await peer.result(Kind.eventfd), await fresh.result(Kind.eventfd));
      await Promise.all([peer.close(), fresh.close()]);
    });

    it('waits without holding anything up', async () => {
      const peer = await agent.start();
      const [one, other] = [await peer.result(Kind.eventfd), await peer.result(Kind.eventfd)];
      const slow = peer.post(
        Kind.batch,
        batch(0, [Kind.wait, wait(10_000, one)], [Kind.wait, wait(10_000, other)], [Kind.close, s32(one)]),
      );
      const quick = await peer.ask(Kind.batch, batch(0, [Kind.signal, Buffer.concat([s32(one), u64(5)])]));
      assert.equal(quick.result, 1);
      assert.equal(await signal(peer, other, 6), 0);
      const answer = await peer.answerTo(slow);
      assert.deepEqual(
        entries(answer).map(({ kind, result, payload }) => [
          kind,
          result,
          kind === Kind.wait + 0x80 ? Number(payload.readBigUInt64BE(8)) : undefined,
        ]),
        [
          [Kind.wait + 0x80, 1, 5],
          [Kind.wait + 0x80, 1, 6],
          [Kind.close + 0x80, 0, undefined],
        ],
      );
      await peer.close();
    });

    it('is refused when too many of them wait', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      const payload = batch(0, [Kind.wait, wait(10_000, fd)]);
      const ids = Array.from({ length: 16 }, () => peer.post(Kind.batch, payload));
      assert.equal((await peer.ask(Kind.batch, payload)).error, Refusal.tooMany);
      assert.equal(await signal(peer, fd, 1), 0);
      assert.equal((await peer.answerTo(ids[0]!)).result, 1);
      await peer.close();
    });
  });

  describe('run apart', () => {
    const flags = 1;

    it('gives the answers that it gives otherwise', async () => {
      const peer = await agent.start();
      const version = await peer.ask(Kind.getAttribute, text('/proc/version'), { flags });
      assert.match(version.bytes.toString(), /^Linux version /);
      const fd = await peer.result(Kind.open, Buffer.concat([u32(0), text('/proc/version')]), { flags });
      assert.equal(await peer.result(Kind.close, s32(fd), { flags }), 0);
      assert.equal((await peer.ask(Kind.getAttribute, text('/etc/passwd'), { flags })).error, Refusal.path);
      assert.equal((await peer.ask(Kind.close, u8(1), { flags })).error, Refusal.form);
      await peer.close();
    });

    it('sleeps without holding anything up, and only so many at a time', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      const sleeping = batch(0, [Kind.wait, wait(10_000, fd)]);
      const ids = Array.from({ length: 16 }, () => peer.post(Kind.batch, sleeping, { flags }));
      assert.equal((await peer.ask(Kind.close, s32(9), { flags })).error, Refusal.tooMany);
      // One count for each: a sleeper takes all that is there, so the next is signalled when one has ended.
      const ended = new Set<number>();
      while (ended.size < ids.length) {
        assert.equal(await signal(peer, fd, 1), 0);
        const answer = await peer.next();
        assert.equal(answer.result, 1);
        ended.add(answer.id);
      }
      assert.deepEqual(ended, new Set(ids));
      assert.equal(await peer.result(Kind.close, s32(fd), { flags }), 0);
      await peer.close();
    });
  });

  describe('release', () => {
    it('ends waits, closes files, unmaps memory', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      const address = await peer.result(Kind.map, u64(4096));
      const alone = peer.post(Kind.wait, wait(LONG, fd));
      const batched = peer.post(
        Kind.batch,
        batch(0, [Kind.wait, wait(10_000, fd)], [Kind.eventfd, text('')], [Kind.wait, wait(10_000)]),
      );
      assert.equal(await peer.result(Kind.release), 0);
      const ended = await peer.answerTo(alone);
      assert.deepEqual([ended.result, counts(ended)], [0, [0]]);
      assert.equal((await peer.answerTo(batched)).result, 3);
      assert.equal(await peer.result(Kind.close, s32(fd)), -Errno.EBADF);
      assert.equal(await peer.result(Kind.peek, Buffer.concat([u64(address), u32(1)])), -Errno.EFAULT);
      assert.equal(await peer.result(Kind.eventfd), fd);
      await peer.close();
    });

    it('ends processes', async () => {
      const peer = await agent.start();
      const process = await peer.result(Kind.fork);
      const grandchild = await peer.result(Kind.fork, undefined, { process });
      const waiting = peer.post(Kind.wait, wait(LONG), { process });
      assert.equal(await peer.result(Kind.release), 0);
      assert.equal((await peer.answerTo(waiting)).error, Refusal.process);
      for (const gone of [process, grandchild]) {
        assert.equal((await peer.ask(Kind.eventfd, undefined, { process: gone })).error, Refusal.process);
      }
      await peer.close();
    });

    it('comes after what runs apart, which then holds nothing', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      const id = peer.post(Kind.batch, batch(0, [Kind.wait, wait(50, fd)], [Kind.map, u64(4096)]), { flags: 1 });
      assert.equal(await peer.result(Kind.release), 0);
      const apart = entries(await peer.answerTo(id));
      const address = apart[1]!.result;
      assert.ok(address > 0);
      assert.equal(await peer.result(Kind.peek, Buffer.concat([u64(address), u32(1)])), -Errno.EFAULT);
      await peer.close();
    });
  });
});
