/** Section MAIN up to the first program: information, interrupts, features, region bounds. */

import { viewOf } from '../../../../src/harness/arch/index.js';
import { UNMAPPED, type IoctlArgument } from '../../../../src/harness/ports/index.js';
import {
  encodeAttachIommufdPt,
  encodeBindIommufd,
  encodeDeviceInfo,
  encodeFd,
  encodeIrqInfo,
  encodeIrqSet,
  encodeRegionInfo,
  IrqSetFlag,
  regionOffset,
  RegionIndex,
  VfioRequest,
  type IrqSetFields,
} from '../../../../src/harness/uapi/index.js';
import { type Device, shown, type Transcript } from './probe.js';

const { actionMask, actionTrigger, dataBool, dataEventfd, dataNone } = IrqSetFlag;

export async function calls(device: Device, transcript: Transcript): Promise<void> {
  await information(device, transcript);
  await interrupts(device, transcript);
  await features(device, transcript);
  await bounds(device, transcript);
}

async function information(device: Device, transcript: Transcript): Promise<void> {
  const ask = (request: number, argument: IoctlArgument): Promise<number> => device.ioctl(request, argument);
  const info = encodeDeviceInfo();
  const view = viewOf(info);
  view.setUint32(16, 77);
  view.setUint32(20, 66);
  const result = await ask(VfioRequest.deviceGetInfo, info);
  const [flags, regions, irqs] = [4, 8, 12].map((at) => view.getUint32(at));
  transcript.line(
    'GET_INFO',
    `${result} flags ${flags?.toString(16)} reg ${regions} irq ${irqs} cap ${view.getUint32(16)} pad ${view.getUint32(20)} argsz ${view.getUint32(0)}`,
  );
  transcript.line('GET_INFO argsz15', await ask(VfioRequest.deviceGetInfo, encodeDeviceInfo(15)));
  transcript.line('GET_INFO NULL', await ask(VfioRequest.deviceGetInfo, UNMAPPED));
  for (const index of [0, 1, 2, 3, 4]) await regionInfo(device, transcript, index);
  for (const argsz of [31, 32, 47, 48]) {
    const region = encodeRegionInfo(1, argsz);
    const shownResult = shown(await ask(VfioRequest.deviceGetRegionInfo, region));
    const words = viewOf(region);
    transcript.line(
      `region1 argsz ${argsz}`,
      `${shownResult} argsz ${words.getUint32(0)} flags ${words.getUint32(4).toString(16)} cap ${words.getUint32(12).toString(16)}`,
    );
  }
  for (const index of [0, 1, 2, 3]) {
    const irq = encodeIrqInfo(index);
    const shownResult = shown(await ask(VfioRequest.deviceGetIrqInfo, irq));
    const words = viewOf(irq);
    transcript.line(`irq info ${index}`, `${shownResult} flags ${words.getUint32(4)} count ${words.getUint32(12)}`);
  }
}

async function regionInfo(device: Device, transcript: Transcript, index: number): Promise<void> {
  const region = encodeRegionInfo(index, 128);
  region.fill(0x5a, 4, 8);
  region.fill(0x5a, 12);
  const view = viewOf(region);
  const result = shown(await device.ioctl(VfioRequest.deviceGetRegionInfo, region));
  const words = [32, 36, 40, 44].map((at) => view.getUint32(at).toString(16).padStart(8, '0')).join(' ');
  const [size, offset] = [view.getBigUint64(16), view.getBigUint64(24)];
  transcript.line(
    `region info ${index}`,
    `${result} argsz ${view.getUint32(0)} flags ${view.getUint32(4).toString(16)} cap ${view.getUint32(12).toString(16)} size ${size} off ${offset.toString(16)} | ${words}`,
  );
}

