/** What a target is: something with a vfio-ccw driver, a subchannel and a device, on which cases run. */

import type { ChannelOptions, ChannelPort } from './channel-port.js';
import type { SystemPort } from './system-port.js';
import type { VfioOpenOptions, VfioPort } from './vfio-port.js';

/** What a case may need of a target beyond the ports. The list is closed, so that a misspelt need is an error at load. */
export const capabilities = {
  vfio: 'an open vfio-ccw device',
  channel: 'the channel-subsystem instructions of a guest',
  iommufd: 'the character-device way of opening (kernel 6.6 and later)',
  'group-only': 'a kernel on which the group is the only way of opening (before 6.6)',
  lifecycle: 'binding, creating and removing through sysfs',
  eckd: 'an ECKD disk behind the subchannel',
  'scratch-track': 'a track of the volume that may be rewritten',
  'second-host': 'a second host with a path to the same device',
  'second-process': 'a second process that shares the device file',
  'several-processors':
    'a host with two processors or more, on which calls and the work of the driver run at the same time',
  'slow-device': 'control over when the device answers',
  'device-status': 'a device that can be made to present unsolicited status',
  'path-control': 'channel paths that can be varied off and on at the host',
  'path-configuration': 'channel paths that can be configured off and on at the machine',
  'path-reports': 'channel paths that the machine can be made to report as gone and come',
  'path-faults': 'channel paths that break or raise events at will',
  'many-paths': 'at least two channel paths to the device',
  unplug: 'a device that can be removed while it is open',
  'host-shutdown': 'a shutdown of the host as far as the driver sees it',
  'memory-adversary': 'a change of guest memory between two reads of the driver',
  'memory-race': 'a thread that changes guest memory while the driver works on another processor',
  schedule: 'control over the order in which concurrent work runs',
  'kernel-faults': 'injected failures of kernel allocations and instructions',
  'allocation-faults': 'injected failures of kernel allocations during a system call',
  'host-instructions': 'a view of what the driver asked of the host subchannel (ORB, channel program)',
  'storage-keys': 'storage keys of guest memory',
  'locked-memory-limit': 'a limit on locked memory that can be set',
  'ends-suspended':
    'a channel subsystem that is busy with a suspended program, and ends it at CANCEL and CLEAR SUBCHANNEL',
} as const;

export type Capability = keyof typeof capabilities;

/** One thing that is taken and not given back: a pinned page, a kernel allocation, queued work, a reference to an eventfd. */
export interface LedgerEntry {
  readonly kind: 'pinned page' | 'allocation' | 'queued work' | 'eventfd' | 'open file' | 'reservation';
  /** what it is, for example `guest page 0x3000` */
  readonly what: string;
  /** where it was taken, for example `channel-program copy, segment 2` */
  readonly takenAt: string;
}

/** Control over when the device answers ('slow-device'). */
export interface DeviceTiming {
  /**
   * Holds the device at its `ordinal`th command (from 1) of the next program: it is selected and accepts the command, but
   * presents no ending status until `release` or until it is halted or cleared. @returns after arming.
   */
  holdAtCommand(ordinal: number): Promise<void>;
  /** Presents channel end for the held command at once and device end only on `release`. */
  holdBeforeDeviceEnd(ordinal: number): Promise<void>;
  /** Lets a held command end. */
  release(): Promise<void>;
  /** The device answers nothing at all any more, not even halt or clear signals, until `release`. */
  goDeaf(): Promise<void>;
  /** Commands that the device has accepted since the session began. */
  commandsSeen(): Promise<number>;
}

/** Unsolicited status ('device-status'). */
export interface DeviceStatusControl {
  /** Presents `status` (DeviceStatus bits), with `sense` if it includes unit check. */
  present(status: number, sense?: Uint8Array): Promise<void>;
}

/**
 * Channel paths of the subchannel ('path-control'). What belongs to a capability of its own throws CcwspecError E-TARGET on
 * a target that lacks it; undoing (online, not broken) what cannot be done there does nothing.
 */
