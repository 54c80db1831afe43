/** Our side of the guardian: starts it, and starts processes through it. */

import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { CcwspecError, type ErrorCode } from '../../../errors/index.js';
import { startProcess, type Ending, type RunningProcess } from '../../../process/index.js';
import { lineSplitter, type Report, type Request } from './messages.js';

/** How a process is started through the guardian. */
export interface GuardedOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** true: `write` reaches its standard input */
  readonly input?: boolean;
  /** the file that its output is appended to; thrown away if left out */
  readonly log?: string;
}

/** A process that the guardian started, and ends when we are gone. */
export interface GuardedProcess {
  readonly pid: number;
  /** resolves when it has ended; never rejects */
  readonly ended: Promise<Pick<Ending, 'code' | 'signal'>>;
  write(text: string): void;
  kill(signal: NodeJS.Signals): void;
}

type Answer = Extract<Report, { is: 'started' | 'refused' }>;
type Ended = Pick<Ending, 'code' | 'signal'>;

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** A guardian. */
export class Guardian {
  /** resolves when the guardian is gone, and with it everything that it started; never rejects */
  readonly ended: Promise<void>;
  private readonly answers = new Map<number, (answer: Answer | undefined) => void>();
  private readonly endings = new Map<number, (ending: Ended) => void>();
  private next = 1;
  private gone = false;

  private constructor(
    private readonly running: RunningProcess,
    /** the lab's folder: only this user may read it, and it goes with the guardian */
    readonly folder: string,
  ) {
    this.ended = running.ended.then(() => {
      this.lose();
    });
  }

  /** Starts one. @throws CcwspecError E-PROCESS-START */
  static async start(): Promise<Guardian> {
    // A group of its own: Ctrl-C at the terminal is for us, and the guardian ends everything in good order.
    const running = await startProcess(process.execPath, [MAIN], { input: 'pipe', output: 'pipe', group: true });
    return new Promise((resolve, reject) => {
      let guardian: Guardian | undefined;
      const read = lineSplitter((line) => {
        const report = JSON.parse(line) as Report;
        if (report.is === 'ready') resolve((guardian = new Guardian(running, report.folder)));
        else guardian?.take(report);
      });
      running.stdout.setEncoding('utf8').on('data', read);
      void running.ended.then(({ code, signal }) => {
        const how = signal ?? `exit code ${code ?? ''}`;
        const what = `the lab's guardian ended before it was ready (${how})`;
        reject(new CcwspecError('E-PROCESS-START', [what, running.errors.text()].join('\n  ').trimEnd()));
      });
    });
  }

  /**
   * Starts a process, in a group of its own.
   * @throws CcwspecError as `startProcess` does
   */
  async startProcess(
    program: string,
    args: readonly string[],
    { input = false, ...rest }: GuardedOptions = {},
  ): Promise<GuardedProcess> {
    const id = this.next++;
    let ended: (ending: Ended) => void = () => undefined;
    const ending = new Promise<Ended>((resolve) => (ended = resolve));
    this.endings.set(id, ended);
    const answer = await new Promise<Answer | undefined>((resolve) => {
      this.answers.set(id, resolve);
      if (this.gone) resolve(undefined);
      else this.tell({ do: 'start', id, program, args, input, ...rest });
    });
    this.answers.delete(id);
    if (answer === undefined) throw new CcwspecError('E-PROCESS-START', `${program}: the lab's guardian is gone`);
    if (answer.is === 'refused') throw new CcwspecError(answer.code as ErrorCode, answer.what, answer.next);
    return {
      pid: answer.pid,
      ended: ending,
      write: (text) => {
        this.tell({ do: 'write', id, text });
      },
      kill: (signal) => {
        this.tell({ do: 'kill', id, signal });
      },
    };
  }

  /** Ends everything that it started, removes the folder, and ends it. */
  async close(): Promise<void> {
    this.running.stdin.end();
    await this.ended;
    // In case the guardian itself was killed.
    await rm(this.folder, { recursive: true, force: true });
  }

  private tell(request: Request): void {
    if (!this.gone) this.running.stdin.write(`${JSON.stringify(request)}\n`);
  }

  private take(report: Report): void {
    if (report.is === 'ended') {
      this.endings.get(report.id)?.({ code: report.code, signal: report.signal });
      this.endings.delete(report.id);
    } else if (report.is !== 'ready') this.answers.get(report.id)?.(report);
  }

  private lose(): void {
    this.gone = true;
    for (const answer of this.answers.values()) answer(undefined);
    for (const ended of this.endings.values()) ended({ code: undefined, signal: 'SIGKILL' });
  }
}
