/** System calls of a process of the agent: `SystemPort` over the connection. */

import { CcwspecError } from '../../errors/index.js';
import {
  type Call,
  callsInTurn,
  type IoctlArgument,
  type SystemPort,
  UNMAPPED,
  type UserBuffer,
} from '../../ports/index.js';
import { describeResult } from '../../uapi/index.js';
import { argumentOf, batchOf, settleCall } from './agent-calls.js';
import { AgentMemory } from './agent-memory.js';
import { type Answer, type BatchAnswer, decodeBatch, eachAnswer } from './answers.js';
import type { AgentConnection } from './connection.js';
import { OpenFlag, openFlagsOf } from './open-flag.js';
import * as requests from './requests.js';
import type { Buffered, Request } from './requests.js';

const onlyResult = (answer: Answer): number => answer.only;
const orText = (answer: Answer): string | number => (answer.result < 0 ? answer.only : answer.text);
const buffered = (buffer: UserBuffer): Buffered => (buffer === UNMAPPED ? 'unmapped' : buffer);
/** Bytes of a payload that are not content: the result. */
const OVERHEAD = 8;

/**
 * One process of the agent. Its requests are carried out in the order in which they are made, whether or not their answers
 * are waited for; only `close` and `writeAttribute`, which may sleep in the kernel, run beside the others, and whoever
 * needs them done waits for their answer.
 */
export class AgentSystem implements SystemPort {
  readonly memory: AgentMemory;
  readonly #connection: AgentConnection;
  /** descriptors of eventfds: closing one takes no time */
  readonly #eventfds = new Set<number>();

  /** @param process its number: 0 for the agent's own, others are what `fork` gave */
  constructor(
    connection: AgentConnection,
    readonly process: number,
    memory?: AgentMemory,
  ) {
    this.#connection = connection;
    this.memory = memory ?? new AgentMemory(connection, process);
  }

  /** @param flags OpenFlag; for reading and writing if left out, or for reading only outside /dev */
  open(path: string, flags?: number): Promise<number> {
    return this.#result(requests.open(this.process, path, flags ?? openFlagsOf(path)));
  }

  close(fd: number): Promise<number> {
    return this.#result(requests.close(this.process, fd, !this.#eventfds.delete(fd)));
  }

  read(fd: number, into: UserBuffer): Promise<number> {
    const { process } = this;
    if (into === UNMAPPED) return this.#result(requests.read(process, fd, 'unmapped'));
    return this.#connection.request(requests.read(process, fd, into.length), (answer) => answer.readInto(into));
  }

  write(fd: number, bytes: UserBuffer): Promise<number> {
    return this.#result(requests.write(this.process, fd, buffered(bytes)));
  }

