/** What the host has taken, counted: leaks by the hundred are told in one line. */

import type { CaseContext } from 'ccwspec/plugin';
import { lockedMemory } from './pending.js';

/** Number of things taken by kind and name, and the KiB that are locked. */
export async function taken({
  session,
  system,
}: Pick<CaseContext, 'session' | 'system'>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind, what } of await session.ledger()) {
    const name = `${kind} (${what})`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  const { VmLck, VmPin } = await lockedMemory(system);
  return { ...counts, 'KiB in VmLck': VmLck, 'KiB in VmPin': VmPin };
}
