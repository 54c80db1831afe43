/** The SCHIB of the host subchannel, as the SCHIB region of an open device shows it. */

import { describeResult, readSchibRegion, type Expect, type Schib, type VfioPort } from 'ccwspec/plugin';

/** Reads the SCHIB region, which must succeed. */
export async function schibOf(expect: Expect, vfio: VfioPort): Promise<Schib> {
  const schib = await readSchibRegion(vfio);
  return typeof schib === 'number' ? expect.fail(`expected a SCHIB; the read gave ${describeResult(schib)}`) : schib;
}
