/** Fetching a CCW, with the checks that its fetch and its fields call for: SA22-7832 chapter 15, "Channel-Command Word". */

import { CcwFlag, OrbBit, SubchannelStatus } from '../arch/index.js';
import type { MachinePlatform } from './platforms.js';
import type { AbsoluteStorage } from './storage.js';

const { programCheck, protectionCheck, channelControlCheck } = SubchannelStatus;

/** The current CCW of one subchannel. Fields are reused for every CCW. Checks are SubchannelStatus bits, 0 for none. */
export class CcwFetch {
  command = 0;
  flags = 0;
  count = 0;
  /** data address, 24 or 31 bits (bit 0 of format 1 as found) */
  address = 0;
  /** address of the CCW that the fields hold, or that the last check is about */
  ccwAddress = 0;
  /** addresses from here on are beyond the format: 16 MiB or 2 GiB */
  limit = 0;

  #format1 = false;
  #key = 0;
  #orbControl = 0;
  #backwardTransfers = 0;

  constructor(
    readonly storage: AbsoluteStorage,
    readonly platform: MachinePlatform,
  ) {}

  /** Prepares for a channel program under word 1 of its ORB. */
  begin(orbControl: number): void {
    this.#orbControl = orbControl;
    this.#format1 = (orbControl & OrbBit.format) !== 0;
    this.#key = orbControl >>> 28;
    this.limit = this.#format1 ? 0x8000_0000 : 0x100_0000;
    this.#backwardTransfers = 0;
  }

  /** Data moved: the program is not an endless loop of transfers in channel. */
  progressed(): void {
    this.#backwardTransfers = 0;
  }

  /**
   * Fetches the CCW at `address`, and the one it leads to if it is a transfer in channel.
   * @param first true for the first CCW of a channel program, which must not be a transfer in channel
   * @returns the check that was found, with `ccwAddress` the address that the SCSW reports less 8
   */
  fetch(address: number, first: boolean): number {
    this.ccwAddress = address;
    let check = this.#load(address);
    if (check !== 0 || !this.#isTransferInChannel()) return check;
    if (first && !this.platform.ticFirst) return programCheck;
    if (this.#format1 && (this.flags | this.count) !== 0) return programCheck;
    const target = this.address;
    if (target <= address && ++this.#backwardTransfers > this.platform.backwardTransferLimit) return programCheck;
    check = this.#load(target);
    // A target that cannot be addressed is the transfer's own fault; anything else is found at the target.
    if (check === programCheck) return check;
    this.ccwAddress = target;
    return check !== 0 ? check : this.#isTransferInChannel() ? programCheck : 0;
  }

  /**
   * Checks the fields of the CCW just fetched.
   * @param dataChained true if it was fetched by data chaining: its command code is then not looked at
   * @returns the check that was found; `countLoaded` says whether the flags were right, so that the count register follows
   */
  validate(dataChained: boolean): number {
    this.countLoaded = false;
    const { flags } = this;
    if ((flags & (CcwFlag.suspend | CcwFlag.modifiedIndirectDataAddress)) !== 0 && !this.#flagsAllowed(dataChained)) {
      return programCheck;
    }
    this.countLoaded = true;
    if (!dataChained) {
      const low = this.command & 0x0f;
      if (low === 0 || low === 8) return programCheck;
    }
    if (this.count === 0 && this.#zeroCountForbidden(dataChained)) return programCheck;
    if (this.address >= this.limit) return programCheck;
    return 0;
  }

  /** Set by `validate`. */
  countLoaded = false;

  #flagsAllowed(dataChained: boolean): boolean {
    const { flags } = this;
    if ((flags & CcwFlag.suspend) !== 0) {
      if ((this.#orbControl & OrbBit.suspendControl) === 0 || dataChained || (flags & CcwFlag.chainData) !== 0)
        return false;
    }
    if ((flags & CcwFlag.modifiedIndirectDataAddress) !== 0) {
      if ((this.#orbControl & OrbBit.midawControl) === 0) return false;
      if ((flags & (CcwFlag.indirectDataAddress | CcwFlag.skip)) !== 0) return false;
    }
    return true;
  }

  #zeroCountForbidden(dataChained: boolean): boolean {
    if (!this.#format1) return !this.platform.zeroCountFormat0;
    return dataChained || (this.flags & CcwFlag.chainData) !== 0;
  }

  /** In format 0 every code xxxx 1000; in format 1 only 08, the other codes of that pattern are invalid. */
  #isTransferInChannel(): boolean {
    return this.#format1 ? this.command === 0x08 : (this.command & 0x0f) === 0x08;
  }

  #load(address: number): number {
    const { storage } = this;
    if ((address & 7) !== 0 || address >= this.limit || address + 8 > storage.low.length) return programCheck;
    if (this.#key !== 0 && !storage.keyAllows(0, address, this.#key, false)) return protectionCheck;
    if (storage.damaged && storage.isDamaged(0, address)) return channelControlCheck;
    const word0 = storage.lowView.getUint32(address);
    const word1 = storage.lowView.getUint32(address + 4);
    this.command = word0 >>> 24;
    if (this.#format1) {
      this.flags = (word0 >>> 16) & 0xff;
      this.count = word0 & 0xffff;
      this.address = word1;
    } else {
      this.flags = word1 >>> 24;
      this.count = word1 & 0xffff;
      this.address = word0 & 0xff_ffff;
    }
    return 0;
  }
}
