/**
 * The state of one subchannel: path-management-control word, subchannel-status word, the ORB in force and the pending
 * interruption. SA22-7832 chapter 15, "Subchannel-Information Block", and chapter 16, "Interruption-Response Block".
 */

import {
  ECW_LENGTH,
  ErwBit,
  IRB_BASE_LENGTH,
  IrbOffset,
  PmcwCharacteristic,
  PmcwFlag,
  SCHIB_LENGTH,
  SchibOffset,
  ScswBit,
  ScswMask,
} from '../arch/index.js';
import type { ChannelPath } from './channel-path.js';
import type { DevicePath } from './device-model.js';
import { storeHalfword, storeWord } from './words.js';

/** ORB bits that the SCSW repeats, in the same places: key, S, F, P, I, A, U. */
const ORB_IN_SCSW = 0xf8f8_0000;

/** Bits of SCSW word 0 that are reset together with status, whatever the status was. */
const STATUS_BITS =
  ScswMask.statusControl |
  ScswBit.pathNotOperational |
  ScswBit.extendedControl |
  ScswBit.zeroConditionCode |
  ScswBit.deferredConditionCode;
const FUNCTIONS_AND_PENDING =
  ScswMask.functionControl |
  ScswBit.resumePending |
  ScswBit.startPending |
  ScswBit.haltPending |
  ScswBit.clearPending |
  ScswBit.suspended;

/** PMCW flags (bytes 4-5) that MODIFY SUBCHANNEL places. */
const MODIFIABLE_FLAGS =
  PmcwFlag.interruptionSubclass |
  PmcwFlag.enabled |
  PmcwFlag.limitMode |
  PmcwFlag.measurementMode |
  PmcwFlag.multipathMode;
const MODIFIABLE_CHARACTERISTICS =
  PmcwCharacteristic.measurementBlockFormat |
  PmcwCharacteristic.extendedMeasurement |
  PmcwCharacteristic.concurrentSense;

/** A final status that is not pending yet; see StatusPresenter.final for its fields. */
export interface FinalStatus {
  readonly path: DevicePath;
  readonly ccw: number;
  readonly deviceStatus: number;
  readonly subchannelStatus: number;
  readonly bits: number;
  readonly active: number;
}

/** One subchannel. */
export class Subchannel {
  /** PMCW bytes 4-5, see PmcwFlag */
  flags: number = PmcwFlag.deviceNumberValid;
  /** PMCW bytes 24-27, see PmcwCharacteristic */
  characteristics = 0;
  interruptionParameter = 0;
  lpm: number;
  pnom = 0;
  lpum = 0;
  /** path-installed mask */
  readonly pim: number;
  pom = 0xff;
  measurementBlockIndex = 0;
  measurementBlockHigh = 0;
  measurementBlockLow = 0;

  /** SCSW word 0 as a signed 32-bit number, see ScswBit */
  control = 0;
  ccwAddress = 0;
  deviceStatus = 0;
  subchannelStatus = 0;
  /** The count register: loaded from each CCW as it is checked, counted down as data move, never reset. */
  count = 0;
  /** extended-report word of the pending status */
  erw = 0;
  /** extended-control word; the first `senseCount` bytes hold sense bytes */
  readonly ecw = new Uint8Array(ECW_LENGTH);
  senseCount = 0;

  /** word 1 of the ORB in force */
  orbControl = 0;
  /** true from the moment that status is made pending until an interruption is taken or the status is cleared */
  interruptionPending = false;
  /** status that the device keeps until the subchannel can take it, and the path that it came on */
  heldStatus = 0;
  heldPath: DevicePath | undefined;

  /** Final status that waits for intermediate status to be cleared first, on platforms that do not merge the two. */
  deferred: FinalStatus | undefined;

  /** @param paths the installed paths, path 0 (mask 80) first; at most 8 */
  constructor(
    readonly number: number,
    readonly deviceNumber: number,
    readonly paths: readonly ChannelPath[],
  ) {
    this.pim = (0xff00 >> paths.length) & 0xff;
    this.lpm = this.pim;
  }

  /** False after the device was taken away (PMCW.V). */
  get valid(): boolean {
    return (this.flags & PmcwFlag.deviceNumberValid) !== 0;
  }

  /** True if the subchannel can be used by the instructions that need it operational: valid and enabled. */
  get operational(): boolean {
    const needed = PmcwFlag.deviceNumberValid | PmcwFlag.enabled;
    return (this.flags & needed) === needed;
  }

  /** Path-available mask. */
  get pam(): number {
    let mask = 0;
    for (let index = 0; index < this.paths.length; index++) {
      if (this.paths[index]?.configured === true) mask |= 0x80 >> index;
    }
    return mask;
  }

  get interruptionSubclass(): number {
    return (this.flags & PmcwFlag.interruptionSubclass) >> 11;
  }

  get concurrentSense(): boolean {
    return (this.characteristics & PmcwCharacteristic.concurrentSense) !== 0;
  }

  get statusPending(): boolean {
    return (this.control & ScswBit.statusPending) !== 0;
  }

