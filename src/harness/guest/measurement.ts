/** Channel monitoring: SET CHANNEL MONITOR, and the SSCH+RSCH count of the measurement block. SA22-7832 chapter 14 and 17. */

import { PmcwCharacteristic, PmcwFlag, SchibOffset, viewOf } from '../arch/index.js';
import type { OperandStorage } from './guest-storage.js';

/** What SET CHANNEL MONITOR has set. */
export class ChannelMonitoring {
  active = false;
  #origin = 0;
  readonly #count = new Uint8Array(4);
  readonly #view = viewOf(this.#count);

  constructor(private readonly storage: OperandStorage) {}

  /**
   * @param update true to start, false to stop. While monitoring is active a new origin is not taken over.
   * @param origin measurement-block origin, a multiple of 32
   */
  set(update: boolean, origin: number): void {
    if (update && !this.active) {
      this.#origin = origin;
      this.active = true;
    }
    if (!update) this.reset();
  }

  reset(): void {
    this.active = false;
    this.#origin = 0;
  }

  /**
   * Adds one to the SSCH+RSCH count of the subchannel with this SCHIB. It is the only field that QEMU keeps: a halfword in
   * the common area (format 0), a word in the subchannel's own block (format 1). Either bit of PMCW.MM starts it. A block
   * outside storage is not an error.
   */
  async count(schib: DataView): Promise<void> {
    if ((schib.getUint16(SchibOffset.flags) & PmcwFlag.measurementMode) === 0) return;
    const ownBlock = (schib.getUint32(SchibOffset.characteristics) & PmcwCharacteristic.measurementBlockFormat) !== 0;
    const length = ownBlock ? 4 : 2;
    const address = ownBlock
      ? schib.getUint32(SchibOffset.measurementBlockAddress) * 0x1_0000_0000 +
        schib.getUint32(SchibOffset.measurementBlockAddress + 4)
      : this.#origin + schib.getUint16(SchibOffset.measurementBlockIndex) * 32;
    if (!this.storage.holds(address, length)) return;
    const count = this.#count.subarray(0, length);
    await this.storage.fetch(address, count);
    if (ownBlock) this.#view.setUint32(0, this.#view.getUint32(0) + 1);
    else this.#view.setUint16(0, this.#view.getUint16(0) + 1);
    await this.storage.store(address, count);
  }
}
