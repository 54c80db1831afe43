import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OrbBit, ProgramBuilder, toEbcdic } from '../../../../src/harness/arch/index.js';
import { CcwspecError } from '../../../../src/harness/errors/index.js';
import { runProgram } from '../../../../src/harness/exec/index.js';
import { capabilities, type Capability, type SystemPort } from '../../../../src/harness/ports/index.js';
import { Errno, IoRegion, regionOffset, RegionIndex } from '../../../../src/harness/uapi/index.js';
import { startProgram, startRequest } from '../../../../src/harness/vfio/index.js';
import { defaultMemoryMap } from '../../../../src/harness/program-file/index.js';
import {
  attach,
  FileJournal,
  HostSession,
  HostTarget,
  type HostSessionOptions,
} from '../../../../src/harness/targets/host/index.js';
import { attachByHand, detachByHand, hostStatus } from '../../../../src/harness/targets/host/by-hand.js';
import { readSubchannel } from '../../../../src/harness/targets/host/subchannels.js';
import { HostSysfs } from '../../../../src/harness/targets/host/sysfs.js';
import { serialIn } from '../../../../src/harness/targets/host/volume-label.js';
import { senseId } from '../support.js';
import { connectionTo, DEVICE, modelHost, SUBCHANNEL } from './model-connection.js';

/** Stays pending without an interruption. */
const suspended = new ProgramBuilder({
  name: 'suspended',
  orb: { control: OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption },
})
  .ccw(0x03, { flags: ['sli', 's'], count: 1, address: 0x2000 })
  .build();

const named = { deviceNumber: DEVICE, volser: 'TST001' };
const refusal = (code: string, what: RegExp) => (error: unknown) =>
  error instanceof CcwspecError && error.code === code && what.test(error.what);

type Host = Awaited<ReturnType<typeof modelHost>>;

const driverOf = async ({ system }: Host): Promise<string | undefined> =>
  (await readSubchannel(new HostSysfs(system), SUBCHANNEL))?.driver;

const startOn = (host: Host, options: Partial<HostSessionOptions> = {}): Promise<HostSession> =>
  HostSession.start({ connection: connectionTo(host.system), device: named, writable: false, ...options });

