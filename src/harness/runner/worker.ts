/**
 * The worker thread: makes its own bench (plugins and target), and runs the cases that it is given on Mocha. It says what it
 * is doing in shared memory, so that the main thread can end it when it no longer answers.
 */

import Mocha from 'mocha';
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors/index.js';
import { abandonLimit, CaseRun, type CaseSetting } from './case-run.js';
import type { Verdict } from './case.js';
import { EventLog } from './event-log.js';
import type { CaseEnd, CaseNote } from './events.js';
import type { Bench, WorkerConfig } from './execute.js';
import { searchLimit } from './kernel-record.js';
import type { PlanItem, RegisteredCase } from './plan.js';
import { Sessions } from './sessions.js';
import { Claims, clockNow, millisecondsSince, Phase, SharedState } from './shared-state.js';
import type { Preload } from './worker-thread.js';

/** What the main thread gives the worker. */
export interface WorkerTask {
  readonly config: WorkerConfig;
  /** what there is to run, in this order; other workers take from the same list */
  readonly items: readonly PlanItem[];
  /** Claims on the list */
  readonly claims: SharedArrayBuffer;
  /** how many cases a worker takes at a time */
  readonly portion: number;
  readonly options: Readonly<Record<string, string>>;
  readonly state: SharedArrayBuffer;
  /** where the events of the cases go: an EventLog */
  readonly log: SharedArrayBuffer;
  readonly epoch: number;
  readonly timeoutScale: number;
  /** failed cases after which to stop */
  readonly bail: number | undefined;
}

/** What the worker says. */
export type WorkerMessage =
  /** there are events in the log */
  | { readonly type: 'events' }
  | { readonly type: 'problem'; readonly text: string }
  | { readonly type: 'end'; readonly how: 'finished' | 'stopped' | 'bailed' }
  | { readonly type: 'end'; readonly how: 'blocked'; readonly reason: string }
  | { readonly type: 'end'; readonly how: 'broken'; readonly reason: string };

/** Milliseconds that opening a session may take, unless the target says more, and closing what a case had. */
const sessionLimit = 120_000;
const finishLimit = 20_000;
/** Milliseconds between two wakings of the main thread at least. */
const wakeEvery = 40;
/** Verdicts that --bail counts. */
const failing: ReadonlySet<Verdict> = new Set<Verdict>(['fail', 'error', 'unexpected-pass']);

class CaseWorker {
  readonly #state: SharedState;
  readonly #log: EventLog;
  readonly #cases: ReadonlyMap<string, RegisteredCase>;
  readonly #sessions: Sessions;
  /** what the time limits of cases are multiplied by */
  readonly #timeoutScale: number;
  readonly #setting: CaseSetting;
  #running: CaseRun | undefined;
  /** when the main thread was woken last, by clockNow */
  #woken = 0;
  #failed = 0;
  #end: Extract<WorkerMessage, { type: 'end' }> | undefined;

