import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { examine, type Finding } from '../../../src/harness/doctor/index.js';

describe('doctor', () => {
  let folder: string;
  const path = process.env['PATH'];

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-doctor-'))));
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  });

  function finding(name: string, output = folder): Finding {
    const found = examine(output).find((candidate) => candidate.name === name);
    assert(found !== undefined, `doctor says nothing about ${name}`);
    return found;
  }

  it('finds this Node recent enough', () => {
    assert.equal(finding('node').state, 'ok');
  });

  it('finds a program in the path', () => {
    const tool = join(folder, 'dasdls');
    writeFileSync(tool, '');
    chmodSync(tool, 0o755);
    process.env['PATH'] = folder;
    assert.deepEqual(finding('dasdls'), { name: 'dasdls', state: 'ok', detail: tool });
  });

  it('names the package of a program that is not there', () => {
    process.env['PATH'] = folder;
    const { state, next } = finding('qemu-system-s390x');
    assert.equal(state, 'absent');
    assert.match(next ?? '', /qemu-system-misc/);
  });

  it('does not take a folder, or a file that cannot be executed, for a program', () => {
    mkdirSync(join(folder, 'dasdls'));
    writeFileSync(join(folder, 'dasdcat'), '', { mode: 0o644 });
    process.env['PATH'] = folder;
    assert.equal(finding('dasdls').state, 'absent');
    assert.equal(finding('dasdcat').state, 'absent');
  });

  it('looks at the nearest folder that exists for the results', () => {
    assert.equal(finding('results folder', join(folder, 'a', 'b')).state, 'ok');
  });

  it('sees that results cannot go into a file', () => {
    writeFileSync(join(folder, 'file'), '');
    assert.match(finding('results folder', join(folder, 'file', 'results')).detail, /is not a folder/);
  });
});