describe('a session on a host', () => {
  it('attaches, runs a program, and gives the host back', async () => {
    const host = await modelHost();
    const connection = connectionTo(host.system);
    const session = await HostSession.start({ connection, device: { deviceNumber: DEVICE }, writable: false });
    assert.equal(await driverOf(host), 'vfio_ccw');
    assert.match(session.description, /0\.0\.0120 on subchannel 0\.0\.0000: 3990-\w\w with 3390-\w\w, volume TST001/);
    const vfio = await session.openVfio();
    const { irbs } = await runProgram(vfio, senseId, defaultMemoryMap);
    assert.equal(irbs.length, 1);
    await vfio.close();
    const guest = await session.openChannel();
    await guest.close();
    assert.equal(await session.health(), undefined);
    await session.close();
    assert.equal(await driverOf(host), 'io_subchannel');
    assert.deepEqual(connection.log, ['close']);
  });

  it("finds the kernel's report on the console where the agent has gone with the kernel", async () => {
    const host = await modelHost();
    const printed = ['Oops of a case before'];
    const gone = new CcwspecError('E-AGENT-GONE', 'the agent closed the connection');
    let isGone = false;
    const connection = {
      ...connectionTo(host.system),
      kernelLog: () => (isGone ? Promise.reject(gone) : Promise.resolve({ mark: 0, text: '' })),
    };
    const session = await startOn(host, {
      connection,
      console: { mark: () => printed.length, since: (mark) => printed.slice(mark).join('\n') },
      reportsIn: (log) => log.split('\n').filter((line) => line.startsWith('Oops')),
    });
    await session.beginCase('a/b/c');
    assert.deepEqual(await session.kernelReports(), []);
    isGone = true;
    session.watch.used();
    await assert.rejects(session.kernelReports(), refusal('E-AGENT-GONE', /closed/));
    printed.push('something else', 'Oops of this case');
    assert.deepEqual(await session.kernelReports(), ['Oops of this case']);
  });

  it('has or lacks every capability, with a reason', async () => {
    const session = await startOn(await modelHost());
    for (const capability of Object.keys(capabilities) as (keyof typeof capabilities)[]) {
      const reason = session.missing.get(capability) ?? '';
      assert.notEqual(session.capabilities.has(capability), reason !== '', `${capability}: ${reason}`);
    }
    const has = [
      'vfio',
      'channel',
      'iommufd',
      'lifecycle',
      'eckd',
      'second-process',
      'path-control',
      'path-configuration',
      'ends-suspended',
    ];
    assert.deepEqual([...session.capabilities].sort(), has.sort());
    assert.match(session.missing.get('scratch-track') ?? '', /--touch scratch/);
    assert.match(session.missing.get('many-paths') ?? '', /one channel path/);
    assert.equal(session.controls.unplug, undefined);
    assert.deepEqual(session.controls.paths?.chpids, [0x40]);
  });

  it('has other capabilities on another host, and for another purpose', async () => {
    const older = await startOn(await modelHost({ kernel: 1 }));
    assert(older.capabilities.has('group-only') && !older.capabilities.has('iommufd'));
    const unplug = (): Promise<void> => Promise.resolve();
    const more = await startOn(await modelHost({ paths: 2 }), { writable: true, unplug });
    assert(more.capabilities.has('many-paths') && more.capabilities.has('scratch-track'));
    assert.equal(more.controls.unplug, unplug);
  });

  it('runs a case that limits locked memory in a process that has given up its privilege before', async () => {
    for (const [result, says] of [
      [0, undefined],
      [-Errno.EPERM, /keeps CAP_IPC_LOCK: -1 \(EPERM\)/],
    ] as const) {
      const host = await modelHost();
      const calls: string[] = [];
      const child = (system: SystemPort): SystemPort =>
        new Proxy(system, {
          get: (target, name): unknown => {
            if (name === 'limit')
              return (bytes?: number) => (calls.push(`limit ${String(bytes)}`), Promise.resolve(result));
            if (name === 'exit') return () => (calls.push('exit'), Promise.resolve());
            return Reflect.get(target, name) as unknown;
          },
        });
      const system = new Proxy(host.system, {
        get: (target, name): unknown =>
          name === 'fork' ? async () => (calls.push('fork'), child(await target.fork())) : Reflect.get(target, name),
      });
      const session = await startOn(host, { connection: connectionTo(system) });
      (session.capabilities as Set<Capability>).add('locked-memory-limit');
      calls.length = 0;
      const begun = session.beginCase('a/b/c', ['vfio', 'locked-memory-limit']);
      if (says === undefined) await begun;
      else await assert.rejects(begun, refusal('E-TARGET', says));
      assert.deepEqual(calls, ['fork', `limit ${2 ** 40}`, ...(says === undefined ? [] : ['exit'])]);
    }
  });

  it('halts what a case left suspended before it is closed, on a machine where the driver could not end it', async () => {
    for (const options of [{}, { cannotEndSuspended: 'not on this machine' }]) {
      const halts = 'cannotEndSuspended' in options;
      const session = await startOn(await modelHost(), options);
      assert.equal(session.capabilities.has('ends-suspended'), !halts);
      await (await session.openVfio()).close();
      const open = await session.openVfio();
      assert.equal(await startProgram(open, suspended), IoRegion.length);
      await session.calm();
      assert.equal(await open.write(regionOffset(RegionIndex.io), startRequest(senseId)), halts ? 124 : -Errno.EBUSY);
      await open.close();
      await session.close();
    }
  });

  it('refuses another volume than the one that is named, before anything is written, and puts the host back', async () => {
    const host = await modelHost({ volser: 'OTHER1' });
    await assert.rejects(
      startOn(host, { writable: true }),
      refusal('E-HOST-SERIAL', /device 0\.0\.0120 is volume OTHER1; --volser names TST001/),
    );
    assert.equal(await driverOf(host), 'io_subchannel');
  });

  it('wants a volume named that may be written, but no scratch copy', async () => {
    const host = await modelHost();
    const unnamed = { writable: true, device: { subchannel: SUBCHANNEL } };
    await assert.rejects(startOn(host, unnamed), refusal('E-USAGE', /--device-number is missing/));
    const unlabelled = { writable: true, device: { deviceNumber: DEVICE } };
    await assert.rejects(startOn(host, unlabelled), refusal('E-USAGE', /--volser is missing/));
    assert.equal(await driverOf(host), 'io_subchannel');
    const session = await startOn(host, { ...unnamed, scratchCopy: true });
    assert(session.capabilities.has('scratch-track'));
  });

  it('takes a serial in small letters for the same', async () => {
    const session = await startOn(await modelHost(), { device: { ...named, volser: 'tst001' } });
    assert.equal(session.device.volser, 'TST001');
  });

  it('puts back what a case changed: paths, binding, mdev', async () => {
    const host = await modelHost({ paths: 2 });
    const { system } = host;
    const session = await startOn(host);
    const { uuid } = session.places;
    const chp = '/sys/devices/css0/chp0.40';
    const changes: readonly (() => Promise<unknown>)[] = [
      () => system.writeAttribute(`${chp}/status`, 'off\n'),
      () => system.writeAttribute(`${chp}/configure`, '0\n'),
      () => system.writeAttribute(`/sys/bus/mdev/devices/${uuid}/remove`, '1'),
      () => system.writeAttribute('/sys/bus/css/drivers/vfio_ccw/unbind', SUBCHANNEL),
      () => system.writeAttribute(`/sys/bus/css/devices/${SUBCHANNEL}/driver_override`, '\n'),
      async () => {
        await system.writeAttribute('/sys/bus/css/drivers/vfio_ccw/unbind', SUBCHANNEL);
        await system.writeAttribute(`/sys/bus/css/devices/${SUBCHANNEL}/driver_override`, '\n');
        await system.writeAttribute('/sys/bus/css/drivers_probe', SUBCHANNEL);
      },
      async () => {
        await system.writeAttribute(`/sys/bus/mdev/devices/${uuid}/remove`, '1');
        const type = `/sys/bus/css/devices/${SUBCHANNEL}/mdev_supported_types/vfio_ccw-io`;
        await system.writeAttribute(`${type}/create`, '0f0e0d0c-0b0a-0908-0706-050403020100');
      },
    ];
    for (const [index, change] of changes.entries()) {
      await change();
      assert.equal(await session.health(), undefined, `after change ${index}`);
      const state = await readSubchannel(new HostSysfs(system), SUBCHANNEL);
      assert.deepEqual(
        [state?.driver, state?.override, state?.mdevs],
        ['vfio_ccw', 'vfio_ccw', [uuid]],
        `after change ${index}`,
      );
      assert.equal(await system.readAttribute(`${chp}/status`), 'online\n');
      assert.equal(await system.readAttribute(`${chp}/configure`), '1\n');
      const vfio = await session.openVfio();
      assert.equal(await vfio.read(3 << 10, new Uint8Array(8)), 8);
      await vfio.close();
    }
    await session.close();
    assert.equal(await driverOf(host), 'io_subchannel');
  });

  it('says that a device is gone that does not come back', async () => {
    const host = await modelHost();
    const session = await startOn(host);
    host.css.unplug(0);
    host.settle();
    assert.match((await session.health()) ?? '', /subchannel 0\.0\.0000 is gone/);
  });

  it('tells what is open and locked, and waits until it is not', async () => {
    const session = await startOn(await modelHost());
    const before = await session.ledger();
    assert.deepEqual(before, []);
    const vfio = await session.openVfio({ irqs: [0] });
    const open = await session.ledger();
    assert.deepEqual(
      open.map(({ what }) => what),
      ['/dev/vfio/vfio', '/dev/vfio/0', `device ${session.places.uuid}`, 'eventfd'],
    );
    const child = await session.system.fork();
    assert.match((await session.ledger()).at(-1)?.takenAt ?? '', /fork/);
    await child.exit();
    await vfio.close();
    await session.settle();
    assert.deepEqual(await session.ledger(), []);
  });

  it('refuses what the host cannot do with its paths, and lets it be undone', async () => {
    const session = await startOn(await modelHost());
    const { paths } = session.controls;
    assert(paths !== undefined);
    await assert.rejects(paths.breakPath(0x40, true), refusal('E-TARGET', /path-faults/));
    await assert.rejects(paths.foreignPathEvent(0xe0, true), refusal('E-TARGET', /path-faults/));
    await paths.breakPath(0x40, false);
    await paths.vary(0x40, false);
    assert.equal(await session.system.readAttribute('/sys/devices/css0/chp0.40/status'), 'offline\n');
  });
});

