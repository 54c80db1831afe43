/**
 * The thread in which the cases of a run are executed. It is started before this thread has loaded what it needs to plan: both
 * load for some tenths of a second.
 */

import { WorkerThread } from '../harness/runner/worker-thread.js';

/** The module that makes a bench, and its function, for a worker. */
export const benchModule = { module: new URL('./bench.js', import.meta.url).href, export: 'openBench' } as const;

/** Starts a thread that loads the plugins which come with ccwspec. */
export function startBenchThread(): WorkerThread {
  return new WorkerThread({ ...benchModule, export: 'preload' });
}
