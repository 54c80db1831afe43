/**
 * The channel-I/O instructions of the guest: operands, program interruptions and their order, as QEMU 7.2's ioinst.c has
 * them. SA22-7832 chapter 14.
 */

import {
  IRB_BASE_LENGTH,
  ORB_LENGTH,
  OrbBit,
  PmcwCharacteristic,
  SCHIB_LENGTH,
  SchibOffset,
  viewOf,
} from '../arch/index.js';
import type { ChannelPort, InstructionOutcome, ProgramInterruption, VfioPort } from '../ports/index.js';
import { CcwIrq } from '../uapi/index.js';
import { parseSubsystemId, type ChannelSubsystem } from './channel-subsystem.js';
import { answerRequest, CHSC_REQUEST_LENGTH, isValidRequestLength } from './chsc.js';
import { disarmInterrupts } from './device-regions.js';
import { GlobalLock } from './global-lock.js';
import type { OperandStorage } from './guest-storage.js';
import type { PassthroughSubchannel } from './passthrough-subchannel.js';
import type { ConditionCode, VirtualSubchannel } from './virtual-subchannel.js';

const conditionCodes: readonly [InstructionOutcome, InstructionOutcome, InstructionOutcome, InstructionOutcome] = [
  { conditionCode: 0 },
  { conditionCode: 1 },
  { conditionCode: 2 },
  { conditionCode: 3 },
];
const interruptionOf = (interruption: ProgramInterruption): InstructionOutcome => ({ interruption });
const operandException = interruptionOf('operand');
const specificationException = interruptionOf('specification');
const addressingException = interruptionOf('addressing');
const privilegedOperationException = interruptionOf('privileged-operation');

/** ORB word 1 bits that give an operand exception: transport mode, reserved bits, MIDAWs (QIN-002, QVF-018). */
const invalidOrbControl = OrbBit.channelProgramType | OrbBit.reserved | OrbBit.midawControl;
/** PMCW bits 0, 1, 6, 7 of word 1 and what must be zero in word 6, as MODIFY SUBCHANNEL checks them (QIN-007). */
const invalidPmcwFlags = 0xc300;
const invalidPmcwCharacteristics = 0xff1f_fff8;

/** Lowcore: where TEST PENDING INTERRUPTION with address 0 stores the I/O-interruption code. */
const LOWCORE_IO_INTERRUPTION = 0xb8;

const allInterrupts = [CcwIrq.io, CcwIrq.crw, CcwIrq.request] as const;

/** A guest CPU with its channel subsystem, whose one subchannel is a vfio-ccw device. */
export class Guest implements ChannelPort {
  interruptionSubclassMask = 0xff;
  problemState = false;
  unplugged = false;

  readonly #css: ChannelSubsystem;
  #closed = false;
  readonly #lock = new GlobalLock();
  readonly #orb = new Uint8Array(ORB_LENGTH);
  readonly #orbView = viewOf(this.#orb);
  readonly #schib = new Uint8Array(SCHIB_LENGTH);
  readonly #schibView = viewOf(this.#schib);
  readonly #word = new Uint8Array(4);
  readonly #interruptionCode = new Uint8Array(12);
  readonly #interruptionCodeView = viewOf(this.#interruptionCode);
  readonly #chscRequest = new Uint8Array(CHSC_REQUEST_LENGTH);

  constructor(
    private readonly vfio: VfioPort,
    readonly storage: OperandStorage,
    css: ChannelSubsystem,
    private readonly subchannel: PassthroughSubchannel,
    readonly messages: readonly string[],
  ) {
    this.#css = css;
  }

  get channelReportMachineChecks(): number {
    return this.#css.reports.machineChecks;
  }

