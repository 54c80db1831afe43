/**
 * The host's common I/O layer: it takes interruptions and channel reports, knows which channel paths are varied off, and
 * tells the drivers of its subchannels.
 */

import { CrwBit, decodeCrw, ErrorRecoveryCode, ReportingSource, type Crw } from '../../arch/index.js';
import { CcwspecError } from '../../errors/index.js';
import { Task } from '../../machine/scheduler.js';
import type { HostKernel } from './host-kernel.js';
import { HostSubchannel, PathEvent } from './host-subchannel.js';

/** The host's common I/O layer: its subchannels, interruptions and channel reports. */
export class CommonIo {
  readonly #subchannels = new Map<number, HostSubchannel>();
  readonly #variedOff = new Set<number>();
  readonly #reportTask: Task;

  constructor(readonly host: HostKernel) {
    this.#reportTask = new Task('channel-report', () => {
      this.#takeReports();
    });
    host.instructions.onInterruption = (number) => {
      this.#subchannels.get(number)?.raiseInterruption();
    };
    host.instructions.onChannelReport = () => {
      host.scheduler.post(this.#reportTask);
    };
  }

  /** The subchannel of that number, registered at first use with the settings that io_subchannel gives it. */
  subchannel(number: number): HostSubchannel {
    let subchannel = this.#subchannels.get(number);
    if (subchannel === undefined) {
      subchannel = new HostSubchannel(this.host, number);
      subchannel.initialise(this.#variedOff);
      this.#subchannels.set(number, subchannel);
    }
    return subchannel;
  }

  /** Whether a path is not varied off. */
  isVariedOn(chpid: number): boolean {
    return !this.#variedOff.has(chpid);
  }

  /** Logically varies a path. Off while off changes nothing; on always tells the drivers. */
  vary(chpid: number, on: boolean): void {
    if (!on && this.#variedOff.has(chpid)) return;
    if (on) this.#variedOff.delete(chpid);
    else this.#variedOff.add(chpid);
    this.#pathEvent(chpid, on ? PathEvent.varyOn : PathEvent.varyOff);
  }

  /** A path has come or gone at the machine. Nothing happens for a path that is varied off. */
  pathAvailability(chpid: number, available: boolean): void {
    if (this.isVariedOn(chpid)) this.#pathEvent(chpid, available ? PathEvent.online : PathEvent.offline);
  }

  /** The security of a fibre-channel endpoint on the path has changed. */
  endpointSecurityChanged(chpid: number): void {
    this.#pathEvent(chpid, PathEvent.endpointSecurity);
  }

  /** Has the subchannel's driver look at it again. */
  evaluate(number: number): void {
    this.#subchannels.get(number)?.driver?.subchannelEvent();
  }

  #pathEvent(chpid: number, event: PathEvent): void {
    for (const subchannel of this.#subchannels.values()) {
      const { driver } = subchannel;
      if (driver === undefined) continue;
      subchannel.lock.acquire();
      const result = driver.pathEvent(subchannel.pathMask(chpid), chpid, event);
      if (result !== 0 && event === PathEvent.offline) subchannel.lpm = 0;
      subchannel.lock.release();
      if (result !== 0 && event === PathEvent.offline) this.evaluate(subchannel.number);
    }
  }

  #takeReports(): void {
    for (let word = this.host.instructions.stcrw(); word !== 0; word = this.host.instructions.stcrw()) {
      if ((word & CrwBit.overflow) !== 0) {
        for (const number of [...this.#subchannels.keys()]) this.evaluate(number);
        continue;
      }
      this.#takeReport(decodeCrw(word));
      // The second word of a chained report names the subchannel set, and the model has one.
      if ((word & CrwBit.chaining) !== 0) this.host.instructions.stcrw();
    }
  }

  #takeReport(report: Crw): void {
    switch (report.reportingSource) {
      case ReportingSource.subchannel:
        this.evaluate(report.reportingSourceId);
        break;
      case ReportingSource.channelPath:
        this.#takePathReport(report);
        break;
      default:
        throw new CcwspecError(
          'E-MODEL-UNIMPLEMENTED',
          `the model's host kernel knows no channel report of reporting source ${report.reportingSource}`,
        );
    }
  }

  #takePathReport(report: Crw): void {
    if (report.solicited) return;
    const chpid = report.reportingSourceId & 0xff;
    switch (report.errorRecoveryCode) {
      case ErrorRecoveryCode.installedParametersInitialized:
      case ErrorRecoveryCode.initialized:
        this.pathAvailability(chpid, true);
        break;
      case ErrorRecoveryCode.permanentErrorInitialized:
      case ErrorRecoveryCode.permanentErrorNotInitialized:
        this.pathAvailability(chpid, false);
        break;
      default:
        this.host.log.add(
          `cio: no handling of error-recovery code ${report.errorRecoveryCode} for channel path ${chpid}`,
        );
    }
  }
}
