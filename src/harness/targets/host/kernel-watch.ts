/** What the host's kernel records while a case runs: trace events and debug logs of vfio_ccw, and the kernel log. */

import type { KernelEvidence } from '../../ports/index.js';
import type { HostConnection } from './connection.js';
import { HostSysfs } from './sysfs.js';

const TRACING = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];
/** characters of a debug log from which on it is emptied */
const LONG_LOG = 0x2000;
const DEBUG_LOGS = '/sys/kernel/debug/s390dbf';
/** the driver's debug logs, each with the view that is text */
const VIEWS = ['vfio_ccw_msg/sprintf', 'vfio_ccw_trace/hex_ascii'];

/** Records what happens from `mark` on. What the host does not have, or others use, is left out. */
export class KernelWatch {
  readonly #sysfs: HostSysfs;
  readonly #views: readonly string[];
  #logMark = 0;
  #logLines: string[] = [];
  #traceLines: string[] = [];
  #debugLines: string[] = [];
  /** time of the newest entry of each view at the mark */
  #newest = new Map<string, string>();
  /** time of the newest entry of each view that has been read, and how much text the view had then */
  readonly #seen = new Map<string, { readonly newest: string; readonly length: number }>();
  /** everything up to now has been read */
  #isRead = false;

  private constructor(
    readonly connection: HostConnection,
    /** folder of tracefs, while we are the ones who trace */
    readonly tracing: string | undefined,
    views: readonly string[],
    /** nobody else uses the host: logs may be emptied */
    readonly exclusive: boolean,
  ) {
    this.#sysfs = new HostSysfs(connection.system);
    this.#views = views;
  }

  /** Turns the driver's trace events on, unless somebody else is tracing, and finds its debug logs. */
  static async begin(connection: HostConnection, exclusive: boolean): Promise<KernelWatch> {
    const sysfs = new HostSysfs(connection.system);
    const tracing = await startTracing(sysfs, exclusive);
    const there = await Promise.all(VIEWS.map((view) => sysfs.text(`${DEBUG_LOGS}/${view}`)));
    const views = VIEWS.filter((_, index) => there[index] !== undefined);
    const watch = new KernelWatch(connection, tracing, views, exclusive);
    await watch.#readLog();
    return watch;
  }

  /** The driver is used from here on: what has been read is no longer all there is. */
  used(): void {
    this.#isRead = false;
  }

  /** From here on counts what is recorded. Costs nothing if nothing can have been recorded since it was read. */
  async mark(): Promise<void> {
    await this.read();
    await Promise.all(this.#views.map((view) => this.#keepSmall(view)));
    this.#newest = new Map([...this.#seen].map(([view, { newest }]) => [view, newest]));
    this.#traceLines = [];
    this.#logLines = [];
    this.#debugLines = [];
    this.#isRead = false;
  }

  /** Reads what was recorded up to now, unless it has been read. */
  async read(): Promise<void> {
    if (this.#isRead) return;
    await Promise.all([this.#readDebug(), this.#readTrace(), this.#readLog()]);
    this.#isRead = true;
  }

  /** What was recorded since the mark, oldest line first. */
  async evidence(): Promise<KernelEvidence[]> {
    await this.read();
    const evidence: KernelEvidence[] = [
      { source: 'trace', lines: [...this.#traceLines] },
      { source: 's390dbf', lines: [...this.#debugLines] },
      { source: 'kernel log', lines: [...this.#logLines] },
    ];
    return evidence.filter(({ lines }) => lines.length > 0);
  }

  /** The kernel log since the mark. */
  async log(): Promise<string> {
    await this.read();
    return this.#logLines.join('\n');
  }

  /** Turns the trace events off again. */
  async end(): Promise<void> {
    if (this.tracing === undefined) return;
    await this.connection.system.writeAttribute(`${this.tracing}/events/vfio_ccw/enable`, '0\n');
  }

  async #readLog(): Promise<void> {
    const read = await this.connection.kernelLog?.(this.#logMark);
    if (read === undefined) return;
    this.#logMark = read.mark;
    this.#logLines.push(...read.text.split('\n').flatMap(logLine));
  }

  /** Takes what is in the pipe: emptying the whole buffer instead would wait for every processor of the host. */
  async #readTrace(): Promise<void> {
    if (this.tracing === undefined) return;
    const text = await this.connection.system.readAttribute(`${this.tracing}/trace_pipe`);
    if (typeof text === 'number') return; // somebody else reads it
    this.#traceLines.push(...text.split('\n').filter((line) => line !== ''));
  }

  /** A log is read whole each time: where nobody else uses the host, one that has grown long is emptied. */
  async #keepSmall(view: string): Promise<void> {
    const { length = 0 } = this.#seen.get(view) ?? {};
    if (!this.exclusive || length < LONG_LOG) return;
    await this.connection.system.writeAttribute(`${DEBUG_LOGS}/${view.replace(/[^/]+$/, 'flush')}`, '-');
  }

  async #readDebug(): Promise<void> {
    const views = await Promise.all(
      this.#views.map(async (view) => {
        const after = this.#newest.get(view) ?? '';
        const [name] = view.split('/');
        const entries = await this.#entries(view);
        return entries.filter((line) => timeOf(line) > after).map((line) => `${name ?? ''}: ${line}`);
      }),
    );
    this.#debugLines = views.flat();
  }

  /** Entries of a view, the oldest first. */
  async #entries(view: string): Promise<string[]> {
    const text = (await this.#sysfs.text(`${DEBUG_LOGS}/${view}`)) ?? '';
    const lines = text.split('\n').filter((line) => timeOf(line) !== '');
    lines.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : Number(timeOf(a) > timeOf(b))));
    const newest = lines.at(-1);
    if (newest !== undefined) this.#seen.set(view, { newest: timeOf(newest), length: text.length });
    return lines;
  }
}

/** @returns the folder of tracefs; undefined without it, or while somebody else is tracing */
async function startTracing(sysfs: HostSysfs, exclusive: boolean): Promise<string | undefined> {
  for (const folder of TRACING) {
    const enable = `${folder}/events/vfio_ccw/enable`;
    const state = await sysfs.text(enable);
    if (state === undefined) continue;
    const [tracer, events] = await Promise.all([
      sysfs.text(`${folder}/current_tracer`),
      sysfs.text(`${folder}/set_event`),
    ]);
    const others = (events ?? '').split('\n').filter((event) => event !== '' && !event.startsWith('vfio_ccw:'));
    if (!exclusive && (tracer !== 'nop' || others.length > 0)) return undefined;
    return (await sysfs.system.writeAttribute(enable, '1\n')) < 0 ? undefined : folder;
  }
  return undefined;
}

/** Seconds and microseconds of an entry of a debug log, in a form that can be compared; empty for other lines. */
function timeOf(line: string): string {
  return /^\d+ (\d+:\d+) /.exec(line)?.[1] ?? '';
}

/**
 * A record of /dev/kmsg as dmesg prints it. The kernel writes a tab as `\x09` and the end of a line as `\x0a`. The lines
 * of its dictionary, which begin with a blank, are left out.
 */
function logLine(record: string): string[] {
  const found = /^\d+,\d+,(\d+),[^;]*;(.*)$/.exec(record);
  if (found === null) return [];
  const [, microseconds = '0', text = ''] = found;
  const time = `[${(Number(microseconds) / 1e6).toFixed(6).padStart(12)}]`;
  const lines = text.replaceAll('\\x09', '\t').split('\\x0a');
  return lines.map((line) => `${time} ${line}`);
}
