/**
 * An ordered workqueue: one worker that runs items one at a time, in the order in which they were queued. The driver has
 * one for all of its devices (section 3.7 of the reference).
 */

import { Task, type Scheduler } from '../../machine/scheduler.js';

/**
 * Virtual nanoseconds from queueing work until the worker can take it. It has to be woken and dispatched, and a channel goes
 * on meanwhile: on a host a program that ends at once overwrites the status of its own program-controlled interruption
 * before that is relayed (IRQ-016).
 */
export const WORKER_LATENCY = 2_000;

/** Something to be done later; queued at most once at a time. */
export class WorkItem {
  /** its place in the scheduler; `held` keeps it from running by itself */
  readonly task: Task;
  /** true while its function runs, also when something is nested in it */
  running = false;

  /** @param canRun what must hold before it may start, for example that a mutex is free */
  constructor(
    readonly queue: OrderedWorkqueue,
    readonly name: string,
    readonly work: () => void,
    readonly canRun: () => boolean = () => true,
  ) {
    this.task = new Task(
      name,
      () => {
        queue.run(this);
      },
      () => queue.isNext(this) && canRun(),
    );
  }

  get queued(): boolean {
    return this.queue.has(this);
  }
}

/** The queue with its one worker. */
export class OrderedWorkqueue {
  readonly #scheduler: Scheduler;
  readonly #items: WorkItem[] = [];
  #busy = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Queues `item` behind everything else, to be taken a little later; nothing happens if it is queued already. */
  add(item: WorkItem): void {
    if (this.#items.includes(item)) return;
    this.#items.push(item);
    this.#scheduler.after(WORKER_LATENCY, item.task);
  }

  /** Queues `item` in front: the rest of an item that had to wait in the middle. */
  addRest(item: WorkItem): void {
    this.#items.unshift(item);
    this.#scheduler.post(item.task);
  }

  has(item: WorkItem): boolean {
    return this.#items.includes(item);
  }

  /** True if the worker would take `item` next. */
  isNext(item: WorkItem): boolean {
    return !this.#busy && this.#items[0] === item;
  }

  /** Takes `item` out of the queue, if it is queued. */
  cancel(item: WorkItem): void {
    const at = this.#items.indexOf(item);
    if (at < 0) return;
    this.#items.splice(at, 1);
    this.#scheduler.cancel(item.task);
  }

  /** Waits for `item`: runs it, and what is queued before it, if it is queued. */
  flushItem(item: WorkItem): void {
    while (this.#items.includes(item)) this.#runNow(this.#items[0] ?? item);
  }

  /** Waits for everything that is queued. */
  flush(): void {
    for (let first = this.#items[0]; first !== undefined; first = this.#items[0]) this.#runNow(first);
  }

  /** Names of the queued items, in order. */
  get names(): string[] {
    return this.#items.map((item) => item.name);
  }

  /** @internal the scheduler's way in */
  run(item: WorkItem): void {
    const at = this.#items.indexOf(item);
    if (at >= 0) this.#items.splice(at, 1);
    const wasBusy = this.#busy;
    this.#busy = true;
    item.running = true;
    try {
      item.work();
    } finally {
      item.running = false;
      this.#busy = wasBusy;
    }
  }

  #runNow(item: WorkItem): void {
    this.#scheduler.cancel(item.task);
    this.run(item);
  }
}
