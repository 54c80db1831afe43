/** Character devices and iommufd: address spaces, and what they let a device do. */

import {
  allocatedIoas,
  CcwIrq,
  defineCase,
  encodeAttachIommufdPt,
  encodeBindIommufd,
  encodeDetachIommufdPt,
  encodeIoasAlloc,
  loadProgram,
  startRequest,
  VfioRequest,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { withFiles } from '../../support/files.js';
import { register, setIrqs } from '../../support/interrupts.js';
import { isPending, keepPending, lockedMemory, senseIdInto } from '../../support/pending.js';
import { noOperations, Started } from '../../support/started.js';

const PAGE = 0x1000;
const END = 0x10_0000;
const READ_ONLY = 0x40_0000;
const WRITE_ONLY = 0x50_0000;
const UNMAPPED = 0x80_0000;
const CDEV = { way: 'cdev' } as const;

/** The address space that the device was attached to when it was opened. */
function spaceOf({ vfio }: Started): { iommufd: number; ioasId: number } {
  if (vfio.files === undefined || !('ioasId' in vfio.files))
    throw new Error('the device was not opened through an iommufd');
  return vfio.files;
}

export const memoryCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/iommufd/start-without-address-space',
    decides: 'A START on a bound device without an address space fails with ENOENT; interrupts and regions work.',
    requirements: ['LIF-019'],
    recorded: ['IOMMUFD: irq set', 'IOMMUFD: START without IOAS'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const device = await files.open(places.cdev ?? '');
        const bind = encodeBindIommufd(await files.open('/dev/iommu'));
        await files.request(device, VfioRequest.deviceBindIommufd, bind, 'BIND_IOMMUFD');
        const eventfd = await files.eventfd();
        expect.result(await setIrqs(system, device, register(CcwIrq.io, eventfd)), 0, 'SET_IRQS');
        expect.result(await system.pwrite(device, startRequest(noOperations(1)), 0), 'ENOENT', 'a START');
        expect.result(await setIrqs(system, device, register(CcwIrq.io, -1)), 0, 'SET_IRQS with descriptor -1');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/program-runs',
    decides: 'A program runs, and its data arrive, in memory mapped into the address space of an iommufd.',
    requirements: ['LIF-039'],
    recorded: ['IOMMUFD: IOAS_ALLOC', 'IOMMUFD: ATTACH', 'IOMMUFD: MAP A', 'IOMMUFD: senseid'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, CDEV);
      await device.fill(0x2000, 8, 0xa5);
      await device.succeeds(senseIdInto(0x2000), 0x1000);
      const data = await device.stored(0x2000, 8);
      context.expect.bytes(data.subarray(0, 1), 'ff', 'the first byte of the Sense ID data');
      context.expect.bytes(data.subarray(4), 'a5a5a5a5', 'the memory behind the data');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/program-in-unmapped-memory',
    decides: 'With an iommufd a channel-program address that is not mapped fails with ENOENT.',
    requirements: ['TRN-004'],
    recorded: ['IOMMUFD: CPA unmapped'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, CDEV);
      await device.refuses({ ...noOperations(1, UNMAPPED), memory: [] }, 'ENOENT');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/data-in-unmapped-memory',
    decides: 'With an iommufd a CCW that stores at an address that is not mapped fails with ENOENT.',
    requirements: ['TRN-066'],
    recorded: ['IOMMUFD: senseid unmapped'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, CDEV);
      await device.refuses(senseIdInto(UNMAPPED), 'ENOENT');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/program-in-memory-for-reading',
    decides: 'With an iommufd a program in a mapping for reading only runs.',
    requirements: ['TRN-065'],
    recorded: ['IOMMUFD: MAP RO', 'IOMMUFD: CPA RO'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, CDEV);
      await device.map(READ_ONLY, PAGE, 'read');
      await device.succeeds(noOperations(1, READ_ONLY), READ_ONLY);
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/program-in-memory-for-writing',
    decides: 'With an iommufd a program in a mapping for writing only fails with EPERM.',
    requirements: ['TRN-007'],
    recorded: ['IOMMUFD: MAP WO', 'IOMMUFD: CPA WO'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, CDEV);
      await device.map(WRITE_ONLY, PAGE, 'write');
      await device.refuses(noOperations(1, WRITE_ONLY), 'EPERM');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/data-in-memory-for-reading',
    decides: 'With an iommufd a CCW that stores into a mapping for reading only fails with EPERM.',
    requirements: ['TRN-040'],
    recorded: ['IOMMUFD: senseid RO'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, CDEV);
      await device.map(READ_ONLY, PAGE, 'read');
      await device.refuses(senseIdInto(READ_ONLY), 'EPERM');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/data-in-the-last-page-stay-in-their-mapping',
    decides:
      'With an iommufd, data off a page boundary in the last page of a mapping go there, although another mapping adjoins it.',
    requirements: ['TRN-058'],
    recorded: ['IOMMUFD: senseid at 0xff800', 'IOMMUFD: senseid at 0xff800 / A / B-'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      await device.map(END, PAGE);
      await device.map(READ_ONLY, PAGE, 'read');
      const at = END - 0x800;
      await device.succeeds(senseIdInto(at), 0x1000);
      expect.bytes(await device.stored(at, 1), 'ff', 'the first byte of the Sense ID data');
      const inFront = new Uint8Array(4).fill(0xa5);
      await system.memory.read((device.vfio.addressOf?.(END) ?? 0) - 0x800, inFront);
      expect.bytes(inFront, '00000000', 'the memory in front of the neighbour');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/pending-request-pins-its-page',
    decides: 'With an iommufd a pending request has the page of its data pinned: VmPin grows by 4 KiB, VmLck does not.',
    requirements: ['TRN-068'],
    recorded: ['IOMMUFD: START suspended', 'IOMMUFD: START pending'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      const before = await lockedMemory(system);
      await keepPending(device);
      const during = { VmLck: before.VmLck, VmPin: before.VmPin + 4 };
      expect.equal(await lockedMemory(system), during, 'locked memory while the request is pending');
      await isPending(device);
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/detach-ends-the-request',
    decides: 'DETACH_IOMMUFD_PT loses a pending request and unpins its pages; a START then fails with ENOENT.',
    requirements: ['LIF-040', 'TRN-054'],
    recorded: ['IOMMUFD: DETACH while pending', 'IOMMUFD: START after DETACH'],
    needs: ['iommufd', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      const before = await lockedMemory(system);
      await keepPending(device);
      const detach = await system.ioctl(device.vfio.fd, VfioRequest.deviceDetachIommufdPt, encodeDetachIommufdPt());
      expect.result(detach, 0, 'DETACH_IOMMUFD_PT');
      expect.equal(await lockedMemory(system), before, 'locked memory after the detach');
      await device.refuses(noOperations(1), 'ENOENT');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/detach-again',
    decides:
      'DETACH_IOMMUFD_PT of a device without an address space succeeds; attached again, the device runs programs.',
    requirements: ['LIF-041'],
    recorded: ['IOMMUFD: DETACH again', 'IOMMUFD: ATTACH #2', 'IOMMUFD: START after ATTACH'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      for (const time of ['first', 'second']) {
        const detach = await system.ioctl(device.vfio.fd, VfioRequest.deviceDetachIommufdPt, encodeDetachIommufdPt());
        expect.result(detach, 0, `the ${time} DETACH_IOMMUFD_PT`);
      }
      const attach = encodeAttachIommufdPt(spaceOf(device).ioasId);
      expect.result(
        await system.ioctl(device.vfio.fd, VfioRequest.deviceAttachIommufdPt, attach),
        0,
        'ATTACH_IOMMUFD_PT',
      );
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/attach-of-another-space-ends-the-request',
    decides:
      'ATTACH_IOMMUFD_PT of another address space loses a pending request, and the device sees the new memory only.',
    requirements: ['LIF-040'],
    needs: ['iommufd', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, CDEV);
      const { iommufd } = spaceOf(device);
      const before = await lockedMemory(system);
      const alloc = encodeIoasAlloc();
      expect.result(await system.ioctl(iommufd, VfioRequest.iommufdIoasAlloc, alloc), 0, 'IOMMU_IOAS_ALLOC');
      await keepPending(device);
      const attach = encodeAttachIommufdPt(allocatedIoas(alloc));
      expect.result(
        await system.ioctl(device.vfio.fd, VfioRequest.deviceAttachIommufdPt, attach),
        0,
        'ATTACH_IOMMUFD_PT',
      );
      expect.equal(await lockedMemory(system), before, 'locked memory after the attach');
      await device.refuses(noOperations(1), 'ENOENT');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/request-of-another-process',
    decides: 'With an iommufd a START from another process than the one that mapped the memory runs.',
    requirements: ['TRN-069'],
    recorded: ['IOMMUFD: START child mm'],
    needs: ['iommufd', 'second-process'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, CDEV);
      const program = noOperations(1);
      await loadProgram(device.vfio.memory, program);
      const child = await context.system.fork();
      try {
        const result = await child.pwrite(device.vfio.fd, startRequest(program), 0);
        context.expect.result(result, 124, 'the START of the child');
        await device.lastIrb(program.name);
      } finally {
        await child.exit?.();
      }
    },
  }),
];
