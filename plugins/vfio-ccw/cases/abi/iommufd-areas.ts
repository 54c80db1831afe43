/** Programs and data that lie in several areas of an iommufd's address space, and what a failed pin leaves. */

import {
  defineCase,
  encodeAttachIommufdPt,
  encodeFd,
  IommuDestroy,
  VfioRequest,
  viewOf,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { withFiles } from '../../support/files.js';
import { isPending, keepPending, lockedMemory, senseIdInto, suspendedWith } from '../../support/pending.js';
import { noOperations, Started } from '../../support/started.js';

const PAGE = 0x1000;
/** First byte behind the memory that is mapped when a device is opened. */
const END = 0x10_0000;
const READ_ONLY = 0x40_0000;
const UNMAPPED = 0x80_0000;
const CDEV = { way: 'cdev' } as const;

export const areaCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/iommufd/program-across-two-areas',
    decides: 'With an iommufd a program whose CCWs lie in two adjoining areas with buffers of their own runs.',
    requirements: ['TRN-006'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, CDEV);
      await device.map(END, PAGE);
      await device.succeeds(noOperations(2, END - 8), END);
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/data-across-two-areas',
    decides:
      'With an iommufd data over the boundary of two adjoining areas go to the buffer of each, and both of their pages are pinned.',
    requirements: ['TRN-006', 'TRN-068', 'CH-058'],
    needs: ['iommufd', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      await device.succeeds(senseIdInto(0x2000), 0x1000);
      const id = await device.stored(0x2000, 4);
      await device.map(END, 2 * PAGE);
      await device.fill(END - 8, 16, 0xa5);
      await device.succeeds(senseIdInto(END - 2), 0x1000);
      expect.bytes(await device.stored(END - 2, 4), id, 'the Sense ID data over the boundary');
      expect.bytes(await device.stored(END + 2, 6), 'a5a5a5a5a5a5', 'the bytes behind them');
      const before = await lockedMemory(system);
      const areas = [
        { address: END - PAGE - 8, count: 2 * PAGE },
        { address: END - 1, count: 1 },
      ];
      await device.staysPending(suspendedWith(areas));
      expect.equal((await lockedMemory(system)).VmPin, before.VmPin + 12, 'KiB pinned for three pages of two areas');
      await device.clears();
      expect.equal(await lockedMemory(system), before, 'locked memory after the clear');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/data-that-end-where-they-may-not',
    decides:
      'With an iommufd data that begin in one area, and end where nothing is mapped or in one for reading only, fail with ENOENT or EPERM, and nothing stays pinned.',
    requirements: ['TRN-066', 'TRN-040'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      await device.map(READ_ONLY - 2 * PAGE, 2 * PAGE);
      await device.map(READ_ONLY, PAGE, 'read');
      const before = await lockedMemory(system);
      for (const [where, end, errno] of [
        ['where nothing is mapped', END, 'ENOENT'],
        ['in memory for reading only', READ_ONLY, 'EPERM'],
      ] as const) {
        await device.refuses(senseIdInto(end - 2 * PAGE, { count: 3 * PAGE }), errno);
        expect.equal(await lockedMemory(system), before, `locked memory after data that end ${where}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/locked-memory-limit',
    decides:
      'With an iommufd a program that pins more than the limit on locked memory allows fails with ENOMEM, and one that reaches it runs.',
    requirements: ['TRN-043'],
    needs: ['iommufd', 'locked-memory-limit', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      const limit = context.control('setLockedMemoryLimit');
      const before = await lockedMemory(system);
      try {
        await limit(before.VmPin * 1024 + 3 * PAGE);
        await keepPending(device);
        await device.clears();
        await device.refuses(senseIdInto(0x2_0000, { count: 4 * PAGE }), 'ENOMEM');
        expect.equal(await lockedMemory(system), before, 'locked memory after the refusal');
        await device.succeeds(senseIdInto(0x2_0000, { count: 3 * PAGE }), 0x1000);
      } finally {
        await limit(2 ** 40);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/memory-that-the-process-has-unmapped',
    decides: 'With an iommufd data in an area whose memory the process has unmapped fail with EFAULT.',
    requirements: ['TRN-073'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      await device.map(UNMAPPED, 3 * PAGE);
      const address = device.vfio.addressOf?.(UNMAPPED + PAGE) ?? 0;
      const before = await lockedMemory(system);
      expect.result(await system.memory.unmap(address, PAGE), 0, 'munmap of the second page');
      await device.refuses(senseIdInto(UNMAPPED, { count: 2 * PAGE }), 'EFAULT');
      expect.equal(await lockedMemory(system), before, 'locked memory after the refusal');
      for (const page of [0, 2]) await device.succeeds(senseIdInto(UNMAPPED + page * PAGE), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/attach-of-the-same-space',
    decides: 'ATTACH_IOMMUFD_PT of the address space that is attached already leaves a pending request as it is.',
    requirements: ['LIF-061'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      const { files } = device.vfio;
      if (files === undefined || !('ioasId' in files)) throw new Error('the device was not opened through an iommufd');
      await keepPending(device);
      const attach = encodeAttachIommufdPt(files.ioasId);
      const result = await system.ioctl(device.vfio.fd, VfioRequest.deviceAttachIommufdPt, attach);
      expect.result(result, 0, 'ATTACH_IOMMUFD_PT');
      await isPending(device);
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/stand-in-that-was-destroyed',
    decides:
      'When the address space that stands in for a container was destroyed, GET_DEVICE_FD fails with ENODEV until the group has a container anew.',
    requirements: ['LIF-055'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const iommufd = await files.open('/dev/iommu');
        const group = await files.open(places.group);
        await files.request(group, VfioRequest.groupSetContainer, encodeFd(iommufd), 'SET_CONTAINER with an iommufd');
        const structure = new Uint8Array(IommuDestroy.length);
        viewOf(structure).setUint32(IommuDestroy.size, IommuDestroy.length);
        viewOf(structure).setUint32(IommuDestroy.id, 1); // the first object of this iommufd
        await files.request(iommufd, VfioRequest.iommufdDestroy, structure, 'IOMMU_DESTROY of the stand-in');
        for (const time of ['first', 'second']) {
          const device = await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid);
          expect.result(files.keep(device), 'ENODEV', `the ${time} GET_DEVICE_FD`);
        }
        await files.request(group, VfioRequest.groupUnsetContainer, 0, 'UNSET_CONTAINER');
        await files.request(group, VfioRequest.groupSetContainer, encodeFd(iommufd), 'SET_CONTAINER once more');
        const device = files.keep(await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid));
        expect.isTrue(device >= 0, `GET_DEVICE_FD then gives a descriptor (it gave ${device})`);
      }),
  }),
];
