/** One case from its session to its verdict. */

import { ExitCode } from '../errors/catalogue.js';
import { CcwspecError, messageOf } from '../errors/index.js';
import type { LedgerEntry, TargetSession } from '../ports/index.js';
import type { Verdict } from './case.js';
import { clauseLines } from './clauses.js';
import { CaseSkipped, RunningContext } from './context.js';
import type { CaseEnd, Failure, FailureKind, Reason } from './events.js';
import { CaseExpect, ExpectationError } from './expectations.js';
import { describeLeaks, leaked } from './ledger.js';
import { guardTexts, type KnownBug } from './known-bugs.js';
import type { PlanItem, RegisteredCase } from './plan.js';
import type { Sessions } from './sessions.js';
import { clockNow } from './shared-state.js';

/** Default of a case's limit, milliseconds. */
const defaultLimit = 30_000;
/** On a target with virtual time a case's limit is virtual; a real one of this many milliseconds bounds it as well. */
const realLimitInVirtualTime = 10_000;

/** Failures that are the harness's or the target's, not the case's: the verdict is `error`. */
const harnessKinds: ReadonlySet<FailureKind> = new Set<FailureKind>(['session', 'harness']);

/** What all cases of a run share. */
export interface CaseSetting {
  readonly sessions: Sessions;
  readonly options: ReadonlyMap<string, string>;
  readonly timeoutScale: number;
  /** catalogues of the cases' requirements */
  readonly requirements: readonly URL[] | undefined;
  /** the bugs that `guards` name */
  readonly bugs: (() => Promise<readonly KnownBug[]>) | undefined;
  readonly note: (item: PlanItem, text: string) => void;
}

/** A case in its three parts, which the worker calls in this order; none of them rejects but `body`. */
export class CaseRun {
  readonly #expect = new CaseExpect();
  readonly #failures: Failure[] = [];
  readonly #started = clockNow();
  #session: TargetSession | undefined;
  #context: RunningContext | undefined;
  #baseline: readonly LedgerEntry[] = [];
  #virtualStart = 0;
  #virtualEnd: number | undefined;
  #leaks: readonly LedgerEntry[] = [];
  #evidence: readonly string[] = [];
  #guards: readonly string[] = [];
  #abort: ((thrown: unknown) => void) | undefined;
  #bodyOver = false;

  constructor(
    readonly item: PlanItem,
    readonly registered: RegisteredCase,
    readonly setting: CaseSetting,
  ) {}

  /** Milliseconds of real time that the body may take; known after `start`. */
  get realLimit(): number {
    const limit = this.#limit;
    return this.#session?.virtualTime === undefined
      ? limit
      : Math.min(limit, realLimitInVirtualTime * this.setting.timeoutScale);
  }

