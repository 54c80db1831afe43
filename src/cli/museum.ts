/** The museum of known bugs, opened only for those who ask: most commands never do. */

import type { Exhibit } from '../../museum/index.js';

/** Every bug that is known: the driver's, with the defect that brings it back. */
export async function knownBugs(): Promise<readonly Exhibit[]> {
  const { exhibits } = await import('../../museum/index.js');
  return exhibits;
}
