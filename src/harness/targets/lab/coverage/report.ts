/** What a driver file's lines, branches and functions counted, and how the counts of several machines come together. */

import { CcwspecError } from '../../../errors/index.js';

/** One line that has code. */
export interface LineCount {
  /** from 1 */
  readonly line: number;
  /** how often it ran */
  readonly count: number;
  /** how often each of its branches was taken, in the compiler's order */
  readonly branches: readonly number[];
}

/** One function. */
export interface FunctionCount {
  readonly name: string;
  /** its first line, from 1 */
  readonly line: number;
  /** how often it was entered */
  readonly count: number;
}

/** One file of the driver. Lines and functions stand in the file's order. */
export interface FileCoverage {
  /** without a folder: `vfio_ccw_drv.c` */
  readonly name: string;
  readonly lines: readonly LineCount[];
  readonly functions: readonly FunctionCount[];
}

/** A part of a whole. */
export interface Share {
  readonly total: number;
  readonly reached: number;
}

/** The figures of a file, or of several. */
export interface Figures {
  readonly lines: Share;
  readonly branches: Share;
  readonly functions: Share;
}

/**
 * The counts of several runs of one kernel, added up.
 * @throws CcwspecError E-LAB-COVERAGE if they are not of one kernel
 */
export function mergeFiles(runs: readonly (readonly FileCoverage[])[]): FileCoverage[] {
  const merged = new Map<string, FileCoverage>();
  for (const file of runs.flat()) {
    const other = merged.get(file.name);
    merged.set(file.name, other === undefined ? file : addFiles(other, file));
  }
  return [...merged.values()];
}

function addFiles(a: FileCoverage, b: FileCoverage): FileCoverage {
  const differ = new CcwspecError('E-LAB-COVERAGE', `the counts of ${a.name} are of different kernels`);
  if (a.lines.length !== b.lines.length || a.functions.length !== b.functions.length) throw differ;
  return {
    name: a.name,
    lines: a.lines.map((line, index) => {
      const other = b.lines[index];
      if (other?.line !== line.line || other.branches.length !== line.branches.length) throw differ;
      const branches = line.branches.map((count, branch) => count + (other.branches[branch] ?? 0));
      return { line: line.line, count: line.count + other.count, branches };
    }),
    functions: a.functions.map((one, index) => {
      const other = b.functions[index];
      if (other?.name !== one.name) throw differ;
      return { ...one, count: one.count + other.count };
    }),
  };
}

/** The figures of one file. */
export function figuresOf({ lines, functions }: FileCoverage): Figures {
  return {
    lines: shareOf(lines.map(({ count }) => count)),
    branches: shareOf(lines.flatMap(({ branches }) => branches)),
    functions: shareOf(functions.map(({ count }) => count)),
  };
}

/** The figures of several files together. */
export function sumOf(figures: readonly Figures[]): Figures {
  const sum = (pick: (one: Figures) => Share): Share => ({
    total: figures.reduce((total, one) => total + pick(one).total, 0),
    reached: figures.reduce((reached, one) => reached + pick(one).reached, 0),
  });
  return {
    lines: sum((one) => one.lines),
    branches: sum((one) => one.branches),
    functions: sum((one) => one.functions),
  };
}

/** Functions that were never entered, by file and line. */
export function unreachedFunctions(files: readonly FileCoverage[]): { file: string; name: string; line: number }[] {
  return files.flatMap(({ name: file, functions }) =>
    functions.filter(({ count }) => count === 0).map(({ name, line }) => ({ file, name, line })),
  );
}

function shareOf(counts: readonly number[]): Share {
  return { total: counts.length, reached: counts.filter((count) => count > 0).length };
}
