/** What the kernel has locked in memory for a process: the only thing of a driver's bookkeeping that user space can count. */

import type { LedgerEntry, SystemPort } from '../../ports/index.js';

const PAGE_KIB = 4;
/** Pins through a type1 container count as VmLck, those through an iommufd as VmPin. */
const COUNTERS = ['VmLck', 'VmPin'] as const;

/** An entry for each page of 4 KiB that is locked for the process of `system`. */
export async function lockedPages(system: SystemPort): Promise<LedgerEntry[]> {
  const status = await system.readAttribute('/proc/self/status');
  if (typeof status === 'number') return [];
  return COUNTERS.flatMap((counter) => {
    const kibibytes = Number(new RegExp(`^${counter}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
    const entry: LedgerEntry = { kind: 'pinned page', what: `4 KiB in ${counter}`, takenAt: '/proc/self/status' };
    return Array.from({ length: kibibytes / PAGE_KIB }, () => entry);
  });
}
