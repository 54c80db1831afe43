/** The requests of a type1 container with the group of an mdev: what it says of itself, mapping and unmapping. */

import {
  defineCase,
  DmaMapFlag,
  DmaUnmapFlag,
  encodeDmaMap,
  encodeDmaUnmap,
  IommuExtension,
  IommuInfo,
  IommuInfoCapability,
  IommuInfoFlag,
  IommuType,
  unmappedSize,
  UNMAPPED,
  VfioRequest,
  viewOf,
  type CaseContext,
  type CaseDefinition,
  type DmaMapFields,
  type DmaUnmapFields,
} from 'ccwspec/plugin';
import { withFiles } from '../../support/files.js';
import { Started } from '../../support/started.js';

const PAGE = 0x1000;
const MIB = 0x10_0000;
const READ_WRITE = DmaMapFlag.read | DmaMapFlag.write;
const FREE = 0x80_0000;
const SPACE = 2 ** 64;

/** The container behind an open device, and calls on it. */
class Container {
  private constructor(
    readonly context: CaseContext,
    readonly device: Started,
    readonly fd: number,
  ) {}

  static async open(context: CaseContext, iommu: 'type1v2' | 'type1' = 'type1v2'): Promise<Container> {
    const device = await Started.open(context, { iommu });
    const { files } = device.vfio;
    if (files === undefined || !('container' in files))
      throw new Error('the device was not opened through a container');
    return new Container(context, device, files.container);
  }

  map(fields: DmaMapFields): Promise<number> {
    return this.context.system.ioctl(this.fd, VfioRequest.iommuMapDma, encodeDmaMap(fields));
  }

  /** @returns the bytes that were unmapped, or a negative errno */
  async unmap(fields: DmaUnmapFields): Promise<number> {
    const request = encodeDmaUnmap(fields);
    const result = await this.context.system.ioctl(this.fd, VfioRequest.iommuUnmapDma, request);
    return result < 0 ? result : unmappedSize(request);
  }

  /** VFIO_IOMMU_GET_INFO in a structure of 128 bytes whose argsz says `argsz`. */
  async info(argsz: number): Promise<{ result: number; view: DataView }> {
    const structure = new Uint8Array(128);
    const view = viewOf(structure);
    view.setUint32(IommuInfo.argsz, argsz);
    return { result: await this.context.system.ioctl(this.fd, VfioRequest.iommuGetInfo, structure), view };
  }
}

/** The entries left for mappings, from the capability of GET_INFO; undefined without it. */
function entriesLeft(view: DataView): number | undefined {
  for (let at = view.getUint32(IommuInfo.capOffset); at !== 0; at = view.getUint32(at + 4)) {
    if (view.getUint16(at) === IommuInfoCapability.dmaAvail) return view.getUint32(at + 8);
  }
  return undefined;
}

export const containerRequestCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/container/version-and-extensions',
    decides:
      'A container has API version 0 and the extensions type1, type1v2 and unmapping all, and with an mdev no change of addresses.',
    requirements: ['LIF-043'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { fd } = await Container.open(context);
      expect.result(await system.ioctl(fd, VfioRequest.getApiVersion, 0), 0, 'GET_API_VERSION');
      for (const [name, extension, answer] of [
        ['type1', IommuType.type1, 1],
        ['type1v2', IommuType.type1v2, 1],
        ['unmapping all', IommuExtension.unmapAll, 1],
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
      ] as const) {
        expect.result(await container.map({ ...good, ...fields }), 'EINVAL', `MAP_DMA with ${what}`);
      }
      expect.result(
        await system.ioctl(container.fd, VfioRequest.iommuMapDma, UNMAPPED),
        'EFAULT',
        'MAP_DMA that faults',
      );
      expect.result(await container.map({ ...good, iova: SPACE - PAGE }), 0, 'MAP_DMA of the last page of all');
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
        ['an odd IOVA', { iova: 8 }],
        ['an odd size', { size: PAGE + 8 }],
        ['a range that wraps', { iova: SPACE - PAGE, size: 2 * PAGE }],
        ['an unknown flag', { flags: 8 }],
        ['all, and a size', { flags: DmaUnmapFlag.all }],
        ['all, and an IOVA', { flags: DmaUnmapFlag.all, iova: PAGE, size: 0 }],
        ['argsz 23', { argsz: 23 }],
      ] as const) {
        expect.result(await container.unmap({ ...good, ...fields }), 'EINVAL', `UNMAP_DMA with ${what}`);
      }
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
];
