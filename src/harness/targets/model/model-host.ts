/** One host of the model: a channel subsystem of the machine, and the kernel that runs on it. */

import { hex } from '../../arch/index.js';
import type { ChannelSubsystem } from '../../machine/channel-subsystem.js';
import type { DeviceModel } from '../../machine/device-model.js';
import { HIGH_BANK } from '../../machine/storage.js';
import { KernelModel, type MachinePaths } from '../../passthrough/kernel.js';
import { WORKER_LATENCY } from '../../passthrough/driver/index.js';
import { systemPortOf } from '../../passthrough/system/index.js';
import type { KernelProfile } from '../../passthrough/profiles/index.js';
import type { LedgerEntry, SystemPort } from '../../ports/index.js';
import { describeResult } from '../../uapi/index.js';

/** Number of the one subchannel. */
export const SUBCHANNEL = 0;
/** Identifier of path 0; the others follow. */
const FIRST_CHPID = 0x40;

/** What a host is made of. */
export interface HostParts {
  readonly profile: KernelProfile;
  readonly css: ChannelSubsystem;
  readonly device: DeviceModel;
  readonly deviceNumber: number;
  /** number of channel paths, 1 to 8 */
  readonly paths: number;
}

/** One host. */
export class ModelHost {
  readonly css: ChannelSubsystem;
  readonly kernel: KernelModel;
  readonly system: SystemPort;
  readonly paths: MachinePaths;
  /** identifiers of the installed paths, path 0 first */
  readonly chpids: readonly number[];
  readonly #frame = new Float64Array(1);

  /** Makes the host, with its subchannel passed to vfio-ccw and an mdev made. */
  constructor({ profile, css, device, deviceNumber, paths }: HostParts) {
    this.css = css;
    this.chpids = Array.from({ length: paths }, (_, path) => FIRST_CHPID + path);
    css.addSubchannel({ number: SUBCHANNEL, deviceNumber, device, paths: this.chpids });
    this.paths = configurablePaths(css);
    this.kernel = new KernelModel({
      profile,
      scheduler: css.scheduler,
      storage: css.storage,
      instructions: css,
      subchannel: SUBCHANNEL,
      chpids: this.chpids,
      paths: this.paths,
    });
    this.system = systemPortOf(this.kernel.process);
    this.kernel.setUp();
    this.kernel.host.recorder.recording = true;
  }

  /** Runs everything that can run now, and the work that it queues. */
  settle(): void {
    const { scheduler } = this.css;
    scheduler.runTo(scheduler.now + WORKER_LATENCY);
  }

  /** What the host has taken, the kernel's own mistakes not counted. */
  ledger(): readonly LedgerEntry[] {
    return this.kernel.ledger();
  }

  /** What the modelled kernel did to itself, in words; a kernel without defects does nothing of the kind. */
  kernelFaults(): string[] {
    return this.kernel.host.faults.all.map(
      ({ what, where, cve }) => `${what} (${where}${cve === undefined ? '' : `, ${cve}`})`,
    );
  }

  /**
   * Absolute address of the byte of guest memory at `iova`, found as the driver finds it: through the open device.
   * @throws RangeError where nothing is mapped for writing, or no device is open
   */
  absoluteOf(iova: number): number {
    const dma = this.kernel.driver.state?.guest.dma;
    const pinned = dma?.pinPages(iova, 1, this.#frame, 0);
    if (dma === undefined || pinned !== 1) {
      throw new RangeError(`guest memory at ${hex(iova)} cannot be reached: ${describeResult(pinned ?? 0)}`);
    }
    dma.unpinPages(iova, 1);
    return (this.#frame[0] ?? 0) + (iova % 4096);
  }

  /** Stores `bytes` at `iova` behind the driver's back, a page at a time. @throws RangeError as absoluteOf */
  poke(iova: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const room = 4096 - ((iova + done) % 4096);
      const piece = bytes.subarray(done, done + room);
      this.css.storage.high.set(piece, this.absoluteOf(iova + done) - HIGH_BANK);
      done += piece.length;
    }
  }
}

/** Configuring paths at the machine, and whether they are. */
function configurablePaths(css: ChannelSubsystem): MachinePaths {
  const off = new Set<number>();
  return {
    configured: (chpid) => !off.has(chpid),
    configure: (chpid, online) => {
      if (online) off.delete(chpid);
      else off.add(chpid);
      css.configurePath(chpid, online);
    },
  };
}
