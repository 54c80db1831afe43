/**
 * One host's channel subsystem: its subchannels and channel paths, the I/O instructions with their condition codes, and the
 * interruptions and channel reports they lead to. SA22-7832 chapter 14, and chapter 17, "Channel-Subsystem Recovery".
 */

import { ErrorRecoveryCode, PmcwFlag, ReportingSource, ScswBit, ScswMask, encodeCrw, viewOf } from '../arch/index.js';
import { ChannelEngine } from './channel-engine.js';
import { ChannelPath } from './channel-path.js';
import { ChannelReportQueue } from './channel-report.js';
import type { DeviceModel, DevicePath } from './device-model.js';
import type { EngineHost } from './engine-host.js';
import { OPERAND_EXCEPTION, type HostInstructions, type InstructionCode } from './host-instructions.js';
import type { HostRecording, InstructionFaults } from './host-recording.js';
import { refusesOrb, refusesSchib } from './operands.js';
import { architecture, type MachinePlatform } from './platforms.js';
import { Task, type Scheduler } from './scheduler.js';
import type { AbsoluteStorage } from './storage.js';
import { Subchannel } from './subchannel.js';
import { MachineTrace, PathChange, TraceEvent, instructionIndex, type InstructionName } from './trace.js';
import { loadWord } from './words.js';

/** A subchannel to install. */
export interface SubchannelDescription {
  /** subchannel number, 0-65535 */
  readonly number: number;
  readonly deviceNumber: number;
  readonly device: DeviceModel;
  /** channel-path identifiers, path 0 first: 1 to 8, all different */
  readonly paths: readonly number[];
}

/** What a channel subsystem is made of. */
export interface ChannelSubsystemParts {
  readonly storage: AbsoluteStorage;
  readonly scheduler: Scheduler;
  /** host number, from 0 */
  readonly host?: number;
  readonly platform?: MachinePlatform;
  readonly trace?: MachineTrace;
}

const BUSY = ScswMask.functionControl | ScswBit.subchannelActive | ScswBit.deviceActive;
const CONCLUSIVE = ScswBit.alertStatus | ScswBit.primaryStatus | ScswBit.secondaryStatus;
const CANCELLABLE = ScswBit.startPending | ScswBit.resumePending | ScswBit.suspended;

interface Installed {
  readonly subchannel: Subchannel;
  readonly engine: ChannelEngine;
  readonly device: DeviceModel;
  readonly paths: readonly DevicePath[];
}

/** The channel subsystem of one host. */
export class ChannelSubsystem implements HostInstructions, EngineHost {
  readonly storage: AbsoluteStorage;
  readonly scheduler: Scheduler;
  readonly host: number;
  readonly platform: MachinePlatform;
  readonly trace: MachineTrace;
  /** the address limit that SET ADDRESS LIMIT would set: an absolute address */
  addressLimit = 0;
  /** MODIFY SUBCHANNEL accepts PMCW.S only with this facility. */
  concurrentSenseFacility = true;
  /** Record of instructions; set it to begin recording. */
  recording: HostRecording | undefined;
  /** Outcomes that the next instructions are to have instead of their own. */
  readonly faults: InstructionFaults = { start: undefined, haltOrClear: undefined, modify: undefined };
  readonly reports = new ChannelReportQueue();

  onInterruption: (subchannel: number) => void = () => undefined;
  onChannelReport: () => void = () => undefined;

  readonly #installed = new Map<number, Installed>();
  readonly #paths = new Map<number, ChannelPath>();

  constructor(parts: ChannelSubsystemParts) {
    this.storage = parts.storage;
    this.scheduler = parts.scheduler;
    this.host = parts.host ?? 0;
    this.platform = parts.platform ?? architecture;
    this.trace = parts.trace ?? new MachineTrace();
  }