  subchannels(): Promise<number[]> {
    return Promise.resolve(this.#css.subsystemIds());
  }

  /** QIN-001 to QIN-004 */
  ssch(schid: number, orbAddress: number): Promise<InstructionOutcome> {
    return this.#execute(async () => {
      if (orbAddress % 4 !== 0) return specificationException;
      if (!this.storage.holds(orbAddress, ORB_LENGTH)) return addressingException;
      const fetching = this.storage.fetch(orbAddress, this.#orb);
      if (fetching !== undefined) await fetching;
      const id = parseSubsystemId(schid);
      const invalid =
        (this.#orbView.getUint32(4) & invalidOrbControl) !== 0 || this.#orbView.getUint32(8) >= 0x8000_0000;
      if (id === undefined || invalid) return operandException;
      const subchannel = this.#css.find(id);
      return conditionCodes[subchannel === undefined ? 3 : await subchannel.ssch(this.#orbView)];
    });
  }

  hsch(schid: number): Promise<InstructionOutcome> {
    return this.#onSubchannel(schid, (subchannel) => subchannel.hsch());
  }

  csch(schid: number): Promise<InstructionOutcome> {
    return this.#onSubchannel(schid, (subchannel) => subchannel.csch());
  }

  xsch(schid: number): Promise<InstructionOutcome> {
    return this.#onSubchannel(schid, (subchannel) => subchannel.xsch());
  }

  rsch(schid: number): Promise<InstructionOutcome> {
    return this.#onSubchannel(schid, (subchannel) => subchannel.rsch());
  }

  /** The IRB is stored before anything is cleared: an access exception leaves the status pending. */
  tsch(schid: number, irbAddress: number): Promise<InstructionOutcome> {
    return this.#execute(() => {
      const { interruptions } = this.#css;
      // KVM takes the interruption before QEMU sees the instruction, and makes it pending again if that ends early.
      // Deviation QIN-048: QEMU's own interruptions under TCG stay pending.
      const taken = interruptions.accelerator === 'kvm' ? interruptions.takeOf(schid >>> 0) : undefined;
      const endEarly = (outcome: InstructionOutcome): InstructionOutcome => {
        if (taken !== undefined) interruptions.inject(taken);
        return outcome;
      };
      const id = parseSubsystemId(schid);
      if (id === undefined) return endEarly(operandException);
      if (irbAddress % 4 !== 0) return endEarly(specificationException);
      const subchannel = this.#css.find(id);
      const irb = subchannel?.interruptionResponseBlock();
      if (!this.storage.holds(irbAddress, IRB_BASE_LENGTH)) return endEarly(addressingException);
      if (subchannel === undefined || irb === undefined) return conditionCodes[3];
      const storing = this.storage.store(irbAddress, irb);
      if (storing === undefined) return conditionCodes[subchannel.tsch()];
      return storing.then(() => conditionCodes[subchannel.tsch()]);
    });
  }

  /** QIN-005 */
  stsch(schid: number, schibAddress: number): Promise<InstructionOutcome> {
    return this.#execute(async () => {
      if (schibAddress % 4 !== 0) return specificationException;
      const id = parseSubsystemId(schid);
      if (!this.storage.holds(schibAddress, SCHIB_LENGTH)) {
        // Only a subchannel that is there is asked for its paths before the operand is stored.
        if (id !== undefined) await this.#css.find(id)?.stsch();
        return addressingException;
      }
      if (id === undefined) return operandException;
      const subchannel = this.#css.find(id);
      if (subchannel !== undefined) {
        await subchannel.stsch();
        await this.storage.store(schibAddress, subchannel.schib);
        return conditionCodes[0];
      }
      if (this.#css.exists(id) || this.#css.isBeyondLast(id)) return conditionCodes[3];
      await this.storage.store(schibAddress, new Uint8Array(SCHIB_LENGTH));
      return conditionCodes[0];
    });
  }

