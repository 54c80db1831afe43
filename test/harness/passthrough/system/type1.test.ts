import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HIGH_BANK } from '../../../../src/harness/machine/storage.js';
import { addressOfFrame } from '../../../../src/harness/passthrough/system/frames.js';
import { UNMAPPED } from '../../../../src/harness/ports/index.js';
import {
  DmaMap,
  DmaMapFlag,
  DmaUnmapFlag,
  encodeDmaMap,
  encodeDmaUnmap,
  Errno,
  IommuInfo,
  IommuType,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import { withMdev } from './fake.js';
import { MEGABYTE, PAGE, READ_WRITE, Type1 } from './memory.js';

const { EACCES, EEXIST, EFAULT, EINVAL, ENOMEM, ENOSPC, ENOTTY, EPERM, EBUSY } = Errno;

describe('mapping in a type1 container', () => {
  const rows: readonly [string, Parameters<typeof encodeDmaMap>[0], number][] = [
    ['over another mapping', { flags: READ_WRITE, vaddr: PAGE, iova: MEGABYTE - PAGE, size: 2 * PAGE }, -EEXIST],
    ['of no bytes', { flags: READ_WRITE, vaddr: PAGE, iova: 0x800000, size: 0 }, -EINVAL],
    ['at an odd IOVA', { flags: READ_WRITE, vaddr: PAGE, iova: 0x800800, size: PAGE }, -EINVAL],
    ['of an odd size', { flags: READ_WRITE, vaddr: PAGE, iova: 0x800000, size: PAGE + 1 }, -EINVAL],
    ['of an odd address', { flags: READ_WRITE, vaddr: 1, iova: 0x800000, size: PAGE }, -EINVAL],
    ['that wraps', { flags: READ_WRITE, vaddr: PAGE, iova: 2 ** 64 - PAGE, size: 2 * PAGE }, -EINVAL],
    ['without access', { flags: 0, vaddr: PAGE, iova: 0x800000, size: PAGE }, -EINVAL],
    ['with an unknown flag', { flags: 8 | READ_WRITE, vaddr: PAGE, iova: 0x800000, size: PAGE }, -EINVAL],
    ['with a short argsz', { flags: READ_WRITE, vaddr: PAGE, iova: 0x800000, size: PAGE, argsz: 31 }, -EINVAL],
    [
      'of a new address for nothing',
      { flags: DmaMapFlag.vaddr, vaddr: PAGE, iova: 0x800000, size: PAGE },
      -Errno.ENOENT,
    ],
    ['of a new address with access', { flags: 5, vaddr: PAGE, iova: 0x800000, size: PAGE }, -EINVAL],
    ['at the last page of all', { flags: READ_WRITE, vaddr: PAGE, iova: 2 ** 64 - PAGE, size: PAGE }, 0],
    ['of memory that is not there', { flags: READ_WRITE, vaddr: PAGE, iova: 0x800000, size: PAGE }, 0],
  ];
  for (const [what, fields, result] of rows) {
    it(`${what}: ${result}`, () => {
      const type1 = new Type1();
      type1.buffer(0, MEGABYTE);
      const argument = encodeDmaMap(fields);
      assert.equal(type1.fake.process.ioctl(type1.container, VfioRequest.iommuMapDma, argument), result);
    });
  }

  it('ends at 65535 mappings', function () {
    this.timeout(20_000);
    const type1 = new Type1();
    for (let page = 0; page < 65535; page++) type1.map(page * 2 * PAGE, PAGE, PAGE);
    assert.equal(type1.map(65535 * 2 * PAGE, PAGE, PAGE), -ENOSPC);
    assert.equal(type1.unmap(0, PAGE), PAGE);
    assert.equal(type1.map(65535 * 2 * PAGE, PAGE, PAGE), 0);
  });

  it('faults where the structure is not readable, and knows no other requests', () => {
    const { fake, container } = new Type1();
    assert.equal(fake.process.ioctl(container, VfioRequest.iommuMapDma, UNMAPPED), -EFAULT);
    assert.equal(fake.process.ioctl(container, VfioRequest.iommuMapDma, new Uint8Array(DmaMap.length - 1)), -EFAULT);
    assert.equal(fake.process.ioctl(container, 0x3bfe, new Uint8Array(64)), -ENOTTY);
  });

  it('describes itself: page sizes, and capabilities when there is room', () => {
    const { fake, container } = new Type1();
    const info = new Uint8Array(72);
    const view = new DataView(info.buffer);
    view.setUint32(IommuInfo.argsz, 24);
    assert.equal(fake.process.ioctl(container, VfioRequest.iommuGetInfo, info), 0);
    assert.deepEqual([view.getUint32(0), view.getUint32(4), view.getUint32(IommuInfo.capOffset)], [72, 3, 0]);
    assert.equal(view.getBigUint64(IommuInfo.iovaPgsizes), 0xffff_ffff_ffff_f000n);
    assert.equal(fake.process.ioctl(container, VfioRequest.iommuGetInfo, info), 0);
    assert.equal(view.getUint32(IommuInfo.capOffset), 24);
    assert.deepEqual([view.getUint16(24), view.getUint16(26), view.getUint32(28)], [2, 1, 56]);
    assert.deepEqual([view.getUint16(56), view.getUint32(60), view.getUint32(64)], [3, 0, 65535]);
    view.setUint32(IommuInfo.argsz, 15);
    assert.equal(fake.process.ioctl(container, VfioRequest.iommuGetInfo, info), -EINVAL);
  });
});

describe('unmapping in a type1 container', () => {
  const two = (type: number = IommuType.type1v2): Type1 => {
    const type1 = new Type1(withMdev(), type);
    type1.buffer(0, MEGABYTE);
    type1.buffer(MEGABYTE, MEGABYTE);
    return type1;
  };

  it('takes whole mappings, several at once, and reports their size', () => {
    assert.equal(two().unmap(0, 4 * MEGABYTE), 2 * MEGABYTE);
    assert.equal(two().unmap(MEGABYTE, MEGABYTE), MEGABYTE);
    assert.equal(two().unmap(8 * MEGABYTE, PAGE), 0);
  });

  for (const [what, iova, size] of [
    ['its start', PAGE, MEGABYTE - PAGE],
    ['its end', 0, MEGABYTE - PAGE],
    ['both', PAGE, PAGE],
    ['the second of two', 0, MEGABYTE + PAGE],
  ] as const) {
    it(`must not cut a mapping at ${what}`, () => {
      const type1 = two();
      assert.equal(type1.unmap(iova, size), -EINVAL);
      assert.equal(type1.unmap(0, 2 * MEGABYTE), 2 * MEGABYTE);
    });
  }

  it('takes everything with the flag for all, and nothing else beside it', () => {
    assert.equal(two().unmap(0, 0, DmaUnmapFlag.all), 2 * MEGABYTE);
    assert.equal(two().unmap(0, PAGE, DmaUnmapFlag.all), -EINVAL);
    assert.equal(two().unmap(PAGE, 0, DmaUnmapFlag.all), -EINVAL);
  });

  it('follows version 1: nothing from the middle, the whole from the start', () => {
    assert.equal(two(IommuType.type1).unmap(PAGE, PAGE), 0);
    assert.equal(two(IommuType.type1).unmap(0, PAGE), MEGABYTE);
  });

  for (const [what, fields, result] of [
    ['of no bytes', { iova: 0, size: 0 }, -EINVAL],
    ['at an odd address', { iova: 1, size: PAGE }, -EINVAL],
    ['of an odd size', { iova: 0, size: 1 }, -EINVAL],
    ['that wraps', { iova: 2 ** 64 - PAGE, size: 2 * PAGE }, -EINVAL],
    ['with an unknown flag', { iova: 0, size: MEGABYTE, flags: 8 }, -EINVAL],
    ['of addresses only, with an mdev', { iova: 0, size: MEGABYTE, flags: DmaUnmapFlag.vaddr }, -EBUSY],
    ['with a short argsz', { iova: 0, size: MEGABYTE, argsz: 23 }, -EINVAL],
  ] as const) {
    it(`${what}: ${result}`, () => {
      const { fake, container } = two();
      assert.equal(fake.process.ioctl(container, VfioRequest.iommuUnmapDma, encodeDmaUnmap(fields)), result);
    });
  }

  it('asks the driver to unpin a mapping, and only that one', () => {
    const type1 = two();
    type1.device.pin(0x3008);
    assert.equal(type1.unmap(MEGABYTE, MEGABYTE), MEGABYTE);
    assert.equal(type1.locked, 1, 'unrelated unmap');
    assert.equal(type1.unmap(0, MEGABYTE), MEGABYTE);
    assert.deepEqual(type1.device.calls, ['open', 'unmapped 0 100000']);
    assert.equal(type1.locked, 0);
    assert.equal(type1.fake.storage.pinned, 0);
  });

  it('stops the kernel when the driver does not unpin', () => {
    const type1 = two();
    type1.device.pin(0x3000);
    type1.device.pinned = [];
    assert.throws(() => type1.unmap(0, MEGABYTE), { code: 'E-KERNEL-BUG' });
  });
});

describe('pinning through a type1 container', () => {
  it('takes the frame behind the page, and counts it as locked', () => {
    const type1 = new Type1();
    const address = type1.buffer(0x10000, 4 * PAGE);
    type1.fake.process.space.write(address + PAGE + 8, Uint8Array.of(0x77));
    assert.equal(type1.device.pin(0x11008), 1);
    const frame = (type1.device.frames[0] ?? 0) - HIGH_BANK;
    assert.equal(type1.fake.storage.high[frame + 8], 0x77);
    assert.match(
      String(type1.fake.process.readAttribute('/proc/self/status')),
      /^VmLck:\t {7}4 kB\nVmPin:\t {7}0 kB$/m,
    );
    assert.deepEqual(
      type1.fake.system.ledger().filter(({ kind }) => kind === 'pinned page'),
      [{ kind: 'pinned page', what: 'guest page 0x11000', takenAt: 'through /dev/vfio/vfio' }],
    );
    type1.device.unpinAll();
    assert.equal(type1.locked, 0);
    assert.equal(type1.fake.storage.pinned, 0);
  });

  it('counts two byte addresses of one page twice, and one address once', () => {
    const type1 = new Type1();
    type1.buffer(0, MEGABYTE);
    type1.device.pin(0x1000);
    type1.device.pin(0x1000);
    assert.equal(type1.locked, 1);
    type1.device.pin(0x1800);
    assert.equal(type1.locked, 2);
    type1.device.unpinAll();
    assert.equal(type1.locked, 0);
  });

  it('crosses from one mapping to the next, and undoes all when a page is missing', () => {
    const type1 = new Type1();
    type1.buffer(0, PAGE);
    type1.buffer(PAGE, PAGE);
    assert.equal(type1.device.pin(0, 2), 2);
    type1.device.unpinAll();
    assert.equal(type1.device.pin(0, 3), -EINVAL);
    assert.equal(type1.locked, 0);
  });

  const errors: readonly [string, (type1: Type1) => void, number, number][] = [
    ['an address that is not mapped', () => undefined, 0x1000, -EINVAL],
    ['a mapping for reading only', (type1) => type1.buffer(0, MEGABYTE, DmaMapFlag.read), 0x1000, -EPERM],
    ['a mapping for writing only', (type1) => type1.buffer(0, MEGABYTE, DmaMapFlag.write), 0x1000, -EPERM],
    ['memory that is not there', (type1) => type1.map(0, PAGE, MEGABYTE), 0x1000, -EFAULT],
  ];
  for (const [what, prepare, iova, result] of errors) {
    it(`${what}: ${result}`, () => {
      const type1 = new Type1();
      prepare(type1);
      assert.equal(type1.device.pin(iova), result);
    });
  }

  it('is refused in a container of version 1, where reading still works', () => {
    const type1 = new Type1(withMdev(), IommuType.type1);
    type1.buffer(0, MEGABYTE);
    assert.equal(type1.device.pin(0), -EACCES);
    assert.equal(type1.device.fetch(0), 0);
  });

  it('ends at the limit of locked memory', () => {
    const type1 = new Type1();
    type1.buffer(0, MEGABYTE);
    type1.fake.system.setLockedMemoryLimit(2 * PAGE);
    assert.equal(type1.device.pin(0, 2), 2);
    assert.equal(type1.device.pin(2 * PAGE), -ENOMEM);
    assert.equal(type1.device.pin(0, 3), -ENOMEM);
    assert.equal(type1.locked, 2);
  });

  it('keeps a frame whose memory is unmapped until it is unpinned', () => {
    const type1 = new Type1();
    const address = type1.buffer(0, PAGE);
    type1.device.pin(0);
    const { process, storage } = type1.fake;
    process.space.unmap(address, PAGE);
    const frame = type1.device.frames[0] ?? 0;
    assert.notEqual(addressOfFrame(process.space.frameAt(process.space.map(PAGE))), frame);
    type1.device.unpinAll();
    assert.equal(storage.pinned, 0);
    assert.equal(addressOfFrame(type1.fake.system.frames.take()), frame, 'the frame is free again');
  });

  it('looks again when the memory behind a mapping has changed', () => {
    const type1 = new Type1();
    const address = type1.buffer(0, 2 * PAGE);
    assert.equal(type1.device.pin(PAGE), 1);
    assert.equal(type1.device.fetch(PAGE), 0);
    type1.device.unpinAll();
    type1.fake.process.space.unmap(address + PAGE, PAGE);
    assert.equal(type1.device.pin(PAGE), -EFAULT);
    assert.equal(type1.device.fetch(PAGE), -EFAULT);
    assert.equal(type1.device.pin(0), 1);
    assert.equal(type1.device.fetch(0), 0);
  });

  it('tells of pins that nobody can undo any more', () => {
    const type1 = new Type1();
    type1.buffer(0, MEGABYTE);
    type1.device.pin(0x5000);
    type1.device.pinned = [];
    for (const { fd } of type1.fake.process.openFiles()) type1.fake.process.close(fd);
    assert.deepEqual(type1.fake.system.ledger(), [
      { kind: 'pinned page', what: 'guest page 0x5000', takenAt: 'left when its mapping went' },
    ]);
  });
});

describe('reading through a type1 container', () => {
  it('crosses adjacent mappings', () => {
    const type1 = new Type1();
    type1.fake.process.space.write(type1.buffer(0, PAGE) + PAGE - 1, Uint8Array.of(1));
    type1.fake.process.space.write(type1.buffer(PAGE, PAGE), Uint8Array.of(2));
    const bytes = new Uint8Array(4);
    assert.equal(type1.device.dma?.read(PAGE - 1, bytes, 1, 2), 0);
    assert.deepEqual([...bytes], [0, 1, 2, 0]);
    assert.equal(type1.device.dma.read(2 * PAGE - 1, bytes, 0, 2), -EINVAL);
  });

  it('needs a mapping for reading, and memory', () => {
    const type1 = new Type1();
    type1.buffer(0, PAGE, DmaMapFlag.write);
    type1.buffer(PAGE, PAGE, DmaMapFlag.read);
    type1.map(2 * PAGE, PAGE, PAGE);
    assert.equal(type1.device.fetch(0), -EPERM);
    assert.equal(type1.device.fetch(PAGE), 0);
    assert.equal(type1.device.fetch(2 * PAGE), -EFAULT);
  });

  it('is for the process that mapped the memory, but pinning is for all', () => {
    const type1 = new Type1();
    type1.buffer(0, PAGE);
    const { process, system } = type1.fake;
    system.current = process.fork();
    assert.equal(type1.device.fetch(0), -EFAULT);
    assert.equal(type1.device.pin(0), 1);
    system.current = process;
    assert.equal(type1.device.fetch(0), 0);
  });
});

describe('adjacent mappings in a type1 container (TRN-058)', () => {
  /** Buffers A at 0 and B at 1 MiB, and a third one or not; the shape of the tree depends on it. */
  function adjacent(third: boolean): { type1: Type1; a: number; b: number } {
    const type1 = new Type1();
    const a = type1.buffer(0, MEGABYTE);
    const b = type1.fake.process.space.map(MEGABYTE + PAGE) + PAGE;
    type1.map(MEGABYTE, b, MEGABYTE);
    if (third) type1.buffer(4 * MEGABYTE, PAGE, DmaMapFlag.read);
    return { type1, a, b };
  }

  it('finds the upper one for a page offset in the last page of the lower, which gives memory in front of the buffer', () => {
    const { type1, b } = adjacent(true);
    type1.fake.process.space.write(b - 0x800, Uint8Array.of(0x99));
    assert.equal(type1.device.pin(0xff800), 1);
    const frame = (type1.device.frames[0] ?? 0) - HIGH_BANK;
    assert.equal(type1.fake.storage.high[frame + 0x800], 0x99);
    const [pin] = type1.fake.system.ledger().filter(({ kind }) => kind === 'pinned page');
    assert.equal(pin?.what, 'guest page 0xff000');
    type1.device.unpinAll();
    assert.equal(type1.locked, 0);
  });

  it('finds the right one while it is nearer the root', () => {
    const { type1, a } = adjacent(false);
    type1.fake.process.space.write(a + 0xff800, Uint8Array.of(0x55));
    type1.device.pin(0xff800);
    const frame = (type1.device.frames[0] ?? 0) - HIGH_BANK;
    assert.equal(type1.fake.storage.high[frame + 0x800], 0x55);
  });

  it('does not matter for addresses at a page boundary, nor for reading', () => {
    const { type1, a } = adjacent(true);
    type1.fake.process.space.write(a + 0xff000, Uint8Array.of(0x55));
    type1.device.pin(0xff000);
    assert.equal(type1.fake.storage.high[(type1.device.frames[0] ?? 0) - HIGH_BANK], 0x55);
    type1.fake.process.space.write(a + 0xffff8, Uint8Array.of(0x44));
    assert.equal(type1.device.fetch(0xffff8), 0x44);
  });
});

describe('random mapping and unmapping in a type1 container', () => {
  const PAGES = 24;
  type Step = { kind: 'map' | 'unmap' | 'pin'; page: number; count: number };
  const step = fc.record<Step>({
    kind: fc.constantFrom('map', 'map', 'unmap', 'pin'),
    page: fc.nat(PAGES - 1),
    count: fc.integer({ min: 1, max: 8 }),
  });

  it('agrees with a list of mapped pages', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const type1 = new Type1();
        const memory = type1.fake.process.space.map(64 * PAGE);
        /** for each page the number of its mapping, or 0 */
        const owner = new Array<number>(64).fill(0);
        let mappings = 0;
        for (const { kind, page, count } of steps) {
          const pages = Array.from({ length: count }, (_, at) => page + at);
          if (kind === 'map') {
            const free = pages.every((at) => owner[at] === 0);
            const result = type1.map(page * PAGE, memory + page * PAGE, count * PAGE);
            assert.equal(result, free ? 0 : -EEXIST);
            if (free) for (const at of pages) owner[at] = mappings + 1;
            if (free) mappings++;
          } else if (kind === 'unmap') {
            const hit = new Set(pages.map((at) => owner[at] ?? 0).filter((mapping) => mapping !== 0));
            const cut = owner.some((mapping, at) => hit.has(mapping) && !pages.includes(at));
            const taken = pages.filter((at) => owner[at] !== 0).length;
            assert.equal(type1.unmap(page * PAGE, count * PAGE), cut ? -EINVAL : taken * PAGE);
            if (!cut) for (const at of pages) owner[at] = 0;
          } else {
            const mapped = pages.every((at) => owner[at] !== 0);
            assert.equal(type1.device.pin(page * PAGE, count), mapped ? count : -EINVAL);
            pages.forEach((at, index) => {
              if (mapped)
                assert.equal(
                  type1.device.frames[index],
                  addressOfFrame(type1.fake.process.space.frameAt(memory + at * PAGE)),
                );
            });
          }
        }
        type1.unmap(0, 0, DmaUnmapFlag.all);
        assert.equal(type1.locked, 0);
        assert.equal(type1.fake.storage.pinned, 0);
      }),
      { numRuns: 80 },
    );
  });
});