  constructor(
    readonly task: WorkerTask,
    bench: Bench,
  ) {
    this.#state = new SharedState(task.state);
    this.#log = new EventLog(task.log);
    this.#cases = new Map(bench.cases.map((registered) => [registered.definition.id, registered]));
    this.#sessions = new Sessions(bench.target);
    this.#timeoutScale = task.timeoutScale * (bench.target.slowness ?? 1);
    this.#setting = {
      sessions: this.#sessions,
      options: new Map(Object.entries(task.options)),
      timeoutScale: this.#timeoutScale,
      requirements: bench.requirements,
      bugs: bench.bugs,
      note: ({ index, id }, text) => {
        this.#report({ event: 'note', index, id, text });
      },
    };
  }

  async run(): Promise<Extract<WorkerMessage, { type: 'end' }>> {
    const stray = (thrown: unknown): void => {
      if (this.#running === undefined)
        post({ type: 'problem', text: `an error that nobody handled, between two cases: ${messageOf(thrown)}` });
      else this.#running.stray(thrown);
    };
    process.on('uncaughtException', stray);
    process.on('unhandledRejection', stray);
    const { items, portion } = this.task;
    const claims = new Claims(this.task.claims);
    for (let from = claims.take(portion); from < items.length && !this.#isOver(); from = claims.take(portion)) {
      await this.#runInstance(items.slice(from, from + portion));
    }
    try {
      await this.#sessions.close();
    } catch (thrown) {
      post({ type: 'problem', text: `the target could not be closed: ${messageOf(thrown)}` });
    }
    return this.#end ?? { type: 'end', how: 'finished' };
  }

  /** Runs `items` as the tests of one Mocha instance; a suite for every subject, in the order of the plan. */
  async #runInstance(items: readonly PlanItem[]): Promise<void> {
    const mocha = new Mocha({ reporter: SilentReporter, timeout: 0, fullTrace: true });
    const start = (item: PlanItem): Promise<number> => this.#start(item);
    const body = (context: Mocha.Context): Promise<void> => this.#body(context);
    for (const item of items) {
      const test = new Mocha.Test(item.id, async function (this: Mocha.Context) {
        await body(this);
      });
      subjectSuite(mocha, item.id).addTest(test);
    }
    const queue = items[Symbol.iterator]();
    mocha.suite.beforeEach(async function (this: Mocha.Context) {
      const next = queue.next();
      if (next.done !== true) this.currentTest?.timeout(await start(next.value));
    });
    const before = new Set([...process.listeners('uncaughtException'), ...process.listeners('unhandledRejection')]);
    await new Promise<void>((resolve) => {
      const runner = mocha.run(() => {
        resolve();
      });
      mocha.suite.afterEach(async () => {
        await this.#finish();
        if (this.#isOver()) runner.abort();
      });
      forgetListeners(before);
      runner.on('fail', (failed: Mocha.Runnable, error: Error & { code?: string }) => {
        if (!(failed instanceof Mocha.Test)) post({ type: 'problem', text: `the runner failed: ${messageOf(error)}` });
        else if (error.code === 'ERR_MOCHA_TIMEOUT') this.#running?.timedOut();
      });
    });
    mocha.dispose();
  }

  /** @returns the milliseconds that the body may take */
  async #start(item: PlanItem): Promise<number> {
    const registered = this.#cases.get(item.id);
    if (registered === undefined) throw new Error(`the worker's plugins do not have the case ${item.id}`);
    const limit = Math.max(sessionLimit, this.#sessions.target.startLimit ?? 0);
    this.#enter(item, Phase.session, limit * this.task.timeoutScale);
    const run = new CaseRun(item, registered, this.#setting);
    this.#running = run;
    await run.start();
    this.#enter(item, Phase.body, run.realLimit);
    return run.realLimit;
  }

  async #body(context: Mocha.Context): Promise<void> {
    const run = this.#running;
    if (run?.isStarted !== true) context.skip();
    try {
      await run.body();
    } catch (thrown) {
      if (run.skipped !== undefined) context.skip();
      throw thrown;
    }
  }

  async #finish(): Promise<void> {
    const run = this.#running;
    if (run === undefined) return;
    const search = run.registered.definition.leaks === true ? searchLimit : 0;
    const limit = (finishLimit + search) * this.#timeoutScale;
    this.#enter(run.item, Phase.finish, limit + abandonLimit);
    const end = await run.finish(limit);
    this.#running = undefined;
    this.#report(end);
    this.#state.leave();
    if (failing.has(end.verdict)) this.#failed++;
    if (this.#sessions.blocked !== undefined)
      this.#end = { type: 'end', how: 'blocked', reason: this.#sessions.blocked };
  }

  /** The main thread is woken at most every few milliseconds: it looks by itself too. */
  #report(event: CaseEnd | CaseNote): void {
    this.#log.add(event, wake);
    const now = clockNow();
    if (now - this.#woken < wakeEvery) return;
    this.#woken = now;
    wake();
  }

  #enter(item: PlanItem, phase: Phase, budget: number): void {
    this.#state.enter(item.index, phase, millisecondsSince(this.task.epoch), budget);
  }

  #isOver(): boolean {
    const { bail } = this.task;
    if (this.#state.stopAsked) this.#end ??= { type: 'end', how: 'stopped' };
    else if (bail !== undefined && this.#failed >= bail) this.#end ??= { type: 'end', how: 'bailed' };
    return this.#end !== undefined;
  }
}

/** Nothing is printed here: the reports are made from the event stream. */
const SilentReporter = function () {
  // Mocha makes one for every instance
} as unknown as Mocha.ReporterConstructor;

/** The last suite if it is of the same subject, else a new one: the plan's order is kept. */
function subjectSuite(mocha: Mocha, id: string): Mocha.Suite {
  const title = id.split('/').slice(0, 2).join('/');
  const last = mocha.suite.suites.at(-1);
  return last?.title === title ? last : Mocha.Suite.create(mocha.suite, title);
}

/**
 * Mocha fails whatever runs when an error is not handled, and aborts the run if that has just passed. Here the error belongs to
 * the case that runs, which still has to be closed: the worker's own listeners see to it.
 */
function forgetListeners(before: ReadonlySet<unknown>): void {
  for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
    for (const listener of process.listeners(name as 'uncaughtException')) {
      if (!before.has(listener)) process.removeListener(name, listener);
    }
  }
}

const wake = (): void => {
  post({ type: 'events' });
};

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

async function openBench(config: WorkerConfig): Promise<Bench> {
  return (await exported<(argument: unknown) => Promise<Bench>>(config))(config.argument);
}

/** Loads what the task will need. If that fails, the task fails for the same reason, and says so. */
async function load(preload: Preload, isWanted: () => boolean): Promise<void> {
  try {
    await (
      await exported<(isWanted: () => boolean) => Promise<unknown>>(preload)
    )(isWanted);
  } catch {
    // the task tells
  }
}

async function exported<Kind>({ module, export: name }: Preload): Promise<Kind> {
  const namespace = (await import(module)) as Record<string, unknown>;
  const found = namespace[name];
  if (typeof found !== 'function') throw new Error(`${module} exports no function ${name}`);
  return found as Kind;
}

async function main(task: WorkerTask): Promise<void> {
  let bench: Bench;
  try {
    bench = await openBench(task.config);
  } catch (thrown) {
    post({ type: 'end', how: 'broken', reason: messageOf(thrown) });
    return;
  }
  const end = await new CaseWorker(task, bench).run();
  try {
    await bench.close?.();
  } catch (thrown) {
    post({ type: 'problem', text: `what was made for the run could not be removed: ${messageOf(thrown)}` });
  }
  post(end);
}

if (parentPort !== null) {
  let isGiven = false;
  const given = once(parentPort, 'message');
  void given.then(() => (isGiven = true));
  if (workerData !== undefined) await load(workerData as Preload, () => isGiven);
  const [task] = (await given) as [WorkerTask];
  await main(task);
}
