/** The requests of /dev/iommu: address spaces, mapping, unmapping, and what is refused. */

import {
  allocatedIoas,
  defineCase,
  encodeAttachIommufdPt,
  encodeDetachIommufdPt,
  encodeIoasAlloc,
  encodeIoasMap,
  encodeIoasUnmap,
  getU64,
  IoasAlloc,
  IoasIovaRanges,
  IoasMap,
  IoasMapFlag,
  IoasUnmap,
  IommuDestroy,
  UNMAPPED,
  VfioRequest,
  viewOf,
  type CaseContext,
  type CaseDefinition,
  type IoasMapFields,
} from 'ccwspec/plugin';
import { Started } from '../../support/started.js';

const PAGE = 0x1000;
const MIB = 0x10_0000;
const FREE = 0x80_0000;
const SPACE = 2 ** 64;
const { fixedIova, readable, writeable } = IoasMapFlag;
const ALL = fixedIova | readable | writeable;

/** The address space behind an open device, and calls on its iommufd. */
class Space {
  private constructor(
    readonly context: CaseContext,
    readonly device: Started,
    readonly iommufd: number,
    readonly id: number,
  ) {}

  static async open(context: CaseContext): Promise<Space> {
    const device = await Started.open(context, { way: 'cdev' });
    const { files } = device.vfio;
    if (files === undefined || !('ioasId' in files)) throw new Error('the device was not opened through an iommufd');
    return new Space(context, device, files.iommufd, files.ioasId);
  }

  request(request: number, argument: Uint8Array): Promise<number> {
    return this.context.system.ioctl(this.iommufd, request, argument);
  }

  map(fields: Partial<IoasMapFields>): Promise<number> {
    const good = { flags: ALL, ioasId: this.id, userVa: 16 * PAGE, iova: FREE, size: PAGE };
    return this.request(VfioRequest.iommufdIoasMap, encodeIoasMap({ ...good, ...fields }));
  }

  /** @returns the bytes that were unmapped, or a negative errno */
  async unmap(iova: number, size: number): Promise<number> {
    const request = encodeIoasUnmap(this.id, iova, size);
    const result = await this.request(VfioRequest.iommufdIoasUnmap, request);
    return result < 0 ? result : getU64(request, IoasUnmap.length64);
  }

  /** A second address space. @returns its number */
  async another(): Promise<number> {
    const alloc = encodeIoasAlloc();
    this.context.expect.result(await this.request(VfioRequest.iommufdIoasAlloc, alloc), 0, 'IOMMU_IOAS_ALLOC');
    return allocatedIoas(alloc);
  }

  attach(id: number): Promise<number> {
    const { fd } = this.device.vfio;
    return this.context.system.ioctl(fd, VfioRequest.deviceAttachIommufdPt, encodeAttachIommufdPt(id));
  }

  destroy(id: number): Promise<number> {
    const structure = new Uint8Array(IommuDestroy.length);
    viewOf(structure).setUint32(IommuDestroy.size, IommuDestroy.length);
    viewOf(structure).setUint32(IommuDestroy.id, id);
    return this.request(VfioRequest.iommufdDestroy, structure);
  }
}

