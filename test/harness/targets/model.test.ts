import assert from 'node:assert/strict';

import { recordId, seekAddress } from '../../../plugins/eckd/programs/index.js';
import { DeviceStatus, ScswBit, type Schib } from '../../../src/harness/arch/index.js';
import { CcwspecError } from '../../../src/harness/errors/index.js';
import type { TargetControls, VfioPort } from '../../../src/harness/ports/index.js';
import type { ModelSession } from '../../../src/harness/targets/model/index.js';
import { loadProgram, readSchibRegion, startProgram, startRequest } from '../../../src/harness/vfio/requests.js';
import { CcwIrq, Errno, regionOffset, RegionIndex, SCHIB_REGION_LENGTH } from '../../../src/harness/uapi/index.js';
import { give, program, take } from '../../../plugins/eckd/programs/index.js';
import { interrupted, modelOf, readIrbArea, runIn, senseId } from './support.js';

const readRecord = program('read', [
  give('seek', seekAddress(1)),
  give('search-id-equal', recordId(1, 1)),
  take('read-data', 8, 'data', ['sli']),
]);

describe('a session of the model', () => {
  const target = modelOf();
  let session: ModelSession;
  let vfio: VfioPort;

  beforeEach(async () => {
    session = await target.start();
    vfio = await session.openVfio();
  });
  afterEach(async () => {
    await vfio.close();
    await session.close();
  });

  const control = <Name extends keyof TargetControls>(name: Name): NonNullable<TargetControls[Name]> => {
    const found = session.controls[name];
    assert(found !== undefined);
    return found;
  };
  const start = (): Promise<number> => startProgram(vfio, senseId);

  it('begins and ends with the same ledger', async () => {
    const other = await target.start();
    const before = await other.ledger();
    const port = await other.openVfio();
    await runIn(port, senseId);
    assert((await other.ledger()).length > before.length);
    await port.close();
    await other.settle();
    assert.deepEqual(await other.ledger(), before);
    await other.close();
  });

  it('shares nothing with another session', async () => {
    const other = await target.start();
    const port = await other.openVfio();
    await vfio.memory.write(0x5000, Uint8Array.of(1, 2, 3));
    await control('unplug')();
    const seen = new Uint8Array(3);
    await port.memory.read(0x5000, seen);
    assert.deepEqual([...seen], [0, 0, 0]);
    assert.equal((await runIn(port, senseId)).irbs.length, 1);
    assert.equal(await other.health(), undefined);
    assert.match((await session.health()) ?? '', /not operational|not registered/);
    await port.close();
    await other.close();
  });

  it('gives the same answers again and again', async () => {
    const first = await runIn(vfio, senseId);
    const other = await target.start();
    const port = await other.openVfio();
    assert.deepEqual(await runIn(port, senseId), first);
    await port.close();
    await other.close();
  });

  it('opens as character device on the kernel that has them', async () => {
    const other = await target.start();
    const port = await other.openVfio({ way: 'cdev' });
    assert.equal((await runIn(port, senseId)).result, 124);
    await port.close();
    await other.close();
  });

  it('keeps time that is not real', async () => {
    const before = session.virtualTime();
    await control('schedule').advance(3_600_000);
    assert.equal(session.virtualTime() - before, 3.6e12);
  });

  it('is told apart from a later one by its closed storage', async () => {
    const other = await target.start();
    const { storage } = other.machine;
    await other.close();
    assert.equal(storage.high.length, 0);
    assert.equal(storage.low.length, 0);
  });

  it('ends with an error if the kernel did something to itself', async () => {
    const other = await target.start();
    other.host.kernel.host.faults.record('read beyond allocation', 'a test', 'CVE-0');
    assert.deepEqual((await other.evidence()).at(-1), 'kernel: read beyond allocation (a test, CVE-0)');
    await assert.rejects(other.close(), (error) => error instanceof CcwspecError && error.code === 'E-KERNEL-BUG');
  });

  describe('slow-device', () => {
    it('holds a command until it is released', async () => {
      await control('timing').holdAtCommand(1);
      assert.equal(await start(), 124);
      assert.equal(await interrupted(vfio), false);
      await control('timing').release();
      assert.equal(await interrupted(vfio), true);
      assert.equal((await readIrbArea(vfio)).scsw.deviceStatus, DeviceStatus.channelEnd | DeviceStatus.deviceEnd);
      assert.equal(await control('timing').commandsSeen(), 1);
    });

    it('holds device end back', async () => {
      await control('timing').holdBeforeDeviceEnd(1);
      await start();
      assert.equal(await interrupted(vfio), true);
      assert.equal((await readIrbArea(vfio)).scsw.deviceStatus, DeviceStatus.channelEnd);
      await control('timing').release();
      assert.equal(await interrupted(vfio), true);
      assert.equal((await readIrbArea(vfio)).scsw.deviceStatus, DeviceStatus.deviceEnd);
    });
  });

  it('device-status: presents attention', async () => {
    await control('deviceStatus').present(DeviceStatus.attention);
    assert.equal(await interrupted(vfio), true);
    const { scsw } = await readIrbArea(vfio);
    assert.equal(scsw.deviceStatus, DeviceStatus.attention);
    assert.equal(scsw.control & 0x1f, ScswBit.alertStatus | ScswBit.statusPending);
  });

  it('host-instructions: shows what the driver asked', async () => {
    await start();
    await interrupted(vfio);
    const host = control('host');
    const [only, ...more] = await host.starts();
    assert.deepEqual(more, []);
    assert.equal(only?.orb.length, 32);
    assert.equal(only.conditionCode, 0);
    assert.equal(only.segments[0]?.ccws[0], 0xe4);
    assert((await host.instructions()).includes('ssch 0'));
    assert((await host.pinCalls()).length > 0);
    assert.equal(await host.pathMask(), 0x80);
    assert.equal(await host.driverState(), 'IDLE');
  });

  describe('kernel-faults', () => {
    it('fails an allocation', async () => {
      await control('faults').failAllocation(1);
      assert.equal(await start(), -Errno.ENOMEM);
      assert.equal(await start(), 124);
    });

    it('gives the next START SUBCHANNEL another condition code', async () => {
      await control('faults').nextStart(1);
      assert.equal(await start(), -Errno.EBUSY);
      assert.equal(await start(), 124);
    });
  });

  describe('schedule', () => {
    it('holds work, and lets it go', async () => {
      await control('schedule').hold('io-work');
      await start();
      assert.equal(await interrupted(vfio), false);
      await control('schedule').letGo('io-work');
      assert.equal(await interrupted(vfio), true);
    });

    it('lets go of everything when the session settles', async () => {
      await control('schedule').hold('interrupt');
      await start();
      await session.settle();
      assert.equal(await interrupted(vfio), true);
    });

    it('acts in the middle of a call, once', async () => {
      const states: string[] = [];
      const host = control('host');
      await control('schedule').atPoint(
        'driver:program-copied',
        () => void host.driverState().then((state) => states.push(state)),
      );
      await start();
      await interrupted(vfio);
      await start();
      assert.deepEqual(states, ['CP_PROCESSING']);
    });
  });

  it('memory-adversary: changes memory after a read, and finds what was read twice', async () => {
    const adversary = control('adversary');
    await loadProgram(vfio.memory, senseId);
    await adversary.changeAfterRead(0x1000, 1, Uint8Array.of(0x03));
    assert.equal(await vfio.write(regionOffset(RegionIndex.io), startRequest(senseId)), 124);
    const first = new Uint8Array(1);
    await vfio.memory.read(0x1000, first);
    assert.equal(first[0], 0x03);
    const [only] = await control('host').starts();
    assert.equal(only?.segments[0]?.ccws[0], 0xe4);
    for (const { iova, length } of await adversary.doubleFetches()) assert(iova >= 0x1000 && length > 0);
  });

  describe('second-host', () => {
    it('reaches the same device', async () => {
      const other = await control('secondHost')();
      const port = await other.openVfio();
      assert.equal((await runIn(port, senseId)).irbs.length, 1);
      assert.equal(await control('timing').commandsSeen(), 1);
      await port.close();
      await other.close();
    });

    it('shows what the other host has not given back', async () => {
      const other = await control('secondHost')();
      const port = await other.openVfio();
      assert((await session.ledger()).some(({ what }) => what.endsWith('of host 1')));
      await port.close();
      assert(!(await session.ledger()).some(({ what }) => what.endsWith('of host 1')));
    });
  });

  it('unplug: the driver asks for the device, and the subchannel is gone', async () => {
    await control('unplug')();
    assert((await vfio.waitIrq(CcwIrq.request, 100)) > 0);
    const schib = new Uint8Array(SCHIB_REGION_LENGTH);
    assert.equal(await vfio.read(regionOffset(RegionIndex.schib), schib), -Errno.ENODEV);
  });

  it('unplug: an evaluation without a change leaves everything as it is', async () => {
    await control('evaluateSubchannel')();
    assert.equal(await session.health(), undefined);
    assert.equal((await runIn(vfio, senseId)).irbs.length, 1);
  });

  it('storage-keys: sets the key of the frame behind a page', async () => {
    const { storage } = session.machine;
    await vfio.memory.write(0x3000, Uint8Array.of(1));
    assert.equal(storage.keyless, true);
    await control('setStorageKey')(0x3000, 5, true);
    assert.equal(storage.keyless, false);
    assert.deepEqual(storage.pinnedFrames(), []);
  });

  it('locked-memory-limit: refuses what exceeds it', async () => {
    await control('setLockedMemoryLimit')(0);
    assert((await start()) < 0);
    await control('setLockedMemoryLimit')(1 << 20);
    assert.equal(await start(), 124);
  });

  it('shutdown: nothing can be started any more', async () => {
    await control('shutdown')();
    assert((await start()) < 0);
  });

  it('reads the volume', async () => {
    const { dump } = await runIn(vfio, readRecord);
    assert.equal(dump.length, 1);
  });

  it('adds evidence of what happened', async () => {
    await start();
    assert((await session.evidence()).some((line) => line.includes('ssch')));
  });
});