  /**
   * Installs a subchannel and connects its device: valid, not enabled, all paths available.
   * @throws RangeError for a number that is taken, or paths that are not 1 to 8 different ones
   */
  addSubchannel(description: SubchannelDescription): Subchannel {
    const { number, deviceNumber, device, paths: chpids } = description;
    if (this.#installed.has(number)) throw new RangeError(`subchannel ${number} is installed already`);
    if (chpids.length < 1 || chpids.length > 8 || new Set(chpids).size !== chpids.length) {
      throw new RangeError(`subchannel ${number} needs 1 to 8 different channel paths`);
    }
    const subchannel = new Subchannel(
      number,
      deviceNumber,
      chpids.map((chpid) => this.#path(chpid)),
    );
    const paths = chpids.map((chpid, index): DevicePath => ({ host: this.host, chpid, mask: 0x80 >> index }));
    const engine = new ChannelEngine(subchannel, device, paths, this);
    this.#installed.set(number, { subchannel, engine, device, paths });
    for (const path of paths) {
      device.attach(path, {
        unsolicited: (status) => {
          this.#unsolicited(number, path, status);
        },
        resume: () => {
          engine.deviceReady();
        },
      });
    }
    return subchannel;
  }

  /** The state of a subchannel, or undefined where none is installed. For tests and evidence; hosts use the instructions. */
  subchannel(number: number): Subchannel | undefined {
    return this.#installed.get(number)?.subchannel;
  }

  // Instructions.

  ssch(number: number, orb: Uint8Array): InstructionCode {
    let code = this.faults.start;
    this.faults.start = undefined;
    code ??= this.#start(number, loadWord(orb, 0), loadWord(orb, 4), loadWord(orb, 8));
    this.recording?.start(number, orb, code);
    return this.#done(number, 'ssch', code);
  }

  hsch(number: number): InstructionCode {
    let code = this.faults.haltOrClear;
    this.faults.haltOrClear = undefined;
    code ??= this.#halt(number);
    return this.#done(number, 'hsch', code);
  }

  csch(number: number): InstructionCode {
    let code = this.faults.haltOrClear;
    this.faults.haltOrClear = undefined;
    code ??= this.#clear(number);
    return this.#done(number, 'csch', code);
  }

  xsch(number: number): InstructionCode {
    return this.#done(number, 'xsch', this.#cancel(number));
  }

  rsch(number: number): InstructionCode {
    return this.#done(number, 'rsch', this.#resume(number));
  }

  tsch(number: number, irb: Uint8Array): InstructionCode {
    return this.#done(number, 'tsch', this.#test(number, irb));
  }

  stsch(number: number, schib: Uint8Array): InstructionCode {
    const installed = this.#installed.get(number);
    if (installed !== undefined) installed.subchannel.storeSchib(schib);
    return this.#done(number, 'stsch', installed === undefined ? 3 : 0);
  }

  msch(number: number, schib: Uint8Array): InstructionCode {
    return this.#done(number, 'msch', this.faults.modify ?? this.#modify(number, viewOf(schib)));
  }

  stcrw(): number {
    return this.reports.take();
  }

  // Changes of the machine.

  /** Connects a path anew or takes it away, as configuring it at the support element does: with a channel report. */
  configurePath(chpid: number, online: boolean): void {
    const path = this.#paths.get(chpid);
    if (path === undefined || path.configured === online) return;
    path.configured = online;
    this.#recordPath(chpid, online ? PathChange.on : PathChange.off);
    const code = online ? ErrorRecoveryCode.initialized : ErrorRecoveryCode.permanentErrorNotInitialized;
    this.#report(ReportingSource.channelPath, code, chpid, false);
  }

  /** Stops a path from answering, or mends it, without telling anyone: the next selection on it fails. */
  breakPath(chpid: number, broken: boolean): void {
    const path = this.#paths.get(chpid);
    if (path === undefined) return;
    path.broken = broken;
    this.#recordPath(chpid, broken ? PathChange.broken : PathChange.mended);
  }

  /**
   * RESET CHANNEL PATH: every device on the path is reset, operations in progress there end with an interface-control check,
   * and a solicited report says when it is done.
   * @returns condition code 0, or 3 if the host has no such path or it is not available
   */
  resetChannelPath(chpid: number): InstructionCode {
    if (this.#paths.get(chpid)?.configured !== true) return 3;
    this.scheduler.post(
      new Task('channel-path reset', () => {
        this.#resetPath(chpid);
      }),
    );
    return 0;
  }

  /** Takes the device of a subchannel away: the device number is no longer valid, and a channel report says so. */
  unplug(number: number): void {
    const installed = this.#installed.get(number);
    if (installed?.subchannel.valid !== true) return;
    const { subchannel, engine, device, paths } = installed;
    engine.detach();
    for (const path of paths) device.detach(path);
    subchannel.flags &= ~(PmcwFlag.deviceNumberValid | PmcwFlag.enabled);
    subchannel.control = 0;
    subchannel.heldStatus = 0;
    subchannel.deferred = undefined;
    subchannel.interruptionPending = false;
    subchannel.clearStatusFields();
    this.#report(ReportingSource.subchannel, ErrorRecoveryCode.installedParametersInitialized, number, false);
  }

  /** Makes a channel report pending for a source of the caller's choice, see ReportingSource and ErrorRecoveryCode. */
  report(source: number, code: number, id: number): void {
    this.#report(source, code, id, false);
  }

  // Interruptions.

  /** Numbers of the subchannels with a pending interruption of the subclasses in `mask` (bit 80 is subclass 0), by subclass. */
  pendingInterruptions(mask = 0xff): number[] {
    const pending = [...this.#installed.values()]
      .map(({ subchannel }) => subchannel)
      .filter(({ interruptionPending, interruptionSubclass }) => {
        return interruptionPending && (mask & (0x80 >> interruptionSubclass)) !== 0;
      });
    pending.sort((a, b) => a.interruptionSubclass - b.interruptionSubclass || a.number - b.number);
    return pending.map(({ number }) => number);
  }

  /** The interruption of a subchannel is taken (TEST PENDING INTERRUPTION, or a PSW swap): status stays pending. */
  takeInterruption(number: number): boolean {
    const subchannel = this.subchannel(number);
    if (subchannel?.interruptionPending !== true) return false;
    subchannel.interruptionPending = false;
    return true;
  }

  statusPending(subchannel: Subchannel): boolean {
    if (!subchannel.operational || subchannel.interruptionPending) return false;
    subchannel.interruptionPending = true;
    this.onInterruption(subchannel.number);
    return true;
  }

  // What the instructions do once they are decoded.

  #start(number: number, parameter: number, control: number, address: number): InstructionCode {
    if (refusesOrb(control, address)) return OPERAND_EXCEPTION;
    const installed = this.#operational(number);
    if (installed === undefined) return 3;
    const { subchannel, engine } = installed;
    if (subchannel.statusPending) return 1;
    if ((subchannel.control & BUSY) !== 0) return 2;
    const mask = (control >>> 8) & 0xff;
    if (this.platform.startReplacesPathMask) subchannel.lpm = mask;
    if ((mask & subchannel.pam) === 0) return 3;
    subchannel.beginStart(parameter, control);
    engine.start(address);
    return 0;
  }

  #halt(number: number): InstructionCode {
    const installed = this.#operational(number);
    if (installed === undefined) return 3;
    const { subchannel, engine } = installed;
    const { control } = subchannel;
    if (subchannel.statusPending) {
      const intermediate = (control & (CONCLUSIVE | ScswBit.intermediateStatus)) === ScswBit.intermediateStatus;
      if (!intermediate || subchannel.deferred !== undefined) return 1;
    }
    if ((control & (ScswBit.haltFunction | ScswBit.clearFunction)) !== 0) return 2;
    subchannel.control |= ScswBit.haltFunction | ScswBit.haltPending;
    engine.signal();
    return 0;
  }

  #clear(number: number): InstructionCode {
    const installed = this.#operational(number);
    if (installed === undefined) return 3;
    const { subchannel, engine } = installed;
    subchannel.control = ScswBit.clearFunction | ScswBit.clearPending;
    subchannel.clearStatusFields();
    subchannel.interruptionPending = false;
    subchannel.heldStatus = 0;
    subchannel.deferred = undefined;
    engine.signal();
    return 0;
  }

  #cancel(number: number): InstructionCode {
    const installed = this.#operational(number);
    if (installed === undefined) return 3;
    const { subchannel, engine } = installed;
    if (subchannel.statusPending) return 1;
    const { control } = subchannel;
    const startOnly = (control & ScswMask.functionControl) === ScswBit.startFunction;
    if (!startOnly || (control & CANCELLABLE) === 0) return 2;
    engine.cancel();
    subchannel.control &= ~(ScswMask.functionControl | ScswMask.activityControl);
    this.#presentHeld(subchannel);
    return 0;
  }

