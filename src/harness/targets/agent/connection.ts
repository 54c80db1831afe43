/** A connection to an agent: requests out, answers in, any number at a time. */

import type { Duplex } from 'node:stream';

import { CcwspecError, messageOf } from '../../errors/index.js';
import { AgentSystem } from './agent-system.js';
import { type AgentHello, Answer, AnswerError, decodeError, decodeHello, errorCode, VERSION_ERROR } from './answers.js';
import { ANSWER, ERROR_KIND, type Frame, FrameError, FrameParser, hex, PROTOCOL_VERSION } from './frame.js';
import { Outbox, type Pending } from './pending.js';
import { type Request, RequestKind, hello, kernelLog, release } from './requests.js';

/** How a connection is used. */
export interface ConnectionOptions {
  /** who is on the other side, for messages: `ssh HOST`; "the agent" if left out */
  readonly peer?: string;
  /** milliseconds that a request may take beyond what it waits by itself; 30,000 if left out */
  readonly requestTimeoutMs?: number;
  /** the same for the greeting, which may have to wait for the other side to start */
  readonly helloTimeoutMs?: number;
  /** bytes of requests that may be unanswered at a time; 4 MiB if left out */
  readonly window?: number;
  /** what the other side said last, for the error when it goes: its standard error, its console */
  readonly lastWords?: () => string;
  /** a better error than E-AGENT-GONE for a connection that ended, from what was said last; undefined if there is none */
  readonly explainEnd?: (lastWords: string) => CcwspecError | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_WINDOW = 0x40_0000;
/** Lines of the last words that a message shows. */
const SHOWN_LINES = 12;
const LONGEST_TIMER_MS = 0x7fff_ffff;
const done = Promise.resolve(0);

/** An open connection. It ends once; there is no way back. */
export class AgentConnection {
  /** system calls of the agent's own process */
  readonly system: AgentSystem;
  /** resolves when the connection has ended, with why; never rejects */
  readonly closed: Promise<CcwspecError>;
  readonly #stream: Duplex;
  readonly #options: ConnectionOptions;
  readonly #peer: string;
  readonly #timeoutMs: number;
  readonly #outbox: Outbox;
  readonly #parser = new FrameParser();
  #hello: AgentHello | undefined;
  #ended: CcwspecError | undefined;
  #resolveClosed: (error: CcwspecError) => void = () => undefined;

  /**
   * Greets the agent on the other side of `stream`.
   * @throws CcwspecError E-AGENT-VERSION if it speaks no version of ours; E-AGENT-TIMEOUT, E-AGENT-GONE, E-AGENT-PROTOCOL
   */
  static async over(stream: Duplex, options: ConnectionOptions = {}): Promise<AgentConnection> {
    const connection = new AgentConnection(stream, options);
    try {
      await connection.#greet();
    } catch (thrown) {
      await connection.close();
      throw thrown;
    }
    return connection;
  }

