/** Counting verdicts, and what a run's counts mean: the exit code, and one sentence that says why. */

import { ExitCode } from '../errors/catalogue.js';
import type { Verdict } from './case.js';
import type { RunEvent, VerdictCounts } from './events.js';

/** Every verdict, in the order of the reports. */
export const verdicts: readonly (Verdict | 'not-run')[] = [
  'pass',
  'fail',
  'unexpected-pass',
  'error',
  'deviation',
  'skip',
  'blocked',
  'not-run',
];

/** Counts the verdicts of an event stream. */
export class Tally {
  readonly #counts: Record<Verdict | 'not-run', number>;
  #problems = 0;

  constructor() {
    this.#counts = {
      pass: 0,
      fail: 0,
      'unexpected-pass': 0,
      error: 0,
      deviation: 0,
      skip: 0,
      blocked: 0,
      'not-run': 0,
    };
  }

  take(event: RunEvent): void {
    if (event.event === 'case-end') this.#counts[event.verdict]++;
    else if (event.event === 'not-run') this.#counts['not-run']++;
    else if (event.event === 'problem') this.#problems++;
  }

  get counts(): VerdictCounts {
    return { ...this.#counts };
  }

  /** troubles of the harness that belong to no case */
  get problems(): number {
    return this.#problems;
  }
}

/** What a run's counts mean. */
export interface Conclusion {
  readonly exitCode: number;
  /** one sentence */
  readonly why: string;
}

/**
 * The exit code of a run, by the published contract: an interrupt first, then failures, then trouble of the harness, then
 * runs that prove nothing.
 */
export function conclude(counts: VerdictCounts, how: { interrupted: boolean; problems: number }): Conclusion {
  const { pass, fail, error, deviation, skip, blocked } = counts;
  const unexpected = counts['unexpected-pass'];
  const notRun = counts['not-run'];
  const selected = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0);
  if (how.interrupted)
    return {
      exitCode: ExitCode.interrupted,
      why: `Interrupted: ${notRun} of ${plural(selected, 'case')} ${notRun === 1 ? 'was' : 'were'} not run.`,
    };
  if (fail + unexpected > 0) {
    const parts = [
      ...(fail > 0 ? [`${plural(fail, 'case')} failed`] : []),
      ...(unexpected > 0 ? [`${plural(unexpected, 'listed deviation')} did not happen`] : []),
    ];
    return { exitCode: ExitCode.failed, why: `Not green: ${parts.join(', and ')}.` };
  }
  if (error > 0) {
    return {
      exitCode: ExitCode.harnessError,
      why: `Not green: ${plural(error, 'case')} could not be decided, because the harness or the target failed.`,
    };
  }
  if (how.problems > 0) {
    return { exitCode: ExitCode.harnessError, why: 'Not green: the harness had trouble of its own, named above.' };
  }
  if (selected === 0)
    return { exitCode: ExitCode.nothingSelected, why: 'Not green: nothing was selected, so nothing was shown.' };
  if (blocked > 0 && pass + deviation > 0) {
    return {
      exitCode: ExitCode.harnessError,
      why: `Not green: ${plural(blocked, 'case')} could not run after the device or target was wedged.`,
    };
  }
  if (pass === 0 && deviation === 0) {
    return {
      exitCode: ExitCode.nothingRan,
      why: `Not green: ${selected === 1 ? 'the only case was' : `all ${selected} cases were`} skipped or blocked, so nothing was shown.`,
    };
  }
  return passed(counts, selected, skip);
}

function passed(counts: VerdictCounts, selected: number, skip: number): Conclusion {
  const { pass, deviation } = counts;
  if (pass === 0) {
    return {
      exitCode: ExitCode.nothingRan,
      why: `Not green: ${plural(deviation, 'listed deviation')} happened, and no case passed.`,
    };
  }
  const parts = [`${pass} of ${plural(selected, 'selected case')} ran and passed`];
  if (deviation > 0) parts.push(`${deviation} differed as listed`);
  if (skip > 0) parts.push(`${skip} did not apply here, for the reasons above`);
  if (counts['not-run'] > 0) parts.push(`${counts['not-run']} ${counts['not-run'] === 1 ? 'was' : 'were'} not run`);
  return { exitCode: ExitCode.passed, why: `Green: ${parts.join(', ')}; none failed, none was blocked.` };
}

/** `1 case`, `2 cases`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
