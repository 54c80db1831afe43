/** Which cases a run is about: suites, globs, and the filters that narrow them. */

import { readFileSync } from 'node:fs';
import { CcwspecError, closest, messageOf } from '../errors/index.js';
import type { Touches } from './case.js';
import type { SuiteDeviation } from './deviations.js';
import { Pattern, placeText } from './pattern.js';
import type { RegisteredCase } from './plan.js';

export { PlatformRange, type DeviationPlace, type SuiteDeviation } from './deviations.js';
export { Pattern, placeText, type Place } from './pattern.js';
export { VersionRange } from './version-range.js';

/** A suite, read and checked (src/plugins/suite-file.ts). */
export interface Suite {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly includes: readonly Suite[];
  readonly cases: readonly Pattern[];
  readonly exclude: readonly Pattern[];
  readonly parameters: Readonly<Record<string, string>>;
  /** the most that a case of this suite may change; undefined: the run's own level alone decides */
  readonly touch?: Touches;
  readonly deviations: readonly SuiteDeviation[];
}

/** What was asked for. With neither suites nor cases, every case is meant. The rest narrows. */
export interface Selection {
  readonly suites?: readonly Suite[];
  readonly cases?: readonly Pattern[];
  readonly exclude?: readonly Pattern[];
  /** regular expression over id and sentence, without regard to case */
  readonly grep?: string;
  /** lines of --list-file */
  readonly listed?: readonly Pattern[];
  /** ids of the cases that failed in the run before */
  readonly lastFailed?: readonly string[];
  /** suites that select nothing here, and whose deviations hold for what is selected, behind those of `suites` */
  readonly known?: readonly Suite[];
}

/** A selected case, and the level that its suite allows. */
export interface SelectedCase {
  readonly case: RegisteredCase;
  readonly cap: Touches | undefined;
}

type Caps = Map<string, Touches | undefined>;

/**
 * The selected cases, in the order of `cases`.
 * @throws CcwspecError as `makePlan` does.
 */
export function selectCases(cases: readonly RegisteredCase[], selection: Selection): SelectedCase[] {
  const ids = cases.map(({ definition }) => definition.id);
  const chosen: Caps = new Map();
  if (selection.suites === undefined && selection.cases === undefined) {
    for (const id of ids) chosen.set(id, undefined);
  }
  for (const suite of selection.suites ?? []) join(chosen, casesOfSuite(suite, ids));
  for (const id of matchesOf(selection.cases ?? [], ids)) chosen.set(id, undefined);
  drop(chosen, selection.exclude ?? [], ids);
  if (selection.listed !== undefined) keep(chosen, new Set(matchesOf(selection.listed, ids)));
  if (selection.lastFailed !== undefined) keep(chosen, new Set(selection.lastFailed));
  const grep = selection.grep === undefined ? undefined : grepExpression(selection.grep);
  return cases
    .filter(({ definition }) => chosen.has(definition.id))
    .filter(({ definition }) => grep === undefined || grep.test(definition.id) || grep.test(definition.decides))
    .map((registered) => ({ case: registered, cap: chosen.get(registered.definition.id) }));
}

/** Reads a list file: one id or glob a line; `#` starts a comment. @throws CcwspecError E-USAGE if it cannot be read. */
export function readListFile(file: string): Pattern[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new CcwspecError(
      'E-USAGE',
      `--list-file ${file}: ${messageOf(thrown)}`,
      'Name a file with one case id a line.',
    );
  }
  const patterns: Pattern[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.replace(/#.*$/, '');
    const word = line.trim();
    if (word !== '') patterns.push(new Pattern(word, { file, line: index + 1, column: line.indexOf(word) + 1 }));
  }
  return patterns;
}

function casesOfSuite(suite: Suite, ids: readonly string[]): Caps {
  const chosen: Caps = new Map();
  for (const included of suite.includes) join(chosen, casesOfSuite(included, ids));
  for (const id of matchesOf(suite.cases, ids)) chosen.set(id, undefined);
  drop(chosen, suite.exclude, ids);
  for (const { case: pattern } of suite.deviations) matchesOf([pattern], ids);
  if (suite.touch !== undefined) {
    for (const [id, cap] of chosen) chosen.set(id, lower(cap, suite.touch));
  }
  return chosen;
}

/** Ids that any of `patterns` matches. @throws CcwspecError for a pattern that matches none. */
function matchesOf(patterns: readonly Pattern[], ids: readonly string[]): string[] {
  return patterns.flatMap((pattern) => {
    const matching = ids.filter((id) => pattern.matches(id));
    if (matching.length === 0) refuseUnknown(pattern, ids);
    return matching;
  });
}

/** A glob of the command line may match nothing, and then selects nothing; one in a file is a mistake in the file. */
function refuseUnknown(pattern: Pattern, ids: readonly string[]): void {
  const near = ids.some((id) => id.startsWith(`${pattern.text}/`)) ? `'${pattern.text}/*'` : closest(pattern.text, ids);
  const next = near === undefined ? undefined : `Did you mean ${near}?`;
  const what = pattern.isExact ? 'there is no case' : 'there is no case that matches';
  if (pattern.place !== undefined) {
    throw new CcwspecError('E-SUITE-FILE', `${placeText(pattern.place)}: ${what} ${pattern.text}`, next);
  }
  if (pattern.isExact) throw new CcwspecError('E-UNKNOWN-ID', `${what} ${pattern.text}`, next);
}

function drop(chosen: Caps, patterns: readonly Pattern[], ids: readonly string[]): void {
  for (const id of matchesOf(patterns, ids)) chosen.delete(id);
}

function keep(chosen: Caps, ids: ReadonlySet<string>): void {
  for (const id of chosen.keys()) if (!ids.has(id)) chosen.delete(id);
}

/** Adds `more`; a case in both has the higher of the two levels. */
function join(chosen: Caps, more: Caps): void {
  for (const [id, cap] of more) {
    chosen.set(id, chosen.has(id) ? higher(chosen.get(id), cap) : cap);
  }
}

const order: readonly Touches[] = ['nothing', 'scratch', 'volume'];

function higher(a: Touches | undefined, b: Touches | undefined): Touches | undefined {
  if (a === undefined || b === undefined) return undefined;
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

function lower(a: Touches | undefined, b: Touches): Touches {
  return a !== undefined && order.indexOf(a) < order.indexOf(b) ? a : b;
}

function grepExpression(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (thrown) {
    throw new CcwspecError('E-USAGE', `--grep: ${messageOf(thrown)}`, 'Give a JavaScript regular expression.');
  }
}
