/** Answers of an agent, out of their bytes (agent/protocol.md, "Requests" and "Errors"). */

import { ANSWER, ERROR_KIND, hex } from './frame.js';

const WORD = 0x1_0000_0000;
const RESULT_LENGTH = 8;

/** An answer that does not have the form of its kind. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/** An answer: the result, and what follows it. Valid while it is decoded; what is kept of it is copied. */
export class Answer {
  /** a value of 0 or more, or a negative errno of the agent's kernel; exact up to 2^53 */
  readonly result: number;
  readonly #view: DataView;

  /** @throws AnswerError if the payload is too short for a result */
  constructor(private readonly payload: Uint8Array) {
    if (payload.length < RESULT_LENGTH) throw new AnswerError(`has ${payload.length} bytes, too few for a result`);
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    this.result = this.#view.getInt32(0) * WORD + this.#view.getUint32(4);
  }

  /** What follows the result: a view, not a copy. */
  get bytes(): Uint8Array {
    return this.payload.subarray(RESULT_LENGTH);
  }

  /** The result of an answer that has nothing else. */
  get only(): number {
    if (this.payload.length !== RESULT_LENGTH) {
      throw new AnswerError(`has ${this.payload.length - RESULT_LENGTH} bytes more than its result`);
    }
    return this.result;
  }

  /** Copies the bytes that a call read into `into`. @returns the result */
  readInto(into: Uint8Array): number {
    const { bytes, result } = this;
    this.#checkRead(into.length);
    into.set(bytes);
    return result;
  }

  /** Copies the bytes that a vectored call read into the segments, in order. @returns the result */
  scatterInto(segments: readonly Uint8Array[]): number {
    const { bytes, result } = this;
    this.#checkRead(segments.reduce((sum, { length }) => sum + length, 0));
    let next = 0;
    for (const segment of segments) {
      segment.set(bytes.subarray(next, next + segment.length));
      next += segment.length;
      if (next >= bytes.length) break;
    }
    return result;
  }

  /** Copies a structure back as it is after the call, also after one that failed. @returns the result */
  copyInto(into: Uint8Array): number {
    const { bytes, result } = this;
    if (bytes.length !== into.length) {
      throw new AnswerError(`has ${bytes.length} bytes of a structure of ${into.length}`);
    }
    into.set(bytes);
    return result;
  }

  /** Fills all of `into`, if the call succeeded. @returns the result */
  fill(into: Uint8Array): number {
    const { bytes, result } = this;
    if (bytes.length !== (result === 0 ? into.length : 0)) {
      throw new AnswerError(`has ${bytes.length} bytes with a result of ${result}, for ${into.length}`);
    }
    into.set(bytes);
    return result;
  }

  /** The counts of `number` eventfds; zeros if the call failed. */
  counts(number: number): number[] {
    if (this.result < 0) return Array.from({ length: number }, () => 0);
    if (this.bytes.length !== 8 * number) {
      throw new AnswerError(`has ${this.bytes.length} bytes for the counts of ${number} eventfds`);
    }
    return Array.from(
      { length: number },
      (_, index) =>
        this.#view.getUint32(RESULT_LENGTH + 8 * index) * WORD + this.#view.getUint32(RESULT_LENGTH + 8 * index + 4),
    );
  }

  /** What follows the result, as UTF-8 text. */
  get text(): string {
    return textOf(this.bytes);
  }

  /** NUL-terminated names. */
  get names(): string[] {
    const { text } = this;
    if (text === '') return [];
    if (!text.endsWith('\0')) throw new AnswerError('has a name without its end');
    return text.slice(0, -1).split('\0');
  }

  /** How many bytes were read is said twice, by the result and by the length. */
  #checkRead(room: number): void {
    const { bytes, result } = this;
    if (bytes.length !== Math.max(0, result) || bytes.length > room) {
      throw new AnswerError(`has ${bytes.length} bytes with a result of ${result}, into a buffer of ${room}`);
    }
  }
}

/** What an agent says about itself. */
export interface AgentHello {
  /** the version to speak, or a negative errno if there is none in common; then the rest may be zero and empty */
  readonly protocol: number;
  /** longest payload that the agent takes and gives, in bytes */
  readonly payloadLimit: number;
  readonly processId: number;
  /** bits of a pointer of its process: 64, or 32 */
  readonly pointerBits: number;
  readonly bigEndian: boolean;
  /** its own version */
  readonly version: string;
  /** uname of its kernel */
  readonly kernel: {
    readonly sysname: string;
    readonly release: string;
    readonly version: string;
    readonly machine: string;
  };
}

