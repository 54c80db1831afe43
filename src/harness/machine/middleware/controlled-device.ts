/**
 * A device whose answers a case can hold back: wraps any device model, and passes on everything that is not held. It serves
 * the controls of DeviceTiming and DeviceStatusControl.
 */

import { CommonCommand, DeviceStatus } from '../../arch/index.js';
import {
  Transfer,
  type DeviceModel,
  type DeviceNotifier,
  type DeviceOperation,
  type DevicePath,
} from '../device-model.js';

const { channelEnd, deviceEnd } = DeviceStatus;

/** Where the next program of a host is held. */
interface Hold {
  readonly ordinal: number;
  readonly host: number;
  /** false holds the command before anything of it is done; true presents its channel end and holds device end */
  readonly beforeDeviceEnd: boolean;
  /** commands accepted of the program; -1 until it begins */
  seen: number;
}

interface AttachedPath {
  readonly path: DevicePath;
  readonly notifier: DeviceNotifier;
}

/** A device around another, which can hold a command, stop answering, and present status of its own. */
export class ControlledDevice implements DeviceModel {
  /** True while the device answers nothing at all. */
  deaf = false;
  /** commands accepted since the device was made, or since it was set to 0 */
  commandsSeen = 0;

  readonly #paths: AttachedPath[] = [];
  #armed: Hold | undefined;
  /** the operation in progress is to be held before device end */
  #holdsDeviceEnd = false;
  /** path on which device end is owed */
  #owedPath: DevicePath | undefined;
  #injectedSense: Uint8Array | undefined;
  #injectedPath: DevicePath | undefined;
  /** a Basic Sense for injected sense bytes is in progress */
  #sensing = false;

  constructor(readonly device: DeviceModel) {}

  get name(): string {
    return this.device.name;
  }

  /**
   * Holds the next program of `host` at its `ordinal`th command (from 1): the device accepts it and does nothing more until
   * `release`, halt or clear.
   */
  holdAtCommand(ordinal: number, host = 0): void {
    this.#armed = { ordinal, host, beforeDeviceEnd: false, seen: -1 };
  }

  /** The `ordinal`th command of the next program of `host` ends with channel end at once, and with device end on `release`. */
  holdBeforeDeviceEnd(ordinal: number, host = 0): void {
    this.#armed = { ordinal, host, beforeDeviceEnd: true, seen: -1 };
  }

  /** The device answers no signal any more until `release`. */
  goDeaf(): void {
    this.deaf = true;
  }

  /** Lets everything that is held go on, and disarms holds that have not been reached. */
  release(): void {
    this.deaf = false;
    this.#armed = undefined;
    this.#holdsDeviceEnd = false;
    const owed = this.#owedPath;
    this.#owedPath = undefined;
    for (const { path, notifier } of [...this.#paths]) {
      if (path === owed) notifier.unsolicited(deviceEnd);
      else notifier.resume();
    }
  }

  /**
   * Presents `status` (DeviceStatus bits) on the first path of `host`, as unsolicited status.
   * @param sense sense bytes that go with unit check; without them the device's own
   */
  present(status: number, sense?: Uint8Array, host = 0): void {
    const attached = this.#paths.find(({ path }) => path.host === host);
    if (attached === undefined) return;
    this.#injectedSense = sense;
    this.#injectedPath = sense === undefined ? undefined : attached.path;
    attached.notifier.unsolicited(status);
  }

  attach(path: DevicePath, notifier: DeviceNotifier): void {
    this.#paths.push({ path, notifier });
    this.device.attach(path, notifier);
  }

  detach(path: DevicePath): void {
    const index = this.#paths.findIndex((attached) => attached.path === path);
    if (index >= 0) this.#paths.splice(index, 1);
    this.#forget(path);
    this.device.detach(path);
  }

  select(operation: DeviceOperation): void {
    this.#sensing = operation.path.host === this.#injectedPath?.host && operation.command === CommonCommand.basicSense;
    if (this.#sensing) this.#offerSense(operation);
    else this.device.select(operation);
    const initial = operation.initialStatus;
    if (initial !== 0 && (initial & channelEnd) === 0) return;
    this.commandsSeen++;
    if (!this.#sensing && operation.command !== CommonCommand.noOperation) this.#dropSense(operation.path);
    const hold = this.#armed;
    if (hold?.host !== operation.path.host) return;
    if (!operation.chained) hold.seen = 0;
    if (hold.seen < 0 || ++hold.seen !== hold.ordinal) return;
    this.#armed = undefined;
    if (!hold.beforeDeviceEnd) {
      operation.latency = Infinity;
      return;
    }
    this.#holdsDeviceEnd = true;
    if (initial !== 0) operation.initialStatus = this.#withoutDeviceEnd(operation, initial);
  }

  end(operation: DeviceOperation, transferred: number): void {
    if (this.#sensing) {
      this.#sensing = false;
      this.#dropSense(operation.path);
      operation.endingStatus = channelEnd | deviceEnd;
    } else this.device.end(operation, transferred);
    if (this.#holdsDeviceEnd) operation.endingStatus = this.#withoutDeviceEnd(operation, operation.endingStatus);
  }

  halt(path: DevicePath): number {
    this.#forget(path);
    return this.device.halt(path);
  }

  selectiveReset(path: DevicePath): void {
    this.#forget(path);
    this.#dropSense(path);
    this.device.selectiveReset(path);
  }

  systemReset(path: DevicePath): void {
    this.#forget(path);
    this.#dropSense(path);
    this.device.systemReset(path);
  }

  takeSense(path: DevicePath, into: Uint8Array): number {
    const sense = this.#injectedSense;
    if (sense === undefined || this.#injectedPath?.host !== path.host) return this.device.takeSense(path, into);
    this.#dropSense(path);
    const length = Math.min(sense.length, into.length);
    into.set(sense.subarray(0, length));
    return length;
  }

  chainEnded(path: DevicePath): void {
    this.device.chainEnded?.(path);
  }

  close(): void {
    this.device.close?.();
  }

  #offerSense(operation: DeviceOperation): void {
    const sense = this.#injectedSense;
    if (sense === undefined) return;
    operation.transfer = Transfer.input;
    operation.length = sense.length;
    operation.data = sense;
  }

  #withoutDeviceEnd(operation: DeviceOperation, status: number): number {
    this.#holdsDeviceEnd = false;
    if ((status & deviceEnd) === 0) return status;
    this.#owedPath = operation.path;
    operation.deviceEndLatency = Infinity;
    return status & ~deviceEnd;
  }

  /** What was held back on `path` is void: the operation was halted or reset, or the path is gone. */
  #forget(path: DevicePath): void {
    if (this.#owedPath === path) this.#owedPath = undefined;
    this.#holdsDeviceEnd = false;
  }

  /** Sense bytes go with the first command other than no-operation that is accepted after them, or with a reset. */
  #dropSense(path: DevicePath): void {
    if (this.#injectedPath?.host !== path.host) return;
    this.#injectedSense = undefined;
    this.#injectedPath = undefined;
  }
}
