/** A session on a real host: one subchannel, passed to vfio-ccw for the run, and given back as it was. */

import { CcwspecError, messageOf } from '../../errors/index.js';
import { openGuest } from '../../guest/index.js';
import {
  capabilities as allCapabilities,
  type Capability,
  type ChannelOptions,
  type ChannelPort,
  type DevicePlaces,
  type KernelEvidence,
  type LedgerEntry,
  type TargetControls,
  type TargetSession,
  type VfioOpenOptions,
  type VfioPort,
} from '../../ports/index.js';
import { AsyncCommand, CcwIrq, describeResult, Errno } from '../../uapi/index.js';
import { openVfioDevice, type VfioClient, writeAsyncCommand } from '../../vfio/index.js';
import { determineMissing } from './abilities.js';
import { attach } from './attach.js';
import type { HostConnection } from './connection.js';
import { hostControls } from './controls.js';
import { detach } from './detach.js';
import { ailmentOf, checkNamed, checkSerial, lookAtDevice, type FoundDevice } from './identify.js';
import type { Attachment, Journal } from './journal.js';
import { KernelWatch } from './kernel-watch.js';
import { LostMemory } from './lost-memory.js';
import { mendAttachment } from './mend.js';
import { lookAtPaths, mendPaths, type HostPaths } from './paths.js';
import { findPlaces } from './places.js';
import { lockedPages } from './process-status.js';
import { describeIdentity } from './sense-id.js';
import { findSubchannel, type DeviceName } from './subchannels.js';
import { HostSysfs } from './sysfs.js';
import { WatchedSystem } from './watched-system.js';

/** What a session is started with. It does not depend on how the host is reached. */
export interface HostSessionOptions {
  readonly connection: HostConnection;
  /** the device: subchannel or device number, and the volume serial where cases may write */
  readonly device: DeviceName;
  /** UUID of the mdev; one that is there already is used as it is, and stays */
  readonly uuid?: string;
  /** cases may write on the volume */
  readonly writable: boolean;
  /** the volume is a copy that is thrown away: it need not be named by its serial */
  readonly scratchCopy?: boolean;
  /** nobody else uses this host: its logs may be emptied, its trace events turned on whatever is traced */
  readonly exclusive?: boolean;
  /** paths may be varied although other devices are behind them */
  readonly varyPaths?: boolean;
  /** where the changes to the host are written down; default: in memory */
  readonly journal?: Journal;
  /** removes the device while it is open, and brings it back; else why that cannot be */
  readonly unplug?: (() => Promise<void>) | string;
  readonly replug?: () => Promise<void>;
  /** why a suspended program does not end at CANCEL and CLEAR SUBCHANNEL: the session then halts it before the device is closed */
  readonly cannotEndSuspended?: string;
  /** finds reports of the kernel (oops, BUG, KASAN, …) in the text of its log */
  readonly reportsIn?: (log: string) => readonly string[];
  readonly consoleTail?: () => readonly string[];
  /** what the host's kernel prints: all that is left of it when it takes the agent with it */
  readonly console?: { mark(): number; since(mark: number): string };
  /** false leaves the host as it is at the end: a lab's kernel ends with its run */
  readonly giveBack?: boolean;
}

/** Milliseconds that work which the host has queued may take after a case. */
const SETTLE_LIMIT = 1_000;
/** Milliseconds in which HALT SUBCHANNEL ends. */
const HALT_LIMIT = 1_000;
/** Cases that need this run in a process of their own. */
const OWN_PROCESS: Capability = 'locked-memory-limit';
/** Milliseconds that a case waits which is listed as deviating: what has not come by then does not come. */
const DEVIATION_WAIT = 250;
/** Bytes of locked memory that no case comes near. */
const NO_LIMIT = 2 ** 40;
/** Cases that need nothing else do no more than use the device. */
const HARMLESS: ReadonlySet<Capability> = new Set([
  'vfio',
  'channel',
  'iommufd',
  'group-only',
  'eckd',
  'scratch-track',
]);
/** Cases after which the device is asked for its identity at the latest. */
const ASKED_EVERY = 20;

