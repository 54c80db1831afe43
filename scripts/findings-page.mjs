// The text of docs/findings.md: from suites/findings/findings.yaml and its program files, from the deviations that the suites
// list, and from the requirements that state one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

import { series2026 } from '../dist/museum/series-2026.js';
import { openBench } from '../dist/src/cli/bench.js';
import { outcomeFields, runProgramFile } from '../dist/src/harness/exec/index.js';
import { parseProgramFile } from '../dist/src/harness/program-file/index.js';
import { loadRequirements, projectRequirements } from '../dist/src/harness/requirements/index.js';
import { readSuite, suiteNames, suitesFolder } from '../dist/src/plugins/suite-file.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'suites', 'findings');
const recordings = join(root, 'test', 'fixtures', 'recordings');

const classes = { driver: 'The driver', platform: 'Platforms', model: 'The model' };
const cell = (text) => String(text).trim().replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(row)];

/** @returns {Promise<{ text: string, problems: string[] }>} problems: what the data says and a run or recording does not */
export async function findingsPage() {
  const problems = [];
  const { findings } = parse(readFileSync(join(folder, 'findings.yaml'), 'utf8'));
  const requirements = await loadRequirements(projectRequirements);
  const cases = await registeredCases();
  const bench = { requirements, cases, problems };
  const lines = [...introduction];
  for (const [kind, title] of Object.entries(classes)) {
    const ofClass = findings.filter((finding) => finding.class === kind);
    if (ofClass.length === 0) continue;
    lines.push('', `## ${title}`);
    for (const finding of ofClass) lines.push('', ...(await section(finding, bench)));
  }
  lines.push(...fixes(bench), ...stated(findings, bench), ...(await listed(bench)));
  return { text: `${lines.join('\n')}\n`, problems };
}

const introduction = [
  '# Findings',
  '',
  'Made by `npm run findings`; edit `suites/findings/findings.yaml` and the suites, not this page.',
  '',
  'What Linux, QEMU and Hercules do otherwise than the architecture, or than their own documentation, and a maintainer would want to',
  'know. What came back is compared, whenever this page is made, with a run of the program or with what was recorded on the real',
  'kernel. `ccwspec exec suites/findings/FILE` runs a program; `--target` says on what.',
];

async function registeredCases() {
  const opened = await openBench(request('model'));
  await opened.close();
  return opened.cases.map(({ definition }) => definition);
}

const request = (target) => ({ target, device: undefined, plugins: [], options: {}, inPlace: false, writable: true });

async function section(finding, { requirements, cases, problems }) {
  const file = finding.program === undefined ? undefined : join(folder, finding.program);
  const source = file === undefined ? '' : readFileSync(file, 'utf8');
  const requirement = requirements.get(finding.requirement);
  if (requirement === undefined && finding.requirement !== undefined)
    problems.push(`${finding.id}: there is no requirement ${finding.requirement}`);
  for (const { what, fields } of await shownBy(finding, file, source)) {
    for (const { field, came } of finding.differences) {
      const was = fields.get(field);
      if (was !== came) problems.push(`${finding.id}: ${field}: ${what} gave ${was}, and not ${came}`);
    }
  }
  const deciding = cases
    .filter(({ requirements: ids }) => ids.includes(finding.requirement))
    .map(({ id }) => `\`${id}\``);
  return [
    `### ${finding.title}`,
    '',
    `**Where:** ${finding.where}. **Shown by:** ${shownText(finding)}.`,
    '',
    ...(finding.why === undefined ? [] : [finding.why.trim(), '']),
    ...(file === undefined
      ? []
      : [
          `Program: [\`${finding.program}\`](../suites/findings/${finding.program})`,
          '',
          '```',
          source.trim(),
          '```',
          '',
        ]),
    ...(finding.differences === undefined
      ? []
      : [
          ...table(
            ['field', 'came back', 'should have been'],
            finding.differences.map(({ field, came, should }) => [field, came, should]),
          ),
          '',
        ]),
    `Clause: ${finding.clause}.`,
    '',
    ...(finding.requirement === undefined
      ? []
      : [`Requirement: ${finding.requirement} (${requirement?.text ?? ''}), by ${oracleText(requirement)}.`]),
    ...(deciding.length === 0 ? [] : ['', `Decided by: ${deciding.join(', ')}.`]),
  ];
}

