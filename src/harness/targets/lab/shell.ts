/** A shell in the guest, for people and for scripts. */

import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { buildAgent } from '../agent/build.js';
import { ConsoleLog } from './console-log.js';
import { Guardian } from './guardian/index.js';
import { buildInit, fetchBusybox, initramfs } from './guest/index.js';
import { findKernel } from './kernel/index.js';
import type { LabOptions } from './lab.js';
import { Machine } from './machine.js';
import { requireLabPackages } from './packages.js';
import { DEFAULT_QEMU, prepareQemu } from './qemu/prepare.js';

/** Ends the machine when it is typed. */
const LEAVE = 0x1d;
const TRY_AGAIN = 10;

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
    const socket = await Promise.race([connectWhenThere(path), machine.died]);
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
  return new Promise((resolve) => {
    socket.on('data', (chunk) => output.write(chunk));
    socket.on('error', () => undefined);
    const isPerson = input.isTTY === true;
    if (isPerson) input.setRawMode?.(true);
    input.on('data', (chunk: Buffer) => {
      if (isPerson && chunk.includes(LEAVE)) resolve();
      else socket.write(chunk);
    });
    // A script that ends without `exit` means it all the same.
    input.on('end', () => socket.write('\nexit\n'));
  });
}

function socketClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}

async function connectWhenThere(path: string): Promise<Socket> {
  for (;;) {
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
