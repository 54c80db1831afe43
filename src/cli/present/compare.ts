/** A comparison for people: the matrix, case by target, and below a case that differs the first field that does. */

import type { ComparedCase, Comparison } from '../../harness/report/comparison.js';
import { outcomeText } from '../../harness/report/comparison.js';
import { caseName } from '../../harness/report/text.js';

/** Verdict columns are as wide as the widest verdict. */
const VERDICT_WIDTH = 'unexpected-pass'.length;

/** @param differing only the cases that differ, as listed or not */
export function comparisonLines({ targets, cases, why }: Comparison, differing: boolean): string[] {
  const shown = cases.filter(({ comparison }) => !differing || comparison === 'differs' || comparison === 'as listed');
  const width = Math.max('case'.length, ...shown.map((one) => caseName(one).length));
  const row = (name: string, cells: readonly string[], mark: string): string =>
    [name.padEnd(width), ...cells.map((cell) => cell.padEnd(VERDICT_WIDTH)), mark].join('  ').trimEnd();
  const head = targets.map((_, index) => `(${index + 1})`);
  return [
    ...targets.map(({ label }, index) => `(${index + 1}) ${label}`),
    '',
    row('case', head, ''),
    ...shown.flatMap((one) => [
      row(
        caseName(one),
        one.outcomes.map(({ verdict }) => verdict),
        one.comparison === 'alike' ? '' : one.comparison,
      ),
      ...detailLines(one),
    ]),
    '',
    why,
  ];
}

/** What the first field was on each target; the reasons where the case was not compared. */
function detailLines({ comparison, first, outcomes }: ComparedCase): string[] {
  if (first === undefined) {
    if (comparison === 'alike') return [];
    return outcomes.flatMap((outcome, index) =>
      outcome.verdict === 'pass' ? [] : [`    (${index + 1}) ${outcomeText(outcome)}`],
    );
  }
  return [
    `    first difference: ${first.field}`,
    ...first.values.flatMap((value, index) => (value === null ? [] : [`    (${index + 1}) ${value}`])),
  ];
}
