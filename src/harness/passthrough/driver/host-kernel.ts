/** What the driver shares with the rest of one host's kernel. */

import type { HostInstructions } from '../../machine/host-instructions.js';
import type { Scheduler } from '../../machine/scheduler.js';
import type { AbsoluteStorage } from '../../machine/storage.js';
import type { LedgerEntry } from '../../ports/target.js';
import type { DriverProfile } from '../profiles/driver-profile.js';
import { FaultInjection, KernelMemory, WatchedInstructions } from './fault-injection.js';
import { HostRecorder } from './host-view.js';
import { KernelFaultLog } from './kernel-faults.js';
import { KernelLog } from './kernel-log.js';
import { OrderedWorkqueue } from './workqueue.js';

/** What a host is made of. */
export interface HostParts {
  readonly profile: DriverProfile;
  readonly scheduler: Scheduler;
  readonly storage: AbsoluteStorage;
  readonly instructions: HostInstructions;
}

/** One host's kernel, as far as the driver and the common I/O layer need it. */
export class HostKernel {
  readonly profile: DriverProfile;
  readonly scheduler: Scheduler;
  readonly storage: AbsoluteStorage;
  readonly instructions: WatchedInstructions;
  readonly injection = new FaultInjection();
  readonly memory: KernelMemory;
  readonly faults = new KernelFaultLog();
  readonly log: KernelLog;
  readonly recorder: HostRecorder;
  /** the driver's workqueue `vfio-ccw`, one for all devices */
  readonly workqueue: OrderedWorkqueue;
  /** Called after every read of guest storage by the driver, whichever way it is done; for memory adversaries. */
  onGuestRead: ((iova: number, length: number) => void) | undefined;
  /** eventfd references that were taken and not given back, with the place that took them */
  readonly eventfds = new Map<object, string>();

  constructor(parts: HostParts) {
    this.profile = parts.profile;
    this.scheduler = parts.scheduler;
    this.storage = parts.storage;
    this.instructions = new WatchedInstructions(parts.instructions, this.injection);
    this.memory = new KernelMemory(parts.storage, this.injection);
    this.log = new KernelLog(parts.scheduler);
    this.recorder = new HostRecorder(this.instructions);
    this.workqueue = new OrderedWorkqueue(parts.scheduler);
  }

  /** What the driver holds now, apart from storage and pins, which AbsoluteStorage lists itself. */
  ledger(): LedgerEntry[] {
    const entries: LedgerEntry[] = this.workqueue.names.map((name) => ({
      kind: 'queued work',
      what: name,
      takenAt: 'workqueue vfio-ccw',
    }));
    for (const takenAt of this.eventfds.values()) entries.push({ kind: 'eventfd', what: 'eventfd reference', takenAt });
    if (this.memory.pageArrays > 0) {
      entries.push({
        kind: 'allocation',
        what: `${this.memory.pageArrays} page arrays`,
        takenAt: 'translation of a CCW',
      });
    }
    return entries;
  }
}
