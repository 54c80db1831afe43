/**
 * Moving the data of one CCW between a device's buffer and absolute storage: direct, indirect (IDAW) and modified indirect
 * (MIDAW) addressing with their checks. SA22-7832 chapter 15, "Indirect-Data-Address Word", "Modified-Indirect-Data-Address
 * Word" and "Designation of Storage Area".
 */

import { CcwFlag, OrbBit, PmcwFlag, SubchannelStatus } from '../arch/index.js';
import { CcwspecError } from '../errors/index.js';
import type { CcwFetch } from './ccw-fetch.js';
import { FRAME, type AbsoluteStorage } from './storage.js';

const { programCheck, protectionCheck, channelDataCheck, channelControlCheck } = SubchannelStatus;

/** Bytes up to which a loop is faster than a copy of the runtime's. */
const SMALL_MOVE = 128;

const MIDAW_LENGTH = 16;
const MidawFlag = { last: 0x80, skip: 0x40, interruption: 0x20, reserved: 0x1f } as const;

/** The data mover of one subchannel. */
export class DataTransfer {
  /** check that ended the last move, SubchannelStatus bits; 0 for none */
  check = 0;
  /** SET ADDRESS LIMIT's address, and the subchannel's limit mode (PMCW bits, see PmcwFlag.limitMode) */
  addressLimit = 0;
  limitMode = 0;

  /** true if a MIDAW asked for an interruption */
  #interruption = false;
  #key = 0;
  #guarded = false;
  #format2 = false;
  #block = 0;

  constructor(
    readonly storage: AbsoluteStorage,
    readonly ccw: CcwFetch,
  ) {}

  /** Prepares for a channel program under word 1 of its ORB. */
  begin(orbControl: number, addressLimit: number, limitMode: number): void {
    this.#key = orbControl >>> 28;
    this.#format2 = (orbControl & OrbBit.format2Idaw) !== 0;
    this.#block = this.#format2 && (orbControl & OrbBit.idaw2k) === 0 ? 4096 : 2048;
    this.addressLimit = addressLimit;
    this.limitMode = (orbControl & OrbBit.addressLimitChecking) !== 0 ? limitMode : 0;
    this.#interruption = false;
  }

  /** True, once, after a MIDAW asked for an interruption. */
  takeInterruption(): boolean {
    const asked = this.#interruption;
    this.#interruption = false;
    return asked;
  }

  /**
   * Moves `length` bytes (1 to the CCW's count) between `data` at `offset` and the area of the current CCW.
   * @returns the number of bytes moved; fewer than `length` only with a check in `check`
   */
  move(data: Uint8Array, offset: number, length: number, input: boolean): number {
    this.check = 0;
    const { ccw, storage } = this;
    if (input && (ccw.flags & CcwFlag.skip) !== 0) return length;
    this.#guarded = this.#key !== 0 || storage.damaged || this.limitMode !== 0;
    if (input && (ccw.command & 0x0f) === 0x0c) return this.#moveBackward(data, offset, length);
    if ((ccw.flags & CcwFlag.indirectDataAddress) !== 0) return this.#moveIndirect(data, offset, length, input);
    if ((ccw.flags & CcwFlag.modifiedIndirectDataAddress) !== 0) {
      return this.#moveModified(data, offset, length, input);
    }
    return this.#moveDirect(data, offset, length, input);
  }

