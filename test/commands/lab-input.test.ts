/** What is given to the lab by mistake: one message, before anything boots, and the exit code of the contract. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { missingNeeds } from '../../src/harness/targets/lab/index.js';
import { leaveOut } from '../support/leave-out.js';
import { ccwspec, type Ended } from './ccwspec.js';

describe('a lab or a host that cannot be had', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-input-'))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    ccwspec(['run', 'vfio-ccw/info/device', '--output', join(folder, 'results'), ...words], { env });

  function file(name: string, content: string | Buffer, mode = 0o644): string {
    const path = join(folder, name);
    writeFileSync(path, content, { mode });
    return path;
  }

  /** The message is all that there is: no case began, and there is no folder of results. */
  function assertRefused({ code, stdout, stderr }: Ended, message: RegExp, expected: number): void {
    assert.match(stderr, message);
    assert.deepEqual(
      { code, stdout, lines: stderr.trimEnd().split('\n').length },
      { code: expected, stdout: '', lines: 2 },
    );
    assert.ok(!readdirSync(folder).includes('results'));
  }

  it('lacks packages', async () => {
    const nothing = { PATH: '/nowhere' };
    assertRefused(
      await run(['--target', 'lab:qemu'], nothing),
      /^E-LAB-PACKAGE: lab:qemu lacks qemu-system-misc.*\n.*apt-get install/,
      2,
    );
    assertRefused(
      await run(['--target', 'lab:hercules'], nothing),
      /^E-LAB-PACKAGE: lab:hercules lacks hercules.*\n.*apt-get install/,
      2,
    );
    assertRefused(
      await run(['--target', 'ssh:somewhere'], nothing),
      /^E-PROCESS-MISSING: there is no program ssh\n.* openssh-client/,
      2,
    );
  });

  it('has an agent that is none, or of another version', async () => {
    const answers = (change: string): string =>
      file(
        'agent',
        `#!${process.execPath}\nprocess.stdin.once('data', (frame) => { ${change}; process.stdout.write(frame.subarray(0, 16)); });\n`,
        0o755,
      );
    const ofAgent = (agent: string): Promise<Ended> => run(['--target', 'vfio', '-o', `agent=${agent}`]);
    const version2 = answers('frame[2] = 2; frame[3] = 0x81; frame.fill(0, 12, 16)');
    assertRefused(
      await ofAgent(version2),
      /^E-AGENT-VERSION: .* answered in version 2; this ccwspec speaks version 1\n/,
      2,
    );
    const echo = answers('frame.fill(0, 12, 16)');
    assertRefused(await ofAgent(echo), /^E-AGENT-PROTOCOL: /, 2);
  });

  describe('for what is named', () => {
    before(function () {
      const [lacking] = missingNeeds(['qemu', 'guest']);
      if (lacking !== undefined) leaveOut(this, `there is no ${lacking.debianPackage}`);
    });

    const onQemu = (...words: readonly string[]): Promise<Ended> => run(['--target', 'lab:qemu', ...words]);

    it('is another file than a kernel', async () => {
      assertRefused(
        await onQemu('--kernel', file('text', 'text')),
        /^E-LAB-KERNEL-IMAGE: .*\/text is no kernel image for s390x\n/,
        64,
      );
      assertRefused(
        await onQemu('--kernel', join(folder, 'lost')),
        /^E-LAB-KERNEL-IMAGE: there is nothing at .*\/lost\n/,
        64,
      );
      assertRefused(
        await onQemu('--kernel', folder),
        /^E-LAB-KERNEL-IMAGE: .* is a folder, and no kernel source tree/,
        64,
      );
    });

    it('is a kernel for another architecture, or without the driver', async () => {
      const x86 = Buffer.alloc(0x1_0000);
      x86.write('HdrS', 0x202, 'latin1');
      assertRefused(
        await onQemu('--kernel', file('bzImage', x86)),
        /^E-LAB-KERNEL-IMAGE: .* is a kernel image for x86\n/,
        64,
      );
      const s390x = Buffer.alloc(0x1_1000);
      s390x.write('S390EP', 0x1_0008, 'latin1');
      file('config-6.1', 'CONFIG_VFIO_CCW=m\n');
      const image = file('vmlinuz-6.1', s390x);
      assertRefused(
        await onQemu('--kernel', image),
        /^E-LAB-KERNEL-DRIVER: .* was configured without CONFIG_VFIO_CCW=y.*CONFIG_VFIO_CCW=m/,
        2,
      );
    });

    it('is no QEMU; git bisect is told to give up', async () => {
      const words = ['--qemu', '/bin/true'];
      assertRefused(await onQemu(...words), /^E-LAB-QEMU: \/bin\/true is no QEMU/, 64);
      assertRefused(await onQemu(...words, '--bisect'), /^E-LAB-QEMU: /, 128);
    });
  });
});
