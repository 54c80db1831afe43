/** From words and selection flags to the runner's selection. */

import type { Target } from '../harness/ports/index.js';
import { readListFile, type Pattern, type Selection, type Suite, type Touches } from '../harness/runner/plan.js';

/** The selection flags of `run` and `list`. */
export interface SelectionFlags {
  readonly grep: string | undefined;
  readonly exclude: readonly string[];
  readonly 'list-file': string | undefined;
  readonly 'last-failed': boolean;
  readonly output: string;
  readonly touch: string | undefined;
}

/**
 * Reads what `words` and `flags` select; suites are read from their files, and what failed last from the results folder.
 * @param whenNothing words to take if there are none
 * @throws CcwspecError E-UNKNOWN-ID, E-SUITE-FILE, E-USAGE
 */
export async function readSelection(
  words: readonly string[],
  flags: SelectionFlags,
  whenNothing: readonly string[],
): Promise<Selection> {
  const named = await readNames(words.length > 0 ? words : whenNothing);
  const lastFailed = flags['last-failed'] ? await failedLast(flags.output) : undefined;
  const { Pattern } = await import('../harness/runner/plan.js');
  return {
    ...named,
    exclude: flags.exclude.map((glob) => new Pattern(glob)),
    ...(flags.grep === undefined ? {} : { grep: flags.grep }),
    ...(flags['list-file'] === undefined ? {} : { listed: readListFile(flags['list-file']) }),
    ...(lastFailed === undefined ? {} : { lastFailed }),
  };
}

/** Without a word, every case. */
async function readNames(words: readonly string[]): Promise<{ suites?: readonly Suite[]; cases?: readonly Pattern[] }> {
  if (words.length === 0) return {};
  const { readWords } = await import('../plugins/suite-file.js');
  const { suites, cases } = await readWords(words);
  return { suites, ...(cases.length === 0 ? {} : { cases }) };
}

async function failedLast(output: string): Promise<string[]> {
  const { readLastFailed } = await import('../harness/report/last-run.js');
  return readLastFailed(output);
}

/**
 * The level of --touch. What a target makes anew for every case is nobody's data: anything may change there. The volume of a
 * real target is somebody's, and so is an image that may be changed in place.
 * @param target once it is known
 */
export function touchLevel(
  flag: string | undefined,
  inPlace: boolean,
  target?: Pick<Target, 'isolation' | 'disposable'>,
): Touches {
  if (flag === 'nothing' || flag === 'scratch' || flag === 'volume') return flag;
  const somebodys = target?.isolation === 'run' && target.disposable !== true;
  return inPlace || somebodys ? 'nothing' : 'volume';
}
