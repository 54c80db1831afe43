/**
 * A subchannel of the guest: its SCHIB as QEMU keeps it, and what each instruction answers and changes there. What stands
 * behind it is a subclass's business. SA22-7832 chapter 14; the condition codes are those of QEMU 7.2's css_do_* functions.
 */

import {
  IRB_BASE_LENGTH,
  IrbOffset,
  ORB_LENGTH,
  PmcwCharacteristic,
  PmcwFlag,
  SCHIB_LENGTH,
  SchibOffset,
  ScswBit,
  ScswMask,
  SCSW_LENGTH,
  viewOf,
} from '../arch/index.js';
import type { ChannelMonitoring } from './measurement.js';
import { copyWords } from './words.js';

export type ConditionCode = 0 | 1 | 2 | 3;

/** Where a subchannel stands in the guest's channel subsystem. */
export interface SubchannelPlace {
  readonly cssid: number;
  /** subchannel-set id, 0-3 */
  readonly ssid: number;
  readonly number: number;
  readonly deviceNumber: number;
}

/** What a subchannel needs of the channel subsystem around it. */
export interface SubchannelSurroundings {
  readonly monitoring: ChannelMonitoring;
  /** Makes an I/O interruption of the subchannel pending. */
  interrupt(subchannel: VirtualSubchannel): void;
}

const { statusPending, alertStatus, primaryStatus, secondaryStatus, intermediateStatus } = ScswBit;
const { startFunction, haltFunction, clearFunction } = ScswBit;
const { resumePending, startPending, haltPending, clearPending, subchannelActive, deviceActive, suspended } = ScswBit;
const { functionControl, activityControl, statusControl } = ScswMask;
const enabledAndValid = PmcwFlag.enabled | PmcwFlag.deviceNumberValid;
const intermediateOnly = intermediateStatus | statusPending;
const pendingOrSuspended = resumePending | startPending | haltPending | clearPending | suspended;
const ending = alertStatus | primaryStatus | secondaryStatus;

/** Fields of PMCW and SCHIB that MODIFY SUBCHANNEL takes over; bit 5 (0400) and the others are not among them (QIN-007). */
const modifiableFlags =
  PmcwFlag.interruptionSubclass |
  PmcwFlag.enabled |
  PmcwFlag.limitMode |
  PmcwFlag.measurementMode |
  PmcwFlag.multipathMode;
const modifiableCharacteristics = PmcwCharacteristic.measurementBlockFormat | PmcwCharacteristic.concurrentSense;

