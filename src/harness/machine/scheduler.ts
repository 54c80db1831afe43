/**
 * Virtual time and the one scheduler of the model. Everything that happens concurrently (guest CPU, channel, device,
 * interrupt, work queue, close) is a task here. A task runs to its end; where real code could be pre-empted it calls
 * `point`, and the strategy may run other tasks there, nested, before it goes on. With the same strategy and seed the order
 * is the same on every machine.
 */

/** Work that can be queued. A task is queued at most once at a time, as a Linux work item is. */
export class Task {
  /** @internal true while in the ready queue or on the timer heap */
  queued = false;
  /** @internal virtual time at which it becomes ready */
  dueAt = 0;
  /** @internal order among equal times */
  sequence = 0;
  /** @internal true for a task that was queued by `interrupt` */
  interruption = false;
  /** While true the task stays queued and does not run. */
  held = false;

  /**
   * @param name for traces and for ScheduleControl
   * @param run the work
   * @param ready what must hold before it may run, for example that a mutex is free; checked when it would run
   */
  constructor(
    readonly name: string,
    readonly run: () => void,
    readonly ready?: () => boolean,
  ) {}
}

/** Decides where more than one thing could happen next. */
export interface SchedulingStrategy {
  /** Which of `count` runnable tasks (in queue order) runs next: 0 to count-1. */
  choose(count: number, tasks: readonly Task[]): number;
  /** Whether, and which of, `count` runnable tasks pre-empts at a point: -1 for none. */
  preempt(point: string, count: number, tasks: readonly Task[]): number;
}

/** First come, first served; nothing is pre-empted. The strategy of every run unless a case asks for another. */
export const inOrder: SchedulingStrategy = { choose: () => 0, preempt: () => -1 };

/** Runs tasks in virtual time. */
export class Scheduler {
  /** virtual nanoseconds since the machine was made */
  now = 0;
  /** tasks that have run */
  steps = 0;
  strategy: SchedulingStrategy = inOrder;
  /** Called at every point while set; for actions in the middle of a call. */
  onPoint: ((point: string) => void) | undefined;

  #ready: Task[] = [];
  readonly #timers: Task[] = [];
  #sequence = 0;
  #depth = 0;

  /** Queues `task` to run as soon as its turn comes. Nothing happens if it is queued already. */
  post(task: Task): void {
    if (task.queued) return;
    task.queued = true;
    task.interruption = false;
    this.#ready.push(task);
  }

  /**
   * Queues an interruption: `task` runs before any other ready work (after interruptions that are waiting already), as an
   * enabled CPU takes it before it goes on. Nothing happens if it is queued already.
   */
  interrupt(task: Task): void {
    if (task.queued) return;
    task.queued = true;
    task.interruption = true;
    let at = 0;
    while (this.#ready[at]?.interruption === true) at++;
    if (at === 0) this.#ready.unshift(task);
    else this.#ready.splice(at, 0, task);
  }

  /** Queues `task` before everything that is ready, as an interruption comes before threads. Nothing happens if it is queued already. */
  postFirst(task: Task): void {
    if (task.queued) return;
    task.queued = true;
    this.#ready.unshift(task);
  }

  /** Queues `task` to become ready in `delay` virtual nanoseconds (0 or more). Nothing happens if it is queued already. */
  after(delay: number, task: Task): void {
    if (task.queued) return;
    if (delay <= 0) {
      this.post(task);
      return;
    }
    task.queued = true;
    task.dueAt = this.now + delay;
    task.sequence = this.#sequence++;
    let at = this.#timers.length;
    this.#timers.push(task);
    while (at > 0) {
      const before = this.#timers[at - 1];
      if (before === undefined || before.dueAt <= task.dueAt) break;
      this.#timers[at] = before;
      at--;
    }
    this.#timers[at] = task;
  }

  /** Takes `task` out of the queue. @returns false if it was not queued. */
  cancel(task: Task): boolean {
    if (!task.queued) return false;
    task.queued = false;
    const ready = this.#ready.indexOf(task);
    if (ready >= 0) {
      this.#ready.splice(ready, 1);
      return true;
    }
    const timer = this.#timers.indexOf(task);
    if (timer >= 0) this.#timers.splice(timer, 1);
    return true;
  }

  /** Runs one ready task. @returns false if none can run now. */
  step(): boolean {
    const task = this.#take();
    if (task === undefined) return false;
    this.steps++;
    task.run();
    return true;
  }

  /** Runs what is ready until nothing can run at the present time. */
  drain(): void {
    while (this.step()) {
      // each step is one task
    }
  }

  /**
   * Runs tasks, and moves virtual time forward when none is ready, until `condition` holds or the time `deadline` has come.
   * @returns whether the condition holds.
   */
  runUntil(condition: () => boolean, deadline: number): boolean {
    for (;;) {
      if (condition()) return true;
      if (this.step()) continue;
      if (!this.#advance(deadline)) return condition();
    }
  }

  /** Runs everything that becomes ready up to `deadline`, and leaves the clock there. */
  runTo(deadline: number): void {
    this.runUntil(() => false, deadline);
    if (this.now < deadline) this.now = deadline;
  }

  /** A place where the real code could be pre-empted. */
  point(name: string): void {
    if (this.onPoint !== undefined) this.onPoint(name);
    if (this.strategy === inOrder || this.#ready.length === 0 || this.#depth > 8) return;
    const runnable = this.runnable();
    if (runnable.length === 0) return;
    const chosen = this.strategy.preempt(name, runnable.length, runnable);
    const task = runnable[chosen];
    if (task === undefined) return;
    this.#depth++;
    try {
      this.#ready.splice(this.#ready.indexOf(task), 1);
      task.queued = false;
      this.steps++;
      task.run();
    } finally {
      this.#depth--;
    }
  }

  /** Tasks that could run now, in queue order. */
  runnable(): Task[] {
    return this.#ready.filter((task) => !task.held && (task.ready === undefined || task.ready()));
  }

  /** Names of everything that is queued, ready or later. */
  queuedNames(): string[] {
    return [...this.#ready, ...this.#timers].map((task) => task.name);
  }

  #take(): Task | undefined {
    const queue = this.#ready;
    if (queue.length === 0) return undefined;
    let task: Task | undefined;
    if (this.strategy === inOrder) {
      let at = 0;
      while (at < queue.length) {
        const candidate = queue[at];
        if (candidate !== undefined && !candidate.held && (candidate.ready === undefined || candidate.ready())) break;
        at++;
      }
      if (at === queue.length) return undefined;
      if (at === 0) task = queue.shift();
      else [task] = queue.splice(at, 1);
    } else {
      const runnable = this.runnable();
      if (runnable.length === 0) return undefined;
      task = runnable[this.strategy.choose(runnable.length, runnable)] ?? runnable[0];
      if (task !== undefined) queue.splice(queue.indexOf(task), 1);
    }
    if (task !== undefined) task.queued = false;
    return task;
  }

  #advance(deadline: number): boolean {
    const next = this.#timers[0];
    if (next === undefined || next.dueAt > deadline) {
      if (Number.isFinite(deadline) && this.now < deadline) this.now = deadline;
      return false;
    }
    this.now = Math.max(this.now, next.dueAt);
    while (this.#timers.length > 0) {
      const timer = this.#timers[0];
      if (timer === undefined || timer.dueAt > this.now) break;
      this.#timers.shift();
      timer.queued = false;
      this.post(timer);
    }
    return true;
  }
}
