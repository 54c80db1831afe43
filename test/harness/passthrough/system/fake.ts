/** A system model with one subchannel and a driver that notes what it is asked and does nothing by itself. */

import { Scheduler } from '../../../../src/harness/machine/scheduler.js';
import { AbsoluteStorage } from '../../../../src/harness/machine/storage.js';
import type { DmaBackend } from '../../../../src/harness/passthrough/dma.js';
import type {
  CcwDevice,
  CcwDriver,
  DriverBuffer,
  EventfdContext,
  EventfdTable,
} from '../../../../src/harness/passthrough/driver-port.js';
import {
  systemLinux_6_1_176,
  systemLinux_6_12_117,
  type SystemProfile,
} from '../../../../src/harness/passthrough/profiles/system.js';
import {
  addChannelPaths,
  CssBus,
  type Process,
  SystemModel,
} from '../../../../src/harness/passthrough/system/index.js';
import { Errno, VfioRequest } from '../../../../src/harness/uapi/index.js';

export const UUID = '11111111-2222-3333-4444-555555555555';
export const OTHER_UUID = '11111111-2222-3333-4444-666666666666';
export const SUBCHANNEL = '0.0.0000';
export const FOLDER = `/sys/bus/css/devices/${SUBCHANNEL}`;
export const TYPE = `${FOLDER}/mdev_supported_types/vfio_ccw-io`;
export const MDEV = `/sys/bus/mdev/devices/${UUID}`;
export const profiles = { '6.12.117': systemLinux_6_12_117, '6.1.176': systemLinux_6_1_176 } as const;

export class FakeDevice implements CcwDevice {
  dma: DmaBackend | undefined;
  readonly calls: string[] = [];
  openResult = 0;
  /** what unmapped() unpins: byte addresses with page counts */
  pinned: { iova: number; count: number }[] = [];
  readonly eventfds: EventfdContext[] = [];
  readonly frames = new Float64Array(64);

  open(dma: DmaBackend): number {
    this.calls.push('open');
    if (this.openResult === 0) this.dma = dma;
    return this.openResult;
  }

  close(): void {
    this.calls.push('close');
    this.unpinAll();
  }

  read(into: DriverBuffer, length: number, offset: number): number {
    if (into === undefined) return -Errno.EFAULT;
    into.fill(offset & 0xff);
    return length;
  }

  write(from: DriverBuffer, length: number, offset: number): number {
    if (from === undefined) return -Errno.EFAULT;
    this.calls.push(`write ${length} at ${offset}`);
    return length;
  }

  ioctl(request: number, argument: DriverBuffer, eventfds: EventfdTable): number {
    if (request === VfioRequest.deviceReset) return 0;
    if (request !== VfioRequest.deviceSetIrqs || argument === undefined) return -Errno.ENOTTY;
    const fd = new DataView(argument.buffer, argument.byteOffset).getInt32(20);
    if (fd === -1) {
      for (const context of this.eventfds.splice(0)) context.put();
      return 0;
    }
    const context = eventfds.get(fd);
    if (typeof context === 'number') return context;
    this.eventfds.push(context);
    return 0;
  }

  request(count: number): void {
    this.calls.push(`request ${count}`);
    for (const context of this.eventfds) context.signal();
  }

  unmapped(iova: number, length: number): void {
    this.calls.push(`unmapped ${iova.toString(16)} ${length.toString(16)}`);
    this.unpinAll();
  }

  destroy(): void {
    this.calls.push('destroy');
  }

  pin(iova: number, count = 1): number {
    const result = this.dma?.pinPages(iova, count, this.frames, 0) ?? -Errno.EINVAL;
    if (result > 0) this.pinned.push({ iova, count: result });
    return result;
  }

  unpinAll(): void {
    for (const { iova, count } of this.pinned.splice(0)) this.dma?.unpinPages(iova, count);
  }

  /** Reads one byte as the translation would. @returns the byte, or a negative errno */
  fetch(iova: number): number {
    const byte = new Uint8Array(1);
    const result = this.dma?.read(iova, byte, 0, 1) ?? -Errno.EINVAL;
    return result < 0 ? result : (byte[0] ?? 0);
  }
}

export class FakeDriver implements CcwDriver {
  probeResult = 0;
  readonly calls: string[] = [];
  device = new FakeDevice();

  probe(): number {
    this.calls.push('probe');
    return this.probeResult;
  }

  remove(): void {
    this.calls.push('remove');
  }

  createDevice(): CcwDevice {
    this.device = new FakeDevice();
    return this.device;
  }

  shutdown(): void {
    this.calls.push('shutdown');
  }
}

export interface Fake {
  readonly system: SystemModel;
  readonly scheduler: Scheduler;
  readonly storage: AbsoluteStorage;
  readonly process: Process;
  readonly driver: FakeDriver;
  readonly bus: CssBus;
  readonly paths: Map<number, boolean>;
}

/** The subchannel is bound to io_subchannel. */
export function freshSystem(profile: SystemProfile = systemLinux_6_12_117): Fake {
  const scheduler = new Scheduler();
  const storage = new AbsoluteStorage(1 << 16, 1 << 20);
  const system = new SystemModel({ profile, scheduler, storage });
  const driver = new FakeDriver();
  const bus = new CssBus(system, {
    busId: SUBCHANNEL,
    type: 0,
    ioSubchannel: { probe: () => 0, remove: () => undefined },
    vfioCcw: driver,
    chpids: () => [0x40, 0x41],
    masks: () => [0xc0, 0x80, 0xff],
    deviceNumber: () => 1,
  });
  const paths = new Map([
    [0x40, true],
    [0x41, true],
  ]);
  addChannelPaths(system, {
    chpids: [0x40, 0x41],
    online: (chpid) => paths.get(chpid) ?? false,
    vary: (chpid, online) => {
      paths.set(chpid, online);
    },
    configured: () => 1,
    configure: () => undefined,
  });
  return { system, scheduler, storage, process: system.spawn(), driver, bus, paths };
}

/** The mdev is made; nothing is open. */
export function withMdev(profile: SystemProfile = systemLinux_6_12_117): Fake {
  const fake = freshSystem(profile);
  const { process } = fake;
  process.writeAttribute(`${FOLDER}/driver_override`, 'vfio_ccw\n');
  process.writeAttribute(`${FOLDER}/driver/unbind`, SUBCHANNEL);
  process.writeAttribute('/sys/bus/css/drivers_probe', SUBCHANNEL);
  process.writeAttribute(`${TYPE}/create`, UUID);
  return fake;
}
