#!/usr/bin/env node
// Mutation testing of the model with the suites as the oracle: small changes are made to the built model, one at a time,
// and the suites must notice. A change that no case notices is behaviour that the suites do not decide.
//
//   npm run mutation -- [--room passthrough|machine] [--file PART] [--count N] [--seed N] [--jobs N] [--minimum PERCENT]
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    room: { type: 'string', multiple: true, default: ['passthrough', 'machine'] },
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    suite: { type: 'string', default: 'default' },
    file: { type: 'string', default: '' },
    minimum: { type: 'string', default: '0' },
    'time-limit': { type: 'string', default: '30' },
  },
});
const kind = ts.SyntaxKind;

const operators = new Map([
  [kind.LessThanToken, ['<=', '>=']],
  [kind.LessThanEqualsToken, ['<', '>']],
  [kind.GreaterThanToken, ['>=', '<=']],
  [kind.GreaterThanEqualsToken, ['>', '<']],
  [kind.EqualsEqualsEqualsToken, ['!==']],
  [kind.ExclamationEqualsEqualsToken, ['===']],
  [kind.AmpersandAmpersandToken, ['||']],
  [kind.BarBarToken, ['&&']],
  [kind.PlusToken, ['-']],
  [kind.MinusToken, ['+']],
  [kind.AmpersandToken, ['|']],
  [kind.BarToken, ['&']],
  [kind.BarEqualsToken, ['&=']],
  [kind.AmpersandEqualsToken, ['|=']],
  [kind.PlusEqualsToken, ['-=']],
  [kind.MinusEqualsToken, ['+=']],
]);

/** The 0 of `array[index] ?? 0`: never taken, it is there for the compiler, which does not know that the index is good. */
function isFallback(node) {
  const { parent } = node;
  return (
    ts.isBinaryExpression(parent) && parent.operatorToken.kind === kind.QuestionQuestionToken && parent.right === node
  );
}

/** `if (…) throw` of E-MODEL-UNIMPLEMENTED: where the model ends. No case may go there, so none can decide where that is. */
function isEndOfModel(node) {
  if (!ts.isIfStatement(node)) return false;
  const then = ts.isBlock(node.thenStatement) ? node.thenStatement.statements[0] : node.thenStatement;
  return ts.isThrowStatement(then) && then.getText().includes("'E-MODEL-UNIMPLEMENTED'");
}

/**
 * A call of an instrument: a line of the kernel log (evidence for people), or a point at which a case may pre-empt the driver.
 * A kernel without them behaves as it does with them.
 */
function isInstrument(node) {
  return /\b(log\.(add|warnAboutPrefetch)|scheduler\.point)$/.test(node.expression.getText());
}

/** Every change that can be made to one file: where, what is there, what is put there. */
function mutantsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS);
  const found = [];
  const add = (node, replacement) => {
    const start = node.getStart(source);
    const { line } = source.getLineAndCharacterOfPosition(start);
    found.push({ file, start, end: node.end, line: line + 1, original: text.slice(start, node.end), replacement });
  };
  const visit = (node) => {
    if (isEndOfModel(node)) return;
    if (ts.isBinaryExpression(node)) {
      for (const replacement of operators.get(node.operatorToken.kind) ?? []) add(node.operatorToken, replacement);
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === kind.ExclamationToken) {
      add(node, `(${node.operand.getText(source)})`);
    } else if (ts.isIfStatement(node) || ts.isWhileStatement(node)) {
      add(node.expression, 'false');
      if (ts.isIfStatement(node)) add(node.expression, 'true');
    } else if (ts.isNumericLiteral(node) && !ts.isPropertyAssignment(node.parent) && !isFallback(node)) {
      add(node, String(Number(node.text) === 0 ? 1 : Number(node.text) + 1));
    } else if (node.kind === kind.TrueKeyword) add(node, 'false');
    else if (node.kind === kind.FalseKeyword) add(node, 'true');
    else if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) && ts.isBlock(node.parent)) {
      if (node.expression.expression.kind !== kind.SuperKeyword && !isInstrument(node.expression)) add(node, ';');
    }
    // What only words an error, only traces, or refuses what is not modelled, is not behaviour of the kernel.
    if (ts.isCallExpression(node) && isInstrument(node)) return;
    if (ts.isThrowStatement(node) || ts.isImportDeclaration(node) || ts.isTemplateExpression(node)) return;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function files(folder) {
  return readdirSync(folder, { recursive: true })
    .filter(
      (name) =>
        name.endsWith('.js') &&
        !/(^|\/)(index|dma|driver-port|device-model|host-instructions|kernel-log|trace)\.js$/.test(name),
    )
    .filter((name) => name.includes(values.file))
    .sort()
    .map((name) => join(folder, name));
}