/** The session. */
export class HostSession implements TargetSession {
  readonly capabilities: ReadonlySet<Capability>;
  readonly controls: TargetControls;
  /** why each of the other capabilities is missing */
  readonly missing: ReadonlyMap<Capability, string>;
  readonly died: Promise<Error>;
  readonly #main: WatchedSystem;
  /** the process of a case that needs one of its own */
  #own: WatchedSystem | undefined;
  #places: DevicePlaces;
  #idle: readonly LedgerEntry[] = [];
  #needs: readonly Capability[] = [];
  /** milliseconds that a wait for an interruption takes at most */
  #longestWait = Infinity;
  /** what `ledger` gives next: it was read before, and nothing has been done since */
  #known: readonly LedgerEntry[] | undefined;
  /** what was there when the last case had been closed */
  #settled: readonly LedgerEntry[] | undefined;
  #released: Promise<void> | undefined;
  /** where the console was when the case began */
  #consoleMark = 0;
  /** cases since the device was asked for its identity */
  #unasked = 0;
  /** devices that the case has opened, where they must be calm before they are closed */
  readonly #opened: VfioClient[] = [];

  private constructor(
    readonly options: HostSessionOptions,
    readonly attachment: Attachment,
    /** what was found behind the subchannel */
    readonly device: FoundDevice,
    readonly paths: HostPaths,
    readonly watch: KernelWatch,
    /** the way of opening that the kernel has */
    readonly way: 'group' | 'cdev',
    /** where the kernel keeps account of its memory */
    readonly lost: LostMemory | undefined,
    found: { readonly main: WatchedSystem; readonly places: DevicePlaces; readonly missing: Map<Capability, string> },
  ) {
    const { main, places, missing } = found;
    this.#main = main;
    this.#places = places;
    this.missing = missing;
    const all = Object.keys(allCapabilities) as Capability[];
    this.capabilities = new Set(all.filter((capability) => !missing.has(capability)));
    this.died = options.connection.closed;
    this.controls = hostControls({
      capabilities: this.capabilities,
      system: () => this.system,
      paths,
      unplug: typeof options.unplug === 'string' ? undefined : options.unplug,
    });
  }

  /**
   * Attaches the device, makes sure that it is the one that was named, and looks at what can be done with it. If anything is
   * wrong, the host is put back as it was.
   * @throws CcwspecError as attach does; E-HOST-SERIAL for another volume than named; E-USAGE for a run that may write on a
   * volume that is not named; E-TARGET for a device that does not answer
   */
  static async start(options: HostSessionOptions): Promise<HostSession> {
    const { connection, device: name, writable, scratchCopy = false } = options;
    const purpose = { writable, scratchCopy };
    checkNamed(name, purpose);
    const main = new WatchedSystem(connection.system);
    const sysfs = new HostSysfs(main);
    const paths = await lookAtPaths(sysfs, await findSubchannel(sysfs, name), options.varyPaths !== true);
    const attachment = await attach(main, { ...name, ...pick(options) });
    try {
      const places = await findPlaces(sysfs, attachment.subchannel, attachment.uuid);
      const way = await wayOf(main, places);
      const device = await lookAtDevice(main, places, way);
      checkNamed(name, purpose, device);
      checkSerial(device, attachment.deviceNumber, name);
      const { adopted } = attachment;
      const { unplug = 'nobody can pull a device of a real host' } = options;
      const cannotUnplug = typeof unplug === 'string' ? unplug : undefined;
      const { cannotEndSuspended } = options;
      const found = { system: main, places, device, paths, purpose, adopted, cannotUnplug, cannotEndSuspended };
      const missing = await determineMissing(found);
      const lost = options.exclusive === true ? await LostMemory.find(connection.system) : undefined;
      const watch = await KernelWatch.begin(connection, options.exclusive === true);
      const session = new HostSession(options, attachment, device, paths, watch, way, lost, { main, places, missing });
      session.#idle = await session.ledger();
      return session;
    } catch (thrown) {
      if (options.giveBack !== false) await giveBackAfter(thrown, attachment);
      throw thrown;
    }
  }

