/** What QEMU asks of a vfio-ccw device before it takes it: regions of the sizes that it knows, and their interrupts. */

import { CcwspecError } from '../errors/index.js';
import type { VfioPort } from '../ports/index.js';
import {
  AsyncRegion,
  CcwIrq,
  CcwRegionType,
  CrwRegion,
  describeResult,
  DeviceInfoFlag,
  IoRegion,
  IrqSetFlag,
  SCHIB_REGION_LENGTH,
} from '../uapi/index.js';

/** File offsets of the device's regions; a region that an older kernel does not have is undefined. */
export interface DeviceRegions {
  readonly io: number;
  readonly asyncCommand: number | undefined;
  readonly schib: number | undefined;
  readonly crw: number | undefined;
}

/** How `takeDevice` found the device. */
export interface TakenDevice {
  readonly regions: DeviceRegions;
  /** what QEMU prints about an interrupt that it can do without */
  readonly warnings: readonly string[];
}

const regionSubtypes = [
  { name: 'async command', key: 'asyncCommand', subtype: CcwRegionType.asyncCommand, length: AsyncRegion.length },
  { name: 'SCHIB', key: 'schib', subtype: CcwRegionType.schib, length: SCHIB_REGION_LENGTH },
  { name: 'CRW', key: 'crw', subtype: CcwRegionType.crw, length: CrwRegion.length },
] as const;

function refuse(reason: string): never {
  throw new CcwspecError('E-GUEST-DEVICE', `the guest cannot take the vfio-ccw device: ${reason}`);
}

/**
 * Finds the regions, checks their sizes (QVF-017) and arms the interrupts: I/O is required, CRW is required if there is a
 * CRW region, the request is not.
 * @throws CcwspecError E-GUEST-DEVICE with the step that failed
 */
export async function takeDevice(vfio: VfioPort): Promise<TakenDevice> {
  const info = await vfio.info();
  if (typeof info === 'number') refuse(`VFIO_DEVICE_GET_INFO gives ${describeResult(info)}`);
  if ((info.flags & DeviceInfoFlag.ccw) === 0)
    refuse(`its flags ${info.flags.toString(16)} do not say that it is a channel device`);
  if (info.regions < 1) refuse('it has no region');
  const io = await vfio.regionInfo(0);
  if (typeof io === 'number') refuse(`the I/O region's info gives ${describeResult(io)}`);
  if (io.size !== IoRegion.length) refuse(`the I/O region has ${io.size} bytes, expected ${IoRegion.length}`);
  const offsets: Partial<Record<'asyncCommand' | 'schib' | 'crw', number>> = {};
  for (const { name, key, subtype, length } of regionSubtypes) {
    const region = await findRegion(vfio, info.regions, subtype);
    if (region === undefined) continue;
    if (region.size !== length) refuse(`the ${name} region has ${region.size} bytes, expected ${length}`);
    offsets[key] = region.offset;
  }
  const regions = { io: io.offset, asyncCommand: offsets.asyncCommand, schib: offsets.schib, crw: offsets.crw };
  return { regions, warnings: await armInterrupts(vfio, info.irqs, regions.crw !== undefined) };
}

async function armInterrupts(vfio: VfioPort, irqs: number, hasCrwRegion: boolean): Promise<string[]> {
  const noIo = await armInterrupt(vfio, irqs, CcwIrq.io);
  if (noIo !== undefined) refuse(noIo);
  if (hasCrwRegion) {
    const noCrw = await armInterrupt(vfio, irqs, CcwIrq.crw);
    if (noCrw !== undefined) {
      await disarmInterrupts(vfio);
      refuse(noCrw);
    }
  }
  const noRequest = await armInterrupt(vfio, irqs, CcwIrq.request);
  return noRequest === undefined ? [] : [noRequest];
}

/** Drops the eventfds of all interrupts, as QEMU does before it closes the device. */
export async function disarmInterrupts(vfio: VfioPort): Promise<void> {
  const none = new Uint8Array(4).fill(0xff);
  for (const index of [CcwIrq.request, CcwIrq.crw, CcwIrq.io]) {
    await vfio.setIrqs({ index, flags: IrqSetFlag.dataEventfd | IrqSetFlag.actionTrigger, count: 1, data: none });
  }
}

/** @returns why the interrupt cannot be had, or undefined */
async function armInterrupt(vfio: VfioPort, irqs: number, index: number): Promise<string | undefined> {
  if (irqs <= index) return `interrupt ${index} is not available: the device has ${irqs}`;
  const info = await vfio.irqInfo(index);
  if (typeof info === 'number') return `the info of interrupt ${index} gives ${describeResult(info)}`;
  if (info.count < 1) return `interrupt ${index} has a count of ${info.count}`;
  const armed = await vfio.armIrq(index);
  return armed < 0 ? `setting the eventfd of interrupt ${index} gives ${describeResult(armed)}` : undefined;
}

async function findRegion(
  vfio: VfioPort,
  count: number,
  subtype: number,
): Promise<{ size: number; offset: number } | undefined> {
  for (let index = 0; index < count; index++) {
    const region = await vfio.regionInfo(index);
    if (typeof region !== 'number' && region.type === CcwRegionType.type && region.subtype === subtype) return region;
  }
  return undefined;
}
