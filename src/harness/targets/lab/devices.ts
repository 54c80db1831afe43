/** Finds the lab's devices in the guest's sysfs. */

import { CcwspecError } from '../../errors/index.js';
import type { AgentConnection } from '../agent/index.js';
import type { LabDevice } from './lab.js';

const SUBCHANNEL = /\/([0-9a-f]+\.[0-9a-f]\.[0-9a-f]{4})\/[0-9a-f]+\.[0-9a-f]\.[0-9a-f]{4}$/;
const DRIVER = 'vfio_ccw';

/**
 * The devices with their subchannels, in the order given; what the guest does not have is left out.
 * @throws CcwspecError E-LAB-KERNEL-DRIVER if the kernel has no vfio-ccw driver
 */
export async function findDevices(
  { system }: AgentConnection,
  wanted: readonly Omit<LabDevice, 'subchannel'>[],
): Promise<LabDevice[]> {
  const drivers = await system.list('/sys/bus/css/drivers');
  if (typeof drivers === 'number' || !drivers.includes(DRIVER)) {
    const has = typeof drivers === 'number' ? 'none' : drivers.join(', ');
    throw new CcwspecError('E-LAB-KERNEL-DRIVER', `the kernel booted, but has no ${DRIVER} driver (it has ${has})`);
  }
  const links = await Promise.all(
    wanted.map(({ deviceNumber }) => system.readLink(`/sys/bus/ccw/devices/${deviceNumber}`)),
  );
  return wanted.flatMap(({ what, deviceNumber }, index) => {
    const link = links[index];
    const subchannel = typeof link === 'string' ? SUBCHANNEL.exec(link)?.[1] : undefined;
    return subchannel === undefined ? [] : [{ what, deviceNumber, subchannel }];
  });
}
