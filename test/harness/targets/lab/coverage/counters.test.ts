import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  countedMachines,
  folderForMachine,
  keepNotes,
  saveCounters,
  type CounterReader,
} from '../../../../../src/harness/targets/lab/coverage/index.js';

const TOP = '/sys/kernel/debug/gcov';
const ENOENT = -2;

/** An agent whose machine has these files. */
function agentWith(files: Readonly<Record<string, Uint8Array>>): CounterReader {
  return {
    list: (path) => {
      const below = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
      const names = below.map((name) => name.slice(path.length + 1).split('/', 1)[0]!);
      return Promise.resolve(names.length === 0 ? ENOENT : [...new Set(names)].sort());
    },
    readBytes: (path) => Promise.resolve(files[path] ?? ENOENT),
  };
}

describe('counters of a machine', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-coverage-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are copied byte by byte, wherever the kernel was built, and those of the driver alone', async () => {
    const place = `${TOP}/home/somebody/objects/drivers/s390/cio`;
    const agent = agentWith({
      [`${TOP}/reset`]: Uint8Array.of(0x30),
      [`${place}/vfio_ccw_drv.gcda`]: Uint8Array.of(0, 0xff, 0x80, 10),
      [`${place}/vfio_ccw_drv.gcno`]: Uint8Array.of(1),
      [`${place}/vfio_ccw_cp.gcda`]: Uint8Array.of(1, 2),
      [`${place}/css.gcda`]: Uint8Array.of(3),
    });
    const mine = await folderForMachine(join(folder, 'run'));
    await saveCounters(agent, mine);
    assert.deepEqual(readdirSync(mine).sort(), ['vfio_ccw_cp.gcda', 'vfio_ccw_drv.gcda']);
    assert.deepEqual([...readFileSync(join(mine, 'vfio_ccw_drv.gcda'))], [0, 0xff, 0x80, 10]);
  });

  it('are not there in a kernel that counts nothing', async () => {
    await assert.rejects(saveCounters(agentWith({}), folder), { code: 'E-LAB-COVERAGE' });
    const other = agentWith({ [`${TOP}/lib/sort.gcda`]: Uint8Array.of(1) });
    await assert.rejects(saveCounters(other, folder), { code: 'E-LAB-COVERAGE' });
  });

  it('are all saved, or none', async () => {
    const whole = agentWith({
      [`${TOP}/x/vfio_ccw_cp.gcda`]: Uint8Array.of(1),
      [`${TOP}/x/vfio_ccw_ops.gcda`]: Uint8Array.of(1),
    });
    const broken: CounterReader = {
      list: (path) => whole.list(path),
      readBytes: (path) => (path.includes('ops') ? Promise.resolve(ENOENT) : whole.readBytes(path)),
    };
    await assert.rejects(saveCounters(broken, folder), { code: 'E-LAB-COVERAGE' });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('of a machine that died are lost, and counted as such', async () => {
    const run = join(folder, 'run');
    assert.deepEqual(await countedMachines(run), { folders: [], lost: 0 });
    const [first, , third] = [await folderForMachine(run), await folderForMachine(run), await folderForMachine(run)];
    for (const saved of [first, third]) writeFileSync(join(saved, 'vfio_ccw_drv.gcda'), '');
    const { folders, lost } = await countedMachines(run);
    assert.deepEqual(folders.sort(), [first, third].sort());
    assert.equal(lost, 1);
  });
});

describe('notes of a kernel', () => {
  it('are asked of a kernel that has them', async () => {
    const bare = {
      image: '/somewhere/bzImage',
      source: '/somewhere/bzImage',
      configuration: undefined,
      release: '6.12',
    };
    await assert.rejects(keepNotes(bare, '/somewhere/else'), { code: 'E-LAB-COVERAGE' });
    const gone = { ...bare, objects: '/somewhere/objects', tree: '/somewhere/tree' };
    await assert.rejects(keepNotes(gone, join(tmpdir(), 'ccwspec-no-notes')), { code: 'E-LAB-COVERAGE' });
    rmSync(join(tmpdir(), 'ccwspec-no-notes'), { recursive: true, force: true });
  });
});
