/** QEMU's global lock: one instruction of the guest, or one signal of the device, is dealt with at a time. */

import { messageOf } from '../errors/index.js';

/** Lets one instruction run at a time, in the order in which they were issued. */
export class GlobalLock {
  #held = false;
  readonly #waiting: (() => void)[] = [];

  /** Runs `action` once nothing else is under way. */
  run<Result>(action: () => Result | Promise<Result>): Promise<Result> {
    if (this.#held) return this.#runInTurn(action);
    this.#held = true;
    try {
      const ended = action();
      if (ended instanceof Promise) {
        // Not `finally`: this is on the path of every program, and one more promise would cost as much as the rest of it.
        void ended.then(this.#release, this.#release);
        return ended;
      }
      this.#release();
      return Promise.resolve(ended);
    } catch (thrown) {
      this.#release();
      return Promise.reject(thrown instanceof Error ? thrown : new Error(messageOf(thrown)));
    }
  }

  async #runInTurn<Result>(action: () => Result | Promise<Result>): Promise<Result> {
    while (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.run(action);
  }

  readonly #release = (): void => {
    this.#held = false;
    this.#waiting.shift()?.();
  };
}
