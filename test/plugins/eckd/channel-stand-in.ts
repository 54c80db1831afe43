/** A channel as small as can be: it runs a list of commands on a device and shows what came of them. */

import {
  type DeviceModel,
  DeviceOperation,
  type DeviceNotifier,
  type DevicePath,
  DeviceStatus,
  fromHex,
  Transfer,
} from '../../../src/plugins/index.js';

export interface TestCommand {
  readonly code: number;
  /** bytes, or hex digits, for the device */
  readonly data?: Uint8Array | string;
  /** CCW count; default: the length of `data`, or 65535 to read with */
  readonly count?: number;
  /** runs as if the flag were on: the data area is chained */
  readonly dataChaining?: boolean;
  /** after this command (and after a search that was not satisfied), goes on with the command so many places back */
  readonly loop?: number;
}

export interface Outcome {
  /** device status of the last command */
  readonly status: number;
  /** place of the last command in the list */
  readonly at: number;
  readonly residual: number;
  /** sense data, if the status has unit check */
  readonly sense: Uint8Array;
  /** what each command gave, in the order of execution, empty if nothing */
  readonly received: readonly Uint8Array[];
  /** commands executed */
  readonly executed: number;
  readonly initial: boolean;
}

const ENDED = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;
const LONGEST_RUN = 10_000;

export class ChannelStandIn implements DeviceNotifier {
  readonly path: DevicePath;
  /** unsolicited status so far */
  readonly unsolicitedStatus: number[] = [];
  /** without concurrent sense, the program itself must ask for sense data */
  concurrentSense = true;
  readonly #operation: DeviceOperation;

  constructor(
    readonly device: DeviceModel,
    host = 0,
    pathNumber = 0,
  ) {
    this.path = { host, chpid: 0x10 * host + pathNumber, mask: 0x80 >>> pathNumber };
    this.#operation = new DeviceOperation(this.path);
    device.attach(this.path, this);
  }

  unsolicited(status: number): void {
    this.unsolicitedStatus.push(status);
  }

  resume(): void {
    // no operation of this device waits
  }

  /** Runs `commands`, all but the last command-chained. */
  run(...commands: readonly TestCommand[]): Outcome {
    const received: Uint8Array[] = [];
    let at = 0;
    for (let executed = 1; executed < LONGEST_RUN; executed++) {
      const command = commands[at]!;
      const isLast = at === commands.length - 1 && command.loop === undefined;
      const { status, residual, given, initial } = this.one(command, executed > 1, !isLast);
      received.push(given);
      const goesOn = !isLast && (status & ENDED) === ENDED && (status & ~(ENDED | DeviceStatus.statusModifier)) === 0;
      if (!goesOn) {
        const sense = new Uint8Array(32);
        if ((status & DeviceStatus.unitCheck) !== 0 && this.concurrentSense) this.device.takeSense(this.path, sense);
        return { status, at, residual, sense, received, executed, initial };
      }
      if ((status & DeviceStatus.statusModifier) !== 0) at += 1 + (command.loop === undefined ? 1 : 0);
      else at = command.loop === undefined ? at + 1 : at - command.loop;
    }
    throw new Error('the program does not end');
  }

  /** Runs one command of a program. */
  one(command: TestCommand, chained: boolean, chaining: boolean) {
    const operation = this.#operation;
    const data = typeof command.data === 'string' ? fromHex(command.data) : (command.data ?? new Uint8Array(0));
    const count = command.count ?? (command.data === undefined ? 65535 : data.length);
    operation.command = command.code;
    operation.chained = chained;
    operation.chaining = chaining;
    operation.dataChaining = command.dataChaining === true;
    operation.initialStatus = 0;
    operation.endingStatus = 0;
    operation.taken = -1;
    operation.transfer = Transfer.none;
    operation.length = 0;
    this.device.select(operation);
    if (operation.initialStatus !== 0) {
      return { status: operation.initialStatus, residual: count, given: new Uint8Array(0), initial: true };
    }
    let moved = Math.min(count, operation.length);
    let given = new Uint8Array(0);
    if (operation.transfer === Transfer.input) {
      given = operation.data.slice(operation.dataOffset, operation.dataOffset + moved);
      if (given.length !== moved) throw new Error(`the device announces ${moved} bytes and has ${given.length}`);
    } else if (operation.transfer === Transfer.output) {
      for (let n = 0; n < moved; n++) operation.data[operation.dataOffset + n] = data[n] ?? 0;
    } else {
      moved = 0;
    }
    this.device.end(operation, moved);
    const used = operation.taken >= 0 ? Math.min(operation.taken, moved) : moved;
    return { status: operation.endingStatus, residual: count - used, given, initial: false };
  }
}
