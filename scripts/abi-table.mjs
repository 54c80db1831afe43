// The part of docs/model-versus-kernel.md about single calls of the device ABI: each line of the recordings, what each kernel
// answered, and the cases that decide it, with their verdicts on the model of that kernel.
// The verdicts on the real driver are those of the last live run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { abiLines } from './abi-lines.mjs';
import { agreement, kernels, liveCell, liveLines, readVerdicts } from './abi-live.mjs';
import { recordingsFolder, root, verdictsOn } from './live.mjs';

const recordingOf = (kernel) => `abi-probe-${kernel}.txt`;

/**
 * @param {readonly { definition: { id: string, recorded?: readonly string[] } }[]} cases of all plugins
 * @param {(head: string[], rows: unknown[][]) => string[]} table makes a table of the page
 * @returns {{ lines: string[], problems: string[] }} the part of the page, and what is wrong with it
 */
export function abiTable(cases, table) {
  const answers = kernels.map(
    (kernel) =>
      new Map(
        abiLines(readFileSync(join(recordingsFolder, recordingOf(kernel)), 'utf8')).map((line) => [
          line.name,
          line.result,
        ]),
      ),
  );
  const names = [...new Set(answers.flatMap((lines) => [...lines.keys()]))];
  const { decided, none, verdicts: reasons } = abiData();
  const problems = [];
  for (const { definition } of cases) {
    for (const name of definition.recorded ?? []) {
      if (!names.includes(name)) problems.push(`${definition.id} names a line that no recording has: '${name}'`);
      if (name in decided) problems.push(`scripts/abi-table.yaml: '${name}' is named by ${definition.id}`);
    }
  }
  const deciding = decidingCases(cases);
  const ids = [...new Set([...deciding.values()].flat())];
  const known = new Set(cases.map(({ definition }) => definition.id));
  for (const id of ids) if (!known.has(id)) problems.push(`scripts/abi-table.yaml: there is no case ${id}`);
  for (const name of [...Object.keys(decided), ...Object.keys(none)]) {
    if (!names.includes(name)) problems.push(`scripts/abi-table.yaml: no recording has the line '${name}'`);
  }
  const verdicts = kernels.map((kernel) =>
    verdictsOn(
      ids.filter((id) => known.has(id)),
      ['--target', `model:${kernel}`],
    ),
  );

  const live = readVerdicts();
  const head = ['line', 'Linux 6.12.117', 'Linux 6.1.176, where it differs', 'decided by'];
  const rows = names.map((name) => {
    const [newer, older] = answers.map((lines) => lines.get(name));
    const differs = newer !== older;
    const cells = [name, shown(name, newer), differs ? shown(name, older) : ''];
    const deciders = deciding.get(name);
    if (deciders === undefined) {
      if (none[name] === undefined)
        problems.push(`no case decides '${name}', and scripts/abi-table.yaml gives no reason`);
      return [...cells, `none: ${none[name]}`, ...(live.length === 0 ? [] : [''])];
    }
    if (none[name] !== undefined)
      problems.push(`scripts/abi-table.yaml: '${name}' is decided by ${deciders.join(', ')}`);
    if (newer !== undefined && !deciders.some((id) => verdicts[0].get(id) === 'pass')) {
      problems.push(`no case that decides '${name}' passes on ${kernels[0]}`);
    }
    const on = (id) => (differs ? ` (6.1.176: ${verdicts[1].get(id)})` : '');
    return [...cells, deciders.map((id) => `\`${id}\`${on(id)}`).join(', '), ...liveCell(live, deciders)];
  });
  const count = names.filter((name) => deciding.has(name)).length;
  const differing = names.filter((name) => answers[0].get(name) !== answers[1].get(name));
  return {
    problems,
    lines: [
      '',
      '## Single calls of the device ABI',
      '',
      `The recordings \`${kernels.map(recordingOf).join('` and `')}\` have ${names.length} lines, each one call of a probe on the`,
      `real driver. ${count} are decided by cases, which pass on the model of Linux 6.12.117; the others say why they need none.`,
      `${differing.length} lines differ between the kernels: for them the verdict on the model of 6.1.176 is shown. A case that states the`,
      'newer behaviour fails there, or is skipped because the older kernel lacks what it needs; one that passes on both decides what',
      'the kernels have in common, where the lines differ in a host address or in the moment at which the probe looked. (Test',
      '`test/plugins/vfio-ccw/transcripts.test.ts` replays both recordings call by call, and names the lines that it does not compare.)',
      '',
      ...liveLines(live, names, deciding),
      ...agreement({ live, verdicts, reasons, problems, table }),
      ...table([...head, ...(live.length === 0 ? [] : ['on the real driver'])], rows),
    ],
  };
}

/** A result, or `there` for a line that is nothing but its text. */
function shown(name, result) {
  if (result === undefined) return 'no such line';
  return result === '' ? (name.startsWith('SETUP') || name.startsWith('RECREATE') ? 'as named' : 'there') : result;
}

function abiData() {
  return parse(readFileSync(join(root, 'scripts', 'abi-table.yaml'), 'utf8'));
}

/** @returns {Map<string, string[]>} the cases that decide each line */
export function decidingCases(cases) {
  const deciding = new Map(Object.entries(abiData().decided));
  for (const { definition } of cases) {
    for (const name of definition.recorded ?? []) deciding.set(name, [...(deciding.get(name) ?? []), definition.id]);
  }
  return deciding;
}
