/**
 * The thread in which the cases of a run are executed. It is started before this thread has loaded the command line's parser
 * and what it needs to plan: both load for some tenths of a second.
 */

import { WorkerThread } from '../harness/runner/worker-thread.js';

/** The module that makes a bench, and its function, for a worker. */
export const benchModule = { module: new URL('./bench.js', import.meta.url).href, export: 'openBench' } as const;

let early: WorkerThread | undefined;

/** Starts the thread before it is known whether the command line is right: `takeBenchThread` gives it out. */
export function startBenchThread(): void {
  early ??= makeThread();
}

/** A thread that loads the plugins which come with ccwspec, and the model: the one that was started, or a new one. */
export function takeBenchThread(): WorkerThread {
  const thread = early ?? makeThread();
  early = undefined;
  return thread;
}

function makeThread(): WorkerThread {
  return new WorkerThread({ ...benchModule, export: 'preload' });
}
