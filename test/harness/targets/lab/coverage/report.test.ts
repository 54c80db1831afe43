import assert from 'node:assert/strict';

import {
  figuresOf,
  mergeFiles,
  sumOf,
  unreachedFunctions,
  type FileCoverage,
} from '../../../../../src/harness/targets/lab/coverage/index.js';

/** Three lines, of which the second has two branches. */
function file(
  counts: readonly [number, number, number],
  branches: readonly [number, number],
  entered = 0,
): FileCoverage {
  return {
    name: 'vfio_ccw_drv.c',
    lines: [
      { line: 10, count: counts[0], branches: [] },
      { line: 11, count: counts[1], branches },
      { line: 14, count: counts[2], branches: [] },
    ],
    functions: [
      { name: 'vfio_ccw_sch_event', line: 9, count: counts[0] },
      { name: 'vfio_ccw_sch_shutdown', line: 13, count: entered },
    ],
  };
}

describe('counts of the driver', () => {
  it('of several machines are added, line by line, branch by branch', () => {
    const [merged, ...others] = mergeFiles([[file([1, 1, 0], [1, 0])], [file([2, 2, 0], [0, 2])]]);
    assert.deepEqual(others, []);
    assert.deepEqual(merged, file([3, 3, 0], [1, 2]));
  });

  it('of a file that one machine alone has are taken over', () => {
    const other = { ...file([5, 0, 0], [0, 0]), name: 'vfio_ccw_cp.c' };
    assert.deepEqual(mergeFiles([[file([1, 1, 0], [1, 0])], [other]]), [file([1, 1, 0], [1, 0]), other]);
    assert.deepEqual(mergeFiles([]), []);
  });

  it('of different kernels are refused', () => {
    const mine = file([1, 1, 0], [1, 0]);
    const moved = { ...mine, lines: mine.lines.map((line) => ({ ...line, line: line.line + 1 })) };
    const shorter = { ...mine, lines: mine.lines.slice(1) };
    const fewerBranches = { ...mine, lines: mine.lines.map((line) => ({ ...line, branches: [] })) };
    const renamed = { ...mine, functions: mine.functions.map((one) => ({ ...one, name: `${one.name}_2` })) };
    for (const other of [moved, shorter, fewerBranches, renamed]) {
      assert.throws(() => mergeFiles([[mine], [other]]), { code: 'E-LAB-COVERAGE' });
    }
  });

  it('become shares of lines, branches and functions', () => {
    assert.deepEqual(figuresOf(file([7, 1, 0], [1, 0])), {
      lines: { total: 3, reached: 2 },
      branches: { total: 2, reached: 1 },
      functions: { total: 2, reached: 1 },
    });
    const figures = sumOf([figuresOf(file([7, 1, 0], [1, 0])), figuresOf(file([7, 1, 4], [1, 1], 4))]);
    assert.deepEqual(figures.lines, { total: 6, reached: 5 });
    assert.deepEqual(figures.branches, { total: 4, reached: 3 });
    assert.deepEqual(figures.functions, { total: 4, reached: 3 });
  });

  it('name the functions that were never entered', () => {
    const where = { file: 'vfio_ccw_drv.c', name: 'vfio_ccw_sch_shutdown', line: 13 };
    assert.deepEqual(unreachedFunctions([file([1, 1, 0], [1, 0])]), [where]);
    assert.deepEqual(unreachedFunctions([file([1, 1, 1], [1, 0], 1)]), []);
  });
});