  #moveDirect(data: Uint8Array, offset: number, length: number, input: boolean): number {
    const within = Math.min(length, this.ccw.limit - this.ccw.address);
    const moved = this.#moveBlock(0, this.ccw.address, data, offset, within, input);
    if (moved < length && this.check === 0) this.check = programCheck;
    return moved;
  }

  #moveIndirect(data: Uint8Array, offset: number, length: number, input: boolean): number {
    const block = this.#block;
    const size = this.#format2 ? 8 : 4;
    let list = this.ccw.address;
    if ((list & (size - 1)) !== 0) return this.#stop(programCheck, 0);
    let moved = 0;
    while (moved < length) {
      if (!this.#fetchable(list, size)) return moved;
      const high = this.#format2 ? this.storage.lowView.getUint32(list) : 0;
      const low = this.storage.lowView.getUint32(this.#format2 ? list + 4 : list);
      if (!this.#format2 && low >= 0x8000_0000) return this.#stop(programCheck, moved);
      const within = low & (block - 1);
      if (moved > 0 && within !== 0) return this.#stop(programCheck, moved);
      const part = Math.min(block - within, length - moved);
      const done = this.#moveBlock(high, low, data, offset + moved, part, input);
      moved += done;
      if (done < part) return moved;
      list += size;
    }
    return moved;
  }

  #moveModified(data: Uint8Array, offset: number, length: number, input: boolean): number {
    let list = this.ccw.address;
    const page = list >>> 12;
    let left = this.ccw.count;
    let moved = 0;
    if ((list & (MIDAW_LENGTH - 1)) !== 0) return this.#stop(programCheck, 0);
    while (moved < length) {
      if (list >>> 12 !== page) return this.#stop(programCheck, moved);
      if (!this.#fetchable(list, MIDAW_LENGTH)) return moved;
      const view = this.storage.lowView;
      const word1 = view.getUint32(list + 4);
      const flags = (word1 >>> 16) & 0xff;
      const count = word1 & 0xffff;
      const high = view.getUint32(list + 8);
      const low = view.getUint32(list + 12);
      const last = (flags & MidawFlag.last) !== 0;
      left -= count;
      const wrong =
        view.getUint32(list) !== 0 ||
        word1 >>> 24 !== 0 ||
        (flags & MidawFlag.reserved) !== 0 ||
        count === 0 ||
        (low & (FRAME - 1)) + count > FRAME ||
        left < 0 ||
        last !== (left === 0);
      if (wrong) return this.#stop(programCheck, moved);
      if ((flags & MidawFlag.interruption) !== 0) this.#interruption = true;
      const part = Math.min(count, length - moved);
      const skipped = input && (flags & MidawFlag.skip) !== 0;
      const done = skipped ? part : this.#moveBlock(high, low, data, offset + moved, part, input);
      moved += done;
      if (done < part) return moved;
      list += MIDAW_LENGTH;
    }
    return moved;
  }

  /** Read backward: the first byte goes to the address itself, the next ones to descending addresses. */
  #moveBackward(data: Uint8Array, offset: number, length: number): number {
    const { ccw } = this;
    if ((ccw.flags & CcwFlag.modifiedIndirectDataAddress) !== 0) {
      throw new CcwspecError('E-MODEL-UNIMPLEMENTED', 'read backward with a MIDAW list');
    }
    const indirect = (ccw.flags & CcwFlag.indirectDataAddress) !== 0;
    const size = this.#format2 ? 8 : 4;
    let list = ccw.address;
    let high = 0;
    let low = ccw.address;
    if (indirect && (list & (size - 1)) !== 0) return this.#stop(programCheck, 0);
    for (let moved = 0; moved < length; moved++) {
      if (indirect && (moved === 0 || (low & (this.#block - 1)) === this.#block - 1)) {
        if (!this.#fetchable(list, size)) return moved;
        high = this.#format2 ? this.storage.lowView.getUint32(list) : 0;
        low = this.storage.lowView.getUint32(this.#format2 ? list + 4 : list);
        if (!this.#format2 && low >= 0x8000_0000) return this.#stop(programCheck, moved);
        if (moved > 0 && (low & (this.#block - 1)) !== this.#block - 1) return this.#stop(programCheck, moved);
        list += size;
      }
      if (low < 0) return this.#stop(programCheck, moved);
      if (this.#moveBlock(high, low, data, offset + moved, 1, true) === 0) return moved;
      low--;
    }
    return length;
  }

  /** Checks the fetch of an IDAW or MIDAW of `size` bytes at `address`. */
  #fetchable(address: number, size: number): boolean {
    const { storage } = this;
    if (address + size > Math.min(this.ccw.limit, storage.low.length)) this.check = programCheck;
    else if (this.#key !== 0 && !storage.keyAllows(0, address, this.#key, false)) this.check = protectionCheck;
    else if (storage.damaged && storage.isDamaged(0, address)) this.check = channelControlCheck;
    else return true;
    return false;
  }

  /** Moves up to the end of the bank, or to the first frame that may not be accessed. */
  #moveBlock(high: number, low: number, data: Uint8Array, offset: number, length: number, input: boolean): number {
    const bank = this.storage.bank(high);
    if (bank === undefined || low >= bank.length) return this.#stop(programCheck, 0);
    let allowed = Math.min(length, bank.length - low);
    if (allowed < length) this.check = programCheck;
    if (this.#guarded) allowed = this.#allowed(high, low, allowed, input);
    if (input) {
      this.storage.noteStore(high, low, allowed);
      copy(bank, low, data, offset, allowed);
    } else {
      copy(data, offset, bank, low, allowed);
    }
    return allowed;
  }

  /** How many of `length` bytes may be accessed with the program's key, limit and undamaged storage. */
  #allowed(high: number, low: number, length: number, store: boolean): number {
    let at = 0;
    while (at < length) {
      const address = low + at;
      if (this.#key !== 0 && !this.storage.keyAllows(high, address, this.#key, store)) {
        return this.#stop(protectionCheck, at);
      }
      if (this.storage.isDamaged(high, address)) return this.#stop(channelDataCheck, at);
      at += FRAME - (address & (FRAME - 1));
    }
    return this.limitMode === 0 ? length : this.#withinLimit(high, low, length);
  }

  /** Limit mode 01: addresses must not be below the limit; limit mode 10: they must be below it. */
  #withinLimit(high: number, low: number, length: number): number {
    const first = high * 0x1_0000_0000 + low;
    const below = Math.max(0, Math.min(length, this.addressLimit - first));
    if (this.limitMode === LIMIT_BELOW) return below === length ? length : this.#stop(programCheck, below);
    return below === 0 ? length : this.#stop(programCheck, 0);
  }

  #stop(check: number, moved: number): number {
    this.check = check;
    return moved;
  }
}

/** PMCW limit mode 10, in place. */
const LIMIT_BELOW = 0x0040 & PmcwFlag.limitMode;

/** Copies `length` bytes; the areas are never of the same array. */
function copy(into: Uint8Array, to: number, from: Uint8Array, at: number, length: number): void {
  if (length > SMALL_MOVE) {
    into.set(from.subarray(at, at + length), to);
    return;
  }
  for (let index = 0; index < length; index++) into[to + index] = from[at + index] ?? 0;
}
