/** Running the cases of test/fixtures/runner/bench.js through plan and execution, and collecting what comes out. */

import assert from 'node:assert/strict';
import {
  executePlan,
  makePlan,
  type Bench,
  type CaseEnd,
  type EventSink,
  type ExecuteOptions,
  type Plan,
  type PlanInput,
  type RunEvent,
  type RunOutcome,
} from '../../../src/harness/runner/index.js';

export const fixtures = new URL('../../../../test/fixtures/', import.meta.url);
const defaultModule = new URL('runner/bench.js', fixtures).href;

export interface FixtureRun {
  /** what to run: the last part of each id; the cases are `fake/subject/…` */
  readonly cases: readonly string[];
  /** file in test/fixtures that makes the target; default runner/bench.js */
  readonly module?: string;
  /** manners of the target, see that file */
  readonly bench?: Record<string, unknown>;
  readonly plan?: Partial<PlanInput>;
  readonly execute?: Partial<ExecuteOptions>;
  /** called with every event as it comes */
  readonly onEvent?: (event: RunEvent) => void;
}

export interface FixtureResult {
  readonly outcome: RunOutcome;
  readonly events: readonly RunEvent[];
  readonly plan: Plan;
  /** the end of the case whose id ends in this */
  readonly end: (name: string) => CaseEnd;
  readonly verdicts: Record<string, string>;
}

function moduleUrl(module: string | undefined): string {
  return module === undefined ? defaultModule : new URL(module, fixtures).href;
}

export async function planFixture({ cases, module, bench = {}, plan = {} }: FixtureRun): Promise<Plan> {
  const ids = cases.map((name) => (name.includes('/') ? name : `fake/subject/${name}`));
  const { openBench } = (await import(moduleUrl(module))) as { openBench: (argument: unknown) => Promise<Bench> };
  const opened = await openBench({ ...bench, broken: false, cases: ids });
  return makePlan({ cases: opened.cases, target: opened.target, selection: {}, seed: 1, touch: 'volume', ...plan });
}

export async function runFixture(run: FixtureRun): Promise<FixtureResult> {
  const plan = await planFixture(run);
  const ids = run.cases.map((name) => (name.includes('/') ? name : `fake/subject/${name}`));
  const events: RunEvent[] = [];
  const collector: EventSink = {
    name: 'the test',
    take: (event) => {
      events.push(event);
      run.onEvent?.(event);
    },
  };
  const outcome = await executePlan({
    plan,
    worker: { module: moduleUrl(run.module), export: 'openBench', argument: { ...run.bench, cases: ids } },
    version: '0.0.0-test',
    ...run.execute,
    sinks: [...(run.execute?.sinks ?? []), collector],
  });
  const ends = events.filter((event): event is CaseEnd => event.event === 'case-end');
  return {
    outcome,
    events,
    plan,
    end: (name) => {
      const found = ends.find(({ id }) => id.endsWith(`/${name}`));
      assert.ok(found, `${name} has an end`);
      return found;
    },
    verdicts: Object.fromEntries(ends.map(({ id, verdict }) => [id.split('/').at(-1) ?? id, verdict])),
  };
}

/** All failure texts of a case. */
export function failureText(end: CaseEnd): string {
  return (end.failures ?? []).map(({ text }) => text).join('\n');
}

/** A deviation for `execute`'s plans: a suite that lists it. */
export function suiteWith(
  deviations: NonNullable<PlanInput['selection']['suites']>[number]['deviations'],
): PlanInput['selection'] {
  return { suites: [{ ...emptySuite, deviations }] };
}

export const emptySuite = {
  name: 'test',
  description: 'all of it',
  file: 'test.yaml',
  includes: [],
  cases: [],
  exclude: [],
  parameters: {},
  deviations: [],
};
