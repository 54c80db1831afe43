/** An open device on which a case starts channel programs. */

import {
  AsyncCommand,
  AsyncRegion,
  describeResult,
  IoRegion,
  OrbBit,
  ProgramBuilder,
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
  type OrbRequest,
  type VfioOpenOptions,
  type VfioPort,
} from 'ccwspec/plugin';

/** Milliseconds in which a program that was accepted must end. */
export const LIMIT = 5_000;
/** Milliseconds after which nothing more is taken to come. */
export const SILENCE = 20;
/** Milliseconds in which what was started is over, where nothing tells its end. */
export const PAUSE = 50;
/** A page of its own for the data of small programs. */
export const DATA = 0x2_0000;
/** Word 1 of the ORB apart from format, prefetch, key and path mask. */
export type OrbFields = Partial<Omit<OrbRequest, 'format'>>;

const ACTIVE = ScswBit.subchannelActive | ScswBit.deviceActive;

export class Started {
  private constructor(
    readonly expect: Expect,
    readonly vfio: VfioPort,
  ) {}

  static async open(context: CaseContext, options?: VfioOpenOptions): Promise<Started> {
    return new Started(context.expect, await context.openVfio(options));
  }

  /** The write that starts a program: its result, whatever it is. */
  start(program: AssembledProgram): Promise<number> {
    return startProgram(this.vfio, program);
  }

  /** Waits until nothing interrupts any more: whatever was started is over, and whatever it ended with was taken. */
  async isOver(what: string): Promise<void> {
    for (let left = 10; left > 0; left--) if ((await this.vfio.waitIrq(0, PAUSE)) === 0) return;
    this.expect.fail(`expected ${what} to come to an end; it goes on interrupting`);
  }

  /** Starts a program that the driver must accept. */
  async accepts(program: AssembledProgram): Promise<void> {
    this.expect.result(await startProgram(this.vfio, program), IoRegion.length, `write that starts ${program.name}`);
  }

  /** Starts a program that the driver must refuse, without an interruption. */
  async refuses(program: AssembledProgram, errno: string | readonly string[]): Promise<void> {
    this.expect.result(await startProgram(this.vfio, program), errno, `write that starts ${program.name}`);
    await this.isQuiet(`after ${program.name} was refused`);
  }

  /** No interruption comes for a while. */
  async isQuiet(when: string): Promise<void> {
    this.expect.equal(await this.vfio.waitIrq(0, SILENCE), 0, `signals of the I/O eventfd ${when}`);
  }

  /** Starts a program that must stay pending: it suspends silently, and a second START finds the driver busy. */
  async staysPending(program: AssembledProgram): Promise<void> {
    await this.accepts(program);
    await this.isQuiet(`while ${program.name} is suspended`);
  }

  /** Clears the subchannel, and waits for the interruption that ends whatever was running. */
  async clears(): Promise<Uint8Array> {
    const written = await writeAsyncCommand(this.vfio, AsyncCommand.clear);
    this.expect.result(written, AsyncRegion.length, 'write of CLEAR SUBCHANNEL');
    return this.lastIrb('the clear function');
  }

  /** The next IRB; the case fails if none comes. */
  async irb(of: string): Promise<Uint8Array> {
    return (await takeIrb(this.vfio, LIMIT)) ?? this.#none(of);
  }

  #none(of: string): never {
    return this.expect.fail(`expected an interruption of ${of}; none came within ${LIMIT} ms`);
  }

  /**
   * The IRB that ends a program: the first after which neither subchannel nor device is active.
   * @param first one that was taken already
   */
  async lastIrb(of: string, first?: Uint8Array): Promise<Uint8Array> {
    for (let irb = first ?? (await this.irb(of)); ; irb = await this.irb(of)) {
      if ((viewOf(irb).getUint32(0) & ACTIVE) === 0) return irb;
    }
  }

  /** Starts a program, waits for its end and checks it. @returns the last IRB */
  async runs(program: AssembledProgram, expected: IrbExpectation): Promise<Uint8Array> {
    const { written, irb: first } = await startAndTake(this.vfio, program, LIMIT);
    this.expect.result(written, IoRegion.length, `write that starts ${program.name}`);
    const irb = await this.lastIrb(program.name, first ?? this.#none(program.name));
    this.expect.irb(irb, expected, `IRB of ${program.name}`, program);
    return irb;
  }

  /** Runs a program that must end normally behind its CCW at `last`. */
  async succeeds(program: AssembledProgram, last: number): Promise<Uint8Array> {
    return this.runs(program, { ...NORMAL_END, ccwAddress: last + 8 });
  }

  /** `length` bytes of guest memory. */
  async stored(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await this.vfio.memory.read(at, bytes);
    return bytes;
  }

  /** Fills guest memory. */
  async fill(at: number, length: number, value: number): Promise<void> {
    await this.vfio.memory.write(at, new Uint8Array(length).fill(value));
  }

  /** Maps more guest memory; a refusal fails the case. */
  async map(iova: number, length: number, access: 'read-write' | 'read' | 'write' = 'read-write'): Promise<void> {
    const result = await this.vfio.mapDma(iova, length, access);
    if (result !== 0)
      this.expect.fail(`mapping ${length} bytes at ${iova.toString(16)} gave ${describeResult(result)}`);
  }
}

/** Channel end and device end without any check: what the driver's part decides of a normal end on every device. */
export const NORMAL_END: IrbExpectation = {
  functionControl: ScswBit.startFunction,
  activityControl: 0,
  statusControl: ScswBit.primaryStatus | ScswBit.secondaryStatus | ScswBit.statusPending,
  deviceStatus: 0x0c,
  subchannelStatus: 0,
};

/** `count` no-operations, chained, from `at` on. */
export function noOperations(count: number, at = 0x1000, orb: OrbFields = {}): AssembledProgram {
  const builder = new ProgramBuilder({ name: `${count} no-operations`, at, chain: true, orb });
  for (let ccw = 0; ccw < count; ccw++) builder.ccw('no-operation', { flags: ['sli'], count: 1, address: DATA });
  return builder.build();
}

/** Sense ID into `length` bytes named `id`. */
export function senseId(length = 8, orb: OrbFields = {}, place = DATA): AssembledProgram {
  return new ProgramBuilder({ name: `sense id of ${length} bytes`, orb })
    .ccw('sense-id', { flags: ['sli'], buffer: { length, name: 'id' }, place })
    .build();
}

/** A program that suspends silently before its only CCW, and so stays pending on every platform until it is ended. */
export function suspended(address = DATA, command = 0x03): AssembledProgram {
  const control = OrbBit.format2Idaw | OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption;
  return new ProgramBuilder({ name: 'suspended program', orb: { control } })
    .ccw(command, { flags: ['sli', 's'], count: 1, address })
    .build();
}
