/** System calls on the device file that are none of the device's own: positions, mapping, unknown requests, features. */

import {
  defineCase,
  DeviceFeature,
  DeviceFeatureFlag,
  IoRegion,
  UNMAPPED,
  VfioRequest,
  viewOf,
  type CaseContext,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { noOperations, Started } from '../../support/started.js';

/** Number of the feature "migration", and of one that no kernel has. */
const MIGRATION = 1;
const UNKNOWN_FEATURE = 0xfff0;

/** VFIO_DEVICE_FEATURE. */
async function feature(
  { openVfio, system }: CaseContext,
  flags: number,
  argsz: number = DeviceFeature.length,
): Promise<number> {
  const structure = new Uint8Array(64);
  viewOf(structure).setUint32(DeviceFeature.argsz, argsz);
  viewOf(structure).setUint32(DeviceFeature.flags, flags);
  const vfio = await openVfio();
  const result = await system.ioctl(vfio.fd, VfioRequest.deviceFeature, structure);
  await vfio.close();
  return result;
}

export const syscallCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/syscalls/mmap',
    decides: 'mmap of the device file fails with EINVAL.',
    requirements: ['ABI-025'],
    recorded: ['MAIN: mmap'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      expect.result(await system.mmap(vfio.fd, 4096), 'EINVAL', 'mmap');
    },
  }),
  defineCase({
    id: 'vfio-ccw/syscalls/lseek',
    decides: 'lseek on the device file fails with ESPIPE.',
    requirements: ['ABI-025'],
    recorded: ['MAIN: lseek'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      for (const whence of [0, 1, 2] as const) {
        expect.result(await system.lseek(vfio.fd, 0, whence), 'ESPIPE', `lseek with whence ${whence}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/syscalls/read-without-an-offset',
    decides: 'read(2) gives the first bytes of the I/O region, every time: the file has no position.',
    requirements: ['ABI-026'],
    recorded: ['MAIN: read(2) 4'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      await device.succeeds(noOperations(1, 0x1000, { interruptionParameter: 0x1234_5678 }), 0x1000);
      for (const time of ['first', 'second']) {
        const bytes = new Uint8Array(4);
        expect.result(await system.read(device.vfio.fd, bytes), 4, `the ${time} read`);
        expect.bytes(bytes, '12345678', `the bytes of the ${time} read`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/syscalls/write-without-an-offset',
    decides: 'write(2) stores at the beginning of the I/O region, every time.',
    requirements: ['ABI-026'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { vfio } = await Started.open(context);
      // What is left in the region of an earlier request would be started again.
      const region = new Uint8Array(IoRegion.length);
      expect.result(await vfio.write(0, region), region.length, 'the write of a region without a function');
      for (const value of [1, 2]) {
        expect.result(await system.write(vfio.fd, new Uint8Array(4).fill(value)), 4, `the write of ${value}s`);
      }
      await vfio.read(0, region);
      const expected = new Uint8Array(IoRegion.length).fill(2, 0, 4);
      expect.bytes(region, expected, 'the I/O region');
    },
  }),
  defineCase({
    id: 'vfio-ccw/syscalls/closed-descriptor',
    decides: 'Every call on the descriptor of a device that was closed fails with EBADF.',
    requirements: ['ABI-059'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { vfio } = await Started.open(context);
      await vfio.close();
      const { fd } = vfio;
      const bytes = new Uint8Array(4);
      for (const [name, call] of [
        ['read', () => system.read(fd, bytes)],
        ['write', () => system.write(fd, bytes)],
        ['pread', () => system.pread(fd, bytes, 0)],
        ['pwrite', () => system.pwrite(fd, bytes, 0)],
        ['lseek', () => system.lseek(fd, 0, 0)],
        ['mmap', () => system.mmap(fd, 4096)],
        ['ioctl', () => system.ioctl(fd, VfioRequest.deviceReset, 0)],
        ['close', () => system.close(fd)],
      ] as const) {
        expect.result(await call(), 'EBADF', name);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/syscalls/unknown-requests',
    decides: 'An ioctl that the device does not know fails with ENOTTY.',
    requirements: ['ABI-023'],
    recorded: ['MAIN: ioctl PCI_HOT_RESET_INFO'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      for (const [name, request] of [
        ['VFIO_DEVICE_GET_PCI_HOT_RESET_INFO', VfioRequest.deviceGetPciHotResetInfo],
        ['request 3BFF', 0x3bff],
        ['a request of another kind of file', 0x5401],
      ] as const) {
        expect.result(await system.ioctl(vfio.fd, request, new Uint8Array(64)), 'ENOTTY', name);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/features/none',
    decides: 'VFIO_DEVICE_FEATURE fails with ENOTTY for every feature, to probe, get or set it.',
    requirements: ['ABI-023'],
    recorded: ['MAIN: FEATURE probe migration', 'MAIN: FEATURE probe 9'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { get, probe, set } = DeviceFeatureFlag;
      for (const index of [MIGRATION, 9, UNKNOWN_FEATURE]) {
        for (const [name, flags] of Object.entries({ probe, get, set, 'probe get': probe | get })) {
          context.expect.result(await feature(context, flags | index), 'ENOTTY', `${name} of feature ${index}`);
        }
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/features/unknown-flags',
    decides: 'VFIO_DEVICE_FEATURE with a flag that is not defined, or to get and set at once, fails with EINVAL.',
    requirements: ['ABI-024'],
    recorded: ['MAIN: FEATURE badflag'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { get, probe, set } = DeviceFeatureFlag;
      for (const flags of [probe | 0x8_0000, get | set]) {
        context.expect.result(await feature(context, flags | MIGRATION), 'EINVAL', `flags ${flags.toString(16)}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/features/short-structure',
    decides: 'VFIO_DEVICE_FEATURE with argsz below 8 fails with EINVAL, and where the structure faults with EFAULT.',
    requirements: ['ABI-024'],
    recorded: ['MAIN: FEATURE argsz7'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { probe } = DeviceFeatureFlag;
      context.expect.result(await feature(context, probe | MIGRATION, 7), 'EINVAL', 'argsz 7');
      const vfio = await context.openVfio();
      const faults = await context.system.ioctl(vfio.fd, VfioRequest.deviceFeature, UNMAPPED);
      context.expect.result(faults, 'EFAULT', 'a structure that faults');
    },
  }),
];
