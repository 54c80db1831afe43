/** A host kernel with one subchannel, the driver, and an open device with 1 MiB of guest storage. */

import assert from 'node:assert/strict';
import {
  encodeCcw,
  encodeOrb,
  makeOrb,
  ScswBit,
  viewOf,
  type Ccw,
  type Orb,
} from '../../../../../src/harness/arch/index.js';
import { Scheduler } from '../../../../../src/harness/machine/scheduler.js';
import { AbsoluteStorage } from '../../../../../src/harness/machine/storage.js';
import {
  CommonIo,
  HostKernel,
  PassthroughDevice,
  PassthroughDriver,
  WORKER_LATENCY,
  type HostSubchannel,
} from '../../../../../src/harness/passthrough/driver/index.js';
import type { EventfdContext, EventfdTable } from '../../../../../src/harness/passthrough/driver-port.js';
import { linux_6_12_117, type DriverProfile } from '../../../../../src/harness/passthrough/profiles/index.js';
import { IoRegion, regionOffset, VfioRequest } from '../../../../../src/harness/uapi/index.js';
import { FakeSubchannel } from './fake-subchannel.js';
import { GuestStorage } from './guest-storage.js';

/** An eventfd whose count the test looks at. */
export class FakeEventfd implements EventfdContext {
  count = 0;
  puts = 0;

  signal(): void {
    this.count++;
  }

  put(): void {
    this.puts++;
  }
}

/** A CCW of format 1 with the usual things left out. */
export function ccw(command: number, address: number, count = 1, flags = 0): Ccw {
  return { command, address, count, flags };
}

export function encodeCcws(ccws: readonly Ccw[], format: 0 | 1 = 1): Uint8Array {
  const bytes = new Uint8Array(ccws.length * 8);
  ccws.forEach((one, index) => {
    encodeCcw(viewOf(bytes), index * 8, one, format);
  });
  return bytes;
}

/** 124 bytes of the I/O region: an ORB, and an SCSW with `functions`. */
export function ioRequest(orb: Orb, functions: number = ScswBit.startFunction): Uint8Array {
  const bytes = new Uint8Array(IoRegion.length);
  encodeOrb(viewOf(bytes), IoRegion.orb, orb);
  viewOf(bytes).setUint32(IoRegion.scsw, functions);
  return bytes;
}

export const PRIMARY = ScswBit.primaryStatus | ScswBit.statusPending;
export const ENDED = PRIMARY | ScswBit.secondaryStatus | ScswBit.startFunction;

export class Rig {
  readonly scheduler = new Scheduler();
  readonly storage = new AbsoluteStorage(256 << 10, 4 << 20);
  readonly fake = new FakeSubchannel();
  readonly guest = new GuestStorage(this.storage).map(0, 1 << 20);
  readonly host: HostKernel;
  readonly commonIo: CommonIo;
  readonly subchannel: HostSubchannel;
  readonly driver: PassthroughDriver;
  readonly eventfds = [new FakeEventfd(), new FakeEventfd(), new FakeEventfd()];
  device: PassthroughDevice;

  constructor(readonly profile: DriverProfile = linux_6_12_117.driver) {
    this.host = new HostKernel({
      profile,
      scheduler: this.scheduler,
      storage: this.storage,
      instructions: this.fake,
    });
    this.commonIo = new CommonIo(this.host);
    this.subchannel = this.commonIo.subchannel(0);
    this.driver = new PassthroughDriver(this.subchannel);
    assert.equal(this.driver.probe(), 0);
    this.device = this.create();
  }

  /** With the device open. */
  static open(profile?: DriverProfile): Rig {
    const rig = new Rig(profile);
    assert.equal(rig.device.open(rig.guest), 0);
    return rig;
  }

  create(): PassthroughDevice {
    const device = this.driver.createDevice();
    assert.ok(device instanceof PassthroughDevice);
    return device;
  }

  /** Registers the eventfds, by interrupt index. */
  arm(): this {
    const table: EventfdTable = { get: (fd) => this.eventfds[fd]! };
    for (let index = 0; index < 3; index++) {
      assert.equal(this.device.ioctl(VfioRequest.deviceSetIrqs, irqSet({ index, data: [0, 0, 0, index] }), table), 0);
    }
    return this;
  }

  /** Writes the whole I/O region. */
  start(orb: Partial<Parameters<typeof makeOrb>[0]> & { channelProgramAddress: number }, functions?: number): number {
    return this.write(ioRequest(makeOrb(orb), functions));
  }

  write(bytes: Uint8Array, at = 0): number {
    return this.device.write(bytes, bytes.length, at);
  }

  /** Stores CCWs at 0x1000 and starts them. */
  run(ccws: readonly Ccw[], orb: Partial<Parameters<typeof makeOrb>[0]> = {}): number {
    const address = orb.channelProgramAddress ?? 0x1000;
    this.guest.store(address, encodeCcws(ccws, orb.format));
    return this.start({ ...orb, channelProgramAddress: address });
  }

  async(command: number): number {
    const bytes = new Uint8Array(8);
    viewOf(bytes).setUint32(0, command);
    return this.write(bytes, regionOffset(1));
  }

  read(region: number, length: number, at = 0): Uint8Array | number {
    const bytes = new Uint8Array(length);
    const result = this.device.read(bytes, length, regionOffset(region) + at);
    return result === length ? bytes : result;
  }

  /** The 96 bytes of the IRB area. */
  irb(): Uint8Array {
    const bytes = this.read(0, 96, IoRegion.irb);
    assert.ok(bytes instanceof Uint8Array);
    return bytes;
  }

  /** Runs everything that can run now, and the work that it queues. */
  settle(): void {
    this.scheduler.runTo(this.scheduler.now + WORKER_LATENCY);
  }

  reset(): number {
    return this.device.ioctl(VfioRequest.deviceReset, undefined, { get: () => -9 });
  }

  /** Everything that is taken, as text; a device at rest holds nothing. */
  ledger(): string[] {
    return [
      ...this.storage.liveAllocations().map(({ what }) => what),
      ...this.storage.pinnedFrames().map((frame) => `pin ${frame.toString(16)}`),
      ...this.host.ledger().map(({ kind, what }) => `${kind}: ${what}`),
    ].filter((entry) => !entry.startsWith('eventfd'));
  }

  assertAtRest(): void {
    assert.deepEqual(this.ledger(), []);
    assert.deepEqual(this.host.faults.all, []);
  }
}

/** struct vfio_irq_set; DATA_EVENTFD and ACTION_TRIGGER unless `flags` says otherwise. */
export function irqSet(set: {
  index?: number;
  flags?: number;
  start?: number;
  count?: number;
  data?: readonly number[];
  argsz?: number;
}): Uint8Array {
  const data = set.data ?? [];
  const bytes = new Uint8Array(20 + data.length);
  const view = viewOf(bytes);
  view.setUint32(0, set.argsz ?? bytes.length);
  view.setUint32(4, set.flags ?? 0x24);
  view.setUint32(8, set.index ?? 0);
  view.setUint32(12, set.start ?? 0);
  view.setUint32(16, set.count ?? 1);
  bytes.set(data, 20);
  return bytes;
}
