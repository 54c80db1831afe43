import assert from 'node:assert/strict';
import { systemPortOf } from '../../../../src/harness/passthrough/system/index.js';
import { Blocked } from '../../../../src/harness/passthrough/system/vfs.js';
import {
  encodeFd,
  encodeGroupStatus,
  encodeIrqSet,
  Errno,
  IrqSetFlag,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import { FOLDER, MDEV, OTHER_UUID, profiles, SUBCHANNEL, TYPE, UUID, withMdev } from './fake.js';
import { Type1 } from './memory.js';

const SECOND = 1e9;
const { EEXIST, ENODEV, ENOENT, EUSERS } = Errno;

/** fds 3 container, 4 group, 5 device, 6 eventfd of requests */
function inUse(profile = profiles['6.12.117']): Type1 {
  const type1 = new Type1(withMdev(profile));
  const { process } = type1.fake;
  const flags = IrqSetFlag.dataEventfd | IrqSetFlag.actionTrigger;
  const data = encodeFd(process.eventfd());
  process.ioctl(type1.fd, VfioRequest.deviceSetIrqs, encodeIrqSet({ index: 2, flags, data }));
  return type1;
}

describe('removing an mdev that is open', () => {
  it('waits for the last close, asking at once and every 10 seconds', () => {
    const { fake, device, fd } = inUse();
    const { process, scheduler } = fake;
    const remover = process.fork();
    remover.close(fd);
    const removal = remover.writeAttribute(`${MDEV}/remove`, '1');
    assert.ok(removal instanceof Blocked);
    assert.deepEqual(process.waitEventfds([6], 0), [1]);
    assert.deepEqual(process.waitEventfds([6], 9_999), [0]);
    assert.deepEqual(process.waitEventfds([6], 1), [1], 'REQ signals in 12 s: 2');
    scheduler.runTo(scheduler.now + 2 * SECOND);
    assert.equal(process.write(fd, new Uint8Array(1)), 1, 'the device goes on working');
    assert.equal(removal.result, undefined, 'remover waiting');
    process.close(fd);
    assert.equal(removal.result, 1, 'mdev remove returned');
    assert.deepEqual(device.calls.slice(-2), ['close', 'destroy']);
    assert.equal(process.readAttribute(`${TYPE}/available_instances`), '1\n');
    const requests = device.calls.length;
    scheduler.runTo(scheduler.now + 60 * SECOND);
    assert.equal(device.calls.length, requests, 'nobody is asked any more');
  });

  it('is a promise of the forked process that resolves after the close', async () => {
    const { fake, fd } = inUse();
    const { process } = fake;
    const remover = await systemPortOf(process).fork();
    await remover.close(fd);
    let returned: number | undefined;
    const removal = remover.writeAttribute(`${MDEV}/remove`, '1').then((result) => (returned = result));
    await Promise.resolve();
    assert.equal(returned, undefined);
    process.close(fd);
    assert.equal(await removal, 1);
  });

  it('keeps the UUID and the instance until the end, but no names', () => {
    const { fake, fd } = inUse();
    const { process } = fake;
    process.writeAttribute(`${MDEV}/remove`, '1');
    assert.deepEqual(process.list('/sys/bus/mdev/devices'), []);
    assert.equal(process.writeAttribute(`${MDEV}/remove`, '1'), -ENOENT);
    assert.equal(process.writeAttribute(`${TYPE}/create`, UUID), -EEXIST);
    assert.equal(process.writeAttribute(`${TYPE}/create`, OTHER_UUID), -EUSERS);
    process.close(fd);
    assert.equal(process.writeAttribute(`${TYPE}/create`, UUID), 36);
  });

  it('takes the device from the group: by name at once on 6.12, only at the end on 6.1', () => {
    const current = inUse();
    current.fake.process.writeAttribute(`${MDEV}/remove`, '1');
    const { groupGetDeviceFd } = VfioRequest;
    assert.equal(current.fake.process.ioctl(4, groupGetDeviceFd, UUID), -ENODEV);
    assert.equal(current.fake.process.open('/dev/vfio/devices/vfio0'), -ENOENT);
    current.fake.process.close(current.fd);
    assert.equal(current.fake.process.ioctl(4, groupGetDeviceFd, UUID), -ENODEV, 'after close');

    const older = inUse(profiles['6.1.176']);
    older.fake.process.writeAttribute(`${MDEV}/remove`, '1');
    assert.equal(older.fake.process.ioctl(4, groupGetDeviceFd, UUID), 7, 'second GET_DEVICE_FD');
    older.fake.process.close(older.fd);
    assert.equal(older.fake.process.ioctl(4, groupGetDeviceFd, UUID), older.fd, 'the second still has it');
    older.fake.process.close(7);
    older.fake.process.close(older.fd);
    assert.equal(older.fake.process.ioctl(4, groupGetDeviceFd, UUID), -ENODEV);
  });

  it('leaves an open group without its device', () => {
    const { fake, fd } = inUse();
    const { process } = fake;
    process.writeAttribute(`${MDEV}/remove`, '1');
    process.close(fd);
    assert.equal(process.ioctl(4, VfioRequest.groupGetStatus, encodeGroupStatus()), -ENODEV);
    assert.equal(process.ioctl(4, VfioRequest.groupSetContainer, encodeFd(3)), -ENODEV);
    assert.equal(process.open('/dev/vfio/0'), -ENOENT);
    assert.equal(process.close(4), 0);
  });
});

describe('a subchannel that goes', () => {
  it('loses its names at once, its mdev when it is closed, and its driver then', () => {
    const { fake, device, fd } = inUse();
    const { process, bus, driver } = fake;
    bus.unregister();
    assert.deepEqual(process.list('/sys/bus/css/devices'), []);
    assert.equal(process.list(FOLDER), -ENOENT);
    assert.deepEqual(process.waitEventfds([6], 0), [1], 'REQ signals');
    assert.equal(process.ioctl(4, VfioRequest.groupGetDeviceFd, UUID), -ENODEV);
    assert.equal(process.writeAttribute('/sys/bus/css/drivers_probe', SUBCHANNEL), -ENODEV);
    assert.notEqual(driver.calls.at(-1), 'remove');
    process.close(fd);
    assert.equal(device.calls.at(-1), 'destroy');
    assert.equal(driver.calls.at(-1), 'remove');
  });

  it('goes while its mdev is being removed already', () => {
    const { fake, fd } = inUse();
    const { process, bus, driver } = fake;
    const removal = process.writeAttribute(`${MDEV}/remove`, '1');
    const unbound = process.writeAttribute(`${FOLDER}/driver/unbind`, SUBCHANNEL);
    assert.ok(removal instanceof Blocked && unbound instanceof Blocked);
    process.close(fd);
    assert.deepEqual([removal.result, unbound.result], [1, SUBCHANNEL.length]);
    assert.equal(bus.bound, undefined);
    assert.equal(driver.calls.at(-1), 'remove');
  });
});
