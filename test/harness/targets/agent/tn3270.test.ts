import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';

import { toEbcdic } from '../../../../src/harness/arch/index.js';
import { CcwspecError } from '../../../../src/harness/errors/index.js';
import { openTn3270Agent } from '../../../../src/harness/targets/agent/index.js';
import { isQuery, LONGEST_PAYLOAD, queryReply } from '../../../../src/harness/targets/agent/tn3270/datastream.js';
import { encodeRecord, TelnetReceiver } from '../../../../src/harness/targets/agent/tn3270/telnet.js';
import { FakeAgent, resultBytes } from '../../../support/fake-agent.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const NEGOTIATION: readonly (readonly [sent: string, expected: string])[] = [
  ['fffd18', 'fffb18'],
  ['fffa1801fff0', `fffa1800${Buffer.from('IBM-3278-2-E').toString('hex')}fff0`],
  ['fffd19fffb19', 'fffb19fffd19'],
  ['fffd00fffb00', 'fffb00fffd00'],
];

/**
 * A terminal server with a guest behind it, as Hercules and Linux are: it negotiates one step after the other and takes
 * nothing but the answer that it expects; the driver queries the terminal; an attention makes the guest read, which asks the
 * terminal for its buffer; records that come while it does not read are lost but for the attention of the first.
 */
class FakeHost extends Duplex {
  /** records of the terminal in order: what raised an attention, and what answered a read */
  readonly log: string[] = [];
  #step = 0;
  #bytes = Buffer.alloc(0);
  #telnet: TelnetReceiver;
  #queried = false;
  #reading = false;
  #isOpen = false;
  #attention = false;
  #owes = false;
  /** what the first of two reads fetched */
  #held: Buffer | undefined;
  /** attentions that it does not hear */
  #deaf: number;

