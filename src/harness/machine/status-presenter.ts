/**
 * Makes status pending at a subchannel, and adds to status that is pending already, so that no condition is lost:
 * SA22-7832 chapter 16, "Subchannel-Status Word".
 */

import { DeviceStatus, ScswBit, ScswMask, SubchannelStatus } from '../arch/index.js';
import type { DeviceModel, DevicePath } from './device-model.js';
import { isAlert } from './ending-status.js';
import type { EngineHost } from './engine-host.js';
import type { Subchannel } from './subchannel.js';
import { TraceEvent } from './trace.js';

const CCW_ADDRESS = 0x7fff_ffff;

/** Makes status pending at a subchannel, merged with what is pending there. */
export class StatusPresenter {
  constructor(
    readonly subchannel: Subchannel,
    readonly device: DeviceModel,
    readonly host: EngineHost,
  ) {}

  /**
   * Primary, secondary or both, at the end of an operation or of the program.
   * @param ccw address of the CCW that the status is about
   * @param bits status-control bits besides status pending and alert
   * @param active activity-control bits that stay on
   */
  final(
    path: DevicePath,
    ccw: number,
    deviceStatus: number,
    subchannelStatus: number,
    bits: number,
    active: number,
  ): void {
    const { subchannel } = this;
    const pending = subchannel.control & ScswMask.statusControl;
    if (pending !== 0 && !this.host.platform.mergesIntermediateStatus && (pending & ScswBit.primaryStatus) === 0) {
      subchannel.deferred = { path, ccw, deviceStatus, subchannelStatus, bits, active };
      return;
    }
    subchannel.control =
      (subchannel.control & ~ScswMask.activityControl) | ScswBit.startFunction | ScswBit.statusPending | bits | active;
    if (isAlert(deviceStatus, subchannelStatus)) subchannel.control |= ScswBit.alertStatus;
    if (pending === 0) subchannel.clearStatusFields();
    subchannel.deviceStatus |= deviceStatus;
    subchannel.subchannelStatus |= subchannelStatus;
    subchannel.ccwAddress = (ccw + 8) & CCW_ADDRESS;
    this.#takeSense(path, deviceStatus);
    this.#announce();
  }

  /** The final status that was put aside for an intermediate status which has now been cleared. */
  finalPutAside(): void {
    const { deferred } = this.subchannel;
    if (deferred === undefined) return;
    this.subchannel.deferred = undefined;
    const { path, ccw, deviceStatus, subchannelStatus, bits, active } = deferred;
    this.final(path, ccw, deviceStatus, subchannelStatus, bits, active);
  }

  /**
   * Intermediate status of an active program: initial status (`zero`), or a program-controlled interruption.
   * @returns true if that made an interruption pending
   */
  intermediate(ccw: number, programControlled: boolean, zero: boolean): boolean {
    const { subchannel } = this;
    if ((subchannel.control & ScswBit.statusPending) === 0) subchannel.clearStatusFields();
    subchannel.control |= ScswBit.intermediateStatus | ScswBit.statusPending;
    if (zero) subchannel.control |= ScswBit.zeroConditionCode;
    if (programControlled) subchannel.subchannelStatus |= SubchannelStatus.programControlledInterruption;
    subchannel.ccwAddress = (ccw + 8) & CCW_ADDRESS;
    return this.#announce();
  }

  /** The suspended program's interruption. */
  suspended(ccw: number, programControlled: boolean): void {
    const { subchannel } = this;
    if (this.host.platform.suspendedIsAlert) subchannel.control |= ScswBit.alertStatus;
    this.intermediate(ccw, programControlled, false);
  }

  /** The start function was not begun: deferred condition code 1 with the status found, or 3. */
  deferredCode(path: DevicePath, code: 1 | 3, ccw: number, deviceStatus: number): void {
    const { subchannel } = this;
    subchannel.control =
      (subchannel.control & ~ScswMask.activityControl) |
      (code << 24) |
      ScswBit.alertStatus |
      ScswBit.primaryStatus |
      ScswBit.secondaryStatus |
      ScswBit.statusPending;
    subchannel.deviceStatus = deviceStatus;
    subchannel.ccwAddress = (ccw + 8) & CCW_ADDRESS;
    this.#takeSense(path, deviceStatus);
    this.#announce();
  }

  /** Status of a halted program where `haltsToStatusAlone`: it is made pending by `halted`. @param ccw as for `final` */
  endOfHalted(ccw: number): void {
    this.subchannel.deviceStatus |= DeviceStatus.channelEnd | DeviceStatus.deviceEnd;
    this.subchannel.ccwAddress = (ccw + 8) & CCW_ADDRESS;
  }

  /** A halt function that found nothing at the device to end: status pending alone. Start pending and suspended stay. */
  halted(): void {
    const { subchannel } = this;
    const kept = ScswBit.startPending | ScswBit.suspended;
    subchannel.control = (subchannel.control & ~(ScswMask.activityControl & ~kept)) | ScswBit.statusPending;
    this.#announce();
  }

  /** A clear function: status pending alone, everything else zero; the path masks are as after a reset. */
  cleared(): void {
    const { subchannel } = this;
    subchannel.control = ScswBit.clearFunction | ScswBit.statusPending;
    subchannel.clearStatusFields();
    subchannel.ccwAddress = 0;
    subchannel.count = 0;
    subchannel.pom = 0xff;
    subchannel.pnom = 0;
    subchannel.lpum = 0;
    this.#announce();
  }

  /** Alert status that no function asked for. A suspended program stays suspended. */
  unsolicited(path: DevicePath, deviceStatus: number): void {
    const { subchannel } = this;
    if ((subchannel.control & ScswBit.suspended) === 0) {
      subchannel.control = 0;
      subchannel.clearStatusFields();
      subchannel.count = 0;
    }
    subchannel.control |= ScswBit.alertStatus | ScswBit.statusPending;
    subchannel.deviceStatus |= deviceStatus;
    subchannel.lpum = path.mask;
    this.#takeSense(path, deviceStatus);
    this.#announce();
  }

  /** With concurrent sense in the PMCW, sense bytes come with the unit check; otherwise the device keeps them. */
  #takeSense(path: DevicePath, deviceStatus: number): void {
    const { subchannel } = this;
    if ((deviceStatus & DeviceStatus.unitCheck) === 0 || !subchannel.concurrentSense) return;
    subchannel.announceSense(this.device.takeSense(path, subchannel.ecw));
  }

  #announce(): boolean {
    const { subchannel, host } = this;
    host.trace.record(
      host.scheduler.now,
      TraceEvent.status,
      host.host,
      subchannel.number,
      subchannel.control,
      subchannel.word2,
    );
    return host.statusPending(subchannel);
  }
}
