/** The Hercules console: commands in, what it says about them out. */

import { setTimeout as sleep } from 'node:timers/promises';

import { CcwspecError } from '../../../errors/index.js';
import type { ConsoleLog } from '../console-log.js';
import type { GuardedProcess } from '../guardian/index.js';

const LOOK_AGAIN = 20;
const ANSWER_LIMIT = 10_000;

/** An error message of Hercules: a module's three letters, a number, E. */
const ERROR = /^HHC\w{2}\d{3}E .*/m;

/** The console of one Hercules. Commands are given one after the other. */
export class HerculesConsole {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly process: GuardedProcess,
    private readonly log: ConsoleLog,
  ) {}

  /**
   * Gives a command and waits until Hercules has said what `answer` matches.
   * @returns what it said
   * @throws CcwspecError E-LAB-MONITOR if it says that something is wrong, or does not answer in time
   */
  command(words: string, answer: RegExp): Promise<string> {
    const result = this.last.then(() => this.ask(words, answer));
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Gives a command whose answer nobody waits for. */
  tell(words: string): void {
    this.process.write(`${words}\n`);
  }

  private async ask(words: string, answer: RegExp): Promise<string> {
    const mark = this.log.mark();
    this.tell(words);
    for (const end = performance.now() + ANSWER_LIMIT; performance.now() < end; await sleep(LOOK_AGAIN)) {
      const said = this.log.since(mark);
      if (answer.test(said)) return said;
      const error = ERROR.exec(said)?.[0];
      if (error !== undefined) throw new CcwspecError('E-LAB-MONITOR', `Hercules: ${words}: ${error}`);
    }
    throw new CcwspecError('E-LAB-MONITOR', `Hercules did not answer '${words}' within ${ANSWER_LIMIT / 1000} s`);
  }
}