  /** QIN-007, QIN-008 */
  msch(schid: number, schibAddress: number): Promise<InstructionOutcome> {
    return this.#execute(async () => {
      if (schibAddress % 4 !== 0) return specificationException;
      if (!this.storage.holds(schibAddress, SCHIB_LENGTH)) return addressingException;
      await this.storage.fetch(schibAddress, this.#schib);
      const id = parseSubsystemId(schid);
      if (id === undefined || !isValidSchib(this.#schibView)) return operandException;
      return conditionCodes[this.#css.find(id)?.msch(this.#schibView) ?? 3];
    });
  }

  /** QIN-020 */
  tpi(address: number): Promise<InstructionOutcome> {
    return this.#execute(async () => {
      if (address % 4 !== 0) return specificationException;
      const { interruptions } = this.#css;
      if (!interruptions.isPending(this.interruptionSubclassMask)) await this.#takeWhatIsThere(CcwIrq.io);
      const interruption = interruptions.take(this.interruptionSubclassMask);
      if (interruption === undefined) return conditionCodes[0];
      const view = this.#interruptionCodeView;
      view.setUint32(0, interruption.subsystemId);
      view.setUint32(4, interruption.interruptionParameter);
      view.setUint32(8, interruption.identification);
      if (address === 0) {
        await this.storage.store(LOWCORE_IO_INTERRUPTION, this.#interruptionCode);
      } else if (this.storage.holds(address, 8)) {
        await this.storage.store(address, this.#interruptionCode.subarray(0, 8));
      } else {
        interruptions.putBack(interruption);
        return addressingException;
      }
      return conditionCodes[1];
    });
  }

  /** QIN-019. The instruction is suppressing: a CRW that cannot be stored stays the oldest. */
  stcrw(crwAddress: number): Promise<InstructionOutcome> {
    return this.#execute(async () => {
      if (crwAddress % 4 !== 0) return specificationException;
      const { reports } = this.#css;
      if (!reports.isPending) await this.#takeWhatIsThere(CcwIrq.crw);
      const word = reports.take();
      if (!this.storage.holds(crwAddress, 4)) {
        if (word !== undefined) reports.putBack(word);
        return addressingException;
      }
      viewOf(this.#word).setUint32(0, word ?? 0);
      await this.storage.store(crwAddress, this.#word);
      return conditionCodes[word === undefined ? 1 : 0];
    });
  }

  /** QIN-022, QIN-023 */
  chsc(blockAddress: number): Promise<InstructionOutcome> {
    return this.#execute(async () => {
      if (blockAddress % 4096 !== 0) return specificationException;
      if (!this.storage.holds(blockAddress, CHSC_REQUEST_LENGTH)) return addressingException;
      await this.storage.fetch(blockAddress, this.#chscRequest);
      const length = viewOf(this.#chscRequest).getUint16(0);
      if (!isValidRequestLength(length)) return operandException;
      const response = answerRequest(this.#chscRequest, this.#css);
      if (!this.storage.holds(blockAddress + length, response.length)) return addressingException;
      await this.storage.store(blockAddress + length, response);
      return conditionCodes[0];
    });
  }

  /** QIN-021 */
  rchp(chpid: number): Promise<InstructionOutcome> {
    return this.#execute(() => {
      if ((chpid & 0xff00_ff00) !== 0) return operandException;
      const conditionCode = this.#css.resetChannelPath((chpid >>> 16) & 0xff, chpid & 0xff);
      return conditionCode === undefined ? operandException : conditionCodes[conditionCode];
    });
  }

  schm(control: number, origin: number): Promise<InstructionOutcome> {
    return this.#execute(() => {
      const update = (control & 2) !== 0;
      if ((control & 0x0fff_fffc) !== 0 || (update && origin % 32 !== 0)) return operandException;
      this.#css.monitoring.set(update, origin);
      return conditionCodes[0];
    });
  }

  /** What else the device signals meanwhile is dealt with, and `timeoutMs` then begins anew. */
  waitInterruption(timeoutMs: number): Promise<boolean> {
    return this.#waitFor(timeoutMs, CcwIrq.io, () => this.#css.interruptions.isPending(this.interruptionSubclassMask));
  }

  waitChannelReport(timeoutMs: number): Promise<boolean> {
    return this.#waitFor(timeoutMs, CcwIrq.crw, () => this.#css.reports.isPending);
  }

  /**
   * The device gets VFIO_DEVICE_RESET, and its result is not looked at. Deviation of QEMU 7.2: the subchannel's own reset is
   * not done, so that it stays enabled. Control registers and problem state are left as they are.
   */
  async reset(): Promise<void> {
    await this.#lock.run(async () => {
      if (!this.unplugged) await this.vfio.reset();
      this.#css.reset();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.unplugged) return;
    await disarmInterrupts(this.vfio);
    await this.vfio.close();
  }

  #onSubchannel(
    schid: number,
    instruction: (subchannel: VirtualSubchannel) => ConditionCode | Promise<ConditionCode>,
  ): Promise<InstructionOutcome> {
    return this.#execute(async () => {
      const id = parseSubsystemId(schid);
      if (id === undefined) return operandException;
      const subchannel = this.#css.find(id);
      return conditionCodes[subchannel === undefined ? 3 : await instruction(subchannel)];
    });
  }

  #execute(instruction: () => InstructionOutcome | Promise<InstructionOutcome>): Promise<InstructionOutcome> {
    if (this.problemState) return Promise.resolve(privilegedOperationException);
    return this.#lock.run(instruction);
  }

  async #waitFor(timeoutMs: number, irq: number, isPending: () => boolean): Promise<boolean> {
    while (!isPending()) {
      if (this.unplugged) return false;
      const signals = await this.#waitForSignals(timeoutMs, irq);
      if (!signals.some((count) => count > 0)) return isPending();
      await this.#lock.run(() => this.#takeSignals(signals));
    }
    return true;
  }

  /** What the device has signalled by now, for an instruction that finds nothing pending. */
  async #takeWhatIsThere(irq: number): Promise<void> {
    if (!this.unplugged) await this.#takeSignals(await this.#waitForSignals(0, irq));
  }

  /** Deals with signals of the device. @param signals counts of the I/O, CRW and request interrupt */
  #takeSignals(signals: readonly number[]): Promise<void> {
    const io = signals[0] ?? 0;
    const crw = signals[1] ?? 0;
    const request = signals[2] ?? 0;
    if (this.unplugged) return Promise.resolve();
    return io > 0 && crw + request === 0 ? this.subchannel.takeInterruption() : this.#takeAll(io, crw, request);
  }

  async #takeAll(io: number, crw: number, request: number): Promise<void> {
    if (io > 0) await this.subchannel.takeInterruption();
    if (crw > 0) for (const word of await this.subchannel.takeChannelReports()) this.#css.reports.add(word);
    if (request > 0) await this.#unplug();
  }

  /** @param irq the interrupt to wait for where a port can wait for one only */
  #waitForSignals(timeoutMs: number, irq: number): Promise<readonly number[]> {
    return this.vfio.waitAnyIrq?.(allInterrupts, timeoutMs) ?? this.#waitForOne(timeoutMs, irq);
  }

  async #waitForOne(timeoutMs: number, irq: number): Promise<readonly number[]> {
    const counts: number[] = [];
    for (const index of allInterrupts) counts.push(await this.vfio.waitIrq(index, 0));
    if (!counts.some((count) => count > 0)) counts[irq] = await this.vfio.waitIrq(irq, timeoutMs);
    return counts;
  }

  /** QVF-016. Guest storage is kept; the device is closed, which lets the host go on. */
  async #unplug(): Promise<void> {
    this.unplugged = true;
    this.#css.removeSubchannel(this.subchannel);
    await disarmInterrupts(this.vfio);
    await this.storage.detach();
    await this.vfio.close();
  }
}

/** QIN-007, QIN-008: reserved bits, extended measurement, alignment of a format-1 measurement block. */
function isValidSchib(schib: DataView): boolean {
  const characteristics = schib.getUint32(SchibOffset.characteristics);
  if ((schib.getUint16(SchibOffset.flags) & invalidPmcwFlags) !== 0) return false;
  if ((characteristics & (invalidPmcwCharacteristics | PmcwCharacteristic.extendedMeasurement)) !== 0) return false;
  const ownBlock = (characteristics & PmcwCharacteristic.measurementBlockFormat) !== 0;
  return !ownBlock || (schib.getUint32(SchibOffset.measurementBlockAddress + 4) & 0x3f) === 0;
}