async function interrupts(device: Device, transcript: Transcript): Promise<void> {
  const set = (fields: Partial<IrqSetFields>): Promise<number> =>
    device.ioctl(VfioRequest.deviceSetIrqs, encodeIrqSet({ index: 0, flags: dataNone | actionTrigger, ...fields }));
  const say = async (label: string, fields: Partial<IrqSetFields>): Promise<void> => {
    transcript.line(label, await set(fields));
  };
  const trigger = (fd: number): Partial<IrqSetFields> => ({ flags: dataEventfd | actionTrigger, data: encodeFd(fd) });
  const signalled = async (label: string, fields: Partial<IrqSetFields>): Promise<void> => {
    await say(label, fields);
    transcript.line(`${label} / -> ev`, await device.signals());
  };
  await say('irq start1', { start: 1 });
  await say('irq count2', { count: 2 });
  await say('irq nodata', { flags: actionTrigger });
  await say('irq 2data', { flags: actionTrigger | dataNone | dataBool, data: new Uint8Array(1) });
  await say('irq mask only', { flags: dataNone | actionMask });
  await say('irq trig+mask', { flags: dataNone | actionTrigger | actionMask });
  await say('irq flag40', { flags: dataNone | actionTrigger | 0x40 });
  await say('irq argsz20', { ...trigger(-1), argsz: 20 });
  await say('irq argsz19', { argsz: 19 });
  await say('irq idx3', { index: 3 });
  await say('irq fd-1', trigger(-1));
  await say('irq fd-1 again', trigger(-1));
  await say('irq fd-2', trigger(-2));
  await say('irq fd 77', trigger(77));
  const other = await device.system.open('/dev/null');
  await say('irq fd notevent', trigger(other));
  await device.system.close(other);
  await say('irq none unset', {});
  transcript.line('irq set', await device.arm());
  await signalled('irq none count0', { count: 0 });
  await signalled('irq none count1', {});
  await signalled('irq bool0', { flags: dataBool | actionTrigger, data: Uint8Array.of(0) });
  await signalled('irq bool1', { flags: dataBool | actionTrigger, data: Uint8Array.of(1) });
  const replacing = await device.system.eventfd();
  await say('irq eventfd count0 replaces', { ...trigger(replacing), count: 0 });
  await signalled('irq none count1', {});
  await device.setTrigger(0, device.eventfd);
  await device.system.close(replacing);
}

async function features(device: Device, transcript: Transcript): Promise<void> {
  const feature = (flags: number, argsz = 8): Promise<number> => {
    const structure = new Uint8Array(64);
    viewOf(structure).setUint32(0, argsz);
    viewOf(structure).setUint32(4, flags);
    return device.ioctl(VfioRequest.deviceFeature, structure);
  };
  transcript.line('FEATURE probe migration', await feature(0x4_0001));
  transcript.line('FEATURE probe 9', await feature(0x4_0009));
  transcript.line('FEATURE badflag', await feature(0x8_0001));
  transcript.line('FEATURE argsz7', await feature(0x4_0001, 7));
  const unknown = await device.ioctl(VfioRequest.deviceGetPciHotResetInfo, new Uint8Array(64));
  transcript.line('ioctl PCI_HOT_RESET_INFO', unknown);
  const attach = await device.ioctl(VfioRequest.deviceAttachIommufdPt, encodeAttachIommufdPt(1));
  transcript.line('ATTACH_PT on group fd', attach);
  transcript.line('BIND on group fd', await device.ioctl(VfioRequest.deviceBindIommufd, encodeBindIommufd(3)));
  transcript.line('mmap', await device.system.mmap(device.fd, 4096));
  transcript.line('lseek', await device.system.lseek(device.fd, 0, 0));
}

async function bounds(device: Device, transcript: Transcript): Promise<void> {
  const { system, fd } = device;
  for (const length of [4, 125]) transcript.line(`read(2) ${length}`, await system.read(fd, new Uint8Array(length)));
  // prettier-ignore
  const reads: readonly (readonly [number, number])[] = [
    [0, 124], [0, 125], [1, 124], [0x7b, 1], [0x7c, 0], [0x7c, 1], [0x7d, 0],
    [0x400, 8], [0x400, 9], [0x404, 4], [0x408, 0], [0x800, 52], [0x800, 53], [0x833, 1],
    [0xc00, 8], [0xc00, 9], [0x1000, 4], [0x3ff, 1], [2 ** 42, 124], [2 ** 42 + 0x800, 4],
  ];
  for (const [offset, length] of reads) {
    const label = `pread off ${offset.toString(16)} n ${length}`;
    transcript.line(label, await device.read(offset, new Uint8Array(length)));
  }
  transcript.line('pread off fffffffffffffff8 n 4', await device.read(-8, new Uint8Array(4)));
  const schib = regionOffset(RegionIndex.schib);
  const crw = regionOffset(RegionIndex.crw);
  transcript.line('pwrite schib 52', await device.write(new Uint8Array(52), schib));
  transcript.line('pwrite schib 0', await device.write(new Uint8Array(0), schib));
  transcript.line('pwrite crw 8', await device.write(new Uint8Array(8), crw));
  transcript.line('pread EFAULT', await device.read(0, UNMAPPED));
  transcript.line('pwrite EFAULT', await device.write(UNMAPPED));
  const block = new Uint8Array(52);
  await device.read(schib, block);
  const words = Array.from({ length: 10 }, (_, index) =>
    viewOf(block)
      .getUint32(index * 4)
      .toString(16)
      .padStart(8, '0'),
  );
  transcript.line('SCHIB', `${words.slice(0, 7).join(' ')} scsw ${words.slice(7).join(' ')}`);
  const reports = new Uint8Array(8);
  const read = await device.read(crw, reports);
  transcript.line('CRW empty', `${read} ${Buffer.from(reports).toString('hex')}`);
}