export const iommufdRequestCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/iommufd/map-with-wrong-arguments',
    decides: 'IOAS_MAP with wrong arguments fails: with EINVAL, EOVERFLOW, ENOENT or EOPNOTSUPP, by the argument.',
    requirements: ['LIF-050'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const space = await Space.open(context);
      for (const [what, fields, errno] of [
        ['no bytes', { size: 0 }, 'EINVAL'],
        ['an odd IOVA', { iova: FREE + 0x800 }, 'EINVAL'],
        ['an odd length', { size: PAGE + 8 }, 'EINVAL'],
        ['an odd address', { userVa: 16 * PAGE + 8 }, 'EINVAL'],
        ['no access', { flags: fixedIova }, 'EINVAL'],
        ['a range that wraps', { iova: SPACE - PAGE, size: 2 * PAGE }, 'EOVERFLOW'],
        ['an address that wraps', { userVa: SPACE - PAGE, size: 2 * PAGE }, 'EOVERFLOW'],
        ['the last address of all', { userVa: SPACE - PAGE }, 'EOVERFLOW'],
        ['an unknown flag', { flags: ALL | 8 }, 'EOPNOTSUPP'],
        ['an address space that does not exist', { ioasId: 99 }, 'ENOENT'],
      ] as const) {
        context.expect.result(await space.map(fields), errno, `IOAS_MAP with ${what}`);
      }
      for (const [what, at] of [
        ['an IOVA of all ones', IoasMap.iova],
        ['a length of all ones', IoasMap.length64],
      ] as const) {
        const structure = encodeIoasMap({ flags: ALL, ioasId: space.id, userVa: 16 * PAGE, iova: FREE, size: PAGE });
        structure.fill(0xff, at, at + 8);
        const result = await space.request(VfioRequest.iommufdIoasMap, structure);
        context.expect.result(result, 'EOVERFLOW', `IOAS_MAP with ${what}`);
      }
      context.expect.result(await space.map({ iova: SPACE - PAGE }), 0, 'IOAS_MAP of the last page of all');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/map-over-a-mapping',
    decides:
      'IOAS_MAP of a range that overlaps an area by a page, at either end, fails with EEXIST; beside it, it succeeds.',
    requirements: ['LIF-050'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const space = await Space.open(context);
      await space.device.map(FREE, 2 * PAGE);
      for (const [what, iova, size] of [
        ['a range that ends in it', FREE - PAGE, 2 * PAGE],
        ['a range that begins in it', FREE + PAGE, 2 * PAGE],
      ] as const) {
        expect.result(await space.map({ iova, size }), 'EEXIST', `IOAS_MAP of ${what}`);
      }
      expect.result(await space.map({ iova: FREE - PAGE }), 0, 'IOAS_MAP of the page in front');
      expect.result(await space.map({ iova: FREE + 2 * PAGE }), 0, 'IOAS_MAP of the page behind');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/unmap-of-whole-areas',
    decides:
      'IOAS_UNMAP takes whole areas and tells their size; of a part of one, or of nothing, it fails with ENOENT.',
    requirements: ['LIF-051'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const space = await Space.open(context);
      for (const iova of [FREE, FREE + 2 * PAGE]) await space.device.map(iova, 2 * PAGE);
      expect.result(await space.unmap(FREE, PAGE), 'ENOENT', 'IOAS_UNMAP of the beginning of an area');
      expect.result(await space.unmap(FREE + PAGE, PAGE), 'ENOENT', 'IOAS_UNMAP of the end of an area');
      expect.result(await space.unmap(FREE, 0), 'EINVAL', 'IOAS_UNMAP of no bytes');
      expect.result(await space.unmap(SPACE - PAGE, 2 * PAGE), 'EOVERFLOW', 'IOAS_UNMAP of a range that wraps');
      expect.result(await space.unmap(FREE, 4 * PAGE), 4 * PAGE, 'the bytes that are unmapped of both areas');
      expect.result(await space.unmap(FREE, 4 * PAGE), 'ENOENT', 'IOAS_UNMAP of nothing');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/unmap-with-wrong-arguments',
    decides:
      'IOAS_UNMAP of an unknown address space fails with ENOENT; an IOVA of all ones, or such a length from elsewhere than 0, with EOVERFLOW.',
    requirements: ['LIF-051'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const space = await Space.open(context);
      const unmap = (structure: Uint8Array): Promise<number> => space.request(VfioRequest.iommufdIoasUnmap, structure);
      expect.result(await unmap(encodeIoasUnmap(99, 0, MIB)), 'ENOENT', 'IOAS_UNMAP of an unknown address space');
      const highest = encodeIoasUnmap(space.id, 0, PAGE).fill(0xff, IoasUnmap.iova, IoasUnmap.iova + 8);
      expect.result(await unmap(highest), 'EOVERFLOW', 'IOAS_UNMAP from an IOVA of all ones');
      const longest = encodeIoasUnmap(space.id, PAGE, 0).fill(0xff, IoasUnmap.length64);
      expect.result(await unmap(longest), 'EOVERFLOW', 'IOAS_UNMAP of a length of all ones from the second page on');
      expect.result(await space.unmap(0, MIB), MIB, 'the bytes that are unmapped of what the others left');
      expect.result(await space.map({ iova: SPACE - PAGE }), 0, 'IOAS_MAP of the last page of all');
      expect.result(await space.unmap(SPACE - PAGE, PAGE), PAGE, 'the bytes that are unmapped of the last page');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/unmap-ends-at-a-part',
    decides: 'IOAS_UNMAP that meets a part of an area fails with ENOENT, with the whole areas in front of it gone.',
    requirements: ['LIF-056'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const space = await Space.open(context);
      for (const iova of [FREE + 2 * PAGE, FREE]) await space.device.map(iova, 2 * PAGE);
      expect.result(await space.unmap(FREE, 3 * PAGE), 'ENOENT', 'IOAS_UNMAP of one area and a half');
      expect.result(await space.unmap(FREE, 2 * PAGE), 'ENOENT', 'IOAS_UNMAP of the first area again');
      expect.result(
        await space.unmap(FREE + 2 * PAGE, 2 * PAGE),
        2 * PAGE,
        'the bytes that are unmapped of the second',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/ranges',
    decides:
      'IOAS_IOVA_RANGES without room tells with EMSGSIZE that there is one range, and its alignment: a page with a device, else a byte.',
    requirements: ['LIF-057'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const space = await Space.open(context);
      const ranges = (ioasId: number, reserved = 0): { result: Promise<number>; view: DataView } => {
        const structure = new Uint8Array(IoasIovaRanges.length);
        const view = viewOf(structure);
        view.setUint32(IoasIovaRanges.size, IoasIovaRanges.length);
        view.setUint32(IoasIovaRanges.ioasId, ioasId);
        view.setUint32(IoasIovaRanges.reserved, reserved);
        return { result: space.request(VfioRequest.iommufdIoasIovaRanges, structure), view };
      };
      for (const [what, id, alignment] of [
        ['the address space of the device', space.id, PAGE],
        ['another address space', await space.another(), 1],
      ] as const) {
        const { result, view } = ranges(id);
        expect.result(await result, 'EMSGSIZE', `IOAS_IOVA_RANGES of ${what}`);
        expect.equal(view.getUint32(IoasIovaRanges.numIovas), 1, `ranges of ${what}`);
        expect.equal(view.getUint32(IoasIovaRanges.alignment + 4), alignment, `alignment of ${what}`);
      }
      expect.result(await ranges(99).result, 'ENOENT', 'IOAS_IOVA_RANGES of an unknown address space');
      expect.result(await ranges(space.id, 1).result, 'EOPNOTSUPP', 'IOAS_IOVA_RANGES with a reserved word');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/unmap-of-everything',
    decides: 'IOAS_UNMAP of the whole space, whose length is all ones, takes every area and tells their size.',
    requirements: ['LIF-051'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const space = await Space.open(context);
      await space.device.map(FREE, 2 * PAGE);
      const request = encodeIoasUnmap(space.id, 0, 0);
      request.fill(0xff, IoasUnmap.length64);
      context.expect.result(await space.request(VfioRequest.iommufdIoasUnmap, request), 0, 'IOAS_UNMAP');
      context.expect.equal(getU64(request, IoasUnmap.length64), MIB + 2 * PAGE, 'the bytes that are unmapped');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/destroy',
    decides:
      'DESTROY of an address space fails with EBUSY while a device is attached, and with ENOENT when it is gone.',
    requirements: ['LIF-052'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const space = await Space.open(context);
      expect.result(await space.destroy(space.id), 'EBUSY', 'DESTROY of the address space in use');
      const other = await space.another();
      expect.result(await space.destroy(other), 0, 'DESTROY of another address space');
      expect.result(await space.destroy(other), 'ENOENT', 'DESTROY of it again');
      expect.equal(await space.another(), other, 'the number of the next address space');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/attach-with-wrong-arguments',
    decides:
      'ATTACH and DETACH_IOMMUFD_PT with a short argsz or flags fail with EINVAL, where they fault with EFAULT, an unknown address space with ENOENT.',
    requirements: ['LIF-053'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const space = await Space.open(context);
      const { fd } = space.device.vfio;
      expect.result(await space.attach(99), 'ENOENT', 'ATTACH_IOMMUFD_PT of an unknown address space');
      for (const [what, at, value] of [
        ['a short argsz', 3, 7],
        ['flags', 7, 1],
      ] as const) {
        const [attach, detach] = [encodeAttachIommufdPt(space.id), encodeDetachIommufdPt()];
        attach[at] = detach[at] = value;
        const attached = await system.ioctl(fd, VfioRequest.deviceAttachIommufdPt, attach);
        expect.result(attached, 'EINVAL', `ATTACH_IOMMUFD_PT with ${what}`);
        const detached = await system.ioctl(fd, VfioRequest.deviceDetachIommufdPt, detach);
        expect.result(detached, 'EINVAL', `DETACH_IOMMUFD_PT with ${what}`);
      }
      for (const [name, request] of [
        ['ATTACH_IOMMUFD_PT', VfioRequest.deviceAttachIommufdPt],
        ['DETACH_IOMMUFD_PT', VfioRequest.deviceDetachIommufdPt],
      ] as const) {
        expect.result(await system.ioctl(fd, request, UNMAPPED), 'EFAULT', `${name} that faults`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/attach-of-odd-areas',
    decides:
      'An address space without a device takes areas of any bytes; attaching the device to it then fails with EADDRINUSE.',
    requirements: ['LIF-053'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const space = await Space.open(context);
      const other = await space.another();
      const odd = { ioasId: other, iova: FREE + 0x100, userVa: 16 * PAGE + 0x200, size: 0x300 };
      expect.result(await space.map(odd), 0, 'IOAS_MAP of 768 bytes');
      expect.result(await space.attach(other), 'EADDRINUSE', 'ATTACH_IOMMUFD_PT');
      expect.result(await space.map({}), 0, 'IOAS_MAP into the address space that is still attached');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/structures-of-other-lengths',
    decides:
      'A request of /dev/iommu takes a longer structure if the rest is zero; E2BIG tells that it is not, EINVAL that it is short.',
    requirements: ['LIF-054'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const space = await Space.open(context);
      const alloc = (size: number, behind: number): Promise<number> => {
        const structure = new Uint8Array(16);
        viewOf(structure).setUint32(IoasAlloc.size, size);
        structure[15] = behind;
        return space.request(VfioRequest.iommufdIoasAlloc, structure);
      };
      expect.result(await alloc(IoasAlloc.length - 1, 0), 'EINVAL', 'IOAS_ALLOC with size 11');
      expect.result(await alloc(16, 1), 'E2BIG', 'IOAS_ALLOC with size 16 and a byte that is not zero');
      expect.result(await alloc(16, 0), 0, 'IOAS_ALLOC with size 16 and zeros');
      for (const request of [0x3b7f, 0x3bf0, 0x3c81]) {
        const result = await space.request(request, new Uint8Array(16));
        expect.result(result, 'ENOTTY', `the unknown request ${request.toString(16)}`);
      }
      const flags = encodeIoasAlloc();
      viewOf(flags).setUint32(IoasAlloc.flags, 1);
      expect.result(await space.request(VfioRequest.iommufdIoasAlloc, flags), 'EOPNOTSUPP', 'IOAS_ALLOC with flags');
      const { system } = context;
      expect.result(await system.ioctl(space.iommufd, VfioRequest.iommufdIoasAlloc, UNMAPPED), 'EFAULT', 'a fault');
    },
  }),
];