function shownText({ shown }) {
  if (shown.seen !== undefined) return `a run on ${shown.seen}; this page does not repeat it`;
  return shown.recording === undefined
    ? `running it on ${shown.targets.map((target) => `\`${target}\``).join(' and ')}, which plays the driver so`
    : `the recording of the real kernel ${shown.recording}, program ${shown.number}`;
}

const oracleText = (requirement) =>
  (requirement?.oracle ?? []).map(({ title, section: place }) => `${title}: ${place}`).join('; ');

/** The fields of the answers that stand behind a finding. */
async function shownBy({ shown }, path, source) {
  if (shown.seen !== undefined) return [];
  if (shown.recording !== undefined) {
    const recorded = join(recordings, `${shown.recording}.json`);
    const program = parseProgramFile(readFileSync(recorded, 'utf8'), recorded).programs[shown.number];
    return [{ what: `program ${shown.number} of ${shown.recording}`, fields: outcomeFields(program.outcome) }];
  }
  const answers = [];
  for (const target of shown.targets) {
    const bench = await openBench(request(target));
    const session = await bench.target.start(1);
    const run = await runProgramFile(session, parseProgramFile(source, path));
    await session.close();
    await bench.close();
    answers.push({ what: target, fields: outcomeFields(run.at(-1).outcome) });
  }
  return answers;
}

/** The fixes of July 2026: which run of a kernel without them failed, and why others did not. */
function fixes({ cases, problems }) {
  const { runs, unseen } = parse(readFileSync(join(folder, 'fixes.yaml'), 'utf8'));
  const definitions = new Map(cases.map((definition) => [definition.id, definition]));
  const guardsOf = (id) => {
    const definition = definitions.get(id);
    if (definition === undefined) problems.push(`fixes.yaml: there is no case ${id}`);
    return definition?.guards ?? [];
  };
  const named = ({ kernel, configuration, target }) => `${kernel}, ${configuration}, ${target}`;
  const rows = series2026
    .filter(({ id }) => !id.endsWith('-v1'))
    .map(({ id, fixedBy, title }) => {
      const names = [id, ...(fixedBy === undefined ? [] : [fixedBy])];
      const guards = (list) =>
        list.some((guard) => names.some((name) => guard.startsWith(name) || name.startsWith(guard)));
      const model = cases
        .filter(({ guards: guarded = [], needs }) => guards(guarded) && !needs.includes('several-processors'))
        .map((definition) => definition.id);
      const seen = runs.flatMap((run) =>
        run.failed.filter((failed) => guards(guardsOf(failed))).map((failed) => `\`${failed}\` (${named(run)})`),
      );
      if (model.length === 0) problems.push(`fixes.yaml: no case guards ${id}`);
      if (seen.length === 0 && unseen[id] === undefined)
        problems.push(`fixes.yaml: ${id} is neither seen nor explained`);
      const real = seen.length > 0 ? seen.join(', ') : `no: ${unseen[id] ?? ''}`;
      return [
        fixedBy === undefined ? id : `${id} (${fixedBy})`,
        title,
        model.map((one) => `\`${one}\``).join(', '),
        real,
      ];
    });
  return [
    '',
    '## The fixes of July 2026',
    '',
    'Ten fixes to the driver, nine of them CVEs. The model brings each bug back (`-o defect=ID`), and the cases named here fail then.',
    'Debian’s 6.1.176-1 is from before the fixes: the last column says what its runs caught. The other kernels have the fixes.',
    '',
    ...table(['bug', 'what it was', 'caught on the model by', 'caught on 6.1.176-1'], rows),
    '',
    'The runs:',
    '',
    ...table(
      ['kernel of Debian', 'configuration', 'target', 'suites', 'failed'],
      runs.map(({ kernel, configuration, target, suites, failed, note }) => [
        kernel,
        configuration,
        target,
        suites.join(', '),
        [failed.length === 0 ? 'none' : failed.map((one) => `\`${one}\``).join(', '), note].filter(Boolean).join('; '),
      ]),
    ),
  ];
}

/** Requirements that state a deviation, and have no finding of their own above. */
function stated(findings, { requirements, cases }) {
  const told = new Set(findings.map(({ requirement }) => requirement));
  const others = [...requirements.values()].filter(({ id, deviation }) => deviation === true && !told.has(id));
  const rows = others.map(({ id, text, oracle }) => {
    const deciding = cases.filter(({ requirements: ids }) => ids.includes(id)).map((one) => `\`${one.id}\``);
    return [id, text, oracleText({ oracle }), deciding.join(', ')];
  });
  return [
    '',
    '## Also known',
    '',
    'Further deviations that the requirements state, and the cases that decide them. A model of that software behaves so as well.',
    '',
    ...table(['requirement', 'what', 'where it is said', 'decided by'], rows),
  ];
}

/** Deviations that the suites list: on these targets the cases fail, and that is known. */
async function listed({ requirements, problems }) {
  const groups = new Map();
  for (const name of suiteNames()) {
    for (const { case: pattern, where, note } of (await readSuite(join(suitesFolder, `${name}.yaml`))).deviations) {
      const { targets, kernel, platform } = where;
      const bounds = [
        targets.text === '*' ? undefined : targets.text,
        platform && `platform ${platform.text}`,
        kernel && `kernel ${kernel.text}`,
      ];
      const on = bounds.filter(Boolean).join(', ') || 'every target';
      const key = JSON.stringify([on, note]);
      const group = groups.get(key) ?? { on, note, cases: new Set() };
      groups.set(key, group);
      group.cases.add(`\`${pattern.text}\``);
      if (!requirements.has(note.clause ?? ''))
        problems.push(`${name}: ${pattern.text}: no requirement ${note.clause}`);
    }
  }
  const rows = [...groups.values()].map(({ on, note, cases }) => [
    on,
    note.class,
    `${note.reason}${note.sometimes === undefined ? '' : ` (not every time: ${note.sometimes})`}`,
    `${note.clause}: ${requirements.get(note.clause)?.text ?? ''}`,
    [...cases].join(', '),
  ]);
  const models = rows.filter(([, kind]) => kind === 'model').length;
  if (models > 0) problems.push(`${models} listed deviations say that the model is wrong: correct the model`);
  return [
    '',
    '## Listed in the suites',
    '',
    'Cases that fail on these targets, as the suites list it. A listed case that passes fails the run.',
    '',
    ...table(['on', 'class', 'what', 'right is', 'cases'], rows),
  ];
}
