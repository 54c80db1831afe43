import assert from 'node:assert/strict';

import { CcwspecError } from '../../../../src/harness/errors/index.js';
import { attach, detach, MemoryJournal } from '../../../../src/harness/targets/host/index.js';
import { findPlaces } from '../../../../src/harness/targets/host/places.js';
import { readSubchannel } from '../../../../src/harness/targets/host/subchannels.js';
import { HostSysfs } from '../../../../src/harness/targets/host/sysfs.js';
import { Errno } from '../../../../src/harness/uapi/index.js';
import { openVfioDevice } from '../../../../src/harness/vfio/index.js';
import { DEVICE, modelHost, SUBCHANNEL } from './model-connection.js';
import { dasdHost, type ScriptedHost } from './scripted-system.js';

const UUID = '0f0e0d0c-0b0a-0908-0706-050403020100';
const FOLDER = '/sys/bus/css/devices/0.0.0313';

const refusal = (code: string, what: RegExp) => (error: unknown) =>
  error instanceof CcwspecError && error.code === code && what.test(error.what) && error.next.length > 20;

const withoutWaits = ({ attributes }: ScriptedHost): Record<string, string> => Object.fromEntries(attributes);

describe('attach and detach on the model', () => {
  for (const name of [{ subchannel: SUBCHANNEL }, { deviceNumber: DEVICE }, { deviceNumber: '120' }]) {
    it(`passes ${JSON.stringify(name)} through, and gives it back`, async () => {
      const { system } = await modelHost();
      const sysfs = new HostSysfs(system);
      const before = await readSubchannel(sysfs, SUBCHANNEL);
      assert.equal(before?.driver, 'io_subchannel');
      const attachment = await attach(system, name);
      assert.deepEqual([attachment.subchannel, attachment.deviceNumber], [SUBCHANNEL, DEVICE]);
      const places = await findPlaces(sysfs, SUBCHANNEL, attachment.uuid);
      assert.deepEqual(places, {
        subchannel: SUBCHANNEL,
        uuid: attachment.uuid,
        group: '/dev/vfio/0',
        cdev: '/dev/vfio/devices/vfio0',
      });
      const vfio = await openVfioDevice(system, places);
      await vfio.close();
      await detach(attachment);
      assert.deepEqual(await readSubchannel(sysfs, SUBCHANNEL), before);
      assert.deepEqual(attachment.journal.steps, []);
    });
  }

  it('names no character device on a kernel without one', async () => {
    const { system } = await modelHost({ kernel: 1 });
    const { uuid } = await attach(system, { subchannel: SUBCHANNEL });
    assert.deepEqual(Object.keys(await findPlaces(new HostSysfs(system), SUBCHANNEL, uuid)), [
      'subchannel',
      'uuid',
      'group',
    ]);
  });

  it('refuses a subchannel with an mdev, unless that one is named; then it stays', async () => {
    const { system } = await modelHost();
    await attach(system, { subchannel: SUBCHANNEL, uuid: UUID });
    await assert.rejects(attach(system, { subchannel: SUBCHANNEL }), refusal('E-HOST-IN-USE', new RegExp(UUID)));
    const taken = await attach(system, { subchannel: SUBCHANNEL, uuid: UUID.toUpperCase() });
    assert.equal(taken.adopted, true);
    await detach(taken);
    assert.deepEqual((await readSubchannel(new HostSysfs(system), SUBCHANNEL))?.mdevs, [UUID]);
  });

  it('says what cannot be removed while the device is open, and does the rest', async () => {
    const { system } = await modelHost();
    const attachment = await attach(system, { subchannel: SUBCHANNEL });
    const places = await findPlaces(new HostSysfs(system), SUBCHANNEL, attachment.uuid);
    const vfio = await openVfioDevice(system, places);
    await assert.rejects(detach(attachment), refusal('E-HOST-RESTORE', /remove: -16 \(EBUSY\)/));
    assert.equal((await readSubchannel(new HostSysfs(system), SUBCHANNEL))?.override, undefined);
    await vfio.close();
    await detach(attachment);
    assert.equal((await readSubchannel(new HostSysfs(system), SUBCHANNEL))?.driver, 'io_subchannel');
  });

  it('names what does not exist', async () => {
    const { system } = await modelHost();
    const tries: readonly (readonly [Parameters<typeof attach>[1], string, RegExp])[] = [
      [{ subchannel: '0.0.0007' }, 'E-HOST-SUBCHANNEL', /no subchannel 0\.0\.0007/],
      [{ deviceNumber: '0.0.401c' }, 'E-HOST-SUBCHANNEL', /no device 0\.0\.401c/],
      [{ subchannel: SUBCHANNEL, deviceNumber: '401c' }, 'E-HOST-SUBCHANNEL', /has device 0\.0\.0120, not 0\.0\.401c/],
      [{ deviceNumber: 'dasda' }, 'E-USAGE', /--device-number dasda is not a bus id/],
      [{}, 'E-USAGE', /no device of the host is named/],
    ];
    for (const [name, code, what] of tries) await assert.rejects(attach(system, name), refusal(code, what));
  });
});

