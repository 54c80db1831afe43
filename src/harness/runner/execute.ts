/** Runs a plan: a worker thread executes the cases, this thread watches it, so that a case that never returns is ended. */

import type { Target } from '../ports/index.js';
import { Delivery } from './delivery.js';
import type { CaseEnd, CaseNote, EventSink, Failure, FailureKind, Reason, RunStart, VerdictCounts } from './events.js';
import { EVENT_STREAM_VERSION } from './events.js';
import type { Plan, PlanItem, RegisteredCase } from './plan.js';
import { clockNow, millisecondsSince, Phase, type Running } from './shared-state.js';
import type { KnownBug } from './known-bugs.js';
import { plural } from './verdicts.js';
import { superviseWorker, type WorkerEnd } from './supervise.js';
import { WorkerThread } from './worker-thread.js';

export type { RegisteredCase } from './plan.js';

/** What a worker runs with. Functions do not cross threads: the worker makes it anew from plain data. */
export interface Bench {
  readonly cases: readonly RegisteredCase[];
  readonly target: Target;
  /** catalogues that hold the requirements of the cases, for the clause of a failure; default: the project's own */
  readonly requirements?: readonly URL[];
  /** the bugs that `guards` of cases name, looked up when a case has failed; default: none is known by more than its name */
  readonly bugs?: () => Promise<readonly KnownBug[]>;
  /** Removes what was made for the run (scratch copies); called when the worker is done. */
  readonly close?: () => Promise<void>;
}

/** A function of a module and what to call it with: `(argument) => Promise<Bench>`. */
export interface WorkerConfig {
  /** file URL of the module */
  readonly module: string;
  /** name of the exported function */
  readonly export: string;
  /** plain data (structured clone) */
  readonly argument: unknown;
}

/** How a plan is run. */
export interface ExecuteOptions {
  readonly plan: Plan;
  readonly worker: WorkerConfig;
  /** a thread for the first worker that has been started already; it is ended with the run */
  readonly thread?: WorkerThread;
  readonly sinks: readonly EventSink[];
  /** version of ccwspec, for the reports */
  readonly version: string;
  /** stops after this many failed cases; the rest is not run */
  readonly bail?: number;
  /** multiplies every time limit; default 1 */
  readonly timeoutScale?: number;
  /** how the run can be stopped from outside */
  readonly stop?: StopRequest;
}

/** Asks a run to stop. */
export class StopRequest {
  #level = 0;
  readonly #listeners = new Set<() => void>();

  /** 0: go on; 1: finish the running case; 2: stop at once */
  get level(): number {
    return this.#level;
  }

