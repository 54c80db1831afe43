/** Guest absolute storage: the memory behind the device's DMA mapping, where the guest absolute address is the IOVA. */

import type { GuestMemory, GuestStorage } from '../ports/index.js';

interface SynchronousMemory {
  readSync(iova: number, into: Uint8Array): void;
  writeSync(iova: number, bytes: Uint8Array): void;
}

function synchronous(memory: GuestMemory): SynchronousMemory | undefined {
  return memory.readSync === undefined || memory.writeSync === undefined ? undefined : (memory as SynchronousMemory);
}

/** Guest storage as operands of instructions use it: the memory behind the DMA mappings. */
export class OperandStorage implements GuestStorage {
  #memory: GuestMemory;
  #synchronous: SynchronousMemory | undefined;

  /** @param size bytes of guest storage, from address 0 on */
  constructor(
    memory: GuestMemory,
    readonly size: number,
  ) {
    this.#memory = memory;
    this.#synchronous = synchronous(memory);
  }

  /** True if all of `length` bytes at `address` are in storage; if not, an access is an addressing exception. */
  holds(address: number, length: number): boolean {
    return address >= 0 && address + length <= this.size;
  }

  /** Fetches an operand that storage holds. @returns undefined if it is done, else a promise. */
  fetch(address: number, into: Uint8Array): Promise<void> | undefined {
    if (this.#synchronous === undefined) return this.#memory.read(address, into);
    this.#synchronous.readSync(address, into);
    return undefined;
  }

  /** Stores an operand that storage holds. @returns undefined if it is done, else a promise. */
  store(address: number, bytes: Uint8Array): Promise<void> | undefined {
    if (this.#synchronous === undefined) return this.#memory.write(address, bytes);
    this.#synchronous.writeSync(address, bytes);
    return undefined;
  }

  async read(address: number, into: Uint8Array): Promise<void> {
    this.#check(address, into.length);
    await this.fetch(address, into);
  }

  async write(address: number, bytes: Uint8Array): Promise<void> {
    this.#check(address, bytes.length);
    await this.store(address, bytes);
  }

  /** Copies storage out of the device's mapping, so that the guest keeps it when the device goes away. */
  async detach(): Promise<void> {
    const copy = new Uint8Array(this.size);
    await this.fetch(0, copy);
    const readSync = (address: number, into: Uint8Array): void => {
      into.set(copy.subarray(address, address + into.length));
    };
    const writeSync = (address: number, bytes: Uint8Array): void => {
      copy.set(bytes, address);
    };
    this.#memory = {
      readSync,
      writeSync,
      read(address, into) {
        readSync(address, into);
        return Promise.resolve();
      },
      write(address, bytes) {
        writeSync(address, bytes);
        return Promise.resolve();
      },
    };
    this.#synchronous = synchronous(this.#memory);
  }

  #check(address: number, length: number): void {
    if (this.holds(address, length)) return;
    throw new RangeError(`${length} bytes at ${address.toString(16)} are not in guest storage of ${this.size} bytes`);
  }
}
