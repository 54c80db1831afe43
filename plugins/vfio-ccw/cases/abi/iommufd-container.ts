/** An iommufd in the place of a container. */

import {
  CcwIrq,
  defineCase,
  DmaMapFlag,
  DmaUnmapFlag,
  encodeDmaMap,
  encodeDmaUnmap,
  encodeFd,
  IommuExtension,
  IommuType,
  loadProgram,
  startRequest,
  unmappedSize,
  UNMAPPED,
  VfioRequest,
  type CaseContext,
  type CaseDefinition,
  type DmaMapFields,
  type DmaUnmapFields,
} from 'ccwspec/plugin';
import { withFiles, type Files } from '../../support/files.js';
import { register, setIrqs } from '../../support/interrupts.js';
import { senseIdInto } from '../../support/pending.js';

const PAGE = 0x1000;
const SPACE = 2 ** 64;
const READ_WRITE = DmaMapFlag.read | DmaMapFlag.write;

/** The group with an iommufd for a container, and the requests of a container on it. */
async function asContainer(
  files: Files,
  { places, system }: CaseContext,
): Promise<{
  iommufd: number;
  group: number;
  map: (fields: Partial<DmaMapFields>) => Promise<number>;
  unmap: (fields: DmaUnmapFields) => Promise<number>;
}> {
  const iommufd = await files.open('/dev/iommu');
  const group = await files.open(places.group);
  await files.request(group, VfioRequest.groupSetContainer, encodeFd(iommufd), 'SET_CONTAINER with an iommufd');
  const good = { flags: READ_WRITE, vaddr: 16 * PAGE, iova: 0, size: PAGE };
  return {
    iommufd,
    group,
    map: (fields) => system.ioctl(iommufd, VfioRequest.iommuMapDma, encodeDmaMap({ ...good, ...fields })),
    unmap: async (fields) => {
      const request = encodeDmaUnmap(fields);
      const result = await system.ioctl(iommufd, VfioRequest.iommuUnmapDma, request);
      return result < 0 ? result : unmappedSize(request);
    },
  };
}

