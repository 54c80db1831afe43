/** Sections SETUP and V1, and the beginning of MAIN and NOTOPER: sysfs, group, container. */

import {
  encodeFd,
  encodeGroupStatus,
  GroupStatus,
  IommuType,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import { viewOf } from '../../../../src/harness/arch/index.js';
import type { Host, Transcript } from './probe.js';
import { A, B, DATA, Device, HIGH, MIB, READ_ONLY, WRITE_ONLY } from './probe.js';

const SUBCHANNEL = '/sys/bus/css/devices/0.0.0000';
const DRIVERS = '/sys/bus/css/drivers';
const TYPE = `${SUBCHANNEL}/mdev_supported_types/vfio_ccw-io`;
const UUID = '11111111-2222-3333-4444-555555555555';
const MDEV = `/sys/bus/mdev/devices/${UUID}`;

/** What a shell prints when a write fails. */
const shellErrors = new Map([
  [-2, 'No such file or directory'],
  [-16, 'Device or resource busy'],
  [-17, 'File exists'],
  [-19, 'No such device'],
  [-22, 'Invalid argument'],
  [-87, 'Too many users'],
]);

/** A subchannel that io_subchannel has is bound to vfio_ccw, and an mdev is made, with every mistake on the way. */
export async function setUp({ system }: Host, transcript: Transcript): Promise<void> {
  const say = (text: string): void => {
    if (text !== '') transcript.line(text, '');
  };
  const cat = async (path: string): Promise<void> => {
    say(String(await system.readAttribute(path)).trimEnd());
  };
  const echo = async (what: string, path: string, text: string, success = ''): Promise<void> => {
    const result = await system.writeAttribute(path, text);
    say(
      result >= 0 ? success && `${what}: ${success}` : `${what}: sh: write error: ${shellErrors.get(result) ?? result}`,
    );
  };
  /** A folder, in the columns that the recordings show for its names. */
  const ls = async (path: string, rows: readonly string[], header = true): Promise<void> => {
    const found = await system.list(path);
    if (typeof found === 'number') {
      say(`ls: ${path}: ${shellErrors.get(found) ?? found}`);
      return;
    }
    if (header) say(`${path}:`);
    const expected = rows.flatMap((row) => row.split(/ +/));
    if (expected.sort().join() === found.join()) rows.forEach(say);
    else say(found.join(' '));
  };

  await cat('/proc/sys/kernel/osrelease');
  await ls('/sys/bus/css/devices', ['0.0.0000'], false);
  for (const name of ['chpids', 'pimpampom', 'type', 'modalias']) await cat(`${SUBCHANNEL}/${name}`);
  await ls(DRIVERS, ['chsc_subchannel  io_subchannel    vfio_ccw'], false);
  await system.writeAttribute(`${SUBCHANNEL}/driver_override`, 'vfio_ccw\n');
  await echo('bind while bound', `${DRIVERS}/vfio_ccw/bind`, '0.0.0000');
  await echo('bind unknown', `${DRIVERS}/vfio_ccw/bind`, '0.0.7777');
  await system.writeAttribute(`${DRIVERS}/io_subchannel/unbind`, '0.0.0000');
  await echo('unbind again', `${DRIVERS}/io_subchannel/unbind`, '0.0.0000');
  await system.writeAttribute(`${SUBCHANNEL}/driver_override`, 'io_subchannel\n');
  await echo('bind with other override', `${DRIVERS}/vfio_ccw/bind`, '0.0.0000');
  await system.writeAttribute(`${SUBCHANNEL}/driver_override`, 'vfio_ccw\n');
  await echo('bind', `${DRIVERS}/vfio_ccw/bind`, '0.0.0000', 'ok');
  await ls(`${SUBCHANNEL}/mdev_supported_types`, ['vfio_ccw-io']);
  await ls(TYPE, ['available_instances  device_api           name', 'create               devices']);
  for (const name of ['device_api', 'name', 'available_instances']) await cat(`${TYPE}/${name}`);
  await echo('create short', `${TYPE}/create`, '1234\n');
  await echo('create garbage', `${TYPE}/create`, 'this-text-is-as-long-as-a-uuid-is...\n');
  await echo('create', `${TYPE}/create`, `${UUID}\n`, 'ok');
  await cat(`${TYPE}/available_instances`);
  await echo('create same', `${TYPE}/create`, `${UUID}\n`);
  await echo('create other', `${TYPE}/create`, `${UUID.replace('555555555555', '666666666666')}\n`);
  await ls(MDEV, ['driver       mdev_type    subsystem    vfio-dev', 'iommu_group  remove       uevent']);
  await ls(`${MDEV}/vfio-dev`, ['vfio0']);
  await cat(`${MDEV}/iommu_group/name`);
  const devices = await system.list('/dev/vfio');
  await ls('/dev/vfio', [String(devices).includes('devices') ? '0        devices  vfio' : '0     vfio']);
  await ls('/dev/vfio/devices', ['vfio0']);
  await echo('remove 0', `${MDEV}/remove`, '0', 'accepted');
  await echo('remove x', `${MDEV}/remove`, 'x');
}

/** The device is opened through its group: container of `type`, with every mistake on the way if `thoroughly`. */
export async function openByGroup(
  { system }: Host,
  transcript: Transcript,
  type: 'type1' | 'type1v2',
  thoroughly = true,
): Promise<Device & { container: number; group: number }> {
  const device = new Device(system, transcript);
  const container = await system.open('/dev/vfio/vfio');
  const group = await system.open('/dev/vfio/0');
  const opening = (name: string): Promise<number> => system.ioctl(group, VfioRequest.groupGetDeviceFd, name);
  const attach = (fd: number): Promise<number> => system.ioctl(group, VfioRequest.groupSetContainer, encodeFd(fd));
  if (thoroughly) {
    transcript.line('second group open', await system.open('/dev/vfio/0'));
    const status = encodeGroupStatus();
    await system.ioctl(group, VfioRequest.groupGetStatus, status);
    transcript.line('group status flags', viewOf(status).getUint32(GroupStatus.flags));
    transcript.line('GET_DEVICE_FD no container', await opening(UUID));
    const other = await system.open('/dev/null');
    transcript.line('SET_CONTAINER /dev/null', await attach(other));
    await system.close(other);
    transcript.line('SET_CONTAINER badfd', await attach(999));
  }
  await attach(container);
  if (thoroughly) {
    transcript.line('GET_DEVICE_FD no SET_IOMMU', await opening(UUID));
    transcript.line('GET_DEVICE_FD bad name', await opening('no-such-device'));
  }
  const iommu = await system.ioctl(container, VfioRequest.setIommu, IommuType[type]);
  transcript.line('SET_IOMMU', `type ${IommuType[type]} ${iommu}`);
  device.fd = await opening(UUID);
  transcript.line('GET_DEVICE_FD', Math.min(device.fd, 0));
  return Object.assign(device, { container, group });
}

/** Maps everything that the probe uses. */
export async function mapEverything(device: Device, container: number): Promise<void> {
  await device.map(container, A, MIB);
  await device.map(container, B, MIB);
  await device.map(container, READ_ONLY, 0x1000, 1);
  await device.map(container, WRITE_ONLY, 0x1000, 2);
  await device.map(container, HIGH, MIB);
}

/** Section V1. */
export async function version1(host: Host, transcript: Transcript): Promise<void> {
  transcript.section = 'V1';
  const device = await openByGroup(host, transcript, 'type1');
  await device.map(device.container, A, MIB);
  await device.arm();
  await device.ccws(0x1000, [[0xe4, 0x20, 4, DATA]]);
  await device.start('v1 container sense id', 0x1000);
  await device.ccws(0x1000, [[0x03, 0x20, 1, 0]]);
  await device.start('v1 container NOP', 0x1000);
  await device.setTrigger(0, -1);
  for (const fd of [device.fd, device.group, device.container]) await host.system.close(fd);
}
