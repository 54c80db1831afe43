/** One case from its session to its verdict. */

import { messageOf } from '../errors/index.js';
import type { KernelEvidence, LedgerEntry, TargetSession } from '../ports/index.js';
import type { Verdict } from './case.js';
import { clauseLines } from './clauses.js';
import { CaseSkipped, RunningContext } from './context.js';
import type { CaseEnd, DeviationNote, Failure, Reason } from './events.js';
import { CaseExpect } from './expectations.js';
import { deathOf, failureOf, harnessKinds, isDeath, kindOf, stackOf } from './failures.js';
import { kernelRecord, reportText, troubleText } from './kernel-record.js';
import { describeLeaks, leaked } from './ledger.js';
import { lacks } from './lacks.js';
import { guardTexts, type KnownBug } from './known-bugs.js';
import type { PlanItem, RegisteredCase } from './plan.js';
import type { Sessions } from './sessions.js';
import { clockNow } from './shared-state.js';
import { endsWithin } from './time.js';

/** Default of a case's limit, milliseconds. */
const defaultLimit = 30_000;
/** On a target with virtual time a case's limit is virtual; a real one of this many milliseconds bounds it as well. */
const realLimitInVirtualTime = 10_000;

/** Milliseconds that may be spent on a session which did not close in time. */
export const abandonLimit = 10_000;

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
  /** why the case does not apply to this target after all */
  #lacks: readonly Reason[] = [];
  #virtualStart = 0;
  #virtualEnd: number | undefined;
  #leaks: readonly LedgerEntry[] = [];
  #evidence: readonly string[] = [];
  #kernel: readonly KernelEvidence[] = [];
  #guards: readonly string[] = [];
  #abort: ((thrown: unknown) => void) | undefined;
  #bodyOver = false;
  #isOver = false;
  /** the session is not the case's any more: that it ends is no death */
  #isGivenBack = false;
  /** what ended the target while the case ran */
  #death: unknown;

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
      const session = await this.#open();
      this.#session = session;
      this.#virtualStart = session.virtualTime?.() ?? 0;
      this.#lacks = lacks(this.registered.definition.needs, session);
      if (this.#lacks.length > 0) return;
      this.#context = new RunningContext(session, this.#expect, setting.options, item.seed, (text) => {
        setting.note(item, text);
      });
      const died = (why: unknown): void => {
        if (!this.#isGivenBack) this.#die(why, session);
      };
      void session.died?.then(died, died);
    } catch (thrown) {
      this.#failures.push({
        kind: 'session',
        text: `the target could not be started for this case: ${messageOf(thrown)}`,
      });
    }
  }

  /** A session with its marks taken. One that turns out to have died since the case before is replaced, once. */
  async #open(): Promise<TargetSession> {
    const { item, setting } = this;
    for (let attempt = 1; ; attempt++) {
      const session = await setting.sessions.open(item.seed);
      try {
        const { deviation } = item;
        const deviates = deviation !== undefined && deviation.sometimes === undefined;
        await session.beginCase?.(item.id, this.registered.definition.needs, deviates);
        this.#baseline = await session.ledger();
        return session;
      } catch (thrown) {
        if (!isDeath(thrown)) throw thrown;
        await setting.sessions.bury(session, thrown);
        if (attempt > 1 || setting.sessions.blocked !== undefined) throw thrown;
      }
    }
  }

  /** True if the body can run. */
  get isStarted(): boolean {
    return this.#context !== undefined;
  }

  /** The reason for which the case was skipped: its own, or that the target turned out to lack what it needs. */
  get skipped(): string | undefined {
    return this.#lacks[0]?.text ?? this.#context?.skipped;
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
    const isClosed = await endsWithin(this.#close(), limit);
    this.#isOver = true;
    if (!isClosed) await this.#abandon(`closing what the case had opened did not end within ${limit} ms`);
    await this.#addClauses();
    await this.#addGuards();
    return this.#end();
  }

  /** The session hangs: its kernel is asked what happened, and a session that others share is left, since it would hang them too. */
  async #abandon(text: string): Promise<void> {
    const session = this.#session;
    const open = session?.unanswered?.() ?? [];
    const unanswered = open.length === 0 ? '' : `; without an answer: ${open.join(', ')}`;
    this.#failures.push({ kind: 'harness', text: text + unanswered });
    if (session === undefined || this.setting.sessions.target.isolation === 'case') return;
    await endsWithin(this.#takeKernelRecord(session, false), abandonLimit / 2);
    await endsWithin(this.setting.sessions.bury(session, new Error(text)), abandonLimit / 2);
  }

  async #close(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    const failed = this.#swallowed() || this.#failures.length > 0;
    let ailment: string | undefined;
    if (this.#death === undefined) {
      try {
        if (failed) await this.#takeEvidence(session);
        await this.#closeAll(session);
        ailment = await this.setting.sessions.check(session, this.#failures.length === 0);
      } catch (thrown) {
        this.#addThrown('the target failed after the case', thrown);
      }
    }
    await this.#takeKernelRecord(session, this.registered.definition.leaks === true && this.skipped === undefined);
    await this.#giveBack(session, ailment);
  }

  /** Closes what the case opened, and compares what is taken now with what was before. */
  async #closeAll(session: TargetSession): Promise<void> {
    await session.calm?.();
    const troubles = (await this.#context?.closeAll()) ?? [];
    for (const { what, thrown } of troubles) this.#addThrown(`closing ${what} failed`, thrown);
    if (this.#death !== undefined) return;
    await session.settle();
    this.#checkTime(session);
    this.#leaks = leaked(this.#baseline, await session.ledger());
    if (this.#leaks.length === 0) return;
    this.#failures.push({ kind: 'leak', text: describeLeaks(this.#leaks) });
    if (this.#evidence.length === 0) await this.#takeEvidence(session);
  }

  /** Lines in words; a target with a kernel of its own is asked for what that recorded instead. */
  async #takeEvidence(session: TargetSession): Promise<void> {
    if (session.kernelEvidence === undefined) this.#evidence = await session.evidence();
  }

  /** A report of the kernel fails the case, whatever the case itself said, and stands before everything else. */
  async #takeKernelRecord(session: TargetSession, leaks: boolean): Promise<void> {
    const { evidence, reports, troubles } = await kernelRecord(session, {
      timeoutScale: this.setting.timeoutScale,
      leaks,
    });
    this.#kernel = evidence;
    this.#failures.unshift(...reports.map((report): Failure => ({ kind: 'kernel-report', text: reportText(report) })));
    for (const trouble of troubles) {
      if (isDeath(trouble)) this.#die(trouble, session);
      else if (this.#death === undefined) this.#failures.push({ kind: 'harness', text: troubleText(trouble) });
    }
  }

  async #giveBack(session: TargetSession, ailment: string | undefined): Promise<void> {
    if (this.#isOver) return;
    if (ailment !== undefined) {
      this.#failures.push({
        kind: 'wedged',
        text: `the device does not answer any more after this case: ${ailment}`,
      });
    }
    const { sessions } = this.setting;
    this.#isGivenBack = true;
    try {
      if (this.#death !== undefined) await sessions.bury(session, this.#death);
      else await sessions.giveBack(session, this.item.seed, ailment);
      if (this.#hasReport) await sessions.retire(session);
    } catch (thrown) {
      this.#addThrown('the session could not be closed', thrown);
    }
  }

  /** The target is gone: the body is ended, and nothing more is asked of it. Said once. */
  #die(why: unknown, session: TargetSession): void {
    if (this.#isOver || this.#death !== undefined) return;
    this.#death = why;
    this.#failures.push(deathOf(why, session));
    this.#abort?.(why);
  }

  /** Trouble outside the case's own function: the harness's, unless the modelled kernel came to a stop. */
  #addThrown(what: string, thrown: unknown): void {
    if (this.#session !== undefined && isDeath(thrown)) {
      this.#die(thrown, this.#session);
      return;
    }
    const kind = kindOf(thrown) === 'kernel-bug' ? 'kernel-bug' : 'harness';
    this.#failures.push({ ...failureOf(thrown, what), kind });
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
    this.#failures.unshift(failureOf(failed));
    return true;
  }

  #keepThrown(thrown: unknown): void {
    if (this.#bodyOver || thrown instanceof CaseSkipped) return;
    if (this.#death !== undefined || this.#failures.some(({ kind }) => kind === 'unhandled')) return;
    if (this.#session !== undefined && isDeath(thrown)) this.#die(thrown, this.#session);
    else this.#failures.push(failureOf(thrown));
  }

  #end(): CaseEnd {
    const { item } = this;
    const verdict = this.#verdict();
    const virtual = this.#virtualEnd;
    const reasons = verdict === 'skip' ? this.#reasons() : [];
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
      ...(this.#kernel.length === 0 ? {} : { kernel: this.#kernel }),
    };
  }

  get #hasReport(): boolean {
    return this.#failures.some(({ kind }) => kind === 'kernel-report');
  }

  #reasons(): readonly Reason[] {
    return this.#lacks.length > 0 ? this.#lacks : [{ category: 'case', text: this.skipped ?? '' }];
  }

  #verdict(): Verdict {
    const [first] = this.#failures;
    if (first === undefined) {
      if (this.skipped !== undefined) return 'skip';
      if (this.item.deviation === undefined) return 'pass';
      const { reason, link, sometimes } = this.item.deviation;
      if (sometimes !== undefined) return 'pass';
      const text = `the case passed, but the suite lists a deviation (${reason}; ${link}): remove it from the suite`;
      this.#failures.push({ kind: 'unexpected-pass', text });
      return 'unexpected-pass';
    }
    const { deviation } = this.item;
    if (deviation !== undefined) {
      if (areListed(this.#failures, deviation)) return 'deviation';
      this.#tellListed(first, deviation);
    }
    if (this.#death !== undefined && !this.#hasReport) return 'error';
    return this.#failures.some(({ kind }) => !harnessKinds.has(kind)) ? 'fail' : 'error';
  }

  /** A case that is listed, and went wrong in another way: whoever reads of it shall not take it for what is known. */
  #tellListed(first: Failure, { reason, differs }: DeviationNote): void {
    if (first.kind !== 'expectation' || differs === undefined) return;
    const listed = differs.map((words) => `"${words}"`).join(' or ');
    const text = `${first.text}\nThe suite lists a deviation of this case (${reason}), but with other words: ${listed}.`;
    this.#failures[0] = { ...first, text };
  }
}

/** What may come of trouble in the kernel. */
const afterReport: ReadonlySet<Failure['kind']> = new Set<Failure['kind']>(['wedged', 'died', 'harness']);

/**
 * True if the failures are what a listed deviation stands for: what the case expected otherwise, in its words; or the kernel's report that it names, and
 * that the machine is not the same after it.
 */
function areListed(failures: readonly Failure[], { report, differs }: DeviationNote): boolean {
  if (report === undefined) {
    const isMeant = (text: string): boolean => differs === undefined || differs.some((words) => text.includes(words));
    return failures.every(({ kind, text }) => kind === 'expectation' && isMeant(text));
  }
  const reports = failures.filter(({ kind }) => kind === 'kernel-report');
  const others = failures.filter(({ kind }) => kind !== 'kernel-report' && !afterReport.has(kind));
  return reports.length > 0 && others.length === 0 && reports.every(({ text }) => text.includes(report));
}

/** Microseconds are enough, and keep the lines short. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
