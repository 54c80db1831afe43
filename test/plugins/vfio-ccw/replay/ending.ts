/** Section MAIN from the asynchronous region on, RECREATE and NOTOPER: pending requests, and the ends of a device. */

import {
  AsyncCommand,
  encodeDeviceInfo,
  regionOffset,
  RegionIndex,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import { viewOf } from '../../../../src/harness/arch/index.js';
import { mapEverything, openByGroup } from './opening.js';
import { A, MIB, READ_ONLY, type Device, type Host, shown, type Transcript } from './probe.js';

const ASYNC = regionOffset(RegionIndex.asyncCommand);
const SCHIB = regionOffset(RegionIndex.schib);
const CRW = regionOffset(RegionIndex.crw);
const UUID = '11111111-2222-3333-4444-555555555555';
const NOP = [0x03, 0x20, 1, 0] as const;
type Opened = Awaited<ReturnType<typeof openByGroup>>;

function command(device: Device, value: number): Promise<number> {
  return device.write(Uint8Array.of(0, 0, 0, value, 0, 0, 0, 0), ASYNC);
}

export async function pending(device: Opened, transcript: Transcript): Promise<void> {
  const { container } = device;
  const end = async (label: string, value: number): Promise<void> => {
    transcript.line(label, await command(device, value));
    transcript.line(`${label} / interrupt`, await device.status(await device.signals()));
  };
  const suspend = async (): Promise<void> => {
    await device.suspend('START suspended');
    transcript.line('START suspended / ev?', await device.signals());
  };
  const nop = async (label: string): Promise<void> => {
    await device.ccws(0x1200, [NOP]);
    await device.start(label, 0x1200);
  };
  for (const value of [0, 3, 4]) transcript.line(`async ${value}`, await command(device, value));
  await end('HSCH idle', AsyncCommand.halt);
  await end('CSCH idle', AsyncCommand.clear);
  const again = await device.write(new Uint8Array(4), ASYNC + 4);
  transcript.line('async rewrite ret_code only', `${again} ev ${await device.signals()}`);
  await suspend();
  await device.pinned('pinned while pending');
  await device.attempt('START while pending', 0x1200);
  await device.attempt('TM START while pending', 0x1200, { control: 0x0004_0000 });
  transcript.line('unmap unrelated RO', await device.unmap(container, READ_ONLY, 0x1000));
  await device.attempt('START still pending', 0x1200);
  await end('HSCH', AsyncCommand.halt);
  await device.ccws(0x1200, [NOP]);
  await device.attempt('START after HSCH', 0x1200);
  await device.signals();
  await device.pinned('pinned after HSCH');
  await suspend();
  await end('CSCH', AsyncCommand.clear);
  await nop('START after CSCH');
  await suspend();
  transcript.line('RESET while pending', await device.ioctl(VfioRequest.deviceReset, 0));
  await device.pinned('pinned after RESET');
  await nop('START after RESET');
  await suspend();
  transcript.line('unmap pinned A', await device.unmap(container, A, MIB));
  await device.pinned('pinned after unmap');
  await device.map(container, A, MIB);
  await nop('START after unmap/remap');
}

export async function sharing(device: Opened, transcript: Transcript): Promise<void> {
  const { system } = device;
  const second = await system.ioctl(device.group, VfioRequest.groupGetDeviceFd, UUID);
  transcript.line('second device fd', Math.min(second, 0));
  const [one, other] = [new Uint8Array(124), new Uint8Array(124)];
  await device.read(0, one);
  await system.pread(second, other, 0);
  transcript.line('same region', Buffer.compare(one, other));
  await system.close(second);
  const child = await system.fork();
  transcript.line('START from child mm', await child.pwrite(device.fd, device.request(0x1200), 0));
  await child.exit?.();
  await device.signals();
}

/**
 * A path is varied off, which halts the subchannel, and on again.
 * @param hasty the probe looked at eventfd and region before the interruption of its NOP was relayed: which comes first is
 *   decided by the host's CPUs, and the recordings show one each
 */
export async function paths(device: Opened, transcript: Transcript, hasty: boolean): Promise<void> {
  const { system } = device;
  const status = '/sys/devices/css0/chp0.00/status';
  await system.writeAttribute(status, 'off');
  await system.waitEventfds([], 1); // the interruption of the halt function is relayed
  const report = new Uint8Array(8);
  await device.read(CRW, report);
  transcript.line('CRW after vary off', Buffer.from(report).toString('hex'));
  await device.start('NOP lpm80 varied off', 0x1200, {}, hasty ? 'at once' : 'when all is done');
  await device.start('NOP lpm0 varied off', 0x1200, { paths: 0 });
  await system.writeAttribute(status, 'on');
  await system.waitEventfds([], 1);
  await device.start('NOP lpm0 after vary on', 0x1200, { paths: 0 }, 'when all is done');
}

export async function reopen(device: Opened, transcript: Transcript): Promise<void> {
  const { system } = device;
  await system.close(device.fd);
  device.fd = await system.ioctl(device.group, VfioRequest.groupGetDeviceFd, UUID);
  transcript.line('reopen', Math.min(device.fd, 0));
  transcript.line(
    'old irb still there',
    viewOf(await device.irb())
      .getUint32(24)
      .toString(16)
      .padStart(8, '0'),
  );
  await device.start('START after reopen, old eventfd', 0x1200);
}

export async function removal({ kernel, system }: Host, device: Opened, transcript: Transcript): Promise<void> {
  const request = await system.eventfd();
  await device.setTrigger(2, request);
  let returned = 0;
  void system.writeAttribute(`/sys/bus/mdev/devices/${UUID}/remove`, '1').then(() => returned++);
  await system.waitEventfds([], 12_000);
  const [signals = 0] = await system.waitEventfds([request], 0);
  transcript.line('REQ signals in 12 s', signals);
  await device.start('START while removal blocked', 0x1200);
  transcript.line('remover waiting?', 1 - returned);
  await close(device);
  await system.close(request);
  await system.waitEventfds([], 1000);
  transcript.line('mdev remove returned', returned);
  transcript.section = 'RECREATE';
  const mdev = `/sys/bus/mdev/devices/${UUID}`;
  if ((await system.list(mdev)) === -2) transcript.line(`ls: ${mdev}: No such file or directory`, '');
  const type = `/sys/bus/css/devices/${kernel.places.subchannel}/mdev_supported_types/vfio_ccw-io`;
  transcript.line(String(await system.readAttribute(`${type}/available_instances`)).trimEnd(), '');
  await system.writeAttribute(`${type}/create`, UUID);
}

async function close(device: Opened): Promise<void> {
  for (const fd of [device.fd, device.group, device.container]) await device.system.close(fd);
}

/** Section NOTOPER: the device is lost while a request is pending. */
export async function notOperational(host: Host, transcript: Transcript): Promise<void> {
  transcript.section = 'NOTOPER';
  const { css, kernel, system } = host;
  const device = await openByGroup(host, transcript, 'type1v2', false);
  await mapEverything(device, device.container);
  const request = await system.eventfd();
  await device.setTrigger(2, request);
  await device.arm();
  await device.suspend('START suspended');
  await device.signals();
  await device.pinned('pinned');
  css.unplug(0);
  transcript.line('MARK-UNPLUG', '');
  const [signals = 0] = await system.waitEventfds([request], 1000);
  transcript.line('REQ signals', signals);
  transcript.line('I/O ev', await device.signals());
  await device.attempt('START', 0x1200);
  transcript.line('HSCH', await command(device, AsyncCommand.halt));
  transcript.line('SCHIB', await device.read(SCHIB, new Uint8Array(52)));
  transcript.line('RESET', await device.ioctl(VfioRequest.deviceReset, 0));
  transcript.line('region read', await device.read(0, new Uint8Array(124)));
  const report = new Uint8Array(8);
  const read = await device.read(CRW, report);
  transcript.line('CRW', `${read} ${Buffer.from(report).toString('hex')}`);
  await device.pinned('pinned');
  const info = encodeDeviceInfo();
  const result = await device.ioctl(VfioRequest.deviceGetInfo, info);
  transcript.line('GET_INFO', `${shown(result)} reg ${viewOf(info).getUint32(8)}`);
  const again = (): Promise<number> => system.ioctl(device.group, VfioRequest.groupGetDeviceFd, UUID);
  transcript.line('second GET_DEVICE_FD', await again());
  for (const line of kernel.host.log.lines) {
    const text = /vfio-ccw: FSM: .*$/.exec(line)?.[0];
    if (text !== undefined) transcript.line(text, '');
  }
  await system.close(device.fd);
  transcript.line('GET_DEVICE_FD after close', await again());
}