describe('path-control', () => {
  it('varies, configures and breaks paths', async () => {
    const session = await modelOf({ paths: '2' }).start();
    const vfio = await session.openVfio();
    const { paths, host } = session.controls;
    assert(paths !== undefined && host !== undefined);
    const [first = 0, second = 0] = paths.chpids;
    assert.equal(await host.pathMask(), 0xc0);
    await paths.vary(first, false);
    assert.equal(await host.pathMask(), 0x40);
    await paths.vary(first, true);
    assert.equal(await host.pathMask(), 0xc0);
    await paths.configure(second, false);
    assert.equal(await session.system.readAttribute(`/sys/devices/css0/chp0.${second.toString(16)}/configure`), '0\n');
    assert.equal((await schibOf(vfio)).pam, 0x80);
    await paths.configure(second, true);
    assert.equal((await schibOf(vfio)).pam, 0xc0);
    assert((await vfio.waitIrq(CcwIrq.crw, 100)) > 0);
    await paths.foreignPathEvent(0xee, false);
    assert.equal(await host.pathMask(), 0xc0);
    await paths.breakPath(first, true);
    await startProgram(vfio, senseId);
    assert.equal(await interrupted(vfio), true);
    assert.equal((await readIrbArea(vfio)).eswWord0 & 0x00ff_0000, 0x0040_0000);
    await vfio.close();
    await session.close();
  });
});

async function schibOf(vfio: VfioPort): Promise<Schib> {
  const schib = await readSchibRegion(vfio);
  assert(typeof schib === 'object');
  return schib;
}
