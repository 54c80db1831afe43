/** Creating a mediated device: instances, UUIDs, names. */

import {
  AsyncRegion,
  defineCase,
  Errno,
  IoRegion,
  RegionIndex,
  regionOffset,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { noOperations, Started } from '../../support/started.js';
import { Sysfs, withoutMdev } from '../../support/sysfs.js';

const OTHER_UUID = '11111111-2222-3333-4444-666666666666';

export const mdevCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/lifecycle/one-instance-is-available',
    decides: 'available_instances is 1 without an mdev, 0 with one, and 1 again when it is removed.',
    requirements: ['LIF-004'],
    recorded: ['SETUP: 1', 'SETUP: 0 #2', 'RECREATE: 1'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      withoutMdev(context, async (sysfs) => {
        const { expect } = context;
        const available = (): Promise<string | number> => sysfs.read(`${sysfs.type}/available_instances`);
        expect.equal(await available(), '1', 'available_instances without an mdev');
        await sysfs.create();
        expect.equal(await available(), '0', 'available_instances with an mdev');
        await sysfs.remove();
        expect.equal(await available(), '1', 'available_instances after the removal');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/create-with-another-uuid',
    decides: 'Creating a second mdev on the same subchannel fails with EUSERS.',
    requirements: ['LIF-005'],
    recorded: ['SETUP: create other: sh: write error: Too many users'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const sysfs = new Sysfs(context);
      context.expect.result(await sysfs.create(OTHER_UUID), 'EUSERS', 'the write to create');
      context.expect.isTrue(!(await sysfs.hasMdev(OTHER_UUID)), 'no second mdev appears');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/create-with-a-uuid-in-use',
    decides: 'Creating an mdev with a UUID in use fails with EEXIST, although no instance is left.',
    requirements: ['LIF-006'],
    recorded: ['SETUP: create same: sh: write error: File exists'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      context.expect.result(await new Sysfs(context).create(), 'EEXIST', 'the write to create');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/create-with-a-text-of-wrong-length',
    decides: 'A text for create that is shorter than 36 or longer than 37 characters fails with EINVAL.',
    requirements: ['LIF-007'],
    recorded: ['SETUP: create short: sh: write error: Invalid argument'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      withoutMdev(context, async (sysfs) => {
        const { expect, places } = context;
        for (const text of ['1', places.uuid.slice(1), `${places.uuid}\n\n`]) {
          expect.result(await sysfs.create(text), 'EINVAL', `create with ${text.length} characters`);
        }
        expect.result(await sysfs.create(`${places.uuid}\n`), 37, 'create with a UUID and a line end');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/create-with-a-text-that-is-no-uuid',
    decides: 'A text for create that has the length of a UUID but is none fails with EINVAL.',
    requirements: ['LIF-007'],
    recorded: ['SETUP: create garbage: sh: write error: Invalid argument'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      withoutMdev(context, async (sysfs) => {
        const { expect, places } = context;
        for (const text of [places.uuid.replaceAll('-', '0'), `g${places.uuid.slice(1)}`]) {
          expect.result(await sysfs.create(text), 'EINVAL', `create with ${text}`);
        }
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/create-makes-the-device',
    decides: 'Creating an mdev makes its folder, bound to vfio_ccw_mdev, with type, group and a vfio device.',
    requirements: ['LIF-024'],
    recorded: [
      'SETUP: create: ok',
      'SETUP: /sys/bus/mdev/devices/11111111-2222-3333-4444-555555555555:',
      'SETUP: driver       mdev_type    subsystem    vfio-dev',
      'SETUP: iommu_group  remove       uevent',
      'SETUP: /sys/bus/mdev/devices/11111111-2222-3333-4444-555555555555/vfio-dev:',
      'SETUP: vfio0',
    ],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      withoutMdev(context, async (sysfs) => {
        const { expect, system } = context;
        expect.result(await sysfs.create(), 36, 'the write to create');
        const names = await system.list(sysfs.mdev);
        for (const name of ['driver', 'iommu_group', 'mdev_type', 'remove', 'subsystem', 'uevent', 'vfio-dev']) {
          expect.isTrue(typeof names !== 'number' && names.includes(name), `the mdev's folder has ${name}`);
        }
        const uevent = await sysfs.read(`${sysfs.mdev}/uevent`);
        expect.isTrue(String(uevent).includes('DRIVER=vfio_ccw_mdev'), 'the mdev is bound to vfio_ccw_mdev');
        const devices = String(await system.list(`${sysfs.mdev}/vfio-dev`));
        expect.isTrue(/^vfio\d+$/.test(devices), `vfio-dev has one device vfioN (it has ${devices})`);
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/the-group-node-has-no-prefix',
    decides: 'The group of the mdev is named vfio-noiommu, but its node is /dev/vfio/N, without the prefix noiommu-.',
    requirements: ['LIF-009'],
    recorded: ['SETUP: vfio-noiommu', 'SETUP: /dev/vfio:', 'SETUP: 0        devices  vfio', 'SETUP: 0     vfio'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, places, system } = context;
      const { mdev } = new Sysfs(context);
      expect.equal(await system.readAttribute(`${mdev}/iommu_group/name`), 'vfio-noiommu\n', 'the name of the group');
      const nodes = await system.list('/dev/vfio');
      const node = places.group.slice('/dev/vfio/'.length);
      expect.isTrue(/^\d+$/.test(node), `the group's node is a number (it is ${node})`);
      expect.isTrue(typeof nodes !== 'number' && nodes.includes(node), `/dev/vfio has ${node}`);
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/the-character-device-has-the-number-of-the-vfio-device',
    decides:
      'The character device is /dev/vfio/devices/vfioN, with the name that is in the vfio-dev folder of the mdev.',
    requirements: ['LIF-025'],
    recorded: ['SETUP: 0        devices  vfio', 'SETUP: /dev/vfio/devices:', 'SETUP: vfio0 #2'],
    needs: ['lifecycle', 'iommufd'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const [name] = [await system.list(`${new Sysfs(context).mdev}/vfio-dev`)].flat();
      const nodes = await system.list('/dev/vfio/devices');
      expect.isTrue(typeof nodes !== 'number' && nodes.includes(String(name)), `/dev/vfio/devices has ${name}`);
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/before-6-6-there-is-only-the-group',
    decides: 'A kernel before 6.6 has neither /dev/vfio/devices nor /dev/iommu for an mdev.',
    requirements: ['LIF-025'],
    recorded: [
      'SETUP: ls: /dev/vfio/devices: No such file or directory',
      'SETUP: 0     vfio',
      'IOMMUFD: cdev open',
      'IOMMUFD: iommufd',
    ],
    needs: ['lifecycle', 'group-only'],
    touches: 'nothing',
    run: async ({ expect, system }) => {
      expect.equal(await system.list('/dev/vfio/devices'), -Errno.ENOENT, 'the list of /dev/vfio/devices');
      for (const node of ['/dev/vfio/devices/vfio0', '/dev/iommu']) {
        expect.result(await system.open(node), 'ENOENT', `the open of ${node}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/create-does-not-enable-the-subchannel',
    decides: 'Creating an mdev issues no MODIFY SUBCHANNEL: the subchannel is enabled by the first open.',
    requirements: ['LIF-010'],
    needs: ['lifecycle', 'vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const host = context.control('host');
      const modifications = async (): Promise<number> =>
        (await host.instructions()).filter((instruction) => instruction.startsWith('msch')).length;
      let before = 0;
      await withoutMdev(context, async (sysfs) => {
        before = await modifications();
        await sysfs.create();
        expect.equal((await modifications()) - before, 0, 'MODIFY SUBCHANNELs for the creation');
      });
      await context.openVfio();
      expect.isTrue((await modifications()) > before, 'the first open issues MODIFY SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/a-device-created-again-starts-anew',
    decides:
      'The I/O and asynchronous command regions of an mdev that is created again read as zeros, whatever the one before it had in them.',
    requirements: ['ABI-040'],
    needs: ['lifecycle', 'vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const before = await Started.open(context);
      await before.succeeds(noOperations(1), 0x1000);
      await before.clears();
      await before.vfio.close();
      await withoutMdev(context, async (sysfs) => {
        await sysfs.create();
        const vfio = await context.openVfio();
        for (const [name, index, length] of [
          ['I/O', RegionIndex.io, IoRegion.length],
          ['asynchronous command', RegionIndex.asyncCommand, AsyncRegion.length],
        ] as const) {
          const region = new Uint8Array(length).fill(0xa5);
          expect.result(await vfio.read(regionOffset(index), region), length, `the read of the ${name} region`);
          expect.bytes(region, new Uint8Array(length), `the ${name} region of the new mdev`);
        }
        await vfio.close();
      });
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/remove-with-0',
    decides: 'Writing 0 to remove, in any way of writing it, is accepted and removes nothing.',
    requirements: ['LIF-008'],
    recorded: ['SETUP: remove 0: accepted'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const sysfs = new Sysfs(context);
      for (const text of ['0', '0\n', '00', '0x0', '+0', '0X00']) {
        context.expect.result(await sysfs.remove(text), text.length, `the write of ${JSON.stringify(text)} to remove`);
      }
      context.expect.isTrue(await sysfs.hasMdev(), 'the mdev is still there');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/remove-with-a-text-that-is-no-number',
    decides: 'Writing a text that is no number to remove fails with EINVAL and removes nothing.',
    requirements: ['LIF-008'],
    recorded: ['SETUP: remove x: sh: write error: Invalid argument'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const sysfs = new Sysfs(context);
      for (const text of ['x', '\n', '-0', '08', '1x', '0xg', '1 ', '++1']) {
        context.expect.result(await sysfs.remove(text), 'EINVAL', `the write of ${JSON.stringify(text)} to remove`);
      }
      context.expect.isTrue(await sysfs.hasMdev(), 'the mdev is still there');
    },
  }),
];
