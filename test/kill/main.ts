/**
 * npm run test:kill: runs on labs in which somebody is killed at a random moment. Nothing of a run may be left, no verdict may be
 * lost, and a run whose machine was killed goes on.
 *
 *   npm run test:kill -- [--count 50] [--seed 1] [--platform qemu|hercules|both] [--victims qemu,hercules,agent,harness,guardian]
 *                        [--kernel KERNEL]
 */

import { parseArgs } from 'node:util';

import { randomFrom } from '../../src/harness/runner/random.js';
import { endedAsAsked, goneOn, leftBehind, readRecord, type Verdicts } from './checks.js';
import { KilledRun } from './run.js';
import { pause, platformNames, victims, type PlatformName, type Victim } from './victims.js';

/** A run that does not end by itself within this many milliseconds is a fault. */
const ENDS_WITHIN = 300_000;

/** Of moments on both platforms, the share of Hercules, whose runs take several times as long. */
const HERCULES_SHARE = 0.2;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    platform: { type: 'string', default: 'both' },
    victims: { type: 'string', default: victims.map(({ name }) => name).join() },
    kernel: { type: 'string' },
  },
});
const more = values.kernel === undefined ? [] : ['--kernel', values.kernel];

/** Of the moments of a run, the share before its first verdict. */
const BOOT_SHARE = 0.25;

/** From a verdict to a moment behind it, in milliseconds: about as long as a case takes. */
const BEHIND = 150;

/** A run in which nobody is killed: what is usual. */
interface Usual {
  readonly verdicts: Verdicts;
  /** milliseconds from the start to the first verdict */
  readonly boot: number;
}

/**
 * Waits for a random moment of a run, or for its end: in the time before the first verdict, or behind one of the verdicts. (Counted
 * in verdicts and not in seconds, since a machine is not always as quick as it was.)
 */
async function randomMoment(run: KilledRun, victim: Victim, usual: Usual, random: () => number): Promise<void> {
  const [part, detail] = [random(), random()];
  const begin = performance.now();
  while (!run.isOver && !victim.isThere(run)) await pause(5);
  const passed = performance.now() - begin;
  if (part < BOOT_SHARE) {
    await Promise.race([pause(detail * Math.max(0, usual.boot - passed)), run.ended]);
    return;
  }
  const verdicts = ((part - BOOT_SHARE) / (1 - BOOT_SHARE)) * usual.verdicts.size;
  while (!run.isOver && run.verdicts <= verdicts) await pause(5);
  await Promise.race([pause(detail * BEHIND), run.ended]);
}

async function killOnce(
  victim: Victim,
  platform: PlatformName,
  usual: Usual,
  random: () => number,
): Promise<'passed' | 'failed' | 'skipped'> {
  const run = new KilledRun(platform, more);
  const begin = performance.now();
  await randomMoment(run, victim, usual, random);
  const at = performance.now() - begin;
  const how = run.isOver ? undefined : await victim.kill(run, random);
  const killed = run.signals.includes('SIGKILL') ? Date.now() : undefined;
  const words = `${platform}, ${how ?? `nobody: ${victim.name} had gone`}, after ${(at / 1000).toFixed(2)} s`;
  const ended = await Promise.race([run.ended, pause(ENDS_WITHIN)]);
  if (ended === undefined) {
    process.kill(-run.pid, 'SIGKILL');
    console.log(`${words}\n  FAULT the run did not end\n${run.stderr}`);
    return 'failed';
  }
  const record = readRecord(run, killed);
  const left = await leftBehind(run);
  const faults = [...record.faults, ...left];
  if (!victim.isHarness) faults.push(...goneOn(record, ended, usual.verdicts));
  else if (killed === undefined) faults.push(...endedAsAsked(record, ended, usual.verdicts));
  const errors = record.ends.filter(({ verdict }) => verdict === 'error').length;
  const exit = ended.signal ?? `exit code ${ended.code ?? '?'}`;
  console.log(`${words}: ${record.ends.length} verdicts, ${errors} of them error, ${exit}`);
  for (const fault of faults) console.log(`  FAULT ${fault}`);
  if (faults.length === 0) run.remove();
  else console.log(`  kept in ${run.temporary}/..\n${run.stderr.replace(/^/gm, '    ')}`);
  return faults.length > 0 ? 'failed' : how === undefined ? 'skipped' : 'passed';
}

/** @throws Error if the lab does not run here */
async function undisturbed(platform: PlatformName): Promise<Usual> {
  const begin = performance.now();
  const run = new KilledRun(platform, more);
  await run.ended;
  const took = performance.now() - begin;
  const boot = (run.firstVerdict ?? begin) - begin;
  const { ends, faults } = readRecord(run, undefined);
  const left = await leftBehind(run);
  run.remove();
  if (ends.length === 0 || faults.length + left.length > 0) {
    throw new Error(`lab:${platform} does not run here:\n${run.stderr}${[...faults, ...left].join('\n')}`);
  }
  console.log(`lab:${platform}: ${ends.length} cases in ${(took / 1000).toFixed(1)} s when nobody is killed`);
  return { verdicts: new Map(ends.map(({ id, verdict }) => [id, verdict])), boot };
}

const names = values.victims.split(',');
const unknown = names.find((name) => !victims.some((victim) => victim.name === name));
const platforms = platformNames.filter((name) => values.platform === 'both' || values.platform === name);
if (unknown !== undefined || platforms.length === 0) {
  console.error(`there is no ${unknown === undefined ? `platform ${values.platform}` : `victim ${unknown}`}`);
  process.exit(2);
}
const random = randomFrom(Number(values.seed));
const usual = new Map<PlatformName, Usual>();
for (const platform of platforms) usual.set(platform, await undisturbed(platform));
const outcomes = { passed: 0, failed: 0, skipped: 0 };
for (let ordinal = 0; ordinal < Number(values.count); ordinal++) {
  const platform = platforms[random() < (platforms.length > 1 ? HERCULES_SHARE : 0) ? 1 : 0]!;
  const there = victims.filter((victim) => names.includes(victim.name) && victim.platforms.includes(platform));
  const victim = there[ordinal % there.length];
  outcomes[victim === undefined ? 'skipped' : await killOnce(victim, platform, usual.get(platform)!, random)]++;
}
console.log(`${outcomes.passed} passed, ${outcomes.failed} failed, ${outcomes.skipped} skipped`);
process.exit(outcomes.failed > 0 || outcomes.passed === 0 ? 1 : 0);
