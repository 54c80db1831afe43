/** What `ccwspec explain` prints. */

import { capabilities, type Capability } from '../../harness/ports/index.js';
import type { Requirement } from '../../harness/requirements/index.js';
import { guardTexts } from '../../harness/runner/known-bugs.js';
import type { Explanation } from '../explain.js';

/** Lines that say everything in `explanation`. */
export function explanationLines(explanation: Explanation): string[] {
  switch (explanation.kind) {
    case 'error':
      return [`${explanation.id} (exit code ${explanation.exit})`, `  ${explanation.meaning}`, `  ${explanation.next}`];
    case 'verdict':
    case 'exit code':
      return [`${explanation.kind} ${explanation.id}`, `  ${explanation.meaning}`];
    case 'requirement':
      return [
        ...requirementLines(explanation),
        ...list('decided by', explanation.cases),
        ...(explanation.cases.length === 0 ? ['  no case decides it'] : []),
      ];
    case 'bug':
      return [
        `${explanation.id}${explanation.fixedBy === null ? '' : ` (fixed by ${explanation.fixedBy})`}`,
        ...(explanation.title === null ? [] : [`  ${explanation.title}`]),
        ...(explanation.happened === null ? [] : [`  ${explanation.happened}`]),
        ...(explanation.title === null ? [] : [`  brought back in the model by \`-o defect=${explanation.id}\``]),
        ...list('guarded by', explanation.cases),
        ...(explanation.cases.length === 0 ? ['  no case guards it'] : []),
      ];
    case 'case':
      return [
        explanation.id,
        `  decides   ${explanation.decides}`,
        `  plugin    ${explanation.plugin}`,
        `  changes   ${explanation.touches}`,
        ...(explanation.limit === null ? [] : [`  limit     ${explanation.limit} ms`]),
        ...list(
          'needs',
          explanation.needs.map((need) => `${need}: ${capabilities[need as Capability]}`),
        ),
        ...list('guards', guardTexts(explanation.guards, explanation.bugs)),
        ...explanation.requirements.flatMap((requirement) => [
          '',
          ...('text' in requirement ? requirementLines(requirement) : [`${requirement.id}: in no catalogue`]),
        ]),
      ];
  }
}

function requirementLines(requirement: Requirement): string[] {
  const oracle = requirement.oracle.map(
    ({ title, edition, section, secondHand }) =>
      `${title}, ${edition}: ${section}${secondHand === undefined ? '' : ` (second hand: ${secondHand})`}`,
  );
  return [
    `${requirement.id} (${requirement.layer}: ${requirement.area})`,
    `  ${requirement.text}`,
    ...(requirement.deviation ? ['  a departure from the architecture or from documentation'] : []),
    ...list('where it is written', oracle),
    ...(requirement.fails === undefined ? [] : [`  fails on: ${requirement.fails}`]),
    ...(requirement.on.length === 0 ? [] : [`  holds on: ${requirement.on.join(', ')}`]),
    ...list('differs', platformTexts(requirement.differs)),
    ...list('with a reservation', platformTexts(requirement.tolerance)),
  ];
}

function platformTexts(texts: Readonly<Partial<Record<string, string>>>): string[] {
  return Object.entries(texts).map(([platform, text]) => `${platform}: ${text ?? ''}`);
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`  ${title}:`, ...items.map((item) => `    ${item}`)];
}
