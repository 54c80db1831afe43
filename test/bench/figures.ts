/** Figures of a benchmark, each with its goal: one table on standard output, and a file. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A figure, and what it should be. */
interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
  readonly met: boolean;
}

/** What has been measured. */
export class Figures {
  readonly #figures: Figure[] = [];

  atLeast(name: string, value: number, unit: string, goal: number): void {
    this.#figures.push({ name, value, unit, goal: `at least ${goal}`, met: value >= goal });
  }

  atMost(name: string, value: number, unit: string, goal: number): void {
    this.#figures.push({ name, value, unit, goal: `at most ${goal}`, met: value <= goal });
  }

  /** Prints the table, and writes `path`. */
  report(path: string): void {
    const rows = this.#figures.map(({ name, value, unit, goal, met }) => [
      name,
      { value, unit, goal, met: met ? 'yes' : 'NO' },
    ]);
    console.table(Object.fromEntries(rows));
    mkdirSync(dirname(path), { recursive: true });
    const content = { at: new Date().toISOString(), node: process.version, figures: this.#figures };
    writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  }
}

/** One digit behind the point. */
export const round = (value: number): number => Math.round(value * 10) / 10;
