/** Where an mdev is to be opened. */

import { CcwspecError } from '../../errors/index.js';
import type { DevicePlaces } from '../../ports/index.js';
import { MDEVS } from './subchannels.js';
import type { HostSysfs } from './sysfs.js';

const GROUPS = '/sys/kernel/iommu_groups';

/**
 * The device nodes of the mdev `uuid`. Its character device is named only if the kernel has one for it.
 * @throws CcwspecError E-HOST-NO-MDEV if it has neither group nor character device
 */
export async function findPlaces(sysfs: HostSysfs, subchannel: string, uuid: string): Promise<DevicePlaces> {
  const [group, cdev] = await Promise.all([groupOf(sysfs, uuid), cdevOf(sysfs, uuid)]);
  if (group === undefined) {
    throw new CcwspecError('E-HOST-NO-MDEV', `the mdev ${uuid} is in no group (${GROUPS})`);
  }
  const places = { subchannel, uuid, group: `/dev/vfio/${group}` };
  return cdev === undefined ? places : { ...places, cdev };
}

async function groupOf(sysfs: HostSysfs, uuid: string): Promise<string | undefined> {
  const groups = await sysfs.list(GROUPS);
  const members = await Promise.all(groups.map((group) => sysfs.list(`${GROUPS}/${group}/devices`)));
  return groups.find((_, index) => members[index]?.includes(uuid));
}

/** Kernels before 6.6 list the device, and have no node for it. */
async function cdevOf(sysfs: HostSysfs, uuid: string): Promise<string | undefined> {
  const [name] = await sysfs.list(`${MDEVS}/${uuid}/vfio-dev`);
  if (name === undefined) return undefined;
  const path = `/dev/vfio/devices/${name}`;
  const fd = await sysfs.system.open(path);
  if (fd < 0) return undefined;
  await sysfs.system.close(fd);
  return path;
}
