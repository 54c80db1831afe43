import assert from 'node:assert/strict';

import { readGcovOutput } from '../../../../../src/harness/targets/lab/coverage/index.js';

const line = (number: number, count: number, branches: readonly number[] = []): object => ({
  line_number: number,
  count,
  branches: branches.map((taken) => ({ count: taken, fallthrough: false, throw: false })),
  unexecuted_block: false,
});

const entry = (name: string, start: number, count: number): object => ({
  name,
  start_line: start,
  execution_count: count,
});

function document(...files: readonly { file: string; functions?: object[]; lines?: object[] }[]): string {
  const whole = files.map(({ file, functions = [], lines = [] }) => ({ file, functions, lines }));
  return JSON.stringify({ format_version: '1', files: whole });
}

describe("gcov's output", () => {
  it("is read as one document a line, of which the driver's own files count", () => {
    const output = [
      document(
        {
          file: '/somewhere/linux/drivers/s390/cio/vfio_ccw_drv.c',
          functions: [entry('vfio_ccw_sch_remove', 30, 2), entry('vfio_ccw_sch_irq', 9, 0)],
          lines: [line(31, 2, [2, 0]), line(10, 0)],
        },
        { file: '/somewhere/linux/include/linux/list.h', lines: [line(5, 9)] },
        { file: '/somewhere/linux/drivers/s390/cio/vfio_ccw_cp.h', lines: [line(5, 9)] },
      ),
      document({ file: 'drivers/s390/cio/vfio_ccw_chp.c', lines: [line(20, 1)] }),
      '',
    ].join('\n');
    assert.deepEqual(readGcovOutput(output), [
      {
        name: 'vfio_ccw_drv.c',
        lines: [
          { line: 10, count: 0, branches: [] },
          { line: 31, count: 2, branches: [2, 0] },
        ],
        functions: [
          { name: 'vfio_ccw_sch_irq', line: 9, count: 0 },
          { name: 'vfio_ccw_sch_remove', line: 30, count: 2 },
        ],
      },
      { name: 'vfio_ccw_chp.c', lines: [{ line: 20, count: 1, branches: [] }], functions: [] },
    ]);
  });

  it('has a line that is in two functions once, with the counts of both', () => {
    const output = document({ file: 'vfio_ccw_ops.c', lines: [line(7, 1, [1, 0]), line(7, 4, [4])] });
    assert.deepEqual(readGcovOutput(output)[0]?.lines, [{ line: 7, count: 5, branches: [1, 0, 4] }]);
  });

  it('is refused if it is something else', () => {
    for (const wrong of ['Aborted', '{}', '{"files":[{}]}']) {
      assert.throws(() => readGcovOutput(wrong), { code: 'E-LAB-COVERAGE' }, wrong);
    }
  });
});