  private constructor(stream: Duplex, options: ConnectionOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#peer = options.peer ?? 'the agent';
    this.#timeoutMs = options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#outbox = new Outbox(options.window ?? DEFAULT_WINDOW, (frame) => stream.write(frame));
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.system = new AgentSystem(this, 0);
    const onFrame = this.#onFrame.bind(this);
    stream.on('data', (chunk: Buffer) => {
      if (this.#ended !== undefined) return;
      try {
        this.#parser.push(chunk, onFrame);
      } catch (thrown) {
        if (!(thrown instanceof FrameError)) throw thrown;
        this.#fail(this.#protocol(thrown.message));
      }
    });
    stream.on('drain', () => {
      this.#outbox.drained();
    });
    stream.on('end', () => {
      this.#fail(this.#gone('ended the connection'));
    });
    stream.on('close', () => {
      this.#fail(this.#gone('closed the connection'));
    });
    stream.on('error', (error) => {
      this.#fail(error instanceof CcwspecError ? error : this.#gone(`is not reached any more: ${messageOf(error)}`));
    });
  }

  /** What the agent said about itself. */
  get hello(): AgentHello {
    if (this.#hello === undefined) throw new CcwspecError('E-INTERNAL', `${this.#peer} was not greeted yet`);
    return this.#hello;
  }

  /** Longest payload of a request or an answer, in bytes. */
  get payloadLimit(): number {
    return this.#parser.limit;
  }

  /** True if a request would have to wait before it goes out: the agent is behind. */
  get isFull(): boolean {
    return this.#outbox.isFull;
  }

  /** The requests that have no answer yet, in words, oldest first. */
  unanswered(): readonly string[] {
    return this.#outbox.waiting.map(({ request }) => request.describe());
  }

  /**
   * Makes a request.
   * @param decode takes what it needs out of the answer, while that is valid; what it throws as AnswerError ends the connection
   * @param waitsMs milliseconds that the request waits by itself
   * @throws CcwspecError E-AGENT-TIMEOUT naming the request, if no answer came in time; E-AGENT-PROTOCOL if the agent refused
   * it or answered nonsense; E-AGENT-GONE if the connection ended, now or before
   */
  request<T>(request: Request, decode: (answer: Answer) => T, waitsMs = 0): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#after(this.#ended, request));
    if (request.payload.length > this.payloadLimit) return Promise.reject(this.#tooLong(request));
    return new Promise((resolve, reject) => {
      const pending = this.#outbox.add(
        request,
        (answer) => {
          resolve(decode(answer));
        },
        reject,
      );
      this.#limitTime(pending, this.#timeoutMs + waitsMs);
    });
  }

  /**
   * Makes a request whose success is certain, without waiting for its answer. One that is refused all the same ends the
   * connection, so that no later result rests on it.
   * @returns at once while there is room; else a promise of the answer
   */
  post(request: Request): Promise<number> {
    const answered = this.request(request, (answer) => {
      if (answer.only !== 0) throw new AnswerError(`is ${answer.result}, where only 0 is possible`);
      return 0;
    });
    if (this.isFull || this.#ended !== undefined) return answered;
    answered.catch((error: unknown) => {
      if (error instanceof CcwspecError) this.#fail(error);
    });
    return done;
  }

  /** Gives back everything that requests took: files, memory, processes, waits, limits. */
  async release(): Promise<void> {
    this.system.forget();
    const result = await this.request(release(), (answer) => answer.only);
    if (result < 0) throw this.#protocol(`answered release with ${result}`);
  }

  /** Records of the agent's kernel log since `mark` (0: from the start), and the mark to ask with next time. */
  async kernelLog(mark: number): Promise<{ mark: number; text: string }> {
    const parts: string[] = [];
    let next = mark;
    for (;;) {
      const { result, text, isPart } = await this.request(kernelLog(next), (answer) => ({
        result: answer.result,
        text: answer.text,
        isPart: answer.bytes.length > this.payloadLimit / 2,
      }));
      if (result < 0) throw this.#protocol(`answered kernel log with ${result}: it cannot read /dev/kmsg`);
      parts.push(text);
      next = result;
      if (!isPart) return { mark: next, text: parts.join('') };
    }
  }

  /** Ends the connection; the agent gives everything back. Returns when the stream is closed. */
  async close(): Promise<void> {
    this.#fail(new CcwspecError('E-AGENT-GONE', `the connection to ${this.#peer} was closed on this side`));
    const stream = this.#stream;
    if (stream.closed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
    });
  }

  async #greet(): Promise<void> {
    const waits = (this.#options.helloTimeoutMs ?? this.#timeoutMs) - this.#timeoutMs;
    const answer = await this.request(hello(PROTOCOL_VERSION, PROTOCOL_VERSION), decodeHello, waits);
    if (answer.protocol !== PROTOCOL_VERSION) {
      const who = answer.version === '' ? this.#peer : `${this.#peer} (ccwspec-agent ${answer.version})`;
      throw this.#version(
        `${who} speaks ${answer.protocol < 0 ? 'other versions of the protocol' : `version ${answer.protocol} of the protocol`}`,
      );
    }
    this.#hello = answer;
    this.#parser.limit = answer.payloadLimit;
  }

