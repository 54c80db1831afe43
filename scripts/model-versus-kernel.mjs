#!/usr/bin/env node
// Runs every program of the recordings on the model, the way `ccwspec exec` does, and writes docs/model-versus-kernel.md:
// what is equal, what differs, and who is right. A difference that scripts/model-versus-kernel.yaml does not explain, and an
// explanation that explains nothing any more, end the script with 1.
//
//   npm run model-versus-kernel -- [--live [--kernel KERNEL] [--qemu PATH]]
//
// With --live the programs and the cases of the ABI recordings run on both labs first, and what they answer is kept in
// test/fixtures/recordings/live. The page is always made from what is kept there, and from the recordings where nothing is.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { parse } from 'yaml';

import { openBench } from '../dist/src/cli/bench.js';
import { compareOutcomes, runProgramFile } from '../dist/src/harness/exec/index.js';
import { VERDICTS, verdictsLive } from './abi-live.mjs';
import { abiTable, decidingCases } from './abi-table.mjs';
import { liveFolder, liveRecording, matches, readRecording, recordingsData, root, runLive } from './live.mjs';
import { differencesOf } from './recordings.mjs';

const { values: wishes } = parseArgs({
  options: { live: { type: 'boolean' }, kernel: { type: 'string' }, qemu: { type: 'string' } },
});
const page = join(root, 'docs', 'model-versus-kernel.md');

const { comparisons, explanations } = parse(readFileSync(join(root, 'scripts', 'model-versus-kernel.yaml'), 'utf8'));
const used = new Set();
const problems = [];

if (wishes.live) {
  await makeLive().catch((thrown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(2);
  });
}

/** Asks both labs anew. */
async function makeLive() {
  mkdirSync(liveFolder, { recursive: true });
  for (const entry of recordingsData().recordings) {
    const text = liveRecording(await runLive(entry, wishes), entry.target);
    writeFileSync(join(liveFolder, `${entry.recording}.json`), text);
  }
  const ids = [...new Set([...decidingCases(await registeredCases()).values()].flat())];
  const verdicts = await verdictsLive(ids, wishes);
  writeFileSync(join(liveFolder, VERDICTS), `${JSON.stringify(verdicts, undefined, 1)}\n`);
}

/** The cases of all plugins that come with ccwspec. */
async function registeredCases() {
  const bench = await openBench({
    target: 'model',
    device: undefined,
    plugins: [],
    options: {},
    inPlace: false,
    writable: true,
  });
  await bench.close();
  return bench.cases;
}

/** What the kernel answered: live, or recorded. */
function answers(recording) {
  const isLive = existsSync(join(liveFolder, `${recording}.json`));
  return { isLive, file: isLive ? readRecording(recording, liveFolder) : readRecording(recording) };
}

function explanationOf(recording, machine, program, difference) {
  const found = explanations.find(
    (entry) =>
      matches(entry.recording, recording) &&
      matches(entry.machine ?? '*', machine) &&
      [entry.programs].flat().some((pattern) => matches(pattern, program)) &&
      (entry.field === undefined || matches(entry.field, difference.field)),
  );
  if (found !== undefined) used.add(found);
  return found;
}

/** Runs a recording on one machine. Where a comparison names its parts, only they count. */
async function compare(comparison, machine) {
  const { file } = answers(comparison.recording);
  const bench = await openBench({
    target: 'model',
    device: comparison.device,
    plugins: [],
    options: { platform: machine },
    inPlace: false,
    writable: true,
  });
  const session = await bench.target.start(1);
  const run = await runProgramFile(session, file);
  await session.close();
  await bench.close();
  const programs = run.map(({ program, outcome }) => ({
    name: program.name,
    differences: compareOutcomes(program.outcome, outcome).filter((difference) =>
      counts(comparison, program, outcome, difference),
    ),
  }));
  return { file, machine, programs };
}

/** A platform with another device decides result and translation with us, and status only where the device answers alike. */
function counts(comparison, { outcome: recorded }, outcome, { part, field }) {
  if (!comparison.driverOnly) return true;
  if (part === 'result') return true;
  if (part === 'interruptions') return (recorded.irbs.length === 0) !== (outcome.irbs.length === 0);
  return /CCW address$/.test(field) && sameStatus(recorded.irbs[0], outcome.irbs[0]);
}

const sameStatus = (one, other) => Buffer.compare(one.subarray(8, 12), other.subarray(8, 12)) === 0;

const cell = (text) => String(text).trim().replaceAll('|', '\\|');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(row)];

const parts = ['result', 'interruptions', 'SCSW', 'storage'];
const lines = [
  '# The model against the real kernel',
  '',
  'Made by `npm run model-versus-kernel`; edit `scripts/model-versus-kernel.yaml`, not this page.',
  '',
  'Every program of a recording runs on the model in the order of the recording, on one open device, the way `ccwspec exec`',
  'does. What the kernel answered was seen live on the labs where a section says so, and else recorded; `npm run',
  'model-versus-kernel -- --live` asks the labs anew. Compared are the result of the write, the number of interruptions, the SCSW',
  'of each, and the stored bytes; what follows the SCSW in the IRB (ESW, extended-control word with the sense bytes) is compared',
  'and counted in a column of its own.',
];

