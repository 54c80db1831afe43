/**
 * A device whose answers a case can change between driver and guest: what QEMU must do when a call falls short, fails, or
 * when the kernel is an older one. Everything that is not asked for passes unchanged.
 */

import type {
  CaseContext,
  ChannelOptions,
  DmaAccess,
  GuestMemory,
  IrqSetRequest,
  VfioDeviceInfo,
  VfioIrqInfo,
  VfioPort,
  VfioRegionInfo,
} from 'ccwspec/plugin';
import { openGuest } from 'ccwspec/plugin';
import { Guest } from './guest.js';

/** A write that reached the device file. */
export interface TappedWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** what the guest was given: a count or a negative errno */
  readonly result: number;
}

export class VfioTap implements VfioPort {
  /** every write, also those that were answered here */
  readonly writes: TappedWrite[] = [];
  /** answers a write in the driver's place, or leaves it to the driver */
  onWrite: ((offset: number, bytes: Uint8Array) => number | undefined) | undefined;
  /** changes what a read brought, or its result */
  onRead: ((offset: number, into: Uint8Array, result: number) => number) | undefined;
  onInfo: ((info: VfioDeviceInfo) => VfioDeviceInfo) | undefined;
  onRegionInfo: ((index: number, info: VfioRegionInfo) => VfioRegionInfo) | undefined;

  constructor(readonly inner: VfioPort) {}

  /** result of the last write; 0 before the first */
  get lastResult(): number {
    return this.writes.at(-1)?.result ?? 0;
  }

  get fd(): number {
    return this.inner.fd;
  }

  get memory(): GuestMemory {
    return this.inner.memory;
  }

  async info(): Promise<VfioDeviceInfo | number> {
    const info = await this.inner.info();
    return typeof info === 'number' ? info : (this.onInfo?.(info) ?? info);
  }

  async regionInfo(index: number): Promise<VfioRegionInfo | number> {
    const info = await this.inner.regionInfo(index);
    return typeof info === 'number' ? info : (this.onRegionInfo?.(index, info) ?? info);
  }

  irqInfo(index: number): Promise<VfioIrqInfo | number> {
    return this.inner.irqInfo(index);
  }

  async read(offset: number, into: Uint8Array): Promise<number> {
    const result = await this.inner.read(offset, into);
    return this.onRead?.(offset, into, result) ?? result;
  }

  async write(offset: number, bytes: Uint8Array): Promise<number> {
    const result = this.onWrite?.(offset, bytes) ?? (await this.inner.write(offset, bytes));
    this.writes.push({ offset, bytes: bytes.slice(), result });
    return result;
  }

  setIrqs(request: IrqSetRequest): Promise<number> {
    return this.inner.setIrqs(request);
  }

  armIrq(index: number): Promise<number> {
    return this.inner.armIrq(index);
  }

  waitIrq(index: number, timeoutMs: number): Promise<number> {
    return this.inner.waitIrq(index, timeoutMs);
  }

  async waitAnyIrq(indexes: readonly number[], timeoutMs: number): Promise<readonly number[]> {
    if (this.inner.waitAnyIrq !== undefined) return this.inner.waitAnyIrq(indexes, timeoutMs);
    const counts: number[] = [];
    for (const [place, index] of indexes.entries())
      counts.push(await this.inner.waitIrq(index, place === 0 ? timeoutMs : 0));
    return counts;
  }

  reset(): Promise<number> {
    return this.inner.reset();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  mapDma(iova: number, length: number, access?: DmaAccess): Promise<number> {
    return this.inner.mapDma(iova, length, access);
  }

  unmapDma(iova: number, length: number): Promise<number> {
    return this.inner.unmapDma(iova, length);
  }
}

/** Opens the device with a tap on it; closing the case closes the device. */
export async function openTap(context: CaseContext): Promise<VfioTap> {
  return new VfioTap(await context.openVfio());
}

/** A guest with the subchannel enabled, around a device with a tap. */
export async function tappedGuest(context: CaseContext, tap: VfioTap, options?: ChannelOptions): Promise<Guest> {
  const guest = await Guest.around(context.expect, await openGuest(tap, options));
  await guest.enable();
  return guest;
}
