/** The places at which the driver could be pre-empted, offered to several listeners. */

import type { Scheduler } from '../../../machine/scheduler.js';

/** Listeners at the driver's points. */
export class DriverPoints {
  readonly #scheduler: Scheduler;
  readonly #once = new Map<string, (() => void)[]>();
  readonly #always = new Map<string, () => void>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Runs `action` at the next passage of `point`. */
  once(point: string, action: () => void): void {
    this.#once.set(point, [...(this.#once.get(point) ?? []), action]);
    this.#listen();
  }

  /** Runs `action` at every passage of `point`. */
  always(point: string, action: () => void): void {
    this.#always.set(point, action);
    this.#listen();
  }

  #listen(): void {
    this.#scheduler.onPoint = (point) => {
      this.#always.get(point)?.();
      const actions = this.#once.get(point);
      if (actions === undefined) return;
      this.#once.delete(point);
      for (const action of actions) action();
    };
  }
}
