/**
 * Failures on demand, in one place: kernel allocations that fail, pins that fall short, and instructions that end with
 * another condition code than the subchannel's. Everything is off until it is asked for, and most of it strikes once.
 */

import type { AbsoluteStorage } from '../../machine/storage.js';
import type { HostInstructions, InstructionCode } from '../../machine/host-instructions.js';
import { OPERAND_EXCEPTION } from '../../machine/host-instructions.js';

/** What is to fail next. */
export class FaultInjection {
  /** allocations until one fails: 1 is the next; 0 for none */
  failAllocationIn = 0;
  /** the next pin of several pages gets one page fewer */
  pinShort = false;
  /** condition code of the next START SUBCHANNEL, or a program check; nothing reaches the subchannel */
  nextStart: 1 | 2 | 3 | 'program-check' | undefined;
  /** condition code of the next HALT or CLEAR SUBCHANNEL */
  nextHaltOrClear: 1 | 2 | 3 | undefined;
  /** condition code of every MODIFY SUBCHANNEL while set, or a program check */
  modify: 1 | 2 | 3 | 'program-check' | undefined;
}

/** The kernel's allocators, as the driver uses them: some memory really lies in storage, the rest is only counted. */
export class KernelMemory {
  readonly #storage: AbsoluteStorage;
  readonly #faults: FaultInjection;
  /** page arrays that are live; they hold no guest-visible bytes, so the model keeps them beside storage */
  pageArrays = 0;

  constructor(storage: AbsoluteStorage, faults: FaultInjection) {
    this.#storage = storage;
    this.#faults = faults;
  }

  /** Storage below 2 GiB (see AllocationTag). @returns the absolute address, or 0 if there is none. */
  allocate(bytes: number, tag: number): number {
    if (this.#faults.failAllocationIn !== 0 && --this.#faults.failAllocationIn === 0) return 0;
    return this.#storage.allocate(bytes, tag);
  }

  /** Storage together with `more` allocations that are only counted; all or nothing. @returns the address, or 0 */
  allocateWith(bytes: number, tag: number, more: number): number {
    if (this.#faults.failAllocationIn === 0) return this.#storage.allocate(bytes, tag);
    const address = this.allocate(bytes, tag);
    if (address === 0 || this.charge(more)) return address;
    this.release(address);
    return 0;
  }

  release(address: number): void {
    this.#storage.release(address);
  }

  /** Accounts for `count` allocations that hold nothing the model needs. @returns false if one of them fails. */
  charge(count: number): boolean {
    const faults = this.#faults;
    if (faults.failAllocationIn === 0) return true;
    if (faults.failAllocationIn > count) {
      faults.failAllocationIn -= count;
      return true;
    }
    faults.failAllocationIn = 0;
    return false;
  }
}

/** The host's instructions with injected outcomes, and a record of them for HostView while it is wanted. */
export class WatchedInstructions implements HostInstructions {
  readonly #inner: HostInstructions;
  readonly #faults: FaultInjection;
  /** while set, every instruction is written down: `hsch 0`, `ssch program-check` */
  record: string[] | undefined;

  constructor(inner: HostInstructions, faults: FaultInjection) {
    this.#inner = inner;
    this.#faults = faults;
  }

  ssch(subchannel: number, orb: Uint8Array): InstructionCode {
    const injected = this.#faults.nextStart;
    this.#faults.nextStart = undefined;
    if (injected === undefined) return this.#note('ssch', this.#inner.ssch(subchannel, orb));
    return this.#note('ssch', injected === 'program-check' ? OPERAND_EXCEPTION : injected);
  }

  hsch(subchannel: number): InstructionCode {
    return this.#note('hsch', this.#takeHaltOrClear() ?? this.#inner.hsch(subchannel));
  }

  csch(subchannel: number): InstructionCode {
    return this.#note('csch', this.#takeHaltOrClear() ?? this.#inner.csch(subchannel));
  }

  xsch(subchannel: number): InstructionCode {
    return this.#note('xsch', this.#inner.xsch(subchannel));
  }

  rsch(subchannel: number): InstructionCode {
    return this.#note('rsch', this.#inner.rsch(subchannel));
  }

  tsch(subchannel: number, irb: Uint8Array): InstructionCode {
    return this.#note('tsch', this.#inner.tsch(subchannel, irb));
  }

  stsch(subchannel: number, schib: Uint8Array): InstructionCode {
    return this.#note('stsch', this.#inner.stsch(subchannel, schib));
  }

  msch(subchannel: number, schib: Uint8Array): InstructionCode {
    const injected = this.#faults.modify;
    if (injected === undefined) return this.#note('msch', this.#inner.msch(subchannel, schib));
    return this.#note('msch', injected === 'program-check' ? OPERAND_EXCEPTION : injected);
  }

  stcrw(): number {
    const word = this.#inner.stcrw();
    this.#note('stcrw', word === 0 ? 1 : 0);
    return word;
  }

  get onInterruption(): (subchannel: number) => void {
    return this.#inner.onInterruption;
  }

  set onInterruption(handler: (subchannel: number) => void) {
    this.#inner.onInterruption = handler;
  }

  get onChannelReport(): () => void {
    return this.#inner.onChannelReport;
  }

  set onChannelReport(handler: () => void) {
    this.#inner.onChannelReport = handler;
  }

  #takeHaltOrClear(): number | undefined {
    const injected = this.#faults.nextHaltOrClear;
    this.#faults.nextHaltOrClear = undefined;
    return injected;
  }

  #note(name: string, code: number): number {
    if (this.record !== undefined) this.record.push(`${name} ${code === OPERAND_EXCEPTION ? 'program-check' : code}`);
    return code;
  }
}
