/** `ccwspec lab coverage`: suites on machines whose kernel counts the lines of the driver, and what they reached. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CcwspecError } from '../harness/errors/index.js';
import { executePlan, StopRequest } from '../harness/runner/execute.js';
import type { Selection } from '../harness/runner/plan.js';
import { consoleSink } from '../harness/report/console.js';
import { requirePrograms } from '../harness/process/index.js';
import { openComparisonFolder } from '../harness/report/folder.js';
import { jsonlSink } from '../harness/report/jsonl.js';
import { junitSink } from '../harness/report/junit.js';
import { logSink } from '../harness/report/log.js';
import {
  countedMachines,
  GCOV,
  keepNotes,
  mergeFiles,
  readCoverage,
  writePages,
  type FileCoverage,
} from '../harness/targets/lab/coverage/index.js';
import { findKernel, type Kernel } from '../harness/targets/lab/kernel/index.js';
import { kernelNamed } from '../harness/targets/lab/kernel/names.js';
import type { Platform } from '../harness/targets/lab/lab.js';
import { requireLabPackages } from '../harness/targets/lab/packages.js';
import { coverageText, summaryOf, type CoverageRun, type CoverageSummary } from './present/coverage.js';
import type { TargetFlags } from './flags.js';
import { stopOnInterrupt } from './interrupt.js';
import { tellProgress } from './progress.js';
import { prepareRun } from './prepare-run.js';
import { makeScratch, RunScratch } from './scratch.js';
import { readSelection } from './select.js';

/** The flags of `lab coverage`. */
export interface CoverageFlags {
  readonly platform: string;
  readonly kernel: string | undefined;
  readonly qemu: string | undefined;
  readonly output: string;
  readonly json: boolean;
}

/** One run of the cases, on one device of one platform. */
interface Round {
  /** folder of its reports */
  readonly name: string;
  readonly platform: Platform;
  /** undefined: the machine's first device */
  readonly deviceNumber: string | undefined;
  /** what is run if nothing is named */
  readonly words: readonly string[];
}

/** One with what is run in it. */
interface ChosenRound extends Round {
  readonly selection: Selection;
}

const DRIVER_SUITES = ['vfio-ccw', 'css', 'halt-clear'];

/** QEMU's terminal has a channel path of its own, which can be varied; the disk shares one with the agent's serial port. */
const rounds: readonly Round[] = [
  { name: 'qemu', platform: 'qemu', deviceNumber: undefined, words: DRIVER_SUITES },
  { name: 'qemu-terminal', platform: 'qemu', deviceNumber: '0.0.0700', words: DRIVER_SUITES },
  { name: 'hercules', platform: 'hercules', deviceNumber: undefined, words: [...DRIVER_SUITES, 'eckd'] },
];

/** What came of it. */
export interface CoverageResult {
  readonly summary: CoverageSummary;
  /** the table, for people */
  readonly text: string;
  readonly exitCode: number;
}

/**
 * Builds the kernel, runs the cases, adds up what was counted, and writes the pages.
 * @param words suites and cases for every platform; each platform's own suites if there are none
 * @throws CcwspecError for everything that keeps a run from starting; E-LAB-COVERAGE if nothing was counted
 */
