/** Character devices and iommufd: memory that goes while a request is pending. */

import { defineCase, type CaseDefinition } from 'ccwspec/plugin';
import { isPending, keepPending, lockedMemory } from '../../support/pending.js';
import { Started } from '../../support/started.js';

const PAGE = 0x1000;
const OTHER = 0x40_0000;

export const iommufdUnmappingCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/iommufd/unmapping-other-memory',
    decides: 'IOAS_UNMAP of memory that a pending request does not use leaves it pending, with its page pinned.',
    requirements: ['TRN-053'],
    guards: ['5a4fe7c41b58'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, { way: 'cdev' });
      await device.map(OTHER, 2 * PAGE);
      await keepPending(device);
      const during = await lockedMemory(system);
      expect.result(await device.vfio.unmapDma(OTHER, 2 * PAGE), 0, 'IOAS_UNMAP of the other memory');
      expect.equal(await lockedMemory(system), during, 'locked memory after it');
      await isPending(device);
    },
  }),
];
