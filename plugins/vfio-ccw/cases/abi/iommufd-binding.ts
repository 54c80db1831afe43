/** Character devices and iommufd: binding. */

import {
  defineCase,
  encodeAttachIommufdPt,
  encodeBindIommufd,
  encodeDetachIommufdPt,
  encodeDeviceInfo,
  encodeFd,
  UNMAPPED,
  VfioRequest,
  type CaseContext,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { withFiles, type Files } from '../../support/files.js';
import { Started } from '../../support/started.js';

/** The character device and an iommufd, not bound. */
async function opened(files: Files, { places }: CaseContext): Promise<{ device: number; iommufd: number }> {
  return { device: await files.open(places.cdev ?? ''), iommufd: await files.open('/dev/iommu') };
}

export const iommufdBindingCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/iommufd/nothing-works-before-bind',
    decides: 'On a character device that is not bound, read, write and every ioctl but BIND_IOMMUFD fail with EINVAL.',
    requirements: ['LIF-016'],
    recorded: ['IOMMUFD: cdev open', 'IOMMUFD: cdev read before bind', 'IOMMUFD: cdev GET_INFO before bind'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { device } = await opened(files, context);
        expect.result(await system.pread(device, new Uint8Array(124), 0), 'EINVAL', 'a read');
        expect.result(await system.pwrite(device, new Uint8Array(124), 0), 'EINVAL', 'a write');
        expect.result(await system.mmap(device, 4096), 'EINVAL', 'an mmap');
        for (const [name, request, argument] of [
          ['GET_INFO', VfioRequest.deviceGetInfo, encodeDeviceInfo()],
          ['RESET', VfioRequest.deviceReset, 0],
          ['DETACH_IOMMUFD_PT', VfioRequest.deviceDetachIommufdPt, encodeDetachIommufdPt()],
          ['an unknown request', 0x3bff, 0],
        ] as const) {
          expect.result(await system.ioctl(device, request, argument), 'EINVAL', name);
        }
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/bind-with-wrong-arguments',
    decides: 'BIND_IOMMUFD with flags, with a negative descriptor or with argsz below 16 fails with EINVAL.',
    requirements: ['LIF-017'],
    recorded: ['IOMMUFD: BIND flags1', 'IOMMUFD: BIND fd-1', 'IOMMUFD: BIND argsz15'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { device, iommufd } = await opened(files, context);
        for (const [name, argument] of [
          ['flags 1', encodeBindIommufd(iommufd, 1)],
          ['descriptor -1', encodeBindIommufd(-1)],
          ['argsz 15', encodeBindIommufd(iommufd, 0, 15)],
        ] as const) {
          const result = await system.ioctl(device, VfioRequest.deviceBindIommufd, argument);
          expect.result(result, 'EINVAL', `BIND_IOMMUFD with ${name}`);
        }
        const faults = await system.ioctl(device, VfioRequest.deviceBindIommufd, UNMAPPED);
        expect.result(faults, 'EFAULT', 'BIND_IOMMUFD that faults');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/bind-of-other-files',
    decides:
      'BIND_IOMMUFD fails with EBADF for a descriptor that is not open, and with EBADFD for another kind of file.',
    requirements: ['LIF-034'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { device } = await opened(files, context);
        const bind = (fd: number): Promise<number> =>
          system.ioctl(device, VfioRequest.deviceBindIommufd, encodeBindIommufd(fd));
        expect.result(await bind(999), 'EBADF', 'BIND_IOMMUFD with descriptor 999');
        expect.result(await bind(await files.open('/dev/null')), 'EBADFD', 'BIND_IOMMUFD with /dev/null');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/bind-while-the-group-is-open',
    decides: 'BIND_IOMMUFD fails with EBUSY while the group of the device is open, and succeeds when it is closed.',
    requirements: ['LIF-035'],
    recorded: ['IOMMUFD: iommufd', 'IOMMUFD: BIND while group open', 'IOMMUFD: BIND'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const group = await files.open(places.group);
        const { device, iommufd } = await opened(files, context);
        const bind = (): Promise<number> =>
          system.ioctl(device, VfioRequest.deviceBindIommufd, encodeBindIommufd(iommufd));
        expect.result(await bind(), 'EBUSY', 'BIND_IOMMUFD while the group is open');
        await files.close(group);
        expect.result(await bind(), 0, 'BIND_IOMMUFD after the close');
        expect.result(await system.pread(device, new Uint8Array(124), 0), 124, 'a read of the I/O region');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/bind-again',
    decides: 'A second BIND_IOMMUFD of one descriptor fails with EINVAL.',
    requirements: ['LIF-017'],
    recorded: ['IOMMUFD: BIND again'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { device, iommufd } = await opened(files, context);
        const bind = encodeBindIommufd(iommufd);
        await files.request(device, VfioRequest.deviceBindIommufd, bind, 'BIND_IOMMUFD');
        expect.result(
          await system.ioctl(device, VfioRequest.deviceBindIommufd, bind),
          'EINVAL',
          'the second BIND_IOMMUFD',
        );
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/bind-of-a-second-descriptor',
    decides: 'BIND_IOMMUFD of a second descriptor fails with EINVAL while the first is bound.',
    requirements: ['LIF-036'],
    recorded: ['IOMMUFD: BIND second fd'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const { device, iommufd } = await opened(files, context);
        await files.request(device, VfioRequest.deviceBindIommufd, encodeBindIommufd(iommufd), 'BIND_IOMMUFD');
        const second = await files.open(places.cdev ?? '');
        const bind = (): Promise<number> =>
          system.ioctl(second, VfioRequest.deviceBindIommufd, encodeBindIommufd(iommufd));
        expect.result(await bind(), 'EINVAL', 'BIND_IOMMUFD of the second descriptor');
        await files.close(device);
        expect.result(await bind(), 0, 'BIND_IOMMUFD when the first is closed');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/group-while-bound',
    decides: 'Opening the group fails with EBUSY while the character device is bound.',
    requirements: ['LIF-011'],
    recorded: ['IOMMUFD: group open while cdev bound'],
    needs: ['iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        await Started.open(context, { way: 'cdev' });
        context.expect.result(files.keep(await context.system.open(context.places.group)), 'EBUSY', 'the open');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/attach-on-a-group-device',
    decides: 'ATTACH_IOMMUFD_PT and DETACH_IOMMUFD_PT on a descriptor from a group fail with ENOTTY.',
    requirements: ['LIF-018'],
    recorded: ['MAIN: ATTACH_PT on group fd'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { vfio } = await Started.open(context);
      const attach = await system.ioctl(vfio.fd, VfioRequest.deviceAttachIommufdPt, encodeAttachIommufdPt(1));
      expect.result(attach, 'ENOTTY', 'ATTACH_IOMMUFD_PT');
      const detach = await system.ioctl(vfio.fd, VfioRequest.deviceDetachIommufdPt, encodeDetachIommufdPt());
      expect.result(detach, 'ENOTTY', 'DETACH_IOMMUFD_PT');
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/bind-of-a-group-device',
    decides: 'BIND_IOMMUFD on a descriptor from a group fails with EINVAL.',
    requirements: ['LIF-037'],
    recorded: ['MAIN: BIND on group fd'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { vfio } = await Started.open(context);
        const other = await files.open('/dev/vfio/vfio');
        const result = await system.ioctl(vfio.fd, VfioRequest.deviceBindIommufd, encodeBindIommufd(other));
        expect.result(result, 'EINVAL', 'BIND_IOMMUFD');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/iommufd-as-container',
    decides:
      'A group takes an iommufd for its container; memory that is not mapped then gives ENOENT, as iommufd has it.',
    requirements: ['LIF-038'],
    needs: ['vfio', 'iommufd'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const iommufd = await files.open('/dev/iommu');
        const group = await files.open(places.group);
        await files.request(group, VfioRequest.groupSetContainer, encodeFd(iommufd), 'SET_CONTAINER with an iommufd');
        const device = files.keep(await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid));
        expect.isTrue(device >= 0, `GET_DEVICE_FD succeeds (it gave ${device})`);
        const start = new Uint8Array(124);
        start.set([0, 0xc2, 0xff, 0], 4);
        start.set([0, 0, 0x40, 0], 12);
        expect.result(await system.pwrite(device, start, 0), 'ENOENT', 'a START without any memory');
      }),
  }),
];
