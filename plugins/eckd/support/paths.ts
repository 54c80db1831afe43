/** The channel paths of the disk. */

import { describeResult, readSchibRegion } from 'ccwspec/plugin';
import type { Disk } from './disk.js';

/** A mask for each path that is installed, available and operational, path 0 (80) first. */
export async function hostPaths(disk: Disk): Promise<number[]> {
  const schib = await readSchibRegion(disk.vfio);
  if (typeof schib === 'number')
    return disk.expect.fail(`expected to read the SCHIB; it gave ${describeResult(schib)}`);
  const { pim, pam, pom } = schib;
  return Array.from({ length: 8 }, (_, path) => 0x80 >>> path).filter((mask) => (pim & pam & pom & mask) !== 0);
}
