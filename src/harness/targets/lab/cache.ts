/** The lab's cache: kernels, packages and whatever else costs time to make, kept from run to run. */

import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CcwspecError } from '../../errors/index.js';

/** The cache folder: `$XDG_CACHE_HOME/ccwspec`, or `~/.cache/ccwspec`. */
export function cacheFolder(...below: readonly string[]): string {
  const home = process.env['XDG_CACHE_HOME'];
  return join(home !== undefined && home !== '' ? home : join(homedir(), '.cache'), 'ccwspec', ...below);
}

/** Where something is made before it gets its name: nobody else has the same, not even another thread of this process. */
export function partOf(path: string): string {
  return `${path}.${process.pid}-${randomUUID().slice(0, 8)}.part`;
}

/** Writes a file so that no reader ever sees a part of it. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = partOf(path);
  await writeFile(part, content);
  await rename(part, path);
}

const LOOK_AGAIN = 500;

/**
 * Does `work` while no other process holds the lock of this name; waits for one that does. A lock whose process has gone
 * is taken over.
 * @param path the lock's file
 * @param waiting called once, with the process id of the holder, if it must wait
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  waiting?: (holder: number) => void,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const mine = await identity(process.pid);
  for (let told = false; !(await take(path, mine));) {
    const holder = await holderOf(path);
    if (holder === undefined) continue;
    if (!told) waiting?.(holder);
    told = true;
    await sleep(LOOK_AGAIN);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string, mine: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(mine);
    await file.close();
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new CcwspecError('E-OUTPUT', `${path} cannot be written: ${(thrown as Error).message}`, undefined, {
      cause: thrown,
    });
  }
}

/** The process that holds the lock. A lock of a process that is gone is removed. @returns undefined: look again at once */
async function holderOf(path: string): Promise<number | undefined> {
  const written = await readFile(path, 'utf8').catch(() => undefined);
  if (written === undefined) return undefined;
  const holder = Number(written.split(' ', 1)[0]);
  // One that has just been made is still empty; it is looked at again after the pause.
  if (written === '' || written === (await identity(holder))) return holder;
  const stale = `${path}.${process.pid}.stale`;
  // Only one of several that wait moves it away, and what was moved is what was read.
  await rename(path, stale).catch(() => undefined);
  await rm(stale, { force: true });
  return undefined;
}

/** Process id and start time: an id alone may be somebody else's by now. */
export async function identity(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return `${pid} ${startTime ?? 'gone'}`;
}
