/** The programs of a file on several targets: where the answers of the others differ from those of the first. */

import { compareOutcomes, explainOutcome, type Difference } from '../../harness/exec/index.js';
import { encodeOutcome } from '../../harness/program-file/index.js';
import type { Executed } from '../exec-file.js';

/** One program, as `exec --json` prints it with several targets. */
export interface ComparedProgram {
  readonly name: string;
  readonly differs: boolean;
  /** in the order of the targets */
  readonly outcomes: readonly ReturnType<typeof encodeOutcome>[];
  /** for each target, every field that differs from the first target's; none for the first */
  readonly differences: readonly (readonly Difference[])[];
}

export function comparedPrograms(runs: Executed['runs']): ComparedProgram[] {
  const [first] = runs;
  return (first?.run ?? []).map(({ program, outcome }, index) => {
    const outcomes = runs.map(({ run }) => run[index]?.outcome ?? outcome);
    const differences = outcomes.map((other) => compareOutcomes(outcome, other));
    return {
      name: program.name,
      differs: differences.some(({ length }) => length > 0),
      outcomes: outcomes.map(encodeOutcome),
      differences,
    };
  });
}

/** A line for each program; of a single one that differs, what came back on every target as well. */
export function comparedProgramLines(runs: Executed['runs'], programs: readonly ComparedProgram[]): string[] {
  const labels = runs.map(({ label }) => label);
  const differing = programs.filter(({ differs }) => differs).length;
  const count = `${programs.length} program${programs.length === 1 ? '' : 's'}`;
  const whole = programs.length === 1 && differing > 0 ? wholeAnswers(runs) : [];
  return [
    ...whole,
    ...programs.flatMap(({ name, differs, differences }) => [
      `${differs ? 'differs' : 'alike  '}  ${name}`,
      ...differences.flatMap(([first, ...more], index) =>
        first === undefined
          ? []
          : [
              `    ${first.field}${more.length === 0 ? '' : ` (and ${more.length} more)`}`,
              `        ${labels[0] ?? ''}: ${first.expected}`,
              `        ${labels[index] ?? ''}: ${first.actual}`,
            ],
      ),
    ]),
    '',
    differing === 0
      ? `Alike: ${count} on ${labels.join(', ')}.`
      : `Not alike: ${differing} of ${count} ${differing === 1 ? 'differs' : 'differ'}.`,
  ];
}

function wholeAnswers(runs: Executed['runs']): string[] {
  return runs.flatMap(({ label, run }) => [
    `on ${label}:`,
    ...run.flatMap(({ program, outcome }) => [...explainOutcome(program, outcome), '']),
  ]);
}
