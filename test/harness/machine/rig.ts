/** A machine with one subchannel and a scripted device, and the few moves that every test makes. */

import {
  CCW_LENGTH,
  CcwFlag,
  IRB_BASE_LENGTH,
  OrbBit,
  PmcwCharacteristic,
  PmcwFlag,
  SCHIB_LENGTH,
  SchibOffset,
  decodeIrb,
  decodeSchib,
  encodeCcw,
  encodeOrb,
  makeOrb,
  viewOf,
  type CcwFormat,
  type Irb,
  type OrbRequest,
  type Schib,
} from '../../../src/harness/arch/index.js';
import {
  Machine,
  Task,
  type ChannelSubsystem,
  type DeviceModel,
  type MachineOptions,
} from '../../../src/harness/machine/index.js';
import { ScriptedDevice } from './scripted-device.js';

/** Where programs and data of the tests lie. */
export const PROGRAM = 0x1_0000;
export const DATA = 0x2_0000;
export const NUMBER = 5;

/** A CCW as tests write it. */
export type CcwText = readonly [command: number, flags: string, count: number, address?: number];

const flagLetters: Readonly<Record<string, number>> = {
  CD: CcwFlag.chainData,
  CC: CcwFlag.chainCommand,
  SLI: CcwFlag.suppressLengthIndication,
  SKIP: CcwFlag.skip,
  PCI: CcwFlag.programControlledInterruption,
  IDA: CcwFlag.indirectDataAddress,
  S: CcwFlag.suspend,
  MIDA: CcwFlag.modifiedIndirectDataAddress,
};

/** Flag byte of `CC SLI` and the like. */
export function flagsOf(text: string): number {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .reduce((flags, word) => flags | (flagLetters[word] ?? NaN), 0);
}

export interface RigOptions extends MachineOptions {
  readonly paths?: readonly number[];
  readonly concurrentSense?: boolean;
  readonly enabled?: boolean;
}

export class Rig<D extends DeviceModel = ScriptedDevice> {
  readonly machine: Machine;
  readonly css: ChannelSubsystem;
  /** subchannel numbers in the order of onInterruption */
  readonly interruptions: number[] = [];

  constructor(
    readonly device: D,
    options: RigOptions = {},
  ) {
    this.machine = new Machine({ lowBytes: 1 << 20, highBytes: 1 << 20, ...options });
    this.css = this.machine.css;
    this.css.onInterruption = (subchannel) => this.interruptions.push(subchannel);
    this.css.addSubchannel({ number: NUMBER, deviceNumber: 0x0ab8, device, paths: options.paths ?? [0x10] });
    if (options.enabled !== false) this.modify({ concurrentSense: options.concurrentSense ?? true });
  }

  get storage(): Uint8Array {
    return this.machine.storage.low;
  }

  /** Enables the subchannel; other PMCW fields as given. */
  modify(fields: { concurrentSense?: boolean; lpm?: number; flags?: number } = {}): number {
    const bytes = new Uint8Array(SCHIB_LENGTH);
    this.css.stsch(NUMBER, bytes);
    const view = viewOf(bytes);
    view.setUint16(SchibOffset.flags, fields.flags ?? PmcwFlag.enabled | PmcwFlag.deviceNumberValid);
    if (fields.lpm !== undefined) view.setUint8(SchibOffset.lpm, fields.lpm);
    view.setUint32(
      SchibOffset.characteristics,
      fields.concurrentSense === true ? PmcwCharacteristic.concurrentSense : 0,
    );
    return this.css.msch(NUMBER, bytes);
  }

  /** Stores CCWs one after another at `at`. */
  program(ccws: readonly CcwText[], at = PROGRAM, format: CcwFormat = 1): void {
    const view = this.machine.storage.lowView;
    ccws.forEach(([command, flags, count, address = 0], index) => {
      encodeCcw(view, at + index * CCW_LENGTH, { command, flags: flagsOf(flags), count, address }, format);
    });
  }

  /** START SUBCHANNEL without letting anything run. @returns the condition code */
  ssch(request: Partial<OrbRequest> = {}): number {
    const orb = new Uint8Array(32);
    encodeOrb(
      viewOf(orb),
      0,
      makeOrb({ interruptionParameter: 0x1234_5678, channelProgramAddress: PROGRAM, ...request }),
    );
    return this.css.ssch(NUMBER, orb);
  }

  /** Everything that can run at the present time. */
  drain(): void {
    this.machine.scheduler.drain();
  }

  /** Moves virtual time forward. */
  advance(nanoseconds: number): void {
    this.machine.scheduler.runTo(this.machine.scheduler.now + nanoseconds);
  }

  /** A task for Scheduler.interrupt. */
  interruptionTask(run: () => void): Task {
    return new Task('interruption', run);
  }

  /** TEST SUBCHANNEL. */
  tsch(): { code: number; irb: Irb } {
    const bytes = new Uint8Array(IRB_BASE_LENGTH);
    const code = this.css.tsch(NUMBER, bytes);
    return { code, irb: decodeIrb(bytes) };
  }

  stsch(): Schib {
    const bytes = new Uint8Array(SCHIB_LENGTH);
    this.css.stsch(NUMBER, bytes);
    return decodeSchib(bytes);
  }

  /** Stores, starts, runs and tests a program of format 1 (or as `request` says). */
  run(ccws: readonly CcwText[], request: Partial<OrbRequest> = {}): Irb {
    this.program(ccws, request.channelProgramAddress ?? PROGRAM, request.format ?? 1);
    const code = this.ssch(request);
    if (code !== 0) throw new Error(`START SUBCHANNEL: condition code ${code}`);
    this.drain();
    return this.tsch().irb;
  }

  /** Bytes of storage. */
  bytes(at: number, length: number): number[] {
    return [...this.storage.subarray(at, at + length)];
  }
}

/** A rig with a scripted device. */
export function rigWith(options: RigOptions = {}): Rig {
  return new Rig(new ScriptedDevice(), options);
}

/** Word 0 of an SCSW as hex digits, and the rest, in the way that listings of real machines print it. */
export function scswText(irb: Irb): string {
  const { control, ccwAddress, deviceStatus, subchannelStatus, count } = irb.scsw;
  const word2 = ((deviceStatus << 24) | (subchannelStatus << 16) | count) >>> 0;
  return [control, ccwAddress, word2].map((word) => word.toString(16).padStart(8, '0')).join(' ');
}

/** Bits 16-31 of SCSW word 0: functions, activity, status. */
export function conditions(irb: Irb): string {
  return (irb.scsw.control & 0xffff).toString(16).padStart(4, '0');
}

export { OrbBit };
