/** QEMU's machine protocol: commands and events over a Unix socket. */

import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { CcwspecError } from '../../../errors/index.js';
import { lineSplitter } from '../guardian/index.js';

interface Message {
  readonly QMP?: { readonly version: { readonly qemu: Readonly<Record<'major' | 'minor' | 'micro', number>> } };
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

type Waiting = (message: Message) => void;

const GONE = 'it is gone';
const TRY_AGAIN = 5;
const ANSWER_LIMIT = 10_000;

/** A connection to QEMU's monitor. */
export class Qmp {
  /** `7.2.22` */
  version = '?';
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Set<Waiting>();
  private nextId = 1;

  private constructor(private readonly socket: Socket) {}

  /** Connects as soon as QEMU listens. @param signal ends the tries */
  static async connect(path: string, signal: AbortSignal): Promise<Qmp> {
    for (;;) {
      signal.throwIfAborted();
      const socket = await tryConnect(path);
      if (socket !== undefined) return Qmp.greet(socket);
      await sleep(TRY_AGAIN);
    }
  }

  private static async greet(socket: Socket): Promise<Qmp> {
    const qmp = new Qmp(socket);
    const greeted = new Promise<Message>((resolve) => qmp.listeners.add(resolve));
    const read = lineSplitter((line) => {
      qmp.take(JSON.parse(line) as Message);
    });
    socket.setEncoding('utf8').on('data', read);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      qmp.lose();
    });
    const { QMP } = await greeted;
    qmp.listeners.clear();
    if (QMP !== undefined) {
      const { major, minor, micro } = QMP.version.qemu;
      qmp.version = [major, minor, micro].join('.');
    }
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /** Executes a command. @throws CcwspecError E-LAB-MONITOR with what QEMU says against it */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.socket.closed) throw new CcwspecError('E-LAB-MONITOR', `QEMU: ${command}: ${GONE}`);
    const id = this.nextId++;
    const answered = this.within(`QEMU did not answer ${command}`, (resolve) => this.waiting.set(id, resolve));
    this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    const answer = await answered;
    if (answer.error !== undefined) throw new CcwspecError('E-LAB-MONITOR', `QEMU: ${command}: ${answer.error.desc}`);
    return answer.return;
  }

  /** Waits for an event whose data has this value. Call it before what brings the event about. */
  async event(name: string, key: string, value: unknown): Promise<void> {
    await this.within(`QEMU did not report ${name} of ${String(value)}`, (resolve) => {
      const listener: Waiting = (message) => {
        if (message.error === undefined && (message.event !== name || message.data?.[key] !== value)) return;
        this.listeners.delete(listener);
        resolve(message);
      };
      this.listeners.add(listener);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private async within(what: string, register: (resolve: Waiting) => void): Promise<Message> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Message>((resolve, reject) => {
        timer = setTimeout(() => {
          reject(new CcwspecError('E-LAB-MONITOR', `${what} within ${ANSWER_LIMIT / 1000} s`));
        }, ANSWER_LIMIT);
        register(resolve);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private take(message: Message): void {
    if (message.id !== undefined) {
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
    } else for (const listener of [...this.listeners]) listener(message);
  }

  private lose(): void {
    const message: Message = { error: { desc: GONE } };
    for (const waiting of [...this.waiting.values(), ...this.listeners]) waiting(message);
    this.waiting.clear();
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', () => {
      resolve(undefined);
    });
  });
}
