/** A device that does what the test says, and writes down what was asked of it. */

import { DeviceStatus, isInputCommand } from '../../../src/harness/arch/index.js';
import {
  Transfer,
  type DeviceModel,
  type DeviceNotifier,
  type DeviceOperation,
  type DevicePath,
} from '../../../src/harness/machine/index.js';

const NORMAL = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;

/** What the device answers to one selection. */
export interface Answer {
  /** initial status; 0, the default, accepts the command */
  readonly initial?: number;
  /** bytes of an input operation */
  readonly input?: Uint8Array;
  /** bytes that an output operation takes at the most */
  readonly output?: number;
  readonly taken?: number;
  /** ending status, default channel end and device end */
  readonly ending?: number;
  /** virtual nanoseconds before the data, before the ending status, and between channel end and device end */
  readonly dataLatency?: number;
  readonly latency?: number;
  readonly deviceEndLatency?: number;
  readonly overrun?: boolean;
}

/** One selection as the device saw it. */
export interface Selected {
  readonly command: number;
  readonly chained: boolean;
  readonly mask: number;
  readonly host: number;
  /** output: the bytes that came; input: none */
  data: number[];
  /** bytes moved, -1 until the operation ended */
  transferred: number;
}

/** Sense ID as a device gives it: 12 bytes. */
export const SENSE_ID = Uint8Array.of(0xff, 0x39, 0x90, 0xc2, 0x33, 0x90, 0x02, 0, 0x40, 0xfa, 0x01, 0);

export class ScriptedDevice implements DeviceModel {
  readonly name = 'scripted device';
  deaf = false;
  /** answers to the next selections, in order; afterwards `usual` answers */
  script: Answer[] = [];
  /** answer once the script is over, instead of the usual ones */
  fallback: Answer | undefined;
  /** sense bytes of the next takeSense */
  sense = new Uint8Array(32).fill(0x5e);
  /** answer to a halt signal */
  haltStatus = NORMAL;
  readonly selected: Selected[] = [];
  /** signals in order: `halt 80`, `selective reset 80`, `system reset 80`, `chain ended 80`, `sense 80` */
  readonly signals: string[] = [];
  readonly notifiers = new Map<string, DeviceNotifier>();

  #answer: Answer = {};

  attach(path: DevicePath, notifier: DeviceNotifier): void {
    this.notifiers.set(`${path.host}:${path.mask.toString(16)}`, notifier);
  }

  detach(path: DevicePath): void {
    this.notifiers.delete(`${path.host}:${path.mask.toString(16)}`);
    this.signals.push(`detach ${path.mask.toString(16)}`);
  }

  /** The notifier of the path of mask `mask` at host `host`. */
  notifier(mask = 0x80, host = 0): DeviceNotifier {
    const notifier = this.notifiers.get(`${host}:${mask.toString(16)}`);
    if (notifier === undefined) throw new Error(`no path ${mask.toString(16)} at host ${host}`);
    return notifier;
  }

  select(operation: DeviceOperation): void {
    const { command, chained, path } = operation;
    const answer = this.script.shift() ?? this.fallback ?? usual(command);
    this.#answer = answer;
    this.selected.push({ command, chained, mask: path.mask, host: path.host, data: [], transferred: -1 });
    operation.initialStatus = answer.initial ?? 0;
    operation.latency = answer.dataLatency ?? 0;
    operation.deviceEndLatency = answer.deviceEndLatency ?? 0;
    operation.overrun = answer.overrun ?? false;
    if (answer.input !== undefined) {
      operation.transfer = Transfer.input;
      operation.data = answer.input;
      operation.length = answer.input.length;
    } else if (answer.output !== undefined) {
      operation.transfer = Transfer.output;
      operation.length = answer.output;
    }
  }

  end(operation: DeviceOperation, transferred: number): void {
    const last = this.selected.at(-1);
    if (last !== undefined) {
      last.transferred = transferred;
      if (operation.transfer === Transfer.output) last.data = [...operation.data.subarray(0, transferred)];
    }
    operation.endingStatus = this.#answer.ending ?? NORMAL;
    operation.latency = this.#answer.latency ?? 0;
    operation.taken = this.#answer.taken ?? -1;
  }

  halt(path: DevicePath): number {
    this.signals.push(`halt ${path.mask.toString(16)}`);
    return this.haltStatus;
  }

  selectiveReset(path: DevicePath): void {
    this.signals.push(`selective reset ${path.mask.toString(16)}`);
  }

  systemReset(path: DevicePath): void {
    this.signals.push(`system reset ${path.mask.toString(16)}`);
  }

  chainEnded(path: DevicePath): void {
    this.signals.push(`chain ended ${path.mask.toString(16)}`);
  }

  takeSense(path: DevicePath, into: Uint8Array): number {
    this.signals.push(`sense ${path.mask.toString(16)}`);
    into.set(this.sense.subarray(0, into.length));
    return Math.min(this.sense.length, into.length);
  }
}

/** No-operation is immediate; Sense ID gives its 12 bytes; other input 64 bytes 00-3F; output takes 64 bytes. */
function usual(command: number): Answer {
  if (command === 0x03) return { initial: NORMAL };
  if (command === 0xe4) return { input: SENSE_ID };
  if (isInputCommand(command)) return { input: Uint8Array.from({ length: 64 }, (_, index) => index) };
  return { output: 64 };
}