  /** The first call lets the running case finish; the second stops at once. For a SIGINT handler. */
  request(): void {
    this.#level = Math.min(2, this.#level + 1);
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` at every request, until the function that this returns is called. */
  onRequest(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

/** How a run ended. */
export interface RunOutcome {
  readonly counts: VerdictCounts;
  readonly exitCode: number;
  /** one sentence: why it may be called green, or why not */
  readonly why: string;
  readonly interrupted: boolean;
  /** troubles of the harness: a report that could not be written, a worker that could not start */
  readonly problems: readonly string[];
}

/** Runs the plan. Never rejects for what a case, the target or a sink does: that is in the outcome. */
export async function executePlan(options: ExecuteOptions): Promise<RunOutcome> {
  return new Execution(options).run();
}

/** What each part of a case's time is called when it never ends, and whose fault that is. */
const hangs: Readonly<Record<Exclude<Phase, 0>, { kind: FailureKind; what: string }>> = {
  [Phase.session]: {
    kind: 'session',
    what: 'the target did not start for this case, and its thread no longer answered',
  },
  [Phase.body]: { kind: 'hang', what: 'the case never returned: its thread was busy and no longer answered' },
  [Phase.finish]: { kind: 'harness', what: 'closing after this case never ended, and its thread no longer answered' },
};

class Execution {
  readonly #epoch = clockNow();
  readonly #delivery: Delivery;
  readonly #runnable: readonly PlanItem[];
  readonly #stop: StopRequest;
  /** position in the plan up to which everything has been reported */
  #reported = 0;
  #started: number | undefined;
  #failed = 0;
  #thread: WorkerThread | undefined;

  constructor(readonly options: ExecuteOptions) {
    this.#delivery = new Delivery(options.sinks);
    this.#runnable = options.plan.items.filter(({ reasons }) => reasons.length === 0);
    this.#stop = options.stop ?? new StopRequest();
    this.#thread = options.thread;
  }

  async run(): Promise<RunOutcome> {
    this.#delivery.take(runStart(this.options.plan, this.#runnable.length, this.options.version));
    await this.#runAll();
    this.#thread?.end();
    const interrupted = this.#stop.level > 0;
    const { exitCode, why } = this.#delivery.finish(interrupted, millisecondsSince(this.#epoch));
    const { counts, problems } = this.#delivery;
    return { counts, exitCode, why, interrupted, problems };
  }

  async #runAll(): Promise<void> {
    for (;;) {
      const next = this.#runnable.filter(({ index }) => index >= this.#reported);
      if (next.length === 0) {
        this.#reportSkippedBefore(this.options.plan.items.length);
        return;
      }
      if (this.#stop.level > 0) {
        this.#reportNotRun('the run was interrupted');
        return;
      }
      const bail = this.options.bail === undefined ? undefined : this.options.bail - this.#failed;
      if (bail !== undefined && bail <= 0) {
        this.#reportNotRun(`the run stops after ${this.options.bail ?? 0} failed (--bail)`);
        return;
      }
      if (!this.#goesOnAfter(await this.#supervise(next, bail))) return;
    }
  }

  #supervise(items: readonly PlanItem[], bail: number | undefined): Promise<WorkerEnd> {
    const { plan, worker, timeoutScale = 1 } = this.options;
    const thread = this.#thread ?? new WorkerThread();
    this.#thread = undefined;
    return superviseWorker({
      thread,
      task: { config: worker, items, options: plan.options, epoch: this.#epoch, timeoutScale, bail },
      stop: this.#stop,
      onEvent: (event) => {
        this.#takeFromWorker(event);
      },
      onProblem: (text) => {
        this.#delivery.problem(text);
      },
      onRunning: ({ index }) => {
        // Its thread may be ahead of its events: what has not been reported yet comes first.
        const isNext = !this.#runnable.some((item) => item.index >= this.#reported && item.index < index);
        if (isNext) this.#reportStart(index, millisecondsSince(this.#epoch));
      },
    });
  }

  /** Reports what a worker's end means for the running case and the rest. @returns whether another worker is to go on. */
  #goesOnAfter(end: WorkerEnd): boolean {
    switch (end.how) {
      case 'finished':
        return this.#hasRunAll();
      case 'stopped':
      case 'bailed':
        return true;
      case 'blocked':
        this.#reportBlocked(end.reason);
        return false;
      case 'broken':
        this.#delivery.problem(`the cases could not be run: ${end.reason}`);
        this.#reportBlocked(end.reason);
        return false;
      case 'terminated':
        this.#reportNotRun('the run was interrupted');
        return false;
      case 'hung':
        this.#reportHang(end.running);
        return true;
      case 'died':
        return this.#reportDeath(end.running, end.text);
    }
  }

  /** A worker that says it is done, and is not, would do no better a second time. */
  #hasRunAll(): boolean {
    const left = this.#runnable.filter(({ index }) => index >= this.#reported).length;
    if (left === 0) return true;
    const text = `the worker thread ended without running ${plural(left, 'case')}`;
    this.#delivery.problem(text);
    this.#reportBlocked(text);
    return false;
  }

  #reportHang({ index, phase, budget }: Running): void {
    const { kind, what } = hangs[phase === Phase.idle ? Phase.body : phase];
    this.#reportEnd(index, budget, { kind, text: `${what} for ${budget} ms; the thread was ended` });
  }

  /** A worker that ended without a word takes its running case with it; without one it would only end again. */
  #reportDeath(running: Running | undefined, text: string): boolean {
    if (running === undefined || running.index < this.#reported) {
      this.#delivery.problem(text);
      this.#reportBlocked(text);
      return false;
    }
    this.#reportEnd(running.index, millisecondsSince(this.#epoch) - running.since, { kind: 'harness', text });
    return true;
  }

  #reportEnd(index: number, duration: number, failure: Failure): void {
    const item = this.options.plan.items[index];
    if (item === undefined) return;
    const verdict = failure.kind === 'hang' ? 'fail' : 'error';
    this.#takeFromWorker({ event: 'case-end', ...named(item), verdict, duration, failures: [failure] });
  }

  #takeFromWorker(event: CaseEnd | CaseNote): void {
    const duration = event.event === 'case-end' ? event.duration : 0;
    this.#reportStart(event.index, millisecondsSince(this.#epoch) - duration);
    this.#delivery.take(event);
    if (event.event !== 'case-end') return;
    this.#reported = event.index + 1;
    if (event.verdict === 'fail' || event.verdict === 'error' || event.verdict === 'unexpected-pass') this.#failed++;
  }

  #reportStart(index: number, at: number): void {
    const item = this.options.plan.items[index];
    if (item === undefined || this.#started === index || index < this.#reported) return;
    this.#reportSkippedBefore(index);
    this.#started = index;
    const { id, attempt } = item;
    this.#delivery.take({ event: 'case-start', index, id, attempt, at: Math.max(0, Math.round(at * 1000) / 1000) });
  }

  #reportSkippedBefore(end: number): void {
    for (const item of this.options.plan.items.slice(this.#reported, end)) {
      if (item.reasons.length > 0) this.#reportWithReasons(item, 'skip', item.reasons);
      this.#reported = item.index + 1;
    }
  }

  #reportBlocked(text: string): void {
    const reasons: readonly Reason[] = [{ category: 'blocked', text }];
    this.#reportRest((item) => {
      this.#reportWithReasons(item, 'blocked', reasons);
    });
  }

  #reportNotRun(reason: string): void {
    this.#reportRest((item) => {
      this.#delivery.take({ event: 'not-run', ...named(item), reason });
    });
  }

  #reportRest(report: (item: PlanItem) => void): void {
    for (const item of this.options.plan.items.slice(this.#reported)) {
      if (item.reasons.length > 0) this.#reportWithReasons(item, 'skip', item.reasons);
      else report(item);
      this.#reported = item.index + 1;
    }
  }

  #reportWithReasons(item: PlanItem, verdict: 'skip' | 'blocked', reasons: readonly Reason[]): void {
    this.#delivery.take({ event: 'case-end', ...named(item), verdict, duration: 0, reasons });
  }
}

function named({ index, id, attempt, plugin }: PlanItem): Pick<CaseEnd, 'index' | 'id' | 'attempt' | 'plugin'> {
  return { index, id, attempt, plugin };
}

function runStart(plan: Plan, runnable: number, version: string): RunStart {
  const { hash, seed, repeatEach, touch, selection, suites, options, target } = plan;
  return {
    event: 'run-start',
    version: EVENT_STREAM_VERSION,
    at: new Date().toISOString(),
    tool: { version, node: process.version, host: `${process.platform} ${process.arch}` },
    target,
    plan: { hash, seed, selected: plan.items.length, runnable, repeatEach, touch, selection, suites, options },
  };
}