export async function coverDriver(
  words: readonly string[],
  flags: CoverageFlags,
  version: string,
): Promise<CoverageResult> {
  const chosen: ChosenRound[] = [];
  for (const round of rounds) {
    if (flags.platform !== 'both' && flags.platform !== round.platform) continue;
    const selection = await readSelection(words.length > 0 ? words : round.words, noFilters(flags.output), []);
    chosen.push({ ...round, selection });
  }
  await refuseImage(flags.kernel);
  for (const { platform } of chosen) requireLabPackages(platform, flags);
  requirePrograms([GCOV]);
  const kernel = await findKernel({ kernel: flags.kernel, configuration: 'coverage', progress: tellProgress });
  const scratch = makeScratch();
  try {
    const notes = await keepNotes(kernel, join(scratch.path, 'notes'));
    const { path, names } = openComparisonFolder(
      flags.output,
      chosen.map(({ name }) => name),
    );
    const stop = new StopRequest();
    const restore = stopOnInterrupt(stop);
    const runs: CoverageRun[] = [];
    const counted: FileCoverage[][] = [];
    for (const [index, round] of chosen.entries()) {
      if (stop.level > 0) break;
      const counters = join(scratch.path, 'counters', round.name);
      const bench: RoundBench = { kernel, counters, flags, version, stop, reports: join(path, names[index] ?? '') };
      const exitCode = await runRound(round, bench);
      const { folders, lost } = await countedMachines(counters);
      for (const folder of folders) counted.push(await readCoverage(notes.folder, folder));
      runs.push({ name: round.name, machines: folders.length, lost, exitCode });
    }
    restore();
    const files = mergeFiles(counted);
    if (files.length === 0) throw new CcwspecError('E-LAB-COVERAGE', 'no machine counted anything', see(path));
    const summary = summaryOf({ kernel, runs, files, path });
    await mkdir(summary.pages, { recursive: true });
    await writeFile(join(path, 'coverage.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
    await writePages(summary.pages, { about: summary.about, files, sources: notes.sources });
    return { summary, text: coverageText(summary), exitCode: exitCodeOf(runs, stop) };
  } finally {
    scratch.remove();
  }
}

/** What every round is run with. */
interface RoundBench {
  readonly kernel: Kernel;
  /** folder for the counters of its machines */
  readonly counters: string;
  /** folder for its reports */
  readonly reports: string;
  readonly flags: CoverageFlags;
  readonly version: string;
  readonly stop: StopRequest;
}

async function runRound(round: ChosenRound, bench: RoundBench): Promise<number> {
  const { kernel, counters, flags, version, stop, reports } = bench;
  const { plan, worker } = await prepareRun(round.selection, {
    flags: targetFlags(round, kernel, flags),
    counters,
    options: {},
    touch: undefined,
    seed: 1,
    repeatEach: 1,
    scratch: new RunScratch(),
  });
  const stream = flags.json ? process.stderr : process.stdout;
  const file = (name: string): string => join(reports, name);
  const sinks = [
    logSink(file('ccwspec.log')),
    jsonlSink(file('events.jsonl')),
    junitSink(file('junit.xml')),
    consoleSink({ stream, brief: true }),
  ];
  const { exitCode } = await executePlan({ plan, worker, sinks, version, stop });
  stream.write('\n');
  return exitCode;
}

/** The image that was built is run, whatever becomes of its tree meanwhile. */
function targetFlags({ platform, deviceNumber }: ChosenRound, kernel: Kernel, { qemu }: CoverageFlags): TargetFlags {
  return {
    target: `lab:${platform}`,
    kernel: kernel.image,
    'kernel-config': undefined,
    qemu: platform === 'qemu' ? qemu : undefined,
    device: undefined,
    subchannel: undefined,
    'device-number': deviceNumber,
    volser: undefined,
    'in-place': false,
    option: [],
    plugin: [],
    json: undefined,
  };
}

const noFilters = (output: string) => ({
  grep: undefined,
  exclude: [],
  'list-file': undefined,
  'last-failed': false,
  output,
  touch: undefined,
});

/** @throws CcwspecError E-USAGE: the compiler's notes are not in an image */
async function refuseImage(kernel: string | undefined): Promise<void> {
  if (kernel === undefined || (await kernelNamed(kernel)).kind !== 'image') return;
  throw new CcwspecError(
    'E-USAGE',
    `${kernel} is an image, and what it counted could not be read without what the compiler noted for it`,
    'Name the source tree, or debian:VERSION: the kernel is built with counters then.',
  );
}

/** A run in which no case could run is no trouble beside one in which some did. */
function exitCodeOf(runs: readonly CoverageRun[], stop: StopRequest): number {
  if (stop.level > 0) return INTERRUPTED;
  const codes = runs.map(({ exitCode }) => exitCode);
  return codes.find((code) => code === HARNESS_ERROR) ?? codes.find((code) => code === FAILED) ?? Math.min(...codes);
}

const INTERRUPTED = 130;
const HARNESS_ERROR = 2;
const FAILED = 1;

const see = (path: string): string => `${path} has the reports of the runs.`;