  constructor(
    readonly socket: Socket,
    private readonly options: {
      readonly slowToOpen?: boolean;
      readonly deaf?: number;
      readonly readsTwice?: boolean;
    } = {},
  ) {
    super();
    this.#deaf = options.deaf ?? 0;
    this.#telnet = new TelnetReceiver('', {
      record: (record) => {
        this.#onRecord(record);
      },
      reply: () => undefined,
    });
    socket.on('data', (chunk) => {
      if (this.#step < NEGOTIATION.length) this.#negotiate(chunk);
      else this.#telnet.push(chunk);
    });
    socket.on('error', () => undefined);
    this.#send();
  }

  /** The guest's program opens the terminal. */
  open(): void {
    this.send(hex('7e00'));
    this.#isOpen = true;
    this.send(hex('f1c3'));
  }

  send(record: Buffer): void {
    this.socket.write(encodeRecord(record));
  }

  override _read(): void {
    // What the terminal sends is pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    for (let from = 0; from < chunk.length; from += LONGEST_PAYLOAD) {
      this.send(Buffer.concat([hex('f1c3'), chunk.subarray(from, from + LONGEST_PAYLOAD)]));
    }
    this.#owes = false;
    callback();
  }

  #send(): void {
    const step = NEGOTIATION[this.#step];
    if (step !== undefined) this.socket.write(hex(step[0]));
    else {
      this.send(Buffer.concat([hex('f5c3114040'), toEbcdic('Hercules version 3.13'), hex('1d60')]));
      this.send(hex('7e42'));
      this.send(hex('f3000701ff030081'));
    }
  }

  #negotiate(chunk: Buffer): void {
    const expected = hex(NEGOTIATION[this.#step]![1]);
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.length < expected.length) return;
    assert.equal(this.#bytes.toString('hex'), expected.toString('hex'));
    this.#bytes = Buffer.alloc(0);
    this.#step++;
    this.#send();
  }

  #onRecord(record: Buffer): void {
    if (!this.#queried) {
      assert.equal(record.toString('hex', 0, 5), '8800178181');
      this.#queried = true;
      if (this.options.slowToOpen !== true) this.open();
      return;
    }
    assert.equal(record.toString('hex', 0, 3), '7d4040');
    const payload = record.subarray(3);
    if (this.#reading) {
      this.#reading = false;
      this.log.push(`read ${payload.length}`);
      if (payload.length === 0 && this.#held !== undefined) this.#deliver(this.#held);
      else if (payload.length > 0 && this.options.readsTwice === true) {
        this.#held = payload;
        this.#startRead();
        return;
      } else if (payload.length > 0) this.#deliver(payload);
      this.#held = undefined;
      if (this.#attention) this.#startRead();
    } else if (this.#deaf > 0) this.#deaf--;
    else {
      this.log.push(`attention ${payload.length}`);
      assert.ok(this.#isOpen, 'an attention before the program has the screen is lost');
      // A terminal that presses Enter again cannot know that it was heard after all.
      if (this.options.deaf === undefined)
        assert.ok(!this.#owes, 'a record before the one before it was taken may be joined to it');
      this.#startRead();
    }
  }

  #startRead(): void {
    this.#attention = false;
    this.#reading = true;
    this.send(hex('f2'));
  }

  /** The guest's program has read a record: it writes what it has to say by then, or nothing. */
  #deliver(payload: Buffer): void {
    this.#owes = true;
    this.push(Buffer.from(payload));
    setImmediate(() => {
      if (!this.#owes) return;
      this.#owes = false;
      this.send(hex('f1c3'));
    });
  }
}

describe('the 3270 terminal', () => {
  let server: Server;
  let port: number;
  let host: FakeHost | undefined;
  let options: ConstructorParameters<typeof FakeHost>[1];
  let program: (host: FakeHost) => void;

  beforeEach(async () => {
    options = {};
    program = (made) => new FakeAgent(made, () => resultBytes(3));
    server = createServer({ noDelay: true }, (socket) => {
      host = new FakeHost(socket, options);
      program(host);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach((done) => {
    host?.socket.destroy();
    server.close(done);
  });

  it('negotiates as Hercules wants it, answers the query, and greets when the agent is there', async () => {
    const connection = await openTn3270Agent(port);
    assert.equal(connection.hello.kernel.machine, 's390x');
    assert.equal(await connection.system.eventfd(), 3);
    assert.deepEqual(host!.log, ['attention 18', 'read 18', 'attention 16', 'read 16']);
    await connection.close();
  });

  it('sends nothing before the agent has the screen', async () => {
    options = { slowToOpen: true };
    const opening = openTn3270Agent(port, { helloTimeoutMs: 20 });
    await assert.rejects(opening, /E-AGENT-TIMEOUT.* hello/);
    assert.deepEqual(host!.log, []);
  });

  it('carries bytes of any value and number both ways', async () => {
    program = (made) => new FakeAgent(made, ({ payload }) => resultBytes(0, Uint8Array.from(payload.subarray(9))));
    const connection = await openTn3270Agent(port);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(50_000), fc.constantFrom(0xff, 0xef, 0x7d, 0xf1, 0x41)), {
          minLength: 1,
          maxLength: 4,
        }),
        async (list) => {
          const structures = list.map(([length, base]) =>
            Uint8Array.from({ length }, (_, index) => (index % 7 === 0 ? base : index)),
          );
          const wanted = structures.map((structure) => Uint8Array.from(structure));
          await Promise.all(structures.map((structure) => connection.system.ioctl(1, 2, structure)));
          assert.deepEqual(structures, wanted);
        },
      ),
      { numRuns: 20 },
    );
    await connection.close();
  });

  it('cuts what is longer than a record may be, and waits with each record until the one before was taken', async () => {
    const connection = await openTn3270Agent(port);
    host!.log.length = 0;
    await connection.system.pwrite(7, new Uint8Array(40_000), 0);
    const length = 16 + 13 + 40_000 - 2 * LONGEST_PAYLOAD;
    assert.deepEqual(
      host!.log,
      [LONGEST_PAYLOAD, LONGEST_PAYLOAD, length].flatMap((bytes) => [`attention ${bytes}`, `read ${bytes}`]),
    );
    await connection.close();
  });

  it('gives a read that nothing was sent for nothing', async () => {
    const connection = await openTn3270Agent(port);
    host!.send(hex('f6'));
    assert.equal(await connection.system.eventfd(), 3);
    await connection.close();
  });

  it('gives a record to one read only', async () => {
    options = { readsTwice: true };
    const connection = await openTn3270Agent(port);
    assert.equal(await connection.system.eventfd(), 3);
    assert.deepEqual(host!.log.slice(0, 3), ['attention 18', 'read 18', 'read 0']);
    await connection.close();
  });

  it('presses Enter again if the host did not hear it', async () => {
    options = { deaf: 2 };
    const connection = await openTn3270Agent(port, { againMs: 20 });
    assert.equal(await connection.system.eventfd(), 3);
    await connection.close();
  });

  it('ends with the last screen as its last words', async () => {
    const connection = await openTn3270Agent(port);
    const screen = [hex('f5c3114040'), toEbcdic('Goodbye'), hex('1d60'), toEbcdic('no more terminals')];
    host!.send(Buffer.concat(screen));
    host!.socket.end();
    const error = await connection.closed;
    assert.ok(error instanceof CcwspecError);
    assert.equal(error.code, 'E-AGENT-GONE');
    assert.match(error.what, /ended the connection.*:\n {4}Goodbye\n {4}no more terminals$/s);
  });

  it('ends when the server sends a record without an end', async () => {
    const connection = await openTn3270Agent(port);
    host!.socket.write(Buffer.alloc(0x1_0001, 1));
    assert.match((await connection.closed).what, /the terminal server sent a record of more than 65536 bytes/);
  });
});

describe('the 3270 data stream', () => {
  it('knows both queries, also behind another structured field', () => {
    assert.equal(isQuery(hex('f3 0005 01 ff 02')), true);
    assert.equal(isQuery(hex('11 0007 01 ff 03 0081')), true);
    assert.equal(isQuery(hex('f3 0004 09 00 0005 01 ff 02')), true);
    assert.equal(isQuery(hex('f3 0005 01 00 02')), false);
    assert.equal(isQuery(hex('f3 0000 09 00 02')), false);
    assert.equal(isQuery(hex('f1 0005 01 ff 02')), false);
  });

  it('answers with a usable area of 24 by 80', () => {
    const reply = queryReply();
    assert.equal(reply.length, 24);
    assert.equal(reply.toString('hex', 0, 11), '8800178181010000500018');
    assert.equal(reply.readUInt16BE(22), 1920);
  });
});
