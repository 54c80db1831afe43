/** Gives the event stream to the sinks. One that cannot be written is given up, and said; the others go on. */

import { messageOf } from '../errors/index.js';
import type { EventSink, RunEvent, VerdictCounts } from './events.js';
import { conclude, Tally, type Conclusion } from './verdicts.js';

/** Hands every event to every sink; a sink that fails is left out from then on. */
export class Delivery {
  readonly #tally = new Tally();
  readonly #problems: string[] = [];
  #live: readonly EventSink[];

  /** @param sinks in the order in which they are to get each event: the console last, since it tells of the others */
  constructor(readonly sinks: readonly EventSink[]) {
    this.#live = sinks;
  }

  get counts(): VerdictCounts {
    return this.#tally.counts;
  }

  get problems(): readonly string[] {
    return this.#problems;
  }

  take(event: RunEvent): void {
    this.#tally.take(event);
    const troubles: string[] = [];
    for (const sink of this.#live) {
      const trouble = this.#attempt(sink, () => {
        sink.take(event);
      });
      if (trouble !== undefined) troubles.push(trouble);
    }
    for (const text of troubles) this.problem(text);
  }

  /** Trouble of the harness itself. */
  problem(text: string): void {
    this.#problems.push(text);
    this.take({ event: 'problem', text });
  }

  /**
   * Ends the stream and closes the sinks, one after the other: the exit code that a sink is given counts the trouble of those
   * before it.
   */
  finish(interrupted: boolean, duration: number): Conclusion {
    const at = new Date().toISOString();
    const rounded = Math.round(duration * 1000) / 1000;
    for (const sink of [...this.#live]) {
      const event: RunEvent = {
        event: 'run-end',
        at,
        duration: rounded,
        counts: this.counts,
        ...this.#conclude(interrupted),
      };
      const trouble = this.#attempt(sink, () => {
        sink.take(event);
        sink.close?.();
      });
      if (trouble === undefined) this.#drop(sink);
      else this.problem(trouble);
    }
    return this.#conclude(interrupted);
  }

  #conclude(interrupted: boolean): Conclusion {
    return conclude(this.counts, { interrupted, problems: this.#tally.problems });
  }

  /** @returns what went wrong; the sink is then closed, and given no more */
  #attempt(sink: EventSink, action: () => void): string | undefined {
    try {
      action();
      return undefined;
    } catch (thrown) {
      this.#drop(sink);
      try {
        sink.close?.();
      } catch {
        // what it could not write before, it cannot write now; the first error says why
      }
      return `E-OUTPUT: ${sink.name} could not be written to its end: ${messageOf(thrown)}; the other reports go on`;
    }
  }

  #drop(sink: EventSink): void {
    this.#live = this.#live.filter((other) => other !== sink);
  }
}
