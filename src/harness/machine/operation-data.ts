/**
 * The data of one operation: every CCW of a data chain, in the order in which the count of each runs out.
 * SA22-7832 chapter 15, "Data Chaining".
 */

import { CcwFlag, SubchannelStatus } from '../arch/index.js';
import type { CcwFetch } from './ccw-fetch.js';
import type { DataTransfer } from './data-transfer.js';
import { Transfer, type DeviceOperation } from './device-model.js';
import type { Subchannel } from './subchannel.js';

/** Moves an operation's data and keeps the books: bytes moved, residual count, what stopped it. */
export class OperationData {
  /** bytes moved */
  transferred = 0;
  /** check that stopped the data, SubchannelStatus bits; 0 for none */
  check = 0;
  /** true if the device had, or wanted, more than the counts allowed */
  wanted = false;
  /** true if a CCW or MIDAW that took control on the way asked for an interruption */
  interruption = false;

  // The CCWs of the data chain in progress; arrays are kept and used again.
  #areas = 0;
  readonly #addresses: number[] = [];
  readonly #flags: number[] = [];
  readonly #ends: number[] = [];

  constructor(
    readonly ccw: CcwFetch,
    readonly transfer: DataTransfer,
    readonly subchannel: Subchannel,
  ) {}

  /** Moves data until the device or the counts have no more, or a check stops it. The current CCW is the operation's first. */
  move(operation: DeviceOperation): void {
    const { ccw, transfer, subchannel } = this;
    const input = operation.transfer === Transfer.input;
    let { dataOffset } = operation;
    let left =
      operation.transfer === Transfer.none ? 0 : Math.min(operation.length, operation.data.length - dataOffset);
    this.transferred = 0;
    this.check = 0;
    this.interruption = false;
    this.#areas = 0;
    for (;;) {
      const part = Math.min(subchannel.count, left);
      if ((ccw.flags & CcwFlag.chainData) !== 0 || this.#areas > 0) this.#remember();
      if (part > 0) {
        const moved = transfer.move(operation.data, dataOffset, part, input);
        subchannel.count -= moved;
        this.transferred += moved;
        dataOffset += moved;
        left -= moved;
        if (moved < part) {
          this.check = transfer.check;
          break;
        }
      }
      if (subchannel.count > 0 || left === 0 || (ccw.flags & CcwFlag.chainData) === 0) break;
      this.check = input && operation.overrun ? SubchannelStatus.chainingCheck : this.#chain(operation.command);
      if (this.check !== 0) break;
    }
    if (transfer.takeInterruption()) this.interruption = true;
    if (this.transferred > 0) ccw.progressed();
    this.wanted = left > 0;
  }

  /** The device has told how many output bytes it used: moves count and CCW back to where it stopped. */
  settle(taken: number): void {
    if (this.check !== 0) return;
    this.wanted = taken > this.transferred;
    let unused = this.transferred - taken;
    if (unused <= 0) return;
    let area = this.#areas - 1;
    while (area > 0 && taken <= (this.#ends[area - 1] ?? 0)) area--;
    if (area >= 0 && area < this.#areas - 1) {
      this.ccw.ccwAddress = this.#addresses[area] ?? 0;
      this.ccw.flags = this.#flags[area] ?? 0;
      this.subchannel.count = 0;
      unused = (this.#ends[area] ?? 0) - taken;
    }
    this.subchannel.count += unused;
  }

  /** Makes the next CCW of the data chain current. @returns the check that was found */
  #chain(command: number): number {
    const { ccw, subchannel } = this;
    let check = ccw.fetch(ccw.ccwAddress + 8, false);
    if (check === 0) {
      check = ccw.validate(true);
      if (ccw.countLoaded) subchannel.count = ccw.count;
    }
    ccw.command = command;
    if (check === 0 && (ccw.flags & CcwFlag.programControlledInterruption) !== 0) this.interruption = true;
    return check;
  }

  #remember(): void {
    const area = this.#areas++;
    this.#addresses[area] = this.ccw.ccwAddress;
    this.#flags[area] = this.ccw.flags;
    this.#ends[area] = this.transferred + this.subchannel.count;
  }
}
