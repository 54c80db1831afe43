/** Runs a plan: a worker thread executes the cases, this thread watches it, so that a case that never returns is ended. */

import type { Target } from '../ports/index.js';
import { Delivery } from './delivery.js';
import type { CaseEnd, CaseNote, EventSink, Failure, FailureKind, Reason, RunStart, VerdictCounts } from './events.js';
import { EVENT_STREAM_VERSION } from './events.js';
import type { Plan, PlanItem, RegisteredCase } from './plan.js';
import { Claims, clockNow, millisecondsSince, Phase, type Running } from './shared-state.js';
import type { KnownBug } from './known-bugs.js';
import { plural } from './verdicts.js';
import { superviseWorker, type WorkerEnd } from './supervise.js';
import { WorkerThread } from './worker-thread.js';
import type { WorkerTask } from './worker.js';

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
  /**
   * How many workers run cases side by side, each with a target of its own; default 1. The events of their cases mingle: those
   * of one case keep their order.
   */
  readonly lanes?: number;
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

/** Cases that a worker takes at a time: as many as one Mocha instance is good for, or few, where others take from the same list. */
const WHOLE_PORTION = 250;
const SMALL_PORTION = 8;
/** Cases that must be left for one more worker to be started. */
const WORTH_A_LANE = 50;

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
  readonly #stop: StopRequest;
  /** what the workers hear: the user's wish to stop, and the limit of --bail */
  readonly #halt = new StopRequest();
  /** positions in the plan that have been reported, and those whose start has been */
  readonly #reported = new Set<number>();
  readonly #started = new Set<number>();
  /** position in the plan before which the cases that do not run have been reported */
  #passedBy = 0;
  #failed = 0;
  #thread: WorkerThread | undefined;
  /** why the rest cannot run */
  #blocked: string | undefined;

  constructor(readonly options: ExecuteOptions) {
    this.#delivery = new Delivery(options.sinks);
    this.#stop = options.stop ?? new StopRequest();
    this.#thread = options.thread;
  }

  async run(): Promise<RunOutcome> {
    const stopListening = this.#stop.onRequest(() => {
      this.#halt.request();
    });
    this.#delivery.take(runStart(this.options.plan, this.#left().length, this.options.version));
    await this.#runAll();
    stopListening();
    this.#thread?.end();
    const interrupted = this.#stop.level > 0;
    const { exitCode, why } = this.#delivery.finish(interrupted, millisecondsSince(this.#epoch));
    const { counts, problems } = this.#delivery;
    return { counts, exitCode, why, interrupted, problems };
  }

  /** Cases that can run, and have not. */
  #left(): readonly PlanItem[] {
    return this.options.plan.items.filter(({ reasons, index }) => reasons.length === 0 && !this.#reported.has(index));
  }

  /** One round of workers after the other: what a worker that hung or died had taken is left for the next round. */
  async #runAll(): Promise<void> {
    for (let left = this.#left(); ; left = this.#left()) {
      if (left.length === 0) {
        this.#reportSkippedBefore(this.options.plan.items.length);
        return;
      }
      if (this.#stop.level > 0) {
        this.#reportNotRun('the run was interrupted');
        return;
      }
      if (this.#hasBailed()) {
        this.#reportNotRun(`the run stops after ${this.options.bail ?? 0} failed (--bail)`);
        return;
      }
      if (this.#blocked !== undefined) {
        this.#reportBlocked(this.#blocked);
        return;
      }
      if (await this.#round(left)) continue;
      const still = this.#left().length;
      if (still === 0 || this.#isStopped()) continue;
      // Workers that say they are done, and are not, would do no better a second time.
      const text = `the worker thread ended without running ${plural(still, 'case')}`;
      this.#delivery.problem(text);
      this.#blocked = text;
    }
  }

  /** Runs `items` on as many lanes as there may be. @returns whether a lane ended before its time */
  async #round(items: readonly PlanItem[]): Promise<boolean> {
    const { lanes = 1 } = this.options;
    const claims = new Claims();
    const portion = lanes === 1 ? WHOLE_PORTION : SMALL_PORTION;
    const ends: Promise<boolean>[] = [];
    const start = (): void => {
      const isLast = ends.length + 1 >= lanes;
      let hasShown = isLast;
      const onEnd = (): void => {
        // A second machine is worth its start once the first has shown that there is one, and while there is enough to do.
        if (hasShown || items.length - claims.taken < WORTH_A_LANE) return;
        hasShown = true;
        start();
      };
      ends.push(this.#lane({ items, claims: claims.buffer, portion }, onEnd));
    };
    start();
    let isCut = false;
    for (let lane = 0; lane < ends.length; lane++) isCut = ((await ends[lane]) ?? false) || isCut;
    return isCut;
  }

  /** One worker from its start to its end. @returns true if it ended before its time, and another one can go on */
  async #lane(share: Pick<WorkerTask, 'items' | 'claims' | 'portion'>, onEnd: () => void): Promise<boolean> {
    const { plan, worker, timeoutScale = 1, bail } = this.options;
    const thread = this.#thread ?? new WorkerThread();
    this.#thread = undefined;
    const options = plan.options;
    const mayFail = bail === undefined ? undefined : bail - this.#failed;
    const end = await superviseWorker({
      thread,
      task: { config: worker, ...share, options, epoch: this.#epoch, timeoutScale, bail: mayFail },
      stop: this.#halt,
      onEvent: (event) => {
        this.#takeFromWorker(event);
        if (event.event === 'case-end') onEnd();
      },
      onProblem: (text) => {
        this.#delivery.problem(text);
      },
      onRunning: ({ index }) => {
        this.#reportStart(index, millisecondsSince(this.#epoch));
      },
    });
    return this.#goesOnAfter(end);
  }

  /** Reports what a worker's end means for its running case and the rest. @returns whether another worker is to go on */
  #goesOnAfter(end: WorkerEnd): boolean {
    switch (end.how) {
      case 'finished':
      case 'stopped':
      case 'bailed':
      case 'terminated':
        return false;
      case 'blocked':
        this.#blocked ??= end.reason;
        return false;
      case 'broken':
        this.#delivery.problem(`the cases could not be run: ${end.reason}`);
        this.#blocked ??= end.reason;
        return false;
      case 'hung':
        this.#reportHang(end.running);
        return true;
      case 'died':
        return this.#reportDeath(end.running, end.text);
    }
  }

  /** True if what is left is not to be run, or cannot be. */
  #isStopped(): boolean {
    return this.#stop.level > 0 || this.#hasBailed() || this.#blocked !== undefined;
  }

  #hasBailed(): boolean {
    return this.options.bail !== undefined && this.#failed >= this.options.bail;
  }

  #reportHang({ index, phase, budget }: Running): void {
    const { kind, what } = hangs[phase === Phase.idle ? Phase.body : phase];
    this.#reportEnd(index, budget, { kind, text: `${what} for ${budget} ms; the thread was ended` });
  }

  /** A worker that ended without a word takes its running case with it; without one it would only end again. */
  #reportDeath(running: Running | undefined, text: string): boolean {
    if (running === undefined || this.#reported.has(running.index)) {
      this.#delivery.problem(text);
      this.#blocked ??= text;
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
    this.#reported.add(event.index);
    if (event.verdict !== 'fail' && event.verdict !== 'error' && event.verdict !== 'unexpected-pass') return;
    this.#failed++;
    if (this.#hasBailed() && this.#halt.level === 0) this.#halt.request();
  }

  #reportStart(index: number, at: number): void {
    const item = this.options.plan.items[index];
    if (item === undefined || this.#started.has(index) || this.#reported.has(index)) return;
    this.#reportSkippedBefore(index);
    this.#started.add(index);
    const { id, attempt } = item;
    this.#delivery.take({ event: 'case-start', index, id, attempt, at: Math.max(0, Math.round(at * 1000) / 1000) });
  }

  #reportSkippedBefore(end: number): void {
    for (; this.#passedBy < end; this.#passedBy++) {
      const item = this.options.plan.items[this.#passedBy];
      if (item !== undefined && item.reasons.length > 0) this.#reportWithReasons(item, 'skip', item.reasons);
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
    for (const item of this.options.plan.items) {
      if (this.#reported.has(item.index)) continue;
      this.#reportSkippedBefore(item.index + 1);
      if (item.reasons.length === 0) report(item);
    }
  }

  #reportWithReasons(item: PlanItem, verdict: 'skip' | 'blocked', reasons: readonly Reason[]): void {
    this.#delivery.take({ event: 'case-end', ...named(item), verdict, duration: 0, reasons });
    this.#reported.add(item.index);
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
