/** Binding a subchannel to vfio_ccw, and what it looks like in sysfs. */

import { defineCase, Errno, hex, type CaseDefinition } from 'ccwspec/plugin';
import { lastStart } from '../../support/host-program.js';
import { noOperations, Started } from '../../support/started.js';
import { Sysfs, unbound } from '../../support/sysfs.js';
import { schibOf } from '../../support/schib.js';

/** Number of a subchannel that no host has. */
const NOBODY = '0.3.fffe';

export const bindingCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/lifecycle/bind-of-a-bound-subchannel',
    decides: 'Binding a subchannel to vfio_ccw while io_subchannel is bound to it fails with EBUSY.',
    requirements: ['LIF-002'],
    recorded: ['SETUP: bind while bound: sh: write error: Device or resource busy'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect, places, system } = context;
        await sysfs.override('');
        await system.writeAttribute('/sys/bus/css/drivers_probe', places.subchannel);
        expect.isTrue(await sysfs.isBoundTo('io_subchannel'), 'io_subchannel takes a subchannel without an override');
        await sysfs.override('vfio_ccw');
        expect.result(await sysfs.bind('vfio_ccw'), 'EBUSY', 'the write to bind');
        expect.isTrue(await sysfs.isBoundTo('io_subchannel'), 'the subchannel stays with io_subchannel');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/bind-of-an-unknown-subchannel',
    decides: 'Binding a subchannel that does not exist fails with ENODEV.',
    requirements: ['LIF-002'],
    recorded: ['SETUP: bind unknown: sh: write error: No such device'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      context.expect.result(await new Sysfs(context).bind('vfio_ccw', NOBODY), 'ENODEV', `binding of ${NOBODY}`);
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/bind-against-the-override',
    decides: 'Binding a subchannel whose driver_override names another driver fails with ENODEV.',
    requirements: ['LIF-002'],
    recorded: ['SETUP: bind with other override: sh: write error: No such device'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect } = context;
        await sysfs.override('io_subchannel');
        expect.result(await sysfs.bind('vfio_ccw'), 'ENODEV', 'the write to bind of vfio_ccw');
        expect.isTrue(!(await sysfs.isBoundTo('vfio_ccw')), 'the subchannel is not bound to vfio_ccw');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/default-paths-outlive-the-driver',
    decides:
      'A path that is varied off while io_subchannel has the subchannel is missing in the default path mask of vfio_ccw, and one that was varied on again is not.',
    requirements: ['PTH-013'],
    needs: ['vfio', 'lifecycle', 'path-control', 'many-paths', 'host-instructions'],
    touches: 'nothing',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect, places, system } = context;
        const paths = context.control('paths');
        const host = context.control('host');
        const [first, second] = paths.chpids;
        if (first === undefined || second === undefined) throw new Error('the subchannel has fewer than two paths');
        await sysfs.override('');
        await system.writeAttribute('/sys/bus/css/drivers_probe', places.subchannel);
        expect.isTrue(await sysfs.isBoundTo('io_subchannel'), 'io_subchannel has the subchannel');
        const all = await host.pathMask();
        try {
          for (const chpid of [first, second]) await paths.vary(chpid, false);
          await paths.vary(second, true);
          await sysfs.restore();
          const device = await Started.open(context);
          await device.succeeds(noOperations(1, 0x1000, { paths: 0 }), 0x1000);
          expect.equal((await lastStart(context)).orb[6], all & 0x7f, 'logical path mask of the START at the host');
        } finally {
          for (const chpid of [first, second]) await paths.vary(chpid, true);
        }
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/unbind-of-an-unbound-subchannel',
    decides: 'Unbinding a subchannel that is not bound to the driver fails with ENODEV.',
    requirements: ['LIF-021'],
    recorded: ['SETUP: unbind again: sh: write error: No such device'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      unbound(context, async (sysfs) => {
        context.expect.result(await sysfs.unbind('vfio_ccw'), 'ENODEV', 'the second write to unbind');
        context.expect.result(await sysfs.unbind('io_subchannel'), 'ENODEV', 'the write to unbind of io_subchannel');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/a-bound-subchannel-has-one-mdev-type',
    decides: 'While vfio_ccw is bound, and only then, the subchannel has one mdev type, vfio_ccw-io.',
    requirements: ['LIF-003'],
    recorded: ['SETUP: bind: ok', 'SETUP: /sys/bus/css/devices/0.0.0000/mdev_supported_types:', 'SETUP: vfio_ccw-io'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect, places, system } = context;
        const before = await system.list(sysfs.types);
        expect.equal(before, -Errno.ENOENT, 'the list of mdev types of a subchannel without a driver');
        expect.result(await sysfs.bind('vfio_ccw'), places.subchannel.length, 'the write to bind');
        expect.equal(await system.list(sysfs.types), ['vfio_ccw-io'], 'the mdev types');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/the-mdev-type-describes-itself',
    decides: "The mdev type has device_api 'vfio-ccw' and name 'I/O subchannel (Non-QDIO)'.",
    requirements: ['LIF-003'],
    recorded: [
      'SETUP: /sys/bus/css/devices/0.0.0000/mdev_supported_types/vfio_ccw-io:',
      'SETUP: available_instances  device_api           name',
      'SETUP: create               devices',
      'SETUP: vfio-ccw',
      'SETUP: I/O subchannel (Non-QDIO)',
    ],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { type } = new Sysfs(context);
      const attributes = ['available_instances', 'create', 'device_api', 'devices', 'name'];
      expect.equal(await system.list(type), attributes, 'the entries of the type');
      expect.equal(await system.readAttribute(`${type}/device_api`), 'vfio-ccw\n', 'device_api');
      expect.equal(await system.readAttribute(`${type}/name`), 'I/O subchannel (Non-QDIO)\n', 'name');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/the-subchannel-is-of-type-0',
    decides: "An I/O subchannel shows type 0 and modalias 'css:t0'.",
    requirements: ['LIF-022'],
    recorded: ['SETUP: 0', 'SETUP: css:t0'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { subchannel } = new Sysfs(context);
      expect.equal(await system.readAttribute(`${subchannel}/type`), '0\n', 'type');
      expect.equal(await system.readAttribute(`${subchannel}/modalias`), 'css:t0\n', 'modalias');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/path-attributes-agree-with-the-schib',
    decides:
      'The attributes chpids and pimpampom show what the SCHIB region shows: identifiers of the installed paths, 00 elsewhere, and PIM, PAM, POM.',
    requirements: ['LIF-023'],
    recorded: ['SETUP: 00 00 00 00 00 00 00 00', 'SETUP: 80 80 ff'],
    needs: ['vfio', 'lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { subchannel } = new Sysfs(context);
      const { vfio } = await Started.open(context);
      const schib = await schibOf(expect, vfio);
      const identifiers = schib.chpid.map((chpid, path) => ((schib.pim & (0x80 >> path)) === 0 ? 0 : chpid));
      const shown = identifiers.map((chpid) => `${hex(chpid, 2)} `).join('');
      expect.equal(await system.readAttribute(`${subchannel}/chpids`), `${shown}\n`, 'chpids');
      const masks = [schib.pim, schib.pam, schib.pom].map((mask) => hex(mask, 2)).join(' ');
      expect.equal(await system.readAttribute(`${subchannel}/pimpampom`), `${masks}\n`, 'pimpampom');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/the-attribute-of-the-device-number',
    decides: 'The attribute dev_busid shows the device number that the SCHIB region shows.',
    requirements: ['LIF-063'],
    needs: ['vfio', 'lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { subchannel } = new Sysfs(context);
      const { vfio } = await Started.open(context);
      const { deviceNumber } = await schibOf(expect, vfio);
      const shown = await system.readAttribute(`${subchannel}/dev_busid`);
      expect.equal(shown, `0.0.${hex(deviceNumber, 4)}\n`, 'dev_busid');
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/attributes-of-one-direction',
    decides:
      'The attributes that act cannot be read, and those that show cannot be written: EACCES; a folder is none of both: EISDIR.',
    requirements: ['LIF-064'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { mdev, type } = new Sysfs(context);
      for (const path of [`${type}/create`, `${mdev}/remove`, '/sys/bus/css/drivers/vfio_ccw/bind']) {
        expect.equal(await system.readAttribute(path), -Errno.EACCES, `a read of ${path}`);
      }
      for (const path of [`${type}/name`, `${type}/device_api`, `${type}/available_instances`]) {
        expect.result(await system.writeAttribute(path, '0'), 'EACCES', `a write of ${path}`);
      }
      expect.equal(await system.readAttribute(type), -Errno.EISDIR, 'a read of a folder');
      expect.result(await system.writeAttribute(type, '0'), 'EISDIR', 'a write of a folder');
      expect.equal(await system.list(`${type}/name`), -Errno.ENOTDIR, 'the list of an attribute');
      for (const path of [`${type}/no-such-name`, `${mdev}/no-such-folder/name`]) {
        expect.equal(await system.readAttribute(path), -Errno.ENOENT, `a read of ${path}`);
        expect.result(await system.writeAttribute(path, '0'), 'ENOENT', `a write of ${path}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/paths-varied-off-without-a-driver',
    decides:
      'A path that is varied off while no driver has the subchannel stays in the default path mask of vfio_ccw: nobody is told of it.',
    requirements: ['PTH-023'],
    needs: ['vfio', 'lifecycle', 'path-control', 'host-instructions'],
    touches: 'nothing',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const paths = context.control('paths');
        const host = context.control('host');
        const [first] = paths.chpids;
        if (first === undefined) throw new Error('the subchannel has no channel path');
        const before = await host.pathMask();
        try {
          await paths.vary(first, false);
          context.expect.equal(await host.pathMask(), before, 'the default path mask while no driver has it');
          await sysfs.restore();
          context.expect.equal(await host.pathMask(), before, 'the default path mask of vfio_ccw');
        } finally {
          await paths.vary(first, true);
        }
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/uevent-names-the-driver',
    decides:
      'The attribute uevent of a subchannel has a line DRIVER with the driver that is bound, and none without one.',
    requirements: ['LIF-059'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect, places, system } = context;
        const driver = async (): Promise<string | undefined> => {
          const uevent = String(await system.readAttribute(`/sys/bus/css/devices/${places.subchannel}/uevent`));
          return /^DRIVER=(.*)$/m.exec(uevent)?.[1];
        };
        expect.equal(await driver(), undefined, 'the driver of a subchannel without one');
        await sysfs.override('vfio_ccw');
        expect.isTrue((await sysfs.bind('vfio_ccw')) > 0, 'the subchannel is bound to vfio_ccw');
        expect.equal(await driver(), 'vfio_ccw', 'the driver of the subchannel');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/lifecycle/override-of-a-page',
    decides: 'A driver_override of 4095 bytes fails with EINVAL, and leaves the one before.',
    requirements: ['LIF-060'],
    needs: ['lifecycle'],
    touches: 'nothing',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect, places, system } = context;
        const path = `/sys/bus/css/devices/${places.subchannel}/driver_override`;
        await sysfs.override('vfio_ccw');
        expect.result(await system.writeAttribute(path, 'x'.repeat(4095)), 'EINVAL', 'the write of 4095 bytes');
        expect.equal(await system.readAttribute(path), 'vfio_ccw\n', 'driver_override afterwards');
      }),
  }),
];
