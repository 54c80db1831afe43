import assert from 'node:assert/strict';
import fc from 'fast-check';

import { CcwspecError, type ErrorCode } from '../../../../src/harness/errors/index.js';
import {
  AgentConnection,
  agentRequests as make,
  type ConnectionOptions,
} from '../../../../src/harness/targets/agent/index.js';
import { RequestKind } from '../../../../src/harness/targets/agent/requests.js';
import { FakeAgent, frameBytes, type HelloFields, resultBytes, streamPair } from '../../../support/fake-agent.js';

type Handler = ConstructorParameters<typeof FakeAgent>[1];

const silent: Handler = () => undefined;

async function connect(
  handler: Handler,
  options: ConnectionOptions = {},
  hello: HelloFields | 'handler' = {},
): Promise<{ connection: AgentConnection; agent: FakeAgent }> {
  const [ours, theirs] = streamPair();
  const agent = new FakeAgent(theirs, handler, hello);
  return { connection: await AgentConnection.over(ours, { peer: 'the fake', ...options }), agent };
}

function failure(code: ErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CcwspecError, String(error));
    assert.equal(error.code, code, error.what);
    assert.match(error.what, message);
    return true;
  };
}

const closeOf = (connection: AgentConnection, fd: number): Promise<number> => connection.system.close(fd);

