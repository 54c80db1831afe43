/** Removing a device that is in use, and the shutdown of the host. */

import {
  CcwIrq,
  defineCase,
  encodeFd,
  encodeGroupStatus,
  takeCrw,
  VfioRequest,
  type CaseDefinition,
  type SystemPort,
} from 'ccwspec/plugin';
import { withFiles } from '../../support/files.js';
import { register } from '../../support/interrupts.js';
import { keepPending } from '../../support/pending.js';
import { noOperations, Started } from '../../support/started.js';
import { restored, withoutMdev } from '../../support/sysfs.js';

/** A call that sleeps: what it returned, once it has. */
class Sleeping {
  result: number | undefined;
  readonly done: Promise<void>;

  constructor(call: Promise<number>) {
    this.done = call.then((result) => {
      this.result = result;
    });
  }
}

/** Lets `milliseconds` pass. */
const pass = ({ system }: { readonly system: SystemPort }, milliseconds: number): Promise<unknown> =>
  system.waitEventfds([], milliseconds);

export const removalCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/lifecycle/removal-waits-for-close',
    decides: 'The removal of an mdev that is open waits until it is closed, and then takes all its names away.',
    requirements: ['LIF-020'],
    recorded: [
      'MAIN: remover waiting?',
      'MAIN: mdev remove returned',
      'RECREATE: ls: /sys/bus/mdev/devices/11111111-2222-3333-4444-555555555555: No such file or directory',
    ],
    needs: ['lifecycle', 'vfio'],
    touches: 'nothing',
    run: (context) =>
      restored(context, async (sysfs) => {
        const { expect, system, places } = context;
        const vfio = await context.openVfio();
        const removal = new Sleeping(sysfs.remove());
        await pass(context, 100);
        expect.equal(removal.result, undefined, 'the result of the removal while the device is open');
        if (places.cdev !== undefined)
          expect.result(await system.open(places.cdev), 'ENOENT', `the open of ${places.cdev} while the removal waits`);
        await vfio.close();
        await removal.done;
        expect.equal(removal.result, 1, 'the result of the removal after the close');
        expect.isTrue(!(await sysfs.hasMdev()), 'the mdev is gone from /sys/bus/mdev/devices');
        expect.result(await system.open(places.group), 'ENOENT', `the open of ${places.group}`);
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/removal-asks-every-ten-seconds',
    decides: 'While a removal waits, the request eventfd is signalled at once and every 10 seconds.',
    requirements: ['IRQ-020'],
    recorded: ['MAIN: REQ signals in 12 s'],
    needs: ['lifecycle', 'vfio'],
    touches: 'nothing',
    limit: 120_000,
    run: (context) =>
      restored(context, async (sysfs) => {
        const { expect } = context;
        const vfio = await context.openVfio();
        const removal = new Sleeping(sysfs.remove());
        expect.equal(await vfio.waitIrq(CcwIrq.request, 1000), 1, 'signals in the first second');
        expect.equal(await vfio.waitIrq(CcwIrq.request, 8000), 0, 'signals in the next 8 seconds');
        expect.equal(await vfio.waitIrq(CcwIrq.request, 4000), 1, 'signals up to the 12th second');
        await vfio.close();
        await removal.done;
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/removal-with-nobody-to-ask',
    decides:
      'A removal for which no request eventfd is registered waits silently, and returns when the device is closed.',
    requirements: ['IRQ-021'],
    needs: ['lifecycle', 'vfio'],
    touches: 'nothing',
    run: (context) =>
      restored(context, async (sysfs) => {
        const { expect } = context;
        const vfio = await context.openVfio();
        expect.result(await vfio.setIrqs(register(CcwIrq.request, -1)), 0, 'SET_IRQS with descriptor -1');
        const removal = new Sleeping(sysfs.remove());
        await pass(context, 200);
        expect.equal(removal.result, undefined, 'the result of the removal while the device is open');
        for (const index of [CcwIrq.io, CcwIrq.crw, CcwIrq.request]) {
          expect.equal(await vfio.waitIrq(index, 0), 0, `signals of interrupt ${index}`);
        }
        await vfio.close();
        await removal.done;
        expect.equal(removal.result, 1, 'the result of the removal after the close');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/programs-run-while-a-removal-waits',
    decides: 'A device whose removal waits still executes channel programs.',
    requirements: ['LIF-026'],
    recorded: ['MAIN: START while removal blocked'],
    needs: ['lifecycle', 'vfio'],
    touches: 'nothing',
    run: (context) =>
      restored(context, async (sysfs) => {
        const device = await Started.open(context);
        const removal = new Sleeping(sysfs.remove());
        await pass(context, 100);
        await device.succeeds(noOperations(1), 0x1000);
        await device.vfio.close();
        await removal.done;
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/a-group-that-outlives-its-device',
    decides:
      'A group that is open when its mdev is removed answers GET_STATUS and SET_CONTAINER with ENODEV, and can be closed.',
    requirements: ['LIF-066'],
    needs: ['lifecycle', 'vfio'],
    touches: 'nothing',
    run: (context) =>
      restored(context, (sysfs) =>
        withFiles(context, async (files) => {
          const { expect, places, system } = context;
          const container = await files.open('/dev/vfio/vfio');
          const group = await files.open(places.group);
          await files.request(group, VfioRequest.groupSetContainer, encodeFd(container), 'SET_CONTAINER');
          expect.result(await sysfs.remove(), 1, 'the removal of the mdev, which nobody has open');
          const status = await system.ioctl(group, VfioRequest.groupGetStatus, encodeGroupStatus());
          expect.result(status, 'ENODEV', 'GROUP_GET_STATUS');
          const again = await system.ioctl(group, VfioRequest.groupSetContainer, encodeFd(container));
          expect.result(again, 'ENODEV', 'SET_CONTAINER');
          const device = await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid);
          expect.result(files.keep(device), ['ENODEV', 'EINVAL'], 'GET_DEVICE_FD');
        }),
      ),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/removal-frees-unread-reports',
    decides: 'Channel reports that nobody has read go with the mdev: one that is created again has none.',
    requirements: ['PTH-026'],
    needs: ['lifecycle', 'vfio', 'path-control', 'path-reports'],
    touches: 'nothing',
    run: (context) =>
      restored(context, async (sysfs) => {
        const { expect, places } = context;
        const paths = context.control('paths');
        const [chpid = 0] = paths.chpids;
        for (const online of [false, true]) await paths.report(chpid, online);
        expect.result(await sysfs.unbind('vfio_ccw'), places.subchannel.length, 'the unbinding');
        await sysfs.restore();
        const { vfio } = await Started.open(context);
        expect.equal(await takeCrw(vfio), 0, 'the first channel report of the new mdev');
        await vfio.close();
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/unbind-waits-for-close',
    decides: 'Unbinding vfio_ccw from a subchannel whose mdev is open waits until it is closed, and removes the mdev.',
    requirements: ['LIF-027'],
    needs: ['lifecycle', 'vfio'],
    touches: 'nothing',
    run: (context) =>
      restored(context, async (sysfs) => {
        const { expect, places } = context;
        const device = await Started.open(context);
        const unbinding = new Sleeping(sysfs.unbind('vfio_ccw'));
        expect.equal(await device.vfio.waitIrq(CcwIrq.request, 1000), 1, 'signals of the request eventfd');
        expect.equal(unbinding.result, undefined, 'the result of the unbinding while the device is open');
        await device.succeeds(noOperations(1), 0x1000);
        await device.vfio.close();
        await unbinding.done;
        expect.equal(unbinding.result, places.subchannel.length, 'the result of the unbinding after the close');
        expect.isTrue(!(await sysfs.hasMdev()), 'the mdev is gone');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/shutdown-ends-what-runs',
    decides:
      'A host shutdown ends the request of an open device, unpins its pages, and leaves the device not operational.',
    requirements: ['FSM-027'],
    needs: ['vfio', 'host-shutdown'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await keepPending(device);
      await context.control('shutdown')();
      await device.refuses(noOperations(1), 'EIO');
      const pinned = (await context.session.ledger()).filter(({ kind }) => kind === 'pinned page');
      expect.equal(pinned.length, 0, 'pinned pages');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/shutdown-without-a-device',
    decides: 'A host shutdown with the driver bound and no mdev does nothing to the driver.',
    requirements: ['FSM-036'],
    guards: ['1c06bb87afb2'],
    needs: ['lifecycle', 'vfio', 'host-shutdown'],
    touches: 'nothing',
    run: (context) =>
      withoutMdev(context, async (sysfs) => {
        await context.control('shutdown')();
        context.expect.result(await sysfs.create(), 36, 'the creation of an mdev afterwards');
        const device = await Started.open(context);
        await device.succeeds(noOperations(1), 0x1000);
        await device.vfio.close();
      }),
  }),
];
