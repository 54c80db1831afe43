import assert from 'node:assert/strict';
import { UNMAPPED } from '../../../../src/harness/ports/index.js';
import {
  encodeBindIommufd,
  encodeFd,
  encodeGroupStatus,
  encodeIrqSet,
  Errno,
  IommuType,
  IrqSetFlag,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import { systemPortOf } from '../../../../src/harness/passthrough/system/index.js';
import { type Fake, MDEV, profiles, UUID, withMdev } from './fake.js';

const { EBADF, EBADFD, EBUSY, EFAULT, EINVAL, ENODEV, ENOTTY, ESPIPE } = Errno;

interface Opened extends Fake {
  readonly container: number;
  readonly group: number;
  readonly fd: number;
}

function openGroup(fake: Fake, iommu: number = IommuType.type1v2): Opened {
  const { process } = fake;
  const container = process.open('/dev/vfio/vfio');
  const group = process.open('/dev/vfio/0');
  process.ioctl(group, VfioRequest.groupSetContainer, encodeFd(container));
  process.ioctl(container, VfioRequest.setIommu, iommu);
  return { ...fake, container, group, fd: process.ioctl(group, VfioRequest.groupGetDeviceFd, UUID) };
}

describe('a VFIO group', () => {
  const { groupGetDeviceFd, groupGetStatus, groupSetContainer, groupUnsetContainer, setIommu } = VfioRequest;

  it('gives the descriptors and results of the transcript, in its order', () => {
    const { process } = withMdev();
    const group = process.open('/dev/vfio/0');
    assert.equal(group, 3);
    assert.equal(process.open('/dev/vfio/0'), -EBUSY, 'second group open');
    const status = encodeGroupStatus();
    assert.equal(process.ioctl(group, groupGetStatus, status), 0);
    assert.equal(status[7], 1, 'group status flags');
    assert.equal(process.ioctl(group, groupGetDeviceFd, UUID), -EINVAL, 'GET_DEVICE_FD no container');
    const other = process.open('/dev/null');
    assert.equal(process.ioctl(group, groupSetContainer, encodeFd(other)), -EBADFD, 'SET_CONTAINER /dev/null');
    assert.equal(process.ioctl(group, groupSetContainer, encodeFd(77)), -EBADF, 'SET_CONTAINER badfd');
    const container = process.open('/dev/vfio/vfio');
    assert.equal(process.ioctl(group, groupSetContainer, encodeFd(container)), 0);
    assert.equal(process.ioctl(group, groupGetDeviceFd, UUID), -EINVAL, 'GET_DEVICE_FD no SET_IOMMU');
    assert.equal(process.ioctl(group, groupGetDeviceFd, 'nobody'), -ENODEV, 'GET_DEVICE_FD bad name');
    assert.equal(process.ioctl(container, setIommu, IommuType.type1v2), 0);
    assert.equal(process.ioctl(group, groupGetDeviceFd, UUID), 6);
    process.ioctl(group, groupGetStatus, status);
    assert.equal(status[7], 3, 'container set');
  });

  it('says EINVAL to a foreign container on 6.1', () => {
    const { process } = withMdev(profiles['6.1.176']);
    const group = process.open('/dev/vfio/0');
    assert.equal(process.ioctl(group, groupSetContainer, encodeFd(process.open('/dev/null'))), -EINVAL);
  });

  it('keeps its container while the device is open', () => {
    const { process, group, fd } = openGroup(withMdev());
    assert.equal(process.ioctl(group, groupUnsetContainer, 0), -EBUSY);
    assert.equal(process.ioctl(group, groupSetContainer, encodeFd(3)), -EINVAL, 'already set');
    process.close(fd);
    assert.equal(process.ioctl(group, groupUnsetContainer, 0), 0);
    assert.equal(process.ioctl(group, groupUnsetContainer, 0), -EINVAL);
  });

  it('stays open through its devices: the node is busy until they are closed', () => {
    const { process, group, fd } = openGroup(withMdev());
    process.close(group);
    assert.equal(process.open('/dev/vfio/0'), -EBUSY);
    process.close(fd);
    assert.equal(process.open('/dev/vfio/0'), group);
  });

  it('opens the device once for all descriptors, and closes it with the last', () => {
    const { process, driver, group, fd } = openGroup(withMdev());
    const second = process.ioctl(group, groupGetDeviceFd, UUID);
    assert.equal(second, fd + 1);
    process.close(fd);
    assert.deepEqual(driver.device.calls, ['open']);
    process.close(second);
    assert.deepEqual(driver.device.calls, ['open', 'close']);
  });

  it('gives the result of a refused open, and takes nothing', () => {
    const fake = withMdev();
    fake.driver.device.openResult = -EINVAL;
    const { process, group, fd } = openGroup(fake);
    assert.equal(fd, -EINVAL);
    assert.equal(process.ioctl(group, groupUnsetContainer, 0), 0);
    assert.equal(process.writeAttribute(`${MDEV}/remove`, '1'), 1, 'and the removal waits for nobody');
  });

  const misuse: readonly [string, number, Parameters<Fake['process']['ioctl']>[2], number][] = [
    ['an unknown request', 0x3bff, 0, -ENOTTY],
    ['GET_STATUS with a short argsz', groupGetStatus, encodeGroupStatus(7), -EINVAL],
    ['GET_STATUS at an unmapped address', groupGetStatus, UNMAPPED, -EFAULT],
    ['SET_CONTAINER at an unmapped address', groupSetContainer, UNMAPPED, -EFAULT],
    ['GET_DEVICE_FD at an unmapped address', groupGetDeviceFd, UNMAPPED, -EFAULT],
    ['GET_DEVICE_FD with a string longer than a page', groupGetDeviceFd, 'x'.repeat(5000), -EINVAL],
  ];
  for (const [what, request, argument, result] of misuse) {
    it(`${what}: ${result}`, () => {
      const { process } = withMdev();
      assert.equal(process.ioctl(process.open('/dev/vfio/0'), request, argument), result);
    });
  }
});

describe('a container', () => {
  const { checkExtension, getApiVersion, setIommu } = VfioRequest;
  const answers: readonly [string, number, number, number][] = [
    ['GET_API_VERSION', getApiVersion, 0, 0],
    ['CHECK_EXTENSION of type 1', checkExtension, 1, 1],
    ['CHECK_EXTENSION of type 1 version 2', checkExtension, 3, 1],
    ['CHECK_EXTENSION of nesting', checkExtension, 6, 1],
    ['CHECK_EXTENSION of "unmap all"', checkExtension, 9, 1],
    ['CHECK_EXTENSION of "update vaddr"', checkExtension, 10, 0],
    ['CHECK_EXTENSION of sPAPR', checkExtension, 2, 0],
    ['SET_IOMMU without a group', setIommu, 3, -EINVAL],
    ['MAP_DMA without a backend', VfioRequest.iommuMapDma, 0, -EINVAL],
  ];
  for (const [what, request, argument, result] of answers) {
    it(`${what}: ${result}`, () => {
      const { process } = withMdev();
      assert.equal(process.ioctl(process.open('/dev/vfio/vfio'), request, argument), result);
    });
  }

  it('takes one backend, of a type that exists', () => {
    const { process } = withMdev();
    const container = process.open('/dev/vfio/vfio');
    process.ioctl(process.open('/dev/vfio/0'), VfioRequest.groupSetContainer, encodeFd(container));
    assert.equal(process.ioctl(container, setIommu, 2), -ENODEV);
    assert.equal(process.ioctl(container, setIommu, 9), -EINVAL);
    assert.equal(process.ioctl(container, setIommu, 1), 0);
    assert.equal(process.ioctl(container, setIommu, 3), -EINVAL);
  });
});

describe('system calls on a device file', () => {
  it('have the results of the transcript', () => {
    const { process, fd } = openGroup(withMdev());
    assert.equal(process.mmap(fd), -EINVAL);
    assert.equal(process.lseek(fd), -ESPIPE);
    assert.equal(process.pread(fd, new Uint8Array(4), -8), -EINVAL);
    assert.equal(process.pread(fd, UNMAPPED, 0), -EFAULT);
    assert.equal(process.pwrite(fd, UNMAPPED, 0), -EFAULT);
    assert.equal(process.read(99, new Uint8Array(1)), -EBADF);
  });

  it('pass the offset of pread, and 0 for read', () => {
    const { process, fd } = openGroup(withMdev());
    const bytes = new Uint8Array(2);
    assert.equal(process.pread(fd, bytes, 0x42), 2);
    assert.deepEqual([...bytes], [0x42, 0x42]);
    assert.equal(process.read(fd, bytes), 2);
    assert.deepEqual([...bytes], [0, 0]);
  });

  it('call the driver for a write of no bytes, but not for a vector of none', () => {
    const { process, fd, driver } = openGroup(withMdev());
    assert.equal(process.write(fd, new Uint8Array(0)), 0);
    assert.equal(process.pwritev(fd, [new Uint8Array(0)], 0), 0);
    assert.deepEqual(driver.device.calls, ['open', 'write 0 at 0']);
  });

  it('make one call a segment of a vector, all at the same offset', () => {
    const { process, fd, driver } = openGroup(withMdev());
    assert.equal(process.pwritev(fd, [new Uint8Array(124), new Uint8Array(4)], 0x400), 128);
    assert.deepEqual(driver.device.calls, ['open', 'write 124 at 1024', 'write 4 at 1024']);
  });

  const requests: readonly [string, number, Uint8Array, number, number][] = [
    ['FEATURE of an unknown number', VfioRequest.deviceFeature, feature(8, 0x40009), -ENOTTY, -ENOTTY],
    ['FEATURE of migration', VfioRequest.deviceFeature, feature(8, 0x40001), -ENOTTY, -ENOTTY],
    ['FEATURE with a bad flag', VfioRequest.deviceFeature, feature(8, 0x100000), -EINVAL, -EINVAL],
    ['FEATURE that gets and sets', VfioRequest.deviceFeature, feature(8, 0x30001), -EINVAL, -EINVAL],
    ['FEATURE with argsz 7', VfioRequest.deviceFeature, feature(7, 0x40001), -EINVAL, -EINVAL],
    ['ATTACH_IOMMUFD_PT on a group fd', VfioRequest.deviceAttachIommufdPt, new Uint8Array(12), -ENOTTY, -ENOTTY],
    ['BIND_IOMMUFD on a group fd', VfioRequest.deviceBindIommufd, encodeBindIommufd(0), -EINVAL, -ENOTTY],
  ];
  for (const [what, request, argument, on612, on61] of requests) {
    it(`${what}: ${on612} on 6.12, ${on61} on 6.1`, () => {
      const current = openGroup(withMdev());
      assert.equal(current.process.ioctl(current.fd, request, argument.slice()), on612);
      const older = openGroup(withMdev(profiles['6.1.176']));
      assert.equal(older.process.ioctl(older.fd, request, argument.slice()), on61);
    });
  }
});

function feature(argsz: number, flags: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, argsz);
  new DataView(bytes.buffer).setUint32(4, flags);
  return bytes;
}

