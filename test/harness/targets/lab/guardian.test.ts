import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';

import { Guardian } from '../../../../src/harness/targets/lab/guardian/index.js';
import { leaveOut } from '../../../support/leave-out.js';

const node = process.execPath;
/** Lives until it is killed, and ignores whatever can be ignored; so does its child. */
const stubborn = `
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  if (process.argv[1] !== 'child') {
    const { pid } = require('child_process').spawn(process.execPath, ['-e', process.env.STUBBORN, 'child'], { stdio: 'inherit' });
    console.log(process.pid, pid);
  }
  setInterval(() => {}, 1000);
`;

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves when `condition` holds. Mocha's own limit ends the wait. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

async function startStubborn(guardian: Guardian): Promise<number[]> {
  const log = join(guardian.folder, 'log');
  await guardian.startProcess(node, ['-e', stubborn], { log, env: { STUBBORN: stubborn } });
  const printed = (): number[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split(' ').map(Number) : []);
  await until(() => printed().length === 2);
  return printed();
}

/** A harness of its own, that starts a guardian with a stubborn process and tells which. */
const harness = `
  import { Guardian } from ${JSON.stringify(new URL('../../../../src/harness/targets/lab/guardian/index.js', import.meta.url).href)};
  const guardian = await Guardian.start();
  const log = guardian.folder + '/log';
  await guardian.startProcess(process.execPath, ['-e', process.env.STUBBORN], { log });
  const { readFileSync } = await import('node:fs');
  for (;;) {
    const pids = readFileSync(log, 'utf8').trim().split(' ').map(Number);
    if (pids.length === 2) { console.log(JSON.stringify({ folder: guardian.folder, pids })); break; }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  WAY
`;

async function inHarness(
  way: string,
): Promise<{ folder: string; pids: number[]; kill: (signal: NodeJS.Signals) => void }> {
  const child = spawn(node, ['--input-type=module', '-e', harness.replace('WAY', way)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, STUBBORN: stubborn },
  });
  const line = await new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
  const told = JSON.parse(line) as { folder: string; pids: number[] };
  return { ...told, kill: (signal) => child.kill(signal) };
}

describe('guardian', function () {
  this.timeout(60_000);

  const open: Guardian[] = [];

  /** A guardian that is closed after the test, however that ends. */
  async function startGuardian(): Promise<Guardian> {
    const guardian = await Guardian.start();
    open.push(guardian);
    return guardian;
  }

  before(function () {
    if (!existsSync('/proc/self/status')) leaveOut(this, 'there is no /proc to look at processes');
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((guardian) => guardian.close()));
  });

  it('ends what it started, and what that started, when it is closed', async () => {
    const guardian = await startGuardian();
    const pids = await startStubborn(guardian);
    assert(pids.every(isAlive));
    await guardian.close();
    assert(!pids.some(isAlive));
    assert(!existsSync(guardian.folder));
  });

  for (const [how, way, signal] of [
    ['is killed', 'setInterval(() => {}, 1000)', 'SIGKILL'],
    ['is interrupted', 'setInterval(() => {}, 1000)', 'SIGINT'],
    ['crashes', 'throw new Error()', undefined],
    ['ends without a word', 'process.exit(0)', undefined],
  ] as const) {
    it(`ends everything when the harness ${how}`, async () => {
      const { folder, pids, kill } = await inHarness(way);
      if (signal !== undefined) kill(signal);
      await until(() => !pids.some(isAlive) && !existsSync(folder));
    });
  }

  it('takes what it started with it when it is killed itself', async () => {
    const guardian = await startGuardian();
    const running = await guardian.startProcess(node, ['-e', 'setInterval(() => {}, 1000)']);
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${running.pid}/status`, 'utf8'))?.[1]);
    process.kill(parent, 'SIGKILL');
    await until(() => !isAlive(running.pid));
    assert.deepEqual(await running.ended, { code: undefined, signal: 'SIGKILL' });
    await guardian.close();
    assert(!existsSync(guardian.folder));
  });

  it('tells how a process ended, and passes on what it is to read', async () => {
    const guardian = await startGuardian();
    const log = join(guardian.folder, 'log');
    const text = 'process.stdin.once("data", (data) => { process.stdout.write(data); process.exit(5); })';
    const running = await guardian.startProcess(node, ['-e', text], { log, input: true });
    running.write('hello\n');
    assert.deepEqual(await running.ended, { code: 5, signal: undefined });
    assert.equal(readFileSync(log, 'utf8'), 'hello\n');
    await guardian.close();
  });

  it('refuses a program that is not there as startProcess does', async () => {
    const guardian = await startGuardian();
    await assert.rejects(guardian.startProcess('no-such-program', []), { code: 'E-PROCESS-MISSING' });
    await guardian.close();
    await assert.rejects(guardian.startProcess(node, []), { code: 'E-PROCESS-START' });
  });
});
