/** The thread of the cases, which is started before there is a plan. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { BroadcastChannel } from 'node:worker_threads';
import { WorkerThread } from '../../../src/harness/runner/worker-thread.js';
import { fixtures, runFixture } from './run-fixture.js';

const bench = new URL('runner/bench.js', fixtures).href;
const source = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

describe('a thread that is started before the run', function () {
  this.timeout(60_000);

  it('has loaded what it was told to, runs the cases, and ends with the run', async () => {
    const heard = new BroadcastChannel('worker-thread.test');
    const loaded = once(heard, 'message');
    const module = source(
      "export const load = () => { new BroadcastChannel('worker-thread.test').postMessage('loaded'); }",
    );
    const thread = new WorkerThread({ module, export: 'load' });
    const { verdicts } = await runFixture({ cases: ['passes'], execute: { thread } });
    assert.deepEqual(verdicts, { passes: 'pass' });
    assert.match(await thread.ended, /^exit code/);
    await loaded;
    heard.close();
  });

  it('ends also where it was never given a case', async () => {
    const thread = new WorkerThread({ module: bench, export: 'openBench' });
    thread.end();
    assert.match(await thread.ended, /^exit code/);
  });

  it('may be told to end again and again while it is still ending', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', listen);
    const thread = new WorkerThread({ module: bench, export: 'openBench' });
    for (let times = 0; times < 50; times++) thread.end();
    await thread.ended;
    await new Promise(setImmediate);
    process.off('warning', listen);
    assert.deepEqual(warnings, []);
  });

  it('runs the cases all the same if it could not load: the task says what is wrong', async () => {
    const thread = new WorkerThread({ module: bench, export: 'thereIsNone' });
    const { verdicts } = await runFixture({ cases: ['passes'], execute: { thread } });
    assert.deepEqual(verdicts, { passes: 'pass' });
  });

  it('is known to have ended before the run, and why', async () => {
    const module = source('process.exit(3);');
    const thread = new WorkerThread({ module, export: 'load' });
    assert.equal(await thread.ended, 'exit code 3');
    const { outcome, verdicts } = await runFixture({ cases: ['passes'], execute: { thread } });
    assert.deepEqual(verdicts, { passes: 'blocked' });
    assert.match(outcome.problems.join('\n'), /the worker thread ended in the middle of the run: exit code 3/);
  });
});
