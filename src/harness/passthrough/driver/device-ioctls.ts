/** VFIO_DEVICE_GET_INFO, GET_REGION_INFO, GET_IRQ_INFO and SET_IRQS: reference sections 2.4, 2.5 and 2.8. */

import { viewOf } from '../../arch/index.js';
import {
  CcwRegionType,
  DeviceInfo,
  DeviceInfoFlag,
  Errno,
  IrqInfo,
  IrqInfoFlag,
  IrqSet,
  IrqSetFlag,
  RegionCapability,
  RegionInfo,
  regionOffset,
} from '../../uapi/index.js';
import type { DriverBuffer, EventfdTable } from '../driver-port.js';
import type { DeviceState } from './device-state.js';
import { regions } from './regions.js';

/** Interrupt indexes of a device. */
const IRQS = 3;

/** The structure as a view, or an errno: -EFAULT if its fixed part cannot be read, -EINVAL if argsz says it is too short. */
function structure(argument: DriverBuffer, minimum: number): DataView | number {
  if (argument === undefined || argument.length < minimum) return -Errno.EFAULT;
  const view = viewOf(argument);
  return view.getUint32(0) < minimum ? -Errno.EINVAL : view;
}

/** ABI-001 to ABI-003: argsz and everything behind byte 16 stay as they were. */
export function getInfo(state: DeviceState, argument: DriverBuffer): number {
  const view = structure(argument, DeviceInfo.minimum);
  if (typeof view === 'number') return view;
  view.setUint32(DeviceInfo.flags, DeviceInfoFlag.reset | DeviceInfoFlag.ccw);
  view.setUint32(DeviceInfo.numRegions, 1 + state.registeredRegions);
  view.setUint32(DeviceInfo.numIrqs, IRQS);
  return 0;
}

/** ABI-004 to ABI-010. */
export function getRegionInfo(state: DeviceState, argument: DriverBuffer): number {
  const view = structure(argument, RegionInfo.minimum);
  if (typeof view === 'number') return view;
  const index = view.getUint32(RegionInfo.index);
  const region = index <= state.registeredRegions ? regions[index] : undefined;
  if (region === undefined) return -Errno.EINVAL;
  if (region.subtype !== undefined) {
    if (!state.host.memory.charge(1)) return -Errno.ENOMEM;
    if (view.getUint32(RegionInfo.argsz) < RegionInfo.withCapability) {
      view.setUint32(RegionInfo.argsz, RegionInfo.withCapability);
      view.setUint32(RegionInfo.capOffset, 0);
    } else {
      if (view.byteLength < RegionInfo.withCapability) return -Errno.EFAULT;
      storeCapability(view, RegionInfo.minimum, region.subtype);
      view.setUint32(RegionInfo.capOffset, RegionInfo.minimum);
    }
  }
  view.setUint32(RegionInfo.flags, region.flags);
  view.setUint32(RegionInfo.size, 0);
  view.setUint32(RegionInfo.size + 4, region.size);
  view.setUint32(RegionInfo.offset, 0);
  view.setUint32(RegionInfo.offset + 4, regionOffset(index));
  return 0;
}

function storeCapability(view: DataView, at: number, subtype: number): void {
  view.setUint16(at + RegionCapability.id, RegionCapability.typeId);
  view.setUint16(at + RegionCapability.version, 1);
  view.setUint32(at + RegionCapability.next, 0);
  view.setUint32(at + RegionCapability.type, CcwRegionType.type);
  view.setUint32(at + RegionCapability.subtype, subtype);
}

/** ABI-011. */
export function getIrqInfo(argument: DriverBuffer): number {
  const view = structure(argument, IrqInfo.minimum);
  if (typeof view === 'number') return view;
  if (view.getUint32(IrqInfo.index) >= IRQS) return -Errno.EINVAL;
  view.setUint32(IrqInfo.flags, IrqInfoFlag.eventfd);
  view.setUint32(IrqInfo.count, 1);
  return 0;
}

/** Length of one datum by data type; exactly one type must be given (ABI-013). */
const dataLengths: ReadonlyMap<number, number> = new Map([
  [IrqSetFlag.dataNone, 0],
  [IrqSetFlag.dataBool, 1],
  [IrqSetFlag.dataEventfd, 4],
]);
const DATA_TYPES = IrqSetFlag.dataNone | IrqSetFlag.dataBool | IrqSetFlag.dataEventfd;
const KNOWN_FLAGS = DATA_TYPES | IrqSetFlag.actionMask | IrqSetFlag.actionUnmask | IrqSetFlag.actionTrigger;

/** ABI-012 to ABI-021. */
export function setIrqs(state: DeviceState, argument: DriverBuffer, eventfds: EventfdTable): number {
  const view = structure(argument, IrqSet.minimum);
  if (typeof view === 'number') return view;
  const flags = view.getUint32(IrqSet.flags);
  const index = view.getUint32(IrqSet.index);
  const start = view.getUint32(IrqSet.start);
  const count = view.getUint32(IrqSet.count);
  const length = dataLengths.get(flags & DATA_TYPES);
  const wrong =
    index >= IRQS ||
    start >= 1 ||
    start + count > 1 ||
    (flags & ~KNOWN_FLAGS) !== 0 ||
    length === undefined ||
    view.getUint32(IrqSet.argsz) - IrqSet.minimum < count * length ||
    (flags & IrqSetFlag.actionTrigger) === 0;
  if (wrong) return -Errno.EINVAL;
  // The datum is read whatever the count is, also if the count is 0.
  if (view.byteLength < IrqSet.data + length) return -Errno.EFAULT;
  switch (flags & DATA_TYPES) {
    case IrqSetFlag.dataNone:
      // ABI-020: a count of 0 does not unregister the eventfd, against the description of the interface.
      state.signal(index);
      return 0;
    case IrqSetFlag.dataBool:
      if (view.getUint8(IrqSet.data) !== 0) state.signal(index);
      return 0;
    default:
      return setEventfd(state, index, view.getInt32(IrqSet.data), eventfds);
  }
}

/** ABI-017, ABI-018: on failure the eventfd before stays. */
function setEventfd(state: DeviceState, index: number, fd: number, eventfds: EventfdTable): number {
  if (fd < -1) return -Errno.EINVAL;
  if (fd === -1) {
    state.setTrigger(index, undefined);
    return 0;
  }
  const eventfd = eventfds.get(fd);
  if (typeof eventfd === 'number') return eventfd;
  state.setTrigger(index, eventfd);
  return 0;
}
