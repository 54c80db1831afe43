/** The device's regions and what reading and writing them does: reference sections 2.5 and 2.6, requirements ABI-025 to ABI-045. */

import {
  AsyncRegion,
  CcwIrq,
  CcwRegionType,
  CrwRegion,
  Errno,
  IoRegion,
  RegionFlag,
  SCHIB_REGION_LENGTH,
} from '../../uapi/index.js';
import type { DriverBuffer } from '../driver-port.js';
import type { DeviceState } from './device-state.js';
import { Event } from './states.js';

type RegionAccess = (state: DeviceState, buffer: DriverBuffer, length: number, at: number) => number;

/** A region as user space sees it. */
export interface Region {
  /** bytes */
  readonly size: number;
  /** see RegionFlag; the capability bit is on where there is a subtype */
  readonly flags: number;
  /** subtype of the region's capability; undefined for the first region, which has none */
  readonly subtype?: number;
  readonly read: RegionAccess;
  readonly write: RegionAccess;
}

/** Regions by number. The first is there while the mdev is, the others from open to close. */
export const regions: readonly Region[] = [
  { size: IoRegion.length, flags: RegionFlag.read | RegionFlag.write, read: readIo, write: writeIo },
  {
    size: AsyncRegion.length,
    flags: RegionFlag.read | RegionFlag.write | RegionFlag.caps,
    subtype: CcwRegionType.asyncCommand,
    read: readAsync,
    write: writeAsync,
  },
  {
    size: SCHIB_REGION_LENGTH,
    flags: RegionFlag.read | RegionFlag.caps,
    subtype: CcwRegionType.schib,
    read: readSchib,
    write: refuseWrite,
  },
  {
    size: CrwRegion.length,
    flags: RegionFlag.read | RegionFlag.caps,
    subtype: CcwRegionType.crw,
    read: readCrw,
    write: refuseWrite,
  },
];

/** Copies part of a region to user space. @returns the number of bytes, or -EFAULT */
function toUser(region: Uint8Array, buffer: DriverBuffer, length: number, at: number): number {
  if (buffer === undefined) return -Errno.EFAULT;
  buffer.set(region.subarray(at, at + length));
  return length;
}

/** Copies bytes from user space into a region. @returns false for a fault */
function fromUser(region: Uint8Array, buffer: DriverBuffer, length: number, at: number): boolean {
  if (buffer === undefined) return false;
  region.set(buffer, at);
  return true;
}

/** Whether a handler may go on: its region may have been unregistered since the entry's check (CVE-2026-80552). */
function stillRegistered(state: DeviceState, region: number): boolean {
  if (region <= state.registeredRegions) return true;
  if (state.host.profile.regionNumberChecked !== 'entry and handler') {
    state.host.faults.record(`access to region ${region}, which is not registered`, 'region handler', 'CVE-2026-80552');
  }
  return false;
}

/** IRQ-017: the status stays until it is overwritten. */
function readIo(state: DeviceState, buffer: DriverBuffer, length: number, at: number): number {
  state.ioMutex.acquire();
  const result = toUser(state.ioRegion, buffer, length, at);
  state.ioMutex.release();
  return result;
}

/** ABI-034 to ABI-038: the bytes go in first, whatever becomes of the request, and ret_code may be the caller's own. */
function writeIo(state: DeviceState, buffer: DriverBuffer, length: number, at: number): number {
  if (!state.ioMutex.tryAcquire()) return -Errno.EAGAIN;
  let result = -Errno.EFAULT;
  if (fromUser(state.ioRegion, buffer, length, at)) {
    state.host.scheduler.point('driver:io-region-copied');
    state.raise(Event.ioRequest);
    result = state.ioView.getInt32(IoRegion.retCode) || length;
  }
  state.ioMutex.release();
  return result;
}

function readAsync(state: DeviceState, buffer: DriverBuffer, length: number, at: number): number {
  state.ioMutex.acquire();
  const result = stillRegistered(state, 1) ? toUser(state.asyncRegion, buffer, length, at) : -Errno.EINVAL;
  state.ioMutex.release();
  return result;
}

/** ABI-041: bytes 4 to 7 alone run the stored command again. */
function writeAsync(state: DeviceState, buffer: DriverBuffer, length: number, at: number): number {
  if (!state.ioMutex.tryAcquire()) return -Errno.EAGAIN;
  let result = -Errno.EINVAL;
  if (stillRegistered(state, 1)) {
    result = -Errno.EFAULT;
    if (fromUser(state.asyncRegion, buffer, length, at)) {
      state.host.scheduler.point('driver:async-region-copied');
      state.raise(Event.asyncRequest);
      result = state.asyncView.getInt32(AsyncRegion.retCode) || length;
    }
  }
  state.ioMutex.release();
  return result;
}

/** ABI-031, PTH-015: every read stores the host's SCHIB afresh. */
function readSchib(state: DeviceState, buffer: DriverBuffer, length: number, at: number): number {
  state.ioMutex.acquire();
  let result = -Errno.EINVAL;
  if (stillRegistered(state, 2)) {
    if (state.subchannel.updateSchib() !== 0) {
      result = -Errno.ENODEV;
    } else {
      state.schibRegion.set(state.subchannel.schib);
      result = toUser(state.schibRegion, buffer, length, at);
    }
  }
  state.ioMutex.release();
  return result;
}

/** ABI-032, ABI-033, PTH-006: every read takes one report, whatever part of the region it covers. */
function readCrw(state: DeviceState, buffer: DriverBuffer, length: number, at: number): number {
  state.ioMutex.acquire();
  let result = -Errno.EINVAL;
  if (stillRegistered(state, 3)) {
    state.crwView.setUint32(CrwRegion.crw, state.crws.take());
    result = toUser(state.crwRegion, buffer, length, at);
    if (!state.crws.isEmpty) state.signal(CcwIrq.crw);
  }
  state.ioMutex.release();
  return result;
}

/** ABI-030 */
function refuseWrite(): number {
  return -Errno.EINVAL;
}
