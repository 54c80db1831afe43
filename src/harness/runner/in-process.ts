/** Runs a plan in this thread, without watchdog and reports: for tests of the cases themselves, and for tables about them. */

import { CaseRun } from './case-run.js';
import type { CaseEnd } from './events.js';
import type { Bench } from './execute.js';
import type { Plan } from './plan.js';
import { Sessions } from './sessions.js';

/** Milliseconds that closing after a case may take. */
const FINISH_LIMIT = 20_000;

/**
 * Runs the items of `plan` that nothing keeps from running, one after the other.
 * @returns how each ended, in order of the plan
 */
export async function runInProcess({ cases, target, requirements, bugs }: Bench, plan: Plan): Promise<CaseEnd[]> {
  const registered = new Map(cases.map((one) => [one.definition.id, one]));
  const sessions = new Sessions(target);
  const options = new Map(Object.entries(plan.options));
  const setting = { sessions, options, timeoutScale: 1, requirements, bugs, note: (): void => undefined };
  const ends: CaseEnd[] = [];
  for (const item of plan.items) {
    const found = registered.get(item.id);
    if (found === undefined || item.reasons.length > 0) continue;
    const run = new CaseRun(item, found, setting);
    await run.start();
    await bodyOf(run);
    ends.push(await run.finish(FINISH_LIMIT));
  }
  await sessions.close();
  return ends;
}

/** Runs the body within its limit; what it throws is kept by `run`. */
async function bodyOf(run: CaseRun): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      run.timedOut();
      resolve();
    }, run.realLimit);
  });
  const body = run.body().catch(() => undefined);
  await Promise.race([body, late]);
  clearTimeout(timer);
}
