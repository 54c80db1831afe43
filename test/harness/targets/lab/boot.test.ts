import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  bootLab,
  missingNeeds,
  type Lab,
  type LabOptions,
  type Platform,
} from '../../../../src/harness/targets/lab/index.js';
import { loadConfiguration } from '../../../../src/harness/targets/lab/kernel/configuration.js';
import { storedKernels } from '../../../../src/harness/targets/lab/kernel/index.js';
import { leaveOut } from '../../../support/leave-out.js';

describe('a lab', function () {
  this.timeout(300_000);
  const open: Lab[] = [];

  before(async function () {
    const missing = missingNeeds(['qemu', 'hercules', 'guest']).map(({ debianPackage }) => debianPackage);
    if (missing.length > 0) leaveOut(this, `the lab lacks ${[...new Set(missing)].join(', ')}`);
    const { hash } = await loadConfiguration('base');
    const kernels = (await storedKernels()).filter((kernel) => kernel.hash === hash && /^6\.12\./.test(kernel.version));
    if (kernels.length === 0) leaveOut(this, 'no kernel is built for the lab (`ccwspec lab kernel build`)');
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((lab) => lab.close()));
  });

  async function boot(platform: Platform, options: LabOptions = {}): Promise<Lab> {
    const lab = await bootLab(platform, options);
    open.push(lab);
    return lab;
  }

  const numbers = (lab: Lab): string[] => lab.subchannels.map(({ deviceNumber }) => deviceNumber);

  it('on QEMU has its devices, its driver and an agent; a second one runs beside it', async () => {
    const [one, two] = await Promise.all([boot('qemu'), boot('qemu', { cpus: 2 })]);
    for (const lab of [one, two]) {
      assert.deepEqual(numbers(lab), ['0.0.1234', '0.0.0700', '0.0.1235']);
      assert.match(lab.versions['kernel'] ?? '', /^6\.12\..*-ccwspec$/);
      assert.match(lab.versions['qemu'] ?? '', /^\d+\.\d+\.\d+$/);
      assert.deepEqual(lab.console.reports(), []);
    }
    const [first] = one.subchannels;
    const bound = await one.connection.system.list(`/sys/bus/css/devices/${first?.subchannel ?? ''}`);
    assert(Array.isArray(bound) && bound.includes('0.0.1234'));
  });

  it('on QEMU has its device taken away and given back', async () => {
    const lab = await boot('qemu');
    const devices = (): Promise<string[] | number> => lab.connection.system.list('/sys/bus/ccw/devices');
    const until = async (isThere: boolean): Promise<void> => {
      for (;;) {
        const names = await devices();
        if (Array.isArray(names) && names.includes('0.0.1234') === isThere) return;
      }
    };
    await lab.monitor.unplug('0.0.1234');
    await until(false);
    await lab.monitor.replug('0.0.1234');
    await until(true);
    await assert.rejects(lab.monitor.unplug('0.0.9999'), { code: 'E-LAB-MONITOR' });
  });

  it('that dies says so, with the end of its console, and leaves nothing', async () => {
    const lab = await boot('qemu');
    // The kernel's console is a moment behind the agent.
    const init = 'Run /init as init process';
    while (!lab.consoleTail().some((line) => line.includes(init))) await setTimeout(10);
    process.kill(lab.pid, 'SIGKILL');
    const death = await lab.died;
    assert.equal(death.code, 'E-LAB-DIED');
    assert.match(death.what, /SIGKILL[^]*Run \/init as init process/);
    await assert.rejects(lab.connection.system.list('/sys/bus/css/devices'), { code: 'E-AGENT-GONE' });
    await lab.close();
    assert.equal(existsSync(lab.folder), false);
    assert(statSync(lab.console.path).size > 0, 'its console can still be read');
  });

  it('whose QEMU ends at once says why', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccwspec-boot-'));
    const qemu = join(folder, 'qemu-system-s390x');
    writeFileSync(qemu, '#!/bin/sh\necho "qemu: no such machine" >&2\nexit 1\n', { mode: 0o755 });
    await assert.rejects(bootLab('qemu', { qemu }), { code: 'E-LAB-BOOT', message: /exit code 1[^]*no such machine/ });
    rmSync(folder, { recursive: true });
  });

  it('that may take no time is given up', async () => {
    await assert.rejects(bootLab('qemu', { bootLimit: 1 }), {
      code: 'E-LAB-BOOT',
      message: /not ready within 0\.001 s/,
    });
  });

  it('that stands still is booted again on Hercules, once, and told', async () => {
    const told: string[] = [];
    const progress = (what: string): void => void told.push(what);
    await assert.rejects(bootLab('hercules', { bootLimit: 300, progress }), { code: 'E-LAB-BOOT' });
    assert.deepEqual(
      told.map((what) => /^lab:hercules stood still .* booted again: hercules was not ready within 0\.3 s/.test(what)),
      [true],
    );
  });

  it('on Hercules has two disks on scratch copies', async () => {
    const lab = await boot('hercules');
    assert.deepEqual(numbers(lab), ['0.0.0120', '0.0.0121']);
    assert.match(lab.versions['hercules'] ?? '', /^\d/);
    assert.equal(await lab.connection.system.readAttribute('/sys/bus/ccw/devices/0.0.0120/cutype'), '3990/c2\n');
  });

  it("on Hercules takes a copy of the user's volume, and nothing that is none", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccwspec-boot-'));
    const volume = join(folder, 'volume');
    writeFileSync(volume, 'this is no volume');
    await assert.rejects(bootLab('hercules', { volume }), { code: 'E-LAB-VOLUME' });
    const probe = await boot('hercules');
    const made = readFileSync(join(probe.folder, 'volume-2'));
    writeFileSync(volume, made);
    const lab = await boot('hercules', { volume });
    assert.deepEqual(readFileSync(join(lab.folder, 'volume-1')), made);
    assert.deepEqual(readFileSync(volume), made);
    rmSync(folder, { recursive: true });
  });
});