export interface PathControl {
  /** identifiers of the subchannel's installed paths, path 0 first */
  readonly chpids: readonly number[];
  /** Logically varies a path at the host: no channel report. */
  vary(chpid: number, online: boolean): Promise<void>;
  /** 'path-configuration': configures a path off or on at the machine: a channel report, and the path-event handler. */
  configure(chpid: number, online: boolean): Promise<void>;
  /** 'path-reports': a channel report that a path of the subchannel has gone or come; the subchannel's masks stay. */
  report(chpid: number, online: boolean): Promise<void>;
  /** 'path-faults': a path event of a path that is not one of the subchannel's. */
  foreignPathEvent(chpid: number, online: boolean): Promise<void>;
  /** 'path-faults': a "fibre-channel endpoint security changed" event for a path. */
  endpointSecurityChanged(chpid: number): Promise<void>;
  /** 'path-faults': stops a path from answering without telling anyone: the next selection fails. */
  breakPath(chpid: number, broken: boolean): Promise<void>;
}

/** One START, as the host's channel subsystem got it ('host-instructions'). */
export interface HostStart {
  /** the 32 bytes of the ORB that the driver gave START SUBCHANNEL */
  readonly orb: Uint8Array;
  readonly conditionCode: number;
  /** the translated channel program: each segment's absolute address and CCWs (format 1) in order of the copy */
  readonly segments: readonly { readonly address: number; readonly ccws: Uint8Array }[];
  /** the IDAWs behind each CCW that has IDA, in program order, as 64-bit words */
  readonly idawLists: readonly (readonly bigint[])[];
}

/** What the driver did to the subchannel ('host-instructions'). */
export interface HostView {
  /** START SUBCHANNELs since the session began */
  starts(): Promise<readonly HostStart[]>;
  /** instructions issued since the session began, with condition code: `hsch 0`, `csch 0`, `xsch 2`, `msch 0`, … */
  instructions(): Promise<readonly string[]>;
  /** pin calls since the session began: IOVA and number of pages of each */
  pinCalls(): Promise<readonly { readonly iova: number; readonly pages: number }[]>;
  /** logical path mask that the host would use for ORB.lpm 0 */
  pathMask(): Promise<number>;
  /** state of the driver's state machine */
  driverState(): Promise<'NOT_OPER' | 'STANDBY' | 'IDLE' | 'CP_PROCESSING' | 'CP_PENDING'>;
}

/** Injected failures of allocations ('allocation-faults'). */
export interface AllocationFaults {
  /** Makes the `ordinal`th kernel allocation of the next system calls (from 1) fail; 0 takes that back. */
  failAllocation(ordinal: number): Promise<void>;
}

/** Injected failures ('kernel-faults'). Here an allocation is any that the driver makes, also outside of system calls. */
export interface KernelFaults extends AllocationFaults {
  /** Makes the next START SUBCHANNEL of the host end with this condition code, or with a program check. */
  nextStart(outcome: 1 | 2 | 3 | 'program-check'): Promise<void>;
  /** Makes the next HALT or CLEAR SUBCHANNEL of the host end with this condition code. */
  nextHaltOrClear(conditionCode: 1 | 2 | 3): Promise<void>;
  /** Makes every MODIFY SUBCHANNEL of the host end with this condition code, or with a program check; undefined ends it. */
  modify(outcome: 1 | 2 | 3 | 'program-check' | undefined): Promise<void>;
  /** Makes the next pin of several pages succeed for fewer than asked. */
  pinShort(): Promise<void>;
}

/** Order of concurrent work ('schedule'). */
export interface ScheduleControl {
  /** Holds the named kind of work: it stays queued and does not run. */
  hold(work: 'io-work' | 'crw-work' | 'not-operational-work' | 'interrupt'): Promise<void>;
  /** Lets held work run again; it runs at the next wait. */
  letGo(work: 'io-work' | 'crw-work' | 'not-operational-work' | 'interrupt'): Promise<void>;
  /** Runs everything that can run now, and the work that it queues. */
  settle(): Promise<void>;
  /** Runs `action` once, in the middle of the next call that reaches the named point of the driver. */
  atPoint(point: string, action: () => void): Promise<void>;
  /** Moves virtual time forward by `milliseconds`, running what becomes due. */
  advance(milliseconds: number): Promise<void>;
}

