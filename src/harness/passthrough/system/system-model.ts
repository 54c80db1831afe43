/** The host kernel around the driver: names, processes, VFIO objects, and what of all this is taken. */

import { CcwspecError } from '../../errors/index.js';
import type { Scheduler } from '../../machine/scheduler.js';
import { type AbsoluteStorage, FRAME } from '../../machine/storage.js';
import type { LedgerEntry } from '../../ports/index.js';
import type { SystemProfile } from '../profiles/system.js';
import { AddressSpace } from './address-space.js';
import { ContainerFile } from './container.js';
import type { EventfdFile } from './eventfd.js';
import { Frames } from './frames.js';
import { IommufdFile } from './iommufd.js';
import { NullFile } from './null-device.js';
import { NumberPool } from './number-pool.js';
import type { OpenFile } from './open-file.js';
import { Process } from './process.js';
import type { VfioDevice } from './vfio-device.js';
import { Folder } from './vfs.js';

/** What a system is made of. */
export interface SystemOptions {
  readonly profile: SystemProfile;
  readonly scheduler: Scheduler;
  readonly storage: AbsoluteStorage;
}

/** Processes, files and folders of one host. */
export class SystemModel {
  readonly profile: SystemProfile;
  readonly scheduler: Scheduler;
  readonly frames: Frames;
  /** the root of the tree of names */
  readonly root = new Folder();
  /** registered VFIO devices by name */
  readonly devices = new Map<string, VfioDevice>();
  /** UUIDs of every mdev, until it is released */
  readonly mdevs = new Set<string>();
  readonly groupNumbers = new NumberPool();
  readonly deviceIndexes = new NumberPool();
  /** files that descriptors or objects of the kernel keep open */
  readonly openFiles = new Set<OpenFile>();
  /** eventfds that the kernel has references to */
  readonly keptEventfds = new Set<EventfdFile>();
  /** the process whose system call is running; undefined in kernel threads */
  current: Process | undefined;

  readonly #processes: Process[] = [];
  readonly #leaks: number[] = [];

  constructor({ profile, scheduler, storage }: SystemOptions) {
    this.profile = profile;
    this.scheduler = scheduler;
    this.frames = new Frames(storage);
    this.#addNames();
  }

  /** A process of its own: no files but the standard ones, nothing mapped. */
  spawn(): Process {
    return this.adopt(new Process(this, new AddressSpace(this.frames)));
  }

  /** @internal counts `process` among the running ones */
  adopt(process: Process): Process {
    this.#processes.push(process);
    return process;
  }

  /** @internal Pins that nobody can undo any more: what they went through is gone. */
  addLeaks(iovas: readonly number[]): void {
    this.#leaks.push(...iovas);
  }

  /** @internal `process` has ended */
  forget(process: Process): void {
    const at = this.#processes.indexOf(process);
    if (at >= 0) this.#processes.splice(at, 1);
  }

  /** Sets RLIMIT_MEMLOCK of every process, in bytes; processes have no CAP_IPC_LOCK, and no limit until this is called. */
  setLockedMemoryLimit(bytes: number): void {
    for (const process of this.#processes) process.space.lockLimit = bytes;
  }

  /** Everything that processes and the kernel have taken and not given back. */
  ledger(): LedgerEntry[] {
    const descriptors = new Map<OpenFile, string>();
    this.#processes.forEach((process, index) => {
      for (const { fd, file } of process.openFiles()) {
        if (!descriptors.has(file)) descriptors.set(file, index === 0 ? `fd ${fd}` : `fd ${fd} of child ${index}`);
      }
    });
    const entries: LedgerEntry[] = [];
    for (const file of this.openFiles) {
      entries.push({ kind: 'open file', what: file.what, takenAt: descriptors.get(file) ?? 'kept open by the kernel' });
    }
    const pins = (iovas: readonly number[], takenAt: string): void => {
      for (const iova of iovas)
        entries.push({ kind: 'pinned page', what: `guest page 0x${pageOf(iova).toString(16)}`, takenAt });
    };
    for (const file of this.openFiles) pins(pinnedBehind(file), `through ${file.what}`);
    pins(this.#leaks, 'left when its mapping went');
    for (const { contexts } of this.keptEventfds) {
      for (let reference = 0; reference < contexts; reference++) {
        entries.push({ kind: 'eventfd', what: 'reference of the kernel', takenAt: 'VFIO_DEVICE_SET_IRQS' });
      }
    }
    return entries;
  }

  /** @throws CcwspecError always: the model does not implement `what` */
  unimplemented(what: string): never {
    throw new CcwspecError('E-MODEL-UNIMPLEMENTED', what);
  }

  #addNames(): void {
    const { root } = this;
    root.folder('/dev').set('null', { kind: 'device', open: () => new NullFile(this.openFiles) });
    root.folder('/dev/vfio').set('vfio', { kind: 'device', open: () => new ContainerFile(this) });
    if (this.profile.iommufd) {
      root.folder('/dev').set('iommu', { kind: 'device', open: () => new IommufdFile(this) });
    }
    root.folder('/proc/sys/kernel').attribute('osrelease', () => `${this.profile.release}\n`);
    root.folder('/proc/self').attribute('status', statusOf);
    root.folder('/sys/bus/mdev/devices');
    root.folder('/sys/kernel/iommu_groups');
  }
}

/** Lines of /proc/self/status that concern locked memory, as Linux formats them. */
function statusOf({ space }: Process): string {
  const kilobytes = (pages: number): string => `${String((pages * FRAME) / 1024).padStart(8)} kB`;
  return `Name:\tccwspec\nVmLck:\t${kilobytes(space.lockedPages)}\nVmPin:\t${kilobytes(space.pinnedPages)}\n`;
}

function pinnedBehind(file: OpenFile): number[] {
  if (file instanceof ContainerFile) return file.iommu?.pinnedAddresses() ?? [];
  if (file instanceof IommufdFile) return file.spaces().flatMap((space) => space.pinnedAddresses());
  return [];
}

const pageOf = (iova: number): number => Math.floor(iova / FRAME) * FRAME;
