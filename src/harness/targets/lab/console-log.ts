/** What a lab's machine prints: a file that outlives the lab, of which the newest are kept. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { CcwspecError } from '../../errors/index.js';
import { cacheFolder } from './cache.js';
import { kernelReports } from './kernel-reports.js';

/** Logs that are kept. */
const KEPT = 100;

/** Lines that an error shows. */
const SHOWN = 20;

export const logsFolder = (): string => cacheFolder('logs');

/** Logs, the newest last. */
export async function keptLogs(): Promise<string[]> {
  const names = await readdir(logsFolder()).catch(() => []);
  return names.filter((name) => name.endsWith('.log')).sort();
}

/**
 * A log that is kept.
 * @param name as `keptLogs` names it, or its beginning; the newest if left out
 * @throws CcwspecError E-USAGE if there is none
 */
export async function labLog(name?: string): Promise<ConsoleLog> {
  const logs = await keptLogs();
  const found = name === undefined ? logs.at(-1) : logs.findLast((log) => log.startsWith(name));
  if (found !== undefined) return new ConsoleLog(join(logsFolder(), found));
  throw new CcwspecError(
    'E-USAGE',
    name === undefined ? 'no lab was booted yet' : `there is no log '${name}'`,
    'Run `ccwspec lab logs --list` to see which there are.',
  );
}

/** The console of one lab. */
export class ConsoleLog {
  constructor(readonly path: string) {}

  /** A new one, for a lab that begins now; the oldest ones go. */
  static async create(platform: string, now = new Date()): Promise<ConsoleLog> {
    const folder = logsFolder();
    await mkdir(folder, { recursive: true });
    const old = (await keptLogs()).slice(0, -(KEPT - 1));
    await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
    const time = now.toISOString().replace(/[:.]/g, '-').replace(/Z$/, '');
    return new ConsoleLog(join(folder, `${time}-${platform}-${process.pid}.log`));
  }

  /** Where the log ends now: a mark for `since`. */
  mark(): number {
    return this.read(Number.MAX_SAFE_INTEGER).end;
  }

  /** What was printed since `mark` (0: from the start). */
  since(mark: number): string {
    return this.read(mark).text;
  }

  /** The last lines. */
  tail(lines = SHOWN): string[] {
    return this.since(0).trimEnd().split('\n').slice(-lines);
  }

  /** Reports of trouble that the kernel printed since `mark`. */
  reports(mark = 0): string[] {
    return kernelReports(this.since(mark));
  }

  private read(from: number): { text: string; end: number } {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch {
      return { text: '', end: 0 }; // nothing was printed yet
    }
    try {
      const end = fstatSync(file).size;
      const bytes = Buffer.alloc(Math.max(0, end - from));
      const count = bytes.length === 0 ? 0 : readSync(file, bytes, 0, bytes.length, from);
      return { text: bytes.toString('utf8', 0, count).replaceAll('\r', ''), end };
    } finally {
      closeSync(file);
    }
  }
}