describe('the serial in a volume label', () => {
  const label = (text: string): Uint8Array => {
    const bytes = new Uint8Array(84).fill(0x40);
    bytes.set(toEbcdic(text));
    return bytes;
  };

  it('stands behind the key, or behind the identifier of a volume without keys', () => {
    assert.equal(serialIn(label('VOL1VOL1ABC123 ')), 'ABC123');
    assert.equal(serialIn(label('VOL1VOL1AB ')), 'AB');
    assert.equal(serialIn(label('LNX1LX0001')), 'LX0001');
    assert.equal(serialIn(label('CMS1CM0001')), 'CM0001');
  });

  it('is not there without a label', () => {
    assert.equal(serialIn(new Uint8Array(84)), undefined);
    assert.equal(serialIn(label('VOL1')), undefined);
  });
});

describe('a host as a target', () => {
  let journals: string;
  beforeEach(() => {
    journals = mkdtempSync(join(tmpdir(), 'journals-'));
  });
  afterEach(() => {
    rmSync(journals, { recursive: true });
  });

  const targetOn = (host: Host, isRunning = (): boolean => false): HostTarget =>
    new HostTarget({
      name: 'ssh:host',
      description: 'a host',
      connect: () => Promise.resolve(connectionTo(host.system)),
      device: named,
      writable: false,
      journals,
      isRunning,
    });

  it('knows what it can do once it is prepared, and leaves the host as it was', async () => {
    const host = await modelHost();
    const target = targetOn(host);
    await target.prepare({ writable: true });
    assert(target.capabilities.has('scratch-track'));
    assert.match(target.versions['device'] ?? '', /volume TST001/);
    assert.equal(await driverOf(host), 'io_subchannel');
    assert.deepEqual(readdirSync(journals), []);
  });

  it('puts back what a killed run left', async () => {
    const host = await modelHost();
    await host.system.writeAttribute(`/sys/bus/css/devices/${SUBCHANNEL}/driver_override`, 'io_subchannel\n');
    const killed = await targetOn(host).start();
    assert.equal(readdirSync(journals).length, 1);
    const { uuid } = killed.places;
    const next = await targetOn(host).start();
    assert.notEqual(next.places.uuid, uuid);
    await next.close();
    assert.deepEqual(readdirSync(journals), []);
    const state = await readSubchannel(new HostSysfs(host.system), SUBCHANNEL);
    assert.deepEqual([state?.driver, state?.override, state?.mdevs], ['io_subchannel', 'io_subchannel', []]);
  });

  it('puts back an attachment that was interrupted at any step', async () => {
    for (let steps = 1; steps <= 4; steps++) {
      const host = await modelHost();
      const journal = FileJournal.create(journals, 'ssh:host', '0f0e0d0c-0b0a-0908-0706-050403020100', 4_000_000);
      let writes = 0;
      const gone = (): Promise<never> => Promise.reject(new CcwspecError('E-AGENT-GONE', 'killed'));
      // From this write on the process is as good as dead: nothing more reaches the host, and nothing is put back.
      const dying = new Proxy(host.system, {
        get: (system, name): unknown => {
          if (name === 'writeAttribute') writes++;
          return writes >= steps ? gone : Reflect.get(system, name);
        },
      });
      await assert.rejects(attach(dying, { ...named, uuid: journal.content.uuid, journal }), /killed/);
      assert.equal(readdirSync(journals).length, 1, `before step ${steps}`);
      const session = await targetOn(host).start();
      await session.close();
      const state = await readSubchannel(new HostSysfs(host.system), SUBCHANNEL);
      assert.deepEqual([state?.driver, state?.override, state?.mdevs], ['io_subchannel', undefined, []]);
      assert.deepEqual(readdirSync(journals), []);
    }
  });

  it('does nothing with a host while a journal of it cannot be read', async () => {
    const host = await modelHost();
    const file = join(journals, 'ssh%3Ahost@0.0.0001.json');
    for (const text of ['{ "version": 1, "st', '{ "version": 2, "steps": [] }']) {
      writeFileSync(file, text);
      await assert.rejects(targetOn(host).start(), refusal('E-HOST-JOURNAL', /ssh%3Ahost@0\.0\.0001\.json/));
      assert.equal(await driverOf(host), 'io_subchannel');
      assert.equal(readFileSync(file, 'utf8'), text);
    }
  });

  it('refuses a device that a run in another process has', async () => {
    const host = await modelHost();
    await attach(host.system, { ...named, journal: FileJournal.create(journals, 'ssh:host', 'x', 4_000_000) }).catch(
      () => 0,
    );
    const running = targetOn(host, () => true);
    await assert.rejects(
      running.start(),
      refusal('E-HOST-IN-USE', /another run has subchannel 0\.0\.0000.*process 4000000/),
    );
  });

  it('takes a device that was attached by hand as it is, and leaves it attached', async () => {
    const host = await modelHost();
    const named = { connection: connectionTo(host.system), target: 'ssh:host', journals };
    const places = await attachByHand(named, { deviceNumber: DEVICE });
    const session = await targetOn(host).start();
    assert.equal(session.places.uuid, places.uuid);
    assert.match(targetOn(host).missing.get('lifecycle') ?? '', /^$/);
    assert(!session.capabilities.has('lifecycle'));
    await session.close();
    assert.equal(await driverOf(host), 'vfio_ccw');
    const [line] = await hostStatus(named);
    assert.deepEqual(
      [line?.device, line?.driver, line?.mdevs, line?.attached],
      [DEVICE, 'vfio_ccw', [places.uuid], 'by hand'],
    );
    assert.deepEqual(await detachByHand(named, {}), [{ subchannel: SUBCHANNEL, deviceNumber: DEVICE, problems: [] }]);
    assert.equal(await driverOf(host), 'io_subchannel');
    await assert.rejects(detachByHand(named, {}), refusal('E-HOST-SUBCHANNEL', /nothing that was attached/));
  });
});