const introduction = lines.length;
/** machine to how many programs ran on it, and how many differ */
const totals = new Map();

for (const comparison of comparisons) {
  const results = [];
  for (const machine of comparison.machines) results.push(await compare(comparison, machine));
  const [{ file }] = results;
  for (const { machine, programs } of results) {
    const total = totals.get(machine) ?? { programs: 0, differ: 0 };
    total.programs += programs.length;
    total.differ += programs.filter(({ differences }) =>
      differences.some(({ part }) => part !== 'extended status'),
    ).length;
    totals.set(machine, total);
  }
  lines.push(
    '',
    `## ${file.platform?.name ?? comparison.recording}`,
    '',
    `Device: ${file.platform?.device ?? 'not named'}. ${answers(comparison.recording).isLive ? file.notes : 'As recorded.'}`,
  );
  if (comparison.note !== undefined) lines.push('', comparison.note.trim());
  lines.push('', ...summary(comparison, results), ...results.flatMap((result) => differing(comparison, result)));
  lines.push(...liveAgainstRecorded(comparison.recording));
}

const share = ({ programs, differ }) =>
  `${differ} of ${programs} programs differ (${((100 * differ) / programs).toFixed(1)} %)`;
lines.splice(
  introduction,
  0,
  '',
  'In short, over all recordings:',
  '',
  ...[...totals].map(([machine, total]) => `- machine ${machine}: ${share(total)}`),
  '',
  "Results, interruptions and translated addresses are the driver's part. `-o platform=hercules-3.13` makes the model decide as",
  "that emulator does where it differs from the architecture, so that what is left is not the platform's.",
);

function summary(comparison, results) {
  const shown = comparison.driverOnly ? ['result', 'interruptions', 'SCSW'] : parts;
  const names = {
    result: 'result',
    interruptions: 'interruptions',
    SCSW: comparison.driverOnly ? 'CCW address' : 'SCSW',
    storage: 'stored bytes',
  };
  const head = [
    'machine of the model',
    'programs',
    ...shown.map((part) => `equal ${names[part]}`),
    'equal in all of these',
  ];
  if (!comparison.driverOnly) head.push('equal ESW and sense');
  const rows = results.map(({ machine, programs }) => {
    const equal = (tested) =>
      programs.filter(({ differences }) => !differences.some(({ part }) => tested.includes(part))).length;
    const cells = [machine, programs.length, ...shown.map((part) => equal([part])), equal(parts)];
    if (!comparison.driverOnly) cells.push(equal(['extended status']));
    return cells;
  });
  return table(head, rows);
}

function differing(comparison, { machine, programs }) {
  const rows = programs.flatMap(({ name, differences }, index) => {
    const [first] = differences;
    if (first === undefined) return [];
    const explanation = explanationOf(comparison.recording, machine, name, first);
    if (explanation === undefined) {
      problems.push(
        `${comparison.recording} on ${machine}: '${name}', ${first.field}: kernel ${first.expected}, model ${first.actual}`,
      );
    }
    const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : '';
    return [
      [
        index,
        name,
        first.field + more,
        first.expected,
        first.actual,
        explanation?.right ?? 'not explained',
        explanation?.clause ?? '',
      ],
    ];
  });
  if (rows.length === 0) return [];
  return [
    '',
    `### Programs that differ: machine ${machine}`,
    '',
    ...table(['number', 'program', 'first field that differs', 'kernel', 'model', 'right is', 'clause'], rows),
  ];
}

/** Where the live run of the same programs does not give what was recorded. */
function liveAgainstRecorded(recording) {
  const { isLive, file } = answers(recording);
  if (!isLive) return [];
  const run = readRecording(recording).programs.map((program, index) => ({
    program,
    outcome: file.programs[index].outcome,
  }));
  const found = differencesOf({ recording, run }, recordingsData().differences);
  const differ = new Set(found.map(({ index }) => index)).size;
  const lines = ['', '### Live against recorded', '', `${differ} of ${run.length} programs differ from the recording.`];
  if (found.length === 0) return lines;
  const rows = found.map(({ index, program, field, expected, actual, reason }) => {
    if (reason === undefined)
      problems.push(`${recording}: '${program}', ${field}: recorded ${expected}, live ${actual}`);
    return [
      index,
      program,
      field,
      expected,
      actual,
      reason?.why ?? '',
      reason?.right ?? 'not explained',
      reason?.clause ?? '',
    ];
  });
  const head = ['number', 'program', 'field', 'recorded', 'live', 'why', 'right is', 'clause'];
  return [...lines, '', ...table(head, rows)];
}

for (const entry of explanations) {
  if (!used.has(entry))
    problems.push(`explains nothing any more: ${JSON.stringify(entry.programs)} of ${entry.recording}`);
}

const calls = abiTable(await registeredCases(), table);
lines.push(...calls.lines);
problems.push(...calls.problems);

writeFileSync(page, `${lines.join('\n')}\n`);
console.log(`wrote ${page}`);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
