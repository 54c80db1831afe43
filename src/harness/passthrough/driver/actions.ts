/** What the state machine does: reference sections 3.3 to 3.5. */

import { OrbBit, PmcwFlag, ScswBit } from '../../arch/index.js';
import { OPERAND_EXCEPTION } from '../../machine/host-instructions.js';
import { AsyncCommand, AsyncRegion, Errno, IoRegion } from '../../uapi/index.js';
import type { DeviceState } from './device-state.js';
import { CLEAR_TRIES, type HostSubchannel } from './host-subchannel.js';
import { Event, State } from './states.js';

/** Interruption subclass of passed-through subchannels (FSM-019). */
const SUBCLASS = 3;
/** Virtual nanoseconds that close waits for one interruption (FSM-023). */
const QUIESCE_WAIT = 3e9;

/** Asynchronous commands as the kernel log calls them. */
const commandNames: ReadonlyMap<number, string> = new Map([
  [AsyncCommand.halt, 'halt'],
  [AsyncCommand.clear, 'clear'],
]);

/** No action. */
export function nothing(): void {
  // The event has no meaning in this state.
}

/** The device is lost: NOT_OPER is terminal, no IRB is made and no eventfd signalled (FSM-028, FSM-030). */
export function notOperational(device: DeviceState): void {
  const { host, subchannel } = device;
  host.log.add(`vfio_ccw: subchannel ${subchannel.name} is not operational (state was ${device.state})`);
  subchannel.scheduleUnregister();
  device.state = State.notOperational;
  if (host.profile.notOperationalCleanup === 'work item') {
    host.workqueue.add(device.notOperationalWork);
    return;
  }
  if (subchannel.lock.held && device.program.initialized) {
    host.faults.record('unpinning sleeps, and a spinlock is held', 'not-operational event', 'CVE-2026-80549');
  }
  device.program.free();
}

/** A request in a state that takes none: ret_code -EIO (FSM-002). */
export function ioError(device: DeviceState): void {
  device.host.log.add(`vfio-ccw: FSM: I/O request from state:${device.state}`);
  device.ioView.setInt32(IoRegion.retCode, -Errno.EIO);
}

/** A request while one is pending: ret_code -EBUSY (FSM-001). */
export function ioBusy(device: DeviceState): void {
  device.ioView.setInt32(IoRegion.retCode, -Errno.EBUSY);
}

/** A request while one is translated: ret_code -EAGAIN. */
export function ioRetry(device: DeviceState): void {
  device.ioView.setInt32(IoRegion.retCode, -Errno.EAGAIN);
}

/** A command in a state that takes none: ret_code -EIO (FSM-017). */
export function asyncError(device: DeviceState): void {
  const command = device.asyncView.getUint32(AsyncRegion.command);
  device.host.log.add(`vfio-ccw: FSM: ${commandNames.get(command) ?? '<unknown>'} request from state:${device.state}`);
  device.asyncView.setInt32(AsyncRegion.retCode, -Errno.EIO);
}

/** A command while a request is translated: ret_code -EAGAIN. */
export function asyncRetry(device: DeviceState): void {
  device.asyncView.setInt32(AsyncRegion.retCode, -Errno.EAGAIN);
}

/** An interruption that nobody should get: an earlier disable did not work, so it is tried again (FSM-031). */
export function disable(device: DeviceState): void {
  device.subchannel.disable();
}

/** A write of the I/O region. START wins over HALT and CLEAR, which belong to the other region (FSM-003 to FSM-005). */
export function ioRequest(device: DeviceState): void {
  const functions = device.ioView.getUint32(IoRegion.scsw);
  device.state = State.cpProcessing;
  if ((functions & ScswBit.startFunction) !== 0) {
    const result = startProgram(device);
    device.ioView.setInt32(IoRegion.retCode, result);
    if (result === 0) {
      device.host.scheduler.point('driver:started');
      return;
    }
  } else if ((functions & (ScswBit.haltFunction | ScswBit.clearFunction)) !== 0) {
    device.ioView.setInt32(IoRegion.retCode, -Errno.EOPNOTSUPP);
  }
  device.state = State.idle;
}

/** Copies, translates and starts the program. @returns 0 or a negative errno; then nothing of it is left */
function startProgram(device: DeviceState): number {
  const { host, program } = device;
  const control = device.ioView.getUint32(IoRegion.orb + 4);
  if (host.profile.transportModeRefused && (control & OrbBit.channelProgramType) !== 0) return -Errno.EOPNOTSUPP;
  const copied = program.init(device.ioView, IoRegion.orb);
  if (copied !== 0) return copied;
  host.scheduler.point('driver:program-copied');
  let result = program.prefetch();
  if (result === 0) {
    host.scheduler.point('driver:program-translated');
    result = startSubchannel(device);
  }
  if (result !== 0) program.free();
  return result;
}