/** Changes of guest memory between two reads ('memory-adversary'). */
export interface MemoryAdversary {
  /** After the driver has read `iova` for the `nth` time (from 1) in the next request, stores `bytes` there. */
  changeAfterRead(iova: number, nth: number, bytes: Uint8Array): Promise<void>;
  /** Bytes that the driver read more than once during the last request, as ranges of IOVA. */
  doubleFetches(): Promise<readonly { readonly iova: number; readonly length: number }[]>;
}

/**
 * 'memory-race': stores `one` and `other`, which are as long, in turn at the process's own address for `milliseconds`, at most 5,000,
 * while other calls go on. The promise settles when that is over.
 */
export type MemoryRace = (address: number, milliseconds: number, one: Uint8Array, other: Uint8Array) => Promise<void>;

/** The controls that a target's capabilities promise; one per capability that needs calls of its own. */
export interface TargetControls {
  readonly timing?: DeviceTiming;
  readonly deviceStatus?: DeviceStatusControl;
  readonly paths?: PathControl;
  readonly host?: HostView;
  readonly faults?: KernelFaults;
  readonly allocationFaults?: AllocationFaults;
  readonly schedule?: ScheduleControl;
  readonly adversary?: MemoryAdversary;
  readonly memoryRace?: MemoryRace;
  /** 'second-host': a session of another host with a path to the same device */
  readonly secondHost?: () => Promise<TargetSession>;
  /** 'unplug': removes the device from the subchannel, as a hot-unplug does */
  readonly unplug?: () => Promise<void>;
  /** 'unplug': raises a subchannel event (evaluation) without any change */
  readonly evaluateSubchannel?: () => Promise<void>;
  /** 'host-shutdown': what the driver sees of a shutdown of the host */
  readonly shutdown?: () => Promise<void>;
  /** 'storage-keys': sets the storage key of the 4 KiB block of guest memory at `iova`, with fetch protection or not */
  readonly setStorageKey?: (iova: number, key: number, fetchProtected: boolean) => Promise<void>;
  /** 'locked-memory-limit': RLIMIT_MEMLOCK in bytes */
  readonly setLockedMemoryLimit?: (bytes: number) => Promise<void>;
}

/** Names that a case needs to reach the device through sysfs and /dev. */
export interface DevicePlaces {
  /** bus id of the subchannel, for example `0.0.0000` */
  readonly subchannel: string;
  readonly uuid: string;
  /** `/dev/vfio/0` */
  readonly group: string;
  /** `/dev/vfio/devices/vfio0`, where the kernel has it */
  readonly cdev?: string;
}

/** Where a line of the host's kernel came from. */
export type KernelSource = 'trace' | 's390dbf' | 'kernel log' | 'console';

/** What one source of the host's kernel recorded while a case ran, oldest line first. */
export interface KernelEvidence {
  readonly source: KernelSource;
  readonly lines: readonly string[];
}

