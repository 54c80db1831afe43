/**
 * The host's absolute storage. It has two banks, so that an address which was not translated, or lost its high half, reads
 * the wrong bytes as it would in life:
 *
 * - the low bank begins at 0 and lies below 2 GiB: the kernel's allocations (copied channel programs, IDAWs);
 * - the high bank begins at 8 GiB: the 4 KiB frames behind processes' memory, handed out scattered.
 *
 * Hot paths take an address as its high and low word; elsewhere an address is a number (exact up to 2^53).
 */

import { CcwspecError } from '../errors/index.js';

/** High word of every address in the high bank. */
export const HIGH_BANK_WORD = 2;
/** Absolute address at which the high bank begins: 8 GiB. */
export const HIGH_BANK = HIGH_BANK_WORD * 0x1_0000_0000;
/** Bytes of a frame. */
export const FRAME = 4096;
const FRAME_SHIFT = 12;

/** What a kernel allocation is for; shown by the ledger. */
export const AllocationTag = {
  none: 0,
  channelProgram: 1,
  idaws: 2,
  pageArray: 3,
  crw: 4,
  guestIdaws: 5,
  other: 6,
} as const;
const tagNames = [
  '',
  'channel-program segment',
  'IDAW list',
  'page array',
  'channel-report word',
  'guest IDAW list',
  'other',
];

/** Storage key of a frame: access-control bits and fetch protection. */
export interface StorageKey {
  readonly accessControl: number;
  readonly fetchProtected: boolean;
}

const KEY_ZERO: StorageKey = { accessControl: 0, fetchProtected: false };

const SMALLEST_CLASS = 6;
const SMALLEST = 1 << SMALLEST_CLASS;
const LARGEST_CLASS = 17; // 128 KiB

/**
 * What a storage of the same size can be made of again: buffers of its banks and of its allocator's tables, zeroed but for
 * `nextFree`, of which nothing is read before it is written.
 */
export interface StorageBuffers {
  readonly low: ArrayBuffer;
  readonly high: ArrayBuffer;
  readonly tags: ArrayBuffer;
  readonly nextFree: ArrayBuffer;
}

/** One host's absolute storage, with the kernel's allocator, the frames of processes, pins and storage keys. */
export class AbsoluteStorage {
  readonly low: Uint8Array;
  readonly lowView: DataView;
  readonly high: Uint8Array;
  readonly highView: DataView;
  /** how often each frame of the high bank is pinned */
  readonly pins: Uint32Array;
  /** pins in all */
  pinned = 0;
  /** live kernel allocations */
  allocations = 0;

  /** true while some frame is damaged, see `damage` */
  damaged = false;

  readonly #keys: Uint8Array;
  readonly #lowKeys: Uint8Array;
  readonly #keyedFrames = new Set<number>();
  readonly #damagedFrames = new Set<number>();
  // Frames that were given back come first, then those that were never taken: filling a list with them would cost every session.
  readonly #freeFrames: number[] = [];
  readonly #stride: number;
  #framesTaken = 0;
  readonly #tags: Uint8Array;
  // Pages that may hold something else than zeros: frames that were handed out, and pages that the channel stored in.
  readonly #usedHigh: Uint8Array;
  readonly #usedLow: Uint8Array;
  // Free kernel memory, in units of 64 bytes: by size class the first free block, by block the next one; 0 for none.
  readonly #freeBlock = new Int32Array(LARGEST_CLASS + 1);
  readonly #nextFree: Int32Array;
  #brk: number;

  /**
   * @param lowBytes bytes of the low bank
   * @param highBytes bytes of the high bank; both multiples of 4096
   * @param buffers what `takeApart` gave of a storage with these lengths, see StoragePool; new ones if left out
   */
  constructor(lowBytes = 4 << 20, highBytes = 16 << 20, buffers?: StorageBuffers) {
    const blocks = lowBytes >> SMALLEST_CLASS;
    this.low = new Uint8Array(buffers?.low ?? new ArrayBuffer(lowBytes));
    this.lowView = new DataView(this.low.buffer);
    this.high = new Uint8Array(buffers?.high ?? new ArrayBuffer(highBytes));
    this.highView = new DataView(this.high.buffer);
    const frames = highBytes / FRAME;
    this.pins = new Uint32Array(frames);
    this.#keys = new Uint8Array(frames);
    this.#lowKeys = new Uint8Array(lowBytes / FRAME);
    this.#usedHigh = new Uint8Array(frames);
    this.#usedLow = new Uint8Array(lowBytes / FRAME);
    this.#tags = new Uint8Array(buffers?.tags ?? new ArrayBuffer(blocks));
    this.#nextFree = new Int32Array(buffers?.nextFree ?? new ArrayBuffer(blocks * Int32Array.BYTES_PER_ELEMENT));
    // The lower half stays unused: address 0 is never a valid allocation, and an address of a guest program that reaches the
    // channel untranslated, or one of the host that reaches the guest, is not by chance the right one.
    this.#brk = lowBytes / 2;
    // A stride that shares no factor with the number of frames visits each once, far from its neighbours.
    this.#stride = scatterStride(frames);
  }

