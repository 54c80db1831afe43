/**
 * A subchannel as the host kernel keeps it, and the common I/O layer's work on it: enabling and disabling, refreshing the
 * SCHIB, and the cancel-halt-clear ladder that ends whatever is running.
 */

import {
  PmcwCharacteristic,
  PmcwFlag,
  SCHIB_LENGTH,
  SchibOffset,
  ScswBit,
  subchannelType,
  viewOf,
} from '../../arch/index.js';
import { OPERAND_EXCEPTION } from '../../machine/host-instructions.js';
import { Task } from '../../machine/scheduler.js';
import { Errno } from '../../uapi/index.js';
import type { HostKernel } from './host-kernel.js';
import { Lock } from './locks.js';

/** What a driver bound to a subchannel offers the common I/O layer. */
export interface SubchannelDriver {
  /** An interruption; `irb` holds 64 bytes. Called with the subchannel's lock held. */
  interrupt(irb: Uint8Array): void;
  /** Something about the subchannel may have changed. */
  subchannelEvent(): void;
  /** A path event on `mask`, this subchannel's bit of the path. Called with the lock held. @returns 0 or a negative errno */
  pathEvent(mask: number, chpid: number, event: PathEvent): number;
}

/** Path events, numbered as the common I/O layer does: section 6.2. */
export const PathEvent = { online: 0, offline: 1, varyOn: 2, varyOff: 3, endpointSecurity: 4 } as const;
export type PathEvent = (typeof PathEvent)[keyof typeof PathEvent];

/** What MODIFY SUBCHANNEL is to establish. */
interface Configuration {
  interruptionParameter: number;
  subclass: number;
  enabled: boolean;
  concurrentSense: boolean;
}

/** Tries of MODIFY SUBCHANNEL (FSM-033). */
const MODIFY_TRIES = 5;
/** Virtual nanoseconds between two tries while the subchannel is busy. */
const BUSY_DELAY = 100_000;
/** Tries of HALT and of CLEAR SUBCHANNEL in the ladder (FSM-034). */
const HALT_TRIES = 3;
export const CLEAR_TRIES = 255;

