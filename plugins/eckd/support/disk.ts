/** An open disk on which a case starts channel programs, and looks at how they ended. */

import {
  AsyncCommand,
  BUFFER_FILL,
  decodeIrb,
  DeviceStatus,
  hex,
  IoRegion,
  IRB_BASE_LENGTH,
  IrbOffset,
  ScswBit,
  startAndTake,
  startProgram,
  takeIrb,
  viewOf,
  writeAsyncCommand,
  type AssembledProgram,
  type CaseContext,
  type Expect,
  type IrbExpectation,
  type VfioOpenOptions,
  type VfioPort,
} from 'ccwspec/plugin';
import type { Reason } from './conditions.js';
import { assemble, ccwAt, type Part, type PartsOptions } from './parts.js';

/** Milliseconds in which a program that was accepted ends. */
export const LIMIT = 10_000;
/** Milliseconds after which nothing comes that has not come yet. */
export const SILENCE = 100;

const { channelEnd, deviceEnd, unitCheck } = DeviceStatus;
const { alertStatus, primaryStatus, secondaryStatus, statusPending } = ScswBit;

/** What a case asks of a program: its CCWs, or the whole. */
export type Program = readonly Part[] | AssembledProgram;

/** A program that has ended. */
export class Outcome {
  readonly #ordinal: number;

  constructor(
    readonly disk: Disk,
    readonly program: AssembledProgram,
    /** the IRB, of two that came apart the first with the status of both */
    readonly irb: Uint8Array,
  ) {
    this.#ordinal = disk.programs;
  }

  /** residual count of the CCW that the CCW address follows */
  get residual(): number {
    return decodeIrb(this.irb).scsw.count;
  }

  /** sense bytes of a unit check */
  get sense(): Uint8Array {
    return decodeIrb(this.irb).ecw;
  }

  /**
   * `length` bytes of the buffer `name`.
   * @throws RangeError when the disk has been given another program since: its data may lie in the same storage
   */
  bytes(name: string, length: number, offset = 0): Promise<Uint8Array> {
    if (this.#ordinal !== this.disk.programs) {
      throw new RangeError(`the buffers of program '${this.program.name}' are looked at after another program`);
    }
    const at = this.program.labels.get(name);
    if (at === undefined) throw new RangeError(`program '${this.program.name}' has no buffer '${name}'`);
    return this.disk.stored(at + offset, length);
  }

  /** Checks that nothing was stored in the buffer `name` from `offset` on. */
  async untouched(name: string, length: number, offset = 0): Promise<void> {
    const bytes = await this.bytes(name, length, offset);
    const expected = new Uint8Array(length).fill(BUFFER_FILL);
    this.disk.expect.bytes(bytes, expected, `storage of '${name}' that ${this.program.name} leaves alone`);
  }
}

export class Disk {
  /** programs started so far */
  programs = 0;

  constructor(
    readonly expect: Expect,
    readonly vfio: VfioPort,
  ) {}

  static async open(context: CaseContext, options?: VfioOpenOptions): Promise<Disk> {
    return new Disk(context.expect, await context.openVfio(options));
  }

  /** Starts a program, which the driver must accept. */
  async start(name: string, program: Program, options?: PartsOptions): Promise<AssembledProgram> {
    const assembled = this.#assembled(name, program, options);
    this.#accepted(name, await startProgram(this.vfio, assembled));
    return assembled;
  }

  /** Waits for the end of a program that was started. Channel end and device end may come apart. */
  async end(program: AssembledProgram): Promise<Outcome> {
    return this.#ended(program, await this.status(program.name));
  }

