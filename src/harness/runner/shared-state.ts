/**
 * What the worker is doing, in memory that both threads see: a worker in an endless loop can no longer say so itself.
 */

/** The parts of a case's time, each with a limit of its own. */
export const Phase = { idle: 0, session: 1, body: 2, finish: 3 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

const Slot = { index: 0, phase: 1, since: 2, budget: 3, stop: 4 } as const;

/** A case that is running. Times in milliseconds. */
export interface Running {
  readonly index: number;
  readonly phase: Phase;
  readonly since: number;
  readonly budget: number;
}

/** The shared memory, from either side. */
export class SharedState {
  readonly #slots: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(Object.keys(Slot).length * 4)) {
    this.#slots = new Int32Array(buffer);
  }

  /** Worker: the case at `index` enters `phase` at `now` and has `budget` milliseconds for it. */
  enter(index: number, phase: Phase, now: number, budget: number): void {
    Atomics.store(this.#slots, Slot.phase, Phase.idle);
    Atomics.store(this.#slots, Slot.index, index);
    Atomics.store(this.#slots, Slot.since, Math.floor(now));
    Atomics.store(this.#slots, Slot.budget, Math.min(2 ** 31 - 1, Math.ceil(budget)));
    Atomics.store(this.#slots, Slot.phase, phase);
  }

  /** Worker: no case runs. */
  leave(): void {
    Atomics.store(this.#slots, Slot.phase, Phase.idle);
  }

  /** The case that runs now. */
  running(): Running | undefined {
    const phase = Atomics.load(this.#slots, Slot.phase) as Phase;
    if (phase === Phase.idle) return undefined;
    return {
      index: Atomics.load(this.#slots, Slot.index),
      phase,
      since: Atomics.load(this.#slots, Slot.since),
      budget: Atomics.load(this.#slots, Slot.budget),
    };
  }

  /** Main thread: the worker is to stop after the running case. */
  askToStop(): void {
    Atomics.store(this.#slots, Slot.stop, 1);
  }

  get stopAsked(): boolean {
    return Atomics.load(this.#slots, Slot.stop) !== 0;
  }
}

/** Which cases of a list have been taken, in memory that all worker threads see: each takes the next few when it has room. */
export class Claims {
  readonly #next: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#next = new Int32Array(buffer);
  }

  /** @returns the first of the `size` positions that nobody else gets from now on */
  take(size: number): number {
    return Atomics.add(this.#next, 0, size);
  }

  /** How many positions have been taken; more than the list has, at its end. */
  get taken(): number {
    return Atomics.load(this.#next, 0);
  }
}

/** Milliseconds since `epoch` (of `clockNow`), the same in every thread. */
export function millisecondsSince(epoch: number): number {
  return clockNow() - epoch;
}

/** Monotonic milliseconds with a common origin in all threads. */
export function clockNow(): number {
  return performance.timeOrigin + performance.now();
}
