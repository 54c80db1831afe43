/** Lines, branches and functions out of counters: gcov of the cross compiler decodes, this reads what it says. */

import { copyFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { CcwspecError, messageOf } from '../../../errors/index.js';
import { runProcess } from '../../../process/index.js';
import { mergeFiles, type FileCoverage, type LineCount } from './report.js';

/** The cross compiler's own: each compiler has its own form of counters. */
export const GCOV = 's390x-linux-gnu-gcov';

/** Bytes of gcov's output that are kept; it gives about half a megabyte for the driver. */
const KEPT = 0x200_0000;
const TIME_LIMIT = 60_000;

/** As gcov --json-format writes it, as far as it is read. */
interface GcovDocument {
  readonly files: readonly {
    readonly file: string;
    readonly functions: readonly {
      readonly name: string;
      readonly start_line: number;
      readonly execution_count: number;
    }[];
    readonly lines: readonly {
      readonly line_number: number;
      readonly count: number;
      readonly branches: readonly { readonly count: number }[];
    }[];
  }[];
}

/**
 * The coverage of one machine.
 * @param notes folder with the .gcno files of the machine's kernel
 * @param folder with its .gcda files; the notes are put beside them
 * @throws CcwspecError E-LAB-COVERAGE if they do not belong together, E-PROCESS-…
 */
export async function readCoverage(notes: string, folder: string): Promise<FileCoverage[]> {
  const names = (await readdir(notes)).filter((name) => name.endsWith('.gcno')).sort();
  for (const name of names) await copyFile(join(notes, name), join(folder, name));
  const words = ['--json-format', '--stdout', '--branch-probabilities', '--branch-counts', ...names];
  const { output, errors } = await runProcess(GCOV, words, { cwd: folder, kept: KEPT, timeLimit: TIME_LIMIT });
  // gcov goes on without the counters that it cannot use, and gives zeroes.
  const complaint = errors.split('\n').find((line) => /mismatch|cannot open|corrupted|not a gcov|version/i.test(line));
  if (complaint !== undefined) {
    throw new CcwspecError('E-LAB-COVERAGE', `gcov cannot use the counters of ${folder}: ${complaint}`);
  }
  return readGcovOutput(output);
}

/**
 * Reads gcov's JSON, one document a line, as far as it is about the driver's own files.
 * @throws CcwspecError E-LAB-COVERAGE if it is no such output
 */
export function readGcovOutput(output: string): FileCoverage[] {
  try {
    const documents = output
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as GcovDocument);
    return mergeFiles(documents.map(({ files }) => files.map(fileOf).filter(isDriverFile)));
  } catch (thrown) {
    if (thrown instanceof CcwspecError) throw thrown;
    throw new CcwspecError('E-LAB-COVERAGE', `gcov's output cannot be read: ${messageOf(thrown)}`, undefined, {
      cause: thrown,
    });
  }
}

function fileOf({ file, functions, lines }: GcovDocument['files'][number]): FileCoverage {
  const counted = new Map<number, LineCount>();
  for (const { line_number: line, count, branches } of lines) {
    // A line that is in two functions is listed twice.
    const other = counted.get(line) ?? { count: 0, branches: [] };
    const all = [...other.branches, ...branches.map((branch) => branch.count)];
    counted.set(line, { line, count: other.count + count, branches: all });
  }
  return {
    name: basename(file),
    lines: [...counted.values()].sort((a, b) => a.line - b.line),
    functions: functions
      .map(({ name, start_line: line, execution_count: count }) => ({ name, line, count }))
      .sort((a, b) => a.line - b.line || (a.name < b.name ? -1 : 1)),
  };
}

const isDriverFile = ({ name }: FileCoverage): boolean => /^vfio_ccw_\w+\.c$/.test(name);
