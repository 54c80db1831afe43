/** `ccwspec exec`: a program file through a target. */

import { readFile } from 'node:fs/promises';

import { CcwspecError, messageOf } from '../harness/errors/index.js';
import { runProgramFile, type RunProgram } from '../harness/exec/index.js';
import { parseProgramFile, type ProgramFile } from '../harness/program-file/index.js';
import { openBench } from './bench.js';
import { parseOptions } from './options.js';

/** The flags of `exec` that say what to run on. */
export interface ExecFlags {
  readonly target: string;
  readonly device: string | undefined;
  readonly plugin: readonly string[];
  readonly option: readonly string[];
  readonly 'in-place': boolean;
}

/**
 * Runs the programs of `path` in order on one open device.
 * @throws CcwspecError E-PROGRAM-FILE or E-ASM-SYNTAX for the file, E-TARGET, E-DEVICE-OPTION, E-IMAGE for what it runs on
 */
export async function execFile(path: string, flags: ExecFlags): Promise<{ file: ProgramFile; run: RunProgram[] }> {
  const file = parseProgramFile(await textOf(path), path);
  const bench = await openBench({
    target: flags.target,
    device: flags.device,
    plugins: flags.plugin,
    options: { storage: storageFor(file), ...(await parseOptions(flags.option)) },
    inPlace: flags['in-place'],
    writable: true,
  });
  try {
    const session = await bench.target.start(1);
    try {
      return { file, run: await runProgramFile(session, file) };
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
