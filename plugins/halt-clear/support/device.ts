/** The open device, as the cases that halt and clear through its asynchronous command region use it. */

import {
  AsyncCommand,
  CcwIrq,
  DeviceStatus,
  ScswBit,
  startProgram,
  takeIrb,
  writeAsyncCommand,
  type AssembledProgram,
  type CaseContext,
  type Expect,
  type IrbExpectation,
  type VfioPort,
} from 'ccwspec/plugin';
import { noOperations } from './programs.js';

/** Milliseconds in which a device answers, and in which nothing more is taken to come. */
export const LIMIT = 5_000;
export const SILENCE = 20;

const { channelEnd, deviceEnd } = DeviceStatus;
const { startFunction, haltFunction, clearFunction, primaryStatus, secondaryStatus, statusPending } = ScswBit;

/** What a program ends with that met nothing unusual. */
export const NORMAL: IrbExpectation = {
  functionControl: startFunction,
  activityControl: 0,
  statusControl: primaryStatus | secondaryStatus | statusPending,
  deviceStatus: channelEnd | deviceEnd,
  subchannelStatus: 0,
};

/** What a clear function ends with, whatever it ended (eckd table "clear"): these fields hold on every platform. */
export const CLEARED: IrbExpectation = {
  functionControl: clearFunction,
  activityControl: 0,
  statusControl: statusPending,
  deviceStatus: 0,
  subchannelStatus: 0,
};

/** Halt function on, whatever else the platform shows of the function that was halted. */
export const HALT_FUNCTION: IrbExpectation = { control: haltFunction, controlMask: haltFunction };
/** A halt function that found nothing at the device to end. */
export const NOTHING_ENDED: IrbExpectation = { ...HALT_FUNCTION, statusControl: statusPending };
/** A halt function that ended a program at the device: what every platform shows of it. */
export const ENDED: IrbExpectation = {
  functionControl: startFunction | haltFunction,
  activityControl: 0,
  statusControlIncludes: statusPending,
};

export class Device {
  private constructor(
    readonly vfio: VfioPort,
    readonly expect: Expect,
  ) {}

  static async open(context: CaseContext): Promise<Device> {
    return new Device(await context.openVfio(), context.expect);
  }

  /** Writes the START request. @returns 124 or a negative errno */
  start(program: AssembledProgram): Promise<number> {
    return startProgram(this.vfio, program);
  }

  /** Starts a program that must be accepted. */
  async started(program: AssembledProgram): Promise<void> {
    this.expect.result(await this.start(program), 124, `START of ${program.name}`);
  }

  /** Checks that a START is refused with EBUSY. */
  async busy(when: string): Promise<void> {
    this.expect.result(await this.start(noOperations()), 'EBUSY', `START ${when}`);
  }

  /** Writes the halt command, which must give `result`. */
  async halts(result: number | string = 8, when = ''): Promise<void> {
    this.expect.result(await writeAsyncCommand(this.vfio, AsyncCommand.halt), result, `HALT ${when}`.trimEnd());
  }

  /** Writes the clear command, which must give `result`. */
  async clears(result: number | string = 8, when = ''): Promise<void> {
    this.expect.result(await writeAsyncCommand(this.vfio, AsyncCommand.clear), result, `CLEAR ${when}`.trimEnd());
  }

  /** Waits for one interruption, and checks its IRB. @returns the IRB */
  async shows(expected: IrbExpectation, what: string, program?: AssembledProgram): Promise<Uint8Array> {
    const irb =
      (await takeIrb(this.vfio, LIMIT)) ??
      this.expect.fail(`expected the interruption of ${what}; none came within ${LIMIT} ms`);
    this.expect.irb(irb, expected, `the IRB of ${what}`, program);
    return irb;
  }

  /** Checks that no interruption comes. */
  async silent(when: string): Promise<void> {
    this.expect.equal(await this.vfio.waitIrq(CcwIrq.io, SILENCE), 0, `signals of the I/O eventfd ${when}`);
  }

  /** Checks that nothing more comes of what was ended, and that the device takes a new program and executes it. */
  async runsNext(): Promise<void> {
    await this.silent('after the last interruption');
    const next = noOperations(2);
    await this.started(next);
    await this.shows({ ...NORMAL, ccwAddress: 0x1010 }, 'the next program', next);
  }
}

/** Kilobytes of the process that are locked for the device; skips the case where the kernel does not show them. */
export async function lockedKilobytes(context: CaseContext): Promise<number> {
  const status = await context.system.readAttribute('/proc/self/status');
  const [, kilobytes] = (typeof status === 'string' ? /^VmLck:\s+(\d+) kB/m.exec(status) : null) ?? [];
  return kilobytes === undefined ? context.skip('the kernel does not show locked memory') : Number(kilobytes);
}
