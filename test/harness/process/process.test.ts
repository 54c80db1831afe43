import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CcwspecError } from '../../../src/harness/errors/index.js';
import { requirePrograms, runProcess, startProcess, Tail } from '../../../src/harness/process/index.js';

const node = process.execPath;
const script = (text: string): string[] => ['-e', text];

/** The error that `work` ends with. */
async function errorOf(work: Promise<unknown>): Promise<CcwspecError> {
  try {
    await work;
  } catch (thrown) {
    assert(thrown instanceof CcwspecError, String(thrown));
    return thrown;
  }
  throw new assert.AssertionError({ message: 'it did not fail' });
}

describe('processes', () => {
  it('gets its arguments as they are: no shell reads them', async () => {
    const words = ['$HOME', '`id`', 'a b', '"; exit 3', '*'];
    const { output } = await runProcess(node, [
      ...script('console.log(JSON.stringify(process.argv.slice(1)))'),
      ...words,
    ]);
    assert.deepEqual(JSON.parse(output), words);
  });

  it('names the Debian package of a program that is not here', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    try {
      const error = await errorOf(startProcess('flex', []));
      assert.equal(error.code, 'E-PROCESS-MISSING');
      assert.match(error.what, /flex/);
      assert.match(error.next, /apt-get install flex$/);
      assert.throws(
        () => {
          requirePrograms(['bison', 'qemu-system-s390x']);
        },
        { code: 'E-PROCESS-MISSING', next: 'On Debian: apt-get install bison qemu-system-misc' },
      );
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('does not blame the program for a folder that is not there', async () => {
    const error = await errorOf(startProcess(node, [], { cwd: '/nonexistent' }));
    assert.equal(error.code, 'E-PROCESS-START');
    assert.match(error.what, /\/nonexistent/);
  });

  it('keeps the end of a long output', async () => {
    const { output } = await runProcess(node, script('for (let i = 0; i < 20000; i++) console.log("line", i)'), {
      kept: 100,
    });
    assert(output.length <= 100);
    assert.match(output, /^line \d+\n/);
    assert.match(output, /line 19999\n$/);
  });

  it('says how it ended and what it said', async () => {
    const error = await errorOf(runProcess(node, script('console.error("no such luck"); process.exit(7)')));
    assert.equal(error.code, 'E-PROCESS-ENDED');
    assert.match(error.what, /exit code 7.*no such luck/s);
  });

  it('takes any code as a result where that is wanted', async () => {
    const { ending } = await runProcess(node, script('process.exit(7)'), { anyCode: true });
    assert.deepEqual(ending, { code: 7, signal: undefined, stopped: undefined });
  });

  it('stops one that runs too long, with all that it started', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccwspec-process-'));
    try {
      const child = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })`;
      const running = runProcess(node, script(`${child}; setInterval(() => {}, 1000)`), {
        timeLimit: 300,
        group: true,
      });
      // Its output stays open for as long as the grandchild lives, so it only ends if that is stopped too.
      assert.equal((await errorOf(running)).code, 'E-PROCESS-TIME');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('stops when it is aborted, also before it began', async () => {
    const controller = new AbortController();
    const running = runProcess(node, script('setInterval(() => {}, 1000)'), { signal: controller.signal });
    controller.abort();
    assert.match((await errorOf(running)).what, /was stopped/);
    const late = runProcess(node, script('setInterval(() => {}, 1000)'), { signal: controller.signal });
    assert.match((await errorOf(late)).what, /was stopped/);
  });

  it('reads what it is given', async () => {
    const { output } = await runProcess(node, script('process.stdin.pipe(process.stdout)'), { stdin: 'abc' });
    assert.equal(output, 'abc');
  });

  it('takes variables away and adds some', async () => {
    process.env['CCWSPEC_TEST_GONE'] = '1';
    const text = 'console.log(process.env.CCWSPEC_TEST_GONE, process.env.CCWSPEC_TEST_NEW)';
    const env = { CCWSPEC_TEST_GONE: undefined, CCWSPEC_TEST_NEW: 'x' };
    assert.equal((await runProcess(node, script(text), { env })).output, 'undefined x\n');
    delete process.env['CCWSPEC_TEST_GONE'];
  });
});

describe('Tail', () => {
  it('keeps no more than its limit, and says that it is cut', () => {
    const tail = new Tail(4);
    tail.add(Buffer.from('ab'));
    assert.equal(tail.isCut, false);
    for (const text of ['cde', 'f', 'ghijkl']) tail.add(Buffer.from(text));
    assert.equal(tail.bytes().toString(), 'ijkl');
    assert.equal(tail.isCut, true);
  });
});
