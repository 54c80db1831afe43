/** The other side of an agent that runs as a process: raw bytes, and requests on top of them. */

import assert from 'node:assert/strict';

import { type RunningProcess, startProcess } from '../../src/harness/process/index.js';
import { header, Kind, u8 } from './payload.js';

/** What the agent sent: an answer or an error. */
export interface Received {
  readonly kind: number;
  readonly id: number;
  readonly process: number;
  /** of an answer: its result */
  readonly result: number;
  /** of an answer: what follows the result */
  readonly bytes: Buffer;
  /** of an error: its code; else 0 */
  readonly error: number;
  /** of an error: its text */
  readonly why: string;
}

const HEADER = 16;

function decode(frame: Buffer): Received {
  const payload = frame.subarray(HEADER);
  const common = { kind: frame.readUInt8(3), id: frame.readUInt32BE(4), process: frame.readUInt16BE(8) };
  assert.equal(frame.readUInt16BE(10), 0, 'an answer has a flag');
  if (common.kind === 0xff) {
    const why = payload.toString('utf8', 2);
    assert.notEqual(why, '', 'an error without words');
    return { ...common, result: NaN, bytes: Buffer.alloc(0), error: payload.readUInt16BE(0), why };
  }
  const result = Number(payload.readBigInt64BE(0));
  return { ...common, result, bytes: payload.subarray(8), error: 0, why: '' };
}

/** Options of a request. */
export interface RequestOptions {
  readonly process?: number;
  readonly flags?: number;
}

export class Peer {
  #process: RunningProcess;
  #buffer: Buffer[] = [];
  #length = 0;
  #received: Received[] = [];
  #waiting: (() => void)[] = [];
  #ended = false;
  #nextId = 1;

  private constructor(process: RunningProcess) {
    this.#process = process;
    process.stdout.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    void process.ended.then(() => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Starts an agent. @param hello false: nothing is said yet */
  static async start(command: readonly string[], hello = true): Promise<Peer> {
    const [program = '', ...args] = command;
    const peer = new Peer(await startProcess(program, args, { input: 'pipe', output: 'pipe' }));
    if (hello) {
      const answer = await peer.ask(Kind.hello, Buffer.concat([u8(1), u8(1)]));
      assert.equal(answer.result, 1);
    }
    return peer;
  }

  /** Sends bytes as they are. */
  send(...parts: readonly Buffer[]): void {
    this.#process.stdin.write(Buffer.concat(parts));
  }

  /** Sends a request. @returns its id */
  post(kind: number, payload: Buffer = Buffer.alloc(0), { process = 0, flags = 0 }: RequestOptions = {}): number {
    const id = this.#nextId++;
    this.send(header({ kind, id, process, flags, length: payload.length }), payload);
    return id;
  }

  /** Sends a request, and waits for its answer. */
  async ask(kind: number, payload?: Buffer, options?: RequestOptions): Promise<Received> {
    return this.answerTo(this.post(kind, payload, options));
  }

  /** The result of a request that must not be refused. */
  async result(kind: number, payload?: Buffer, options?: RequestOptions): Promise<number> {
    const answer = await this.ask(kind, payload, options);
    assert.equal(answer.why, '');
    return answer.result;
  }

  /** The next frame of the agent. */
  next(): Promise<Received> {
    return this.#find(() => true);
  }

  /** The answer with this id, whatever comes before it. */
  answerTo(id: number): Promise<Received> {
    return this.#find((received) => received.id === id);
  }

  /** What has come and was not asked for. */
  get unclaimed(): readonly Received[] {
    return this.#received;
  }

  /** The id of the agent's process. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Bytes that the agent has not taken yet, beyond what the pipe holds. */
  get unsent(): number {
    return this.#process.stdin.writableLength;
  }

  /** Stops reading: what the agent says stays in the pipe. */
  pause(): void {
    this.#process.stdout.pause();
  }

  resume(): void {
    this.#process.stdout.resume();
  }

  /** Closes the agent's input, and waits for its end. @returns what it said until then and nobody claimed */
  async close(): Promise<readonly Received[]> {
    this.#process.stdin.end();
    const ending = await this.#process.ended;
    assert.deepEqual({ ...ending, errors: this.#process.errors.text() }, { ...expectedEnding, errors: '' });
    assert.equal(this.#length, 0, 'the agent ended in the midst of a frame');
    return this.#received;
  }

  /** Closes without caring how it ends. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.ended;
  }

  async #find(wanted: (received: Received) => boolean): Promise<Received> {
    for (;;) {
      const at = this.#received.findIndex(wanted);
      const found = at < 0 ? undefined : this.#received.splice(at, 1)[0];
      if (found !== undefined) return found;
      assert.ok(!this.#ended, `the agent has ended; it said: ${this.#process.errors.text()}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #take(chunk: Buffer): void {
    this.#buffer.push(chunk);
    this.#length += chunk.length;
    for (;;) {
      if (this.#length < HEADER) break;
      const all = this.#buffer.length === 1 ? this.#buffer[0]! : Buffer.concat(this.#buffer);
      this.#buffer = [all];
      assert.equal(all.readUInt16BE(0), 0x4357);
      const length = HEADER + all.readUInt32BE(12);
      if (all.length < length) break;
      this.#received.push(decode(all.subarray(0, length)));
      this.#buffer = [all.subarray(length)];
      this.#length -= length;
    }
    this.#wake();
  }
}

const expectedEnding = { code: 0, signal: undefined, stopped: undefined };