/** A started target. The model makes one for every case; a real target keeps one for the run. */
export interface TargetSession {
  readonly capabilities: ReadonlySet<Capability>;
  /** why a capability that the target promised is missing after all, where that is known only once it runs */
  readonly missing?: ReadonlyMap<Capability, string>;
  readonly system: SystemPort;
  readonly places: DevicePlaces;
  readonly controls: TargetControls;
  openVfio(options?: VfioOpenOptions): Promise<VfioPort>;
  openChannel(options?: ChannelOptions): Promise<ChannelPort>;
  /** Everything that is taken now. */
  ledger(): Promise<readonly LedgerEntry[]>;
  /** Lets work that is already queued finish. */
  settle(): Promise<void>;
  /**
   * Undefined if the device answers; else what is wrong with it.
   * @param quiet true after a case that passed: a session may then look less closely, where that costs much
   */
  health(quiet?: boolean): Promise<string | undefined>;
  /** Virtual nanoseconds since the session began, on a target that has virtual time: case limits then count in it. */
  readonly virtualTime?: () => number;
  /** Text about the target, from the moment of the call: trace of the last events, for a failing case. */
  evidence(): Promise<readonly string[]>;
  /**
   * Called before each case, which `id` names: from here on counts what the kernel records. `needs` are those of the case,
   * where the target must know them (a limit on locked memory binds only a process of its own): `system` may be another
   * process afterwards. `deviates`: the suite lists the case as deviating here, so that what it waits for is not expected to
   * come, and need not be waited for as long.
   */
  beginCase?(id: string, needs?: readonly Capability[], deviates?: boolean): Promise<void>;
  /** What was asked of the target and has no answer yet, in words: what a case hangs on. */
  unanswered?(): readonly string[];
  /** What the host's kernel recorded since `beginCase`. A target that has it is asked after every case. */
  kernelEvidence?(): Promise<readonly KernelEvidence[]>;
  /**
   * Reports of the host's kernel since `beginCase` (oops, BUG, KASAN, lockdep, …), each with all its lines. One of them fails
   * the case, whatever the case itself said.
   */
  kernelReports?(): Promise<readonly string[]>;
  /**
   * Reports of kernel memory that was allocated since `beginCase` and is lost: nothing refers to it any more (kmemleak). A target whose
   * kernel keeps no account of it has none. Takes many seconds, so that only a case that looks for leaks has it
   * asked.
   */
  lostMemory?(): Promise<readonly string[]>;
  /**
   * Called before the runner closes what a case left open: ends the requests that are pending, where closing the device would
   * wait for them for ever.
   */
  calm?(): Promise<void>;
  /**
   * Takes back everything that was opened through this session; called between cases on a target that keeps its session, before
   * `health`, which fails where this did.
   */
  release?(): Promise<void>;
  /** Settles, either way, with what ended the target while it was in use. No call is answered any more then. */
  readonly died?: Promise<Error>;
  /** The last lines of the target's console, also after it has died. */
  consoleTail?(): readonly string[];
  close(): Promise<void>;
}

/** A target that can be started, named as on the command line: `model`, `model:linux-6.1.176`. */
export interface Target {
  readonly name: string;
  /** one line for `ccwspec targets` */
  readonly description: string;
  /**
   * What it is made of, for the reports: driver, machine, device. `kernel` (as `uname -r` prints it) and `platform` (name and
   * version with a hyphen: `qemu-7.2.19`, `hercules-3.13`) are also what a listed deviation is bound to.
   */
  readonly versions: Readonly<Record<string, string>>;
  readonly capabilities: ReadonlySet<Capability>;
  /** why a capability is missing, for the reasons of a skip */
  readonly missing: ReadonlyMap<Capability, string>;
  /** 'case': a session for every case. 'run': one session for all */
  readonly isolation: 'case' | 'run';
  /**
   * How many sessions are worth having side by side, unless the user says otherwise, where each is a machine of its own;
   * undefined where there is but one device.
   */
  readonly lanes?: number | undefined;
  /** true where a session is kept, and yet its volumes are nobody's data: copies that go with it */
  readonly disposable?: boolean;
  /**
   * Looks at what is there, once, before a plan is made: `versions`, `capabilities` and `missing` are true afterwards. Leaves
   * everything as it was. `writable`: the run allows that cases write on the volume.
   * @throws CcwspecError for everything that would keep `start` from working
   */
  prepare?(purpose: { readonly writable: boolean }): Promise<void>;
  /** how many times slower it is than others of its kind, and the time that cases have is longer; default 1 */
  readonly slowness?: number;
  /** milliseconds that `start` may take by its own limits, where that is more than two minutes */
  readonly startLimit?: number;
  start(seed: number): Promise<TargetSession>;
}
