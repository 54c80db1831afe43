import assert from 'node:assert/strict';

import { coverageText, summaryOf, type Measured } from '../../src/cli/present/coverage.js';

const measured: Measured = {
  kernel: { release: '6.12.117-ccwspec', source: 'debian:6.12.117-1' },
  runs: [
    { name: 'qemu', machines: 1, lost: 0, exitCode: 0 },
    { name: 'hercules', machines: 2, lost: 1, exitCode: 1 },
  ],
  files: [
    {
      name: 'vfio_ccw_drv.c',
      lines: [
        { line: 10, count: 1, branches: [1, 0] },
        { line: 14, count: 0, branches: [] },
      ],
      functions: [{ name: 'vfio_ccw_sch_shutdown', line: 13, count: 0 }],
    },
  ],
  path: 'results/now',
};

describe('lab coverage', () => {
  it('prints a row for each file, the functions never entered, and the machines that were lost', () => {
    const lines = coverageText(summaryOf(measured)).split('\n');
    assert.deepEqual(lines.slice(0, 2), [
      'vfio-ccw of Linux 6.12.117-ccwspec, from debian:6.12.117-1',
      'Counted in qemu: 1 machine; hercules: 2 machines (the counters of 1 more machine are lost)',
    ]);
    assert.match(lines[4]!, /^vfio_ccw_drv\.c +1\/2 +50\.0 % +1\/2 +50\.0 % +0\/1 +0\.0 %$/);
    assert.match(lines[5]!, /^all +1\/2 /);
    assert.ok(lines.includes('  vfio_ccw_drv.c:13  vfio_ccw_sch_shutdown'));
    assert.ok(lines.some((line) => line.startsWith('The counters of 1 machine are lost')));
    assert.equal(lines.at(-1), 'Pages: results/now/coverage/index.html');
  });

  it('says nothing of lost machines and of functions where there are none', () => {
    const [file] = measured.files;
    const whole = { ...measured, runs: measured.runs.slice(0, 1), files: [{ ...file!, functions: [] }] };
    const text = coverageText(summaryOf(whole));
    assert.ok(!text.includes('lost'));
    assert.ok(text.includes('Every function was entered.'));
  });

  it('gives programs the lines that were not reached', () => {
    const { files, total } = summaryOf(measured);
    assert.deepEqual(files[0]?.unreachedLines, [14]);
    assert.deepEqual(total.lines, { total: 2, reached: 1 });
  });
});
