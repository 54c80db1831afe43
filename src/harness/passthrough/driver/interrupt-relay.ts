/** The way of an interruption from the host subchannel to the guest: reference section 5. Runs on the workqueue. */

import { deferredConditionCode, ScswBit, statusControl } from '../../arch/index.js';
import { CcwIrq, IoRegion } from '../../uapi/index.js';
import type { DeviceState } from './device-state.js';
import { State } from './states.js';
import { WorkItem } from './workqueue.js';

const UNSOLICITED = ScswBit.alertStatus | ScswBit.statusPending;

/** False only for alert status alone, without a deferred condition code (IRQ-005). */
export function isSolicited(scswControl: number): boolean {
  return deferredConditionCode(scswControl) !== 0 || statusControl(scswControl) !== UNSOLICITED;
}

/** io_work: CCW address back to the guest's, program freed if it has ended, IRB into the region, signal. */
export function relayInterruption(state: DeviceState): void {
  const { host, ioMutex } = state;
  const { profile, scheduler } = host;
  const final = profile.isFinal(state.irbView.getUint32(0));
  scheduler.point('driver:io-work');
  if (profile.completionLocks === 'program and region') {
    ioMutex.acquire();
    const ended = endProgram(state, final);
    copyStatus(state);
    if (profile.signal === 'before idle') signal(state);
    if (ended) state.state = State.idle;
    ioMutex.release();
    if (profile.signal === 'after idle') signal(state);
    return;
  }
  const ended = endProgram(state, final);
  const rest = (): void => {
    ioMutex.acquire();
    copyStatus(state);
    ioMutex.release();
    if (profile.signal === 'before idle') signal(state);
    if (ended) state.state = State.idle;
    if (profile.signal === 'after idle') signal(state);
  };
  if (ioMutex.held) host.workqueue.addRest(new WorkItem(host.workqueue, 'io-work', rest, () => !ioMutex.held));
  else rest();
}

/** crw_work. Several reports may share one signal (IRQ-024). */
export function relayChannelReports(state: DeviceState): void {
  if (!state.crws.isEmpty) state.signal(CcwIrq.crw);
}

/**
 * IRQ-014: suspension counts as the end. Section 5.6: a program that was started after the interruption is freed too.
 * @returns whether the state becomes IDLE
 */
function endProgram(state: DeviceState, final: boolean): boolean {
  const { irbView, program } = state;
  const solicited = isSolicited(irbView.getUint32(0));
  let freed = false;
  if (solicited) {
    irbView.setUint32(4, program.guestCcwAddress(irbView.getUint32(4)));
    if (final && state.state === State.cpPending) {
      program.free();
      freed = true;
    }
  }
  return freed || (final && state.host.profile.idleAfter === 'any final interruption');
}

/** IRQ-004: 64 of the area's 96 bytes. */
function copyStatus(state: DeviceState): void {
  state.host.scheduler.point('driver:io-work-locked');
  state.ioRegion.set(state.irb, IoRegion.irb);
}

function signal(state: DeviceState): void {
  state.host.scheduler.point('driver:before-signal');
  state.signal(CcwIrq.io);
}