/** A subchannel as the common I/O layer of the host keeps it (struct subchannel). */
export class HostSubchannel {
  /** the SCHIB as it was stored last */
  readonly schib = new Uint8Array(SCHIB_LENGTH);
  readonly #view = viewOf(this.schib);
  /** paths that the host would use, and paths that are not varied off; bit 0x80 is path 0 */
  lpm = 0;
  opm = 0;
  readonly lock: Lock;
  driver: SubchannelDriver | undefined;
  /** Takes the subchannel off the css bus: its mdev first, then its driver. Set by the system side. */
  onUnregister: (() => void) | undefined;
  /** the interruption that waits for the lock; the name is ScheduleControl's */
  readonly interruptTask: Task;
  readonly #configuration: Configuration = {
    interruptionParameter: 0,
    subclass: 0,
    enabled: false,
    concurrentSense: false,
  };
  readonly #unregisterTask: Task;
  /** channel-path identifiers by path, -1 where none is installed; as described when the subchannel was registered */
  readonly #installedPaths: number[] = [];
  readonly #scratch = new Uint8Array(SCHIB_LENGTH);
  readonly #scratchView = viewOf(this.#scratch);
  readonly #irb = new Uint8Array(64);

  constructor(
    readonly host: HostKernel,
    readonly number: number,
  ) {
    this.lock = new Lock(`the lock of subchannel ${this.name}`);
    this.interruptTask = new Task(
      'interrupt',
      () => {
        this.#interrupt();
      },
      () => !this.lock.held,
    );
    this.#unregisterTask = new Task(
      'subchannel-unregister',
      () => this.onUnregister?.(),
      () => !this.lock.held,
    );
  }

  /** Bus id, for example `0.0.0313`. */
  get name(): string {
    return `0.0.${this.number.toString(16).padStart(4, '0')}`;
  }

  /** Address of the control block: the interruption parameter of every request. Identifies only, nothing lies there. */
  get controlBlock(): number {
    return 0x00da_a000 + this.number * 0x800;
  }

  get flags(): number {
    return this.#view.getUint16(SchibOffset.flags);
  }

  get lastPathUsedMask(): number {
    return this.#view.getUint8(SchibOffset.lpum);
  }

  /** Bit of the installed path with identifier `chpid`, 0 if the subchannel has none. */
  pathMask(chpid: number): number {
    const path = this.#installedPaths.indexOf(chpid);
    return path < 0 ? 0 : 0x80 >> path;
  }

  /** Leaves the subchannel as io_subchannel leaves it: all available paths that are not in `variedOff`, concurrent sense. */
  initialise(variedOff: ReadonlySet<number>): void {
    this.updateSchib();
    this.opm = 0;
    for (let path = 0; path < 8; path++) {
      const mask = 0x80 >> path;
      const chpid = this.#view.getUint8(SchibOffset.chpid + path);
      this.#installedPaths[path] = (this.#view.getUint8(SchibOffset.pim) & mask) === 0 ? -1 : chpid;
      if (!variedOff.has(chpid)) this.opm |= mask;
    }
    this.lpm = this.#view.getUint8(SchibOffset.pam) & this.opm;
    this.#configuration.concurrentSense = true;
  }

  /** Stores the SCHIB. @returns 0, -ENODEV if the subchannel is not operational, -EACCES if it has no valid device */
  updateSchib(): number {
    const { instructions, profile } = this.host;
    if (instructions.stsch(this.number, this.#scratch) !== 0) return -Errno.ENODEV;
    if (!this.#scratchIsValid()) {
      if (profile.invalidSchibKept) this.schib.set(this.#scratch);
      else this.schib.fill(0);
      return -Errno.EACCES;
    }
    this.schib.set(this.#scratch);
    return 0;
  }

  /** Enables the subchannel for interruptions of `subclass`. @returns 0 or a negative errno */
  enable(subclass: number): number {
    if (this.updateSchib() !== 0) return -Errno.ENODEV;
    this.#configuration.enabled = true;
    this.#configuration.subclass = subclass;
    this.#configuration.interruptionParameter = this.controlBlock;
    const result = this.#commit();
    if (result !== -Errno.EIO) return result;
    // A program check: tried once more without concurrent sense.
    this.#configuration.concurrentSense = false;
    return this.#commit();
  }

  /** Disables the subchannel. @returns 0 or a negative errno; -EBUSY while something is running */
  disable(): number {
    if (this.updateSchib() !== 0) return -Errno.ENODEV;
    this.#configuration.enabled = false;
    return this.#commit();
  }

  /**
   * One step of the ladder that ends a running function: cancel, then up to 3 halts, then up to 255 clears.
   * @param tries shared over the steps of one ladder, CLEAR_TRIES at first
   * @returns 0 if idle now, -EBUSY if an interruption is to be expected, -EIO if out of tries, or another negative errno
   */
  cancelHaltClear(tries: { left: number }): number {
    const { instructions } = this.host;
    if (this.updateSchib() !== 0) return -Errno.ENODEV;
    if ((this.flags & PmcwFlag.enabled) === 0) return 0;
    const scswControl = this.#view.getUint32(SchibOffset.scsw);
    if ((scswControl & (ScswBit.haltPending | ScswBit.clearPending)) === 0) {
      const result = this.#cancel();
      if (result !== -Errno.EINVAL) return result;
      tries.left = HALT_TRIES;
    }
    if ((scswControl & ScswBit.clearPending) === 0) {
      if (tries.left > 0) {
        tries.left--;
        const code = instructions.hsch(this.number);
        if (code === 0) return -Errno.EBUSY;
        if (code !== 1 && code !== 2) return -Errno.ENODEV;
      }
      tries.left = CLEAR_TRIES;
    }
    if (tries.left === 0) return -Errno.EIO;
    tries.left--;
    return instructions.csch(this.number) === 0 ? -Errno.EBUSY : -Errno.ENODEV;
  }

  /** True once the subchannel is about to be unregistered. */
  get unregisterPending(): boolean {
    return this.#unregisterTask.queued;
  }

  /** Has the subchannel taken off the css bus, later. */
  scheduleUnregister(): void {
    this.host.scheduler.post(this.#unregisterTask);
  }

  /** An interruption is pending: it is taken as soon as the lock is free. */
  raiseInterruption(): void {
    this.host.scheduler.postFirst(this.interruptTask);
  }

  #interrupt(): void {
    this.lock.acquire();
    if (this.host.instructions.tsch(this.number, this.#irb) === 0) {
      this.driver?.interrupt(this.#irb);
    }
    this.lock.release();
  }

  #cancel(): number {
    switch (this.host.instructions.xsch(this.number)) {
      case 0:
        return this.updateSchib() === 0 ? 0 : -Errno.ENODEV;
      case 1:
        return -Errno.EBUSY;
      case 2:
        return -Errno.EINVAL;
      default:
        return -Errno.ENODEV;
    }
  }

  #commit(): number {
    const { instructions, scheduler } = this.host;
    if (instructions.stsch(this.number, this.#scratch) !== 0 || !this.#scratchIsValid()) return -Errno.ENODEV;
    let result = 0;
    for (let tries = 0; tries < MODIFY_TRIES; tries++) {
      this.#applyConfiguration();
      switch (instructions.msch(this.number, this.#scratch)) {
        case OPERAND_EXCEPTION:
          return -Errno.EIO;
        case 0:
          if (instructions.stsch(this.number, this.#scratch) !== 0 || !this.#scratchIsValid()) return -Errno.ENODEV;
          if (this.#configurationHolds()) {
            this.schib.set(this.#scratch);
            return 0;
          }
          result = -Errno.EAGAIN;
          break;
        case 1:
          // FSM-033: the status that is pending is taken and thrown away.
          result = -Errno.EBUSY;
          if (instructions.tsch(this.number, this.#irb) !== 0) return result;
          break;
        case 2:
          scheduler.runTo(scheduler.now + BUSY_DELAY);
          result = -Errno.EBUSY;
          break;
        default:
          return -Errno.ENODEV;
      }
    }
    return result;
  }

  #scratchIsValid(): boolean {
    const flags = this.#scratchView.getUint16(SchibOffset.flags);
    switch (subchannelType(this.#scratchView.getUint32(SchibOffset.characteristics))) {
      case 0:
        return (flags & PmcwFlag.deviceNumberValid) !== 0;
      case 2:
        return (flags & PmcwFlag.messageValid) !== 0;
      default:
        return true;
    }
  }

  #applyConfiguration(): void {
    const view = this.#scratchView;
    const wanted = this.#configuration;
    view.setUint32(SchibOffset.interruptionParameter, wanted.interruptionParameter);
    view.setUint16(SchibOffset.measurementBlockIndex, 0);
    view.setUint16(SchibOffset.flags, this.#configuredFlags(view.getUint16(SchibOffset.flags)));
    view.setUint32(
      SchibOffset.characteristics,
      this.#configuredCharacteristics(view.getUint32(SchibOffset.characteristics)),
    );
  }

  #configurationHolds(): boolean {
    const view = this.#scratchView;
    const flags = view.getUint16(SchibOffset.flags);
    const characteristics = view.getUint32(SchibOffset.characteristics);
    return (
      view.getUint32(SchibOffset.interruptionParameter) === this.#configuration.interruptionParameter &&
      view.getUint16(SchibOffset.measurementBlockIndex) === 0 &&
      flags === this.#configuredFlags(flags) &&
      characteristics === this.#configuredCharacteristics(characteristics)
    );
  }

  #configuredFlags(flags: number): number {
    const { enabled, subclass } = this.#configuration;
    const kept =
      flags & ~(PmcwFlag.interruptionSubclass | PmcwFlag.enabled | PmcwFlag.measurementMode | PmcwFlag.multipathMode);
    return kept | (subclass << 11) | (enabled ? PmcwFlag.enabled : 0);
  }

  #configuredCharacteristics(characteristics: number): number {
    const kept = characteristics & ~(PmcwCharacteristic.measurementBlockFormat | PmcwCharacteristic.concurrentSense);
    return (kept | (this.#configuration.concurrentSense ? PmcwCharacteristic.concurrentSense : 0)) >>> 0;
  }
}
