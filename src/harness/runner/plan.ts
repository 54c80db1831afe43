/** The plan of a run: which cases run, in which order, and why the others do not. The same input gives the same plan. */

import { createHash } from 'node:crypto';
import { CcwspecError } from '../errors/index.js';
import type { Target } from '../ports/index.js';
import type { CaseDefinition, Touches } from './case.js';
import { deviationFor } from './deviations.js';
import type { DeviationNote, Reason } from './events.js';
import { lacks } from './lacks.js';
import { caseSeed } from './random.js';
import { selectCases, type Pattern, type Selection, type Suite } from './selection.js';
import { plural } from './verdicts.js';

export type { Touches } from './case.js';
export * from './selection.js';

/** A case, and the plugin that it came with. */
export interface RegisteredCase {
  readonly plugin: string;
  readonly definition: CaseDefinition;
}

/** One case of the plan, plain data. */
export interface PlanItem {
  /** position in the plan, from 0 */
  readonly index: number;
  readonly id: string;
  /** 1 to `repeatEach` */
  readonly attempt: number;
  readonly plugin: string;
  readonly seed: number;
  /** why it is skipped, all reasons; empty: it runs */
  readonly reasons: readonly Reason[];
  /** the deviation that the suite lists for this case on this target */
  readonly deviation?: DeviationNote;
}

/** What a run does, plain data. */
export interface Plan {
  /** names the plan: equal for equal cases, order, seed, options and target */
  readonly hash: string;
  readonly seed: number;
  readonly repeatEach: number;
  readonly touch: Touches;
  readonly items: readonly PlanItem[];
  /** the selection in words, for the reports */
  readonly selection: readonly string[];
  readonly suites: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly target: Pick<Target, 'name' | 'description' | 'versions'>;
}

/** What a plan is made from. */
export interface PlanInput {
  readonly cases: readonly RegisteredCase[];
  readonly target: Pick<Target, 'name' | 'description' | 'versions' | 'capabilities' | 'missing'>;
  readonly selection: Selection;
  /** how often each case runs, 1 or more */
  readonly repeatEach?: number;
  /** 32-bit seed of the run */
  readonly seed: number;
  /** what cases of this run may change; default `nothing` */
  readonly touch?: Touches;
  /** `-o key=value`; these win over the parameters of suites */
  readonly options?: Readonly<Record<string, string>>;
  /** the day on which deviations are judged, `YYYY-MM-DD`; default today, UTC */
  readonly today?: string;
}

const levels: readonly Touches[] = ['nothing', 'scratch', 'volume'];
const level = (touches: Touches): number => levels.indexOf(touches);

/**
 * Makes the plan. A plan without items means that nothing was selected, which is an outcome of its own (exit code 3).
 * @throws CcwspecError E-UNKNOWN-ID for a word of the command line that names no case, E-SUITE-FILE for one of a suite or
 * list file (with its line and column), E-USAGE for a bad --grep or --repeat-each.
 */
export function makePlan(input: PlanInput): Plan {
  const { target, selection, seed } = input;
  const repeatEach = input.repeatEach ?? 1;
  if (!Number.isInteger(repeatEach) || repeatEach < 1) {
    throw new CcwspecError('E-USAGE', `--repeat-each ${repeatEach} is not a whole number of 1 or more`);
  }
  const touch = input.touch ?? 'nothing';
  const today = input.today ?? new Date().toISOString().slice(0, 10);
  const suites = selection.suites ?? [];
  const listing = [...suites, ...(selection.known ?? [])];
  const options = { ...mergedParameters(suites), ...input.options };
  const items: PlanItem[] = [];
  for (const { case: registered, cap } of selectCases(input.cases, selection)) {
    const { definition, plugin } = registered;
    const reasons = skipReasons(definition, target, touch, cap);
    const deviation = deviationFor(definition.id, target, listing, today);
    for (let attempt = 1; attempt <= repeatEach; attempt++) {
      const item: PlanItem = {
        index: items.length,
        id: definition.id,
        attempt,
        plugin,
        seed: caseSeed(seed, definition.id, attempt),
        reasons,
      };
      items.push(deviation === undefined ? item : { ...item, deviation });
    }
  }
  const plan = {
    seed,
    repeatEach,
    touch,
    items,
    selection: describeSelection(
      selection,
      input.cases.map(({ definition }) => definition.id),
    ),
    suites: suites.map((suite) => suite.name),
    options,
    target: { name: target.name, description: target.description, versions: target.versions },
  };
  return { hash: createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16), ...plan };
}

/** Every reason why the case cannot run here; they accumulate, so that one run shows them all. */
function skipReasons(
  definition: CaseDefinition,
  target: Pick<Target, 'name' | 'capabilities' | 'missing'>,
  touch: Touches,
  cap: Touches | undefined,
): Reason[] {
  const reasons = lacks(definition.needs, target);
  if (level(definition.touches) > level(touch)) {
    const text = `changes the ${changed(definition.touches)}, and the run allows --touch ${touch}`;
    reasons.push({ category: 'touch', text });
  }
  if (cap !== undefined && level(definition.touches) > level(cap)) {
    reasons.push({
      category: 'suite',
      text: `changes the ${changed(definition.touches)}, and the suite says touch: ${cap}`,
    });
  }
  return reasons;
}

function changed(touches: Touches): string {
  return touches === 'volume' ? 'volume' : 'scratch tracks';
}

/** Parameters of all suites; a suite's own win over those of the suites that it includes. */
export function mergedParameters(suites: readonly Suite[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const suite of suites) Object.assign(merged, mergedParameters(suite.includes), suite.parameters);
  return merged;
}

function describeSelection(selection: Selection, ids: readonly string[]): string[] {
  const glob = (pattern: Pattern): string =>
    ids.some((id) => pattern.matches(id)) ? pattern.text : `${pattern.text} (no such case)`;
  const words = [
    ...(selection.suites ?? []).map((suite) => `suite ${suite.name}`),
    ...(selection.cases ?? []).map(glob),
  ];
  if (words.length === 0) words.push('every case');
  if (selection.listed !== undefined) words.push(`--list-file (${plural(selection.listed.length, 'line')})`);
  if (selection.grep !== undefined) words.push(`--grep ${selection.grep}`);
  for (const pattern of selection.exclude ?? []) words.push(`--exclude ${glob(pattern)}`);
  if (selection.lastFailed !== undefined) {
    const { length } = selection.lastFailed;
    words.push(`--last-failed (${length === 0 ? 'none failed' : plural(length, 'case')})`);
  }
  return words;
}
