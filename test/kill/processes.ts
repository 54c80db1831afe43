/** The processes of one run: whatever has its folder for temporary files in its environment or on its command line. */

import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc shows it. */
export interface Found {
  readonly pid: number;
  /** the words that it was started with */
  readonly words: readonly string[];
}

/** Processes that name `folder`, in their environment or among their words; those that are only waited for (zombies) are not. */
export function processesOf(folder: string): Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .flatMap((pid) => {
      const words = read(pid, 'cmdline').split('\0').slice(0, -1);
      const belongs = `${read(pid, 'environ')}\0${words.join('\0')}`.includes(folder);
      return belongs && words.length > 0 ? [{ pid, words }] : [];
    });
}

/** The first of them whose words match. */
export function processLike(folder: string, pattern: RegExp): Found | undefined {
  return processesOf(folder).find(({ words }) => pattern.test(words.join(' ')));
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it has gone meanwhile
  }
}