describe('attach and detach of a DASD', () => {
  it('sets it offline first, and online again at the end', async () => {
    const host = dasdHost();
    const before = withoutWaits(host);
    const attachment = await attach(host.system, { deviceNumber: '0.0.401c', uuid: UUID });
    assert.deepEqual(host.writes, [
      `${FOLDER}/0.0.401c/online=0`,
      '/proc/cio_settle=1',
      '/sys/bus/css/drivers/io_subchannel/unbind=0.0.0313',
      `${FOLDER}/driver_override=vfio_ccw`,
      '/sys/bus/css/drivers_probe=0.0.0313',
      `${FOLDER}/mdev_supported_types/vfio_ccw-io/create=${UUID}`,
    ]);
    host.writes.length = 0;
    await detach(attachment);
    assert.deepEqual(host.writes, [
      `/sys/bus/mdev/devices/${UUID}/remove=1`,
      '/sys/bus/css/drivers/vfio_ccw/unbind=0.0.0313',
      `${FOLDER}/driver_override=`,
      '/sys/bus/css/drivers_probe=0.0.0313',
      `${FOLDER}/0.0.401c/online=1`,
    ]);
    host.attributes.delete(`/sys/kernel/iommu_groups/7/devices/${UUID}`);
    assert.deepEqual(withoutWaits(host), before);
  });

  const uses: readonly (readonly [string, (host: ScriptedHost) => void, RegExp])[] = [
    [
      'a mounted partition, by its number',
      ({ attributes }) =>
        attributes.set(
          '/proc/self/mountinfo',
          '30 22 94:1 / /srv/my\\040data rw,relatime shared:9 - ext4 /dev/root rw\n',
        ),
      /dasda1 mounted at \/srv\/my data/,
    ],
    [
      'a mounted disk, by its name',
      ({ attributes }) => attributes.set('/proc/self/mountinfo', '30 22 0:44 / /b rw - btrfs /dev/dasda rw\n'),
      /dasda mounted at \/b/,
    ],
    [
      'swap space',
      ({ attributes }) => attributes.set('/proc/swaps', '/dev/dasda1 partition 9 0 -2\n'),
      /dasda1 as swap space/,
    ],
    [
      'a part of another device',
      ({ attributes }) => attributes.set(`${FOLDER}/0.0.401c/block/dasda/dasda1/holders/dm-0/x`, ''),
      /dasda1 as a part of dm-0/,
    ],
    [
      'a host that does not say what is mounted',
      ({ attributes }) => attributes.delete('/proc/self/mountinfo'),
      /nobody can say/,
    ],
  ];
  for (const [what, prepare, text] of uses) {
    it(`refuses ${what}, and writes nothing`, async () => {
      const host = dasdHost();
      prepare(host);
      await assert.rejects(attach(host.system, { subchannel: '313' }), refusal('E-HOST-IN-USE', text));
      assert.deepEqual(host.writes, []);
    });
  }

  it('finds the disk of a virtio device too', async () => {
    const host = dasdHost();
    host.remove(`${FOLDER}/0.0.401c/block`);
    host.attributes.set(`${FOLDER}/0.0.401c/virtio3/block/vda/dev`, '252:0\n');
    host.attributes.set('/proc/self/mountinfo', '30 22 252:0 / /data rw - ext4 /dev/vda rw\n');
    await assert.rejects(attach(host.system, { subchannel: '313' }), refusal('E-HOST-IN-USE', /vda mounted at \/data/));
  });

  it('takes a disk that its driver does not give up for one in use, and puts back what it changed', async () => {
    const host = dasdHost();
    host.stores.set(`${FOLDER}/0.0.401c/online`, () => -Errno.EBUSY);
    const journal = new MemoryJournal();
    await assert.rejects(
      attach(host.system, { subchannel: '313', journal }),
      refusal('E-HOST-IN-USE', /dasd-eckd refuses to set it offline/),
    );
    assert.deepEqual(journal.steps, []);
  });

  const refused: readonly (readonly [string, string, string, RegExp])[] = [
    ['the unbinding', '/sys/bus/css/drivers/io_subchannel/unbind', 'E-HOST-REFUSED', /unbind: -1 \(EPERM\)/],
    ['the override', `${FOLDER}/driver_override`, 'E-HOST-REFUSED', /driver_override: -1 \(EPERM\)/],
    ['the creation', `${FOLDER}/mdev_supported_types/vfio_ccw-io/create`, 'E-HOST-REFUSED', /create: -1 \(EPERM\)/],
  ];
  for (const [step, path, code, text] of refused) {
    it(`puts everything back when ${step} is refused`, async () => {
      const host = dasdHost();
      const before = withoutWaits(host);
      let refusals = 1;
      const writeAttribute = host.system.writeAttribute.bind(host.system);
      host.system.writeAttribute = (at, written) =>
        at === path && refusals-- > 0 ? Promise.resolve(-Errno.EPERM) : writeAttribute(at, written);
      await assert.rejects(attach(host.system, { subchannel: '313' }), refusal(code, text));
      assert.deepEqual(withoutWaits(host), before);
    });
  }

  it('says that vfio_ccw refused the subchannel, which only the kernel log tells otherwise', async () => {
    const host = dasdHost();
    const before = withoutWaits(host);
    const probe = host.stores.get('/sys/bus/css/drivers_probe')!;
    host.stores.set('/sys/bus/css/drivers_probe', (text) =>
      host.attributes.get(`${FOLDER}/driver_override`) === 'vfio_ccw\n' ? undefined : probe(text),
    );
    await assert.rejects(
      attach(host.system, { subchannel: '313' }),
      refusal('E-HOST-REFUSED', /did not take subchannel/),
    );
    assert.deepEqual(withoutWaits(host), before);
  });

  it('needs the driver, and a channel subsystem', async () => {
    const host = dasdHost();
    host.remove('/sys/bus/css/drivers/vfio_ccw');
    await assert.rejects(
      attach(host.system, { subchannel: '313' }),
      refusal('E-HOST-NO-MDEV', /vfio_ccw is not loaded/),
    );
    host.remove('/sys/bus/css');
    await assert.rejects(attach(host.system, { subchannel: '313' }), refusal('E-HOST-NO-MDEV', /no channel subsystem/));
  });

  it('waits until the disk is there again, and until it takes the write', async () => {
    const host = dasdHost();
    const attachment = await attach(host.system, { subchannel: '313', uuid: UUID });
    let busy = 3;
    host.interceptions.set(`${FOLDER}/0.0.401c/online`, (text) => {
      if (busy-- > 0) return -Errno.EAGAIN;
      host.attributes.set(`${FOLDER}/0.0.401c/online`, text);
      return undefined;
    });
    await detach(attachment);
    assert.equal(busy, -1);
    assert.equal(host.attributes.get(`${FOLDER}/0.0.401c/online`), '1\n');
  });

  it('carries on past steps that fail, says each, and can be called again', async () => {
    const host = dasdHost();
    const attachment = await attach(host.system, { subchannel: '313', uuid: UUID });
    const remove = host.stores.get(`/sys/bus/mdev/devices/${UUID}/remove`)!;
    host.stores.set(`/sys/bus/mdev/devices/${UUID}/remove`, () => new Promise<number>(() => undefined));
    host.interceptions.set(`${FOLDER}/0.0.401c/online`, () => -Errno.EIO);
    await assert.rejects(detach(attachment), (error) => {
      assert(error instanceof CcwspecError);
      assert.match(error.what, /remove: -16 \(EBUSY\)/);
      assert.match(error.what, /0\.0\.401c did not go online again: .*-5 \(EIO\)/);
      return true;
    });
    assert.equal((await readSubchannel(new HostSysfs(host.system), '0.0.0313'))?.driver, 'io_subchannel');
    host.stores.set(`/sys/bus/mdev/devices/${UUID}/remove`, remove);
    host.interceptions.delete(`${FOLDER}/0.0.401c/online`);
    await detach(attachment);
    assert.equal(host.attributes.get(`${FOLDER}/0.0.401c/online`), '1\n');
    assert.deepEqual(attachment.journal.steps, []);
  });
});
