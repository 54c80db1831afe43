/** What the host itself uses a device for: file systems, swap space, and devices that are built on its block devices. */

import type { SubchannelState } from './subchannels.js';
import type { HostSysfs } from './sysfs.js';

/** A block device of the CCW device, or a partition of it. */
interface BlockDevice {
  /** `dasda1` */
  readonly name: string;
  /** `94:1` */
  readonly number: string | undefined;
  readonly holders: readonly string[];
}

/**
 * What keeps the device from being taken away from the host, one phrase for each use; empty if nothing does. The kernel of a
 * DASD refuses by itself to take an open disk offline; that of a virtio disk does not.
 */
export async function usesOf(sysfs: HostSysfs, { ccwDevice }: SubchannelState): Promise<string[]> {
  if (ccwDevice === undefined) return [];
  const disks = await blockDevices(sysfs, ccwDevice.folder);
  if (disks.length === 0) return [];
  const [mounts, swaps] = await Promise.all([
    sysfs.system.readAttribute('/proc/self/mountinfo'),
    sysfs.text('/proc/swaps'),
  ]);
  if (typeof mounts === 'number')
    return [`a block device, ${nameList(disks)}, of which nobody can say if it is mounted`];
  const mounted = mounts.split('\n').flatMap((line) => mountOf(line, disks));
  const swapped = disks.filter(({ name }) => new RegExp(`^/dev/${name}\\s`, 'm').test(swaps ?? ''));
  return [
    ...mounted,
    ...swapped.map(({ name }) => `${name} as swap space`),
    ...disks.flatMap(({ name, holders }) => holders.map((holder) => `${name} as a part of ${holder}`)),
  ];
}

function nameList(disks: readonly BlockDevice[]): string {
  return disks.map(({ name }) => name).join(', ');
}

/** `dasda1 mounted at /srv` if the line of mountinfo is about one of `disks`. */
function mountOf(line: string, disks: readonly BlockDevice[]): string[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , number, , at] = before.split(' ');
  const [, source] = after.split(' ');
  const disk = disks.find((candidate) => candidate.number === number || `/dev/${candidate.name}` === source);
  return disk === undefined || at === undefined ? [] : [`${disk.name} mounted at ${unescaped(at)}`];
}

/** mountinfo writes a blank as \040, and some others likewise. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** Disks and partitions: a DASD has them itself, a virtio disk below its virtio device. */
async function blockDevices(sysfs: HostSysfs, ccwDevice: string): Promise<BlockDevice[]> {
  const names = await sysfs.list(ccwDevice);
  const parents = [
    ccwDevice,
    ...names.filter((name) => /^virtio\d+$/.test(name)).map((name) => `${ccwDevice}/${name}`),
  ];
  const disks: BlockDevice[] = [];
  for (const parent of parents) {
    for (const disk of await sysfs.list(`${parent}/block`)) {
      const folder = `${parent}/block/${disk}`;
      const partitions = (await sysfs.list(folder)).filter((name) => name !== disk && name.startsWith(disk));
      disks.push(await readBlockDevice(sysfs, folder, disk));
      for (const partition of partitions) {
        disks.push(await readBlockDevice(sysfs, `${folder}/${partition}`, partition));
      }
    }
  }
  return disks;
}

async function readBlockDevice(sysfs: HostSysfs, folder: string, name: string): Promise<BlockDevice> {
  return { name, number: await sysfs.text(`${folder}/dev`), holders: await sysfs.list(`${folder}/holders`) };
}
