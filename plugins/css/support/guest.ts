/** A guest with the device's subchannel enabled, as a case uses it. */

import {
  enableSubchannel,
  GUEST_SCRATCH,
  IRB_BASE_LENGTH,
  startInGuest,
  storeSchib,
  takeStatusInGuest,
  type AssembledProgram,
  type CaseContext,
  type ChannelOptions,
  type ChannelPort,
  type Expect,
  type InstructionOutcome,
  type IrbExpectation,
  type Schib,
  type SubchannelSettings,
} from 'ccwspec/plugin';
import { noOperations } from './programs.js';

/** Milliseconds in which a device answers, and after which nothing more is taken to come. */
export const LIMIT = 5_000;
export const SILENCE = 20;
/** Milliseconds in which what was started is over, where nothing tells its end. */
export const PAUSE = 50;

/** Storage for operands, apart from GUEST_SCRATCH and from what programs use. */
export const OPERAND = 0x4000;
/** What storage is filled with before it is looked at. */
export const FILL = 0xa5;

export class Guest {
  private constructor(
    readonly expect: Expect,
    readonly channel: ChannelPort,
    /** subsystem-identification word of the device's subchannel */
    readonly schid: number,
  ) {}

  /** A guest around the device; its subchannel is not enabled. */
  static async open(context: CaseContext, options?: ChannelOptions): Promise<Guest> {
    return Guest.around(context.expect, await context.openChannel(options));
  }

  /** The same for a channel port that the case opened otherwise. */
  static async around(expect: Expect, channel: ChannelPort): Promise<Guest> {
    const [schid] = await channel.subchannels();
    if (schid === undefined) expect.fail('the guest has no subchannel');
    return new Guest(expect, channel, schid);
  }

  /** A guest with the subchannel enabled. */
  static async enabled(context: CaseContext, options?: ChannelOptions, settings?: SubchannelSettings): Promise<Guest> {
    const guest = await Guest.open(context, options);
    await guest.enable(settings);
    return guest;
  }

  async enable(settings?: SubchannelSettings): Promise<void> {
    const outcome = await enableSubchannel(this.channel, this.schid, settings);
    this.expect.outcome(outcome, 0, 'MODIFY SUBCHANNEL that enables the subchannel');
  }

  start(program: AssembledProgram): Promise<InstructionOutcome> {
    return startInGuest(this.channel, this.schid, program);
  }

  /** Starts a program that must be accepted. */
  async started(program: AssembledProgram): Promise<void> {
    this.expect.outcome(await this.start(program), 0, `START SUBCHANNEL of ${program.name}`);
  }

  /** Waits for status and tests it. */
  async status(of: string): Promise<Uint8Array> {
    const irb = await takeStatusInGuest(this.channel, this.schid, LIMIT);
    return irb ?? this.expect.fail(`expected status of ${of}; no interruption came within ${LIMIT} ms`);
  }

  /** Starts a program and checks the status that it ends with. @returns the IRB */
  async runs(program: AssembledProgram, expected: IrbExpectation): Promise<Uint8Array> {
    await this.started(program);
    const irb = await this.status(program.name);
    this.expect.irb(irb, expected, `the IRB of ${program.name}`, program);
    return irb;
  }

  /** Runs a no-operation and leaves its status pending. */
  async endedUntested(): Promise<void> {
    await this.started(noOperations());
    await this.interrupted('the no-operation');
  }

  /** Waits until an interruption is pending and leaves it so. */
  async interrupted(by: string): Promise<void> {
    this.expect.isTrue(await this.channel.waitInterruption(LIMIT), `an I/O interruption is pending after ${by}`);
  }

  /** Checks that no interruption comes. */
  async silent(after: string): Promise<void> {
    this.expect.equal(
      await this.channel.waitInterruption(SILENCE),
      false,
      `whether an I/O interruption follows ${after}`,
    );
  }

  /** Takes every status that comes, until nothing comes any more. */
  async drained(): Promise<void> {
    while ((await takeStatusInGuest(this.channel, this.schid, PAUSE)) !== undefined) {
      // what it says does not matter
    }
  }

  async schib(): Promise<Schib> {
    const schib = await storeSchib(this.channel, this.schid);
    return schib ?? this.expect.fail('expected STORE SUBCHANNEL to store the SCHIB; it did not');
  }

  /** SCSW word 0 as STORE SUBCHANNEL shows it. */
  async control(): Promise<number> {
    return (await this.schib()).scsw.control;
  }

  /** TEST SUBCHANNEL into scratch storage. @returns its outcome and what stands there then */
  async test(): Promise<{ outcome: InstructionOutcome; irb: Uint8Array }> {
    const outcome = await this.channel.tsch(this.schid, GUEST_SCRATCH.irb);
    return { outcome, irb: await this.stored(GUEST_SCRATCH.irb, IRB_BASE_LENGTH) };
  }

  /** Fills `length` bytes of storage at `address`. */
  fill(address: number, length: number): Promise<void> {
    return this.channel.storage.write(address, new Uint8Array(length).fill(FILL));
  }

  async stored(address: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await this.channel.storage.read(address, bytes);
    return bytes;
  }

  /** Checks that `length` bytes at `address` are as `fill` left them. */
  async untouched(address: number, length: number, what: string): Promise<void> {
    this.expect.bytes(await this.stored(address, length), new Uint8Array(length).fill(FILL), what);
  }
}
