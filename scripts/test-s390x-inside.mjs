// The emulated side of test-s390x.mjs: runs each test file that a line of standard input names, and says on descriptor 3 what
// came of it.
import { writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { createInterface } from 'node:readline';

import fc from 'fast-check';
import Mocha from 'mocha';

/** How much longer than on a processor of its own a test may take. */
const SLOWNESS = 30;
/** Milliseconds after which a property has been tried with enough values. */
const PROPERTY_TIME = 120_000;

if (endianness() !== 'BE') throw new Error(`this processor is not big-endian: ${process.arch}`);
fc.configureGlobal({ interruptAfterTimeLimit: PROPERTY_TIME, markInterruptAsFailure: false });

const { timeout } = Mocha.Runnable.prototype;
Mocha.Runnable.prototype.timeout = function (...limit) {
  return limit.length === 0 ? timeout.call(this) : timeout.call(this, Number(limit[0]) * SLOWNESS);
};

for await (const file of createInterface({ input: process.stdin })) {
  writeSync(3, `${JSON.stringify(await run(file))}\n`);
}
process.exit(0);

async function run(file) {
  const started = performance.now();
  const seconds = () => Number(((performance.now() - started) / 1000).toFixed(1));
  const mocha = new Mocha({ reporter: function () {}, timeout: 5_000 });
  mocha.addFile(file);
  try {
    await mocha.loadFilesAsync();
  } catch (error) {
    return { file, passes: 0, failures: [`it could not be loaded: ${error.message}`], pending: 0, seconds: seconds() };
  }
  const failures = [];
  const runner = await new Promise((resolve) => {
    const running = mocha.run(() => resolve(running));
    running.on('fail', (test, error) => failures.push(`${test.fullTitle()}: ${error.message}`));
  });
  mocha.dispose();
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  return { file, passes, failures, pending, seconds: seconds() };
}
