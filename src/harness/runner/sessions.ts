/** Sessions of the target for the cases: one each, or one for all, by the target's isolation. */

import { messageOf } from '../errors/index.js';
import type { Target, TargetSession } from '../ports/index.js';

/** Session starts that may fail one after the other before the rest of the run is blocked. */
const startFailuresAllowed = 3;

/** Sessions of the target: one for every case, or one for the run. */
export class Sessions {
  #shared: TargetSession | undefined;
  #failedStarts = 0;
  #blocked: string | undefined;

  constructor(readonly target: Target) {}

  /** Why no further case can run; undefined while they can. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** A session for a case. @throws what starting it threw; the third time in a row, the rest is blocked. */
  async open(seed: number): Promise<TargetSession> {
    if (this.#shared !== undefined) return this.#shared;
    try {
      const session = await this.target.start(seed);
      this.#failedStarts = 0;
      if (this.target.isolation === 'run') this.#shared = session;
      return session;
    } catch (thrown) {
      if (++this.#failedStarts >= startFailuresAllowed) {
        this.#blocked = `the target could not be started ${startFailuresAllowed} times in a row: ${messageOf(thrown)}`;
      }
      throw thrown;
    }
  }

  /**
   * Gives a case's session back: closed, or checked for the next case. A device that does not answer any more gets one new
   * session; if that does not help, the rest is blocked.
   * @returns what is wrong with the device, if the case left it so
   */
  async giveBack(session: TargetSession, seed: number): Promise<string | undefined> {
    if (this.target.isolation === 'case') {
      await session.close();
      return undefined;
    }
    const ailment = await session.health();
    if (ailment !== undefined) await this.#recover(session, ailment, seed);
    return ailment;
  }

  /** Closes what is still open. */
  async close(): Promise<void> {
    const session = this.#shared;
    this.#shared = undefined;
    await session?.close();
  }

  async #recover(session: TargetSession, ailment: string, seed: number): Promise<void> {
    this.#shared = undefined;
    let now: string | undefined;
    try {
      await session.close();
      this.#shared = await this.target.start(seed);
      now = await this.#shared.health();
    } catch (thrown) {
      now = messageOf(thrown);
    }
    if (now !== undefined)
      this.#blocked = `the device does not answer any more (${ailment}), and a new session did not help: ${now}`;
  }
}