describe('descriptors and processes', () => {
  it('takes the lowest free descriptor', () => {
    const { process } = withMdev();
    assert.deepEqual([process.eventfd(), process.eventfd(), process.eventfd()], [3, 4, 5]);
    process.close(4);
    assert.equal(process.close(4), -EBADF);
    assert.equal(process.open('/dev/null'), 4);
  });

  it('shares open files with a forked child, and memory only as it was', () => {
    const { process, fd, driver } = openGroup(withMdev());
    const address = process.space.map(4096);
    process.space.write(address, Uint8Array.of(1));
    process.space.lockLimit = 8192;
    const child = process.fork();
    assert.equal(child.space.lockLimit, 8192);
    child.space.write(address, Uint8Array.of(2));
    const byte = new Uint8Array(1);
    process.space.read(address, byte, 0, 1);
    assert.equal(byte[0], 1);
    process.close(fd);
    assert.deepEqual(driver.device.calls, ['open'], 'the child has it open');
    assert.equal(child.write(fd, new Uint8Array(3)), 3);
    child.close(fd);
    assert.deepEqual(driver.device.calls, ['open', 'write 3 at 0', 'close']);
  });

  it('gives everything of an ended process back', async () => {
    const { process, system, storage, fd } = openGroup(withMdev());
    process.space.write(process.space.map(4096), Uint8Array.of(1));
    const before = system.ledger();
    const pages = storage.takeFrame();
    storage.giveFrame(pages);
    const child = await systemPortOf(process).fork();
    await child.eventfd();
    await child.exit?.();
    assert.deepEqual(system.ledger(), before);
    assert.equal(storage.takeFrame(), pages, 'its frames are free again');
    assert.equal(process.write(fd, new Uint8Array(3)), 3, 'the parent has the device open');
  });

  it('counts signals of an eventfd until they are taken', () => {
    const { process } = withMdev();
    const fd = process.eventfd();
    const one = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1);
    assert.equal(process.read(fd, new Uint8Array(8)), -Errno.EAGAIN);
    process.write(fd, one);
    process.write(fd, one);
    assert.deepEqual(process.waitEventfds([fd], 0), [2]);
    process.write(fd, one);
    const count = new Uint8Array(8);
    assert.equal(process.read(fd, count), 8);
    assert.deepEqual(count, one);
    assert.equal(process.read(fd, new Uint8Array(7)), -EINVAL);
    assert.equal(process.pread(fd, count, 0), -ESPIPE);
  });

  it('lets virtual time pass while nothing is signalled', () => {
    const { process, scheduler } = withMdev();
    assert.deepEqual(process.waitEventfds([process.eventfd()], 250), [0]);
    assert.equal(scheduler.now, 250e6);
  });

  it('looks eventfds up for the driver, which keeps them beyond the descriptor', () => {
    const { process, fd, system } = openGroup(withMdev());
    const set = (eventfd: number): number =>
      process.ioctl(
        fd,
        VfioRequest.deviceSetIrqs,
        encodeIrqSet({ index: 0, flags: IrqSetFlag.dataEventfd | IrqSetFlag.actionTrigger, data: encodeFd(eventfd) }),
      );
    assert.equal(set(77), -EBADF, 'irq fd 77');
    assert.equal(set(0), -EINVAL, 'irq fd notevent');
    const eventfd = process.eventfd();
    assert.equal(set(eventfd), 0);
    process.close(eventfd);
    const kept = (): number => system.ledger().filter(({ kind }) => kind === 'eventfd').length;
    assert.equal(kept(), 1);
    assert.equal(set(-1), 0);
    assert.equal(kept(), 0);
  });

  it('lists open files until they are closed', () => {
    const { process, system, container, group, fd } = openGroup(withMdev());
    assert.deepEqual(
      system.ledger().map(({ what }) => what),
      ['/dev/vfio/vfio', '/dev/vfio/0', `[vfio-device] ${UUID}`],
    );
    for (const open of [container, group, fd]) process.close(open);
    assert.deepEqual(system.ledger(), []);
  });

  it('shouts at what it does not model', () => {
    const { process } = withMdev();
    assert.throws(() => process.open('/proc/self/status'), { code: 'E-MODEL-UNIMPLEMENTED' });
  });
});
