import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { leaveOut } from '../support/leave-out.js';
import { ccwspec } from './ccwspec.js';

describe('ccwspec lab', function () {
  this.timeout(30_000);
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-lab-command-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (words: readonly string[], env: Record<string, string> = {}): ReturnType<typeof ccwspec> =>
    ccwspec(['lab', ...words], { env: { XDG_CACHE_HOME: folder, ...env } });

  function file(name: string, content: string): string {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  it('setup names the one command that brings what is missing, and runs nothing', async () => {
    // Nothing but node can be found.
    symlinkSync(process.execPath, join(folder, 'node'));
    const { code, stdout } = await run(['setup'], { PATH: folder });
    assert.equal(code, 2);
    assert.match(stdout, /qemu-system-misc +qemu-system-s390x, for lab:qemu/);
    assert.match(stdout, /^ {2}(?:sudo )?apt-get install .*qemu-system-misc hercules .*flex bison/m);
    const asJson = await run(['setup', '--json'], { PATH: folder });
    const { missing } = JSON.parse(asJson.stdout) as { missing: string[] };
    assert(missing.includes('gcc-s390x-linux-gnu') && missing.includes('flex'));
  });

  it('kernel list and prune say when there is nothing', async () => {
    assert.match((await run(['kernel', 'list'])).stdout, /No kernel is built yet/);
    assert.deepEqual(JSON.parse((await run(['kernel', 'list', '--json'])).stdout), { kernels: [] });
    assert.match((await run(['kernel', 'prune'])).stdout, /nothing to remove/);
  });

  it('kernel prune takes kernels of older configurations, and --dry-run does not', async () => {
    const entry = {
      version: '6.12.1-1',
      configuration: 'base',
      hash: 'old',
      release: '',
      source: '',
      made: '',
      took: 1,
    };
    file('ccwspec/kernels/6.12.1-1-base-old/kernel.json', JSON.stringify(entry));
    assert.match((await run(['kernel', 'prune', '--dry-run'])).stdout, /kernel of an older configuration[^]*would be/);
    assert.match((await run(['kernel', 'list'])).stdout, /debian:6\.12\.1-1 +base/);
    assert.match((await run(['kernel', 'prune'])).stdout, /1 MB removed/);
    assert.match((await run(['kernel', 'list'])).stdout, /No kernel/);
  });

  it('kernel build refuses what is no kernel, before anything is built', async () => {
    const { code, stderr } = await run(['kernel', 'build', file('bzImage', 'no kernel')]);
    assert.equal(code, 64);
    assert.match(stderr, /^E-LAB-KERNEL-IMAGE: .*bzImage is no kernel image for s390x/);
    assert.match((await run(['kernel', 'build', 'debian:newest'])).stderr, /^E-USAGE/);
  });

  it('kernel build shows the end of the log of a tree that does not build', async function () {
    for (const name of ['Kbuild', 'arch/s390/Kconfig']) file(`tree/${name}`, '');
    file('tree/Makefile', 'tinyconfig:\n\t@echo "scripts/x.c:1: error: expected ;"; exit 1\n');
    const { code, stderr } = await run(['kernel', 'build', join(folder, 'tree')]);
    assert.equal(code, 2);
    if (stderr.startsWith('E-LAB-PACKAGE')) leaveOut(this, 'a kernel build needs packages that are not here');
    assert.match(stderr, /E-LAB-KERNEL-BUILD: .*build\.log[^]*error: expected ;/);
  });

  it('logs shows the latest console, or only its reports', async () => {
    assert.equal((await run(['logs'])).code, 64);
    file('ccwspec/logs/2026-01-01-qemu-1.log', 'older\n');
    file('ccwspec/logs/2026-01-02-qemu-1.log', '[ 1.0] hello\n[ 2.0] Kernel panic - not syncing: x\n');
    assert.equal((await run(['logs'])).stdout, '[ 1.0] hello\n[ 2.0] Kernel panic - not syncing: x\n');
    assert.equal((await run(['logs', '--reports'])).stdout, 'Kernel panic - not syncing: x\n');
    assert.equal((await run(['logs', '2026-01-01'])).stdout, 'older\n');
    assert.equal((await run(['logs', '--list'])).stdout, '2026-01-01-qemu-1.log\n2026-01-02-qemu-1.log\n');
  });
});
