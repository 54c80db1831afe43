/**
 * npm run bench:lab: how long a verdict on the real driver takes. One table on standard output, the figures in
 * results/bench-lab.json. The kernel must be in the cache (`ccwspec lab kernel build`): building one is not measured.
 */

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { IRB_LENGTH } from '../../src/harness/arch/index.js';
import { CcwIrq, IoRegion, regionOffset, RegionIndex } from '../../src/harness/uapi/index.js';
import { loadProgram, startRequest } from '../../src/harness/vfio/index.js';
import { makeLabTarget } from '../../src/harness/targets/lab/index.js';
import { Figures, round } from './figures.js';
import { senseIdProgram } from './programs.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = join(root, 'bin', 'ccwspec.js');
const output = join(tmpdir(), `ccwspec-bench-lab-${process.pid}`);

/** What is printed on standard error is shown: a lab that does not start says why. */
function started(words: readonly string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [binary, ...words, '--output', output], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Milliseconds from the command to the first verdict. */
async function firstVerdict(target: string): Promise<number> {
  const begin = performance.now();
  const run = started(['run', 'vfio-ccw/info/device', '--target', target, '--json']);
  let verdict = NaN;
  for await (const line of createInterface({ input: run.stdout ?? process.stdin })) {
    if (line.startsWith('{"event":"case-end"') && Number.isNaN(verdict)) verdict = performance.now() - begin;
  }
  return verdict;
}

async function best(times: number, measure: () => Promise<number>): Promise<number> {
  let shortest = Infinity;
  for (let time = 0; time < times; time++) shortest = Math.min(shortest, await measure());
  return shortest;
}

/** Milliseconds from the command to its end, and how many cases ran. */
async function wholeRun(words: readonly string[]): Promise<{ milliseconds: number; ran: number }> {
  const begin = performance.now();
  const run = started(['run', ...words]);
  run.stdout?.resume();
  await new Promise((resolve) => run.on('exit', resolve));
  const milliseconds = performance.now() - begin;
  const events = readFileSync(join(output, 'latest', 'events.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const end = JSON.parse(events.at(-1) ?? '{}') as { counts?: Readonly<Record<string, number>> };
  const ran = Object.entries(end.counts ?? {}).filter(([verdict]) => verdict !== 'skip' && verdict !== 'not-run');
  return { milliseconds, ran: ran.reduce((sum, [, count]) => sum + count, 0) };
}

/** Programs that warm caches up, and those that are measured. */
const WARM_UP = 200;
const MEASURED = 1000;
const LIMIT = 5000;

/**
 * Median microseconds of a Sense ID: write of the I/O region, wait for the eventfd, read of the IRB area, as the cases make them,
 * which is one request to the agent for each Sense ID.
 */
async function senseId(target: 'lab:qemu' | 'lab:hercules', times: number): Promise<number> {
  const progress = (what: string): void => {
    console.error(what);
  };
  const lab = makeLabTarget(target, { wishes: {}, device: {}, options: new Map(), writable: false, progress });
  const session = await lab.start();
  try {
    const vfio = await session.openVfio();
    await loadProgram(vfio.memory, senseIdProgram);
    const offset = regionOffset(RegionIndex.io);
    const bytes = startRequest(senseIdProgram);
    const into = new Uint8Array(IRB_LENGTH);
    const exchange = { offset, bytes, irq: CcwIrq.io, timeoutMs: LIMIT, into, from: offset + IoRegion.irb };
    const took: number[] = [];
    for (let time = 0; time < WARM_UP + times; time++) {
      const begin = performance.now();
      const exchanged = await vfio.exchange?.(exchange);
      if (time >= WARM_UP) took.push((performance.now() - begin) * 1000);
      if (exchanged?.signals !== 1) throw new Error(`a Sense ID ended with ${JSON.stringify(exchanged)}`);
    }
    await vfio.close();
    took.sort((a, b) => a - b);
    return took[Math.floor(took.length / 2)] ?? NaN;
  } finally {
    await session.close();
  }
}

const figures = new Figures();
try {
  figures.atMost(
    'QEMU: command to first verdict',
    Math.round(await best(3, () => firstVerdict('lab:qemu'))),
    'ms',
    2500,
  );
  const qemu = await wholeRun(['vfio-ccw', 'css', 'halt-clear', '--target', 'lab:qemu']);
  figures.atMost(`QEMU: vfio-ccw, css and halt-clear, ${qemu.ran} cases`, round(qemu.milliseconds / 1000), 's', 20);
  figures.atMost('QEMU: a Sense ID seen from the harness', Math.round(await senseId('lab:qemu', MEASURED)), 'µs', 400);
  figures.atMost(
    'Hercules: command to first verdict',
    Math.round(await best(2, () => firstVerdict('lab:hercules'))),
    'ms',
    25_000,
  );
  const hercules = await wholeRun(['eckd', '--target', 'lab:hercules']);
  figures.atMost(`Hercules: eckd, ${hercules.ran} cases`, round(hercules.milliseconds / 1000), 's', 90);
  figures.report('results/bench-lab.json');
} finally {
  rmSync(output, { recursive: true, force: true });
}
