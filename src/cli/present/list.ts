/** What `ccwspec list` prints. */

import type { CaseListing } from '../list-cases.js';

/** Each case with its sentence, and a line of what it needs, changes and covers; the count last. */
export function listLines({ cases }: CaseListing): string[] {
  const lines: string[] = [];
  for (const { id, decides, needs, touches, requirements, reasons } of cases) {
    const facts = [
      `needs ${needs.length === 0 ? 'nothing' : needs.join(', ')}`,
      `changes ${touches}`,
      requirements.join(' '),
      ...(reasons.length === 0 ? [] : ['does not run here']),
    ];
    lines.push(id, `    ${decides}`, `    ${facts.join(' · ')}`);
  }
  const skipped = cases.filter(({ reasons }) => reasons.length > 0).length;
  const note = skipped === 0 ? '' : `, ${skipped} of them would be skipped on this target`;
  return [...lines, `${cases.length} case${cases.length === 1 ? '' : 's'}${note}`];
}
