/** A guest with the device's subchannel enabled, as the cases that halt and clear by instructions use it. */

import {
  enableSubchannel,
  GUEST_SCRATCH,
  startInGuest,
  storeSchib,
  takeStatusInGuest,
  type AssembledProgram,
  type CaseContext,
  type ChannelPort,
  type Expect,
  type IrbExpectation,
} from 'ccwspec/plugin';
import { LIMIT, NORMAL, SILENCE } from './device.js';
import { noOperations } from './programs.js';

export class Guest {
  private constructor(
    readonly expect: Expect,
    readonly channel: ChannelPort,
    /** subsystem-identification word of the device's subchannel */
    readonly schid: number,
  ) {}

  static async open(context: CaseContext): Promise<Guest> {
    const expect: Expect = context.expect;
    const channel = await context.openChannel();
    const [schid] = await channel.subchannels();
    if (schid === undefined) expect.fail('the guest has no subchannel');
    expect.outcome(await enableSubchannel(channel, schid), 0, 'MODIFY SUBCHANNEL that enables the subchannel');
    return new Guest(expect, channel, schid);
  }

  async started(program: AssembledProgram): Promise<void> {
    this.expect.outcome(
      await startInGuest(this.channel, this.schid, program),
      0,
      `START SUBCHANNEL of ${program.name}`,
    );
  }

  /** HALT SUBCHANNEL, which must give `code`. */
  async halts(code: 0 | 1 | 2 | 3 = 0, when = ''): Promise<void> {
    this.expect.outcome(await this.channel.hsch(this.schid), code, `HALT SUBCHANNEL ${when}`.trimEnd());
  }

  /** CLEAR SUBCHANNEL, which must give condition code 0. */
  async clears(): Promise<void> {
    this.expect.outcome(await this.channel.csch(this.schid), 0, 'CLEAR SUBCHANNEL');
  }

  /** Waits until an interruption is pending, and leaves it so. */
  async interrupted(by: string): Promise<void> {
    this.expect.isTrue(await this.channel.waitInterruption(LIMIT), `an I/O interruption is pending after ${by}`);
  }

  /** Waits for status, tests it and checks its IRB. */
  async shows(expected: IrbExpectation, what: string, program?: AssembledProgram): Promise<Uint8Array> {
    const irb =
      (await takeStatusInGuest(this.channel, this.schid, LIMIT)) ?? this.expect.fail(`no interruption of ${what} came`);
    this.expect.irb(irb, expected, `the IRB of ${what}`, program);
    return irb;
  }

  async silent(when: string): Promise<void> {
    this.expect.equal(
      await this.channel.waitInterruption(SILENCE),
      false,
      `whether an interruption is pending ${when}`,
    );
  }

  /** SCSW word 0 as STORE SUBCHANNEL shows it. */
  async control(): Promise<number> {
    const schib = await storeSchib(this.channel, this.schid);
    return schib?.scsw.control ?? this.expect.fail('STORE SUBCHANNEL did not store the SCHIB');
  }

  /** TEST PENDING INTERRUPTION: takes an interruption whose status is not to be tested. */
  async takesInterruption(): Promise<void> {
    this.expect.outcome(await this.channel.tpi(GUEST_SCRATCH.interruptionCode), 1, 'TEST PENDING INTERRUPTION');
  }

  /** Checks that nothing more comes, and that a new program is executed. */
  async runsNext(): Promise<void> {
    await this.silent('after the last status was tested');
    const next = noOperations(2);
    await this.started(next);
    await this.shows({ ...NORMAL, ccwAddress: 0x1010 }, 'the next program', next);
  }
}
