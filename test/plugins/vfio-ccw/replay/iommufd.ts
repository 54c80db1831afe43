/** Section IOMMUFD: the character device. */

import {
  allocatedIoas,
  encodeAttachIommufdPt,
  encodeBindIommufd,
  encodeDetachIommufdPt,
  encodeDeviceInfo,
  encodeIoasAlloc,
  encodeIoasMap,
  IoasMapFlag,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import type { Host, Transcript } from './probe.js';
import { A, B, DATA, Device, MIB, READ_ONLY, UNMAPPED, WRITE_ONLY } from './probe.js';

const NODE = '/dev/vfio/devices/vfio0';
const { fixedIova, readable, writeable } = IoasMapFlag;

export async function iommufd({ system }: Host, transcript: Transcript): Promise<void> {
  transcript.section = 'IOMMUFD';
  const device = new Device(system, transcript);
  const group = await system.open('/dev/vfio/0');
  device.fd = await system.open(NODE);
  transcript.line('cdev open', Math.min(device.fd, 0));
  transcript.line('cdev read before bind', await device.read(0, new Uint8Array(124)));
  transcript.line('cdev GET_INFO before bind', await device.ioctl(VfioRequest.deviceGetInfo, encodeDeviceInfo()));
  const iommu = await system.open('/dev/iommu');
  transcript.line('iommufd', Math.min(iommu, 0));
  const bind = (argument: Uint8Array, fd = device.fd): Promise<number> =>
    system.ioctl(fd, VfioRequest.deviceBindIommufd, argument);
  transcript.line('BIND flags1', await bind(encodeBindIommufd(iommu, 1)));
  transcript.line('BIND fd-1', await bind(encodeBindIommufd(-1)));
  transcript.line('BIND argsz15', await bind(encodeBindIommufd(iommu, 0, 15)));
  transcript.line('BIND while group open', await bind(encodeBindIommufd(iommu)));
  await system.close(group);
  transcript.line('BIND', await bind(encodeBindIommufd(iommu)));
  transcript.line('BIND again', await bind(encodeBindIommufd(iommu)));
  const groupNow = await system.open('/dev/vfio/0');
  transcript.line('group open while cdev bound', groupNow);
  if (groupNow >= 0) await system.close(groupNow);
  const second = await system.open(NODE);
  transcript.line('BIND second fd', await bind(encodeBindIommufd(iommu), second));
  if (second >= 0) await system.close(second);
  transcript.line('irq set', await device.arm());
  await device.start('START without IOAS', 0x1000);

  const alloc = encodeIoasAlloc();
  transcript.line('IOAS_ALLOC', await system.ioctl(iommu, VfioRequest.iommufdIoasAlloc, alloc));
  const ioasId = allocatedIoas(alloc);
  const attach = (): Promise<number> => device.ioctl(VfioRequest.deviceAttachIommufdPt, encodeAttachIommufdPt(ioasId));
  const detach = (): Promise<number> => device.ioctl(VfioRequest.deviceDetachIommufdPt, encodeDetachIommufdPt());
  transcript.line('ATTACH', await attach());
  await device.start('CPA unmapped', 0x1000);
  const map = async (iova: number, length: number, access: number): Promise<number> => {
    const userVa = await device.allocate(iova, length);
    const request = encodeIoasMap({ flags: fixedIova | access, ioasId, userVa, iova, size: length });
    return system.ioctl(iommu, VfioRequest.iommufdIoasMap, request);
  };
  transcript.line('MAP A', await map(A, MIB, readable | writeable));
  await map(B, MIB, readable | writeable);
  transcript.line('MAP RO', await map(READ_ONLY, 0x1000, readable));
  transcript.line('MAP WO', await map(WRITE_ONLY, 0x1000, writeable));
  const senseId = async (label: string, data: number): Promise<void> => {
    await device.ccws(0x1000, [[0xe4, 0x20, 4, data]]);
    await device.start(label, 0x1000);
  };
  await senseId('senseid', DATA);
  await senseId('senseid unmapped', UNMAPPED);
  await senseId('senseid RO', READ_ONLY);
  for (const at of [READ_ONLY, WRITE_ONLY]) await device.ccws(at, [[0x03, 0x20, 1, 0]]);
  await device.start('CPA RO', READ_ONLY);
  await device.start('CPA WO', WRITE_ONLY);
  await senseId('senseid at 0xff800', 0xff800);
  const inFront = new Uint8Array(2);
  await system.memory.read(device.address(B) - 0x800, inFront);
  transcript.line(
    'senseid at 0xff800 / A / B-',
    `${await device.stored(0xff800, 2)} / ${Buffer.from(inFront).toString('hex')}`,
  );
  await device.suspend('START suspended');
  await device.attempt('START pending', 0x1200);
  transcript.line('DETACH while pending', await detach());
  await device.start('START after DETACH', 0x1200);
  transcript.line('DETACH again', await detach());
  transcript.line('ATTACH', await attach());
  await device.ccws(0x1200, [[0x03, 0x20, 1, 0]]);
  await device.start('START after ATTACH', 0x1200);
  const child = await system.fork();
  transcript.line('START child mm', await child.pwrite(device.fd, device.request(0x1200), 0));
  await child.exit?.();
  await device.signals();
  await device.setTrigger(0, -1);
  for (const fd of [device.fd, iommu]) if (fd >= 0) await system.close(fd);
}
