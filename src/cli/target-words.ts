/**
 * Several targets on one command line. Each is a word of its own, which may bring settings that only count for it, in quotes:
 * `'model -o platform=hercules-3.13'`.
 */

import { Args, Parser } from '@oclif/core';

import { CcwspecError } from '../harness/errors/index.js';
import { ownTargetFlags, type TargetFlags } from './flags.js';
import { parseOptions } from './options.js';

/** One of the targets. */
export interface ChosenTarget {
  /** the word as it was written; `(2)` and so on behind one that is there already */
  readonly label: string;
  readonly flags: TargetFlags;
  /** what `-o` gives for all, and then for this one */
  readonly options: Readonly<Record<string, string>>;
}

const wordArgs = { target: Args.string({ name: 'TARGET', required: true }) };

/**
 * @param words at least two
 * @param common flags that count for every target, unless its own word says otherwise
 * @throws CcwspecError E-USAGE, or the parser's own error for a flag that is not there
 */
export async function chooseTargets(words: readonly string[], common: TargetFlags): Promise<ChosenTarget[]> {
  const shared = await parseOptions(common.option);
  const chosen: ChosenTarget[] = [];
  for (const word of words) {
    const { args, flags, metadata } = await Parser.parse(partsOf(word), {
      args: wordArgs,
      flags: ownTargetFlags,
      strict: true,
    });
    const own = Object.entries(flags).filter(([name]) => metadata.flags[name]?.setFromDefault !== true);
    const merged: TargetFlags = { ...common, ...Object.fromEntries(own), target: args.target };
    chosen.push({
      label: uniqueLabel(partsOf(word).join(' '), chosen),
      flags: merged,
      options: { ...shared, ...(await parseOptions(flags.option)) },
    });
  }
  return chosen;
}

/** @throws CcwspecError E-USAGE if there are not at least two */
export function checkSeveral(words: readonly string[]): void {
  if (words.length > 1) return;
  throw new CcwspecError(
    'E-USAGE',
    words.length === 0 ? 'there is no target to compare' : `there is nothing to compare ${words[0] ?? ''} with`,
    "Name two targets or more: `ccwspec compare model model:linux-6.1.176`; put one with settings in quotes: 'model -o paths=8'.",
  );
}

/** Words, of which a part in quotes may have spaces. */
function partsOf(word: string): string[] {
  return (word.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []).map((part) => part.replace(/^(["'])(.*)\1$/s, '$2'));
}

function uniqueLabel(label: string, taken: readonly ChosenTarget[]): string {
  const same = taken.filter((other) => other.label === label || other.label.startsWith(`${label} (`)).length;
  return same === 0 ? label : `${label} (${same + 1})`;
}