  #onFrame(frame: Frame): void {
    if (this.#ended !== undefined) return;
    const { kind, id, payload, version } = frame;
    if (version !== PROTOCOL_VERSION) {
      this.#fail(this.#version(`${this.#peer} answered in version ${version}`));
      return;
    }
    const pending = this.#outbox.take(id);
    if (pending === undefined) {
      const what = kind === ERROR_KIND ? decodeError(payload) : `an answer of kind ${hex(kind)}`;
      this.#fail(this.#protocol(`sent ${what} for request ${id}, which is not open`));
      return;
    }
    clearTimeout(pending.timer);
    if (pending.abandoned) return;
    if (kind === pending.request.kind + ANSWER) this.#settle(pending, payload);
    else if (kind === ERROR_KIND) this.#refused(pending, payload);
    else {
      const error = this.#protocol(`answered ${pending.request.describe()} with kind ${hex(kind)}`);
      pending.reject(error);
      this.#fail(error);
    }
  }

  #settle(pending: Pending, payload: Uint8Array): void {
    try {
      pending.settle(new Answer(payload));
    } catch (thrown) {
      const error =
        thrown instanceof AnswerError
          ? this.#protocol(`gave an answer to ${pending.request.describe()} that ${thrown.message}`)
          : thrown instanceof CcwspecError
            ? thrown
            : new CcwspecError('E-INTERNAL', messageOf(thrown), undefined, { cause: thrown });
      pending.reject(error);
      this.#fail(error);
    }
  }

  /** The agent did not carry a request out; it goes on. */
  #refused(pending: Pending, payload: Uint8Array): void {
    const said = decodeError(payload);
    pending.reject(
      pending.request.kind === RequestKind.hello && errorCode(payload) === VERSION_ERROR
        ? this.#version(`${this.#peer} said ${said}`)
        : this.#protocol(`refused ${pending.request.describe()} with ${said}`),
    );
  }

  #limitTime(pending: Pending, milliseconds: number): void {
    pending.timer = setTimeout(
      () => {
        this.#outbox.abandon(pending);
        const { request, sent } = pending;
        const why = sent ? 'did not answer' : 'took so little of what waits before it that it never got';
        pending.reject(
          new CcwspecError('E-AGENT-TIMEOUT', `${this.#peer} ${why} ${request.describe()} within ${milliseconds} ms`),
        );
      },
      Math.min(LONGEST_TIMER_MS, milliseconds),
    );
  }

  /** Ends the connection for `error`: every open request fails, and every later one. */
  #fail(error: CcwspecError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    for (const pending of this.#outbox.waiting) {
      clearTimeout(pending.timer);
      pending.reject(this.#during(error, pending.request));
    }
    this.#stream.destroy();
    this.#resolveClosed(error);
  }

  #gone(how: string): CcwspecError {
    const said = this.#options.lastWords?.().trimEnd() ?? '';
    return (
      this.#options.explainEnd?.(said) ?? new CcwspecError('E-AGENT-GONE', `${this.#peer} ${how}${quoteEnd(said)}`)
    );
  }

  #protocol(what: string): CcwspecError {
    return new CcwspecError('E-AGENT-PROTOCOL', `${this.#peer} ${what}`);
  }

  #version(theirs: string): CcwspecError {
    return new CcwspecError('E-AGENT-VERSION', `${theirs}; this ccwspec speaks version ${PROTOCOL_VERSION}`);
  }

  #tooLong(request: Request): CcwspecError {
    const { length } = request.payload;
    return this.#protocol(`takes ${this.payloadLimit} bytes at a time, and ${request.describe()} has ${length}`);
  }

  /** What an open request fails with when the connection ends. */
  #during(error: CcwspecError, request: Request): CcwspecError {
    if (error.code !== 'E-AGENT-GONE') return error;
    return new CcwspecError('E-AGENT-GONE', `${request.describe()} has no answer: ${error.what}`, error.next);
  }

  /** What a request fails with that is made on a connection that has ended. */
  #after(error: CcwspecError, request: Request): CcwspecError {
    const what = `${request.describe()} was not sent, since the connection has ended: ${error.what}`;
    return new CcwspecError('E-AGENT-GONE', what, error.next, { cause: error });
  }
}

/** The last lines of what was said, to stand at the end of a message. */
function quoteEnd(said: string): string {
  if (said === '') return '';
  const lines = said.split('\n').slice(-SHOWN_LINES);
  return `; the last that was said:\n${lines.map((line) => `    ${line.trimEnd()}`).join('\n')}`;
}
