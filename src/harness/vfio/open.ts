/** Opening a vfio-ccw device over a SystemPort. */

import type { DevicePlaces, SystemPort, VfioOpenOptions } from '../ports/index.js';
import { CcwIrq } from '../uapi/index.js';
import { openThroughCdev, openThroughGroup } from './backing.js';
import { VfioOpenError } from './open-error.js';
import { VfioClient } from './vfio-client.js';

/** bytes of guest memory mapped at IOVA 0 unless asked otherwise */
const DEFAULT_MEMORY = 1 << 20;
const ALL_IRQS: readonly number[] = [CcwIrq.io, CcwIrq.crw, CcwIrq.request];

/**
 * Opens the device at `places`, maps guest memory and registers eventfds.
 * @throws VfioOpenError when a call on the way is refused; everything opened until then is closed again
 */
export async function openVfioDevice(
  system: SystemPort,
  places: DevicePlaces,
  options: VfioOpenOptions = {},
): Promise<VfioClient> {
  const { way = 'group', iommu = 'type1v2', memory = DEFAULT_MEMORY, irqs = ALL_IRQS } = options;
  const backing =
    way === 'cdev' ? await openThroughCdev(system, places) : await openThroughGroup(system, places, iommu);
  const client = new VfioClient(system, backing);
  const need = async (step: string, call: Promise<number>): Promise<void> => {
    const result = await call;
    if (result >= 0) return;
    await client.close();
    throw new VfioOpenError(step, result);
  };
  if (memory > 0) await need(`mapping of ${memory} bytes at IOVA 0`, client.mapDma(0, memory));
  for (const index of irqs) await need(`VFIO_DEVICE_SET_IRQS of index ${index}`, client.armIrq(index));
  return client;
}
