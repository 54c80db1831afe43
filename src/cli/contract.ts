/** Verdicts and exit codes in words: what `explain` says about them, and docs/verdicts.md. */

import { ExitCode } from '../harness/errors/catalogue.js';
import type { Verdict } from '../harness/runner/case.js';

/** What each verdict means, one sentence. */
export const verdictMeanings: Readonly<Record<Verdict, string>> = {
  pass: 'The case ran, and everything that it expects was seen.',
  fail: 'The case ran, and something that it expects was not seen; or it left something behind, or the kernel complained.',
  skip: 'The case did not run: the target lacks something that it needs, or the run may not change what it changes. All reasons are listed.',
  blocked: 'The case did not run: an earlier case left the device or the target wedged.',
  error: 'The harness, the lab or the target failed, so the case decided nothing.',
  deviation: 'The case failed as the suite lists it: a known difference, with its reason and a link.',
  'unexpected-pass':
    'The case passed although the suite lists a deviation: the list is out of date, and the run fails.',
};

/** What each exit code means, one sentence. */
export const exitCodeMeanings: Readonly<Record<keyof typeof ExitCode, string>> = {
  passed: 'Every verdict was expected, and at least one case passed.',
  failed: 'A case failed, or passed although a deviation was listed.',
  harnessError: 'The harness, the target or the lab failed.',
  nothingSelected: 'Nothing was selected.',
  nothingRan: 'Everything that was selected was skipped or blocked.',
  usage: 'The command line has a mistake.',
  configuration: 'A suite file, plugin, program file or volume image cannot be used.',
  interrupted: 'Interrupted; what had run is in the reports.',
};

/** The exit code's name and meaning, or undefined for a number that is not in the contract. */
export function exitCodeMeaning(code: number): string | undefined {
  const names = Object.keys(ExitCode) as (keyof typeof ExitCode)[];
  const name = names.find((candidate) => ExitCode[candidate] === code);
  return name === undefined ? undefined : exitCodeMeanings[name];
}