  pread(fd: number, into: UserBuffer, offset: number): Promise<number> {
    const { process } = this;
    if (into === UNMAPPED) return this.#result(requests.pread(process, fd, offset, 'unmapped'));
    return this.#connection.request(requests.pread(process, fd, offset, into.length), (answer) =>
      answer.readInto(into),
    );
  }

  pwrite(fd: number, bytes: UserBuffer, offset: number): Promise<number> {
    return this.#result(requests.pwrite(this.process, fd, offset, buffered(bytes)));
  }

  preadv(fd: number, into: readonly Uint8Array[], offset: number): Promise<number> {
    const lengths = into.map(({ length }) => length);
    return this.#connection.request(requests.preadv(this.process, fd, offset, lengths), (answer) =>
      answer.scatterInto(into),
    );
  }

  pwritev(fd: number, bytes: readonly Uint8Array[], offset: number): Promise<number> {
    return this.#result(requests.pwritev(this.process, fd, offset, bytes));
  }

  lseek(fd: number, offset: number, whence: 0 | 1 | 2): Promise<number> {
    return this.#result(requests.lseek(this.process, fd, offset, whence));
  }

  mmap(fd: number, length: number): Promise<number> {
    return this.#result(requests.mmap(this.process, fd, length));
  }

  ioctl(fd: number, request: number, argument: IoctlArgument): Promise<number> {
    const { process } = this;
    if (argument === UNMAPPED) return this.#result(requests.ioctl(process, fd, request, 'unmapped'));
    if (typeof argument === 'number') return this.#result(requests.ioctl(process, fd, request, argument));
    if (typeof argument === 'string') {
      const text = argumentOf(argument);
      return this.#connection.request(requests.ioctl(process, fd, request, text), ({ result }) => result);
    }
    return this.#connection.request(requests.ioctl(process, fd, request, argument), (answer) =>
      answer.copyInto(argument),
    );
  }

  async eventfd(): Promise<number> {
    const fd = await this.#result(requests.eventfd(this.process));
    if (fd >= 0) this.#eventfds.add(fd);
    return fd;
  }

  waitEventfds(fds: readonly number[], timeoutMs: number): Promise<number[]> {
    return this.#connection.request(
      requests.wait(this.process, fds, timeoutMs),
      (answer) => answer.counts(fds.length),
      timeoutMs,
    );
  }

  /** Adds `count` to an eventfd. @returns 0, or a negative errno */
  signal(fd: number, count: number): Promise<number> {
    return this.#result(requests.signal(this.process, fd, count));
  }

  /** Stores `length` bytes of `value` at `address`. @returns 0, or -EFAULT */
  fill(address: number, length: number, value: number): Promise<number> {
    return this.memory.fill(address, length, value);
  }

  /**
   * Stores `one` and `other`, which are as long, in turn at `address` for `milliseconds` (0 to 5,000), while other calls go on.
   * @returns 0, or -EFAULT
   */
  alternate(address: number, milliseconds: number, one: Uint8Array, other: Uint8Array): Promise<number> {
    const request = requests.alternate(this.process, address, milliseconds, one, other);
    return this.#connection.request(request, onlyResult, milliseconds);
  }

  /** The content of an attribute, as UTF-8 text. */
  async readAttribute(path: string): Promise<string | number> {
    const bytes = await this.readBytes(path);
    return typeof bytes === 'number' ? bytes : bytes.toString('utf8');
  }

  /** The content of a file of any length, as bytes, or a negative errno. */
  async readBytes(path: string): Promise<Buffer | number> {
    const first = await this.#connection.request(requests.getAttribute(this.process, path), (answer) =>
      answer.result < 0 ? answer.only : Buffer.from(answer.bytes),
    );
    const isWhole = typeof first === 'number' || first.length < this.#connection.payloadLimit - OVERHEAD;
    return isWhole ? first : this.#readLong(path);
  }

  writeAttribute(path: string, text: string): Promise<number> {
    return this.#result(requests.putAttribute(this.process, path, Buffer.from(text, 'utf8')));
  }

  list(path: string): Promise<string[] | number> {
    return this.#connection.request(requests.list(this.process, path), (answer) =>
      answer.result < 0 ? answer.only : answer.names,
    );
  }

  /** The target of a symbolic link, or a negative errno. */
  readLink(path: string): Promise<string | number> {
    return this.#connection.request(requests.link(this.process, path), orText);
  }

  /** @throws CcwspecError E-AGENT-FORK if the kernel gives no process */
  async fork(): Promise<AgentSystem> {
    const number = await this.#result(requests.fork(this.process));
    if (number < 0) throw new CcwspecError('E-AGENT-FORK', `fork on the target ended with ${describeResult(number)}`);
    return new AgentSystem(this.#connection, number, this.memory.forkedTo(number));
  }

  async exit(): Promise<void> {
    this.forget();
    await this.#result(requests.exit(this.process));
  }

  /** RLIMIT_MEMLOCK in bytes, or undefined: as it was; of a forked process only. @returns 0, or a negative errno */
  limit(bytes: number | undefined): Promise<number> {
    return this.#result(requests.limit(this.process, bytes));
  }

  /**
   * Makes the `ordinal`th kernel allocation (from 1) of this process's next call fail; 0 takes that back.
   * @returns 0; -ENOENT on a kernel without fault injection
   */
  failAllocation(ordinal: number): Promise<number> {
    return this.#result(requests.fail(this.process, ordinal));
  }

  /**
   * Carries requests out in order, without a round trip each.
   * @param list made with the functions of requests.ts; the process in them does not count
   * @returns the answers of those that ran: all, or those up to the first with a negative result if `stopAtFailure`
   */
  batch(list: readonly Request[], stopAtFailure = false): Promise<BatchAnswer[]> {
    const kinds = list.map(({ kind }) => kind);
    return this.#connection.request(requests.batch(this.process, stopAtFailure, list), (answer) =>
      decodeBatch(answer, kinds),
    );
  }

  /** A list of calls as one request; those that close a device run beside other requests, as `close` does. */
  calls(list: readonly Call[], stopAtFailure: boolean): Promise<number[]> {
    const batch = batchOf(this.process, list);
    if (batch === undefined) return callsInTurn(this, list, stopAtFailure);
    for (const call of list) if (call.name === 'unmap') this.memory.unmapping(call.address, call.length);
    const waits = list.reduce((sum, call) => sum + (call.name === 'wait' ? call.timeoutMs : 0), 0);
    const request = requests.batch(this.process, stopAtFailure, batch.requests, this.#maySleep(list));
    const kinds = batch.requests.map(({ kind }) => kind);
    return this.#connection.request(
      request,
      (answer) => {
        const results: number[] = [];
        eachAnswer(answer, kinds, (own, index) => {
          const call = list[results.length];
          if (call !== undefined && batch.places[results.length] === index) results.push(this.#settle(call, own));
        });
        return results;
      },
      waits,
    );
  }

  /** Its memory is gone: the process ended, or everything was released. */
  forget(): void {
    this.#eventfds.clear();
    this.memory.forget();
  }

  /** True if one of the calls may sleep in the kernel until something else happens. */
  #maySleep(list: readonly Call[]): boolean {
    return list.some((call) => call.name === 'close' && !(typeof call.fd === 'number' && this.#eventfds.has(call.fd)));
  }

  /** Gives the caller what a call of a list gave, and keeps what is known of files and memory. */
  #settle(call: Call, answer: Answer): number {
    const result = settleCall(call, answer);
    if (call.name === 'eventfd' && result >= 0) this.#eventfds.add(result);
    if (call.name === 'close' && typeof call.fd === 'number') this.#eventfds.delete(call.fd);
    if (call.name === 'map') this.memory.mapped(result, call.length);
    return result;
  }

  /** Reads a file that is longer than an answer. */
  async #readLong(path: string): Promise<Buffer | number> {
    const fd = await this.open(path, OpenFlag.readOnly);
    if (fd < 0) return fd;
    try {
      const parts: Buffer[] = [];
      for (;;) {
        const part = Buffer.alloc(this.#connection.payloadLimit - OVERHEAD);
        const result = await this.read(fd, part);
        if (result < 0) return result;
        if (result === 0) return Buffer.concat(parts);
        parts.push(part.subarray(0, result));
      }
    } finally {
      await this.close(fd);
    }
  }

  #result(request: Request): Promise<number> {
    return this.#connection.request(request, onlyResult);
  }
}
