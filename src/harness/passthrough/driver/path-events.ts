/** Path events of a passed-through subchannel: reference section 6.2, requirements PTH-*. */

import { encodeCrw, ErrorRecoveryCode, ReportingSource } from '../../arch/index.js';
import { Errno } from '../../uapi/index.js';
import type { DeviceState } from './device-state.js';
import { CLEAR_TRIES, PathEvent } from './host-subchannel.js';

/**
 * Takes a path event. Called with the subchannel's lock held.
 * @param mask the path's bit in the subchannel's masks; 0 for a path of others (PTH-004)
 * @returns 0, or -ENODEV if the subchannel is gone
 */
export function takePathEvent(state: DeviceState, mask: number, chpid: number, event: PathEvent): number {
  const { subchannel } = state;
  if (mask === 0) return 0;
  if (subchannel.updateSchib() !== 0) return -Errno.ENODEV;
  switch (event) {
    case PathEvent.varyOff:
      subchannel.opm &= ~mask;
      subchannel.lpm &= ~mask;
      endUseOf(state, mask);
      break;
    case PathEvent.offline:
      endUseOf(state, mask);
      queueReport(state, ErrorRecoveryCode.permanentErrorNotInitialized, chpid);
      break;
    case PathEvent.varyOn:
      subchannel.opm |= mask;
      subchannel.lpm |= mask;
      break;
    case PathEvent.online:
      subchannel.lpm |= mask & subchannel.opm;
      queueReport(state, ErrorRecoveryCode.initialized, chpid);
      break;
    case PathEvent.endpointSecurity:
      break;
  }
  return 0;
}

/** PTH-011: one step of the ladder, never repeated. If it cancels a start, no interruption follows. */
function endUseOf({ subchannel }: DeviceState, mask: number): void {
  if ((subchannel.lastPathUsedMask & mask) !== 0) subchannel.cancelHaltClear({ left: CLEAR_TRIES });
}

/** PTH-009: solicited, overflow, chaining and ancillary-report bits are zero. */
function queueReport(state: DeviceState, errorRecoveryCode: number, chpid: number): void {
  const word = encodeCrw({
    solicited: false,
    overflow: false,
    chaining: false,
    reportingSource: ReportingSource.channelPath,
    ancillaryReport: false,
    errorRecoveryCode,
    reportingSourceId: chpid,
  });
  if (state.crws.add(word)) state.host.workqueue.add(state.crwWork);
}
