/** `ccwspec exec`: a program file through a target. */

import { readFile } from 'node:fs/promises';

import { CcwspecError, messageOf } from '../harness/errors/index.js';
import { runProgramFile, type RunProgram } from '../harness/exec/index.js';
import { parseProgramFile, type ProgramFile } from '../harness/program-file/index.js';
import { openBench } from './bench.js';
import type { TargetFlags } from './flags.js';
import { benchRequest } from './prepare-run.js';
import { chooseTargets, type ChosenTarget } from './target-words.js';

/** The flags of `exec`: as many targets as are named. */
export interface ExecFlags extends Omit<TargetFlags, 'target'> {
  readonly target: readonly string[];
}

/** A program file, and what came of its programs on each target. */
export interface Executed {
  readonly file: ProgramFile;
  /** in the order of the command line */
  readonly runs: readonly { readonly label: string; readonly run: readonly RunProgram[] }[];
}

/**
 * Runs the programs of `path` in order on one open device of each target.
 * @throws CcwspecError E-PROGRAM-FILE or E-ASM-SYNTAX for the file, E-TARGET, E-DEVICE-OPTION, E-IMAGE for what it runs on
 */
export async function execFile(path: string, flags: ExecFlags): Promise<Executed> {
  const file = parseProgramFile(await textOf(path), path);
  const targets = await chooseTargets(flags.target, { ...flags, target: '' });
  const runs: Executed['runs'][number][] = [];
  for (const target of targets) runs.push({ label: target.label, run: await runOn(target, file) });
  return { file, runs };
}

async function runOn({ flags, options }: ChosenTarget, file: ProgramFile): Promise<RunProgram[]> {
  const bench = await openBench(benchRequest(flags, { storage: storageFor(file), ...options }));
  try {
    const session = await bench.target.start(1);
    try {
      return await runProgramFile(session, file);
    } finally {
      await session.close();
    }
  } finally {
    await bench.close();
  }
}

/** MiB of process memory that the file's guest memory needs of a model, with as much again for everything else. */
function storageFor({ memoryMap }: ProgramFile): string {
  const bytes = memoryMap.reduce((sum, { length }) => sum + length, 0);
  return String(Math.min(1024, Math.max(4, Math.ceil((2 * bytes) / (1 << 20)))));
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new CcwspecError(
      'E-PROGRAM-FILE',
      `${path}: ${messageOf(thrown)}`,
      'Name a file that exists and can be read.',
    );
  }
}
