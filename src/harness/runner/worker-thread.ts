/** A worker thread that waits for its task. What it needs can be loading while the task is still being made. */

import { Worker } from 'node:worker_threads';
import { CcwspecError, messageOf, missingPackage } from '../errors/index.js';
import type { WorkerConfig } from './execute.js';
import type { WorkerMessage, WorkerTask } from './worker.js';

/**
 * What a thread does before it has a task: a function of a module, which imports what the task will need. It is given a function that says
 * whether the task has come, and ends soon when that is true.
 */
export type Preload = Pick<WorkerConfig, 'module' | 'export'>;

/** A worker thread that can be started, and can load its modules, before there is a run for it. */
export class WorkerThread {
  /** why it ended, as soon as it has */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  #ending = false;

  /** Starts the thread. What it prints goes to standard error. */
  constructor(preload?: Preload) {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: preload,
      stdout: true,
      stderr: true,
    });
    worker.stdout.pipe(process.stderr, { end: false });
    worker.stderr.pipe(process.stderr, { end: false });
    let error: unknown;
    worker.on('error', (thrown) => {
      error = thrown;
    });
    this.ended = new Promise((resolve) => {
      worker.on('exit', (code) => {
        const missing = missingPackage(error);
        if (missing !== undefined) error = new CcwspecError('E-INSTALL', `the package ${missing} is not installed`);
        resolve(error === undefined ? `exit code ${code}` : messageOf(error));
      });
    });
    this.#worker = worker;
  }

  /** Gives the thread its task, the only one that it ever has. */
  run(task: WorkerTask, onMessage: (message: WorkerMessage) => void): void {
    this.#worker.on('message', onMessage);
    this.#worker.postMessage(task);
  }

  /** Ends the thread wherever it is; nothing happens if it has ended, or is about to. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    void this.#worker.terminate();
  }
}
