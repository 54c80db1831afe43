/**
 * The channel engine of one subchannel: it takes the functions that instructions leave pending (start, resume, halt,
 * clear), executes the channel program at the device, and leaves status pending. SA22-7832 chapter 15.
 *
 * The engine is a state machine on the scheduler. A program whose device takes no time runs in one task; whatever takes
 * time, or waits for the device, leaves the engine in the phase named for what it waits for.
 */

import { CcwFlag, DeviceStatus, OrbBit, PmcwFlag, ScswBit, SubchannelStatus, hex } from '../arch/index.js';
import { CcwFetch } from './ccw-fetch.js';
import { DataTransfer } from './data-transfer.js';
import type { DeviceModel, DeviceOperation, DevicePath } from './device-model.js';
import { DeviceSelection, Selection } from './device-selection.js';
import { chains, immediateIncorrectLength, incorrectLength, isCommandRetry, isUsual } from './ending-status.js';
import type { EngineHost } from './engine-host.js';
import { Phase } from './engine-phase.js';
import { EngineTask } from './engine-task.js';
import { OperationData } from './operation-data.js';
import { Task } from './scheduler.js';
import { StatusPresenter } from './status-presenter.js';
import type { Subchannel } from './subchannel.js';
import { TraceEvent } from './trace.js';

const { channelEnd, deviceEnd, statusModifier, controlUnitEnd } = DeviceStatus;
const { primaryStatus, secondaryStatus } = ScswBit;
const FUNCTION_PENDING = ScswBit.haltPending | ScswBit.clearPending;
const ACTIVE = ScswBit.subchannelActive | ScswBit.deviceActive;
const NO_LONGER_BUSY = deviceEnd | controlUnitEnd;
const INCORRECT_LENGTH = SubchannelStatus.incorrectLength;

/** Commands of one program before other work gets a turn. */
const CCWS_PER_TURN = 1024;
/** Virtual nanoseconds that a turn takes: 10 microseconds a CCW, so that a wait comes to its end beside an endless program. */
const TURN_TIME = CCWS_PER_TURN * 10_000;

/** Executes a subchannel's channel program: one engine a subchannel, used again for every program. */
export class ChannelEngine {
  readonly status: StatusPresenter;

  readonly #ccw: CcwFetch;
  readonly #transfer: DataTransfer;
  readonly #data: OperationData;
  readonly #selection: DeviceSelection;
  readonly #operation: DeviceOperation;
  readonly #task: EngineTask;
  readonly #signalTask: Task;

  #phase: number = Phase.idle;
  /** true while the task is on the stack */
  #running = false;
  /** address of the CCW to fetch next, and whether its command is command-chained */
  #nextAddress = 0;
  #nextChained = false;
  /** address of the first CCW of the operation in progress, where command retry goes back to */
  #operationAddress = 0;
  #retrying = false;
  #retries = 0;
  /** true once the first command was accepted: initial status has been seen */
  #initiated = false;
  #immediate = false;
  /** true while the device expects another command of the chain */
  #chainOpen = false;
  #deviceStatus = 0;
  #subchannelStatus = 0;
  #turn = 0;

