import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { machineVersion } from '../../../../src/harness/targets/lab/machine-version.js';

describe('the version of the QEMU that a user names', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-qemu-'))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** A program that says `version` when it is asked for it, and otherwise which machines there are. */
  function program(version: string, machines: string): string {
    const path = join(folder, 'qemu');
    writeFileSync(path, `#!/bin/sh\ncase $1 in --version) echo '${version}';; *) echo '${machines}';; esac\n`, {
      mode: 0o755,
    });
    return path;
  }

  it('is what it says', async () => {
    const qemu = program(
      'QEMU emulator version 9.2.1 (own build)',
      'none empty machine\ns390-ccw-virtio Virtual machine',
    );
    assert.equal(await machineVersion('qemu', { qemu }), '9.2.1');
  });

  it('is refused where it is no QEMU', async () => {
    for (const qemu of [program('true (GNU coreutils) 9.1', 's390-ccw-virtio'), program('', '')])
      await assert.rejects(
        machineVersion('qemu', { qemu }),
        /E-LAB-QEMU: .*\/qemu is no QEMU: asked for its version, it says/,
      );
  });

  it('is refused where it emulates other machines', async () => {
    const qemu = program('QEMU emulator version 9.2.1', 'pc Standard PC');
    await assert.rejects(
      machineVersion('qemu', { qemu }),
      /E-LAB-QEMU: .* is a QEMU 9\.2\.1 without the machine s390-ccw-virtio/,
    );
  });

  it('is an error where there is nothing', async () => {
    await assert.rejects(machineVersion('qemu', { qemu: join(folder, 'nothing') }), /E-PROCESS-MISSING/);
  });
});