/** What every subchannel of the guest does with PMCW and SCSW; how a function is performed is left to the kind. */
export abstract class VirtualSubchannel {
  /** the SCHIB, 52 bytes: PMCW and SCSW as the guest sees them */
  readonly schib = new Uint8Array(SCHIB_LENGTH);
  readonly view = viewOf(this.schib);
  /** the ORB of the last START SUBCHANNEL that passed its checks, 12 bytes */
  protected readonly orb = new DataView(new ArrayBuffer(ORB_LENGTH));
  /** ESW and sense data as the next TEST SUBCHANNEL will store them; its SCSW is filled in only then */
  readonly #irbBytes = new Uint8Array(IRB_BASE_LENGTH);
  protected readonly irb = viewOf(this.#irbBytes);
  /** address of the CCW that the program began with; 0 once it was cancelled, halted or cleared */
  protected channelProgramAddress = 0;

  protected constructor(
    readonly place: SubchannelPlace,
    protected readonly surroundings: SubchannelSurroundings,
  ) {
    this.view.setUint16(SchibOffset.flags, PmcwFlag.deviceNumberValid);
    this.view.setUint16(SchibOffset.deviceNumber, place.deviceNumber);
  }

  /** Performs the start function, or resumes it. */
  protected abstract start(): Promise<ConditionCode>;
  protected abstract halt(): Promise<ConditionCode>;
  protected abstract clear(): Promise<ConditionCode>;
  /** Brings the SCHIB up to date for STORE SUBCHANNEL. */
  protected abstract refresh(): Promise<void>;

  /** SCSW word 0. */
  get control(): number {
    return this.view.getUint32(SchibOffset.scsw);
  }

  set control(word: number) {
    this.view.setUint32(SchibOffset.scsw, word);
  }

  /** PMCW bytes 4-5. */
  get flags(): number {
    return this.view.getUint16(SchibOffset.flags);
  }

  /** PMCW bit S: sense data come with the unit check. */
  protected get hasConcurrentSense(): boolean {
    return (this.view.getUint32(SchibOffset.characteristics) & PmcwCharacteristic.concurrentSense) !== 0;
  }

  /** START SUBCHANNEL. `orb`: 12 bytes. QIN-006, QIN-010. */
  async ssch(orb: DataView): Promise<ConditionCode> {
    if (!this.#enabled) return 3;
    const before = this.control;
    if ((before & statusPending) !== 0) return 1;
    if ((before & functionControl) !== 0) return 2;
    if (this.surroundings.monitoring.active) await this.surroundings.monitoring.count(this.view);
    copyWords(orb, 0, this.orb, 0, ORB_LENGTH / 4);
    this.channelProgramAddress = orb.getUint32(8);
    this.control = (before | startFunction | startPending) & ~ScswBit.pathNotOperational;
    const conditionCode = await this.start();
    if (conditionCode !== 0) this.control = before;
    return conditionCode;
  }

  /** HALT SUBCHANNEL. QIN-011; a refusal of the host restores the SCSW (QVF-007). */
  async hsch(): Promise<ConditionCode> {
    if (!this.#enabled) return 3;
    const before = this.control;
    if ((before & statusControl) === statusPending || (before & ending) !== 0) return 1;
    if ((before & (haltFunction | clearFunction)) !== 0) return 2;
    // QEMU asks whether status control is intermediate alone, without the pending bit; then there is no pending bit to lose.
    this.control = (before & ~startFunction) | haltFunction | haltPending;
    const conditionCode = await this.halt();
    if (conditionCode !== 0) this.control = before;
    return conditionCode;
  }

  /** CLEAR SUBCHANNEL. QIN-012. Deviation of QEMU: status control is left as it is, the architecture clears it. */
  async csch(): Promise<ConditionCode> {
    if (!this.#enabled) return 3;
    const before = this.control;
    this.control = (before & ~(functionControl | activityControl)) | clearFunction | clearPending;
    const conditionCode = await this.clear();
    if (conditionCode !== 0) this.control = before;
    return conditionCode;
  }

  /** CANCEL SUBCHANNEL. QIN-013. Deviation QVF-010: with a device of the host behind it, too, only these bits change. */
  xsch(): ConditionCode {
    if (!this.#enabled) return 3;
    const { control } = this;
    if ((control & statusControl) !== 0) return 1;
    if (
      (control & functionControl) !== startFunction ||
      (control & (resumePending | startPending | suspended)) === 0 ||
      (control & subchannelActive) !== 0
    ) {
      return 2;
    }
    this.control = control & ~(startFunction | resumePending | startPending | suspended);
    this.view.setUint16(SchibOffset.scsw + 8, 0);
    this.channelProgramAddress = 0;
    return 0;
  }

  /**
   * RESUME SUBCHANNEL. QIN-014. Deviation QVF-011: the device of the host is given the whole request again. If it refuses,
   * resume pending stays on, and no further RESUME SUBCHANNEL is accepted.
   */
  async rsch(): Promise<ConditionCode> {
    if (!this.#enabled) return 3;
    const { control } = this;
    if ((control & statusPending) !== 0) return 1;
    const resumable = (control & suspended) !== 0 && (control & resumePending) === 0;
    if ((control & functionControl) !== startFunction || !resumable) return 2;
    if (this.surroundings.monitoring.active) await this.surroundings.monitoring.count(this.view);
    this.control = control | resumePending;
    return this.start();
  }

  /** STORE SUBCHANNEL: brings `schib` up to date, for the front end to store. */
  async stsch(): Promise<void> {
    await this.refresh();
  }

  /** MODIFY SUBCHANNEL with a valid SCHIB. QIN-009. Deviation QVF-009: nothing of it reaches a device of the host. */
  msch(operand: DataView): ConditionCode {
    if ((this.flags & PmcwFlag.deviceNumberValid) === 0) return 0;
    if ((this.control & statusPending) !== 0) return 1;
    if ((this.control & functionControl) !== 0) return 2;
    const { view } = this;
    const O = SchibOffset;
    view.setUint32(O.interruptionParameter, operand.getUint32(O.interruptionParameter));
    view.setUint16(O.flags, (this.flags & ~modifiableFlags) | (operand.getUint16(O.flags) & modifiableFlags));
    view.setUint8(O.lpm, operand.getUint8(O.lpm));
    view.setUint16(O.measurementBlockIndex, operand.getUint16(O.measurementBlockIndex));
    view.setUint8(O.pom, operand.getUint8(O.pom));
    view.setUint32(
      O.characteristics,
      (view.getUint32(O.characteristics) & ~modifiableCharacteristics) |
        (operand.getUint32(O.characteristics) & modifiableCharacteristics),
    );
    view.setUint32(O.measurementBlockAddress, operand.getUint32(O.measurementBlockAddress));
    view.setUint32(O.measurementBlockAddress + 4, operand.getUint32(O.measurementBlockAddress + 4));
    return 0;
  }

  /**
   * The IRB that TEST SUBCHANNEL stores, 64 bytes (QIN-016), valid until the next instruction; undefined for condition code
   * 3. A longer one would need PMCW.X, which MODIFY SUBCHANNEL refuses.
   */
  interruptionResponseBlock(): Uint8Array | undefined {
    if (!this.#enabled) return undefined;
    copyWords(this.view, SchibOffset.scsw, this.irb, IrbOffset.scsw, SCSW_LENGTH / 4);
    return this.#irbBytes;
  }

  /**
   * TEST SUBCHANNEL once its IRB is stored: clears what it has reported. QIN-017, QIN-018.
   * @returns the condition code (QIN-015)
   */
  tsch(): 0 | 1 {
    const { control } = this;
    if ((control & statusPending) === 0) return 1;
    const isSuspended = (control & suspended) !== 0;
    const isHalted = (control & haltFunction) !== 0;
    let after = control & ~statusControl;
    if ((control & statusControl) !== intermediateOnly) {
      after &= ~(functionControl | pendingOrSuspended | ScswBit.pathNotOperational);
    } else if (isSuspended) {
      if (isHalted) after &= ~functionControl;
      if ((control & startFunction) !== 0) {
        after &= ~(ScswBit.pathNotOperational | (isHalted ? pendingOrSuspended : resumePending));
      }
    }
    this.control = after;
    if (this.hasConcurrentSense) this.#irbBytes.fill(0, IrbOffset.ecw);
    return 0;
  }

  /** The device is gone: the subchannel is disabled and has no valid device number any more. */
  invalidate(): void {
    this.view.setUint16(SchibOffset.flags, this.flags & ~enabledAndValid);
  }

  /** Halt where nothing of the host performs it: status pending at once, and no interruption. */
  protected emulateHalt(): void {
    const { control, view } = this;
    const active = (control & (subchannelActive | deviceActive)) !== 0;
    const wasSuspended = (control & suspended) !== 0;
    this.control = (control & ~haltPending) | statusPending;
    if (active || (!wasSuspended && (control & startPending) === 0)) view.setUint8(SchibOffset.scsw + 8, 0x04);
    if (active || wasSuspended) view.setUint32(SchibOffset.scsw + 4, this.channelProgramAddress + 8);
    view.setUint8(SchibOffset.scsw + 9, 0);
    view.setUint8(SchibOffset.lpum, 0x80);
    this.channelProgramAddress = 0;
  }

  /** Clear where nothing of the host performs it: status pending at once, and no interruption. */
  protected emulateClear(): void {
    this.control = (this.control & ~(clearPending | ScswBit.pathNotOperational)) | statusPending;
    this.view.setUint16(SchibOffset.scsw + 8, 0);
    this.view.setUint8(SchibOffset.pom, 0xff);
    this.view.setUint8(SchibOffset.lpum, 0x80);
    this.channelProgramAddress = 0;
  }

  get #enabled(): boolean {
    return (this.flags & enabledAndValid) === enabledAndValid;
  }
}
