/** A test that cannot run here leaves itself out, and `npm test` says why. */

import type { Context } from 'mocha';

const key = Symbol.for('ccwspec.leftOut');

/**
 * Leaves out the running test, or every test of the suite whose `before` hook calls it.
 * @param context Mocha's `this`
 * @param reason what is missing, for the person who reads the summary
 */
export function leaveOut(context: Context, reason: string): never {
  const holder = globalThis as unknown as { [key]: WeakMap<object, string> | undefined };
  const reasons = holder[key] ?? new WeakMap<object, string>();
  holder[key] = reasons;
  const runnable = context.runnable();
  const left = 'type' in runnable && runnable.type === 'hook' ? runnable.parent : runnable;
  if (left !== undefined) reasons.set(left, reason);
  return context.skip();
}
