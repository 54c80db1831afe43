/** What can be killed in a run on a lab, and how. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';

import { processLike } from './processes.js';
import type { KilledRun } from './run.js';

export const platformNames = ['qemu', 'hercules'] as const;
export type PlatformName = (typeof platformNames)[number];

/** Somebody who can be killed. */
export interface Victim {
  readonly name: string;
  /** where it is */
  readonly platforms: readonly PlatformName[];
  /** true: with it the run itself is over */
  readonly isHarness: boolean;
  /** true while it can be killed */
  isThere(run: KilledRun): boolean;
  /** @returns how it was killed; undefined if it was gone before */
  kill(run: KilledRun, random: () => number): Promise<string | undefined>;
}

/** A process that is looked for by its command line, and killed. */
function process_(name: string, platforms: readonly PlatformName[], pattern: RegExp): Victim {
  return {
    name,
    platforms,
    isHarness: false,
    isThere: ({ temporary }) => processLike(temporary, pattern) !== undefined,
    kill({ temporary }) {
      const found = processLike(temporary, pattern);
      return Promise.resolve(found !== undefined && send(found.pid, 'SIGKILL') ? `SIGKILL of ${name}` : undefined);
    },
  };
}

/** How the harness is ended, each a list of signals with what lies between them at most, in milliseconds. */
const endings: readonly { readonly signals: readonly NodeJS.Signals[]; readonly apart: number }[] = [
  { signals: ['SIGKILL'], apart: 0 },
  { signals: ['SIGTERM'], apart: 0 },
  { signals: ['SIGINT'], apart: 0 },
  { signals: ['SIGINT', 'SIGINT'], apart: 300 },
];

const harness: Victim = {
  name: 'harness',
  platforms: platformNames,
  isHarness: true,
  isThere: ({ isOver }) => !isOver,
  async kill(run, random) {
    const { signals, apart } = endings[Math.floor(random() * endings.length)]!;
    for (const [index, signal] of signals.entries()) {
      if (index > 0) await pause(random() * apart);
      // As a terminal does it: Ctrl-C is for everyone in the foreground.
      const isSent = send(signal === 'SIGINT' ? -run.pid : run.pid, signal);
      if (!isSent && index === 0) return undefined;
      if (isSent) run.signals.push(signal);
    }
    return `${signals.join(' and ')} to the harness`;
  },
};

/** Ways to lose the agent while its machine goes on. */
const losses: Readonly<Record<PlatformName, readonly ((folder: string) => Promise<string | undefined>)[]>> = {
  qemu: [
    async (folder) => {
      // Ctrl-O and a key are a magic SysRq on this console; i kills everything but the first process.
      const isDone = await say(join(folder, 'kill-console'), '\x0fi');
      return isDone ? 'SIGKILL of the agent in the guest (SysRq)' : undefined;
    },
    async (folder) => {
      const cut = { id: 'agent', backend: { type: 'null', data: {} } };
      const lines = [{ execute: 'qmp_capabilities' }, { execute: 'chardev-change', arguments: cut }];
      const isDone = await say(join(folder, 'kill-qmp'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      return isDone ? "the agent's connection cut (chardev-change)" : undefined;
    },
  ],
  hercules: [
    async (folder) => {
      const port = /^CNSLPORT\s+(\d+)/m.exec(await readText(join(folder, 'hercules.cnf')))?.[1] ?? '0';
      const { status, stdout } = spawnSync('ss', ['-K', 'dst', '127.0.0.1', 'dport', '=', port], { encoding: 'utf8' });
      return status === 0 && stdout.includes(`:${port}`) ? "the agent's connection cut (ss -K)" : undefined;
    },
  ],
};

const agent: Victim = {
  name: 'agent',
  platforms: platformNames,
  isHarness: false,
  isThere: ({ temporary, platform }) => {
    const sign = { qemu: 'kill-qmp', hercules: 'hercules.cnf' }[platform];
    return labFolders(temporary).some((folder) => existsSync(join(folder, sign)));
  },
  async kill({ temporary, platform }, random) {
    const [folder] = labFolders(temporary);
    const ways = losses[platform];
    return folder === undefined ? undefined : ways[Math.floor(random() * ways.length)]!(folder);
  },
};

/** All, by name. */
export const victims: readonly Victim[] = [
  process_('qemu', ['qemu'], /qemu-system-s390x .*-kernel /),
  process_('hercules', ['hercules'], /^hercules |\/hercules .*-f hercules\.cnf/),
  agent,
  harness,
  process_('guardian', platformNames, /guardian\/main\.js$/),
];

function labFolders(temporary: string): string[] {
  return readdirSync(temporary)
    .filter((name) => name.startsWith('ccwspec-lab-'))
    .map((name) => join(temporary, name));
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Writes to a socket and waits for whatever comes back, or for its end. */
function say(path: string, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const end = (isDone: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isDone);
    };
    const timer = setTimeout(() => {
      end(true);
    }, 1_000);
    socket.once('connect', () => socket.write(text));
    socket.once('error', () => {
      end(false);
    });
    socket.resume().once('close', () => {
      end(true);
    });
  });
}

async function readText(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8').catch(() => '');
}

/** Resolves `milliseconds` later. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
