/** `-o key=value`, the settings of a run for plugins and targets. */

import { CcwspecError, didYouMean } from '../harness/errors/index.js';
import { hostSettings, labSettings, modelSettings } from '../harness/targets/index.js';
import type { LoadedPlugin } from '../plugins/loader.js';

/** Every value stays the text that was written: `devno=1e5` is not a number, `eckd.model=…` not an object. */
const asWritten = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'dot-notation': false,
  'camel-case-expansion': false,
  'boolean-negation': false,
  'unknown-options-as-args': true,
};

/** `key=`: letters, digits, dots and hyphens. */
const KEY = /^([a-z][a-z0-9.-]*)=/i;

/**
 * Reads `-o` strings. One string may hold several settings with spaces between; a value with spaces stands in quotes, which
 * are taken off: `-o 'paths=8 note="two words"'`.
 * @throws CcwspecError E-USAGE for a word that is not `key=value`, or a key that is given twice
 */
export async function parseOptions(strings: readonly string[]): Promise<Record<string, string>> {
  if (strings.length === 0) return {};
  const { default: parse } = await import('yargs-parser');
  const options = new Map<string, string>();
  for (const string of strings) {
    for (const word of parse(string, { configuration: asWritten })._) {
      const setting = String(word);
      const key = KEY.exec(setting)?.[1];
      if (key === undefined) {
        throw new CcwspecError(
          'E-USAGE',
          `-o ${string}: '${setting}' is not key=value`,
          'Write it as `-o paths=8`; put a value with spaces in quotes.',
        );
      }
      if (options.has(key)) throw new CcwspecError('E-USAGE', `-o ${key} is given twice`);
      options.set(key, unquoted(setting.slice(key.length + 1)));
    }
  }
  return Object.fromEntries(options);
}

/**
 * Settings are a closed list: a misspelt one would quietly test something else.
 * @throws CcwspecError E-USAGE for a key that neither the targets nor one of `plugins` have
 */
export function checkKeys(options: Readonly<Record<string, string>>, plugins: readonly LoadedPlugin[]): void {
  const ofTargets = [modelSettings, hostSettings, labSettings].flatMap((settings) => Object.keys(settings));
  const known = [...ofTargets, ...plugins.flatMap(({ plugin }) => Object.keys(plugin.options ?? {}))];
  for (const key of Object.keys(options)) {
    if (known.includes(key) || plugins.some(({ plugin }) => key.startsWith(`${plugin.name}.`))) continue;
    throw new CcwspecError(
      'E-USAGE',
      `there is no setting '${key}' (-o, or parameters of a suite)${didYouMean(key, known)}`,
      `The settings are ${known.join(', ')}, and those of a plugin, which begin with its name and a dot.`,
    );
  }
}

function unquoted(value: string): string {
  return /^(["']).*\1$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}
