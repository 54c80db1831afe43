/** npm run bench: one table on standard output, the figures in results/bench.json. */

import { Bench } from 'tinybench';

import { defaultSuite, listWall, startWall } from './commands.js';
import { Figures, round } from './figures.js';
import { openLoop, readBlockProgram, senseIdProgram } from './programs.js';
import { measureTranslation } from './translation.js';

const figures = new Figures();

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
  figures.atLeast('Sense ID, guest SSCH to TSCH', perSecond('sense-id'), 'programs a second', 150_000);
  figures.atLeast('define extent, locate record, read of 4 KiB', perSecond('read'), 'programs a second', 50_000);
  await senseId.close();
  await readBlock.close();
}

function translation(): void {
  const { at16: alone16, at256: alone256 } = measureTranslation('counted');
  const { at16, at256, searching16, searching256 } = measureTranslation('type1');
  figures.atMost('translation and type1 pins, 16 CCWs', round(at16), 'ns a CCW', 60);
  figures.atMost('translation and type1 pins, 256 CCWs', round(at256), 'ns a CCW', 60);
  figures.atMost('translation alone, 16 CCWs', round(alone16), 'ns a CCW', 60);
  figures.atMost('translation alone, 256 CCWs', round(alone256), 'ns a CCW', 60);
  figures.atMost('translation, 256 to 16 CCWs', round(at256 / at16), 'times', 1.3);
  figures.atMost('the same with a TIC in three', round(searching256 / searching16), 'times', 2);
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
  figures.atMost('memory after a million chained programs', round((heap() - before) / 1e6), 'MB more', 1);
  figures.atMost('taken and not given back after them', (await loop.taken()) - taken, 'entries', 0);
  await loop.close();
}

function commands(): void {
  figures.atMost('ccwspec list', Math.round(listWall()), 'ms', 300);
  const { milliseconds, megabytes } = defaultSuite();
  figures.atMost('default suite, best of five', Math.round(milliseconds), 'ms', 1500);
  figures.atMost('default suite, peak memory', Math.round(megabytes), 'MB', 250);
  figures.atMost('npm start, installed', Math.round(startWall()), 'ms', 3000);
}

await programs();
translation();
await drift();
commands();

figures.report('results/bench.json');