/** A small generator with a seed, so that a sample can be drawn again (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const scratch = mkdtempSync(join(tmpdir(), 'ccwspec-mutation-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/** A copy of what a run needs, one a job, so that two mutants never meet. */
function makeCopy(number) {
  const copy = join(scratch, `copy${number}`);
  mkdirSync(copy);
  for (const name of [
    'dist/src',
    'dist/plugins',
    'dist/museum',
    'bin',
    'suites',
    'docs/requirements',
    'package.json',
    'oclif.manifest.json',
  ]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Runs the suite in `copy`. @returns the exit code, or undefined when the time limit was over */
function runSuite(copy, target, more) {
  return new Promise((resolve) => {
    const output = join(copy, 'results');
    const args = ['bin/ccwspec.js', 'run', values.suite, '--target', target, '--output', output, ...more];
    const child = spawn(process.execPath, args, { cwd: copy, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), Number(values['time-limit']) * 1000);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? undefined);
    });
  });
}

/** The verdict of every case of the last run in `copy`, as one text. */
function verdicts(copy) {
  const lines = readFileSync(join(copy, 'results', 'latest', 'events.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const ends = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'case-end');
  return ends.map(({ id, verdict }) => `${id} ${verdict}`).join('\n');
}

/**
 * The suites decide on both kernels: on the newer one every case must pass, on the older one every case must have the verdict
 * that it has on the unchanged model (its bugs are caught there, and must still be).
 * @returns 'survived', 'killed' or 'timeout'
 */
async function judge(copy) {
  const newer = await runSuite(copy, 'model:linux-6.12.117', ['--bail', '1']);
  if (newer !== 0) return newer === undefined ? 'timeout' : 'killed';
  const older = await runSuite(copy, 'model:linux-6.1.176', []);
  if (older === undefined) return 'timeout';
  return verdicts(copy) === expectedOnOlder ? 'survived' : 'killed';
}

const copies = Array.from({ length: Number(values.jobs) }, (_, number) => makeCopy(number));
await runSuite(copies[0], 'model:linux-6.1.176', []);
const expectedOnOlder = verdicts(copies[0]);
if ((await judge(copies[0])) !== 'survived') {
  console.error(`The ${values.suite} suite does not pass on the unchanged model: there is nothing to measure.`);
  process.exit(2);
}

function described({ file, line, original, replacement }) {
  return `${file}:${line}  ${original.slice(0, 60).replace(/\s+/g, ' ')}  ->  ${replacement.slice(0, 60)}`;
}

const report = [];
for (const room of values.room) {
  const folder = join(root, 'dist', 'src', 'harness', room);
  const all = files(folder).flatMap((file) => mutantsOf(relative(root, file), readFileSync(file, 'utf8')));
  const draw = random(Number(values.seed));
  const sample = all
    .map((mutant) => ({ mutant, order: draw() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, Number(values.count))
    .map(({ mutant }) => mutant);
  let next = 0;
  let done = 0;
  await Promise.all(
    copies.map(async (copy) => {
      while (next < sample.length) {
        const mutant = sample[next++];
        const original = readFileSync(join(root, mutant.file), 'utf8');
        const place = join(copy, mutant.file);
        writeFileSync(place, original.slice(0, mutant.start) + mutant.replacement + original.slice(mutant.end));
        mutant.outcome = await judge(copy);
        writeFileSync(place, original);
        done++;
        if (mutant.outcome === 'survived') process.stderr.write(`${described(mutant)}\n`);
        if (process.stderr.isTTY || done % 50 === 0) process.stderr.write(`${room}: ${done} of ${sample.length}\n`);
      }
    }),
  );
  const caught = sample.filter(({ outcome }) => outcome !== 'survived').length;
  report.push({
    room,
    mutants: all.length,
    tried: sample.length,
    caught,
    share: (100 * caught) / sample.length,
    sample,
  });
}

mkdirSync(join(root, 'results'), { recursive: true });
writeFileSync(
  join(root, 'results', 'mutation.json'),
  JSON.stringify({ seed: values.seed, suite: values.suite, report }, null, 1),
);
for (const { room, mutants, tried, caught, share, sample } of report) {
  console.log(`${room}: ${caught} of ${tried} mutants caught (${share.toFixed(1)} %), drawn from ${mutants}`);
  for (const mutant of sample) if (mutant.outcome === 'survived') console.log(`  survived  ${described(mutant)}`);
}
process.exitCode = report.every(({ share }) => share >= Number(values.minimum)) ? 0 : 1;
