/** Memory of a process of the agent. */

import type { ProcessMemory } from '../../ports/index.js';
import type { AgentConnection } from './connection.js';
import { MappedRanges } from './mapped-ranges.js';
import { fill, map, peek, poke, unmap } from './requests.js';

/** Bytes of a payload that are not data: the address of a poke, the result of a peek. */
const OVERHEAD = 8;
/** From so many bytes on it is worth looking whether they are all zeros, which need not be sent. */
const LONG = 1024;

/**
 * `ProcessMemory` over the connection. Bytes stored in memory that is certainly mapped cannot fail, so that no answer is
 * waited for: a process carries its requests out in order, and whatever is asked next finds them stored.
 */
export class AgentMemory implements ProcessMemory {
  readonly #connection: AgentConnection;
  readonly #process: number;
  readonly #mapped: MappedRanges;

  constructor(connection: AgentConnection, process: number, mapped = new MappedRanges()) {
    this.#connection = connection;
    this.#process = process;
    this.#mapped = mapped;
  }

  /** The same memory in a process that was just forked. */
  forkedTo(process: number): AgentMemory {
    return new AgentMemory(this.#connection, process, this.#mapped.copy());
  }

  map(length: number): Promise<number> {
    return this.#connection.request(map(this.#process, length), ({ only }) => {
      this.mapped(only, length);
      return only;
    });
  }

  /** A call mapped `length` bytes at `address`, or failed with a negative errno. */
  mapped(address: number, length: number): void {
    if (address >= 0) this.#mapped.add(address, length);
  }

  /** A call is about to unmap: from now on nothing is certain about that memory, whatever comes of the call. */
  unmapping(address: number, length: number): void {
    this.#mapped.remove(address, length);
  }

  unmap(address: number, length: number): Promise<number> {
    this.unmapping(address, length);
    return this.#connection.request(unmap(this.#process, address, length), ({ only }) => only);
  }

  read(address: number, into: Uint8Array): Promise<number> {
    const { length } = into;
    if (length <= this.#longest) return this.#read(address, into);
    return this.#inParts(length, (from, to) => this.#read(address + from, into.subarray(from, to)));
  }

  write(address: number, bytes: Uint8Array): Promise<number> {
    const { length } = bytes;
    if (length >= LONG && bytes.every((byte) => byte === 0)) return this.fill(address, length, 0);
    const isCertain = this.#mapped.covers(address, length);
    if (length <= this.#longest) return this.#write(address, bytes, isCertain);
    return this.#inParts(length, (from, to) => this.#write(address + from, bytes.subarray(from, to), isCertain));
  }

  /** Stores `length` bytes of `value`. @returns 0, or -EFAULT */
  fill(address: number, length: number, value: number): Promise<number> {
    const request = fill(this.#process, address, length, value);
    return this.#mapped.covers(address, length)
      ? this.#connection.post(request)
      : this.#connection.request(request, ({ only }) => only);
  }

  /** Everything was unmapped. */
  forget(): void {
    this.#mapped.clear();
  }

  get #longest(): number {
    return this.#connection.payloadLimit - OVERHEAD;
  }

  #read(address: number, into: Uint8Array): Promise<number> {
    return this.#connection.request(peek(this.#process, address, into.length), (answer) => answer.fill(into));
  }

  #write(address: number, bytes: Uint8Array, isCertain: boolean): Promise<number> {
    const request = poke(this.#process, address, bytes);
    return isCertain ? this.#connection.post(request) : this.#connection.request(request, ({ only }) => only);
  }

  /** All parts under way at once; as far as the connection has room. @returns the first result that is not 0, or 0 */
  async #inParts(length: number, part: (from: number, to: number) => Promise<number>): Promise<number> {
    const parts: Promise<number>[] = [];
    for (let from = 0; from < length; from += this.#longest) {
      parts.push(part(from, Math.min(length, from + this.#longest)));
    }
    const results = await Promise.all(parts);
    return results.find((result) => result !== 0) ?? 0;
  }
}