  /** The process that cases run in. */
  get system(): WatchedSystem {
    return this.#own ?? this.#main;
  }

  get places(): DevicePlaces {
    return this.#places;
  }

  /** The device in words, for the reports. */
  get description(): string {
    const { identity, volser } = this.device;
    const label = volser === undefined ? '' : `, volume ${volser}`;
    return `${this.attachment.deviceNumber} on subchannel ${this.attachment.subchannel}: ${describeIdentity(identity)}${label}`;
  }

  async openVfio(options: VfioOpenOptions = {}): Promise<VfioPort> {
    const vfio = await openVfioDevice(this.system, this.places, { way: this.way, ...options }, this.#longestWait);
    if (this.options.cannotEndSuspended !== undefined) this.#opened.push(vfio);
    return vfio;
  }

  async openChannel(options: ChannelOptions = {}): Promise<ChannelPort> {
    const vfio = await this.openVfio(options.storage === undefined ? {} : { memory: options.storage });
    return openGuest(vfio, options);
  }

  async beginCase(_id: string, needs: readonly Capability[] = [], deviates = false): Promise<void> {
    this.#needs = needs;
    this.#longestWait = deviates ? DEVIATION_WAIT : Infinity;
    this.#consoleMark = this.options.console?.mark() ?? 0;
    await this.#endOwn();
    if (needs.includes(OWN_PROCESS) && this.capabilities.has(OWN_PROCESS)) {
      this.#known = undefined;
      this.#own = await this.#forkLimited();
    }
    await this.watch.mark();
    await this.lost?.mark();
  }

  /** Files and processes that were opened through this session, and the pages that the kernel has locked for it. */
  async ledger(): Promise<readonly LedgerEntry[]> {
    const known = this.#known;
    this.#known = undefined;
    return known ?? this.#readLedger();
  }

  async #readLedger(): Promise<readonly LedgerEntry[]> {
    const own = this.#own;
    const files = [...this.#main.ledger(own), ...(own?.ledger() ?? [])];
    return [...files, ...(await lockedPages(this.system))];
  }

  /** Ends what is pending with HALT SUBCHANNEL, through each device that the case has left open. */
  async calm(): Promise<void> {
    for (let vfio = this.#opened.pop(); vfio !== undefined; vfio = this.#opened.pop()) {
      if (vfio.isClosed) continue;
      await vfio.waitIrq(CcwIrq.io, 0);
      if ((await writeAsyncCommand(vfio, AsyncCommand.halt)) > 0) await vfio.waitIrq(CcwIrq.io, HALT_LIMIT);
    }
  }

  /** Waits until everything that was taken is given back, but not for long: what stays is for the ledger to tell. */
  async settle(): Promise<void> {
    const idle = this.#idle.length;
    await new HostSysfs(this.#main).until(async () => {
      this.#settled = this.#known = await this.#readLedger();
      return this.#settled.length <= idle;
    }, SETTLE_LIMIT);
  }

