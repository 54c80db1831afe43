/**
 * Sessions of the target for the cases: one each, or one for all, by the target's isolation. One that has died, or whose device
 * does not answer any more, is followed by a new one; when that helps nothing, the rest of the run is blocked.
 */

import { messageOf } from '../errors/index.js';
import type { Target, TargetSession } from '../ports/index.js';

/** Starts that fail and targets that die, one after the other, before the rest of the run is blocked. */
const misfortunesAllowed = 3;

/** What went wrong with a target, in the words of the reason for which the rest is blocked. */
const misfortunes = { start: 'could not be started', death: 'died' } as const;

/** Sessions of the target: one for every case, or one for the run. */
export class Sessions {
  readonly #dead = new WeakSet<TargetSession>();
  #shared: TargetSession | undefined;
  #misfortunes = 0;
  #blocked: string | undefined;

  constructor(readonly target: Target) {}

  /** Why no further case can run; undefined while they can. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** A session for a case. @throws what starting it threw; the third time in a row, the rest is blocked. */
  async open(seed: number): Promise<TargetSession> {
    const kept = this.#shared;
    if (kept !== undefined && !this.#dead.has(kept)) return kept;
    if (kept !== undefined) await this.bury(kept, new Error('it ended between two cases'));
    try {
      const session = await this.target.start(seed);
      const buried = (): void => void this.#dead.add(session);
      void session.died?.then(buried, buried);
      if (this.target.isolation === 'run') this.#shared = session;
      return session;
    } catch (thrown) {
      this.#count('start', thrown);
      throw thrown;
    }
  }

  /**
   * Between two cases of a session that is kept: what the case left open in the target is released, and the device asked.
   * @param passed the case went well so far
   * @returns what is wrong with the device, if the case left it so
   */
  async check(session: TargetSession, passed: boolean): Promise<string | undefined> {
    if (this.target.isolation === 'case') return undefined;
    await session.release?.();
    return session.health(passed);
  }

  /**
   * Gives a case's session back: closed, or kept for the next case. A device with an `ailment` gets one new session; if that does
   * not help, the rest is blocked.
   */
  async giveBack(session: TargetSession, seed: number, ailment: string | undefined): Promise<void> {
    this.#misfortunes = 0;
    if (this.target.isolation === 'case') await session.close();
    else if (ailment !== undefined) await this.#recover(session, ailment, seed);
  }

  /** Takes leave of a session that died; the next case gets a new one, unless it was the third in a row. Never rejects. */
  async bury(session: TargetSession, why: unknown): Promise<void> {
    if (this.#shared === session) this.#shared = undefined;
    this.#count('death', why);
    try {
      await session.close();
    } catch {
      // it has said why it died; that it cannot be closed follows from it
    }
  }

  /**
   * Takes leave of a session whose kernel has reported trouble, where it can be had anew: what it would say of later cases is not
   * theirs alone, and its lock checker has stopped with its first report.
   */
  async retire(session: TargetSession): Promise<void> {
    if (this.target.disposable !== true || this.#shared !== session) return;
    this.#shared = undefined;
    await session.close();
  }

  /** Closes what is still open. */
  async close(): Promise<void> {
    const session = this.#shared;
    this.#shared = undefined;
    await session?.close();
  }

  #count(what: keyof typeof misfortunes, thrown: unknown): void {
    if (++this.#misfortunes >= misfortunesAllowed)
      this.#blocked ??= `the target ${misfortunes[what]} ${misfortunesAllowed} times in a row: ${messageOf(thrown)}`;
  }

  async #recover(session: TargetSession, ailment: string, seed: number): Promise<void> {
    this.#shared = undefined;
    let now: string | undefined;
    try {
      await session.close();
      now = await (await this.open(seed)).health();
    } catch (thrown) {
      now = messageOf(thrown);
    }
    if (now !== undefined)
      this.#blocked = `the device does not answer any more (${ailment}), and a new session did not help: ${now}`;
  }
}
