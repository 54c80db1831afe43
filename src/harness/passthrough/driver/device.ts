/** One mdev of the driver, as the VFIO core calls it. */

import { CcwIrq, Errno, REGION_SHIFT, VfioRequest } from '../../uapi/index.js';
import type { DmaBackend } from '../dma.js';
import type { CcwDevice, DriverBuffer, EventfdTable } from '../driver-port.js';
import { getInfo, getIrqInfo, getRegionInfo, setIrqs } from './device-ioctls.js';
import type { DeviceState } from './device-state.js';
import { regions, type Region } from './regions.js';
import { Event, State, stateNames, type StateName } from './states.js';

const REGION_LENGTH = 1 << REGION_SHIFT;
const INDEXES = 2 ** 32;
/** Regions that open registers, one allocation each. */
const REGISTERED = regions.length - 1;

/** One mdev of the driver, as the VFIO core calls it. */
export class PassthroughDevice implements CcwDevice {
  /** @param onDestroyed tells the driver that the mdev is gone */
  constructor(
    readonly state: DeviceState,
    private readonly onDestroyed: () => void,
  ) {}

  /** Name of the state machine's state. */
  get stateName(): StateName {
    return stateNames[this.state.state];
  }

  get blocked(): boolean {
    const { ioMutex, subchannel } = this.state;
    return ioMutex.held || subchannel.lock.held;
  }

  get closeBlocked(): boolean {
    const { host, ioWork, crwWork } = this.state;
    return this.blocked || (host.profile.workEndsWithClose && (ioWork.running || crwWork.running));
  }

  open(dma: DmaBackend): number {
    const { state } = this;
    for (let region = 0; region < REGISTERED; region++) {
      if (!state.host.memory.charge(1)) {
        state.registeredRegions = 0;
        return -Errno.ENOMEM;
      }
      state.registeredRegions++;
    }
    state.guest.dma = dma;
    state.raise(Event.open);
    if (this.stateName !== 'NOT_OPER') return 0;
    state.registeredRegions = 0;
    return -Errno.EINVAL;
  }

  close(): void {
    const { state } = this;
    state.raise(Event.close);
    if (state.host.profile.workEndsWithClose) state.endWork();
    state.registeredRegions = 0;
  }

  read(into: DriverBuffer, length: number, offset: number): number {
    const region = this.#region(offset);
    if (region === undefined) return -Errno.EINVAL;
    const at = offset % REGION_LENGTH;
    return at + length > region.size ? -Errno.EINVAL : region.read(this.state, into, length, at);
  }

  write(from: DriverBuffer, length: number, offset: number): number {
    const region = this.#region(offset);
    if (region === undefined) return -Errno.EINVAL;
    const at = offset % REGION_LENGTH;
    return at + length > region.size ? -Errno.EINVAL : region.write(this.state, from, length, at);
  }

  ioctl(request: number, argument: DriverBuffer, eventfds: EventfdTable): number {
    switch (request) {
      case VfioRequest.deviceGetInfo:
        return getInfo(this.state, argument);
      case VfioRequest.deviceGetRegionInfo:
        return getRegionInfo(this.state, argument);
      case VfioRequest.deviceGetIrqInfo:
        return getIrqInfo(argument);
      case VfioRequest.deviceSetIrqs:
        return setIrqs(this.state, argument, eventfds);
      case VfioRequest.deviceReset:
        return this.#reset();
      default:
        return -Errno.ENOTTY;
    }
  }

  /** IRQ-020, IRQ-021. */
  request(count: number): void {
    const { host, subchannel } = this.state;
    host.log.add(`vfio_ccw: ${subchannel.name}: the device is asked back (request ${count})`);
    this.state.signal(CcwIrq.request);
  }

  /** TRN-053, TRN-054: the request that uses the page is lost. */
  unmapped(iova: number, length: number): void {
    const { host, ioMutex, program } = this.state;
    if (!program.initialized) return;
    if (host.profile.unmapLocks) ioMutex.acquire();
    const pinned = program.isPinned(iova, length);
    if (host.profile.unmapLocks) ioMutex.release();
    if (pinned) this.#reset();
  }

  destroy(): void {
    this.onDestroyed();
  }

  /** ABI-042, ABI-043. */
  #reset(): number {
    this.state.raise(Event.close);
    this.state.host.scheduler.point('driver:reset-closed');
    this.state.raise(Event.open);
    return this.state.state === State.notOperational ? -Errno.EINVAL : 0;
  }

  /** ABI-028: the number is truncated to 32 bits, so that offsets repeat every 2^42 bytes. */
  #region(offset: number): Region | undefined {
    const { host, registeredRegions } = this.state;
    const index = Math.floor(offset / REGION_LENGTH) % INDEXES;
    if (index === 0) return regions[0];
    if (index > registeredRegions) {
      if (host.profile.regionNumberChecked !== 'never') return undefined;
      host.faults.record(`handler of region ${index} taken from behind the table`, 'region access', 'CVE-2026-80552');
      return undefined;
    }
    host.scheduler.point('driver:region-checked');
    return regions[index];
  }
}