  async #ended(program: AssembledProgram, irb: Uint8Array): Promise<Outcome> {
    const view = viewOf(irb);
    const isPrimaryOnly = (view.getUint32(0) & (primaryStatus | secondaryStatus)) === primaryStatus;
    if (isPrimaryOnly && (view.getUint8(8) & (unitCheck | deviceEnd)) === 0) {
      const later = viewOf(await this.status(`the device end of ${program.name}`));
      view.setUint32(0, (view.getUint32(0) | (later.getUint32(0) & 0x1f)) >>> 0);
      view.setUint8(8, view.getUint8(8) | later.getUint8(8));
      view.setUint8(9, view.getUint8(9) | later.getUint8(9));
      for (let at: number = IrbOffset.erw; at < IRB_BASE_LENGTH; at++) irb[at] = (irb[at] ?? 0) | later.getUint8(at);
    }
    return new Outcome(this, program, irb);
  }

  /** Runs a program, whatever comes of it. */
  async run(name: string, program: Program, options?: PartsOptions): Promise<Outcome> {
    const assembled = this.#assembled(name, program, options);
    const { written, irb } = await startAndTake(this.vfio, assembled, LIMIT);
    this.#accepted(name, written);
    return this.#ended(assembled, irb ?? this.#none(assembled.name));
  }

  /** Runs a program whose ending must be as `expected`. */
  async ends(name: string, program: Program, expected: IrbExpectation, options?: PartsOptions): Promise<Outcome> {
    const outcome = await this.run(name, program, options);
    this.expect.irb(outcome.irb, expected, `the IRB of ${name}`, outcome.program);
    return outcome;
  }

  /** Runs a program of parts that must end normally with its last CCW. */
  async succeeds(name: string, parts: readonly Part[], options?: PartsOptions): Promise<Outcome> {
    return this.ends(name, parts, { ...NORMAL_END, ccwAddress: ccwAt(parts.length, options) }, options);
  }

  /** Runs a program of parts that must end with unit check at CCW `index`, for `reason`. */
  async fails(
    name: string,
    parts: readonly Part[],
    index: number,
    reason: Reason,
    options?: PartsOptions,
  ): Promise<Outcome> {
    const expected: IrbExpectation = {
      statusControlIncludes: alertStatus | primaryStatus | statusPending,
      deviceStatusIncludes: unitCheck,
      ccwAddress: ccwAt(index + 1, options),
      sense: reason.sense,
    };
    const outcome = await this.run(name, parts, options);
    this.expect.irb(outcome.irb, expected, `the IRB of ${name} (${reason.words})`, outcome.program);
    return outcome;
  }

  /** The next IRB; the case fails if none comes. */
  async status(of: string): Promise<Uint8Array> {
    return (await takeIrb(this.vfio, LIMIT)) ?? this.#none(of);
  }

  #none(of: string): never {
    return this.expect.fail(`expected an interruption of ${of}; none came within ${LIMIT} ms`);
  }

  #assembled(name: string, program: Program, options?: PartsOptions): AssembledProgram {
    return 'memory' in program ? program : assemble(name, program, options);
  }

  /** A program was started: the driver must have accepted it. */
  #accepted(name: string, written: number): void {
    this.programs++;
    this.expect.result(written, IoRegion.length, `the write that starts ${name}`);
  }

  /** Checks that no interruption comes. */
  async silent(what: string): Promise<void> {
    this.expect.equal(await takeIrb(this.vfio, SILENCE), undefined, `the interruption that ${what} must not give`);
  }

  /** Takes interruptions until none comes any more. @returns their IRBs */
  async drain(): Promise<Uint8Array[]> {
    const irbs: Uint8Array[] = [];
    for (let irb = await takeIrb(this.vfio, SILENCE); irb !== undefined; irb = await takeIrb(this.vfio, SILENCE)) {
      irbs.push(irb);
    }
    return irbs;
  }

  /** Ends what is in progress with CLEAR SUBCHANNEL, and takes its interruption. */
  async clear(): Promise<Uint8Array> {
    this.expect.result(await writeAsyncCommand(this.vfio, AsyncCommand.clear), 8, 'the write of a clear command');
    return this.status('CLEAR SUBCHANNEL');
  }

  /** Ends what is in progress with HALT SUBCHANNEL, and takes its interruption. */
  async halt(): Promise<Uint8Array> {
    this.expect.result(await writeAsyncCommand(this.vfio, AsyncCommand.halt), 8, 'the write of a halt command');
    return this.status('HALT SUBCHANNEL');
  }

  /** `length` bytes of guest memory at `at`. */
  async stored(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await this.vfio.memory.read(at, bytes);
    return bytes;
  }
}

/** Channel end and device end, and nothing else to say. */
export const NORMAL_END: IrbExpectation = {
  activityControl: 0,
  statusControl: primaryStatus | secondaryStatus | statusPending,
  deviceStatus: channelEnd | deviceEnd,
  subchannelStatus: 0,
};

/** A record of no data: unit exception. */
export const END_OF_FILE: IrbExpectation = {
  statusControlIncludes: alertStatus | primaryStatus | statusPending,
  deviceStatus: channelEnd | deviceEnd | DeviceStatus.unitException,
};

/** Number with leading zeros, for names. */
export const code = (value: number): string => hex(value, 2).toUpperCase();