  /** @param paths the device's paths, in the order of the subchannel's; at least one */
  constructor(
    readonly subchannel: Subchannel,
    readonly device: DeviceModel,
    paths: readonly DevicePath[],
    readonly host: EngineHost,
  ) {
    this.status = new StatusPresenter(subchannel, device, host);
    this.#ccw = new CcwFetch(host.storage, host.platform);
    this.#transfer = new DataTransfer(host.storage, this.#ccw);
    this.#data = new OperationData(this.#ccw, this.#transfer, subchannel);
    this.#selection = new DeviceSelection(subchannel, device, paths, this.#ccw, host);
    this.#operation = this.#selection.operation;
    this.#task = new EngineTask(host.scheduler, () => {
      this.#run();
    });
    this.#signalTask = new Task('channel signal', () => {
      this.#signal();
    });
  }

  /** The subchannel was made start pending with the channel program at `address`. */
  start(address: number): void {
    this.#phase = Phase.startPending;
    this.#nextAddress = address;
    this.#nextChained = false;
    this.#initiated = false;
    this.#turn = 0;
    this.#task.post();
  }

  /** The subchannel was made resume pending. */
  resumeProgram(): void {
    this.#task.post();
  }

  /** The subchannel was made halt or clear pending. */
  signal(): void {
    this.host.scheduler.post(this.#signalTask);
  }

  /** The function that is pending, or the suspended program, is given up; nothing is presented. */
  cancel(): void {
    this.#phase = Phase.idle;
    this.#task.cancel();
  }

  /** The device was taken away: whatever was in progress is gone. */
  detach(): void {
    this.cancel();
    this.host.scheduler.cancel(this.#signalTask);
  }

  /** A wait without end is over, or a deaf device answers again. */
  deviceReady(): void {
    if ((this.subchannel.control & FUNCTION_PENDING) !== 0) this.host.scheduler.post(this.#signalTask);
    else if (this.#task.parked) this.#task.redrive();
  }

  /**
   * The device presents status by itself.
   * @returns false if it has nothing to do with the function in progress: it is unsolicited
   */
  deviceStatus(status: number, path: DevicePath): boolean {
    switch (this.#phase) {
      case Phase.startPending:
      case Phase.busy:
        if ((status & ~NO_LONGER_BUSY) === 0) this.deviceReady();
        else if ((this.subchannel.control & FUNCTION_PENDING) !== 0) return false;
        else this.#deferred(path, 1, status);
        return true;
      case Phase.chainingDeviceEnd:
      case Phase.finalDeviceEnd:
        if ((status & deviceEnd) === 0) return false;
        this.#deviceStatus |= status;
        this.#task.redrive();
        return true;
      default:
        return false;
    }
  }

  /** The path of mask `mask` is lost: an operation in progress on it ends with an interface-control check. */
  pathLost(mask: number): void {
    if (this.#phase < Phase.accepted || this.#phase > Phase.between || this.#operation.path.mask !== mask) return;
    const bits = this.#phase === Phase.finalDeviceEnd ? secondaryStatus : primaryStatus | secondaryStatus;
    this.#finish(0, SubchannelStatus.interfaceControlCheck, bits);
  }

  #run(): void {
    if (this.#running || (this.subchannel.control & FUNCTION_PENDING) !== 0) return;
    this.#task.parked = false;
    this.#running = true;
    try {
      while (this.#step()) {
        // one phase leads to the next
      }
    } finally {
      this.#running = false;
    }
    if ((this.subchannel.control & FUNCTION_PENDING) !== 0) this.#signal();
  }

  /** @returns true if the next phase can go on at once */
  #step(): boolean {
    if (this.device.deaf === true) return this.#wait(this.#phase, Infinity);
    switch (this.#phase) {
      case Phase.startPending:
        return this.#start();
      case Phase.busy:
        return this.#select();
      case Phase.accepted:
        return this.#perform();
      case Phase.moved:
        return this.#ended(this.#deviceStatus);
      case Phase.chainingDeviceEnd:
        return this.#chainOn(this.#deviceStatus | deviceEnd);
      case Phase.finalDeviceEnd:
        return this.#finish(this.#deviceStatus | deviceEnd, 0, secondaryStatus);
      case Phase.between:
        return this.#next();
      case Phase.suspended:
        return this.#resume();
      default:
        return false;
    }
  }

  /** Goes on in `phase` after `latency` virtual nanoseconds. @returns true for none */
  #wait(phase: number, latency: number): boolean {
    this.#phase = phase;
    if (latency <= 0) return true;
    this.#task.postAfter(latency);
    this.#record(TraceEvent.wait, latency === Infinity ? -1 : latency, 0);
    return false;
  }

  #start(): boolean {
    const { orbControl, flags } = this.subchannel;
    this.#ccw.begin(orbControl);
    this.#transfer.begin(orbControl, this.host.addressLimit, flags & PmcwFlag.limitMode);
    this.#retries = 0;
    return this.#take(!this.#initiated) && this.#select();
  }

  #resume(): boolean {
    const { subchannel } = this;
    if ((subchannel.control & ScswBit.resumePending) === 0) return false;
    subchannel.control = (subchannel.control & ~(ScswBit.resumePending | ScswBit.suspended)) | ScswBit.startPending;
    this.#phase = Phase.startPending;
    this.#nextChained = false;
    return true;
  }

  #next(): boolean {
    if (++this.#turn > CCWS_PER_TURN) {
      this.#turn = 0;
      this.#task.postAfter(TURN_TIME);
      return false;
    }
    if (!this.#take(false)) return false;
    if (this.#selection.lost) return this.#finish(0, SubchannelStatus.interfaceControlCheck);
    this.#selection.offer(this.#nextChained);
    return this.#accept(this.#operation.initialStatus);
  }

  /**
   * Makes the CCW at the next address current, and suspends the program where it says so.
   * @returns false if the program does not go on here
   */
  #take(first: boolean): boolean {
    const { subchannel } = this;
    const ccw = this.#ccw;
    const phase = this.#phase;
    this.host.scheduler.point('channel:ccw');
    if (this.#phase !== phase || (subchannel.control & FUNCTION_PENDING) !== 0) return false;
    let check = ccw.fetch(this.#nextAddress, first);
    if (check === 0) {
      check = ccw.validate(false);
      if (ccw.countLoaded) subchannel.count = ccw.count;
    }
    this.#operationAddress = ccw.ccwAddress;
    if (check !== 0) return this.#finish(0, check);
    return (ccw.flags & CcwFlag.suspend) === 0 || this.#suspend();
  }

  #suspend(): boolean {
    const { subchannel } = this;
    const ccw = this.#ccw;
    this.#endChain();
    this.#phase = Phase.suspended;
    this.#nextAddress = ccw.ccwAddress;
    subchannel.control = (subchannel.control & ~(ACTIVE | ScswBit.startPending)) | ScswBit.suspended;
    const programControlled = (ccw.flags & CcwFlag.programControlledInterruption) !== 0;
    if (programControlled || (subchannel.orbControl & OrbBit.suppressSuspendedInterruption) === 0) {
      this.status.suspended(ccw.ccwAddress, programControlled);
    }
    return false;
  }

  /** Selects the device for the first command of a start or resume function. */
  #select(): boolean {
    const outcome = this.#selection.select(this.subchannel.orbControl >>> 8);
    const { initialStatus, path } = this.#operation;
    if (outcome === Selection.accepted) return this.#accept(initialStatus);
    if (outcome === Selection.busy) return this.#wait(Phase.busy, Infinity);
    return outcome === Selection.refused ? this.#deferred(path, 1, initialStatus) : this.#deferred(path, 3, 0);
  }

  #accept(initial: number): boolean {
    const { subchannel } = this;
    const { path, latency } = this.#operation;
    subchannel.lpum = path.mask;
    this.#chainOpen = false;
    if (initial !== 0 && (initial & channelEnd) === 0) return this.#finish(initial, 0);
    subchannel.control = (subchannel.control & ~ScswBit.startPending) | ACTIVE;
    this.#immediate = initial !== 0;
    const initialStatus =
      !this.#initiated && initial === 0 && (subchannel.orbControl & OrbBit.initialStatusInterruption) !== 0;
    this.#initiated = true;
    const goesOn = this.#wait(Phase.accepted, latency);
    const programControlled = (this.#ccw.flags & CcwFlag.programControlledInterruption) !== 0;
    if (!initialStatus && !programControlled) return goesOn;
    const interrupts = this.status.intermediate(this.#ccw.ccwAddress, programControlled, initialStatus);
    if (!interrupts || !goesOn) return goesOn;
    // Behind the interruption, so that the CPU can take it while the program goes on.
    this.#task.post();
    return false;
  }

  /** Moves the data and asks the device for its ending status. */
  #perform(): boolean {
    const { subchannel, host } = this;
    const ccw = this.#ccw;
    const operation = this.#operation;
    if (this.#immediate) {
      const wrong = immediateIncorrectLength(ccw, subchannel.orbControl, operation.initialStatus, host.platform);
      this.#subchannelStatus = wrong ? INCORRECT_LENGTH : 0;
      return this.#ended(operation.initialStatus);
    }
    const data = this.#data;
    data.move(operation);
    if (data.interruption) this.status.intermediate(ccw.ccwAddress, true, false);
    operation.latency = 0;
    operation.chaining = (ccw.flags & (CcwFlag.chainData | CcwFlag.chainCommand)) === CcwFlag.chainCommand;
    this.device.end(operation, data.transferred);
    if (operation.taken >= 0) data.settle(operation.taken);
    const wrong = incorrectLength(ccw.flags, subchannel.count, data.wanted);
    this.#subchannelStatus = data.check !== 0 ? data.check : wrong ? INCORRECT_LENGTH : 0;
    this.#deviceStatus = operation.endingStatus;
    return this.#wait(Phase.moved, operation.latency);
  }

  #ended(status: number): boolean {
    const operation = this.#operation;
    if (status === 0) throw new Error(`${this.device.name} ended command ${hex(operation.command, 2)} without status`);
    this.#record(TraceEvent.ending, status, this.subchannel.count);
    this.#chainOpen = operation.chaining && isUsual(status);
    const checked = (this.#subchannelStatus & ~INCORRECT_LENGTH) !== 0;
    this.#retrying = !checked && isCommandRetry(status) && this.#retries < this.host.platform.commandRetryLimit;
    const goesOn = this.#retrying || (this.#subchannelStatus === 0 && chains(this.#ccw.flags, status));
    const late = (status & (channelEnd | deviceEnd)) === channelEnd && operation.deviceEndLatency > 0;
    if (!late) {
      const complete = (status & channelEnd) === 0 ? status : status | deviceEnd;
      return goesOn ? this.#chainOn(complete) : this.#finish(complete, this.#subchannelStatus);
    }
    if (goesOn) {
      this.#deviceStatus = status;
      return this.#wait(Phase.chainingDeviceEnd, operation.deviceEndLatency);
    }
    this.#deviceStatus = 0;
    this.#wait(Phase.finalDeviceEnd, operation.deviceEndLatency);
    this.#present(status, this.#subchannelStatus, primaryStatus, ScswBit.deviceActive);
    return false;
  }

  /** The operation has ended with device end, and the program goes on. */
  #chainOn(status: number): boolean {
    this.#phase = Phase.between;
    if (this.#retrying) {
      this.#retrying = false;
      this.#retries++;
      this.#nextAddress = this.#operationAddress;
      this.#nextChained = this.#operation.chained;
      return true;
    }
    if (!isUsual(status)) return this.#finish(status, 0);
    this.#nextAddress = this.#ccw.ccwAddress + ((status & statusModifier) === 0 ? 8 : 16);
    this.#nextChained = true;
    this.#retries = 0;
    return true;
  }

  /** Ends the start function with status about the current CCW. */
  #finish(deviceStatus: number, subchannelStatus: number, bits: number = primaryStatus | secondaryStatus): false {
    this.#endChain();
    this.cancel();
    this.#present(deviceStatus, subchannelStatus, bits, 0);
    return false;
  }

  #present(deviceStatus: number, subchannelStatus: number, bits: number, active: number): void {
    this.status.final(this.#operation.path, this.#ccw.ccwAddress, deviceStatus, subchannelStatus, bits, active);
  }

  #deferred(path: DevicePath, code: 1 | 3, status: number): false {
    this.cancel();
    this.status.deferredCode(path, code, this.#nextAddress, status);
    return false;
  }

  /** Tells a device that expects another command that none will come. */
  #endChain(): void {
    if (!this.#chainOpen) return;
    this.#chainOpen = false;
    this.device.chainEnded?.(this.#operation.path);
  }

  /** Performs a halt or clear function, as far as the device can be signalled. */
  #signal(): void {
    const { control } = this.subchannel;
    if (this.#running || this.device.deaf === true) return;
    if ((control & ScswBit.clearPending) !== 0) this.#clear();
    else if ((control & ScswBit.haltPending) !== 0) this.#halt();
  }

  #clear(): void {
    this.#chainOpen = false;
    this.cancel();
    if (!this.#selection.lost) this.device.selectiveReset(this.#operation.path);
    this.status.cleared();
  }

  #halt(): void {
    const phase = this.#phase;
    this.#task.cancel();
    switch (phase) {
      case Phase.accepted:
        this.#subchannelStatus = incorrectLength(this.#ccw.flags, this.subchannel.count, false) ? INCORRECT_LENGTH : 0;
        break;
      case Phase.moved:
        break;
      case Phase.chainingDeviceEnd:
      case Phase.finalDeviceEnd:
        this.#subchannelStatus = 0;
        break;
      case Phase.between:
        this.#finish(channelEnd | deviceEnd, 0);
        return;
      default:
        this.#haltedAlone();
        return;
    }
    if (this.#selection.lost) this.pathLost(this.#operation.path.mask);
    else this.#haltedOperation(phase, this.device.halt(this.#operation.path));
  }

  #haltedAlone(): void {
    this.cancel();
    this.status.halted();
  }

  /** Presents what the device answered to the halt signal in the middle of an operation. */
  #haltedOperation(phase: number, status: number): void {
    this.#chainOpen = false;
    if (this.host.platform.haltsToStatusAlone) {
      this.status.endOfHalted(this.#ccw.ccwAddress);
      this.#haltedAlone();
    } else if (phase === Phase.finalDeviceEnd) {
      this.#finish((status & ~channelEnd) | deviceEnd, 0, secondaryStatus);
    } else if ((status & (channelEnd | deviceEnd)) === channelEnd && phase !== Phase.chainingDeviceEnd) {
      this.#deviceStatus = 0;
      this.#wait(Phase.finalDeviceEnd, Infinity);
      this.#present(status, this.#subchannelStatus, primaryStatus, ScswBit.deviceActive);
    } else {
      const before = phase === Phase.chainingDeviceEnd ? channelEnd | deviceEnd : 0;
      this.#finish(status | before, this.#subchannelStatus);
    }
  }

  #record(event: number, a: number, b: number): void {
    this.host.trace.record(this.host.scheduler.now, event, this.host.host, this.subchannel.number, a, b);
  }
}
