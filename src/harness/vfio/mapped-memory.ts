/** Guest memory: buffers of the process, mapped for the device at I/O virtual addresses. */

import type { GuestMemory, ProcessMemory } from '../ports/index.js';
import { describeResult } from '../uapi/index.js';

/** One mapped buffer. */
export interface MappedBuffer {
  readonly iova: number;
  readonly length: number;
  /** virtual address of the buffer in the process */
  readonly address: number;
  /** the process's mapping around the buffer, to be given back */
  readonly base: number;
  readonly reserved: number;
}

/** The buffers by address; reads and writes go through them to the process's memory. */
export class MappedMemory implements GuestMemory {
  readonly readSync?: (iova: number, into: Uint8Array) => void;
  readonly writeSync?: (iova: number, bytes: Uint8Array) => void;
  readonly #memory: ProcessMemory;
  #buffers: MappedBuffer[] = [];

  constructor(memory: ProcessMemory) {
    this.#memory = memory;
    const readSync = memory.readSync?.bind(memory);
    const writeSync = memory.writeSync?.bind(memory);
    if (readSync === undefined || writeSync === undefined) return;
    this.readSync = (iova, into) => {
      this.#each(iova, into, readSync);
    };
    this.writeSync = (iova, bytes) => {
      this.#each(iova, bytes, writeSync);
    };
  }

  get buffers(): readonly MappedBuffer[] {
    return this.#buffers;
  }

  add(buffer: MappedBuffer): void {
    this.#buffers.push(buffer);
  }

  /** Takes the buffers out that lie in [iova, iova + length). */
  take(iova: number, length: number): MappedBuffer[] {
    const inside = (buffer: MappedBuffer): boolean =>
      buffer.iova >= iova && buffer.iova + buffer.length <= iova + length;
    const taken = this.#buffers.filter(inside);
    this.#buffers = this.#buffers.filter((buffer) => !inside(buffer));
    return taken;
  }

  /** The process's address of `iova`, or undefined where nothing is mapped. */
  addressOf(iova: number): number | undefined {
    const buffer = this.#find(iova);
    return buffer === undefined ? undefined : buffer.address + (iova - buffer.iova);
  }

  async read(iova: number, into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length;) {
      const { address, count } = this.#part(iova + done, into.length - done);
      const part = count === into.length ? into : into.subarray(done, done + count);
      stored(await this.#memory.read(address, part), iova + done);
      done += count;
    }
  }

  async write(iova: number, bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { address, count } = this.#part(iova + done, bytes.length - done);
      const part = count === bytes.length ? bytes : bytes.subarray(done, done + count);
      stored(await this.#memory.write(address, part), iova + done);
      done += count;
    }
  }

  #each(iova: number, bytes: Uint8Array, move: (address: number, part: Uint8Array) => number): void {
    for (let done = 0; done < bytes.length;) {
      const { address, count } = this.#part(iova + done, bytes.length - done);
      stored(move(address, count === bytes.length ? bytes : bytes.subarray(done, done + count)), iova + done);
      done += count;
    }
  }

  #find(iova: number): MappedBuffer | undefined {
    for (const buffer of this.#buffers) {
      if (iova >= buffer.iova && iova < buffer.iova + buffer.length) return buffer;
    }
    return undefined;
  }

  #part(iova: number, length: number): { address: number; count: number } {
    const buffer = this.#find(iova);
    if (buffer === undefined) throw new RangeError(`guest address ${iova.toString(16)} is not mapped`);
    const offset = iova - buffer.iova;
    return { address: buffer.address + offset, count: Math.min(length, buffer.length - offset) };
  }
}

/** @throws RangeError if the process's memory is not there any more (a case unmapped it itself) */
function stored(result: number, iova: number): void {
  if (result < 0)
    throw new RangeError(`the memory behind guest address ${iova.toString(16)} is gone: ${describeResult(result)}`);
}
