/** A shell in the guest, for people and for scripts. */

import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { buildAgent } from '../agent/build.js';
import { ConsoleLog } from './console-log.js';
import { Guardian } from './guardian/index.js';
import { buildInit, fetchBusybox, initramfs, SHELL_PROMPT } from './guest/index.js';
import { findKernel } from './kernel/index.js';
import type { LabOptions } from './lab.js';
import { Machine } from './machine.js';
import { requireLabPackages } from './packages.js';
import { DEFAULT_QEMU, prepareQemu } from './qemu/prepare.js';

/** Ends the machine when it is typed. */
const LEAVE = 0x1d;
const TRY_AGAIN = 10;

/** How the guest's shell asks, and may then ask where the cursor is. */
const PROMPT = new RegExp(`${SHELL_PROMPT}(?:\\x1b\\[6n)?$`);

/** The terminal that the shell is shown on. */
export interface ShellTerminal {
  readonly input: Readable & { setRawMode?: (raw: boolean) => void; readonly isTTY?: boolean };
  readonly output: Writable;
}

/**
 * Boots QEMU with a shell on its console, and passes the console on until the shell ends, `Ctrl-]` is typed, or the input
 * (a script's) is over and the shell with it.
 * @throws CcwspecError as `bootLab`
 */
export async function runShell(options: LabOptions, { input, output }: ShellTerminal): Promise<void> {
  const progress = options.progress ?? (() => undefined);
  requireLabPackages('qemu', options);
  const [kernel, init, agent, busybox] = await Promise.all([
    findKernel({ kernel: options.kernel, configuration: options.kernelConfiguration, progress }),
    buildInit(),
    buildAgent({ architecture: 's390x' }),
    fetchBusybox(),
  ]);
  const parts = { kernel, initramfs: await initramfs({ init, agent, busybox }), options };
  const [guardian, log] = await Promise.all([Guardian.start(), ConsoleLog.create('shell')]);
  try {
    const path = join(guardian.folder, 'console');
    const console = `socket,path=${path},server=on,wait=on,logfile=${log.path},logappend=on`;
    const words = await prepareQemu(guardian.folder, parts, console, 'shell');
    const process = await guardian.startProcess(options.qemu ?? DEFAULT_QEMU, words, { log: log.path });
    const machine = new Machine('qemu', guardian, process, log);
    const giveUp = new AbortController();
    const connecting = connectWhenThere(path, giveUp.signal);
    connecting.catch(() => undefined);
    const socket = await Promise.race([connecting, machine.died]);
    giveUp.abort();
    if (socket instanceof Error) throw socket;
    const left = passOn(socket, { input, output });
    await Promise.race([process.ended, left, socketClosed(socket)]);
    socket.destroy();
  } finally {
    input.setRawMode?.(false);
    input.pause();
    await guardian.close();
  }
}

/** Passes both ways. @returns when the user leaves */
function passOn(socket: Socket, { input, output }: ShellTerminal): Promise<void> {
  socket.on('data', (chunk) => output.write(chunk));
  socket.on('error', () => undefined);
  if (input.isTTY !== true) return typeScript(socket, input);
  input.setRawMode?.(true);
  return new Promise((resolve) => {
    input.on('data', (chunk: Buffer) => {
      if (chunk.includes(LEAVE)) resolve();
      else socket.write(chunk);
    });
  });
}

/**
 * Types a script as a person does: a line when the shell asks for one, and `exit` behind the last. What comes before the
 * shell listens would be lost. @returns never: the shell ends
 */
async function typeScript(socket: Socket, input: Readable): Promise<never> {
  const prompts = promptsIn(socket);
  for await (const line of createInterface({ input })) {
    await prompts.next();
    socket.write(`${line}\n`);
  }
  await prompts.next();
  socket.write('exit\n');
  return new Promise(() => undefined);
}

/** Gives a value for each prompt that the guest prints. */
async function* promptsIn(socket: Socket): AsyncGenerator<undefined> {
  let seen = '';
  let wake = (): void => undefined;
  socket.on('data', (chunk: Buffer) => {
    seen += chunk.toString('latin1');
    wake();
  });
  for (;;) {
    if (PROMPT.test(seen)) {
      seen = '';
      yield undefined;
    } else await new Promise<void>((resolve) => (wake = resolve));
  }
}

function socketClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}

async function connectWhenThere(path: string, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    signal.throwIfAborted();
    const socket = createConnection({ path });
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (connected) return socket;
    await sleep(TRY_AGAIN);
  }
}
