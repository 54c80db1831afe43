/** A real host as a target: `vfio` is this machine, `ssh:HOST` another one. One session for a run. */

import { randomUUID } from 'node:crypto';

import { CcwspecError } from '../../errors/index.js';
import type { Capability, Target, TargetSession } from '../../ports/index.js';
import type { HostConnection } from './connection.js';
import type { HostSession, HostSessionOptions } from './host-session.js';
import { FileJournal, journalFolder } from './journal-file.js';
import { findLeftovers, isAbout, isRunning, putBackLeftovers, type IsRunning } from './leftovers.js';
import type { DeviceName } from './subchannels.js';
import { HostSysfs } from './sysfs.js';

/** What a host target is made of. */
export interface HostTargetOptions {
  readonly name: string;
  /** one line: which machine */
  readonly description: string;
  /** reaches the host */
  readonly connect: () => Promise<HostConnection>;
  readonly device: DeviceName;
  readonly writable: boolean;
  readonly varyPaths?: boolean;
  /** finds reports of the kernel in the text of its log */
  readonly reportsIn?: (log: string) => readonly string[];
  /** folder of the journals; default: the user's own */
  readonly journals?: string;
  readonly isRunning?: IsRunning;
}

const NOT_LOOKED: readonly [string, string] = ['host', 'has not been looked at'];

/** A real host. Its versions and capabilities are known after `prepare`. */
export class HostTarget implements Target {
  readonly name: string;
  readonly description: string;
  readonly isolation = 'run';
  #versions: Readonly<Record<string, string>> = Object.fromEntries([NOT_LOOKED]);
  #capabilities: ReadonlySet<Capability> = new Set();
  #missing: ReadonlyMap<Capability, string> = new Map();

  constructor(readonly options: HostTargetOptions) {
    this.name = options.name;
    this.description = options.description;
  }

  get versions(): Readonly<Record<string, string>> {
    return this.#versions;
  }

  get capabilities(): ReadonlySet<Capability> {
    return this.#capabilities;
  }

  get missing(): ReadonlyMap<Capability, string> {
    return this.#missing;
  }

  async prepare({ writable }: { readonly writable: boolean }): Promise<void> {
    const session = await this.#open(writable);
    await session.close();
  }

  start(): Promise<TargetSession> {
    return this.#open(this.options.writable);
  }

  async #open(writable: boolean): Promise<HostSession> {
    const connection = await this.options.connect();
    let session: HostSession;
    try {
      const { HostSession } = await import('./host-session.js');
      session = await HostSession.start(await this.#sessionOptions(connection, writable));
    } catch (thrown) {
      await connection.close();
      throw thrown;
    }
    this.#capabilities = session.capabilities;
    this.#missing = session.missing;
    this.#versions = await versionsOf(connection, session);
    return session;
  }

  /** Puts back first what earlier runs left, and takes a device that was attached by hand as it is. */
  async #sessionOptions(connection: HostConnection, writable: boolean): Promise<HostSessionOptions> {
    const { name, device, varyPaths, reportsIn } = this.options;
    const folder = this.options.journals ?? journalFolder();
    const { abandoned, running, byHand } = findLeftovers(folder, name, this.options.isRunning ?? isRunning);
    const other = running.find(({ content }) => isAbout(content, device));
    if (other !== undefined) {
      const { subchannel, owner } = other.content;
      throw new CcwspecError(
        'E-HOST-IN-USE',
        `another run has subchannel ${subchannel} of ${name} (process ${owner ?? 0})`,
        'Wait until it is over, or name another device.',
      );
    }
    await putBackLeftovers(connection.system, abandoned);
    const attached = byHand.find(({ content }) => isAbout(content, device))?.content;
    const options = {
      connection,
      device: attached === undefined ? device : { ...device, subchannel: attached.subchannel },
      writable,
      ...(varyPaths === undefined ? {} : { varyPaths }),
      ...(reportsIn === undefined ? {} : { reportsIn }),
    };
    if (attached !== undefined) return { ...options, uuid: attached.uuid };
    const uuid = randomUUID();
    return { ...options, uuid, journal: FileJournal.create(folder, name, uuid, process.pid) };
  }
}

/** What the host is made of, for the reports. */
async function versionsOf(connection: HostConnection, session: HostSession): Promise<Record<string, string>> {
  const banner = (await new HostSysfs(connection.system).text('/proc/version')) ?? '';
  const kernel = /^Linux version (\S+)/.exec(banner)?.[1];
  return {
    driver: `vfio-ccw of Linux ${kernel ?? '(version unknown)'}`,
    ...(kernel === undefined ? {} : { kernel }),
    device: session.description,
  };
}
