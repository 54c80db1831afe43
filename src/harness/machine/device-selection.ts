/** Selecting the device on one of the subchannel's paths: SA22-7832 chapter 15, "Path Management Operations". */

import { CcwFlag, DeviceStatus, ScswBit } from '../arch/index.js';
import type { CcwFetch } from './ccw-fetch.js';
import { DeviceOperation, type DeviceModel, type DevicePath } from './device-model.js';
import type { EngineHost } from './engine-host.js';
import type { Subchannel } from './subchannel.js';
import { TraceEvent } from './trace.js';

/** What came of a selection. */
export const Selection = {
  /** the device takes the command, or refuses it with status that is about the command */
  accepted: 0,
  /** the device, or the control unit on every path, is busy */
  busy: 1,
  /** the device had status pending that is not about the command */
  refused: 2,
  /** no path answers */
  notOperational: 3,
} as const;

const { busy, statusModifier, channelEnd, unitCheck, unitException } = DeviceStatus;
const CONTROL_UNIT_BUSY = statusModifier | busy;
const ABOUT_COMMAND = channelEnd | unitCheck | unitException;

/** Holds output data between the move and the device's `end`, which follow each other without a break. */
const outputBuffer = new Uint8Array(0x1_0000);

/** Finds the path on which the device takes a command. */
export class DeviceSelection {
  /** the operation in progress; its path is the one selected last */
  readonly operation: DeviceOperation;

  /** @param paths the device's paths, in the order of the subchannel's; at least one */
  constructor(
    readonly subchannel: Subchannel,
    readonly device: DeviceModel,
    readonly paths: readonly DevicePath[],
    readonly ccw: CcwFetch,
    readonly host: EngineHost,
  ) {
    const [path] = paths;
    if (path === undefined) throw new RangeError(`subchannel ${subchannel.number} needs a channel path`);
    this.operation = new DeviceOperation(path);
  }

  /** True if the path in use does not answer any more. */
  get lost(): boolean {
    return this.#isBroken(this.operation.path);
  }

  /**
   * Offers the current CCW's command on the first path of `mask` that answers: paths of the path-operational mask first.
   * A path that does not answer becomes not operational (POM, PNOM, N). @returns a Selection
   */
  select(mask: number): number {
    const { subchannel, paths } = this;
    const operational = subchannel.pom;
    let outcome: number = Selection.notOperational;
    for (let pass = 0; pass < 2; pass++) {
      const candidates = mask & subchannel.pam & (pass === 0 ? operational : ~operational);
      for (const path of paths) {
        if ((candidates & path.mask) === 0) continue;
        if (this.#isBroken(path)) {
          subchannel.pnom |= path.mask;
          subchannel.pom &= ~path.mask;
          subchannel.control |= ScswBit.pathNotOperational;
          continue;
        }
        subchannel.pnom &= ~path.mask;
        subchannel.pom |= path.mask;
        this.operation.path = path;
        this.offer(false);
        const { initialStatus } = this.operation;
        if (initialStatus !== CONTROL_UNIT_BUSY) return outcomeOf(initialStatus);
        outcome = Selection.busy;
      }
    }
    return outcome;
  }

  /** Offers the current CCW's command on the path in use. */
  offer(chained: boolean): void {
    const { operation, host } = this;
    const { command, flags } = this.ccw;
    operation.command = command;
    operation.chained = chained;
    operation.chaining = (flags & CcwFlag.chainCommand) !== 0;
    operation.dataChaining = (flags & CcwFlag.chainData) !== 0;
    operation.initialStatus = 0;
    operation.transfer = 0;
    operation.length = 0;
    operation.data = outputBuffer;
    operation.dataOffset = 0;
    operation.overrun = false;
    operation.endingStatus = 0;
    operation.taken = -1;
    operation.latency = 0;
    operation.deviceEndLatency = 0;
    this.device.select(operation);
    const { mask } = operation.path;
    host.trace.record(host.scheduler.now, TraceEvent.command, host.host, this.subchannel.number, command, mask);
  }

  #isBroken(path: DevicePath): boolean {
    return this.subchannel.paths[Math.clz32(path.mask) - 24]?.broken === true;
  }
}

function outcomeOf(initialStatus: number): number {
  if (initialStatus === 0) return Selection.accepted;
  if (initialStatus === busy) return Selection.busy;
  const aboutCommand = (initialStatus & ABOUT_COMMAND) !== 0 && (initialStatus & busy) === 0;
  return aboutCommand ? Selection.accepted : Selection.refused;
}
