import assert from 'node:assert/strict';
import { ChannelSubsystem } from '../../../src/harness/machine/channel-subsystem.js';
import { type DeviceModel, type DeviceOperation, Transfer } from '../../../src/harness/machine/device-model.js';
import { Scheduler } from '../../../src/harness/machine/scheduler.js';
import { AbsoluteStorage } from '../../../src/harness/machine/storage.js';
import { KernelModel } from '../../../src/harness/passthrough/kernel.js';
import {
  kernelProfiles,
  linux_6_12_117,
  linux_6_1_176,
  type KernelProfile,
} from '../../../src/harness/passthrough/profiles/index.js';
import { Blocked, systemPortOf } from '../../../src/harness/passthrough/system/index.js';
import type { SystemPort, VfioOpenOptions } from '../../../src/harness/ports/index.js';
import { CcwIrq, Errno, IoRegion, regionOffset, RegionIndex, VfioRequest } from '../../../src/harness/uapi/index.js';
import { openVfioDevice, type VfioClient } from '../../../src/harness/vfio/index.js';

const CHPID = 0x40;
const SENSE_ID = Uint8Array.of(0xff, 0x38, 0x32, 0x02);
const { EACCES, EBUSY, EFAULT, EINVAL, EIO, ENODEV, ENOENT, EPERM } = Errno;

/** Accepts every command at once; sense ID has four bytes. */
class PlainDevice implements DeviceModel {
  readonly name = 'plain';

  attach(): void {
    // has nothing to say by itself
  }

  detach(): void {
    // has no state
  }

  select(operation: DeviceOperation): void {
    if (operation.command !== 0xe4) {
      operation.initialStatus = 0x0c;
      return;
    }
    operation.initialStatus = 0;
    operation.transfer = Transfer.input;
    operation.data = SENSE_ID;
    operation.length = SENSE_ID.length;
  }

  end(operation: DeviceOperation): void {
    operation.endingStatus = 0x0c;
  }

  halt(): number {
    return 0;
  }

  selectiveReset(): void {
    // has no state
  }

  systemReset(): void {
    // has no state
  }

  takeSense(): number {
    return 0;
  }
}

interface Host {
  readonly kernel: KernelModel;
  readonly css: ChannelSubsystem;
  readonly port: SystemPort;
}

function host(profile: KernelProfile = linux_6_12_117): Host {
  const scheduler = new Scheduler();
  const storage = new AbsoluteStorage();
  const css = new ChannelSubsystem({ storage, scheduler });
  css.addSubchannel({ number: 0, deviceNumber: 1, device: new PlainDevice(), paths: [CHPID] });
  const kernel = new KernelModel({
    profile,
    scheduler,
    storage,
    instructions: css,
    subchannel: 0,
    chpids: [CHPID],
  });
  return { kernel, css, port: systemPortOf(kernel.process) };
}

async function opened(profile?: KernelProfile, options?: VfioOpenOptions): Promise<Host & { vfio: VfioClient }> {
  const made = host(profile);
  made.kernel.setUp();
  return { ...made, vfio: await openVfioDevice(made.port, made.kernel.places, options) };
}

/** An I/O region that starts the program at `cpa`. */
function start(cpa: number, suspend = false): Uint8Array {
  const region = new Uint8Array(IoRegion.length);
  const view = new DataView(region.buffer);
  view.setUint32(IoRegion.orb + 4, suspend ? 0x08c0_8000 : 0x00c0_8000);
  view.setUint32(IoRegion.orb + 8, cpa);
  view.setUint32(IoRegion.scsw, 0x4000);
  return region;
}

/** Stores one CCW of format 1 at `at`. */
async function ccw(
  vfio: VfioClient,
  at: number,
  command: number,
  flags: number,
  count: number,
  data: number,
): Promise<void> {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (command << 24) | (flags << 16) | count);
  view.setUint32(4, data);
  await vfio.memory.write(at, bytes);
}

const lockedKilobytes = async (port: SystemPort): Promise<string> =>
  /VmLck:\s+(\d+) kB/.exec(String(await port.readAttribute('/proc/self/status')))?.[1] ?? '';

