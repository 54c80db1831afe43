import assert from 'node:assert/strict';
import fc from 'fast-check';

import { CcwspecError } from '../../../../src/harness/errors/index.js';
import { UNMAPPED } from '../../../../src/harness/ports/index.js';
import {
  AgentConnection,
  agentRequests as make,
  type AgentSystem,
} from '../../../../src/harness/targets/agent/index.js';
import { FakeAgent, type FakeRequest, type HelloFields, resultBytes, streamPair } from '../../../support/fake-agent.js';

interface Setup {
  readonly system: AgentSystem;
  readonly agent: FakeAgent;
  readonly connection: AgentConnection;
}

/** A system whose agent answers every request with what `answer` says, and what it was asked, without hello. */
async function systemOf(
  answer: (request: FakeRequest) => Buffer | undefined,
  hello: HelloFields = {},
): Promise<Setup & { asked: () => string[] }> {
  const [ours, theirs] = streamPair();
  const agent = new FakeAgent(theirs, answer, hello);
  const connection = await AgentConnection.over(ours);
  const asked = (): string[] =>
    agent.requests
      .slice(1)
      .map(({ kind, process, flags, payload }) =>
        [kind.toString(16), process, flags, payload.toString('hex')].join(' '),
      );
  return { system: connection.system, agent, connection, asked };
}

/** An agent with memory at MEMORY, for process 0 and its children. */
const MEMORY = 0x3ff_8000_0000;
function memoryAgent(size: number): { bytes: Buffer; answer: (request: FakeRequest) => Buffer } {
  const bytes = Buffer.alloc(size);
  const answer = ({ kind, payload }: FakeRequest): Buffer => {
    if (kind === 0x30) return resultBytes(MEMORY);
    const at = Number(payload.readBigUInt64BE()) - MEMORY;
    const length = kind === 0x33 ? payload.length - 8 : kind === 0x32 ? payload.readUInt32BE(8) : 0;
    if (at < 0 || at + length > size) return resultBytes(-14);
    if (kind === 0x33) payload.copy(bytes, at, 8);
    return kind === 0x32 ? resultBytes(0, Uint8Array.from(bytes.subarray(at, at + length))) : resultBytes(0);
  };
  return { bytes, answer };
}

