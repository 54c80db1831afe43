/** npm run bench: one table on standard output, the figures in results/bench.json. */

import { mkdirSync, writeFileSync } from 'node:fs';

import { Bench } from 'tinybench';

import { defaultSuite, listWall, startWall } from './commands.js';
import { openLoop, readBlockProgram, senseIdProgram } from './programs.js';
import { makeTranslation, nanosecondsPerCcw } from './translation.js';

/** A figure, and what it should be. */
interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
  readonly met: boolean;
}

const figures: Figure[] = [];

function atLeast(name: string, value: number, unit: string, goal: number): void {
  figures.push({ name, value, unit, goal: `at least ${goal}`, met: value >= goal });
}

function atMost(name: string, value: number, unit: string, goal: number): void {
  figures.push({ name, value, unit, goal: `at most ${goal}`, met: value <= goal });
}

/** Programs a second, by tinybench: batches, so that its own cost per call does not count. */
const BATCH = 500;

async function programs(): Promise<void> {
  const senseId = await openLoop(senseIdProgram);
  const readBlock = await openLoop(readBlockProgram);
  const bench = new Bench({ time: 2000, warmupTime: 500 });
  for (const [name, loop] of [
    ['sense-id', senseId],
    ['read', readBlock],
  ] as const) {
    bench.add(name, async () => {
      for (let time = 0; time < BATCH; time++) await loop.run();
    });
  }
  await bench.run();
  const perSecond = (name: string): number => {
    const result = bench.getTask(name)?.result;
    if (result === undefined || !('latency' in result)) throw new Error(`${name} was not measured`);
    return Math.round((BATCH * 1000) / result.latency.p50);
  };
  atLeast('Sense ID, guest SSCH to TSCH', perSecond('sense-id'), 'programs a second', 150_000);
  atLeast('define extent, locate record, read of 4 KiB', perSecond('read'), 'programs a second', 50_000);
  await senseId.close();
  await readBlock.close();
}

function translation(): void {
  const alone16 = nanosecondsPerCcw(makeTranslation(16, { memory: 'counted' }));
  const alone256 = nanosecondsPerCcw(makeTranslation(256, { memory: 'counted' }));
  const at16 = nanosecondsPerCcw(makeTranslation(16));
  const at256 = nanosecondsPerCcw(makeTranslation(256));
  const searching =
    nanosecondsPerCcw(makeTranslation(256, { every: 3 })) / nanosecondsPerCcw(makeTranslation(16, { every: 3 }));
  atMost('translation and type1 pins, 16 CCWs', round(at16), 'ns a CCW', 60);
  atMost('translation and type1 pins, 256 CCWs', round(at256), 'ns a CCW', 60);
  atMost('translation alone, 16 CCWs', round(alone16), 'ns a CCW', 60);
  atMost('translation alone, 256 CCWs', round(alone256), 'ns a CCW', 60);
  atMost('translation, 256 to 16 CCWs', round(at256 / at16), 'times', 1.3);
  atMost('the same with a TIC in three', round(searching), 'times', 2);
}

/** Memory after a million programs, less that after the first hundred thousand. */
async function drift(): Promise<void> {
  const loop = await openLoop(readBlockProgram);
  const collect = (globalThis as { gc?: () => void }).gc;
  const heap = (): number => {
    collect?.();
    return process.memoryUsage().heapUsed + process.memoryUsage().external;
  };
  const repeat = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) await loop.run();
  };
  await repeat(100_000);
  const before = heap();
  const taken = await loop.taken();
  await repeat(1_000_000);
  atMost('memory after a million chained programs', round((heap() - before) / 1e6), 'MB more', 1);
  atMost('taken and not given back after them', (await loop.taken()) - taken, 'entries', 0);
  await loop.close();
}

function commands(): void {
  atMost('ccwspec list', Math.round(listWall()), 'ms', 300);
  const { milliseconds, megabytes } = defaultSuite();
  atMost('default suite', Math.round(milliseconds), 'ms', 1500);
  atMost('default suite, peak memory', Math.round(megabytes), 'MB', 250);
  atMost('npm start, installed', Math.round(startWall()), 'ms', 3000);
}

const round = (value: number): number => Math.round(value * 10) / 10;

await programs();
translation();
await drift();
commands();

console.table(
  Object.fromEntries(
    figures.map(({ name, value, unit, goal, met }) => [name, { value, unit, goal, met: met ? 'yes' : 'NO' }]),
  ),
);
mkdirSync('results', { recursive: true });
writeFileSync(
  'results/bench.json',
  `${JSON.stringify({ at: new Date().toISOString(), node: process.version, figures }, null, 2)}\n`,
);
