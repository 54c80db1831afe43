/** The ledger check: what a case took and did not give back. */

import type { LedgerEntry } from '../ports/index.js';

/** Entries of `after` that were not in `before`; equal entries are counted. */
export function leaked(before: readonly LedgerEntry[], after: readonly LedgerEntry[]): LedgerEntry[] {
  if (after.length === 0) return [];
  const known = new Map<string, number>();
  for (const entry of before) known.set(keyOf(entry), (known.get(keyOf(entry)) ?? 0) + 1);
  return after.filter((entry) => {
    const left = known.get(keyOf(entry)) ?? 0;
    if (left > 0) known.set(keyOf(entry), left - 1);
    return left === 0;
  });
}

/** `2 things were not given back:` and a line for each. */
export function describeLeaks(entries: readonly LedgerEntry[]): string {
  const shown = entries.slice(0, 20).map(({ kind, what, takenAt }) => `  ${kind}: ${what}, taken at ${takenAt}`);
  if (entries.length > shown.length) shown.push(`  and ${entries.length - shown.length} more`);
  const head = entries.length === 1 ? '1 thing was not given back:' : `${entries.length} things were not given back:`;
  return [head, ...shown].join('\n');
}

function keyOf({ kind, what, takenAt }: LedgerEntry): string {
  return `${kind}|${what}|${takenAt}`;
}
