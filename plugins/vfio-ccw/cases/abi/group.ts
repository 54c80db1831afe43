/** The group of a device: /dev/vfio/N. */

import {
  defineCase,
  encodeFd,
  encodeGroupStatus,
  GroupFlag,
  GroupStatus,
  IommuType,
  UNMAPPED,
  VfioRequest,
  viewOf,
  type CaseContext,
  type CaseDefinition,
  type IoctlArgument,
} from 'ccwspec/plugin';
import { withFiles, type Files } from '../../support/files.js';
import { isPending, keepPending } from '../../support/pending.js';
import { groupOf } from '../../support/reopening.js';
import { Started } from '../../support/started.js';

/** A group with a container, as far as SET_CONTAINER. */
async function contained(files: Files, { places }: CaseContext): Promise<{ container: number; group: number }> {
  const container = await files.open('/dev/vfio/vfio');
  const group = await files.open(places.group);
  await files.request(group, VfioRequest.groupSetContainer, encodeFd(container), 'SET_CONTAINER');
  return { container, group };
}

export const groupCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/group/second-open',
    decides: 'Opening a group that is open fails with EBUSY; when it is closed it can be opened again.',
    requirements: ['LIF-011'],
    recorded: ['V1: second group open', 'MAIN: second group open'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const group = await files.open(places.group);
        expect.result(files.keep(await system.open(places.group)), 'EBUSY', 'the second open');
        await files.close(group);
        await files.open(places.group);
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/status',
    decides:
      'GROUP_GET_STATUS shows a viable group, and with a container the flag CONTAINER_SET too; a short argsz fails with EINVAL.',
    requirements: ['LIF-028'],
    recorded: ['V1: group status flags', 'MAIN: group status flags'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const group = await files.open(context.places.group);
        const flags = async (): Promise<number> => {
          const status = encodeGroupStatus();
          await files.request(group, VfioRequest.groupGetStatus, status, 'GROUP_GET_STATUS');
          return viewOf(status).getUint32(GroupStatus.flags);
        };
        context.expect.equal(await flags(), GroupFlag.viable, 'flags without a container');
        const short = encodeGroupStatus();
        viewOf(short).setUint32(GroupStatus.argsz, GroupStatus.length - 1);
        for (const [what, argument, errno] of [
          ['a short argsz', short, 'EINVAL'],
          ['an address that faults', UNMAPPED, 'EFAULT'],
        ] as const) {
          const result = await context.system.ioctl(group, VfioRequest.groupGetStatus, argument);
          context.expect.result(result, errno, `GROUP_GET_STATUS with ${what}`);
        }
        const container = encodeFd(await files.open('/dev/vfio/vfio'));
        await files.request(group, VfioRequest.groupSetContainer, container, 'SET_CONTAINER');
        context.expect.equal(await flags(), GroupFlag.viable | GroupFlag.containerSet, 'flags with a container');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/device-without-container',
    decides: 'GET_DEVICE_FD of a group without a container fails with EINVAL.',
    requirements: ['LIF-014'],
    recorded: ['V1: GET_DEVICE_FD no container', 'MAIN: GET_DEVICE_FD no container'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const group = await files.open(places.group);
        const device = await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid);
        expect.result(files.keep(device), 'EINVAL', 'GET_DEVICE_FD');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/device-without-iommu',
    decides: 'GET_DEVICE_FD fails with EINVAL while the container has no IOMMU type.',
    requirements: ['LIF-014'],
    recorded: ['V1: GET_DEVICE_FD no SET_IOMMU', 'MAIN: GET_DEVICE_FD no SET_IOMMU'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const { group } = await contained(files, context);
        const device = await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid);
        expect.result(files.keep(device), 'EINVAL', 'GET_DEVICE_FD');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/device-of-another-name',
    decides: "GET_DEVICE_FD with a text other than the mdev's UUID fails with ENODEV.",
    requirements: ['LIF-013'],
    recorded: ['V1: GET_DEVICE_FD bad name', 'MAIN: GET_DEVICE_FD bad name'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const { container, group } = await contained(files, context);
        await files.request(container, VfioRequest.setIommu, IommuType.type1v2, 'SET_IOMMU');
        for (const name of ['', 'no-such-device', places.uuid.slice(0, -1), `${places.uuid}0`]) {
          const device = await system.ioctl(group, VfioRequest.groupGetDeviceFd, name);
          expect.result(files.keep(device), 'ENODEV', `GET_DEVICE_FD with ${JSON.stringify(name)}`);
        }
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/device-of-a-name-that-does-not-end',
    decides:
      'GET_DEVICE_FD with a name of a page without its end fails with EINVAL, and with one that faults with EFAULT; bytes behind the end do not matter.',
    requirements: ['LIF-062'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const { container, group } = await contained(files, context);
        await files.request(container, VfioRequest.setIommu, IommuType.type1v2, 'SET_IOMMU');
        const open = async (name: IoctlArgument): Promise<number> =>
          files.keep(await system.ioctl(group, VfioRequest.groupGetDeviceFd, name));
        const endless = new Uint8Array(4097).fill(0x61);
        expect.result(await open(endless), 'EINVAL', 'GET_DEVICE_FD with a name of 4097 letters');
        endless[4096] = 0;
        expect.result(await open(endless), 'EINVAL', 'GET_DEVICE_FD with a name of 4096 letters and its end');
        endless[4095] = 0;
        expect.result(await open(endless), 'ENODEV', 'GET_DEVICE_FD with a name of 4095 letters and its end');
        expect.result(await open(UNMAPPED), 'EFAULT', 'GET_DEVICE_FD with a name that faults');
        const name = new Uint8Array(4097).fill(0x61);
        name.set(new TextEncoder().encode(`${places.uuid}\0`));
        const device = await open(name);
        expect.isTrue(
          device >= 0,
          `GET_DEVICE_FD with the name and other bytes behind it succeeds (it gave ${device})`,
        );
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/requests-with-wrong-arguments',
    decides:
      'On a group an unknown request fails with ENOTTY, SET_CONTAINER that faults with EFAULT, and a second one with EINVAL.',
    requirements: ['LIF-030'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { container, group } = await contained(files, context);
        expect.result(await system.ioctl(group, 0x3bfe, 0), 'ENOTTY', 'an unknown request');
        const set = (fd: IoctlArgument): Promise<number> => system.ioctl(group, VfioRequest.groupSetContainer, fd);
        expect.result(await set(UNMAPPED), 'EFAULT', 'SET_CONTAINER that faults');
        expect.result(await set(encodeFd(container)), 'EINVAL', 'SET_CONTAINER with the same container');
        const other = await files.open('/dev/vfio/vfio');
        expect.result(await set(encodeFd(other)), 'EINVAL', 'SET_CONTAINER with another container');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/device-by-name',
    decides: "GET_DEVICE_FD with the mdev's UUID gives a descriptor of an open device.",
    requirements: ['LIF-029'],
    recorded: ['V1: GET_DEVICE_FD', 'MAIN: GET_DEVICE_FD', 'NOTOPER: GET_DEVICE_FD'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const { container, group } = await contained(files, context);
        await files.request(container, VfioRequest.setIommu, IommuType.type1v2, 'SET_IOMMU');
        const device = files.keep(await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid));
        expect.isTrue(device > group, `GET_DEVICE_FD gives a new descriptor (it gave ${device})`);
        expect.result(await system.pread(device, new Uint8Array(124), 0), 124, 'a read of the I/O region');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/container-of-a-closed-file',
    decides: 'SET_CONTAINER with a descriptor that is not open fails with EBADF.',
    requirements: ['LIF-030'],
    recorded: ['V1: SET_CONTAINER badfd', 'MAIN: SET_CONTAINER badfd'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const group = await files.open(places.group);
        for (const fd of [-1, 999]) {
          const result = await system.ioctl(group, VfioRequest.groupSetContainer, encodeFd(fd));
          expect.result(result, 'EBADF', `SET_CONTAINER with descriptor ${fd}`);
        }
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/container-of-another-kind-of-file',
    decides: 'SET_CONTAINER with a file that is neither a container nor an iommufd fails with EBADFD.',
    requirements: ['LIF-012'],
    recorded: ['V1: SET_CONTAINER /dev/null', 'MAIN: SET_CONTAINER /dev/null'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const group = await files.open(places.group);
        const other = encodeFd(await files.open('/dev/null'));
        expect.result(await system.ioctl(group, VfioRequest.groupSetContainer, other), 'EBADFD', 'SET_CONTAINER');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/container-while-the-device-is-open',
    decides:
      'UNSET_CONTAINER fails with EINVAL without a container, and with EBUSY while a device of the group is open.',
    requirements: ['LIF-031'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const { container, group } = await contained(files, context);
        const unset = (): Promise<number> => system.ioctl(group, VfioRequest.groupUnsetContainer, 0);
        await files.request(container, VfioRequest.setIommu, IommuType.type1v2, 'SET_IOMMU');
        const device = files.keep(await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid));
        expect.result(await unset(), 'EBUSY', 'UNSET_CONTAINER while the device is open');
        await files.close(device);
        expect.result(await unset(), 0, 'UNSET_CONTAINER after the close');
        expect.result(await unset(), 'EINVAL', 'UNSET_CONTAINER without a container');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/two-descriptors-are-one-device',
    decides: 'Two descriptors of the device share regions and state: a request through one makes the other busy.',
    requirements: ['LIF-015'],
    recorded: ['MAIN: second device fd', 'MAIN: same region'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const device = await Started.open(context);
        const fd = await system.ioctl(groupOf(device), VfioRequest.groupGetDeviceFd, places.uuid);
        const second = files.keep(fd);
        expect.isTrue(second >= 0, `a second GET_DEVICE_FD succeeds (it gave ${second})`);
        await keepPending(device);
        const regions = [new Uint8Array(124), new Uint8Array(124)] as const;
        await device.vfio.read(0, regions[0]);
        expect.result(await system.pread(second, regions[1], 0), 124, 'a read through the second descriptor');
        expect.bytes(regions[1], regions[0], 'the I/O region as the second descriptor shows it');
        expect.result(await system.pwrite(second, regions[1], 0), 'EBUSY', 'a START through the second descriptor');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/group/only-the-last-close-ends-a-request',
    decides: 'Closing one of two descriptors of the device leaves its request pending.',
    requirements: ['LIF-032'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const device = await Started.open(context);
        const fd = await system.ioctl(groupOf(device), VfioRequest.groupGetDeviceFd, places.uuid);
        const second = files.keep(fd);
        expect.isTrue(second >= 0, `a second GET_DEVICE_FD succeeds (it gave ${second})`);
        await keepPending(device);
        await files.close(second);
        await isPending(device);
      }),
  }),
];
