import assert from 'node:assert/strict';

import { CcwspecError } from '../../../../src/harness/errors/index.js';
import { findProgram } from '../../../../src/harness/process/index.js';
import { type Call, callsInTurn, LONGEST_WAIT_IN_LIST, UNMAPPED } from '../../../../src/harness/ports/index.js';
import { buildAgent } from '../../../../src/harness/targets/agent/build.js';
import {
  type AgentConnection,
  agentRequests as make,
  openStdioAgent,
} from '../../../../src/harness/targets/agent/index.js';
import { Errno } from '../../../../src/harness/uapi/index.js';

describe('the client with a real agent', () => {
  let connection: AgentConnection;

  before(async function () {
    this.timeout(300_000);
    if (findProgram('cc') === undefined) {
      console.log('      left out: there is no C compiler (cc) to build the agent with');
      this.skip();
    }
    connection = await openStdioAgent([await buildAgent({ architecture: 'native' })], { peer: 'the agent' });
  });

  after(async () => {
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- not there if the tests were left out
    await connection?.close();
  });

  it('greets', () => {
    const { hello } = connection;
    assert.equal(hello.protocol, 1);
    assert.equal(hello.kernel.sysname, 'Linux');
    assert.equal(hello.pointerBits, 64);
    assert.ok(hello.processId > 1 && hello.payloadLimit >= 0x1000);
  });

  it('signals eventfds, waits for them and takes their counts', async () => {
    const { system } = connection;
    const [first, second] = [await system.eventfd(), await system.eventfd()];
    assert.ok(first > 2 && second > 2 && first !== second);
    assert.deepEqual(await system.waitEventfds([first, second], 0), [0, 0]);
    const waiting = system.waitEventfds([first, second], 20_000);
    assert.equal(await system.signal(second, 5), 0);
    assert.deepEqual(await waiting, [0, 5]);
    assert.equal(await system.close(first), 0);
    assert.equal(await system.close(first), -Errno.EBADF);
    assert.equal(await system.close(second), 0);
  });

  it('reads and writes through buffers of all kinds', async () => {
    const { system } = connection;
    const fd = await system.eventfd();
    const count = Uint8Array.of(7, 7, 7, 7, 7, 7, 7, 7);
    assert.equal(await system.write(fd, count), 8);
    const back = new Uint8Array(8);
    assert.equal(await system.read(fd, back), 8);
    assert.deepEqual(back, count);
    assert.equal(await system.read(fd, back), -Errno.EAGAIN);
    assert.equal(await system.write(fd, count), 8);
    assert.equal(await system.read(fd, new Uint8Array(4)), -Errno.EINVAL);
    assert.equal(await system.pread(fd, back, 0), -Errno.ESPIPE);
    assert.equal(await system.ioctl(fd, 0x3b64, Uint8Array.of(1, 2)), -Errno.ENOTTY);
    await system.close(fd);

    const file = await system.open('/proc/version');
    const parts = [new Uint8Array(5), new Uint8Array(0), new Uint8Array(9)];
    assert.equal(await system.preadv(file, parts, 6), 14);
    const whole = new Uint8Array(20);
    assert.equal(await system.pread(file, whole, 0), 20);
    assert.deepEqual(Buffer.concat(parts), Buffer.from(whole.subarray(6, 20)));
    assert.equal(await system.pread(file, UNMAPPED, 0), -Errno.EFAULT);
    assert.equal(await system.pread(file, whole, -1), -Errno.EINVAL);
    assert.equal(await system.lseek(file, 4, 0), 4);
    await system.close(file);
  });

  it('keeps memory of any length, and finds faults', async () => {
    const { memory } = connection.system;
    const length = 3_000_000;
    const address = await memory.map(length);
    assert.ok(address > 0);
    const data = Uint8Array.from({ length }, (_, index) => index * 7);
    assert.equal(await memory.write(address, data), 0);
    const back = new Uint8Array(length);
    assert.equal(await memory.read(address, back), 0);
    assert.ok(Buffer.from(back).equals(data));
    assert.equal(await connection.system.fill(address + 1, 10, 0xa5), 0);
    assert.equal(await memory.read(address, back.subarray(0, 12)), 0);
    assert.deepEqual([...back.subarray(0, 12)], [0, ...new Array<number>(10).fill(0xa5), 77]);
    assert.equal(await memory.unmap(address, length), 0);
    assert.equal(await memory.read(address, new Uint8Array(1)), -Errno.EFAULT);
    assert.equal(await memory.write(address, Uint8Array.of(1)), -Errno.EFAULT);
  });

  it('reads attributes, lists and links, and refuses other paths', async () => {
    const { system } = connection;
    assert.match(String(await system.readAttribute('/proc/version')), /^Linux version /);
    assert.equal(await system.readAttribute('/proc/self/none'), -Errno.ENOENT);
    const names = await system.list('/proc/self');
    assert.ok(Array.isArray(names) && names.includes('status'));
    assert.deepEqual(names, [...names].sort());
    assert.equal(await system.readLink('/proc/self/none'), -Errno.ENOENT);
    await assert.rejects(
      system.readAttribute('/etc/passwd'),
      (error) => error instanceof CcwspecError && /refused get attribute \/etc\/passwd with error 08/.test(error.what),
    );
  });

  it('makes processes with the same files and memory of their own', async () => {
    const { system } = connection;
    const fd = await system.eventfd();
    const address = await system.memory.map(4096);
    await system.memory.write(address, Uint8Array.of(1));
    const child = await system.fork();
    await child.memory.write(address, Uint8Array.of(2));
    const seen = [new Uint8Array(1), new Uint8Array(1)];
    await system.memory.read(address, seen[0]!);
    await child.memory.read(address, seen[1]!);
    assert.deepEqual([...seen[0]!, ...seen[1]!], [1, 2]);
    const waiting = child.waitEventfds([fd], 20_000);
    await system.signal(fd, 3);
    assert.deepEqual(await waiting, [3]);
    await child.exit();
    await assert.rejects(child.eventfd(), /error 07/);
    assert.equal(await system.limit(4096), -Errno.EPERM);
  });

  it('carries a batch out', async () => {
    const answers = await connection.system.batch([make.eventfd(0), make.close(0, 12345), make.eventfd(0)], true);
    assert.equal(answers.length, 2);
    assert.equal(answers[1]!.result, -Errno.EBADF);
  });

  it('carries lists of calls out as if they were made one by one', async () => {
    const { system } = connection;
    const readyToRead = 0x541b; // FIONREAD, which stores an int
    const list = (argument: Uint8Array): Call[] => [
      { name: 'open', path: '/proc/version' },
      { name: 'map', length: 4096 },
      { name: 'eventfd' },
      { name: 'ioctl', fd: { index: 2 }, request: readyToRead, argument, filled: { index: 0, offset: 4, width: 4 } },
      { name: 'close', fd: { index: 2 } },
      { name: 'close', fd: { index: 0 } },
      { name: 'close', fd: { index: 0 } },
      { name: 'unmap', address: 0, length: 4096 },
    ];
    for (const stopAtFailure of [true, false]) {
      const [batched, single] = [new Uint8Array(8), new Uint8Array(8)];
      const closed = async (results: number[]): Promise<number[]> => {
        for (const fd of [results[0]!, results[2]!]) await system.close(fd);
        await system.memory.unmap(results[1]!, 4096);
        return results;
      };
      const results = await closed(await system.calls(list(batched), stopAtFailure));
      const expected = await closed(await callsInTurn(system, list(single), stopAtFailure));
      // Two maps may be at two addresses.
      results[1] = expected[1]!;
      assert.deepEqual(results, expected);
      assert.deepEqual(batched, single);
    }
  });

  it('waits in a list, and reads what came then', async () => {
    const { system } = connection;
    const eventfd = await system.eventfd();
    const into = new Uint8Array(4);
    const version = await system.open('/proc/version');
    const listed = system.calls(
      [
        { name: 'wait', eventfd, timeoutMs: LONGEST_WAIT_IN_LIST },
        { name: 'pread', fd: version, into, offset: 0 },
      ],
      true,
    );
    await system.signal(eventfd, 2);
    assert.deepEqual(await listed, [2, 4]);
    assert.equal(Buffer.from(into).toString(), 'Linu');
    await Promise.all([system.close(version), system.close(eventfd)]);
  });

  it('makes a list that is too long for one request call by call', async () => {
    const many = Array.from({ length: 70 }, (): Call => ({ name: 'eventfd' }));
    const results = await connection.system.calls(many, true);
    assert.equal(new Set(results).size, 70);
    await connection.system.calls(
      results.slice(0, 60).map((fd): Call => ({ name: 'close', fd })),
      true,
    );
    await connection.system.calls(
      results.slice(60).map((fd): Call => ({ name: 'close', fd })),
      true,
    );
  });

  it('changes memory to and fro while other requests go on', async () => {
    const { system } = connection;
    const address = await system.memory.map(4096);
    const [one, other] = [Uint8Array.of(1, 1, 1, 1), Uint8Array.of(2, 2, 2, 2)];
    const changing = system.alternate(address, 300, one, other);
    const seen = new Set<number>();
    const byte = new Uint8Array(1);
    for (let reads = 0; seen.size < 3 && reads < 100_000; reads++) {
      await system.memory.read(address, byte);
      seen.add(byte[0]!);
      if (seen.has(1) && seen.has(2)) break;
    }
    assert.ok(seen.has(1) && seen.has(2), [...seen].join(' '));
    assert.equal(await changing, 0);
    await system.memory.unmap(address, 4096);
    assert.equal(await system.alternate(address, 10, one, other), -Errno.EFAULT);
  });

  it('has hundreds of requests under way at once', async () => {
    const { system } = connection;
    const address = await system.memory.map(4096);
    const reads = Array.from({ length: 400 }, async (_, index) => {
      const one = new Uint8Array(2);
      await system.memory.write(address, Uint8Array.of(index, index >> 8));
      assert.equal(await system.memory.read(address, one), 0);
      return one.length;
    });
    assert.equal((await Promise.all(reads)).length, 400);
    const fds = await Promise.all(Array.from({ length: 40 }, () => system.eventfd()));
    assert.deepEqual(await Promise.all(fds.map((fd) => system.close(fd))), new Array(40).fill(0));
  });

  it('gives everything back by release', async () => {
    const { system } = connection;
    const fd = await system.eventfd();
    const address = await system.memory.map(4096);
    const waiting = system.waitEventfds([fd], 60_000);
    await connection.release();
    assert.deepEqual(await waiting, [0]);
    assert.equal(await system.close(fd), -Errno.EBADF);
    assert.equal(await system.memory.read(address, new Uint8Array(1)), -Errno.EFAULT);
  });

  it('ends when it is killed in the middle of a request', async () => {
    const other = await openStdioAgent([await buildAgent({ architecture: 'native' })], { peer: 'the agent' });
    const fd = await other.system.eventfd();
    const waiting = other.system.waitEventfds([fd], 60_000);
    process.kill(other.hello.processId, 'SIGKILL');
    await assert.rejects(
      waiting,
      (error) =>
        error instanceof CcwspecError &&
        error.code === 'E-AGENT-GONE' &&
        /^wait has no answer: the agent ended.*was ended by SIGKILL$/s.test(error.what),
    );
  });
});
