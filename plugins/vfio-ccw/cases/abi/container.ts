/** Containers: which types there are, and what each lets a device do. */

import {
  defineCase,
  encodeFd,
  IommuExtension,
  IommuType,
  loadProgram,
  startRequest,
  VfioRequest,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { withFiles } from '../../support/files.js';
import { senseIdInto } from '../../support/pending.js';
import { noOperations, Started } from '../../support/started.js';

export const containerCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/container/iommu-without-group',
    decides: 'SET_IOMMU of a container without a group fails with EINVAL.',
    requirements: ['LIF-033'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const container = await files.open('/dev/vfio/vfio');
        const result = await context.system.ioctl(container, VfioRequest.setIommu, IommuType.type1v2);
        context.expect.result(result, 'EINVAL', 'SET_IOMMU');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/container/both-versions-of-type1',
    decides:
      'A container with the group of an mdev takes type1 of version 1 and of version 2, once, and no other type.',
    requirements: ['LIF-033'],
    recorded: ['V1: SET_IOMMU', 'MAIN: SET_IOMMU', 'NOTOPER: SET_IOMMU'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, places, system } = context;
      for (const [name, type] of [
        ['type1', IommuType.type1],
        ['type1v2', IommuType.type1v2],
      ] as const) {
        await withFiles(context, async (files) => {
          const container = await files.open('/dev/vfio/vfio');
          const group = await files.open(places.group);
          await files.request(group, VfioRequest.groupSetContainer, encodeFd(container), 'SET_CONTAINER');
          for (const [what, number, errno] of [
            ['an extension that is no type', IommuExtension.unmapAll, 'EINVAL'],
            ['a type that does not exist', 99, 'ENODEV'],
          ] as const) {
            const result = await system.ioctl(container, VfioRequest.setIommu, number);
            expect.result(result, errno, `SET_IOMMU of ${what}`);
          }
          expect.result(await system.ioctl(container, VfioRequest.setIommu, type), 0, `SET_IOMMU of ${name}`);
          const again = await system.ioctl(container, VfioRequest.setIommu, type);
          expect.result(again, 'EINVAL', `a second SET_IOMMU of ${name}`);
        });
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/version-1-cannot-pin',
    decides: 'In a container of version 1 a program that transfers data fails with EACCES.',
    requirements: ['TRN-041'],
    recorded: ['V1: v1 container sense id'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, { iommu: 'type1' });
      await device.refuses(senseIdInto(0x2000), 'EACCES');
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/version-1-runs-programs-without-data',
    decides: 'In a container of version 1 a program that transfers no data runs: CCWs are fetched without pinning.',
    requirements: ['TRN-064'],
    recorded: ['V1: v1 container NOP'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, { iommu: 'type1' });
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/request-of-another-process',
    decides:
      'A START from a process other than the one that mapped the memory fails with EFAULT; the mapper can go on.',
    requirements: ['TRN-042'],
    recorded: ['MAIN: START from child mm'],
    needs: ['vfio', 'second-process'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const child = await system.fork();
      try {
        const program = noOperations(1);
        await loadProgram(device.vfio.memory, program);
        const result = await child.pwrite(device.vfio.fd, startRequest(program), 0);
        expect.result(result, 'EFAULT', 'the START of the child');
      } finally {
        await child.exit?.();
      }
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
];
