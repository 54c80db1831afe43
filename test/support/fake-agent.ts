/** The other side of an agent's connection, scripted: it takes frames apart by itself, and answers what the test says. */

import { Duplex } from 'node:stream';

export const HELLO = 0x01;
const MAGIC = Buffer.from('CW', 'latin1');

/** A request as it came. */
export interface FakeRequest {
  readonly kind: number;
  readonly id: number;
  readonly process: number;
  readonly flags: number;
  readonly payload: Buffer;
}

/** Two streams of bytes; what is written to one is read from the other. */
export function streamPair(highWaterMark = 0x4000): [Duplex, Duplex] {
  const pair: PairedStream[] = [];
  for (const other of [1, 0]) pair.push(new PairedStream(highWaterMark, () => pair[other]));
  return [pair[0]!, pair[1]!];
}

class PairedStream extends Duplex {
  #callback: (() => void) | undefined;

  constructor(
    highWaterMark: number,
    private readonly other: () => PairedStream | undefined,
  ) {
    super({ highWaterMark, emitClose: true });
  }

  override _read(): void {
    const other = this.other();
    const callback = other === undefined ? undefined : other.#callback;
    if (other !== undefined) other.#callback = undefined;
    callback?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    const other = this.other();
    if (other === undefined || other.destroyed || other.push(chunk)) callback();
    else this.#callback = callback;
  }

  override _final(callback: () => void): void {
    this.other()?.push(null);
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const other = this.other();
    if (other !== undefined && !other.destroyed && !other.readableEnded) other.push(null);
    callback(error);
  }
}

/** An answer's frame: kind, request id, payload. */
export function frameBytes(kind: number, id: number, payload: Uint8Array, version = 1): Buffer {
  const header = Buffer.alloc(16);
  MAGIC.copy(header);
  header[2] = version;
  header[3] = kind;
  header.writeUInt32BE(id, 4);
  header.writeUInt32BE(payload.length, 12);
  return Buffer.concat([header, payload]);
}

/** The payload of an answer: the result, and what follows it. */
export function resultBytes(result: bigint | number, ...rest: Uint8Array[]): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(result));
  return Buffer.concat([bytes, ...rest]);
}

export interface HelloFields {
  readonly result?: number;
  readonly payloadLimit?: number;
  readonly texts?: readonly string[];
}

/** The answer to hello. */
export function helloBytes({ result = 1, payloadLimit = 0x10_0000, texts }: HelloFields = {}): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt32BE(payloadLimit, 0);
  fixed.writeUInt32BE(4711, 4);
  fixed[8] = 64;
  fixed[9] = 1;
  const strings = texts ?? ['0.9', 'Linux', '6.12.117', '#1 SMP', 's390x'];
  return resultBytes(result, fixed, Buffer.from(strings.map((text) => `${text}\0`).join('')));
}

type Handler = (request: FakeRequest, agent: FakeAgent) => Buffer | undefined;

/** The other side of a connection. */
export class FakeAgent {
  readonly requests: FakeRequest[] = [];
  #bytes = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  /**
   * @param stream its end
   * @param handler gives the payload of the answer to a request, or undefined if none is to be sent now; hello is answered
   * without it unless `hello` is 'handler'
   */
  constructor(
    readonly stream: Duplex,
    private readonly handler: Handler,
    private readonly hello: HelloFields | 'handler' = {},
  ) {
    stream.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      while (this.#take());
    });
  }

  /** Sends the answer to a request. */
  answer({ kind, id }: Pick<FakeRequest, 'kind' | 'id'>, payload: Uint8Array): void {
    this.stream.write(frameBytes(kind + 0x80, id, payload));
  }

  /** Sends an error frame. */
  error(id: number, code: number, text: string): void {
    this.stream.write(frameBytes(0xff, id, Buffer.concat([Buffer.of(0, code), Buffer.from(text)])));
  }

  /** Waits until `count` requests have come, hello among them. */
  async has(count: number): Promise<readonly FakeRequest[]> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.requests;
  }

  #take(): boolean {
    const bytes = this.#bytes;
    if (bytes.length < 16) return false;
    if (!bytes.subarray(0, 2).equals(MAGIC) || bytes[2] !== 1) throw new Error(`no frame: ${bytes.toString('hex')}`);
    const length = bytes.readUInt32BE(12);
    if (bytes.length < 16 + length) return false;
    this.#bytes = bytes.subarray(16 + length);
    const request: FakeRequest = {
      kind: bytes[3]!,
      id: bytes.readUInt32BE(4),
      process: bytes.readUInt16BE(8),
      flags: bytes.readUInt16BE(10),
      payload: bytes.subarray(16, 16 + length),
    };
    this.requests.push(request);
    const payload =
      request.kind === HELLO && this.hello !== 'handler' ? helloBytes(this.hello) : this.handler(request, this);
    if (payload !== undefined) this.answer(request, payload);
    for (const resolve of this.#waiting.splice(0)) resolve();
    return true;
  }
}
