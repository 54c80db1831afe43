import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findProgram } from '../../../../src/harness/process/index.js';
import { cpioArchive, FileType } from '../../../../src/harness/targets/lab/guest/cpio.js';
import { initramfs } from '../../../../src/harness/targets/lab/guest/index.js';
import { leaveOut } from '../../../support/leave-out.js';

/** Field `index` of the newc header at `at`. */
const field = (archive: Buffer, at: number, index: number): number =>
  parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);

describe('cpio archive', () => {
  it('aligns names and contents to 4 bytes, and ends with a trailer in a whole block', () => {
    const content = Buffer.from('12345');
    const archive = cpioArchive([{ path: 'ab', mode: FileType.file | 0o644, content }]);
    assert.equal(archive.toString('latin1', 0, 6), '070701');
    assert.equal(field(archive, 0, 1), 0o100644);
    assert.equal(field(archive, 0, 6), content.length);
    assert.equal(field(archive, 0, 11), 'ab\0'.length);
    const contentAt = Math.ceil((110 + 3) / 4) * 4;
    assert.equal(archive.toString('latin1', contentAt, contentAt + 5), '12345');
    const trailerAt = contentAt + 8;
    assert.equal(archive.toString('latin1', trailerAt, trailerAt + 6), '070701');
    assert.equal(archive.toString('latin1', trailerAt + 110, trailerAt + 121), 'TRAILER!!!\0');
    assert.equal(archive.length % 512, 0);
  });

  it('gives the same bytes for the same entries', () => {
    const entries = [{ path: 'dev/console', mode: FileType.character | 0o600, device: [5, 1] as const }];
    assert.deepEqual(cpioArchive(entries), cpioArchive(entries));
    const [major, minor] = [field(cpioArchive(entries), 0, 9), field(cpioArchive(entries), 0, 10)];
    assert.deepEqual([major, minor], [5, 1]);
  });
});

describe('initramfs', () => {
  let folder: string;

  before(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-guest-'))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('is what cpio unpacks, with init, the agent and the shell', async function () {
    if (findProgram('cpio') === undefined) leaveOut(this, 'there is no cpio (Debian package cpio)');
    const [init, agent, busybox] = ['init', 'agent', 'busybox'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [init, agent, busybox]) writeFileSync(path, `content of ${path}`);
    const archive = await initramfs({ init, agent, busybox });
    const listed = execFileSync('cpio', ['-t'], { input: archive, stdio: ['pipe', 'pipe', 'ignore'] })
      .toString()
      .split('\n');
    for (const path of [
      'init',
      'bin/ccwspec-agent',
      'bin/busybox',
      'bin/sh',
      'dev/console',
      'etc/profile',
      'proc',
      'sys',
    ]) {
      assert(listed.includes(path), `${path} is missing`);
    }
    execFileSync('cpio', ['-id', 'bin/ccwspec-agent'], {
      input: archive,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    assert.equal(statSync(join(folder, 'bin/ccwspec-agent')).mode & 0o777, 0o755);
    assert.equal(readFileSync(join(folder, 'bin/ccwspec-agent'), 'utf8'), `content of ${agent}`);
  });
});
