import assert from 'node:assert/strict';
import { HIGH_BANK } from '../../../../src/harness/machine/storage.js';
import {
  encodeAttachIommufdPt,
  encodeBindIommufd,
  encodeDetachIommufdPt,
  encodeDmaMap,
  encodeFd,
  encodeIoasAlloc,
  encodeIoasUnmap,
  Errno,
  getU64,
  IoasMapFlag,
  IoasUnmap,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import { UUID, withMdev } from './fake.js';
import { Iommufd, MEGABYTE, PAGE, READ_WRITE } from './memory.js';

const { EBADF, EBADFD, EBUSY, EEXIST, EFAULT, EINVAL, ENOENT, ENOMEM, ENOTTY, EOPNOTSUPP, EOVERFLOW, EPERM } = Errno;
const { deviceBindIommufd, deviceAttachIommufdPt, deviceDetachIommufdPt, deviceGetInfo, iommufdDestroy } = VfioRequest;
const READ = IoasMapFlag.fixedIova | IoasMapFlag.readable;
const WRITE = IoasMapFlag.fixedIova | IoasMapFlag.writeable;

describe('the character device, in the order of the transcript', () => {
  it('opens, is nothing before it is bound, and is bound once', () => {
    const { process } = withMdev();
    const fd = process.open('/dev/vfio/devices/vfio0');
    assert.equal(fd, 3, 'cdev open');
    assert.equal(process.read(fd, new Uint8Array(4)), -EINVAL, 'cdev read before bind');
    assert.equal(process.ioctl(fd, deviceGetInfo, new Uint8Array(24)), -EINVAL, 'cdev GET_INFO before bind');
    assert.equal(process.mmap(fd), -EINVAL);
    const iommufd = process.open('/dev/iommu');
    const bind = (target: number, flags = 0, argsz = 16): number =>
      process.ioctl(fd, deviceBindIommufd, encodeBindIommufd(target, flags, argsz));
    assert.equal(bind(iommufd, 1), -EINVAL, 'BIND flags1');
    assert.equal(bind(-1), -EINVAL, 'BIND fd-1');
    assert.equal(bind(iommufd, 0, 15), -EINVAL, 'BIND argsz15');
    assert.equal(bind(77), -EBADF);
    assert.equal(bind(0), -EBADFD);
    const group = process.open('/dev/vfio/0');
    assert.equal(bind(iommufd), -EBUSY, 'BIND while group open');
    process.close(group);
    const argument = encodeBindIommufd(iommufd);
    assert.equal(process.ioctl(fd, deviceBindIommufd, argument), 0, 'BIND');
    assert.equal(new DataView(argument.buffer).getUint32(12), 1, 'device id');
    assert.equal(bind(iommufd), -EINVAL, 'BIND again');
    assert.equal(process.open('/dev/vfio/0'), -EBUSY, 'group open while cdev bound');
    const second = process.open('/dev/vfio/devices/vfio0');
    assert.equal(process.ioctl(second, deviceBindIommufd, encodeBindIommufd(iommufd)), -EINVAL, 'BIND second fd');
    process.close(fd);
    assert.equal(process.open('/dev/vfio/0'), fd, 'the group can be opened when the device is closed');
  });

  it('keeps the iommufd through its device, and gives everything back with it', () => {
    const { fake, device, iommufd, fd } = new Iommufd();
    fake.process.close(iommufd);
    assert.deepEqual(
      fake.system.ledger().map(({ what, takenAt }) => `${what}, ${takenAt}`),
      ['/dev/iommu, kept open by the kernel', `/dev/vfio/devices/vfio0, fd ${fd}`],
    );
    assert.equal(device.fetch(0), -ENOENT);
    fake.process.close(fd);
    assert.deepEqual(device.calls, ['open', 'close', 'unmapped 0 10000000000000000']);
    assert.deepEqual(fake.system.ledger(), []);
  });

  it('takes nothing when the driver refuses to be opened', () => {
    const fake = withMdev();
    fake.driver.device.openResult = -EINVAL;
    const { process } = fake;
    const iommufd = process.open('/dev/iommu');
    const fd = process.open('/dev/vfio/devices/vfio0');
    assert.equal(process.ioctl(fd, deviceBindIommufd, encodeBindIommufd(iommufd)), -EINVAL);
    assert.ok(process.open('/dev/vfio/0') > 0);
  });
});

describe('attaching to an I/O address space', () => {
  it('is needed for memory, and detaching takes it away with what is pinned', () => {
    const cdev = new Iommufd(withMdev(), false);
    const { process } = cdev.fake;
    assert.equal(cdev.device.fetch(0), -ENOENT, 'START without IOAS');
    assert.equal(cdev.device.pin(0), -ENOENT);
    assert.equal(cdev.attach(), 0, 'ATTACH');
    cdev.buffer(0, MEGABYTE);
    assert.equal(cdev.device.fetch(0), 0);
    assert.equal(cdev.device.pin(0x1000), 1);
    const detach = (): number => process.ioctl(cdev.fd, deviceDetachIommufdPt, encodeDetachIommufdPt());
    assert.equal(detach(), 0, 'DETACH while pending');
    assert.equal(cdev.fake.storage.pinned, 0);
    assert.equal(cdev.device.fetch(0), -ENOENT, 'START after DETACH');
    const calls = cdev.device.calls.length;
    assert.equal(detach(), 0, 'DETACH again');
    assert.equal(cdev.device.calls.length, calls, 'nothing was attached');
    assert.equal(cdev.attach(), 0, 'ATTACH');
    assert.equal(cdev.device.fetch(0), 0);
  });

  it('replaces one address space by another', () => {
    const cdev = new Iommufd();
    cdev.buffer(0, PAGE);
    const alloc = encodeIoasAlloc();
    cdev.fake.process.ioctl(cdev.iommufd, VfioRequest.iommufdIoasAlloc, alloc);
    assert.equal(cdev.attach(new DataView(alloc.buffer).getUint32(8)), 0);
    assert.equal(cdev.device.fetch(0), -ENOENT);
    assert.equal(cdev.attach(99), -ENOENT);
    assert.equal(cdev.attach(1), -ENOENT, 'the device is no address space');
  });

  it('refuses malformed requests', () => {
    const { fake, fd } = new Iommufd();
    const attach = encodeAttachIommufdPt(1);
    attach[7] = 1;
    assert.equal(fake.process.ioctl(fd, deviceAttachIommufdPt, attach), -EINVAL);
    assert.equal(fake.process.ioctl(fd, deviceAttachIommufdPt, new Uint8Array(11)), -EFAULT);
    assert.equal(fake.process.ioctl(fd, deviceDetachIommufdPt, new Uint8Array(8)), -EINVAL);
  });

  it('refuses an address space whose areas are not whole pages', () => {
    const cdev = new Iommufd(withMdev(), false);
    assert.equal(cdev.map(0x100, 0x200, 0x300), 0, 'any byte can be mapped without a device');
    assert.equal(cdev.attach(), -Errno.EADDRINUSE);
  });
});

describe('memory through iommufd', () => {
  const rows: readonly [string, number, number, number | undefined, number][] = [
    ['over another area', 0, PAGE, undefined, -EEXIST],
    ['of no bytes', 0x800000, 0, undefined, -EINVAL],
    ['at an odd address', 0x800800, PAGE, undefined, -EINVAL],
    ['of an odd length', 0x800000, PAGE + 8, undefined, -EINVAL],
    ['that wraps', 2 ** 64 - PAGE, 2 * PAGE, undefined, -EOVERFLOW],
    ['without access', 0x800000, PAGE, IoasMapFlag.fixedIova, -EINVAL],
    ['with an unknown flag', 0x800000, PAGE, READ | 8, -EOPNOTSUPP],
    ['of fresh memory', 0x800000, PAGE, undefined, 0],
  ];
  for (const [what, iova, size, flags, result] of rows) {
    it(`a mapping ${what}: ${result}`, () => {
      const cdev = new Iommufd();
      cdev.buffer(0, MEGABYTE);
      assert.equal(cdev.map(iova, 0x10000, size, flags), result);
    });
  }

  it('answers accesses as the transcript has it', () => {
    const cdev = new Iommufd();
    cdev.buffer(0, PAGE);
    cdev.buffer(0x400000, PAGE, READ);
    cdev.buffer(0x500000, PAGE, WRITE);
    assert.equal(cdev.device.fetch(0x200000), -ENOENT, 'CPA unmapped');
    assert.equal(cdev.device.pin(0x200000), -ENOENT, 'senseid unmapped');
    assert.equal(cdev.device.pin(0x400000), -EPERM, 'senseid RO');
    assert.equal(cdev.device.fetch(0x400000), 0, 'CPA RO');
    assert.equal(cdev.device.fetch(0x500000), -EPERM, 'CPA WO');
    assert.equal(cdev.device.pin(0x500000), 1, 'a pin asks for writing only');
    cdev.map(0x600000, PAGE, PAGE);
    assert.equal(cdev.device.pin(0x600000), -EFAULT);
    assert.equal(cdev.device.fetch(0x600000), -EFAULT);
  });

  it('finds the right one of two adjacent areas for every page offset (TRN-058)', () => {
    const cdev = new Iommufd();
    const a = cdev.buffer(0, MEGABYTE);
    cdev.buffer(MEGABYTE, MEGABYTE);
    cdev.buffer(4 * MEGABYTE, PAGE, READ);
    cdev.fake.process.space.write(a + 0xff800, Uint8Array.of(0x66));
    assert.equal(cdev.device.pin(0xff800), 1);
    assert.equal(cdev.fake.storage.high[(cdev.device.frames[0] ?? 0) - HIGH_BANK + 0x800], 0x66);
  });

  it('serves a process that did not map it', () => {
    const cdev = new Iommufd();
    cdev.buffer(0, PAGE);
    cdev.fake.system.current = cdev.fake.process.fork();
    assert.equal(cdev.device.fetch(0), 0, 'START child mm');
  });

  it('counts pins as pinned, not as locked, up to the limit', () => {
    const cdev = new Iommufd();
    cdev.buffer(0, MEGABYTE);
    cdev.device.pin(0x1000, 2);
    cdev.device.pin(0x2000);
    assert.match(String(cdev.fake.process.readAttribute('/proc/self/status')), /VmLck:\t {7}0 kB\nVmPin:\t {7}8 kB/);
    cdev.fake.system.setLockedMemoryLimit(2 * PAGE);
    assert.equal(cdev.device.pin(0x8000), -ENOMEM);
    cdev.device.unpinAll();
    assert.equal(cdev.fake.process.space.pinnedPages, 0);
    assert.equal(cdev.fake.storage.pinned, 0);
  });

  it('ignores an unpin of other pages than were pinned', () => {
    const cdev = new Iommufd();
    cdev.buffer(0, MEGABYTE);
    cdev.device.pin(0, 2);
    cdev.device.dma?.unpinPages(0, 1);
    assert.equal(cdev.fake.storage.pinned, 2);
    cdev.device.unpinAll();
    assert.equal(cdev.fake.storage.pinned, 0);
  });

  it('undoes a pin that reaches a gap', () => {
    const cdev = new Iommufd();
    cdev.buffer(0, PAGE);
    assert.equal(cdev.device.pin(0, 2), -ENOENT);
    assert.equal(cdev.fake.storage.pinned, 0);
  });

  it('unmaps whole areas, asking the driver first', () => {
    const cdev = new Iommufd();
    cdev.buffer(0, MEGABYTE);
    cdev.buffer(MEGABYTE, MEGABYTE);
    cdev.device.pin(0x1000);
    assert.equal(cdev.unmap(0, PAGE), -ENOENT, 'a part of an area');
    assert.equal(cdev.unmap(MEGABYTE, MEGABYTE), 0);
    assert.deepEqual(cdev.device.calls, ['open']);
    assert.equal(cdev.unmap(0, MEGABYTE), 0);
    assert.deepEqual(cdev.device.calls, ['open', 'unmapped 0 100000']);
    assert.equal(cdev.unmap(0, MEGABYTE), -ENOENT, 'nothing there');
    assert.equal(cdev.unmap(0, 0), -EINVAL);
  });

  it('reports how much it unmapped, and unmaps everything', () => {
    const cdev = new Iommufd();
    cdev.buffer(0, PAGE);
    cdev.buffer(MEGABYTE, PAGE);
    const argument = encodeIoasUnmap(cdev.ioas, 0, 0);
    argument.fill(0xff, IoasUnmap.length64);
    assert.equal(cdev.fake.process.ioctl(cdev.iommufd, VfioRequest.iommufdIoasUnmap, argument), 0);
    assert.equal(getU64(argument, IoasUnmap.length64), 2 * PAGE);
  });
});

describe('objects and requests of an iommufd', () => {
  const destroy = (id: number): Uint8Array => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, 8);
    new DataView(bytes.buffer).setUint32(4, id);
    return bytes;
  };

  it('cannot be destroyed while they are in use', () => {
    const { fake, iommufd, ioas, fd } = new Iommufd();
    assert.equal(fake.process.ioctl(iommufd, iommufdDestroy, destroy(ioas)), -EBUSY);
    assert.equal(fake.process.ioctl(iommufd, iommufdDestroy, destroy(1)), -EBUSY, 'the bound device');
    fake.process.ioctl(fd, deviceDetachIommufdPt, encodeDetachIommufdPt());
    assert.equal(fake.process.ioctl(iommufd, iommufdDestroy, destroy(ioas)), 0);
    assert.equal(fake.process.ioctl(iommufd, iommufdDestroy, destroy(ioas)), -ENOENT);
  });

  it('check the size of their structure', () => {
    const { fake, iommufd } = new Iommufd();
    const alloc = encodeIoasAlloc();
    alloc[3] = 11;
    assert.equal(fake.process.ioctl(iommufd, VfioRequest.iommufdIoasAlloc, alloc), -EINVAL);
    const longer = new Uint8Array(16);
    longer[3] = 16;
    longer[15] = 1;
    assert.equal(fake.process.ioctl(iommufd, VfioRequest.iommufdIoasAlloc, longer), -Errno.E2BIG);
    longer[15] = 0;
    assert.equal(fake.process.ioctl(iommufd, VfioRequest.iommufdIoasAlloc, longer), 0);
    assert.equal(fake.process.ioctl(iommufd, 0x3bf0, new Uint8Array(8)), -ENOTTY);
    assert.throws(() => fake.process.ioctl(iommufd, 0x3b83, new Uint8Array(64)), { code: 'E-MODEL-UNIMPLEMENTED' });
  });
});

describe('an iommufd in the place of a container', () => {
  it('serves the group and its memory requests', () => {
    const fake = withMdev();
    const { process } = fake;
    const iommufd = process.open('/dev/iommu');
    const map = encodeDmaMap({ flags: READ_WRITE, vaddr: process.space.map(PAGE), iova: 0, size: PAGE });
    assert.equal(process.ioctl(iommufd, VfioRequest.iommuMapDma, map), -Errno.ENODEV, 'no group yet');
    const group = process.open('/dev/vfio/0');
    assert.equal(process.ioctl(group, VfioRequest.groupSetContainer, encodeFd(iommufd)), 0);
    assert.equal(process.ioctl(iommufd, VfioRequest.setIommu, 3), 0);
    const fd = process.ioctl(group, VfioRequest.groupGetDeviceFd, UUID);
    assert.ok(fd > 0);
    assert.equal(process.ioctl(iommufd, VfioRequest.iommuMapDma, map), 0);
    assert.equal(fake.driver.device.fetch(0), 0);
    assert.equal(fake.driver.device.fetch(PAGE), -ENOENT, 'iommufd rules');
    for (const open of [fd, group, iommufd]) process.close(open);
    assert.deepEqual(fake.system.ledger(), []);
  });
});
