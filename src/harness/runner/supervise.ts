/** One worker thread under a watchdog. */

import { EventLog } from './event-log.js';
import type { CaseEnd, CaseNote } from './events.js';
import type { StopRequest } from './execute.js';
import { millisecondsSince, SharedState, type Running } from './shared-state.js';
import type { WorkerThread } from './worker-thread.js';
import type { WorkerTask } from './worker.js';

/** How a worker ended. */
export type WorkerEnd =
  | { readonly how: 'finished' | 'stopped' | 'bailed' | 'terminated' }
  | { readonly how: 'blocked' | 'broken'; readonly reason: string }
  | { readonly how: 'hung'; readonly running: Running }
  | { readonly how: 'died'; readonly running: Running | undefined; readonly text: string };

/** What a worker is started with, and who hears of it. */
export interface Supervision {
  /** a thread that has no task yet */
  readonly thread: WorkerThread;
  readonly task: Omit<WorkerTask, 'state' | 'log'>;
  readonly stop: StopRequest;
  readonly onEvent: (event: CaseEnd | CaseNote) => void;
  readonly onProblem: (text: string) => void;
  /** called while a case is running that has been so for a moment */
  readonly onRunning: (running: Running) => void;
}

/** Milliseconds between two looks at the worker. */
const lookEvery = 50;
/** Milliseconds beyond its budget after which a thread that has not answered is ended: it could still report by itself. */
const grace = 500;
/** A look that comes this late means that this process itself stood still (stopped, suspended): that is not the worker's time. */
const stoodStill = 1000;

/** Gives a worker its task and waits for its end; ends it when it hangs, or when the run is to stop at once. Never rejects. */
export async function superviseWorker({
  thread,
  task,
  stop,
  onEvent,
  onProblem,
  onRunning,
}: Supervision): Promise<WorkerEnd> {
  const state = new SharedState();
  const log = new EventLog();
  let end: WorkerEnd | undefined;
  let lastLook = millisecondsSince(task.epoch);
  let allowance = 0;
  let watched: Running | undefined;

  const finish = (how: WorkerEnd): void => {
    end ??= how;
    thread.end();
  };
  const takeEvents = (): void => {
    for (const event of log.take()) onEvent(event as CaseEnd | CaseNote);
  };
  const look = (): void => {
    const now = millisecondsSince(task.epoch);
    const running = state.running();
    // Only now: what ended before the running case began is in the log by then.
    takeEvents();
    if (running?.index !== watched?.index || running?.phase !== watched?.phase) allowance = 0;
    if (now - lastLook > stoodStill) allowance += now - lastLook;
    watched = running;
    lastLook = now;
    if (running === undefined) return;
    onRunning(running);
    if (now - running.since > running.budget + grace + allowance) finish({ how: 'hung', running });
  };
  const timer = setInterval(look, lookEvery);
  const stopListening = stop.onRequest(() => {
    state.askToStop();
    if (stop.level >= 2) finish({ how: 'terminated' });
  });

  thread.run({ ...task, state: state.buffer, log: log.buffer }, (message) => {
    takeEvents();
    if (message.type === 'events') return;
    if (message.type === 'problem') onProblem(message.text);
    // Nothing of the run is left in the thread, but a case that was given up may have left a timer or a promise.
    else finish(message);
  });
  const why = await thread.ended;
  takeEvents(); // also what a thread that was ended had already said
  clearInterval(timer);
  stopListening();
  return (
    end ?? {
      how: 'died',
      running: state.running(),
      text: `the worker thread ended in the middle of the run: ${why}`,
    }
  );
}