  /**
   * Puts back what the case changed on the host, then asks the device for its identity. After a case that only used the device,
   * and passed, that is left out most of the time: the next case would meet a device that does not answer, and then it is asked.
   * What the kernel recorded is read on the way: all this is one round trip where nothing has to be put back.
   */
  async health(quiet = false): Promise<string | undefined> {
    const isHarmless = quiet && !this.#mayHaveWedged() && ++this.#unasked < ASKED_EVERY;
    await this.#endOwn();
    try {
      await Promise.all([isHarmless ? undefined : this.#mend(), this.watch.read(), this.#released]);
    } catch (thrown) {
      return messageOf(thrown);
    }
    if (isHarmless) {
      this.#known = this.#settled;
      return undefined;
    }
    this.#unasked = 0;
    this.watch.used();
    return ailmentOf(this.#main, this.places, this.way);
  }

  async #mend(): Promise<void> {
    const sysfs = new HostSysfs(this.#main);
    const [mended] = await Promise.all([
      mendAttachment(this.attachment, this.options.replug),
      mendPaths(sysfs, this.paths),
    ]);
    if (mended) this.#places = await findPlaces(sysfs, this.attachment.subchannel, this.attachment.uuid);
  }

  /** True after a case that did more than use the device. */
  #mayHaveWedged(): boolean {
    return this.#needs.some((need) => !HARMLESS.has(need));
  }

  async evidence(): Promise<readonly string[]> {
    const all = await this.kernelEvidence();
    return all.flatMap(({ source, lines }) => lines.map((line) => `${source}: ${line}`));
  }

  kernelEvidence(): Promise<readonly KernelEvidence[]> {
    return this.watch.evidence();
  }

  async kernelReports(): Promise<readonly string[]> {
    const { reportsIn, console } = this.options;
    if (reportsIn === undefined) return [];
    try {
      return reportsIn(await this.watch.log());
    } catch (thrown) {
      const printed = reportsIn(console?.since(this.#consoleMark) ?? '');
      if (printed.length === 0) throw thrown;
      return printed;
    }
  }

  async lostMemory(): Promise<readonly string[]> {
    return (await this.lost?.reports()) ?? [];
  }

  /** Does not wait: whatever is asked next comes after it, and `health` waits for both. */
  release(): Promise<void> {
    this.#own = undefined;
    this.#main.forget();
    this.#released = this.options.connection.release?.();
    this.#released?.catch(() => undefined);
    return Promise.resolve();
  }

  unanswered(): readonly string[] {
    return this.options.connection.unanswered?.() ?? [];
  }

  consoleTail(): readonly string[] {
    return this.options.consoleTail?.() ?? [];
  }

  /**
   * Gives the host back as it was, and ends the connection. On a host that is gone nothing can be put back: a journal in a
   * file is there for the next start.
   * @throws CcwspecError E-HOST-RESTORE if something could not be put back
   */
  async close(): Promise<void> {
    try {
      if (this.options.giveBack !== false) {
        await this.release();
        await this.#released;
        await this.watch.end();
        await detach(this.attachment);
      }
    } catch (thrown) {
      if (!(thrown instanceof CcwspecError) || thrown.code !== 'E-AGENT-GONE') throw thrown;
    } finally {
      await this.options.connection.close();
    }
  }

  /**
   * A process without CAP_IPC_LOCK: the kernel looks for it when memory is mapped, before the case sets its limit.
   * @throws CcwspecError E-TARGET if the process cannot give it up
   */
  async #forkLimited(): Promise<WatchedSystem> {
    const own = await this.#main.fork();
    const result = (await own.limit?.(NO_LIMIT)) ?? -Errno.ENOSYS;
    if (result >= 0) return own;
    await own.exit();
    throw new CcwspecError('E-TARGET', `a process keeps CAP_IPC_LOCK: ${describeResult(result)}`);
  }

  async #endOwn(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    await own?.exit();
  }
}

/** The members of `options` that attach takes over, without those that are undefined. */
function pick({ uuid, journal }: HostSessionOptions): { readonly uuid?: string; readonly journal?: Journal } {
  return { ...(uuid === undefined ? {} : { uuid }), ...(journal === undefined ? {} : { journal }) };
}

/** The group, unless the kernel was made without groups. */
async function wayOf(system: WatchedSystem, { group, cdev }: DevicePlaces): Promise<'group' | 'cdev'> {
  if (cdev === undefined) return 'group';
  const fd = await system.open(group);
  if (fd < 0) return 'cdev';
  await system.close(fd);
  return 'group';
}

/** Puts the host back after a start that went wrong; what went wrong stays the first thing that is said. */
async function giveBackAfter(thrown: unknown, attachment: Attachment): Promise<void> {
  try {
    await detach(attachment);
  } catch (second) {
    throw new CcwspecError('E-HOST-RESTORE', `${messageOf(thrown)}\n  ${messageOf(second)}`, undefined, {
      cause: thrown,
    });
  }
}
