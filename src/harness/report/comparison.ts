/** Runs of the same cases on several targets, set side by side: case by target, and the first field that differs. */

import { ExitCode } from '../errors/catalogue.js';
import type { CaseEnd, CaseNotRun, RunEvent, RunStart, SeenDifference, Verdict } from '../runner/index.js';
import { plural } from '../runner/index.js';
import { firstLine } from './text.js';

/** Version of compare.json. */
export const COMPARISON_VERSION = 1;

/** How a case stands on the targets, as far as they decided it. */
export type CaseComparison = 'alike' | 'differs' | 'as listed' | 'not compared';

/** A case on one target. */
export interface ComparedOutcome {
  readonly verdict: Verdict | 'not-run';
  /** the first line of what went wrong, or why it did not run; none for a pass */
  readonly text?: string;
  readonly difference?: SeenDifference;
  /** of `deviation`: what the suite says about it */
  readonly listed?: string;
}

/** A case on all targets; `outcomes` and `values` have the order of the targets. */
export interface ComparedCase {
  readonly id: string;
  readonly attempt: number;
  readonly comparison: CaseComparison;
  readonly outcomes: readonly ComparedOutcome[];
  /** of `differs` and `as listed`: what was seen on each target; null where the case was not decided */
  readonly first?: { readonly field: string; readonly values: readonly (string | null)[] };
}

/** One of the targets, and its run. */
export interface ComparedTarget {
  /** as on the command line */
  readonly label: string;
  readonly target: RunStart['target'];
  /** folder of its reports, below the one of the comparison */
  readonly folder: string;
  /** exit code and sentence of its run alone */
  readonly exitCode: number;
  readonly why: string;
}

/** Content of compare.json. */
export interface Comparison {
  readonly version: typeof COMPARISON_VERSION;
  /** ISO 8601, UTC */
  readonly at: string;
  readonly targets: readonly ComparedTarget[];
  readonly cases: readonly ComparedCase[];
  readonly counts: Readonly<Record<CaseComparison, number>>;
  readonly exitCode: number;
  /** one sentence */
  readonly why: string;
}

/** A run's events, in order. */
export interface RunRecord {
  readonly label: string;
  readonly folder: string;
  readonly events: readonly RunEvent[];
}

/** Verdicts that say how the target behaves. */
const deciding: ReadonlySet<Verdict | 'not-run'> = new Set<Verdict>(['pass', 'fail', 'deviation', 'unexpected-pass']);

/** Compares runs of one selection. @param troubles what the harness had beside what the runs say */
export function compareRuns(
  runs: readonly RunRecord[],
  how: { readonly interrupted: boolean; readonly troubles: number },
  now = new Date(),
): Comparison {
  const results = runs.map(({ events }) => new Map(events.filter(isResult).map((result) => [keyOf(result), result])));
  const keys = new Map(results.flatMap((ofRun) => [...ofRun].map(([key, result]) => [key, result] as const)));
  const cases = [...keys].map(([key, result]) =>
    compareCase(
      result,
      results.map((ofRun) => ofRun.get(key)),
    ),
  );
  const counts = { alike: 0, differs: 0, 'as listed': 0, 'not compared': 0 };
  for (const { comparison } of cases) counts[comparison]++;
  return {
    version: COMPARISON_VERSION,
    at: now.toISOString(),
    targets: runs.map(describeRun),
    cases,
    counts,
    ...conclude(cases, counts, { ...how, targets: runs.length }),
  };
}

/** `fail: the residual count: expected 2, was 1`; for one target of a case, in one line. */
export function outcomeText({ verdict, text, difference, listed }: ComparedOutcome): string {
  const words = listed ?? (difference === undefined ? text : differenceText(difference));
  return words === undefined ? verdict : `${verdict}: ${words}`;
}

function differenceText({ field, expected, actual }: SeenDifference): string {
  return `${field}: expected ${expected}, was ${actual}`;
}

function isResult(event: RunEvent): event is CaseEnd | CaseNotRun {
  return event.event === 'case-end' || event.event === 'not-run';
}

function keyOf({ id, attempt }: CaseEnd | CaseNotRun): string {
  return `${id} ${attempt}`;
}

function describeRun({ label, folder, events }: RunRecord): ComparedTarget {
  const start = events.find((event) => event.event === 'run-start');
  const end = events.findLast((event) => event.event === 'run-end');
  return {
    label,
    target: start?.target ?? { name: label, description: '', versions: {} },
    folder,
    exitCode: end?.exitCode ?? ExitCode.harnessError,
    why: end?.why ?? 'The run was cut off.',
  };
}

function compareCase(
  { id, attempt }: CaseEnd | CaseNotRun,
  results: readonly (CaseEnd | CaseNotRun | undefined)[],
): ComparedCase {
  const outcomes = results.map(outcomeOf);
  const comparison = comparisonOf(outcomes);
  const first = comparison === 'differs' || comparison === 'as listed' ? firstDifference(outcomes) : undefined;
  return { id, attempt, comparison, outcomes, ...(first === undefined ? {} : { first }) };
}