  get #limit(): number {
    return (this.registered.definition.limit ?? defaultLimit) * this.setting.timeoutScale;
  }

  /** Opens the session. A failure to do so is kept for the verdict. */
  async start(): Promise<void> {
    const { item, setting } = this;
    try {
      const session = await setting.sessions.open(item.seed);
      this.#session = session;
      this.#baseline = await session.ledger();
      this.#virtualStart = session.virtualTime?.() ?? 0;
      this.#context = new RunningContext(session, this.#expect, setting.options, item.seed, (text) => {
        setting.note(item, text);
      });
    } catch (thrown) {
      this.#failures.push({
        kind: 'session',
        text: `the target could not be started for this case: ${messageOf(thrown)}`,
      });
    }
  }

  /** True if the body can run. */
  get isStarted(): boolean {
    return this.#context !== undefined;
  }

  /** The reason for which the case skipped itself. */
  get skipped(): string | undefined {
    return this.#context?.skipped;
  }

  /** Runs the case's function. @throws what it threw, or what nobody handled meanwhile */
  async body(): Promise<void> {
    const context = this.#context;
    if (context === undefined) return;
    try {
      await Promise.race([
        this.registered.definition.run(context),
        new Promise((_, reject) => {
          this.#abort = reject;
        }),
      ]);
    } catch (thrown) {
      this.#keepThrown(thrown);
      throw thrown;
    } finally {
      this.#abort = undefined;
    }
  }

  /** The body did not end within its real limit. */
  timedOut(): void {
    this.#failures.push({
      kind: 'timeout',
      text: `the case did not end within ${this.realLimit} ms: a promise that it waits for stayed pending`,
    });
  }

  /** Something thrown in this thread while the case ran, which nobody caught. */
  stray(thrown: unknown): void {
    this.#failures.push({
      kind: 'unhandled',
      text: `an error that nobody handled, while the case ran: ${messageOf(thrown)}`,
      ...stackOf(thrown),
    });
    this.#abort?.(thrown);
  }

  /** Closes, checks ledger and health, and gives the verdict. `limit`: milliseconds that closing may take. */
  async finish(limit: number): Promise<CaseEnd> {
    this.#context?.end();
    this.#bodyOver = true;
    if (!(await endsWithin(this.#close(), limit))) {
      this.#failures.push({ kind: 'harness', text: `closing what the case had opened did not end within ${limit} ms` });
    }
    await this.#addClauses();
    await this.#addGuards();
    return this.#end();
  }

  async #close(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    try {
      if (this.#swallowed() || this.#failures.length > 0) this.#evidence = await session.evidence();
      const troubles = (await this.#context?.closeAll()) ?? [];
      for (const { what, thrown } of troubles) this.#addThrown(`closing ${what} failed`, thrown);
      await session.settle();
      this.#checkTime(session);
      this.#leaks = leaked(this.#baseline, await session.ledger());
      if (this.#leaks.length > 0) {
        this.#failures.push({ kind: 'leak', text: describeLeaks(this.#leaks) });
        if (this.#evidence.length === 0) this.#evidence = await session.evidence();
      }
    } catch (thrown) {
      this.#addThrown('the target failed after the case', thrown);
    }
    await this.#giveBack(session);
  }

  async #giveBack(session: TargetSession): Promise<void> {
    try {
      const ailment = await this.setting.sessions.giveBack(session, this.item.seed);
      if (ailment !== undefined) {
        this.#failures.push({
          kind: 'wedged',
          text: `the device does not answer any more after this case: ${ailment}`,
        });
      }
    } catch (thrown) {
      this.#addThrown('the session could not be closed', thrown);
    }
  }

  /** Trouble outside the case's own function: the harness's, unless the modelled kernel came to a stop. */
  #addThrown(what: string, thrown: unknown): void {
    const kind = kindOf(thrown) === 'kernel-bug' ? 'kernel-bug' : 'harness';
    this.#failures.push({ kind, text: `${what}: ${messageOf(thrown)}`, ...stackOf(thrown) });
  }

  /** A failed expectation is judged by the case's requirements: they stand behind its text. */
  async #addClauses(): Promise<void> {
    const at = this.#failures.findIndex(({ kind }) => kind === 'expectation');
    const failure = this.#failures[at];
    if (failure === undefined) return;
    const { requirements } = this.registered.definition;
    const lines = await clauseLines(requirements, this.setting.requirements);
    this.#failures[at] = { ...failure, text: [failure.text, 'decided by:', ...lines].join('\n') };
  }

  /** What a case that guards a bug has seen may be that bug: the text says which fix may be missing. */
  async #addGuards(): Promise<void> {
    const { guards = [] } = this.registered.definition;
    const at = this.#failures.findIndex(({ kind }) => !harnessKinds.has(kind));
    const failure = this.#failures[at];
    if (failure === undefined || guards.length === 0) return;
    this.#guards = guardTexts(guards, await this.#knownBugs());
    const lines = this.#guards.map((text) => `  ${text}`);
    this.#failures[at] = {
      ...failure,
      text: [failure.text, 'guards (a fix that may be missing):', ...lines].join('\n'),
    };
  }

  /** Bugs that cannot be looked up must not hide the failure that is being described. */
  async #knownBugs(): Promise<readonly KnownBug[]> {
    try {
      return (await this.setting.bugs?.()) ?? [];
    } catch {
      return [];
    }
  }

  #checkTime(session: TargetSession): void {
    if (session.virtualTime === undefined) return;
    const virtual = (session.virtualTime() - this.#virtualStart) / 1e6;
    this.#virtualEnd = virtual;
    if (virtual > this.#limit && this.#failures.length === 0) {
      this.#failures.push({
        kind: 'timeout',
        text: `the case took ${virtual.toFixed(0)} ms of virtual time; its limit is ${this.#limit} ms`,
      });
    }
  }

  /** An assertion that failed counts also where the case caught its error. */
  #swallowed(): boolean {
    const { failed } = this.#expect;
    if (failed === undefined || this.#failures.some(({ kind }) => kind === 'expectation')) return false;
    this.#failures.unshift({ kind: 'expectation', text: failed.message, ...stackOf(failed) });
    return true;
  }

  #keepThrown(thrown: unknown): void {
    if (this.#bodyOver || thrown instanceof CaseSkipped) return;
    if (this.#failures.some(({ kind }) => kind === 'unhandled')) return;
    this.#failures.push({ kind: kindOf(thrown), text: messageOf(thrown), ...stackOf(thrown) });
  }

  #end(): CaseEnd {
    const { item } = this;
    const verdict = this.#verdict();
    const virtual = this.#virtualEnd;
    const reasons: Reason[] = verdict === 'skip' ? [{ category: 'case', text: this.skipped ?? '' }] : [];
    return {
      event: 'case-end',
      index: item.index,
      id: item.id,
      attempt: item.attempt,
      plugin: item.plugin,
      verdict,
      duration: rounded(clockNow() - this.#started),
      ...(virtual === undefined ? {} : { virtual: rounded(virtual) }),
      expectations: this.#expect.checked,
      ...(this.#failures.length === 0 ? {} : { failures: this.#failures }),
      ...(this.#guards.length === 0 ? {} : { guards: this.#guards }),
      ...(reasons.length === 0 ? {} : { reasons }),
      ...(item.deviation !== undefined && (verdict === 'deviation' || verdict === 'unexpected-pass')
        ? { deviation: item.deviation }
        : {}),
      ...(this.#leaks.length === 0 ? {} : { ledger: this.#leaks }),
      ...(this.#evidence.length === 0 ? {} : { evidence: this.#evidence }),
    };
  }

  #verdict(): Verdict {
    const [first] = this.#failures;
    if (first === undefined) {
      if (this.skipped !== undefined) return 'skip';
      if (this.item.deviation === undefined) return 'pass';
      const { reason, link } = this.item.deviation;
      const text = `the case passed, but the suite lists a deviation (${reason}; ${link}): remove it from the suite`;
      this.#failures.push({ kind: 'unexpected-pass', text });
      return 'unexpected-pass';
    }
    if (this.#failures.every(({ kind }) => kind === 'expectation') && this.item.deviation !== undefined)
      return 'deviation';
    return this.#failures.some(({ kind }) => !harnessKinds.has(kind)) ? 'fail' : 'error';
  }
}

/** A failed expectation, a stop of the modelled kernel, trouble of the harness (an unimplemented part of the model, a lost target), or a bug of the case. */
function kindOf(thrown: unknown): FailureKind {
  if (thrown instanceof ExpectationError) return 'expectation';
  if (thrown instanceof CcwspecError && thrown.code === 'E-KERNEL-BUG') return 'kernel-bug';
  if (thrown instanceof CcwspecError && thrown.exitCode === ExitCode.harnessError) return 'harness';
  return thrown instanceof Error && thrown.name === 'AssertionError' ? 'expectation' : 'exception';
}

/** Frames of the case itself: those of the runner, Mocha and Node say nothing about it. */
function stackOf(thrown: unknown): { stack?: string } {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return {};
  const frames = thrown.stack.split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.filter((line) => !/node:internal|\/harness\/runner\/|\/node_modules\/mocha\//.test(line));
  return own.length === 0
    ? {}
    : {
        stack: own
          .slice(0, 8)
          .map((line) => line.trim())
          .join('\n'),
      };
}

/** Whether `work`, which never rejects, ends within so many milliseconds. */
function endsWithin(work: Promise<void>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, milliseconds);
    void work.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/** Microseconds are enough, and keep the lines short. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