describe('a host kernel', () => {
  it('begins with its subchannel bound to io_subchannel, and gives it back so', async () => {
    const { kernel, port } = host();
    const folder = '/sys/bus/css/devices/0.0.0000';
    assert.equal(kernel.bus.bound, 'io_subchannel');
    assert.equal(await port.readAttribute(`${folder}/chpids`), '40 00 00 00 00 00 00 00 \n');
    assert.equal(await port.readAttribute(`${folder}/pimpampom`), '80 80 ff\n');
    assert.equal(await port.readAttribute(`${folder}/dev_busid`), '0.0.0001\n');
    kernel.setUp();
    assert.equal(kernel.bus.bound, 'vfio_ccw');
    assert.deepEqual(await port.list('/sys/bus/mdev/devices'), [kernel.places.uuid]);
    kernel.tearDown();
    assert.equal(kernel.bus.bound, 'io_subchannel');
    assert.deepEqual(kernel.ledger(), []);
  });

  for (const profile of kernelProfiles) {
    it(`runs programs on ${profile.name}, and has nothing left after close`, async () => {
      const { kernel, vfio } = await opened(profile);
      await ccw(vfio, 0x1000, 0xe4, 0x20, 64, 0x2ffc);
      assert.equal(await vfio.write(0, start(0x1000)), 124);
      assert.equal(await vfio.waitIrq(CcwIrq.io, 100), 1);
      const data = new Uint8Array(6);
      assert.deepEqual(
        kernel.ledger().filter(({ kind }) => kind === 'eventfd').length,
        3,
        'each eventfd of the driver is listed once',
      );
      await vfio.memory.read(0x2ffb, data);
      assert.deepEqual([...data], [0, ...SENSE_ID, 0]);
      await vfio.close();
      assert.deepEqual(kernel.ledger(), []);
      assert.equal(kernel.host.storage.pinned, 0);
    });
  }

  it('decodes what the driver says of itself', async () => {
    const { vfio } = await opened();
    assert.deepEqual(await vfio.info(), { flags: 0x11, regions: 4, irqs: 3 });
    assert.deepEqual(await vfio.regionInfo(0), { flags: 3, size: 124, offset: 0 });
    assert.deepEqual(await vfio.regionInfo(3), { flags: 9, size: 8, offset: 0xc00, type: 2, subtype: 3 });
    assert.equal(await vfio.regionInfo(4), -EINVAL);
    assert.deepEqual(await vfio.irqInfo(2), { flags: 1, count: 1 });
  });

  it('refuses a subchannel that does not exist', () => {
    const { kernel } = host();
    kernel.process.writeAttribute('/sys/bus/css/devices/0.0.0000/driver/unbind', '0.0.0000');
    assert.throws(() => {
      kernel.setUp();
    }, /driver\/unbind: -2 \(ENOENT\)/);
  });
});