export const iommufdContainerCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/iommufd/requests-of-a-container',
    decides:
      'An iommufd in the place of a container takes SET_IOMMU and MAP_DMA once a group has it, and ENODEV says that none has.',
    requirements: ['LIF-055'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const iommufd = await files.open('/dev/iommu');
        const address = await system.memory.map(PAGE);
        const map = (iova: number): Promise<number> =>
          system.ioctl(
            iommufd,
            VfioRequest.iommuMapDma,
            encodeDmaMap({ flags: READ_WRITE, vaddr: address, iova, size: PAGE }),
          );
        expect.result(await map(0), 'ENODEV', 'MAP_DMA before a group has it');
        const group = await files.open(places.group);
        await files.request(group, VfioRequest.groupSetContainer, encodeFd(iommufd), 'SET_CONTAINER with an iommufd');
        expect.result(await system.ioctl(iommufd, VfioRequest.getApiVersion, 0), 0, 'GET_API_VERSION');
        expect.result(await system.ioctl(iommufd, VfioRequest.setIommu, IommuType.type1v2), 0, 'SET_IOMMU');
        expect.result(await map(0), 0, 'MAP_DMA');
        expect.result(await map(0), 'EEXIST', 'MAP_DMA of the same range');
        await system.memory.unmap(address, PAGE);
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/extensions-of-a-container',
    decides:
      'An iommufd in the place of a container has the extensions type1, type1v2 and unmapping all; other types than these fail with EINVAL.',
    requirements: ['LIF-055'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { iommufd } = await asContainer(files, context);
        for (const [name, extension, answer] of [
          ['type1', IommuType.type1, 1],
          ['type1v2', IommuType.type1v2, 1],
          ['unmapping all', IommuExtension.unmapAll, 1],
          ['coherent storage', IommuExtension.dmaCacheCoherent, 1],
          ['changing addresses', IommuExtension.updateVaddr, 0],
          ['nesting', IommuType.type1Nesting, 0],
        ] as const) {
          const result = await system.ioctl(iommufd, VfioRequest.checkExtension, extension);
          expect.result(result, answer, `CHECK_EXTENSION of ${name}`);
        }
        const nesting = await system.ioctl(iommufd, VfioRequest.setIommu, IommuType.type1Nesting);
        expect.result(nesting, 'EINVAL', 'SET_IOMMU of nesting');
        expect.result(await system.ioctl(iommufd, 0x3b60, 0), 'ENOTTY', 'an unknown request');
        const alone = await files.open('/dev/iommu');
        const none = await system.ioctl(alone, VfioRequest.setIommu, IommuType.type1v2);
        expect.result(none, 'ENODEV', 'SET_IOMMU of an iommufd that no group has');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/map-request-of-a-container',
    decides:
      'MAP_DMA of an iommufd with a short argsz, unknown flags or no bytes fails with EINVAL, one that wraps with EOVERFLOW.',
    requirements: ['LIF-055'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { iommufd, map } = await asContainer(files, context);
        for (const [what, fields, errno] of [
          ['argsz 31', { argsz: 31 }, 'EINVAL'],
          ['a change of address', { flags: READ_WRITE | DmaMapFlag.vaddr }, 'EINVAL'],
          ['no bytes', { size: 0 }, 'EINVAL'],
          ['a range that wraps', { iova: SPACE - PAGE, size: 2 * PAGE }, 'EOVERFLOW'],
        ] as const) {
          expect.result(await map(fields), errno, `MAP_DMA with ${what}`);
        }
        expect.result(await system.ioctl(iommufd, VfioRequest.iommuMapDma, UNMAPPED), 'EFAULT', 'MAP_DMA that faults');
        expect.result(await map({ argsz: 33 }), 0, 'MAP_DMA with argsz 33');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/unmap-request-of-a-container',
    decides: 'UNMAP_DMA of an iommufd tells how much it unmapped; with the flag ALL it takes everything.',
    requirements: ['LIF-055'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { iommufd, map, unmap } = await asContainer(files, context);
        for (const page of [0, 2, 5]) expect.result(await map({ iova: page * PAGE }), 0, `MAP_DMA of page ${page}`);
        for (const [what, fields, errno] of [
          ['argsz 23', { iova: 0, size: PAGE, argsz: 23 }, 'EINVAL'],
          ['an unknown flag', { iova: 0, size: PAGE, flags: DmaUnmapFlag.vaddr }, 'EINVAL'],
          ['no bytes', { iova: 0, size: 0 }, 'EINVAL'],
          ['all, and a size', { iova: 0, size: PAGE, flags: DmaUnmapFlag.all }, 'EINVAL'],
          ['all, and an IOVA', { iova: PAGE, size: 0, flags: DmaUnmapFlag.all }, 'EINVAL'],
          ['a range that wraps', { iova: SPACE - PAGE, size: 2 * PAGE }, 'EOVERFLOW'],
        ] as const) {
          expect.result(await unmap(fields), errno, `UNMAP_DMA with ${what}`);
        }
        const faults = await system.ioctl(iommufd, VfioRequest.iommuUnmapDma, UNMAPPED);
        expect.result(faults, 'EFAULT', 'UNMAP_DMA that faults');
        expect.result(await unmap({ iova: 0, size: PAGE }), PAGE, 'bytes unmapped of page 0');
        expect.result(
          await unmap({ iova: 0, size: 0, flags: DmaUnmapFlag.all }),
          2 * PAGE,
          'bytes unmapped of the rest',
        );
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/unmap-request-of-a-container-that-fails',
    decides: 'UNMAP_DMA of an iommufd that meets a part of an area fails with ENOENT, and tells what it had unmapped.',
    requirements: ['LIF-056'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { iommufd, map } = await asContainer(files, context);
        expect.result(await map({ size: PAGE }), 0, 'MAP_DMA of the first page');
        expect.result(await map({ iova: PAGE, size: 2 * PAGE }), 0, 'MAP_DMA of the second and the third page');
        const request = encodeDmaUnmap({ iova: 0, size: 2 * PAGE });
        const result = await system.ioctl(iommufd, VfioRequest.iommuUnmapDma, request);
        expect.result(result, 'ENOENT', 'UNMAP_DMA of the first two pages');
        expect.equal(unmappedSize(request), PAGE, 'the bytes that it tells as unmapped');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/device-of-a-group',
    decides: 'A device opened through a group with an iommufd runs a program in memory mapped with MAP_DMA.',
    requirements: ['LIF-055'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const { group, map } = await asContainer(files, context);
        const address = await system.memory.map(4 * PAGE);
        try {
          expect.result(await map({ vaddr: address, size: 4 * PAGE }), 0, 'MAP_DMA');
          const device = files.keep(await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid));
          const eventfd = await files.eventfd();
          expect.result(await setIrqs(system, device, register(CcwIrq.io, eventfd)), 0, 'SET_IRQS');
          const program = senseIdInto(0x2000);
          await loadProgram(
            {
              read: async (iova, into) => {
                await system.memory.read(address + iova, into);
              },
              write: async (iova, bytes) => {
                await system.memory.write(address + iova, bytes);
              },
            },
            program,
          );
          expect.result(await system.pwrite(device, startRequest(program), 0), 124, 'the START');
          expect.equal(await system.waitEventfds([eventfd], 5000), [1], 'signals of the I/O eventfd');
          const stored = new Uint8Array(5);
          await system.memory.read(address + 0x2000, stored);
          expect.bytes(stored.subarray(0, 1), 'ff', 'the first byte of the Sense ID data');
          expect.bytes(stored.subarray(4), '00', 'the byte behind them');
          expect.result(await setIrqs(system, device, register(CcwIrq.io, -1)), 0, 'SET_IRQS with descriptor -1');
          await files.close(device);
        } finally {
          await system.memory.unmap(address, 4 * PAGE);
        }
      }),
  }),
];
