import assert from 'node:assert/strict';
import { ChannelSubsystem } from '../../../src/harness/machine/channel-subsystem.js';
import { Scheduler } from '../../../src/harness/machine/scheduler.js';
import { AbsoluteStorage } from '../../../src/harness/machine/storage.js';
import { KernelModel } from '../../../src/harness/passthrough/kernel.js';
import { linux_6_12_117 } from '../../../src/harness/passthrough/profiles/index.js';
import { systemPortOf } from '../../../src/harness/passthrough/system/index.js';
import type { SystemPort } from '../../../src/harness/ports/index.js';
import { Errno, VfioRequest } from '../../../src/harness/uapi/index.js';
import { openVfioDevice, type VfioClient } from '../../../src/harness/vfio/index.js';
import { VirtioLikeDevice } from '../../plugins/vfio-ccw/replay/virtio-like-device.js';

interface Opened {
  readonly port: SystemPort;
  readonly vfio: VfioClient;
  readonly scheduler: Scheduler;
}

async function opened(way: 'group' | 'cdev' = 'group'): Promise<Opened> {
  const scheduler = new Scheduler();
  const storage = new AbsoluteStorage();
  const css = new ChannelSubsystem({ storage, scheduler });
  css.addSubchannel({ number: 0, deviceNumber: 1, device: new VirtioLikeDevice(), paths: [0x40] });
  const parts = { profile: linux_6_12_117, scheduler, storage, instructions: css, subchannel: 0, chpids: [0x40] };
  const kernel = new KernelModel(parts);
  kernel.setUp();
  const port = systemPortOf(kernel.process);
  return { port, scheduler, vfio: await openVfioDevice(port, kernel.places, { way }) };
}

/** Makes `call` in the middle of a write without a function. @returns what was known before the write returned, and in the end */
async function during(
  { vfio, scheduler }: Opened,
  call: () => Promise<number>,
): Promise<{ early: number | undefined; late: number | undefined }> {
  let result: number | undefined;
  let made: Promise<void> | undefined;
  scheduler.onPoint = (point) => {
    if (point !== 'driver:io-region-copied' || made !== undefined) return;
    made = call().then((value) => {
      result = value;
    });
  };
  const writing = vfio.write(0, new Uint8Array(124));
  for (let tick = 0; tick < 10; tick++) await Promise.resolve(); // what need not wait has its result by now
  const early = result;
  assert.equal(await writing, 124);
  scheduler.drain();
  await made;
  return { early, late: result };
}

describe('system calls in the middle of a call of the driver', () => {
  it('wait, where they need the lock that it holds', async () => {
    const host = await opened();
    const { port, vfio } = host;
    const calls: readonly (readonly [string, () => Promise<number>, number])[] = [
      ['pread', () => vfio.read(0, new Uint8Array(124)), 124],
      ['read', () => port.read(vfio.fd, new Uint8Array(4)), 4],
      ['preadv', () => port.preadv(vfio.fd, [new Uint8Array(4), new Uint8Array(4)], 0), 8],
      ['RESET', () => vfio.reset(), 0],
      ['UNMAP_DMA', () => vfio.unmapDma(0, 1 << 20), 0],
      ['close', () => port.close(vfio.fd), 0],
    ];
    for (const [name, call, result] of calls) {
      assert.deepEqual(await during(host, call), { early: undefined, late: result }, name);
    }
  });

  it('do not wait, where they need none', async () => {
    const host = await opened();
    const { port, vfio } = host;
    const calls: readonly (readonly [string, () => Promise<number>, number])[] = [
      ['a write', () => vfio.write(0, new Uint8Array(124)), -Errno.EAGAIN],
      [
        'an ioctl of the device',
        () => port.ioctl(vfio.fd, VfioRequest.deviceFeature, new Uint8Array(8)),
        -Errno.EINVAL,
      ],
      ['a call on another file', () => port.eventfd().then((fd) => port.close(fd)), 0],
    ];
    for (const [name, call, result] of calls) {
      assert.deepEqual(await during(host, call), { early: result, late: result }, name);
    }
    assert.deepEqual(await during(host, () => vfio.mapDma(0x80_0000, 4096)), { early: 0, late: 0 }, 'MAP_DMA');
  });

  it('wait for detaching from an address space', async () => {
    const host = await opened('cdev');
    const detach = new Uint8Array(8);
    detach[3] = 8;
    const call = (): Promise<number> => host.port.ioctl(host.vfio.fd, VfioRequest.deviceDetachIommufdPt, detach);
    assert.deepEqual(await during(host, call), { early: undefined, late: 0 });
    const unmap = (): Promise<number> => host.vfio.unmapDma(0, 1 << 20);
    assert.equal((await during(host, unmap)).late, 0); // nothing is attached to the address space any more
  });
});

describe('the files behind an open device', () => {
  it('are those of its group', async () => {
    const { port, vfio } = await opened();
    assert.ok('group' in vfio.files);
    assert.equal(await port.ioctl(vfio.files.container, VfioRequest.getApiVersion, 0), 0);
    assert.equal(await port.ioctl(vfio.files.group, VfioRequest.groupUnsetContainer, 0), -Errno.EBUSY);
  });

  it('are its iommufd and the address space in it', async () => {
    const { port, vfio } = await opened('cdev');
    assert.ok('ioasId' in vfio.files);
    const destroy = new Uint8Array(8);
    const view = new DataView(destroy.buffer);
    view.setUint32(0, 8);
    view.setUint32(4, vfio.files.ioasId);
    assert.equal(await port.ioctl(vfio.files.iommufd, VfioRequest.iommufdDestroy, destroy), -Errno.EBUSY);
  });
});
