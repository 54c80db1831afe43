/** 'schedule': which queued work may run, and what happens in the middle of a call. */

import type { Task } from '../../../machine/scheduler.js';
import type { ScheduleControl } from '../../../ports/index.js';
import type { ModelHost } from '../model-host.js';
import type { DriverPoints } from './driver-points.js';

type Work = Parameters<ScheduleControl['hold']>[0];

const MILLISECOND = 1e6;

/** The control over one host of the model. */
export class ModelSchedule implements ScheduleControl {
  readonly #held = new Set<Task>();

  constructor(
    readonly host: ModelHost,
    readonly points: DriverPoints,
  ) {}

  hold(work: Work): Promise<void> {
    const task = this.#taskOf(work);
    task.held = true;
    this.#held.add(task);
    return Promise.resolve();
  }

  letGo(work: Work): Promise<void> {
    this.#letGo(this.#taskOf(work));
    return Promise.resolve();
  }

  /** Lets everything run again that was held. */
  letGoOfAll(): void {
    for (const task of [...this.#held]) this.#letGo(task);
  }

  settle(): Promise<void> {
    this.host.settle();
    return Promise.resolve();
  }

  atPoint(point: string, action: () => void): Promise<void> {
    this.points.once(point, action);
    return Promise.resolve();
  }

  advance(milliseconds: number): Promise<void> {
    const { scheduler } = this.host.css;
    scheduler.runTo(scheduler.now + milliseconds * MILLISECOND);
    return Promise.resolve();
  }

  #letGo(task: Task): void {
    task.held = false;
    this.#held.delete(task);
  }

  /** @throws RangeError for work of a device that does not exist (no mdev) */
  #taskOf(work: Work): Task {
    const { subchannel, driver } = this.host.kernel;
    if (work === 'interrupt') return subchannel.interruptTask;
    const { state } = driver;
    if (state === undefined) throw new RangeError(`there is no ${work}: the driver has no device`);
    const tasks = {
      'io-work': state.ioWork.task,
      'crw-work': state.crwWork.task,
      'not-operational-work': state.notOperationalWork.task,
    };
    return tasks[work];
  }
}