/** What the agent says of itself; without a version in common, only the result. @throws AnswerError for an answer of another form */
export function decodeHello(answer: Answer): AgentHello {
  const { bytes, result } = answer;
  const fixed = 10;
  if (bytes.length < fixed) {
    if (result >= 0) throw new AnswerError(`has ${bytes.length} bytes, too few for hello`);
    const none = '';
    const kernel = { sysname: none, release: none, version: none, machine: none };
    return { protocol: result, payloadLimit: 0, processId: 0, pointerBits: 0, bigEndian: false, version: none, kernel };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings = textOf(bytes.subarray(fixed)).split('\0');
  const [version, sysname, release, kernelVersion, machine, end] = strings;
  if (
    version === undefined ||
    sysname === undefined ||
    release === undefined ||
    kernelVersion === undefined ||
    machine === undefined ||
    end !== ''
  ) {
    throw new AnswerError(`has ${strings.length - 1} of the 5 texts of hello`);
  }
  return {
    protocol: result,
    payloadLimit: view.getUint32(0),
    processId: view.getUint32(4),
    pointerBits: view.getUint8(8),
    bigEndian: view.getUint8(9) === 1,
    version,
    kernel: { sysname, release, version: kernelVersion, machine },
  };
}

/** The answer to one request of a batch; its bytes are a copy. */
export interface BatchAnswer {
  readonly result: number;
  readonly bytes: Uint8Array;
}

/**
 * The answers of a batch, as many as ran.
 * @param kinds of its requests, in order
 * @throws AnswerError also if a request of the batch was refused, with the agent's reason
 */
export function decodeBatch(answer: Answer, kinds: readonly number[]): BatchAnswer[] {
  const answers: BatchAnswer[] = [];
  eachAnswer(answer, kinds, ({ result, bytes }) => {
    answers.push({ result, bytes: Uint8Array.from(bytes) });
  });
  return answers;
}

/**
 * Takes the answers of a batch one by one, as many as ran.
 * @param take is given each while it is valid, with the index of its request
 * @throws AnswerError as `decodeBatch` does, and what `take` throws
 */
export function eachAnswer(answer: Answer, kinds: readonly number[], take: (own: Answer, index: number) => void): void {
  const { bytes, result } = answer;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let index = 0;
  for (let next = 0; next < bytes.length; index++) {
    const length = bytes.length - next < 5 ? Infinity : view.getUint32(next + 1);
    if (next + 5 + length > bytes.length)
      throw new AnswerError(`ends in the middle of answer ${index + 1} of the batch`);
    const kind = view.getUint8(next);
    const payload = bytes.subarray(next + 5, next + 5 + length);
    if (kind === ERROR_KIND) throw new AnswerError(`has for request ${index + 1}: ${decodeError(payload)}`);
    if (kind !== (kinds[index] ?? 0) + ANSWER) {
      throw new AnswerError(`has kind ${hex(kind)} at request ${index + 1}, whose kind is ${hex(kinds[index] ?? 0)}`);
    }
    take(new Answer(payload), index);
    next += 5 + length;
  }
  if (index !== Math.max(0, result)) {
    throw new AnswerError(`has ${index} answers of a batch, and a result of ${result}`);
  }
}

/** Meanings of the codes of error frames. */
const errorMeanings: ReadonlyMap<number, string> = new Map([
  [1, 'no frame where one must begin'],
  [2, 'a version that it does not speak'],
  [3, 'a payload longer than the limit'],
  [4, 'no such kind of request'],
  [5, 'a payload or a flag that does not have the form of its kind'],
  [6, 'too many requests run apart, waits, or processes'],
  [7, 'no such process'],
  [8, 'a path outside the allowed set'],
]);

/** Code of an error frame: a version that the agent does not speak, or no hello yet. */
export const VERSION_ERROR = 2;

/** The code of an error frame, or 0 if it has none. */
export function errorCode(payload: Uint8Array): number {
  return payload.length < 2 ? 0 : ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
}

/** What an error frame says: `error 08, a path outside the allowed set: /etc/passwd`. */
export function decodeError(payload: Uint8Array): string {
  const code = errorCode(payload);
  const text = textOf(payload.subarray(2)).trim();
  return `error ${hex(code)}, ${errorMeanings.get(code) ?? 'a code that the protocol does not have'}${text === '' ? '' : `: ${text}`}`;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
