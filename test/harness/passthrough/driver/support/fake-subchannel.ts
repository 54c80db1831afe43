/** A subchannel that does nothing by itself: the test says how its instructions end and what status it presents. */

import { IrbOffset, PmcwFlag, SchibOffset, ScswBit, viewOf } from '../../../../../src/harness/arch/index.js';
import type { HostInstructions } from '../../../../../src/harness/machine/host-instructions.js';

/** What `present` stores in the IRB; a field left out is zero. */
export interface Status {
  readonly control: number;
  readonly ccwAddress?: number;
  readonly deviceStatus?: number;
  readonly subchannelStatus?: number;
  readonly count?: number;
}

export class FakeSubchannel implements HostInstructions {
  readonly schib = new Uint8Array(52);
  readonly view = viewOf(this.schib);
  operational = true;
  /** a function is in progress: MSCH and SSCH end with cc 2 */
  busy = false;
  /** whether XSCH ends what is in progress; if not it is too late for it (cc 2) */
  cancels = false;
  /** whether HSCH and CSCH are answered with an interruption */
  answersHalt = true;
  answersClear = true;
  /** HSCH is accepted though a halt is pending */
  haltsAgain = false;
  /** program check of every MSCH that asks for concurrent sense */
  refusesConcurrentSense = false;
  readonly orbs: Uint8Array[] = [];
  readonly calls: string[] = [];
  readonly reports: number[] = [];
  /** condition codes that the next instructions of a name end with, whatever the state */
  readonly outcomes = new Map<string, number[]>();
  onInterruption: (subchannel: number) => void = () => undefined;
  onChannelReport: () => void = () => undefined;
  #pending: Uint8Array | undefined;

  constructor() {
    this.view.setUint16(SchibOffset.flags, PmcwFlag.deviceNumberValid);
    this.view.setUint16(SchibOffset.deviceNumber, 0x0190);
    this.view.setUint8(SchibOffset.pim, 0xc0);
    this.view.setUint8(SchibOffset.pam, 0xc0);
    this.view.setUint8(SchibOffset.pom, 0xff);
    this.schib.set([0x10, 0x11], SchibOffset.chpid);
  }

  get enabled(): boolean {
    return (this.view.getUint16(SchibOffset.flags) & PmcwFlag.enabled) !== 0;
  }

  get statusPending(): boolean {
    return this.#pending !== undefined;
  }

  /** Makes `status` pending, with an interruption. Final status ends what is in progress. */
  present(status: Status): void {
    const irb = new Uint8Array(64);
    const view = viewOf(irb);
    view.setUint32(IrbOffset.scsw, status.control);
    view.setUint32(IrbOffset.scsw + 4, status.ccwAddress ?? 0);
    view.setUint8(IrbOffset.scsw + 8, status.deviceStatus ?? 0);
    view.setUint8(IrbOffset.scsw + 9, status.subchannelStatus ?? 0);
    view.setUint16(IrbOffset.scsw + 10, status.count ?? 0);
    view.setUint32(IrbOffset.esw, 0x0080_0000);
    if ((status.control & (ScswBit.subchannelActive | ScswBit.deviceActive)) === 0) this.busy = false;
    this.#pending = irb;
    this.onInterruption(0);
  }

  ssch(_: number, orb: Uint8Array): number {
    return this.#end('ssch', () => {
      if (!this.enabled) return 3;
      if (this.#pending !== undefined) return 1;
      if (this.busy) return 2;
      this.orbs.push(orb.slice());
      this.busy = true;
      this.#activity(ScswBit.startFunction | ScswBit.startPending);
      return 0;
    });
  }

  hsch(): number {
    return this.#end('hsch', () => {
      if (!this.enabled) return 3;
      if (this.#pending !== undefined) return 1;
      const activity = this.view.getUint32(SchibOffset.scsw);
      if ((activity & (ScswBit.haltPending | ScswBit.clearPending)) !== 0 && !this.haltsAgain) return 2;
      this.#activity(ScswBit.haltFunction | ScswBit.haltPending);
      if (this.answersHalt) this.present({ control: ScswBit.haltFunction | ScswBit.statusPending });
      return 0;
    });
  }

  csch(): number {
    return this.#end('csch', () => {
      if (!this.enabled) return 3;
      this.#pending = undefined;
      this.#activity(ScswBit.clearFunction | ScswBit.clearPending);
      if (this.answersClear) this.present({ control: ScswBit.clearFunction | ScswBit.statusPending });
      return 0;
    });
  }

  xsch(): number {
    return this.#end('xsch', () => {
      if (!this.enabled) return 3;
      if (this.#pending !== undefined) return 1;
      if (!this.cancels) return 2;
      this.busy = false;
      this.#activity(0);
      return 0;
    });
  }

  rsch(): number {
    return this.#end('rsch', () => 2);
  }

  tsch(_: number, irb: Uint8Array): number {
    return this.#end('tsch', () => {
      const pending = this.#pending;
      if (pending === undefined) return 1;
      irb.set(pending);
      this.#pending = undefined;
      this.#activity(viewOf(pending).getUint32(0) & (ScswBit.subchannelActive | ScswBit.deviceActive));
      return 0;
    });
  }

  stsch(_: number, schib: Uint8Array): number {
    if (!this.operational) return 3;
    schib.set(this.schib);
    return 0;
  }

  msch(_: number, schib: Uint8Array): number {
    return this.#end('msch', () => {
      if (this.#pending !== undefined) return 1;
      if (this.busy) return 2;
      if (this.refusesConcurrentSense && (schib[27]! & 1) !== 0) return -1;
      this.schib.set(schib.subarray(0, 28));
      return 0;
    });
  }

  stcrw(): number {
    return this.reports.shift() ?? 0;
  }

  #activity(bits: number): void {
    this.view.setUint32(SchibOffset.scsw, bits);
  }

  #end(name: string, run: () => number): number {
    const code = this.outcomes.get(name)?.shift() ?? (this.operational ? run() : 3);
    this.calls.push(`${name} ${code}`);
    return code;
  }
}
