/** docs/errors.md, made from the catalogue. */

import { catalogue } from './catalogue.js';

const introduction = `# Errors

Every error that a user can do something about has a code, which is never given another meaning. The message names the file,
place or device, and ends with the next thing to try. \`ccwspec explain CODE\` shows the entry of this page.

<!-- Written by scripts/errors-page.mjs from src/harness/errors/catalogue.ts. -->
`;

/** The page's text: one section for each code, in alphabetical order. */
export function errorsPage(): string {
  const sections = Object.entries(catalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { meaning, next, exit }]) => `\n## ${code}\n\n${meaning}\n\nNext: ${next}\n\nExit code: ${exit}\n`);
  return introduction + sections.join('');
}
