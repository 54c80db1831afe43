import assert from 'node:assert/strict';
import { Blocked } from '../../../../src/harness/passthrough/system/index.js';
import { Errno } from '../../../../src/harness/uapi/index.js';
import { FOLDER, freshSystem, MDEV, OTHER_UUID, profiles, SUBCHANNEL, TYPE, UUID, withMdev } from './fake.js';

const { EBUSY, EACCES, EEXIST, EINVAL, EISDIR, ENODEV, ENOENT, ENOTDIR, EUSERS } = Errno;
const DRIVERS = '/sys/bus/css/drivers';

describe('the subchannel in sysfs', () => {
  it('shows its attributes as the kernel formats them', () => {
    const { process } = freshSystem();
    assert.equal(process.readAttribute(`${FOLDER}/type`), '0\n');
    assert.equal(process.readAttribute(`${FOLDER}/modalias`), 'css:t0\n');
    assert.equal(process.readAttribute(`${FOLDER}/chpids`), '40 41 00 00 00 00 00 00 \n');
    assert.equal(process.readAttribute(`${FOLDER}/pimpampom`), 'c0 80 ff\n');
    assert.equal(process.readAttribute(`${FOLDER}/dev_busid`), '0.0.0001\n');
    assert.equal(process.readAttribute(`${FOLDER}/driver_override`), '(null)\n');
    assert.deepEqual(process.list(DRIVERS), ['chsc_subchannel', 'io_subchannel', 'vfio_ccw']);
    assert.deepEqual(process.list('/sys/bus/css/devices'), [SUBCHANNEL]);
  });

  for (const [release, profile] of Object.entries(profiles)) {
    it(`prints ${release} as the release of the kernel`, () => {
      assert.equal(freshSystem(profile).process.readAttribute('/proc/sys/kernel/osrelease'), `${release}\n`);
    });
  }

  it('binds and unbinds with the results of the transcript', () => {
    const { process } = freshSystem();
    assert.equal(process.writeAttribute(`${DRIVERS}/vfio_ccw/bind`, SUBCHANNEL), -EBUSY, 'bind while bound');
    assert.equal(process.writeAttribute(`${DRIVERS}/vfio_ccw/bind`, '0.0.ffff'), -ENODEV, 'bind unknown');
    assert.equal(
      process.writeAttribute(`${DRIVERS}/vfio_ccw/unbind`, SUBCHANNEL),
      -ENODEV,
      'unbind from another driver',
    );
    assert.equal(process.writeAttribute(`${DRIVERS}/io_subchannel/unbind`, `${SUBCHANNEL}\n`), SUBCHANNEL.length + 1);
    assert.equal(process.writeAttribute(`${DRIVERS}/io_subchannel/unbind`, SUBCHANNEL), -ENODEV, 'unbind again');
    process.writeAttribute(`${FOLDER}/driver_override`, 'other');
    assert.equal(process.writeAttribute(`${DRIVERS}/vfio_ccw/bind`, SUBCHANNEL), -ENODEV, 'bind with other override');
    process.writeAttribute(`${FOLDER}/driver_override`, 'vfio_ccw\n');
    assert.equal(process.writeAttribute(`${DRIVERS}/vfio_ccw/bind`, SUBCHANNEL), SUBCHANNEL.length, 'bind');
    assert.deepEqual(process.list(`${FOLDER}/mdev_supported_types`), ['vfio_ccw-io']);
  });

  it('does not bind a subchannel of another type to a driver for I/O subchannels', () => {
    const { process } = freshSystem();
    process.writeAttribute(`${DRIVERS}/io_subchannel/unbind`, SUBCHANNEL);
    assert.equal(process.writeAttribute(`${DRIVERS}/chsc_subchannel/bind`, SUBCHANNEL), -ENODEV);
  });

  it('reports what the driver says to a bind, and stays unbound', () => {
    const { process, driver, bus } = freshSystem();
    process.writeAttribute(`${FOLDER}/driver/unbind`, SUBCHANNEL);
    driver.probeResult = -ENODEV;
    assert.equal(process.writeAttribute(`${DRIVERS}/vfio_ccw/bind`, SUBCHANNEL), -ENODEV);
    assert.equal(bus.bound, undefined);
    assert.equal(process.list(`${FOLDER}/mdev_supported_types`), -ENOENT);
  });

  it('probes the driver that the override names, the first that fits without one', () => {
    const { process, bus } = freshSystem();
    process.writeAttribute(`${FOLDER}/driver/unbind`, SUBCHANNEL);
    assert.equal(process.writeAttribute('/sys/bus/css/drivers_probe', SUBCHANNEL), SUBCHANNEL.length);
    assert.equal(bus.bound, 'io_subchannel');
    process.writeAttribute(`${FOLDER}/driver/unbind`, SUBCHANNEL);
    process.writeAttribute(`${FOLDER}/driver_override`, 'vfio_ccw');
    process.writeAttribute('/sys/bus/css/drivers_probe', SUBCHANNEL);
    assert.equal(bus.bound, 'vfio_ccw');
    assert.equal(process.writeAttribute('/sys/bus/css/drivers_probe', '0.0.1234'), -ENODEV);
  });

  it('keeps an override up to its first line end, and clears it with an empty line', () => {
    const { process } = freshSystem();
    process.writeAttribute(`${FOLDER}/driver_override`, 'vfio_ccw\nrest');
    assert.equal(process.readAttribute(`${FOLDER}/driver_override`), 'vfio_ccw\n');
    process.writeAttribute(`${FOLDER}/driver_override`, '\n');
    assert.equal(process.readAttribute(`${FOLDER}/driver_override`), '(null)\n');
    assert.equal(process.writeAttribute(`${FOLDER}/driver_override`, 'x'.repeat(4095)), -EINVAL);
  });

  it('refuses to read what is for writing and the other way round, and folders', () => {
    const { process } = withMdev();
    assert.equal(process.readAttribute(`${TYPE}/create`), -EACCES);
    assert.equal(process.writeAttribute(`${FOLDER}/type`, '1'), -EACCES);
    assert.equal(process.readAttribute(FOLDER), -EISDIR);
    assert.equal(process.list(`${FOLDER}/type`), -ENOTDIR);
    assert.equal(process.readAttribute(`${FOLDER}/nothing`), -ENOENT);
    assert.equal(process.readAttribute(`${FOLDER}/type/deeper`), -ENOTDIR);
  });
});