describe('transcript: what the memory behind the device decides', () => {
  const senseId = async (vfio: VfioClient, data: number, cpa = 0x1000): Promise<number> => {
    await ccw(vfio, cpa, 0xe4, 0x20, 4, data);
    const result = await vfio.write(0, start(cpa));
    if (result > 0) assert.equal(await vfio.waitIrq(CcwIrq.io, 100), 1);
    return result;
  };

  const ways: readonly [string, VfioOpenOptions, number][] = [
    ['group', { way: 'group' }, -EINVAL],
    ['cdev', { way: 'cdev' }, -ENOENT],
  ];
  for (const [name, options, unmapped] of ways) {
    it(`${name}: unmapped and protected memory`, async () => {
      const { vfio } = await opened(linux_6_12_117, options);
      await vfio.mapDma(0x400000, 0x1000, 'read');
      await vfio.mapDma(0x500000, 0x1000, 'write');
      assert.equal(await vfio.write(0, start(0x800000)), unmapped, 'CPA unmapped');
      assert.equal(await senseId(vfio, 0x800000), unmapped, 'senseid unmapped');
      assert.equal(await senseId(vfio, 0x400000), -EPERM, 'senseid RO');
      await ccw(vfio, 0x400000, 3, 0, 1, 0);
      assert.equal(await vfio.write(0, start(0x400000)), 124, 'CPA RO');
      await vfio.waitIrq(CcwIrq.io, 100);
      assert.equal(await vfio.write(0, start(0x500000)), -EPERM, 'CPA WO');
    });
  }

  it('group, 6.1: a CCW in memory for reading only is refused, since it is fetched by pinning', async () => {
    const { vfio } = await opened(linux_6_1_176);
    await vfio.mapDma(0x400000, 0x1000, 'read');
    assert.equal(await vfio.write(0, start(0x400000)), -EPERM);
  });

  for (const [profile, nop] of [
    [linux_6_12_117, 124],
    [linux_6_1_176, -EACCES],
  ] as const) {
    it(`v1 container, ${profile.name}: sense ID is refused; NOP gives ${nop}`, async () => {
      const { vfio } = await opened(profile, { iommu: 'type1' });
      assert.equal(await senseId(vfio, 0x2000), -EACCES);
      await ccw(vfio, 0x1000, 3, 0, 1, 0);
      assert.equal(await vfio.write(0, start(0x1000)), nop);
    });

    it(`START from child mm, ${profile.name}`, async () => {
      const { port, vfio } = await opened(profile);
      await ccw(vfio, 0x1000, 3, 0, 1, 0);
      const child = await port.fork();
      assert.equal(await child.pwrite(vfio.fd, start(0x1000), 0), profile === linux_6_12_117 ? -EFAULT : 124);
    });
  }

  for (const [way, a, b] of [
    ['group', [0, 0], [0xff, 0x38]],
    ['cdev', [0xff, 0x38], [0, 0]],
  ] as const) {
    it(`${way}: sense ID at the end of A, with B behind it (TRN-058)`, async () => {
      const { port, vfio } = await opened(linux_6_12_117, { way });
      await vfio.mapDma(0x100000, 0x100000);
      await vfio.mapDma(0x400000, 0x1000, 'read');
      assert.equal(await senseId(vfio, 0xff800), 124);
      const inA = new Uint8Array(2);
      const beforeB = new Uint8Array(2);
      await vfio.memory.read(0xff800, inA);
      await port.memory.read((vfio.addressOf(0x100000) ?? 0) - 0x800, beforeB);
      assert.deepEqual([...inA], a);
      assert.deepEqual([...beforeB], b);
    });
  }
});

describe('transcript: what happens while a program is pending', () => {
  /** A suspended program with a page pinned for its second CCW. */
  async function pending(
    profile?: KernelProfile,
    options?: VfioOpenOptions,
  ): Promise<Awaited<ReturnType<typeof opened>>> {
    const made = await opened(profile, options);
    await ccw(made.vfio, 0x1200, 0xe4, 0x22, 4, 0x2000);
    assert.equal(await made.vfio.write(0, start(0x1200, true)), 124, 'START suspended');
    return made;
  }

  it('keeps a page locked, and does not care about an unmap elsewhere', async () => {
    const { port, vfio } = await pending();
    await vfio.mapDma(0x400000, 0x1000, 'read');
    assert.equal(await lockedKilobytes(port), '4');
    assert.equal(await vfio.unmapDma(0x400000, 0x1000), 0);
    assert.equal(await lockedKilobytes(port), '4');
  });

  it('is reset by an unmap of the page: nothing stays locked, the next START runs', async () => {
    const { port, vfio, kernel } = await pending();
    assert.equal(await vfio.unmapDma(0, 1 << 20), 0);
    assert.equal(await lockedKilobytes(port), '0');
    assert.equal(kernel.driver.stateName, 'IDLE');
    await vfio.mapDma(0, 1 << 20);
    await ccw(vfio, 0x1000, 3, 0, 1, 0);
    assert.equal(await vfio.write(0, start(0x1000)), 124);
  });

  it('is reset by a detach from the I/O address space', async () => {
    const { kernel, vfio, port } = await pending(linux_6_12_117, { way: 'cdev' });
    const detach = new Uint8Array(8);
    detach[3] = 8;
    assert.equal(await port.ioctl(vfio.fd, VfioRequest.deviceDetachIommufdPt, detach), 0, 'DETACH while pending');
    assert.equal(kernel.host.storage.pinned, 0);
    assert.equal(await vfio.write(0, start(0x1200)), -ENOENT, 'START after DETACH');
    await vfio.close();
    assert.deepEqual(kernel.ledger(), []);
  });

  for (const profile of kernelProfiles) {
    it(`loses its device (NOTOPER), ${profile.name}`, async () => {
      const { css, kernel, port, vfio } = await pending(profile);
      await vfio.waitIrq(CcwIrq.io, 1);
      css.unplug(0);
      assert.equal(await vfio.waitIrq(CcwIrq.request, 100), 1, 'REQ signals');
      assert.equal(await vfio.waitIrq(CcwIrq.io, 100), 0, 'I/O ev');
      assert.equal(await vfio.write(0, start(0x1000)), -EIO, 'START');
      assert.equal(
        await vfio.write(regionOffset(RegionIndex.asyncCommand), Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0)),
        -EIO,
        'HSCH',
      );
      assert.equal(await vfio.read(regionOffset(RegionIndex.schib), new Uint8Array(52)), -ENODEV, 'SCHIB');
      assert.equal(await vfio.reset(), -EINVAL, 'RESET');
      assert.equal(await vfio.read(0, new Uint8Array(124)), 124, 'region read');
      const crw = new Uint8Array(8);
      assert.equal(await vfio.read(regionOffset(RegionIndex.crw), crw), 8, 'CRW');
      assert.deepEqual(crw, new Uint8Array(8));
      assert.equal(await lockedKilobytes(port), '0', 'pinned');
      assert.deepEqual(await vfio.info(), { flags: 0x11, regions: 4, irqs: 3 });
      const group = kernel.process.openFiles().find(({ file }) => file.what === '/dev/vfio/0')?.fd ?? -1;
      const second = await port.ioctl(group, VfioRequest.groupGetDeviceFd, kernel.places.uuid);
      if (profile === linux_6_12_117) assert.equal(second, -ENODEV, 'second GET_DEVICE_FD');
      else assert.ok(second > 0, 'second GET_DEVICE_FD');
      await port.close(second);
      await vfio.close();
      assert.deepEqual(await port.list('/sys/bus/css/devices'), []);
      assert.deepEqual(await port.list('/dev/vfio'), profile.system.iommufd ? ['devices', 'vfio'] : ['vfio']);
      assert.deepEqual(kernel.ledger(), []);
    });
  }
});

