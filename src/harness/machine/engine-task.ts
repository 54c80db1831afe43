/** The task of a channel engine, and what it waits for. */

import { Task, type Scheduler } from './scheduler.js';

/** A task that goes on at once, after some virtual time, or when the device says so. */
export class EngineTask {
  /** True while only the device, or a halt, clear or cancel, can make the engine go on. */
  parked = false;

  readonly #task: Task;

  constructor(
    readonly scheduler: Scheduler,
    run: () => void,
  ) {
    this.#task = new Task('channel', run);
  }

  /** Queues the task behind everything that is ready. */
  post(): void {
    this.scheduler.post(this.#task);
  }

  /** Queues the task for `latency` virtual nanoseconds from now; Infinity parks it. */
  postAfter(latency: number): void {
    if (latency === Infinity) this.parked = true;
    else this.scheduler.after(latency, this.#task);
  }

  /** Ends a wait of any kind: the task is ready. */
  redrive(): void {
    this.cancel();
    this.post();
  }

  /** The task waits for nothing any more. */
  cancel(): void {
    this.parked = false;
    this.scheduler.cancel(this.#task);
  }
}