function outcomeOf(result: CaseEnd | CaseNotRun | undefined): ComparedOutcome {
  if (result === undefined) return { verdict: 'not-run', text: 'it is not part of this run' };
  if (result.event === 'not-run') return { verdict: 'not-run', text: result.reason };
  const [failure] = result.failures ?? [];
  const text = failure?.text ?? result.reasons?.map((reason) => reason.text).join('; ');
  return {
    verdict: result.verdict,
    ...(text === undefined ? {} : { text: firstLine(text) }),
    ...(failure?.difference === undefined ? {} : { difference: failure.difference }),
    ...(result.verdict === 'deviation' ? { listed: result.deviation?.reason ?? '' } : {}),
  };
}

/**
 * Targets that show the same are alike, also where all of them fail. A difference counts as listed if only targets differ for
 * which the suite says so, and all others pass. A deviation that is listed and did not happen is a difference.
 */
function comparisonOf(outcomes: readonly ComparedOutcome[]): CaseComparison {
  if (outcomes.some(({ verdict }) => verdict === 'unexpected-pass')) return 'differs';
  const decided = outcomes.filter(({ verdict }) => deciding.has(verdict));
  if (decided.length < 2) return 'not compared';
  if (new Set(decided.map(seen)).size === 1) return 'alike';
  return decided.every(({ verdict }) => verdict === 'pass' || verdict === 'deviation') ? 'as listed' : 'differs';
}

/** Equal for two targets on which a case shows the same. */
function seen({ verdict, text = '', difference }: ComparedOutcome): string {
  if (verdict === 'pass' || verdict === 'unexpected-pass') return 'pass';
  return difference === undefined ? text : differenceText(difference);
}

/** The field in which the first target that was not as expected was otherwise, and what each target showed there. */
function firstDifference(outcomes: readonly ComparedOutcome[]): ComparedCase['first'] {
  const other = outcomes.find(({ verdict }) => deciding.has(verdict) && verdict !== 'pass');
  if (other === undefined) return undefined;
  const { difference } = other;
  const values = outcomes.map((outcome) => {
    if (!deciding.has(outcome.verdict)) return null;
    if (outcome.verdict === 'pass') return difference?.expected ?? 'as expected';
    if (outcome.difference !== undefined && outcome.difference.field === difference?.field)
      return outcome.difference.actual;
    return outcome.text ?? outcome.verdict;
  });
  return { field: difference?.field ?? 'the outcome', values };
}

interface Circumstances {
  readonly interrupted: boolean;
  readonly troubles: number;
  readonly targets: number;
}

/** Exit code and sentence, in the order of docs/verdicts.md. */
function conclude(
  cases: readonly ComparedCase[],
  counts: Comparison['counts'],
  { interrupted, troubles, targets }: Circumstances,
): Pick<Comparison, 'exitCode' | 'why'> {
  const compared = cases.length - counts['not compared'];
  const of = `${compared} of ${plural(cases.length, 'selected case')}`;
  if (interrupted) return { exitCode: ExitCode.interrupted, why: `Interrupted: ${of} could be compared.` };
  if (counts.differs > 0) {
    const verb = counts.differs === 1 ? 'differs' : 'differ';
    return {
      exitCode: ExitCode.failed,
      why: `Not alike: ${plural(counts.differs, 'case')} ${verb}, of ${compared} compared.`,
    };
  }
  const undecided = cases.filter(({ outcomes }) => outcomes.some(isTrouble)).length;
  if (undecided > 0) {
    const why = `Not alike: ${plural(undecided, 'case')} could not be decided, because the harness or a target failed.`;
    return { exitCode: ExitCode.harnessError, why };
  }
  if (troubles > 0) return { exitCode: ExitCode.harnessError, why: 'Not alike: the harness had trouble of its own.' };
  if (cases.length === 0)
    return { exitCode: ExitCode.nothingSelected, why: 'Not alike: nothing was selected, so nothing was compared.' };
  if (compared === 0) {
    return {
      exitCode: ExitCode.nothingRan,
      why: 'Not alike: no case could run on two of the targets, so nothing was compared.',
    };
  }
  return {
    exitCode: ExitCode.passed,
    why: `Alike: ${[`${of} showed the same on ${targets} targets`, ...exceptions(cases, counts)].join(', ')}.`,
  };
}

function isTrouble({ verdict }: ComparedOutcome): boolean {
  return verdict === 'error' || verdict === 'blocked';
}

function exceptions(cases: readonly ComparedCase[], counts: Comparison['counts']): string[] {
  const failing = cases.filter(
    ({ comparison, outcomes }) => comparison === 'alike' && outcomes.some(({ verdict }) => verdict === 'fail'),
  ).length;
  const parts: string[] = [];
  if (counts['as listed'] > 0) parts.push(`${counts['as listed']} of them but for listed deviations`);
  if (failing > 0) parts.push(`${failing} of them failing`);
  if (counts['not compared'] > 0) parts.push(`${counts['not compared']} could not run on two of them`);
  return parts;
}
