/** The requests of a type1 container with the group of an mdev: what it says of itself, mapping and unmapping. */

import {
  defineCase,
  DmaMapFlag,
  DmaUnmapFlag,
  encodeDmaMap,
  IommuExtension,
  IommuInfo,
  IommuInfoCapability,
  IommuInfoFlag,
  IommuType,
  UNMAPPED,
  VfioRequest,
  viewOf,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { Container } from '../../support/container.js';
import { withFiles } from '../../support/files.js';

const PAGE = 0x1000;
const MIB = 0x10_0000;
const READ_WRITE = DmaMapFlag.read | DmaMapFlag.write;
const FREE = 0x80_0000;
const SPACE = 2 ** 64;

/** The word at `offset` of the capability `id`, version 1, of GET_INFO; undefined without it. */
function capability(view: DataView, id: number, offset: number): number | undefined {
  for (let at = view.getUint32(IommuInfo.capOffset); at !== 0; at = view.getUint32(at + 4)) {
    if (view.getUint16(at) === id && view.getUint16(at + 2) === 1) return view.getUint32(at + offset);
  }
  return undefined;
}

/** How many more mappings the container takes. */
const entriesLeft = (view: DataView): number | undefined => capability(view, IommuInfoCapability.dmaAvail, 8);
/** The low words of the page sizes and of the bytes of the largest bitmap for dirty pages. */
const dirtyPageSizes = (view: DataView): number | undefined => capability(view, IommuInfoCapability.migration, 20);
const dirtyPageFlags = (view: DataView): number | undefined => capability(view, IommuInfoCapability.migration, 8);
const largestBitmap = (view: DataView): number | undefined => capability(view, IommuInfoCapability.migration, 28);

export const containerRequestCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/container/version-and-extensions',
    decides:
      'A container has API version 0 and the extensions type1, type1v2 and unmapping all, with an mdev coherent storage too, but no change of addresses.',
    requirements: ['LIF-043'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { fd } = await Container.open(context);
      expect.result(await system.ioctl(fd, VfioRequest.getApiVersion, 0), 0, 'GET_API_VERSION');
      await withFiles(context, async (files) => {
        const alone = await files.open('/dev/vfio/vfio');
        const coherent = await system.ioctl(alone, VfioRequest.checkExtension, IommuExtension.dmaCacheCoherent);
        expect.result(coherent, 0, 'CHECK_EXTENSION of coherent storage before SET_IOMMU');
      });
      for (const [name, extension, answer] of [
        ['type1', IommuType.type1, 1],
        ['type1v2', IommuType.type1v2, 1],
        ['unmapping all', IommuExtension.unmapAll, 1],
        ['coherent storage', IommuExtension.dmaCacheCoherent, 1],
        ['changing addresses', IommuExtension.updateVaddr, 0],
        ['an extension that does not exist', 99, 0],
      ] as const) {
        const result = await system.ioctl(fd, VfioRequest.checkExtension, extension);
        expect.result(result, answer, `CHECK_EXTENSION of ${name}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/requests-before-the-iommu',
    decides:
      'Before SET_IOMMU a container answers memory requests with EINVAL, and afterwards unknown ones with ENOTTY.',
    requirements: ['LIF-044'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const alone = await files.open('/dev/vfio/vfio');
        const map = encodeDmaMap({ flags: READ_WRITE, vaddr: PAGE, iova: 0, size: PAGE });
        expect.result(await system.ioctl(alone, VfioRequest.iommuMapDma, map), 'EINVAL', 'MAP_DMA before SET_IOMMU');
        expect.result(await system.ioctl(alone, 0x3bfe, map), 'EINVAL', 'an unknown request before SET_IOMMU');
        const { fd } = await Container.open(context);
        expect.result(await system.ioctl(fd, 0x3bfe, map), 'ENOTTY', 'an unknown request after SET_IOMMU');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/container/information',
    decides:
      'GET_INFO of a container shows the page sizes from 4 KiB on, and with room for capabilities how many mappings are left.',
    requirements: ['LIF-045'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const container = await Container.open(context);
      expect.result((await container.info(IommuInfo.minimum - 1)).result, 'EINVAL', 'GET_INFO with argsz 15');
      const { result, view } = await container.info(IommuInfo.length);
      expect.result(result, 0, 'GET_INFO with argsz 24');
      expect.equal(view.getUint32(IommuInfo.flags), IommuInfoFlag.pgsizes | IommuInfoFlag.caps, 'flags');
      expect.equal(view.getUint32(IommuInfo.iovaPgsizes + 4), 0xffff_f000, 'the low word of the page sizes');
      const needed = view.getUint32(IommuInfo.argsz);
      expect.isTrue(needed > IommuInfo.length, `argsz says how much is needed (it says ${needed})`);
      expect.equal(view.getUint32(IommuInfo.capOffset), 0, 'cap_offset without room');
      expect.result((await container.info(needed - 1)).view.getUint32(IommuInfo.argsz), needed, 'argsz one byte short');
      const shortest = await container.info(IommuInfo.minimum);
      expect.result(shortest.result, 0, 'GET_INFO with argsz 16');
      expect.equal(shortest.view.getUint32(IommuInfo.capOffset), 0xa5a5_a5a5, 'the bytes behind argsz 16');
      expect.isTrue(
        entriesLeft((await container.info(needed)).view) !== undefined,
        'the room that is needed is enough',
      );
      expect.equal(dirtyPageSizes((await container.info(128)).view), PAGE, 'page sizes of dirty bitmaps');
      expect.equal(largestBitmap((await container.info(128)).view), 2 ** 28, 'bytes of the largest dirty bitmap');
      expect.equal(dirtyPageFlags((await container.info(128)).view), 0, 'flags of the capability of dirty bitmaps');
      const faults = await context.system.ioctl(container.fd, VfioRequest.iommuGetInfo, UNMAPPED);
      expect.result(faults, 'EFAULT', 'GET_INFO that faults');
      const before = entriesLeft((await container.info(128)).view) ?? 0;
      await container.device.map(FREE, PAGE);
      expect.equal(entriesLeft((await container.info(128)).view), before - 1, 'mappings left after one more');
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/map-with-wrong-arguments',
    decides: 'MAP_DMA that is not of whole pages, that wraps, without access or with unknown flags fails with EINVAL.',
    requirements: ['LIF-046'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const container = await Container.open(context);
      const good = { flags: READ_WRITE, vaddr: 16 * PAGE, iova: FREE, size: PAGE };
      for (const [what, fields] of [
        ['no bytes', { size: 0 }],
        ['an odd IOVA', { iova: FREE + 0x800 }],
        ['an odd size', { size: PAGE + 8 }],
        ['an odd address', { vaddr: 16 * PAGE + 1 }],
        ['a range that wraps', { iova: SPACE - PAGE, size: 2 * PAGE }],
        ['no access', { flags: 0 }],
        ['an unknown flag', { flags: READ_WRITE | 8 }],
        ['access and a change of address', { flags: READ_WRITE | DmaMapFlag.vaddr }],
        ['argsz 31', { argsz: 31 }],
        ['an address that wraps', { vaddr: SPACE - PAGE, size: 2 * PAGE }],
        ['a change of the address of a mapping', { flags: DmaMapFlag.vaddr, iova: 0, size: MIB }],
      ] as const) {
        expect.result(await container.map({ ...good, ...fields }), 'EINVAL', `MAP_DMA with ${what}`);
      }
      const change = await container.map({ ...good, flags: DmaMapFlag.vaddr });
      expect.result(change, 'ENOENT', 'MAP_DMA with a change of the address of nothing');
      expect.result(
        await system.ioctl(container.fd, VfioRequest.iommuMapDma, UNMAPPED),
        'EFAULT',
        'MAP_DMA that faults',
      );
      expect.result(await container.map({ ...good, iova: SPACE - PAGE }), 0, 'MAP_DMA of the last page of all');
      expect.result(await container.map({ ...good, vaddr: SPACE - PAGE }), 0, 'MAP_DMA of the last address of all');
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/map-over-a-mapping',
    decides:
      'MAP_DMA of a range that overlaps a mapping by a page, at either end, fails with EEXIST; beside it, it succeeds.',
    requirements: ['LIF-046'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const container = await Container.open(context);
      await container.device.map(FREE, 2 * PAGE);
      const map = (iova: number, size: number): Promise<number> =>
        container.map({ flags: READ_WRITE, vaddr: 16 * PAGE, iova, size });
      for (const [what, iova, size] of [
        ['the same range', FREE, 2 * PAGE],
        ['a range that ends in it', FREE - PAGE, 2 * PAGE],
        ['a range that begins in it', FREE + PAGE, 2 * PAGE],
        ['a range around it', FREE - PAGE, 4 * PAGE],
      ] as const) {
        expect.result(await map(iova, size), 'EEXIST', `MAP_DMA of ${what}`);
      }
      expect.result(await map(FREE - PAGE, PAGE), 0, 'MAP_DMA of the page in front');
      expect.result(await map(FREE + 2 * PAGE, PAGE), 0, 'MAP_DMA of the page behind');
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/unmap-with-wrong-arguments',
    decides:
      'UNMAP_DMA that is not of whole pages, that wraps or has unknown flags fails with EINVAL, a change of addresses with EBUSY.',
    requirements: ['LIF-047'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const container = await Container.open(context);
      const good = { iova: 0, size: MIB };
      for (const [what, fields] of [
        ['no bytes', { size: 0 }],
        ['an odd IOVA', { iova: FREE + 8, size: PAGE }],
        ['an odd size', { size: PAGE + 8 }],
        ['a range that wraps', { iova: SPACE - PAGE, size: 2 * PAGE }],
        ['an unknown flag', { flags: 8 }],
        ['all, and a size', { flags: DmaUnmapFlag.all }],
        ['all, and an IOVA', { flags: DmaUnmapFlag.all, iova: PAGE, size: 0 }],
        ['argsz 23', { argsz: 23 }],
        ['dirty pages and all', { flags: DmaUnmapFlag.getDirty | DmaUnmapFlag.all, size: 0 }],
        ['dirty pages and a change of addresses', { flags: DmaUnmapFlag.getDirty | DmaUnmapFlag.vaddr }],
      ] as const) {
        expect.result(await container.unmap({ ...good, ...fields }), 'EINVAL', `UNMAP_DMA with ${what}`);
      }
      const faults = await context.system.ioctl(container.fd, VfioRequest.iommuUnmapDma, UNMAPPED);
      expect.result(faults, 'EFAULT', 'UNMAP_DMA that faults');
      expect.result(
        await container.unmap({ iova: SPACE - PAGE, size: PAGE }),
        0,
        'UNMAP_DMA up to the last byte of all',
      );
      const vaddr = await container.unmap({ ...good, flags: DmaUnmapFlag.vaddr });
      expect.result(vaddr, 'EBUSY', 'UNMAP_DMA of addresses alone, with an mdev');
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/unmap-of-whole-mappings',
    decides:
      'In version 2 an unmap takes every mapping inside its range and tells their size; one that would cut a mapping fails with EINVAL.',
    requirements: ['LIF-048'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const container = await Container.open(context);
      for (const iova of [FREE, FREE + 2 * PAGE]) await container.device.map(iova, 2 * PAGE);
      for (const [what, iova, size] of [
        ['the end of one', FREE + PAGE, PAGE],
        ['the beginning of one', FREE, PAGE],
        ['one and a half', FREE, 3 * PAGE],
        ['a half and one', FREE + PAGE, 3 * PAGE],
      ] as const) {
        expect.result(await container.unmap({ iova, size }), 'EINVAL', `UNMAP_DMA of ${what}`);
      }
      const both = await container.unmap({ iova: FREE - PAGE, size: 8 * PAGE });
      expect.result(both, 4 * PAGE, 'the bytes that are unmapped of both');
      expect.result(await container.unmap({ iova: FREE, size: 4 * PAGE }), 0, 'the bytes that are unmapped of nothing');
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/unmap-of-everything',
    decides: 'UNMAP_DMA with the flag ALL takes every mapping and tells their size.',
    requirements: ['LIF-048'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const container = await Container.open(context);
      await container.device.map(FREE, 2 * PAGE);
      const unmapped = await container.unmap({ iova: 0, size: 0, flags: DmaUnmapFlag.all });
      context.expect.result(unmapped, MIB + 2 * PAGE, 'the bytes that are unmapped');
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/unmap-in-version-1',
    decides:
      'In version 1 an unmap takes the whole of a mapping at whose beginning it begins, and nothing of one that it begins in.',
    requirements: ['LIF-049'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const container = await Container.open(context, 'type1');
      await container.device.map(FREE, 2 * PAGE);
      expect.result(
        await container.unmap({ iova: FREE + PAGE, size: PAGE }),
        0,
        'bytes unmapped from its second page on',
      );
      expect.result(
        await container.unmap({ iova: FREE, size: PAGE }),
        2 * PAGE,
        'bytes unmapped from its first page on',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/dirty-pages-with-wrong-arguments',
    decides:
      'DIRTY_PAGES with a short argsz, an unknown flag or two flags fails with EINVAL, and in version 1 always with EACCES.',
    requirements: ['LIF-058'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const dirtyPages = ({ fd }: Container, argsz: number, flags: number): Promise<number> => {
        const structure = new Uint8Array(8);
        viewOf(structure).setUint32(0, argsz);
        viewOf(structure).setUint32(4, flags);
        return system.ioctl(fd, VfioRequest.iommuDirtyPages, structure);
      };
      const container = await Container.open(context);
      for (const [what, argsz, flags] of [
        ['argsz 7', 7, 1],
        ['an unknown flag', 8, 8],
        ['two flags', 8, 3],
      ] as const) {
        expect.result(await dirtyPages(container, argsz, flags), 'EINVAL', `DIRTY_PAGES with ${what}`);
      }
      const faults = await system.ioctl(container.fd, VfioRequest.iommuDirtyPages, UNMAPPED);
      expect.result(faults, 'EFAULT', 'DIRTY_PAGES that faults');
      await container.device.vfio.close();
      expect.result(await dirtyPages(await Container.open(context, 'type1'), 8, 1), 'EACCES', 'version 1');
    },
  }),
];
