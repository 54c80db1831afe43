/** Fills in the lab's templates. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { CcwspecError } from '../../errors/index.js';

/** The folder lab/ of the package. */
export const labFolder = fileURLToPath(new URL('../../../../../lab/', import.meta.url));

/**
 * The template `lab/profiles/NAME` with every `{KEY}` replaced.
 * @throws CcwspecError E-INTERNAL for a key without a value
 */
export async function profile(name: string, values: Readonly<Record<string, string | number>>): Promise<string> {
  return fillIn(await readFile(join(labFolder, 'profiles', name), 'utf8'), values);
}

/** `template` with every `{KEY}` replaced. Lines that begin with # stay as they are. @throws CcwspecError E-INTERNAL */
export function fillIn(template: string, values: Readonly<Record<string, string | number>>): string {
  const fill = (line: string): string =>
    line.replace(/\{([A-Z_]+)\}/g, (_, key: string) => {
      const value = values[key];
      if (value === undefined) throw new CcwspecError('E-INTERNAL', `a profile of the lab asks for ${key}`);
      return String(value);
    });
  return template
    .split('\n')
    .map((line) => (line.startsWith('#') ? line : fill(line)))
    .join('\n');
}

/** The words of a profile with one option a line: what stands behind the option's name is one word. */
export function optionWords(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const space = line.indexOf(' ');
    return space < 0 ? [line] : [line.slice(0, space), line.slice(space + 1)];
  });
}