  /** SCSW word 2: device status, subchannel status, count. */
  get word2(): number {
    return (this.deviceStatus << 24) | (this.subchannelStatus << 16) | this.count;
  }

  /** Begins a start function with an ORB's words 0 and 1. The count register keeps what it has. */
  beginStart(interruptionParameter: number, orbControl: number): void {
    this.interruptionParameter = interruptionParameter;
    this.orbControl = orbControl;
    this.control = (orbControl & ORB_IN_SCSW) | ScswBit.startFunction | ScswBit.startPending;
    this.clearStatusFields();
  }

  /** Zeroes device status, subchannel status and the sense bytes kept for the IRB. */
  clearStatusFields(): void {
    this.deviceStatus = 0;
    this.subchannelStatus = 0;
    this.erw = 0;
    this.senseCount = 0;
  }

  /** Takes over sense bytes that stand in `ecw`: sets E and the extended-report word. */
  announceSense(count: number): void {
    if (count === 0) return;
    this.senseCount = count;
    this.erw = ErwBit.concurrentSense | (count << 16);
    this.control |= ScswBit.extendedControl;
  }

  /** Stores the first 64 bytes of the interruption-response block. */
  storeIrb(irb: Uint8Array): void {
    irb.fill(0, 0, IRB_BASE_LENGTH);
    this.#storeScsw(irb, IrbOffset.scsw);
    irb[IrbOffset.esw + 1] = this.lpum;
    if (this.erw !== 0) storeWord(irb, IrbOffset.erw, this.erw);
    for (let index = 0; index < this.senseCount; index++) irb[IrbOffset.ecw + index] = this.ecw[index] ?? 0;
  }

  /**
   * What TEST SUBCHANNEL clears after it has stored the IRB, by the kind of status: intermediate status of a function that
   * goes on leaves function and activity control as they are; everything else ends the function.
   */
  clearAfterTest(): void {
    const { control } = this;
    const ended = (control & (ScswBit.primaryStatus | ScswBit.secondaryStatus)) !== 0;
    const halted = (control & ScswBit.haltFunction) !== 0 && (control & ScswBit.haltPending) === 0;
    const suspended = (control & ScswBit.suspended) !== 0;
    const intermediateOnly =
      (control & (ScswBit.intermediateStatus | ScswBit.alertStatus)) === ScswBit.intermediateStatus;
    const goesOn = !ended && (suspended ? !halted : intermediateOnly);
    this.control = control & ~(goesOn ? STATUS_BITS : STATUS_BITS | FUNCTIONS_AND_PENDING);
    this.interruptionPending = false;
    this.clearStatusFields();
  }

  /** Stores the 52 bytes of the subchannel-information block; without a device, only zeros and the characteristics' type. */
  storeSchib(schib: Uint8Array): void {
    schib.fill(0, 0, SCHIB_LENGTH);
    if (!this.valid) return;
    storeWord(schib, SchibOffset.interruptionParameter, this.interruptionParameter);
    storeHalfword(schib, SchibOffset.flags, this.flags);
    storeHalfword(schib, SchibOffset.deviceNumber, this.deviceNumber);
    schib[SchibOffset.lpm] = this.lpm;
    schib[SchibOffset.pnom] = this.pnom;
    schib[SchibOffset.lpum] = this.lpum;
    schib[SchibOffset.pim] = this.pim;
    storeHalfword(schib, SchibOffset.measurementBlockIndex, this.measurementBlockIndex);
    schib[SchibOffset.pom] = this.pom;
    schib[SchibOffset.pam] = this.pam;
    for (let index = 0; index < this.paths.length; index++) {
      schib[SchibOffset.chpid + index] = this.paths[index]?.chpid ?? 0;
    }
    storeWord(schib, SchibOffset.characteristics, this.characteristics);
    this.#storeScsw(schib, SchibOffset.scsw);
    storeWord(schib, SchibOffset.measurementBlockAddress, this.measurementBlockHigh);
    storeWord(schib, SchibOffset.measurementBlockAddress + 4, this.measurementBlockLow);
  }

  /** Places what MODIFY SUBCHANNEL may change of `schib`; everything else in it is ignored. */
  modify(schib: DataView): void {
    this.interruptionParameter = schib.getUint32(SchibOffset.interruptionParameter);
    this.flags = (this.flags & ~MODIFIABLE_FLAGS) | (schib.getUint16(SchibOffset.flags) & MODIFIABLE_FLAGS);
    this.lpm = schib.getUint8(SchibOffset.lpm);
    this.pom = schib.getUint8(SchibOffset.pom);
    this.measurementBlockIndex = schib.getUint16(SchibOffset.measurementBlockIndex);
    this.characteristics = schib.getUint32(SchibOffset.characteristics) & MODIFIABLE_CHARACTERISTICS;
    this.measurementBlockHigh = schib.getUint32(SchibOffset.measurementBlockAddress);
    this.measurementBlockLow = schib.getUint32(SchibOffset.measurementBlockAddress + 4);
  }

  #storeScsw(into: Uint8Array, at: number): void {
    storeWord(into, at, this.control);
    storeWord(into, at + 4, this.ccwAddress);
    storeWord(into, at + 8, this.word2);
  }
}
