import assert from 'node:assert/strict';
import type { DevicePlaces, SystemPort } from '../../../src/harness/ports/index.js';
import { systemPortOf } from '../../../src/harness/passthrough/system/index.js';
import {
  decodeRegionInfo,
  encodeFd,
  encodeRegionInfo,
  Errno,
  IrqSetFlag,
  RegionInfo,
  VfioRequest,
} from '../../../src/harness/uapi/index.js';
import { GUARD, openVfioDevice, VfioOpenError } from '../../../src/harness/vfio/index.js';
import { type Fake, profiles, SUBCHANNEL, UUID, withMdev } from '../passthrough/system/fake.js';

const places: DevicePlaces = {
  subchannel: SUBCHANNEL,
  uuid: UUID,
  group: '/dev/vfio/0',
  cdev: '/dev/vfio/devices/vfio0',
};
const MEGABYTE = 1 << 20;

/** A port that counts its calls, to see what an operation of the client costs. */
function counted(system: SystemPort): { port: SystemPort; calls: string[] } {
  const calls: string[] = [];
  const port = new Proxy(system, {
    get(target, name: keyof SystemPort) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...rest: unknown[]) => {
        calls.push(name);
        return (member as (...given: unknown[]) => unknown).apply(target, rest);
      };
    },
  });
  return { port, calls };
}

function session(): Fake & { port: SystemPort } {
  const fake = withMdev();
  return { ...fake, port: systemPortOf(fake.process) };
}

for (const way of ['group', 'cdev'] as const) {
  describe(`the VFIO client through the ${way}`, () => {
    it('opens, maps 1 MiB at 0 and arms three interrupts; closing gives everything back', async () => {
      const { system, driver, port, storage } = session();
      const client = await openVfioDevice(port, places, { way });
      assert.deepEqual(driver.device.calls, ['open']);
      assert.equal(driver.device.eventfds.length, 3);
      await client.memory.write(MEGABYTE - 4, Uint8Array.of(1, 2, 3, 4));
      assert.equal(driver.device.fetch(MEGABYTE - 1), 4);
      assert.ok(driver.device.fetch(MEGABYTE) < 0);
      driver.device.pin(0);
      await client.close();
      assert.deepEqual(system.ledger(), []);
      assert.equal(storage.pinned, 0);
      await client.close();
    });

    it('maps and unmaps more memory, with the access asked for', async () => {
      const { driver, port } = session();
      const client = await openVfioDevice(port, places, { way, memory: 0 });
      assert.equal(await client.mapDma(0x10000, 0x2000, 'read'), 0);
      assert.equal(await client.mapDma(0x20000, 0x1000, 'write'), 0);
      assert.equal(driver.device.fetch(0x10000), 0);
      assert.equal(driver.device.pin(0x10000), -Errno.EPERM);
      assert.equal(driver.device.fetch(0x20000), -Errno.EPERM);
      assert.equal(await client.mapDma(0x11000, 0x1000), -Errno.EEXIST);
      assert.equal(await client.unmapDma(0x10000, 0x2000), 0);
      await assert.rejects(client.memory.read(0x10000, new Uint8Array(1)), RangeError);
    });
  });
}

describe('the VFIO client', () => {
  it('reads and writes guest memory over adjacent mappings, with and without promises', async () => {
    const { port } = session();
    const client = await openVfioDevice(port, places, { memory: 0x1000 });
    await client.mapDma(0x1000, 0x1000);
    await client.memory.write(0xffe, Uint8Array.of(1, 2, 3, 4));
    const bytes = new Uint8Array(4);
    client.memory.readSync?.(0xffe, bytes);
    assert.deepEqual([...bytes], [1, 2, 3, 4]);
    client.memory.writeSync?.(0x1000, Uint8Array.of(9));
    await client.memory.read(0xffe, bytes);
    assert.deepEqual([...bytes], [1, 2, 9, 4]);
    assert.throws(() => client.memory.readSync?.(0x1ffe, bytes), RangeError);
    await assert.rejects(client.memory.write(0x1ffe, bytes), RangeError);
  });

  it('keeps a guard page in front of each buffer, where a stray access is seen (TRN-058)', async () => {
    const { port, driver, storage } = session();
    const client = await openVfioDevice(port, places, { memory: MEGABYTE });
    await client.mapDma(4 * MEGABYTE, 0x1000, 'read');
    await client.mapDma(MEGABYTE, MEGABYTE);
    assert.equal(driver.device.pin(0xff800), 1, 'nothing of the process lies below the last buffer');
    const frame = (driver.device.frames[0] ?? 0) - 0x2_0000_0000;
    storage.high[frame + 0x800] = 0xee;
    const stray = new Uint8Array(1);
    assert.equal(await port.memory.read((client.addressOf(MEGABYTE) ?? 0) - 0x800, stray), 0);
    assert.equal(stray[0], 0xee);
    await client.memory.read(0xff800, stray);
    assert.equal(stray[0], 0);
    assert.equal(GUARD, 4096);
    assert.equal(client.addressOf(8 * MEGABYTE), undefined);
  });

  it('costs one call for a read, a write, and a wait', async () => {
    const { port: plain } = session();
    const { port, calls } = counted(plain);
    const client = await openVfioDevice(port, places);
    calls.length = 0;
    assert.equal(await client.write(0, new Uint8Array(124)), 124);
    assert.equal(await client.waitIrq(0, 0), 0);
    assert.equal(await client.read(0x400, new Uint8Array(8)), 8);
    assert.deepEqual(calls, ['pwrite', 'waitEventfds', 'pread']);
  });

  it('waits for the signals of armed interrupts', async () => {
    const { port, driver } = session();
    const client = await openVfioDevice(port, places, { irqs: [0, 2] });
    driver.device.eventfds[1]?.signal();
    assert.equal(await client.waitIrq(0, 1), 0);
    assert.equal(await client.waitIrq(1, 1), 0, 'not armed');
    driver.device.eventfds[1]?.signal();
    assert.deepEqual(await client.waitAnyIrq([1, 2, 0], 0), [0, 2, 0]);
    assert.equal(await client.waitIrq(2, 1), 0, 'the counts are taken');
  });

  it('drops the eventfd that it registered before', async () => {
    const { port, process } = session();
    const client = await openVfioDevice(port, places, { irqs: [0] });
    const before = process.openFiles().length;
    assert.equal(await client.armIrq(0), 0);
    assert.equal(process.openFiles().length, before);
  });

  it('passes what the driver answers', async () => {
    const { port } = session();
    const client = await openVfioDevice(port, places);
    assert.equal(await client.info(), -Errno.ENOTTY);
    assert.equal(await client.regionInfo(0), -Errno.ENOTTY);
    assert.equal(await client.irqInfo(0), -Errno.ENOTTY);
    assert.equal(await client.reset(), 0);
    const data = encodeFd(99);
    assert.equal(await client.setIrqs({ index: 0, flags: IrqSetFlag.dataEventfd, data }), -Errno.EBADF);
  });
});

