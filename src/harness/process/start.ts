/** Starts a process with a list of arguments; nothing is ever given to a shell. */

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

import { CcwspecError, messageOf } from '../errors/index.js';
import { findProgram, missingPrograms } from './programs.js';
import { Tail } from './tail.js';

/** How a process is started. */
export interface ProcessOptions {
  /** its folder; ours if left out */
  readonly cwd?: string;
  /** variables that it gets beside ours; undefined takes one away */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** where its standard input comes from: nothing (the default), a pipe of ours, or an open file */
  readonly input?: 'none' | 'pipe' | number;
  /** where its standard output goes: its last bytes are kept for `output` (the default), a pipe of ours, nowhere, an open file */
  readonly output?: OutputWay;
  /** the same for its standard error */
  readonly errors?: OutputWay;
  /** bytes that are kept of each, from the end; 64 KiB if left out */
  readonly kept?: number;
  /** milliseconds that it may run; as long as it likes if left out */
  readonly timeLimit?: number;
  /** stops it when it is aborted */
  readonly signal?: AbortSignal;
  /** true: a process group of its own, so that stopping it also stops what it started */
  readonly group?: boolean;
}

type OutputWay = 'keep' | 'pipe' | 'none' | number;

/** How a process ended. */
export interface Ending {
  /** its exit code, or undefined if a signal ended it */
  readonly code: number | undefined;
  /** the signal that ended it */
  readonly signal: NodeJS.Signals | undefined;
  /** why we stopped it, if we did */
  readonly stopped: 'time limit' | 'aborted' | 'stopped' | undefined;
}

const KEPT = 0x1_0000;

/** From the request to end (SIGTERM) to the end without one (SIGKILL), in milliseconds. */
const GRACE = 2_000;

/** A process that was started. */
export class RunningProcess {
  /** resolves when it has ended and its output was read; never rejects */
  readonly ended: Promise<Ending>;
  private readonly outputTail: Tail;
  private readonly errorTail: Tail;
  private reason: Ending['stopped'];
  private readonly timers: NodeJS.Timeout[] = [];

  /** @param words the program and its arguments, for messages */
  constructor(
    readonly words: readonly string[],
    private readonly child: ChildProcess,
    private readonly options: ProcessOptions,
  ) {
    this.outputTail = new Tail(options.kept ?? KEPT);
    this.errorTail = new Tail(options.kept ?? KEPT);
    if (keeps(options.output))
      child.stdout?.on('data', (chunk: Buffer) => {
        this.outputTail.add(chunk);
      });
    if (keeps(options.errors))
      child.stderr?.on('data', (chunk: Buffer) => {
        this.errorTail.add(chunk);
      });
    // What it wrote last may come after its end; a program that does not read its input is no trouble of ours.
    child.stdin?.on('error', () => undefined);
    const onAbort = (): void => {
      this.stop('aborted');
    };
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (options.timeLimit !== undefined)
      this.after(options.timeLimit, () => {
        this.stop('time limit');
      });
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        for (const timer of this.timers) clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        resolve({ code: code ?? undefined, signal: signal ?? undefined, stopped: this.reason });
      });
    });
    if (options.signal?.aborted === true) onAbort();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Its standard input. @throws CcwspecError E-INTERNAL unless it was started with `input: 'pipe'` */
  get stdin(): Writable {
    return this.pipe(this.child.stdin, 'input');
  }

  /** Its standard output. @throws CcwspecError E-INTERNAL unless it was started with `output: 'pipe'` */
  get stdout(): Readable {
    return this.pipe(this.child.stdout, 'output');
  }

  /** Its standard error. @throws CcwspecError E-INTERNAL unless it was started with `errors: 'pipe'` */
  get stderr(): Readable {
    return this.pipe(this.child.stderr, 'errors');
  }

  /** The last of its standard output so far, if that is kept. */
  get output(): Tail {
    return this.outputTail;
  }

  /** The last of its standard error so far, if that is kept. */
  get errors(): Tail {
    return this.errorTail;
  }

  /** Asks it to end, and 2 seconds later ends it. Does nothing to one that has ended. */
  stop(reason: NonNullable<Ending['stopped']> = 'stopped'): void {
    if (this.hasEnded) return;
    this.reason ??= reason;
    this.kill('SIGTERM');
    this.after(GRACE, () => {
      this.kill('SIGKILL');
    });
  }

  /** Sends a signal to it, or to its group if it has one of its own. */
  kill(signal: NodeJS.Signals): void {
    if (this.hasEnded && this.options.group !== true) return;
    try {
      if (this.options.group === true) process.kill(-this.pid, signal);
      else this.child.kill(signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  /** Lets our process end although this one runs. */
  unref(): void {
    this.child.unref();
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(action, milliseconds);
    timer.unref();
    this.timers.push(timer);
  }

  private pipe<T>(stream: T | null, name: string): T {
    if (stream === null) throw new CcwspecError('E-INTERNAL', `${this.words.join(' ')} has no pipe for ${name}`);
    return stream;
  }
}

/**
 * Starts `program`, found in PATH unless it has a slash, with `args` as they are.
 * @returns once it runs
 * @throws CcwspecError E-PROCESS-MISSING if there is no such program, naming its Debian package where we know it;
 * E-PROCESS-START if it cannot be started
 */
export function startProcess(
  program: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<RunningProcess> {
  return new Promise((resolve, reject) => {
    let child: ChildProcess;
    try {
      child = spawn(program, [...args], {
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        env: environment(options.env),
        stdio: stdioOf(options),
        detached: options.group === true,
        shell: false,
      });
    } catch (thrown) {
      reject(cannotStart(program, options, thrown));
      return;
    }
    const onError = (error: Error): void => {
      reject(cannotStart(program, options, error));
    };
    child.once('error', onError);
    const running = new RunningProcess([program, ...args], child, options);
    child.once('spawn', () => {
      child.removeListener('error', onError);
      child.on('error', () => undefined); // a signal that could not be sent
      resolve(running);
    });
  });
}

function keeps(way: OutputWay | undefined): boolean {
  return way === undefined || way === 'keep';
}

function stdioOf({ input = 'none', output = 'keep', errors = 'keep' }: ProcessOptions): StdioOptions {
  const way = (value: 'keep' | 'pipe' | 'none' | number): 'pipe' | 'ignore' | number =>
    typeof value === 'number' ? value : value === 'none' ? 'ignore' : 'pipe';
  return [way(input), way(output), way(errors)];
}

function environment(changes: ProcessOptions['env']): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const [name, value] of Object.entries(changes ?? {})) {
    if (value === undefined) Reflect.deleteProperty(env, name);
    else env[name] = value;
  }
  return env;
}

function cannotStart(program: string, { cwd }: ProcessOptions, thrown: unknown): CcwspecError {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOENT' && findProgram(program) === undefined) return missingPrograms([program]);
  const where = cwd === undefined ? '' : ` in ${cwd}`;
  return new CcwspecError('E-PROCESS-START', `${program} cannot be started${where}: ${messageOf(thrown)}`, undefined, {
    cause: thrown,
  });
}
