/** What the driver asked of the host, written down while somebody wants to see it (HostView of the target's controls). */

import type { HostStart } from '../../ports/target.js';
import type { WatchedInstructions } from './fault-injection.js';

/** One call of vfio_pin_pages. */
export interface PinCall {
  /** byte address of the call, not of the page */
  readonly iova: number;
  readonly pages: number;
}

/** Writes down what the driver asked of the host subchannel, for 'host-instructions'. */
export class HostRecorder {
  readonly #instructions: WatchedInstructions;
  #recording = false;
  #starts: HostStart[] = [];
  #pinCalls: PinCall[] = [];

  constructor(instructions: WatchedInstructions) {
    this.#instructions = instructions;
  }

  /** False until switched on: nothing is kept, and nothing is copied. */
  get recording(): boolean {
    return this.#recording;
  }

  set recording(on: boolean) {
    this.#recording = on;
    this.#instructions.record = on ? (this.#instructions.record ?? []) : undefined;
  }

  addStart(start: HostStart): void {
    this.#starts.push(start);
  }

  addPinCall(iova: number, pages: number): void {
    this.#pinCalls.push({ iova, pages });
  }

  get starts(): readonly HostStart[] {
    return this.#starts;
  }

  /** Instructions in order, with condition code: `hsch 0`. */
  get instructions(): readonly string[] {
    return this.#instructions.record ?? [];
  }

  get pinCalls(): readonly PinCall[] {
    return this.#pinCalls;
  }

  /** Forgets everything, and goes on recording if it did. */
  clear(): void {
    this.#starts = [];
    this.#pinCalls = [];
    if (this.#recording) this.#instructions.record = [];
  }
}