describe('an mdev in sysfs', () => {
  const bound = (): ReturnType<typeof freshSystem> => {
    const fake = freshSystem();
    fake.process.writeAttribute(`${FOLDER}/driver/unbind`, SUBCHANNEL);
    fake.process.writeAttribute(`${DRIVERS}/vfio_ccw/bind`, SUBCHANNEL);
    return fake;
  };

  it('has one type with the attributes of the transcript', () => {
    const { process } = bound();
    assert.deepEqual(process.list(TYPE), ['available_instances', 'create', 'device_api', 'devices', 'name']);
    assert.equal(process.readAttribute(`${TYPE}/device_api`), 'vfio-ccw\n');
    assert.equal(process.readAttribute(`${TYPE}/name`), 'I/O subchannel (Non-QDIO)\n');
    assert.equal(process.readAttribute(`${TYPE}/available_instances`), '1\n');
  });

  const creations: readonly [string, string, number][] = [
    ['short', UUID.slice(1), -EINVAL],
    ['long', `${UUID}\n\n`, -EINVAL],
    ['garbage', 'x'.repeat(36), -EINVAL],
    ['dash moved', '111111112-222-3333-4444-555555555555', -EINVAL],
    ['with a line end', `${UUID}\n`, 37],
    ['in capitals', UUID.toUpperCase(), 36],
  ];
  for (const [what, text, result] of creations) {
    it(`create ${what}: ${result}`, () => {
      assert.equal(bound().process.writeAttribute(`${TYPE}/create`, text), result);
    });
  }

  it('is created once: the same UUID exists, another finds no instance', () => {
    const { process } = withMdev();
    assert.equal(process.readAttribute(`${TYPE}/available_instances`), '0\n');
    assert.equal(process.writeAttribute(`${TYPE}/create`, UUID), -EEXIST);
    assert.equal(process.writeAttribute(`${TYPE}/create`, OTHER_UUID), -EUSERS);
  });

  it('appears with the names of the transcript', () => {
    const { process } = withMdev();
    assert.deepEqual(process.list('/sys/bus/mdev/devices'), [UUID]);
    assert.deepEqual(process.list(MDEV), [
      'driver',
      'iommu_group',
      'mdev_type',
      'remove',
      'subsystem',
      'uevent',
      'vfio-dev',
    ]);
    assert.deepEqual(process.list(`${MDEV}/vfio-dev`), ['vfio0']);
    assert.equal(process.readAttribute(`${MDEV}/iommu_group/name`), 'vfio-noiommu\n');
    assert.deepEqual(process.list('/dev/vfio'), ['0', 'devices', 'vfio']);
    assert.deepEqual(process.list('/dev/vfio/devices'), ['vfio0']);
    assert.deepEqual(process.list(`${TYPE}/devices`), [UUID]);
  });

  it('has no character device on 6.1', () => {
    const { process } = withMdev(profiles['6.1.176']);
    assert.deepEqual(process.list('/dev/vfio'), ['0', 'vfio']);
    assert.equal(process.list('/dev/vfio/devices'), -ENOENT);
    assert.equal(process.open('/dev/vfio/devices/vfio0'), -ENOENT);
    assert.equal(process.open('/dev/iommu'), -ENOENT);
  });

  for (const [text, result] of [
    ['0', 1],
    ['x', -EINVAL],
    ['', -EINVAL],
    ['-1', -EINVAL],
  ] as const) {
    it(`remove with ${JSON.stringify(text)}: ${result}, and nothing changes`, () => {
      const { process } = withMdev();
      assert.equal(process.writeAttribute(`${MDEV}/remove`, text), result);
      assert.deepEqual(process.list('/sys/bus/mdev/devices'), [UUID]);
    });
  }

  it('is removed and can be created again', () => {
    const { process, driver } = withMdev();
    const { device } = driver;
    assert.equal(process.writeAttribute(`${MDEV}/remove`, '0x1\n'), 4);
    assert.deepEqual(device.calls, ['destroy']);
    assert.equal(process.list(MDEV), -ENOENT);
    assert.equal(process.open('/dev/vfio/0'), -ENOENT);
    assert.equal(process.readAttribute(`${TYPE}/available_instances`), '1\n');
    assert.equal(process.writeAttribute(`${TYPE}/create`, OTHER_UUID), 36);
    assert.deepEqual(process.list('/dev/vfio'), ['0', 'devices', 'vfio']);
  });

  it('goes with its parent: unbinding removes the mdev first, then the driver', () => {
    const { process, driver, bus } = withMdev();
    const { device } = driver;
    assert.ok(!(process.writeAttribute(`${FOLDER}/driver/unbind`, SUBCHANNEL) instanceof Blocked));
    assert.deepEqual(device.calls, ['destroy']);
    assert.deepEqual(driver.calls, ['probe', 'remove']);
    assert.equal(bus.bound, undefined);
    assert.equal(process.list(`${FOLDER}/mdev_supported_types`), -ENOENT);
  });
});

describe('channel paths in sysfs', () => {
  const path = '/sys/devices/css0/chp0.40';

  for (const [text, online] of [
    ['off\n', false],
    ['offline', false],
    ['0', false],
    ['on', true],
    ['1\n', true],
  ] as const) {
    it(`status takes ${JSON.stringify(text)}`, () => {
      const { process, paths } = freshSystem();
      paths.set(0x40, !online);
      assert.equal(process.writeAttribute(`${path}/status`, text), text.length);
      assert.equal(paths.get(0x40), online);
      assert.equal(process.readAttribute(`${path}/status`), online ? 'online\n' : 'offline\n');
    });
  }

  it('refuses other words and numbers', () => {
    const { process } = freshSystem();
    assert.equal(process.writeAttribute(`${path}/status`, 'maybe'), -EINVAL);
    assert.equal(process.readAttribute(`${path}/configure`), '1\n');
    assert.equal(process.writeAttribute(`${path}/configure`, '2'), -EINVAL);
  });
});