/** START SUBCHANNEL: section 3.4. */
function startSubchannel(device: DeviceState): number {
  const { host, program, subchannel } = device;
  subchannel.lock.acquire();
  const result = issueStart(device, program.hostOrb(subchannel.controlBlock, subchannel.lpm));
  subchannel.lock.release();
  if (result === 0) host.scheduler.point('driver:start-accepted');
  return result;
}

function issueStart(device: DeviceState, orb: Uint8Array): number {
  const { host, program, subchannel } = device;
  const code = host.instructions.ssch(subchannel.number, orb);
  if (host.recorder.recording) host.recorder.addStart(program.describe(code));
  switch (code) {
    case 0:
      device.state = State.cpPending;
      return 0;
    case 1:
    case 2:
      return -Errno.EBUSY;
    case OPERAND_EXCEPTION:
      return -Errno.EIO;
    default:
      return pathNotOperational(subchannel, orb[6] ?? 0);
  }
}

/** FSM-008 to FSM-010: the paths that were asked for are not used by default any more, until a path event. */
function pathNotOperational(subchannel: HostSubchannel, paths: number): number {
  subchannel.lpm = paths === 0 ? 0 : subchannel.lpm & ~paths;
  if (subchannel.updateSchib() !== 0) return -Errno.ENODEV;
  return subchannel.lpm !== 0 ? -Errno.EACCES : -Errno.ENODEV;
}

/** A write of the asynchronous command region. The state never changes here (FSM-018). */
export function asyncRequest(device: DeviceState): void {
  let result = -Errno.EINVAL;
  switch (device.asyncView.getUint32(AsyncRegion.command)) {
    case AsyncCommand.halt:
      result = halt(device);
      break;
    case AsyncCommand.clear:
      result = clear(device);
      break;
    default:
  }
  device.asyncView.setInt32(AsyncRegion.retCode, result);
}

function halt({ host, subchannel }: DeviceState): number {
  subchannel.lock.acquire();
  const code = host.instructions.hsch(subchannel.number);
  subchannel.lock.release();
  return code === 0 ? 0 : code === 1 || code === 2 ? -Errno.EBUSY : -Errno.ENODEV;
}

function clear({ host, subchannel }: DeviceState): number {
  subchannel.lock.acquire();
  const code = host.instructions.csch(subchannel.number);
  subchannel.lock.release();
  // Other than 0 and 3 is no condition code of CLEAR SUBCHANNEL; the driver hands it on as it is.
  return code === 3 ? -Errno.ENODEV : code;
}

/** The interruption's status waits for the worker; one that waits already is overwritten (IRQ-016). */
export function interruption(device: DeviceState): void {
  device.irb.set(device.processorIrb);
  device.host.workqueue.add(device.ioWork);
  if (device.completion !== undefined) device.completion.done = true;
}

/** First open: the subchannel is enabled (FSM-019, FSM-020). */
export function open(device: DeviceState): void {
  const { subchannel } = device;
  subchannel.lock.acquire();
  const result = subchannel.enable(SUBCLASS);
  if (result === 0) device.state = State.idle;
  subchannel.lock.release();
  if (result !== 0) device.raise(Event.notOperational);
}

/** Last close, and the first half of a reset: what runs is ended, the subchannel disabled, the program freed (FSM-021). */
export function close(device: DeviceState): void {
  const { host, program, subchannel } = device;
  const usable = PmcwFlag.deviceNumberValid | PmcwFlag.enabled;
  subchannel.lock.acquire();
  let result = (subchannel.flags & usable) === usable ? subchannel.disable() : -Errno.ENODEV;
  if (result === -Errno.EBUSY) result = quiesce(device);
  if (result === 0) device.state = State.standby;
  subchannel.lock.release();
  if (result !== 0) {
    device.raise(Event.notOperational);
    return;
  }
  switch (host.profile.closeFreesProgram) {
    case 'locked':
      device.ioMutex.acquire();
      program.free();
      device.ioMutex.release();
      break;
    case 'unlocked':
      program.free();
      break;
    case 'never':
      break;
  }
}

/** Ends what runs on the subchannel: section 3.5. Called and left with the lock held. @returns 0 or a negative errno */
function quiesce(device: DeviceState): number {
  const { host, subchannel } = device;
  const { scheduler } = host;
  const tries = { left: CLEAR_TRIES };
  let result: number;
  do {
    result = subchannel.cancelHaltClear(tries);
    if (result === -Errno.EIO) {
      host.log.add(`vfio_ccw: could not quiesce subchannel ${subchannel.name}`);
      return result;
    }
    const completion = { done: false };
    device.completion = completion;
    subchannel.lock.release();
    if (result === -Errno.EBUSY) scheduler.runUntil(() => completion.done, scheduler.now + QUIESCE_WAIT);
    device.completion = undefined;
    host.workqueue.flush();
    subchannel.lock.acquire();
    result = subchannel.disable();
  } while (result === -Errno.EBUSY);
  return result;
}