describe('an opening that is refused', () => {
  const steps: readonly [string, (fake: Fake) => Promise<void> | void, 'group' | 'cdev', RegExp, number][] = [
    [
      'by a group in use',
      ({ process }) => void process.open('/dev/vfio/0'),
      'group',
      /open of \/dev\/vfio\/0/,
      -Errno.EBUSY,
    ],
    [
      'by the driver',
      ({ driver }) => {
        driver.device.openResult = -Errno.EINVAL;
      },
      'group',
      /GET_DEVICE_FD/,
      -Errno.EINVAL,
    ],
    [
      'by a bound device',
      async ({ process }) => {
        await openVfioDevice(systemPortOf(process), places, { way: 'cdev' });
      },
      'cdev',
      /BIND_IOMMUFD/,
      -Errno.EINVAL,
    ],
  ];
  for (const [what, prepare, way, step, result] of steps) {
    it(`${what} names the step, and leaves nothing open`, async () => {
      const fake = withMdev();
      await prepare(fake);
      const before = fake.system.ledger();
      await assert.rejects(openVfioDevice(systemPortOf(fake.process), places, { way }), (error) => {
        assert.ok(error instanceof VfioOpenError);
        assert.match(error.step, step);
        assert.equal(error.result, result);
        assert.equal(error.code, 'E-VFIO-OPEN');
        return true;
      });
      assert.deepEqual(fake.system.ledger(), before);
    });
  }

  it('has no character device on 6.1', async () => {
    const fake = withMdev(profiles['6.1.176']);
    const open = openVfioDevice(systemPortOf(fake.process), places, { way: 'cdev' });
    await assert.rejects(open, { step: 'open of /dev/iommu', result: -Errno.ENOENT });
  });

  it('by the memory closes the device again', async () => {
    const fake = withMdev();
    const open = openVfioDevice(systemPortOf(fake.process), places, { memory: 2 ** 40 });
    await assert.rejects(open, { result: -Errno.ENOMEM });
    assert.deepEqual(fake.driver.device.calls, ['open', 'close']);
    assert.deepEqual(fake.system.ledger(), []);
  });
});

describe('region info', () => {
  const answer = (): { bytes: Uint8Array; view: DataView } => {
    const bytes = encodeRegionInfo(1, 64);
    const view = new DataView(bytes.buffer);
    view.setUint32(RegionInfo.flags, 0xb);
    view.setUint32(RegionInfo.capOffset, 32);
    view.setUint32(RegionInfo.size + 4, 8);
    view.setUint32(RegionInfo.offset + 4, 0x400);
    return { bytes, view };
  };

  it('is found behind other capabilities', () => {
    const { bytes, view } = answer();
    view.setUint16(32, 7);
    view.setUint32(36, 48);
    view.setUint16(48, 2);
    view.setUint32(56, 2);
    view.setUint32(60, 3);
    assert.deepEqual(decodeRegionInfo(bytes), { flags: 0xb, size: 8, offset: 0x400, type: 2, subtype: 3 });
  });

  it('is without a type where the chain ends, loops or leaves the structure', () => {
    for (const next of [0, 32, 100]) {
      const { bytes, view } = answer();
      view.setUint16(32, 7);
      view.setUint32(36, next);
      assert.deepEqual(decodeRegionInfo(bytes), { flags: 0xb, size: 8, offset: 0x400 });
    }
  });

  it('is what GET_REGION_INFO is called with', () => {
    const bytes = encodeRegionInfo(3);
    assert.equal(bytes.length, 48);
    assert.equal(new DataView(bytes.buffer).getUint32(RegionInfo.index), 3);
    assert.equal(VfioRequest.deviceGetRegionInfo, 0x3b6c);
  });
});