describe('a connection to an agent', () => {
  it('greets first, and knows what the agent said about itself', async () => {
    const { connection, agent } = await connect(silent, {}, { payloadLimit: 5000 });
    assert.deepEqual(
      agent.requests.map(({ kind, process, payload }) => [kind, process, payload.toString('hex')]),
      [[0x01, 0, '0101']],
    );
    assert.equal(connection.hello.kernel.release, '6.12.117');
    assert.equal(connection.payloadLimit, 5000);
    await connection.close();
  });

  it('gives each answer to its request, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 12 })
          .chain((fds) =>
            fc.tuple(fc.constant(fds), fc.shuffledSubarray(fds, { minLength: fds.length, maxLength: fds.length })),
          ),
        async ([fds, order]) => {
          const { connection, agent } = await connect(silent);
          const results = fds.map((fd) => connection.system.pread(fd, new Uint8Array(8), 0));
          const requests = await agent.has(fds.length + 1);
          for (const fd of order) {
            const request = requests.find(({ payload, kind }) => kind === 0x14 && payload.readInt32BE(0) === fd)!;
            agent.answer(request, resultBytes(8, resultBytes(fd)));
          }
          assert.deepEqual(
            await Promise.all(results),
            fds.map(() => 8),
          );
          await connection.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it('takes answers in pieces of any size', async () => {
    const { connection, agent } = await connect(silent);
    const into = new Uint8Array(3);
    const result = connection.system.pread(1, into, 0);
    const [, request] = await agent.has(2);
    const frame = frameBytes(0x94, request!.id, resultBytes(3, Uint8Array.of(7, 8, 9)));
    for (const byte of frame) agent.stream.write(Buffer.of(byte));
    assert.equal(await result, 3);
    assert.deepEqual([...into], [7, 8, 9]);
    await connection.close();
  });

  describe('errors of requests', () => {
    it('are told by the request, and the connection goes on', async () => {
      const { connection } = await connect((request, agent) => {
        if (request.kind !== RequestKind.open) return resultBytes(5);
        agent.error(request.id, 8, '/etc/passwd');
        return undefined;
      });
      await assert.rejects(
        connection.system.open('/etc/passwd'),
        failure('E-AGENT-PROTOCOL', /^the fake refused open \/etc\/passwd with error 08, a path .*: \/etc\/passwd$/),
      );
      assert.equal(await connection.system.eventfd(), 5);
      await connection.close();
    });

    it('name a request that is not answered in time; its late answer is passed over', async () => {
      const { connection, agent } = await connect(
        (request) => (request.kind === RequestKind.eventfd ? resultBytes(3) : undefined),
        { requestTimeoutMs: 5 },
      );
      await assert.rejects(
        connection.system.readAttribute('/proc/cmdline'),
        failure('E-AGENT-TIMEOUT', /^the fake did not answer get attribute \/proc\/cmdline within 5 ms$/),
      );
      agent.answer(agent.requests[1]!, resultBytes(0));
      assert.equal(await connection.system.eventfd(), 3);
      await connection.close();
    });

    it('leave the buffer of a request alone that was given up', async () => {
      const { connection, agent } = await connect(
        (request) => (request.kind === RequestKind.eventfd ? resultBytes(3) : undefined),
        { requestTimeoutMs: 5 },
      );
      const into = new Uint8Array(2);
      await assert.rejects(connection.system.pread(4, into, 0), failure('E-AGENT-TIMEOUT', /pread of fd 4/));
      agent.answer(agent.requests[1]!, resultBytes(2, Uint8Array.of(1, 2)));
      await connection.system.eventfd();
      assert.deepEqual([...into], [0, 0]);
      await connection.close();
    });

    it('give a wait the time that it waits by itself beside the limit', async () => {
      const { connection } = await connect(silent, { requestTimeoutMs: 3 });
      await assert.rejects(connection.system.waitEventfds([4], 20), failure('E-AGENT-TIMEOUT', /wait within 23 ms$/));
      await connection.close();
    });

    it('say what is too long for the agent before it is sent', async () => {
      const { connection, agent } = await connect(silent, {}, { payloadLimit: 100 });
      await assert.rejects(
        connection.system.pwrite(7, new Uint8Array(88), 0),
        failure('E-AGENT-PROTOCOL', /takes 100 bytes at a time, and pwrite of fd 7 has 101$/),
      );
      assert.equal(agent.requests.length, 1);
      await connection.close();
    });
  });

  describe('nonsense ends it', () => {
    const sent: readonly (readonly [name: string, bytes: (id: number) => Buffer, message: RegExp])[] = [
      ['text', () => Buffer.from('Segmentation fault\n'), /"Segmentation fault\\n" came where a frame must begin/],
      [
        'an answer to nothing',
        (id) => frameBytes(0xa0, id + 1, resultBytes(1)),
        /kind A0 for request \d+, which is not/,
      ],
      ['an error about nothing', () => frameBytes(0xff, 0, Buffer.of(0, 1)), /error 01, no frame .* for request 0/],
      ['another kind', (id) => frameBytes(0x91, id, resultBytes(1)), /answered eventfd with kind 91/],
      ['a cut result', (id) => frameBytes(0xa0, id, Buffer.alloc(4)), /eventfd that has 4 bytes, too few for a result/],
      ['bytes too many', (id) => frameBytes(0xa0, id, Buffer.alloc(9)), /eventfd that has 1 bytes more/],
      ['a huge frame', () => frameBytes(0xa0, 1, Buffer.alloc(0x10_0001)), /payload has 1048577 bytes; the limit/],
    ];
    for (const [name, bytes, message] of sent) {
      it(name, async () => {
        const { connection, agent } = await connect(silent);
        const result = connection.system.eventfd();
        const [, request] = await agent.has(2);
        agent.stream.write(bytes(request!.id));
        await assert.rejects(result, failure('E-AGENT-PROTOCOL', message));
        assert.equal((await connection.closed).code, 'E-AGENT-PROTOCOL');
        await assert.rejects(
          connection.system.eventfd(),
          failure('E-AGENT-GONE', /^eventfd was not sent, since the connection has ended/),
        );
      });
    }

    it('an answer in another version, with both versions', async () => {
      const { connection, agent } = await connect(silent);
      const result = connection.system.eventfd();
      const [, request] = await agent.has(2);
      agent.stream.write(frameBytes(0xa0, request!.id, resultBytes(1), 2));
      await assert.rejects(
        result,
        failure('E-AGENT-VERSION', /^the fake answered in version 2; this ccwspec speaks version 1$/),
      );
    });
  });

  describe('the greeting', () => {
    it('ends with both versions if there is none in common', async () => {
      await assert.rejects(
        connect(silent, {}, { result: -93, texts: ['7.1', 'Linux', '6.12', '#1', 's390x'] }),
        failure('E-AGENT-VERSION', /\(ccwspec-agent 7\.1\) speaks other versions .*; this ccwspec speaks version 1$/),
      );
      await assert.rejects(
        connect(silent, {}, { result: 2 }),
        failure('E-AGENT-VERSION', /speaks version 2 .*version 1$/),
      );
    });

    it('ends the same way with an agent that does not even take the frame', async () => {
      const handler: Handler = (request, agent) => {
        agent.error(request.id, 2, 'this agent speaks versions 2 to 3');
        return undefined;
      };
      await assert.rejects(
        connect(handler, {}, 'handler'),
        failure('E-AGENT-VERSION', /error 02.*: this agent speaks versions 2 to 3; this ccwspec speaks version 1$/),
      );
    });

    it('has a time limit of its own', async () => {
      await assert.rejects(
        connect(silent, { helloTimeoutMs: 4 }, 'handler'),
        failure('E-AGENT-TIMEOUT', /did not answer hello within 4 ms/),
      );
    });
  });

  describe('when the other side goes', () => {
    it('every open request fails with what was said last, and every later one', async () => {
      const { connection, agent } = await connect(silent, { lastWords: () => 'one\nKernel panic - not syncing\n' });
      const results = [
        connection.system.eventfd(),
        connection.system.waitEventfds([3], 60_000),
        closeOf(connection, 3),
      ];
      const outcomes = Promise.allSettled(results);
      await agent.has(4);
      agent.stream.end();
      const reasons = (await outcomes).map((outcome) =>
        outcome.status === 'rejected' ? (outcome.reason as unknown) : 'answered',
      );
      const names = ['eventfd', 'wait', 'close of fd 3'];
      for (const [index, reason] of reasons.entries()) {
        failure('E-AGENT-GONE', new RegExp(`^${names[index]} has no answer: the fake ended the connection`))(reason);
        failure('E-AGENT-GONE', /the last that was said:\n {4}one\n {4}Kernel panic - not syncing$/)(reason);
      }
      await assert.rejects(connection.system.eventfd(), failure('E-AGENT-GONE', /was not sent.*Kernel panic/s));
      assert.equal((await connection.closed).code, 'E-AGENT-GONE');
    });

    it('in the middle of an answer', async () => {
      const { connection, agent } = await connect(silent);
      const result = connection.system.eventfd();
      const [, request] = await agent.has(2);
      agent.stream.end(frameBytes(0xa0, request!.id, resultBytes(1)).subarray(0, 20));
      await assert.rejects(result, failure('E-AGENT-GONE', /^eventfd has no answer: the fake ended the connection$/));
    });

    it('with an error of the stream', async () => {
      const [ours, theirs] = streamPair();
      new FakeAgent(theirs, silent);
      const connection = await AgentConnection.over(ours);
      const result = connection.system.eventfd();
      ours.destroy(new Error('read ECONNRESET'));
      await assert.rejects(result, failure('E-AGENT-GONE', /the agent is not reached any more: read ECONNRESET/));
    });

    it('the shown words are the last twelve lines', async () => {
      const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
      const { connection, agent } = await connect(silent, { lastWords: () => lines.join('\n') });
      agent.stream.end();
      const { what } = await connection.closed;
      assert.ok(!what.includes('line 27\n') && what.includes('line 28\n') && what.endsWith('line 39'), what);
    });

    it('or this side leaves, which ends the stream', async () => {
      const { connection, agent } = await connect(silent);
      const result = connection.system.eventfd();
      const ended = new Promise((resolve) => agent.stream.once('end', resolve));
      const closing = connection.close();
      await assert.rejects(result, failure('E-AGENT-GONE', /the connection to the fake was closed on this side/));
      await closing;
      await ended;
      await connection.close();
    });
  });

  describe('back-pressure', () => {
    it('keeps no more bytes unanswered than the window', async () => {
      const { connection, agent } = await connect(silent, { window: 300 });
      const writes = [0, 1, 2, 3].map((fd) => connection.system.pwrite(fd, new Uint8Array(100), 0));
      await agent.has(3);
      assert.equal(connection.isFull, true);
      // A request that is answered makes room for one more.
      for (const expected of [4, 5]) {
        assert.equal(agent.requests.length, expected - 1);
        agent.answer(agent.requests[expected - 3]!, resultBytes(100));
        await agent.has(expected);
      }
      agent.answer(agent.requests[3]!, resultBytes(100));
      agent.answer(agent.requests[4]!, resultBytes(100));
      assert.deepEqual(await Promise.all(writes), [100, 100, 100, 100]);
      assert.equal(connection.isFull, false);
      await connection.close();
    });

    it('sends a request that is larger than the window alone', async () => {
      const { connection, agent } = await connect(silent, { window: 50 });
      const large = connection.system.pwrite(1, new Uint8Array(1000), 0);
      const small = connection.system.eventfd();
      await agent.has(2);
      assert.deepEqual(
        agent.requests.map(({ kind }) => kind),
        [0x01, 0x15],
      );
      agent.answer(agent.requests[1]!, resultBytes(1000));
      await agent.has(3);
      agent.answer(agent.requests[2]!, resultBytes(4));
      assert.deepEqual(await Promise.all([large, small]), [1000, 4]);
      await connection.close();
    });

    it('stops at a stream that is full, and goes on in order when it is not any more', async () => {
      const [ours, theirs] = streamPair(64);
      const order: number[] = [];
      const agent = new FakeAgent(theirs, ({ payload }) => {
        order.push(payload.readInt32BE(0));
        return resultBytes(100);
      });
      const connection = await AgentConnection.over(ours);
      theirs.pause();
      const fds = Array.from({ length: 20 }, (_, fd) => fd);
      const writes = fds.map((fd) => connection.system.pwrite(fd, new Uint8Array(100), 0));
      assert.ok(ours.writableLength <= 300, `${ours.writableLength} bytes are kept by the stream`);
      theirs.resume();
      await Promise.all(writes);
      assert.deepEqual(order, fds);
      assert.equal(agent.requests.length, 21);
      await connection.close();
    });

    it('has no more than 16 requests run apart; others pass them', async () => {
      const { connection, agent } = await connect((request) =>
        request.kind === RequestKind.eventfd ? resultBytes(9) : undefined,
      );
      const closes = Array.from({ length: 18 }, (_, fd) => closeOf(connection, fd));
      assert.equal(await connection.system.eventfd(), 9);
      assert.equal(agent.requests.filter(({ kind }) => kind === RequestKind.close).length, 16);
      for (let index = 0; index < 18; index++) {
        const open = agent.requests.filter(({ kind }) => kind === RequestKind.close);
        agent.answer(open[index]!, resultBytes(0));
        await agent.has(Math.min(20, 18 + index + 1));
      }
      assert.deepEqual(await Promise.all(closes), new Array(18).fill(0));
      await connection.close();
    });

    it('forgets a request that was never sent when its time is over', async () => {
      const { connection, agent } = await connect(
        (request) => (request.kind === RequestKind.eventfd ? resultBytes(9) : undefined),
        { window: 60, requestTimeoutMs: 5 },
      );
      const results = await Promise.allSettled([1, 2].map((fd) => connection.system.pwrite(fd, new Uint8Array(60), 0)));
      const [first, second] = results.map((result) => (result.status === 'rejected' ? String(result.reason) : ''));
      assert.match(first!, /did not answer pwrite of fd 1/);
      assert.match(second!, /never got pwrite of fd 2 within 5 ms|did not answer pwrite of fd 2/);
      assert.equal(await connection.system.eventfd(), 9);
      assert.equal(agent.requests.at(-1)!.kind, RequestKind.eventfd);
      await connection.close();
    });
  });

  it('reads the kernel log on until there is no more', async () => {
    const marks: bigint[] = [];
    const { connection } = await connect(
      ({ payload }) => {
        marks.push(payload.readBigUInt64BE());
        return marks.length === 1 ? resultBytes(7, Buffer.alloc(60, 'a')) : resultBytes(9, Buffer.from('b'));
      },
      {},
      { payloadLimit: 100 },
    );
    assert.deepEqual(await connection.kernelLog(5), { mark: 9, text: `${'a'.repeat(60)}b` });
    assert.deepEqual(marks, [5n, 7n]);
    await connection.close();
  });

  it('gives everything back by release', async () => {
    const { connection, agent } = await connect(() => resultBytes(0));
    await connection.release();
    assert.equal(agent.requests.at(-1)!.kind, 0x02);
    await connection.close();
  });

  it('does not wait for the answer of what cannot fail; if it fails all the same, it ends', async () => {
    const { connection, agent } = await connect(silent);
    assert.equal(await connection.post(make.poke(0, 4096, Uint8Array.of(1))), 0);
    const [, request] = await agent.has(2);
    agent.answer(request!, resultBytes(-14));
    const error = await connection.closed;
    failure('E-AGENT-PROTOCOL', /answer to poke that is -14, where only 0 is possible/)(error);
  });
});
