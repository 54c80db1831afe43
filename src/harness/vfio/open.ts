/** Opening a vfio-ccw device over a SystemPort. */

import type { DevicePlaces, SystemPort, VfioOpenOptions } from '../ports/index.js';
import { CcwIrq } from '../uapi/index.js';
import { openThroughCdev, openThroughGroup } from './backing.js';
import { VfioClient } from './vfio-client.js';

/** bytes of guest memory mapped at IOVA 0 unless asked otherwise */
const DEFAULT_MEMORY = 1 << 20;
const ALL_IRQS: readonly number[] = [CcwIrq.io, CcwIrq.crw, CcwIrq.request];

/**
 * Opens the device at `places`, maps guest memory and registers eventfds.
 * @param longestWait milliseconds that a wait for an interruption takes at most, whatever is asked
 * @throws VfioOpenError when a call on the way is refused; everything opened until then is closed again
 */
export async function openVfioDevice(
  system: SystemPort,
  places: DevicePlaces,
  options: VfioOpenOptions = {},
  longestWait?: number,
): Promise<VfioClient> {
  const { way = 'group', iommu = 'type1v2', memory = DEFAULT_MEMORY, irqs = ALL_IRQS } = options;
  const backing =
    way === 'cdev' ? await openThroughCdev(system, places) : await openThroughGroup(system, places, iommu);
  const client = new VfioClient(system, backing, longestWait);
  try {
    await client.prepare(memory, irqs);
  } catch (thrown) {
    await client.close();
    throw thrown;
  }
  return client;
}