describe('transcript: removing the mdev in use', () => {
  it('asks twice in 12 seconds, lets programs run, and returns after the close', async () => {
    const { kernel, port, vfio } = await opened();
    const remover = kernel.process.fork();
    for (const { fd } of remover.openFiles()) remover.close(fd);
    const removal = remover.writeAttribute(`/sys/bus/mdev/devices/${kernel.places.uuid}/remove`, '1');
    assert.ok(removal instanceof Blocked);
    assert.deepEqual(await port.waitEventfds([], 12_000), []);
    assert.equal(await vfio.waitIrq(CcwIrq.request, 0), 2, 'REQ signals in 12 s');
    await ccw(vfio, 0x1000, 3, 0, 1, 0);
    assert.equal(await vfio.write(0, start(0x1000)), 124, 'START while removal blocked');
    assert.equal(await vfio.waitIrq(CcwIrq.io, 100), 1);
    assert.equal(removal.result, undefined, 'remover waiting');
    await vfio.close();
    assert.equal(removal.result, 1, 'mdev remove returned');
    assert.equal(await port.open(kernel.places.group), -ENOENT);
    kernel.process.writeAttribute(
      '/sys/bus/css/devices/0.0.0000/mdev_supported_types/vfio_ccw-io/create',
      kernel.places.uuid,
    );
    const again = await openVfioDevice(port, kernel.places);
    assert.equal(await again.read(0, new Uint8Array(124)), 124);
  });

  it('is busy for a second opener', async () => {
    const { port, kernel } = await opened();
    await assert.rejects(openVfioDevice(port, kernel.places), { step: 'open of /dev/vfio/0', result: -EBUSY });
  });
});

describe('channel paths of a host kernel', () => {
  it('are varied through sysfs, and the subchannel follows also before it is passed through', async () => {
    const { kernel, port } = host();
    const status = '/sys/devices/css0/chp0.40/status';
    assert.equal(await port.readAttribute(status), 'online\n');
    assert.equal(await port.writeAttribute(status, 'offline'), 7);
    assert.equal(await port.readAttribute(status), 'offline\n');
    assert.equal(kernel.subchannel.lpm, 0);
    kernel.setUp();
    assert.equal(kernel.subchannel.lpm, 0);
    await port.writeAttribute(status, 'online');
    assert.equal(kernel.subchannel.lpm, 0x80, 'the driver takes path events as soon as there is an mdev');
  });
});
