/** `ccwspec compare`: one run for each target, and what they show side by side. */

import { join } from 'node:path';

import { messageOf } from '../harness/errors/index.js';
import type { CaseEnd, EventSink, RunEvent } from '../harness/runner/events.js';
import { executePlan, StopRequest } from '../harness/runner/execute.js';
import { compareRuns, outcomeText, type Comparison, type RunRecord } from '../harness/report/comparison.js';
import { consoleSink } from '../harness/report/console.js';
import { WholeFile } from '../harness/report/files.js';
import { openComparisonFolder } from '../harness/report/folder.js';
import { jsonlSink } from '../harness/report/jsonl.js';
import { junitSink } from '../harness/report/junit.js';
import { lastRunText } from '../harness/report/last-run.js';
import { logSink } from '../harness/report/log.js';
import type { TargetFlags } from './flags.js';
import { stopOnInterrupt } from './interrupt.js';
import { prepareRun, type PreparedRun } from './prepare-run.js';
import { DEFAULT_WORDS, positive } from './run-suites.js';
import { RunScratch } from './scratch.js';
import { readSelection, type SelectionFlags } from './select.js';
import { checkSeveral, chooseTargets, type ChosenTarget } from './target-words.js';

/** The flags of `compare`. */
export interface CompareFlags extends SelectionFlags, Omit<TargetFlags, 'target'> {
  /** suites and cases, as `run` has them in its words */
  readonly only: readonly string[];
  readonly seed: number;
  readonly 'timeout-scale': string;
  readonly json: boolean;
}

/** What came of a comparison. */
export interface CompareResult {
  readonly comparison: Comparison;
  /** the results folder */
  readonly path: string;
}

/**
 * Runs the selected cases on each target in turn, and compares.
 * @param words the targets, at least two; one with settings of its own in quotes
 * @throws CcwspecError for everything that keeps one of the runs from starting
 */
export async function compareTargets(
  words: readonly string[],
  flags: CompareFlags,
  version: string,
): Promise<CompareResult> {
  checkSeveral(words);
  const timeoutScale = positive('--timeout-scale', flags['timeout-scale']);
  const targets = await chooseTargets(words, { ...flags, target: '' });
  const listed = flags['last-failed'] || flags['list-file'] !== undefined;
  const selection = await readSelection(flags.only, flags, listed ? [] : DEFAULT_WORDS);
  const scratch = new RunScratch();
  try {
    const prepared: PreparedRun[] = [];
    for (const { flags: ofTarget, options } of targets) {
      const { touch, seed } = flags;
      prepared.push(await prepareRun(selection, { flags: ofTarget, options, touch, seed, repeatEach: 1, scratch }));
    }
    const reports = new ComparisonReports(flags.output, targets);
    const stop = new StopRequest();
    const restore = stopOnInterrupt(stop);
    const stream = flags.json ? process.stderr : process.stdout;
    for (const [index, { plan, worker }] of prepared.entries()) {
      const sinks = [...reports.sinksOf(index), consoleSink({ stream, brief: true })];
      await executePlan({ plan, worker, sinks, version, timeoutScale, stop });
      stream.write('\n');
    }
    restore();
    return { comparison: reports.finish(stop.level > 0), path: reports.path };
  } finally {
    scratch.remove();
  }
}

/** The reports of all runs, and those that need all of them: what one target says of a case stands in the JUnit of the others. */
class ComparisonReports {
  readonly path: string;
  readonly #runs: (RunRecord & {
    readonly events: RunEvent[];
    readonly live: EventSink[];
    readonly junit: EventSink;
  })[];
  readonly #whole: WholeFile;
  readonly #lastRun: WholeFile;
  #comparison: Comparison | undefined;

  /** @throws CcwspecError E-OUTPUT if the results cannot be written */
  constructor(output: string, targets: readonly ChosenTarget[]) {
    const { path, names } = openComparisonFolder(
      output,
      targets.map(({ label }) => label),
    );
    this.path = path;
    this.#whole = new WholeFile(join(path, 'compare.json'));
    this.#lastRun = new WholeFile(join(path, 'last-run.json'));
    this.#runs = targets.map(({ label }, index) => {
      const folder = names[index] ?? '';
      const file = (name: string): string => join(path, folder, name);
      return {
        label,
        folder,
        events: [],
        live: [logSink(file('ccwspec.log')), jsonlSink(file('events.jsonl'))],
        junit: junitSink(file('junit.xml'), (end) => this.#propertiesOf(end, label)),
      };
    });
  }

  /** Where the events of a run go while it runs. */
  sinksOf(index: number): EventSink[] {
    const run = this.#runs[index];
    if (run === undefined) return [];
    return [...run.live, { name: 'the comparison', take: (event) => void run.events.push(event) }];
  }

  /** Compares, and writes what could not be written before. */
  finish(interrupted: boolean): Comparison {
    const problems = this.#runs.flatMap(({ events }) => events.filter(({ event }) => event === 'problem')).length;
    const compared = compareRuns(this.#runs, { interrupted, troubles: problems });
    this.#comparison = compared;
    const { targets, cases, at } = compared;
    const suspects = cases.filter(
      ({ comparison, outcomes }) => comparison === 'differs' || outcomes.some(({ verdict }) => failing.has(verdict)),
    );
    const names = targets.map(({ label }) => label).join(', ');
    const troubles = [
      ...this.#runs.map(({ junit, events }) =>
        attempt(junit.name, () => {
          for (const event of events) junit.take(event);
          junit.close?.();
        }),
      ),
      attempt(this.#lastRun.path, () => {
        this.#lastRun.write(lastRunText(at, names, new Set(suspects.map(({ id }) => id))));
        this.#lastRun.close();
      }),
      attempt(this.#whole.path, () => {
        this.#whole.write(`${JSON.stringify(compared, undefined, 2)}\n`);
        this.#whole.close();
      }),
    ].filter((text) => text !== undefined);
    for (const text of troubles) process.stderr.write(`${text}\n`);
    return troubles.length === 0 ? compared : compareRuns(this.#runs, { interrupted, troubles: troubles.length });
  }

  /** What the other targets say of the case. */
  #propertiesOf({ id, attempt }: Pick<CaseEnd, 'id' | 'attempt'>, label: string): Record<string, string> {
    const found = this.#comparison?.cases.find((one) => one.id === id && one.attempt === attempt);
    if (found === undefined) return {};
    const properties: Record<string, string> = { comparison: found.comparison };
    for (const [index, outcome] of found.outcomes.entries()) {
      const other = this.#runs[index]?.label;
      if (other !== undefined && other !== label) properties[`outcome.${other}`] = outcomeText(outcome);
    }
    return properties;
  }
}

const failing: ReadonlySet<string> = new Set(['fail', 'error', 'unexpected-pass']);

function attempt(name: string, action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    return `E-OUTPUT: ${name} could not be written to its end: ${messageOf(thrown)}`;
  }
}
