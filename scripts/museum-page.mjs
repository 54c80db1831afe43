// The text of docs/museum.md: every known bug of the museum, what happened, and the cases that catch it. Each case is run on
// the model with the bug brought back, so that the page says what is, not what is meant.
import { exhibits } from '../dist/museum/index.js';
import { openBench } from '../dist/src/cli/bench.js';
import { makePlan, Pattern, runInProcess } from '../dist/src/harness/runner/index.js';

const bench = (options) =>
  openBench({ target: 'model', device: undefined, plugins: [], options, inPlace: false, writable: true });

/** Ids of the cases that fail with the bug, of those that guard it. */
async function catching({ id, fixedBy }) {
  const { cases, target, requirements } = await bench({ defect: id });
  const guards = cases.filter(({ definition }) =>
    definition.guards?.some((guard) => guard === id || guard === fixedBy),
  );
  if (guards.length === 0) return [];
  const selection = { cases: guards.map(({ definition }) => new Pattern(definition.id)) };
  const plan = makePlan({ cases, target, selection, seed: 1, touch: 'volume' });
  const ends = await runInProcess({ cases, target, requirements }, plan);
  return ends.filter(({ verdict }) => verdict === 'fail').map((end) => end.id);
}

/** @returns {Promise<string>} */
export async function museumPage() {
  const lines = [
    '# Museum of known bugs',
    '',
    '<!-- Written by scripts/museum-table.mjs. -->',
    '',
    'Each of these bugs was once in the driver. `-o defect=ID` brings one back in the model; the cases below it then fail, and',
    'pass without it:',
    '',
    '```',
    `ccwspec run vfio-ccw -o defect=${exhibits[0].id}`,
    '```',
    '',
  ];
  for (const exhibit of exhibits) {
    const caught = await catching(exhibit);
    lines.push(
      `## ${exhibit.id}`,
      '',
      `${exhibit.title}.${exhibit.fixedBy === undefined ? '' : ` Fixed by commit ${exhibit.fixedBy}.`}`,
      '',
    );
    lines.push(exhibit.happened, '', 'Caught by', '', ...caught.map((id) => `- \`${id}\``), '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
