/**
 * What the driver keeps for one device: the state machine's state, the regions' bytes, the program, the status that waits to
 * be relayed, the eventfds. It lives with the mdev, in older kernels with the subchannel's binding.
 */

import { IRB_BASE_LENGTH, SCHIB_LENGTH, viewOf } from '../../arch/index.js';
import { AsyncRegion, CrwRegion, IoRegion } from '../../uapi/index.js';
import type { EventfdContext } from '../driver-port.js';
import { ChannelProgram } from './channel-program.js';
import { CrwQueue } from './crw-queue.js';
import { GuestFetch } from './guest-fetch.js';
import type { HostKernel } from './host-kernel.js';
import type { HostSubchannel } from './host-subchannel.js';
import { relayChannelReports, relayInterruption } from './interrupt-relay.js';
import { Lock } from './locks.js';
import { act } from './state-machine.js';
import { State, type Event } from './states.js';
import { WorkItem } from './workqueue.js';

/** Kernel allocations behind a new state: itself, the segment buffer and four regions. */
const ALLOCATIONS = 6;

/** What the driver keeps of one device (struct vfio_ccw_private). */
export class DeviceState {
  state: State = State.standby;
  readonly ioRegion = new Uint8Array(IoRegion.length);
  readonly ioView = viewOf(this.ioRegion);
  readonly asyncRegion = new Uint8Array(AsyncRegion.length);
  readonly asyncView = viewOf(this.asyncRegion);
  readonly schibRegion = new Uint8Array(SCHIB_LENGTH);
  readonly crwRegion = new Uint8Array(CrwRegion.length);
  readonly crwView = viewOf(this.crwRegion);
  /** regions beyond the first that are registered: three while open */
  registeredRegions = 0;
  readonly guest: GuestFetch;
  readonly program: ChannelProgram;
  /** status of the last interruption; a second one before it is relayed overwrites it (IRQ-016) */
  readonly irb = new Uint8Array(IRB_BASE_LENGTH);
  readonly irbView = viewOf(this.irb);
  /** where TEST SUBCHANNEL has just stored the status that an interruption event is about */
  processorIrb: Uint8Array = this.irb;
  readonly ioMutex = new Lock('io_mutex');
  readonly crws: CrwQueue;
  /** by interrupt index */
  readonly triggers: (EventfdContext | undefined)[] = [undefined, undefined, undefined];
  /** set while somebody waits for an interruption */
  completion: { done: boolean } | undefined;
  readonly ioWork: WorkItem;
  readonly crwWork: WorkItem;
  readonly notOperationalWork: WorkItem;
  /** its memory is given back: what still runs uses it after free */
  released = false;

  constructor(
    readonly host: HostKernel,
    readonly subchannel: HostSubchannel,
  ) {
    this.guest = new GuestFetch(host);
    this.program = new ChannelProgram(host, this.guest);
    this.crws = new CrwQueue(host);
    const mutexIsFree = (): boolean => !this.ioMutex.held;
    const completionWaits = host.profile.completionLocks === 'program and region';
    this.ioWork = this.#workItem('io-work', relayInterruption, completionWaits ? mutexIsFree : undefined);
    this.crwWork = this.#workItem('crw-work', relayChannelReports);
    this.notOperationalWork = this.#workItem('not-operational-work', freeProgram, mutexIsFree);
  }

  /** Makes a new state. @returns undefined if there is no memory for it */
  static create(host: HostKernel, subchannel: HostSubchannel): DeviceState | undefined {
    return host.memory.charge(ALLOCATIONS) ? new DeviceState(host, subchannel) : undefined;
  }

  /** Hands `event` to the state machine. */
  raise(event: Event): void {
    act(this, event);
  }

  /** Adds 1 to the eventfd of an interrupt index, if there is one. */
  signal(index: number): void {
    this.triggers[index]?.signal();
  }

  /** Replaces the eventfd of an interrupt index. */
  setTrigger(index: number, eventfd: EventfdContext | undefined): void {
    const before = this.triggers[index];
    if (before !== undefined) {
      this.host.eventfds.delete(before);
      before.put();
    }
    this.triggers[index] = eventfd;
    if (eventfd !== undefined) this.host.eventfds.set(eventfd, `SET_IRQS of index ${index}`);
  }

  /** Cancels what is queued, and lets the cleanup of a lost device finish: what close and release do since July 2026. */
  endWork(): void {
    const { workqueue } = this.host;
    workqueue.cancel(this.ioWork);
    workqueue.cancel(this.crwWork);
    workqueue.flushItem(this.notOperationalWork);
  }

  /** Gives the memory back. The eventfds' references are not given back (section 2.8). */
  release(): void {
    if (this.host.profile.workEndsWithRelease) this.endWork();
    this.crws.clear();
    this.released = true;
  }

  #workItem(name: string, work: (state: DeviceState) => void, canRun?: () => boolean): WorkItem {
    const run = (): void => {
      if (this.released) {
        this.host.faults.record(`use after free: ${name} runs for a released device`, name, 'CVE-2026-80553');
        return;
      }
      work(this);
    };
    return new WorkItem(this.host.workqueue, name, run, canRun);
  }
}

/** The work item that ends a program whose device is not operational any more. */
function freeProgram(state: DeviceState): void {
  state.ioMutex.acquire();
  state.program.free();
  state.ioMutex.release();
}
