/** A machine that is starting or running: what QEMU and Hercules have in common. */

import { setTimeout as sleep } from 'node:timers/promises';

import { CcwspecError, type ErrorCode } from '../../errors/index.js';
import type { ConsoleLog } from './console-log.js';
import type { GuardedProcess, Guardian } from './guardian/index.js';
import type { Platform } from './lab.js';

/** How long a machine may take to go after it was asked, in milliseconds. */
const GRACE = 2_000;

/** Errors of a connection whose other side is gone, or never came. */
const lost: ReadonlySet<ErrorCode> = new Set(['E-AGENT-GONE', 'E-AGENT-CONNECT', 'E-AGENT-TIMEOUT']);
const MOMENT = 500;

/** By how much a connection's own limits come after the boot's, which says more. */
export const LATER = 10_000;

/** A machine that neither came up nor went in the time that it had. */
export class StoodStill extends CcwspecError {}

/** The process, its guardian and its console. */
export class Machine {
  /** resolves when the process is gone, or is given up, without having been asked to go; never rejects */
  readonly died: Promise<CcwspecError>;
  private resolveDied: (error: CcwspecError) => void = () => undefined;
  private closing = false;
  private up = false;

  constructor(
    readonly platform: Platform,
    readonly guardian: Guardian,
    readonly process: GuardedProcess,
    readonly console: ConsoleLog,
  ) {
    this.died = new Promise((resolve) => (this.resolveDied = resolve));
    void process.ended.then(({ code, signal }) => {
      this.giveUp(signal === undefined ? `ended with exit code ${code ?? '?'}` : `was ended by ${signal}`);
    });
  }

  /** From now on a death is one of a running machine, not a failed start. */
  isUp(): void {
    this.up = true;
  }

  /** Says that the machine is dead, whatever its process does. */
  giveUp(how: string): void {
    if (!this.closing) this.resolveDied(this.trouble(how));
  }

  /** An error about this machine, with the console's last lines. */
  trouble(how: string): CcwspecError {
    const lines = this.console.tail().map((line) => `    ${line}`);
    const log = `; its console (${this.console.path}) ends with\n${lines.join('\n')}`;
    return new CcwspecError(this.up ? 'E-LAB-DIED' : 'E-LAB-BOOT', `${this.platform} ${how}${log}`);
  }

  /** What `work` gives, unless the machine dies, the time is over or `signal` is aborted first. */
  async boot<T>(work: Promise<T>, milliseconds: number, signal: AbortSignal | undefined): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let onAbort = (): void => undefined;
    const end = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const { code, what, next } = this.trouble(`was not ready within ${milliseconds / 1000} s`);
        reject(new StoodStill(code, what, next));
      }, milliseconds);
      onAbort = () => {
        reject(this.trouble('was stopped before it was ready'));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      void this.died.then(reject);
    });
    try {
      return await Promise.race([work, end]);
    } catch (thrown) {
      throw await this.why(thrown);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      work.catch(() => undefined);
    }
  }

  /** A lost connection is not why, when the machine has gone: that it has comes a moment later. */
  private async why(thrown: unknown): Promise<unknown> {
    if (!(thrown instanceof CcwspecError) || !lost.has(thrown.code)) return thrown;
    const [first = ''] = thrown.what.split('\n');
    return Promise.race([this.died, sleep(MOMENT, this.trouble(`gave up: ${first}`))]);
  }

  /** Asks the machine to go, then makes it, and removes its folder. */
  async close(ask: () => Promise<void>): Promise<void> {
    this.closing = true;
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, GRACE)));
    ask().catch(() => undefined);
    await Promise.race([this.process.ended, grace]);
    clearTimeout(timer);
    await this.guardian.close();
  }
}
