/** The driver's coverage: as one JSON value, and as a table for people. */

import { join } from 'node:path';

import {
  figuresOf,
  percentage,
  sumOf,
  unreachedFunctions,
  type FileCoverage,
  type Figures,
  type Share,
} from '../../harness/targets/lab/coverage/index.js';
import { plural } from '../../harness/runner/verdicts.js';
import type { Kernel } from '../../harness/targets/lab/kernel/index.js';
import { tableLines } from './table.js';

/** One run of the cases. */
export interface CoverageRun {
  readonly name: string;
  /** machines whose counters were read */
  readonly machines: number;
  /** machines that took their counters with them */
  readonly lost: number;
  readonly exitCode: number;
}

/** What coverage.json holds. */
export interface CoverageSummary {
  readonly kernel: { readonly release: string; readonly source: string };
  readonly runs: readonly CoverageRun[];
  readonly files: readonly (Figures & { readonly name: string; readonly unreachedLines: readonly number[] })[];
  readonly total: Figures;
  readonly unreachedFunctions: readonly { readonly file: string; readonly name: string; readonly line: number }[];
  /** what was counted and with what, in words */
  readonly about: readonly string[];
  /** folder with index.html */
  readonly pages: string;
}

/** What a summary is made of. */
export interface Measured {
  readonly kernel: Pick<Kernel, 'release' | 'source'>;
  readonly runs: readonly CoverageRun[];
  readonly files: readonly FileCoverage[];
  /** the results folder */
  readonly path: string;
}

/** The figures of what was measured. */
export function summaryOf({ kernel, runs, files, path }: Measured): CoverageSummary {
  const release = kernel.release ?? 'of unknown version';
  return {
    kernel: { release, source: kernel.source },
    runs,
    files: files.map((file) => ({
      name: file.name,
      ...figuresOf(file),
      unreachedLines: file.lines.filter(({ count }) => count === 0).map(({ line }) => line),
    })),
    total: sumOf(files.map(figuresOf)),
    unreachedFunctions: unreachedFunctions(files),
    about: [`vfio-ccw of Linux ${release}, from ${kernel.source}`, `Counted in ${runs.map(runText).join('; ')}`],
    pages: join(path, 'coverage'),
  };
}

function runText({ name, machines, lost }: CoverageRun): string {
  const also = lost === 0 ? '' : ` (the counters of ${plural(lost, 'more machine')} are lost)`;
  return `${name}: ${plural(machines, 'machine')}${also}`;
}

/** The table, the functions that were never entered, what was lost, and where the pages are. */
export function coverageText({ about, files, total, unreachedFunctions: never, runs, pages }: CoverageSummary): string {
  const lost = runs.reduce((sum, run) => sum + run.lost, 0);
  return [
    ...about,
    '',
    ...tableLines([
      ['file', 'lines', '', 'branches', '', 'functions', ''],
      ...files.map((file) => [file.name, ...cells(file)]),
      ['all', ...cells(total)],
    ]),
    '',
    ...(never.length === 0
      ? ['Every function was entered.']
      : [
          'Never entered:',
          ...tableLines(
            never.map(({ file, name, line }) => [`${file}:${line}`, name]),
            '  ',
          ),
        ]),
    ...(lost === 0
      ? []
      : [
          '',
          `The counters of ${plural(lost, 'machine')} are lost: they died, or were not closed. What they reached is not in the figures.`,
        ]),
    '',
    `Pages: ${join(pages, 'index.html')}`,
  ].join('\n');
}

const cells = ({ lines, branches, functions }: Figures): string[] => [lines, branches, functions].flatMap(shareCells);

const shareCells = (share: Share): string[] => [`${share.reached}/${share.total}`, percentage(share)];