describe("an agent's system calls", () => {
  it('open devices for reading and writing, attributes for reading', async () => {
    const { system, asked } = await systemOf(() => resultBytes(7));
    assert.equal(await system.open('/dev/vfio/0'), 7);
    await system.open('/proc/kallsyms');
    await system.open('/dev/vfio/0', 0x802);
    assert.deepEqual(
      asked().map((line) => line.slice(0, 15)),
      ['10 0 0 00000002', '10 0 0 00000000', '10 0 0 00000802'],
    );
  });

  it('give unmapped buffers a place, never bytes', async () => {
    const { system, asked } = await systemOf(() => resultBytes(-14));
    const results = [
      await system.read(7, UNMAPPED),
      await system.write(7, UNMAPPED),
      await system.pread(7, UNMAPPED, 24),
      await system.pwrite(7, UNMAPPED, 24),
      await system.ioctl(7, 0x3b6c, UNMAPPED),
    ];
    assert.deepEqual(results, [-14, -14, -14, -14, -14]);
    assert.deepEqual(asked(), [
      '12 0 0 000000070100000001',
      '13 0 0 000000070100000001',
      '14 0 0 0000000700000000000000180100000001',
      '15 0 0 0000000700000000000000180100000001',
      '1a 0 0 0000000700003b6c01',
    ]);
  });

  it('pass the argument of ioctl as a structure, a string or a number', async () => {
    const { system, asked } = await systemOf(({ payload }) =>
      payload[8] === 0 ? resultBytes(-22, Buffer.alloc(payload.length - 9, 0x5a)) : resultBytes(1),
    );
    const structure = Uint8Array.of(1, 2, 3);
    assert.equal(await system.ioctl(7, 0x3b64, structure), -22);
    assert.deepEqual([...structure], [0x5a, 0x5a, 0x5a]);
    assert.equal(await system.ioctl(7, 0x3b6a, 'ab'), -22);
    assert.equal(await system.ioctl(7, 0x3b6f, 5), 1);
    assert.deepEqual(asked(), [
      '1a 0 0 0000000700003b6400010203',
      '1a 0 0 0000000700003b6a00616200',
      '1a 0 0 0000000700003b6f020000000000000005',
    ]);
  });

  it('run what may sleep beside the others', async () => {
    const { system, asked } = await systemOf(() => resultBytes(0));
    await system.close(7);
    await system.writeAttribute('/sys/r', '1');
    await system.eventfd();
    assert.deepEqual(asked(), ['11 0 1 00000007', '41 0 1 00062f7379732f7231', '20 0 0 ']);
  });

  it('give attributes, lists and links, or the errno', async () => {
    const { system } = await systemOf(({ kind, payload }) => {
      if (payload.toString() === '/none') return resultBytes(-2);
      if (kind === 0x42) return resultBytes(2, Buffer.from('a\0b\0'));
      return resultBytes(3, Buffer.from(kind === 0x40 ? 'é\n' : 'up'));
    });
    assert.deepEqual(
      [await system.readAttribute('/a'), await system.list('/a'), await system.readLink('/a')],
      ['é\n', ['a', 'b'], 'up'],
    );
    assert.deepEqual(
      [await system.readAttribute('/none'), await system.list('/none'), await system.readLink('/none')],
      [-2, -2, -2],
    );
  });

  it('read an attribute that is longer than an answer through a file', async () => {
    const content = Buffer.from(Array.from({ length: 250 }, (_, index) => index));
    let at = 0;
    const { system } = await systemOf(
      ({ kind, payload }) => {
        if (kind === 0x40) return resultBytes(92, content.subarray(0, 92));
        if (kind === 0x10) return resultBytes(5);
        if (kind === 0x11) return resultBytes(0);
        const piece = content.subarray(at, at + Math.min(70, payload.readUInt32BE(5)));
        at += piece.length;
        return resultBytes(piece.length, piece);
      },
      { payloadLimit: 100 },
    );
    assert.deepEqual(await system.readBytes('/sys/kernel/tracing/trace'), content);
  });

  it('wait for eventfds', async () => {
    const { system } = await systemOf(() => resultBytes(1, resultBytes(0), resultBytes(3)));
    assert.deepEqual(await system.waitEventfds([4, 5], 100), [0, 3]);
  });

  it('make a process whose requests name it', async () => {
    const { system, asked } = await systemOf(({ kind }) => resultBytes(kind === 0x60 ? 0x102 : 0));
    const child = await system.fork();
    assert.equal(child.process, 0x102);
    await child.lseek(3, 8, 0);
    assert.equal(await child.limit(4096), 0);
    assert.equal(await child.failAllocation(2), 0);
    await child.exit();
    assert.deepEqual(asked().slice(1), [
      '18 258 0 00000003000000000000000800',
      '62 258 0 010000000000001000',
      '63 258 0 00000002',
      '61 258 0 ',
    ]);
  });

  it('say when there is no process', async () => {
    const { system } = await systemOf(() => resultBytes(-11));
    await assert.rejects(system.fork(), (error) => error instanceof CcwspecError && error.code === 'E-AGENT-FORK');
  });

  it('carry a batch out in one request', async () => {
    const { system, asked } = await systemOf(() => resultBytes(1, Buffer.of(0xa0, 0, 0, 0, 8), resultBytes(-24)));
    const answers = await system.batch([make.eventfd(0), make.close(0, 1)], true);
    assert.deepEqual(answers, [{ result: -24, bytes: new Uint8Array() }]);
    assert.deepEqual(asked(), ['70 0 0 012000000000110000000400000001']);
  });

  it('carry a list of calls out in one request, with results used by later calls', async () => {
    const answer = (kind: number, ...parts: Buffer[]): Buffer => {
      const payload = Buffer.concat(parts);
      const head = Buffer.alloc(5);
      head.writeUInt8(kind);
      head.writeUInt32BE(payload.length, 1);
      return Buffer.concat([head, payload]);
    };
    const { system, asked } = await systemOf(() =>
      resultBytes(
        4,
        answer(0xa0, resultBytes(9)),
        answer(0xf1, resultBytes(0)),
        answer(0xf1, resultBytes(0)),
        answer(0x9a, resultBytes(0, Buffer.of(0, 0, 0, 9))),
      ),
    );
    const argument = new Uint8Array(4);
    const results = await system.calls(
      [
        { name: 'eventfd' },
        {
          name: 'ioctl',
          fd: { index: 0 },
          request: 0x3b6e,
          argument,
          filled: { index: 0, offset: 0, width: 4 },
        },
      ],
      true,
    );
    assert.deepEqual(results, [9, 0]);
    assert.deepEqual([...argument], [0, 0, 0, 9]);
    assert.deepEqual(asked(), [
      [
        '70 0 0 01',
        '2000000000',
        '710000000700000000000004',
        '710000000700000000000904',
        '1a0000000d0000000000003b6e0000000000',
      ].join(''),
    ]);
  });

  it('run a list beside other requests only where it closes more than eventfds', async () => {
    const { system, asked } = await systemOf(({ kind }) =>
      kind === 0x70 ? resultBytes(1, Buffer.of(0x91, 0, 0, 0, 8), resultBytes(0)) : resultBytes(5),
    );
    const eventfd = await system.eventfd();
    await system.calls([{ name: 'close', fd: eventfd }], false);
    await system.calls([{ name: 'close', fd: eventfd }], false);
    assert.deepEqual(
      asked()
        .slice(1)
        .map((line) => line.slice(0, 6)),
      ['70 0 0', '70 0 1'],
    );
  });

  describe('memory', () => {
    it('keeps what is stored, also what is longer than a payload', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 700 }), fc.nat(300), async (data, offset) => {
          const { bytes, answer } = memoryAgent(1000);
          const { system, connection } = await systemOf(answer, { payloadLimit: 100 });
          const address = await system.memory.map(1000);
          assert.equal(await system.memory.write(address + offset, data), 0);
          const back = new Uint8Array(data.length);
          assert.equal(await system.memory.read(address + offset, back), 0);
          assert.deepEqual(back, data);
          assert.deepEqual(Uint8Array.from(bytes.subarray(offset, offset + data.length)), data);
          await connection.close();
        }),
        { numRuns: 30 },
      );
    });

    it('stores in mapped memory without waiting for the answer, in order with what follows', async () => {
      const { system, agent, asked } = await systemOf(({ kind }) => (kind === 0x30 ? resultBytes(MEMORY) : undefined));
      await system.memory.map(4096);
      assert.equal(await system.memory.write(MEMORY + 4095, Uint8Array.of(1)), 0);
      assert.equal(await system.fill(MEMORY, 4096, 0xa5), 0);
      void system.pwrite(7, Uint8Array.of(2), 0).catch(() => undefined);
      await agent.has(5);
      assert.deepEqual(
        asked().map((line) => line.split(' ')[0]),
        ['30', '33', '34', '15'],
      );
    });

    it('waits for the errno where it is not certain that memory is mapped', async () => {
      const { answer } = memoryAgent(100);
      const { system } = await systemOf(answer);
      await system.memory.map(100);
      const one = Uint8Array.of(1);
      assert.equal(await system.memory.write(MEMORY + 100, one), -14);
      assert.equal(await system.memory.write(MEMORY - 1, one), -14);
      assert.equal(await system.memory.read(MEMORY + 99, new Uint8Array(2)), -14);
      assert.equal(await system.memory.write(MEMORY + 99, Uint8Array.of(1, 2)), -14);
      // The connection goes on after all of them.
      assert.equal(await system.memory.write(MEMORY + 99, one), 0);
      assert.equal(await system.memory.read(MEMORY + 99, new Uint8Array(1)), 0);
    });

    it('is not certain any more once it was unmapped, released, or its process ended', async () => {
      const refuse = new Set([0x33]);
      const { system, connection } = await systemOf(({ kind }) =>
        resultBytes(kind === 0x30 ? MEMORY : kind === 0x60 ? 2 : refuse.has(kind) ? -14 : 0),
      );
      const one = Uint8Array.of(1);
      await system.memory.map(8192);
      const child = await system.fork();
      await system.memory.unmap(MEMORY, 4096);
      assert.equal(await system.memory.write(MEMORY, one), -14);
      await child.exit();
      assert.equal(await child.memory.write(MEMORY, one), -14);
      await system.memory.map(4096);
      await connection.release();
      assert.equal(await system.memory.write(MEMORY, one), -14);
    });
  });
});