  #resume(number: number): InstructionCode {
    const installed = this.#operational(number);
    if (installed === undefined) return 3;
    const { subchannel, engine } = installed;
    if (subchannel.statusPending) return 1;
    const { control } = subchannel;
    const startOnly = (control & ScswMask.functionControl) === ScswBit.startFunction;
    const waits = (control & (ScswBit.suspended | ScswBit.resumePending)) === ScswBit.suspended;
    if (!startOnly || !waits) return 2;
    subchannel.control |= ScswBit.resumePending;
    engine.resumeProgram();
    return 0;
  }

  #test(number: number, irb: Uint8Array): InstructionCode {
    const installed = this.#operational(number);
    if (installed === undefined) return 3;
    const { subchannel, engine } = installed;
    subchannel.storeIrb(irb);
    if (!subchannel.statusPending) return 1;
    subchannel.clearAfterTest();
    if (subchannel.deferred !== undefined) engine.status.finalPutAside();
    else this.#presentHeld(subchannel);
    return 0;
  }

  #modify(number: number, schib: DataView): InstructionCode {
    if (refusesSchib(schib, this.concurrentSenseFacility)) return OPERAND_EXCEPTION;
    const subchannel = this.subchannel(number);
    if (subchannel?.valid !== true) return 3;
    if (subchannel.statusPending) return 1;
    if ((subchannel.control & BUSY) !== 0) return 2;
    subchannel.modify(schib);
    return 0;
  }

  #operational(number: number): Installed | undefined {
    const installed = this.#installed.get(number);
    return installed?.subchannel.operational === true ? installed : undefined;
  }

  /** Status of the device's own: for the function in progress, for the program, or kept until the subchannel can take it. */
  #unsolicited(number: number, path: DevicePath, status: number): void {
    const installed = this.#operational(number);
    if (installed === undefined) return;
    const { subchannel, engine } = installed;
    this.trace.record(this.scheduler.now, TraceEvent.unsolicited, this.host, number, status, path.mask);
    if (engine.deviceStatus(status, path)) return;
    subchannel.heldStatus |= status;
    subchannel.heldPath = path;
    this.#presentHeld(subchannel);
  }

  /** Presents status that the device kept, if the subchannel is idle (or suspended) now. */
  #presentHeld(subchannel: Subchannel): void {
    const { control, heldStatus, heldPath } = subchannel;
    if (heldStatus === 0 || heldPath === undefined || subchannel.statusPending) return;
    const resting = (control & (ScswBit.suspended | ScswBit.resumePending)) === ScswBit.suspended;
    if ((control & BUSY) !== 0 && !(resting && (control & ScswMask.functionControl) === ScswBit.startFunction)) return;
    subchannel.heldStatus = 0;
    this.#installed.get(subchannel.number)?.engine.status.unsolicited(heldPath, heldStatus);
  }

  #resetPath(chpid: number): void {
    this.#recordPath(chpid, PathChange.reset);
    for (const { engine, device, paths } of this.#installed.values()) {
      for (const path of paths) {
        if (path.chpid !== chpid) continue;
        device.systemReset(path);
        engine.pathLost(path.mask);
      }
    }
    this.#report(ReportingSource.channelPath, ErrorRecoveryCode.initialized, chpid, true);
  }

  #report(reportingSource: number, errorRecoveryCode: number, reportingSourceId: number, solicited: boolean): void {
    const word = encodeCrw({
      solicited,
      overflow: false,
      chaining: false,
      reportingSource,
      ancillaryReport: false,
      errorRecoveryCode,
      reportingSourceId,
    });
    this.trace.record(this.scheduler.now, TraceEvent.report, this.host, -1, word, 0);
    this.reports.push(word);
    this.onChannelReport();
  }

  #recordPath(chpid: number, change: number): void {
    this.trace.record(this.scheduler.now, TraceEvent.path, this.host, -1, chpid, change);
  }

  #path(chpid: number): ChannelPath {
    let path = this.#paths.get(chpid);
    if (path === undefined) this.#paths.set(chpid, (path = new ChannelPath(chpid)));
    return path;
  }

  #done(number: number, name: InstructionName, code: InstructionCode): InstructionCode {
    this.trace.record(this.scheduler.now, TraceEvent.instruction, this.host, number, instructionIndex(name), code);
    this.recording?.instruction(name, code);
    return code;
  }
}
