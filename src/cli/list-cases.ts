/** `ccwspec list`: what a run would select, case by case. */

import { makePlan, mergedParameters, type Touches } from '../harness/runner/plan.js';
import { openBench } from './bench.js';
import type { TargetFlags } from './flags.js';
import { parseOptions } from './options.js';
import { benchRequest } from './prepare-run.js';
import { readSelection, touchLevel, type SelectionFlags } from './select.js';

/** The flags of `list`. */
export interface ListFlags extends SelectionFlags, TargetFlags {}

/** A case, as `list --json` prints it. */
export interface ListedCase {
  readonly id: string;
  readonly plugin: string;
  readonly decides: string;
  readonly requirements: readonly string[];
  readonly guards: readonly string[];
  readonly needs: readonly string[];
  readonly touches: Touches;
  /** why it would be skipped on this target; empty: it would run */
  readonly reasons: readonly string[];
}

/** What `list --json` prints. */
export interface CaseListing {
  readonly target: string;
  readonly cases: readonly ListedCase[];
}

/** Lists what `words` and `flags` select; every case if nothing is named. @throws CcwspecError as `run` does */
export async function listCases(words: readonly string[], flags: ListFlags): Promise<CaseListing> {
  const selection = await readSelection(words, flags, []);
  const options = { ...mergedParameters(selection.suites ?? []), ...(await parseOptions(flags.option)) };
  const inPlace = flags['in-place'];
  const bench = await openBench({
    ...benchRequest(flags, options),
    writable: touchLevel(flags.touch, inPlace) !== 'nothing',
  });
  const { cases, target } = bench;
  const touch = touchLevel(flags.touch, inPlace, target);
  await target.prepare?.({ writable: touch !== 'nothing' });
  const plan = makePlan({ cases, target, selection, seed: 1, touch, options });
  const definitions = new Map(cases.map(({ definition }) => [definition.id, definition]));
  await bench.close();
  return {
    target: target.name,
    cases: plan.items.flatMap(({ id, plugin, reasons }) => {
      const definition = definitions.get(id);
      if (definition === undefined) return [];
      const { decides, requirements, guards = [], needs, touches } = definition;
      return [{ id, plugin, decides, requirements, guards, needs, touches, reasons: reasons.map(({ text }) => text) }];
    }),
  };
}