  /** Takes a zeroed frame. @returns its absolute address. @throws CcwspecError when the bank is full. */
  takeFrame(): number {
    const frame = this.#freeFrames.pop() ?? this.#nextFrame();
    this.#usedHigh[frame] = 1;
    return HIGH_BANK + frame * FRAME;
  }

  #nextFrame(): number {
    const frames = this.pins.length;
    if (this.#framesTaken === frames) {
      throw new CcwspecError(
        'E-MODEL-UNIMPLEMENTED',
        `the model's ${this.high.length >> 20} MiB of process memory are used up`,
      );
    }
    return (this.#framesTaken++ * this.#stride) % frames;
  }

  /** The channel stores `length` bytes at (high, low), wherever that is: `takeApart` must know. */
  noteStore(high: number, low: number, length: number): void {
    const used = high === 0 ? this.#usedLow : this.#usedHigh;
    for (let page = low >>> 12; page <= (low + length - 1) >>> 12; page++) used[page] = 1;
  }

  /**
   * Zeroes whatever may not be zero (kernel allocations, frames that were handed out, and what the channel stored in), and
   * gives the buffers away: whoever still holds this storage meets an error.
   */
  takeApart(): StorageBuffers {
    const heap = this.low.length / 2;
    this.low.fill(0, heap, this.#brk);
    this.#tags.fill(0, heap >> SMALLEST_CLASS, this.#brk >> SMALLEST_CLASS);
    zeroPages(this.low, this.#usedLow);
    zeroPages(this.high, this.#usedHigh);
    const buffers: StorageBuffers = {
      low: this.low.buffer as ArrayBuffer,
      high: this.high.buffer as ArrayBuffer,
      tags: this.#tags.buffer as ArrayBuffer,
      nextFree: this.#nextFree.buffer as ArrayBuffer,
    };
    return structuredClone(buffers, { transfer: [buffers.low, buffers.high, buffers.tags, buffers.nextFree] });
  }

  /** Gives a frame of `takeFrame` back, zeroed and with key 0 for the next owner. */
  giveFrame(address: number): void {
    const offset = address - HIGH_BANK;
    this.high.fill(0, offset, offset + FRAME);
    this.setKey(address, KEY_ZERO);
    this.#freeFrames.push(offset / FRAME);
  }

  /**
   * Kernel memory below 2 GiB, aligned to its size rounded up to a power of two (64 bytes at least), not zeroed.
   * @returns the absolute address, or 0 if there is none left.
   */
  allocate(bytes: number, tag: number): number {
    const sizeClass = bytes <= SMALLEST ? SMALLEST_CLASS : 32 - Math.clz32(bytes - 1);
    let block = this.#freeBlock[sizeClass] ?? 0;
    if (block === 0) {
      block = this.#carve(sizeClass);
      if (block === 0) return 0;
    } else {
      this.#freeBlock[sizeClass] = this.#nextFree[block] ?? 0;
    }
    this.#tags[block] = (tag << 5) | sizeClass;
    this.allocations++;
    return block << SMALLEST_CLASS;
  }

  /** Frees an allocation. @throws Error for an address that is not one: a double free is the driver model's own bug. */
  release(address: number): void {
    const block = address >>> SMALLEST_CLASS;
    const entry = this.#tags[block] ?? 0;
    if (entry === 0 || (address & (SMALLEST - 1)) !== 0) notAllocated(address);
    this.#tags[block] = 0;
    this.allocations--;
    const sizeClass = entry & 0x1f;
    this.#nextFree[block] = this.#freeBlock[sizeClass] ?? 0;
    this.#freeBlock[sizeClass] = block;
  }

  /** Storage that was never allocated, for a block of the class. @returns its number, or 0 if there is none */
  #carve(sizeClass: number): number {
    if (sizeClass > LARGEST_CLASS) return 0;
    const size = 1 << sizeClass;
    const address = (this.#brk + size - 1) & ~(size - 1);
    if (address + size > this.low.length) return 0;
    this.#brk = address + size;
    return address >>> SMALLEST_CLASS;
  }

  /** Every live allocation, for the ledger. */
  liveAllocations(): { address: number; what: string }[] {
    const found: { address: number; what: string }[] = [];
    if (this.allocations === 0) return found;
    for (let index = 0; index << SMALLEST_CLASS < this.#brk; index++) {
      const entry = this.#tags[index] ?? 0;
      if (entry !== 0) found.push({ address: index << SMALLEST_CLASS, what: tagNames[entry >> 5] ?? 'unknown' });
    }
    return found;
  }

  /** Absolute addresses of the frames that are pinned, once per pin. */
  pinnedFrames(): number[] {
    const found: number[] = [];
    if (this.pinned === 0) return found;
    for (let frame = 0; frame < this.pins.length; frame++) {
      for (let pin = this.pins[frame] ?? 0; pin > 0; pin--) found.push(HIGH_BANK + frame * FRAME);
    }
    return found;
  }

  /** Pins the frame that holds `address` of the high bank once more. */
  pin(address: number): void {
    const frame = (address - HIGH_BANK) >>> FRAME_SHIFT;
    this.pins[frame] = (this.pins[frame] ?? 0) + 1;
    this.pinned++;
  }

  /** Takes one pin back. @throws Error if the frame has none: an unpin too many is the driver model's own bug. */
  unpin(address: number): void {
    const frame = (address - HIGH_BANK) >>> FRAME_SHIFT;
    const count = this.pins[frame] ?? 0;
    if (count === 0) throw new Error(`frame at ${address.toString(16)} is unpinned but was not pinned`);
    this.pins[frame] = count - 1;
    this.pinned--;
  }

  /** The bank that holds an address of high word `high`, or undefined where there is no storage. */
  bank(high: number): Uint8Array | undefined {
    return high === 0 ? this.low : high === HIGH_BANK_WORD ? this.high : undefined;
  }

  bankView(high: number): DataView | undefined {
    return high === 0 ? this.lowView : high === HIGH_BANK_WORD ? this.highView : undefined;
  }

  /** True if `length` bytes at (high, low) are all in configured storage. */
  holds(high: number, low: number, length: number): boolean {
    const bank = this.bank(high);
    return bank !== undefined && low + length <= bank.length;
  }

  /** Sets the storage key of the 4 KiB frame at `address`. Every frame begins with key 0, not fetch-protected. */
  setKey(address: number, key: StorageKey): void {
    const value = (key.accessControl << 4) | (key.fetchProtected ? 8 : 0);
    const frame = Math.floor(address / FRAME);
    if (address >= HIGH_BANK) this.#keys[frame - HIGH_BANK / FRAME] = value;
    else this.#lowKeys[frame] = value;
    if (value === 0) this.#keyedFrames.delete(frame);
    else this.#keyedFrames.add(frame);
  }

  /** True if no frame has a key other than 0. */
  get keyless(): boolean {
    return this.#keyedFrames.size === 0;
  }

  /** True if access with `key` (0-15) to the frame at (high, low) is allowed: SA22-7832 chapter 3, "Key-Controlled Protection". */
  keyAllows(high: number, low: number, key: number, store: boolean): boolean {
    if (key === 0) return true;
    const keys = high === HIGH_BANK_WORD ? this.#keys : this.#lowKeys;
    const value = keys[low >>> 12] ?? 0;
    return value >> 4 === key || (!store && (value & 8) === 0);
  }

  /**
   * Makes the frame at `address` fail with an uncorrectable storage error, or repairs it. Data there give a channel-data
   * check; CCWs, IDAWs and MIDAWs there give a channel-control check.
   */
  damage(address: number, damaged = true): void {
    const frame = Math.floor(address / FRAME);
    if (damaged) this.#damagedFrames.add(frame);
    else this.#damagedFrames.delete(frame);
    this.damaged = this.#damagedFrames.size > 0;
  }

  /** True if the frame at (high, low) is damaged. */
  isDamaged(high: number, low: number): boolean {
    return this.damaged && this.#damagedFrames.has(high * 0x10_0000 + (low >>> 12));
  }
}

function notAllocated(address: number): never {
  throw new Error(`kernel memory at ${address.toString(16)} is freed but was not allocated`);
}

function scatterStride(frames: number): number {
  let stride = Math.max(1, Math.floor(frames * 0.381966) | 1);
  while (gcd(stride, frames) !== 1) stride += 2;
  return stride;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function zeroPages(bank: Uint8Array, used: Uint8Array): void {
  for (let page = used.indexOf(1); page >= 0; page = used.indexOf(1, page + 1)) {
    bank.fill(0, page * FRAME, (page + 1) * FRAME);
  }
}
