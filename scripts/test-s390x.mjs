#!/usr/bin/env node
// npm run test:s390x: the unit tests big-endian. Debian 13's Node for s390x is brought into the cache folder (no root, nothing of
// the system is changed), and run by qemu-s390x-static. Words behind `npm run test:s390x --` are test files.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { requirePrograms } from '../dist/src/harness/process/index.js';
import { cacheFolder, withLock } from '../dist/src/harness/targets/lab/cache.js';
import { downloadPackage, packageVersions, unpackPackage } from '../dist/src/harness/targets/lab/debian-packages.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const tests = join(root, 'dist', 'test');
const emulator = 'qemu-s390x-static';
const source = { architecture: 's390x', release: 'trixie' };
/** Node, and what it is linked with or loads by itself. */
const packages = [
  'nodejs libnode115 libc6 libstdc++6 libgcc-s1 libuv1t64 libbrotli1 libcares2 libicu76 libnghttp2-14 libssl3t64 zlib1g',
  'libzstd1 node-acorn node-cjs-module-lexer node-minimatch node-undici',
]
  .join(' ')
  .split(' ');

/** What cannot be decided here, by the beginning of the file's name below dist/test. */
const leftOutByName = [
  ['harness/doctor/', 'it looks for programs of this machine, not of the emulated one'],
  ['harness/runner/execute', 'it measures time limits, which an emulated processor does not keep'],
  ['harness/runner/real-target', 'it measures time limits, which an emulated processor does not keep'],
  ['harness/targets/lab/boot', 'it starts the lab, whose guardian is a process that would not be emulated'],
  ['harness/targets/lab/kernel', 'it builds kernels, with processes that would not be emulated'],
  ['plugins-api/loader', 'it holds plugins to a time limit, which an emulated processor does not keep'],
  ['bench/', 'it measures time'],
];

/** Where a program of the s390x root is. @returns {Promise<string>} the root folder of Node and its libraries */
async function nodeRoot() {
  const [version] = await packageVersions('nodejs', source);
  const folder = cacheFolder('node-s390x', version);
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(join(folder, 'usr', 'bin', 'node'))) return folder;
    const part = `${folder}.part`;
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    for (const name of packages) {
      process.stderr.write(`bringing ${name} for s390x\n`);
      const [newest] = await packageVersions(name, source);
      await unpackPackage(await downloadPackage(name, newest, source), part);
    }
    await symlink('usr/lib', join(part, 'lib')).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
    await rename(part, folder);
    return folder;
  });
}

/** Why a test file is left out, or undefined. */
function leftOut(file) {
  const name = relative(tests, file);
  const named = leftOutByName.find(([start]) => name.startsWith(start));
  if (named !== undefined) return named[1];
  return startsProcesses(file, new Set()) ? 'it starts processes, which would not be emulated' : undefined;
}

/** True if the file, or a helper among the tests that it imports, starts processes. */
function startsProcesses(file, seen) {
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (text.includes('process.execPath')) return true;
  const imports = [...text.matchAll(/(?:from|import) ?\(?'([^']+)'/g)].map(([, name]) => name);
  return imports.some((name) => {
    if (name === 'node:child_process' || /\/src\/harness\/process\//.test(name)) return true;
    const path = resolve(dirname(file), name);
    return name.startsWith('.') && path.startsWith(tests) && startsProcesses(path, seen);
  });
}

const words = process.argv.slice(2).map((word) =>
  resolve(
    root,
    relative(root, resolve(word))
      .replace(/^test\//, 'dist/test/')
      .replace(/\.ts$/, '.js'),
  ),
);
const all = readdirSync(tests, { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => join(tests, name));
const chosen = words.length > 0 ? words : all;
const reasons = new Map(chosen.map((file) => [file, words.length > 0 ? undefined : leftOut(file)]));
// The largest first, so that none of them is what everybody waits for at the end.
const queue = chosen
  .filter((file) => reasons.get(file) === undefined)
  .sort((a, b) => statSync(b).size - statSync(a).size);

requirePrograms([emulator]);
const sysroot = await nodeRoot();
const totals = { passes: 0, failures: 0, pending: 0 };
const count = queue.length;
let done = 0;

/** One emulated process, which runs files until none is left. One that ends by itself fails its file, and another goes on. */
function runSome() {
  return new Promise((resolveAll) => {
    const inside = fileURLToPath(new URL('test-s390x-inside.mjs', import.meta.url));
    const child = spawn(emulator, ['-L', sysroot, join(sysroot, 'usr', 'bin', 'node'), inside], {
      cwd: root,
      stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
    });
    let file;
    const next = () => {
      file = queue.shift();
      if (file === undefined) child.stdin.end();
      else child.stdin.write(`${file}\n`);
    };
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdio[3] }).on('line', (line) => {
      report(JSON.parse(line));
      next();
    });
    child.on('error', (error) => {
      console.error(error.message);
      process.exitCode = 2;
      resolveAll();
    });
    child.on('close', (code) => {
      if (file === undefined) {
        resolveAll();
        return;
      }
      report({ file, passes: 0, failures: [`the process ended with ${code} in the middle`], pending: 0, seconds: 0 });
      resolveAll(runSome());
    });
    next();
  });
}

function report({ file, passes, failures, pending, seconds }) {
  done++;
  totals.passes += passes;
  totals.failures += failures.length;
  totals.pending += pending;
  const verdict = failures.length > 0 ? `${failures.length} failed` : 'passed';
  console.log(`[${done}/${count}] ${relative(tests, file)}: ${passes} ${verdict}, ${seconds} s`);
  for (const failure of failures) console.log(`    ${failure.replaceAll('\n', '\n    ')}`);
}

await Promise.all(Array.from({ length: Math.min(availableParallelism(), count) }, runSome));

const without = [...reasons].filter(([, reason]) => reason !== undefined);
if (without.length > 0) {
  console.log('left out:');
  for (const [file, reason] of without) console.log(`  ${relative(tests, file)}: ${reason}`);
}
console.log(`big-endian: ${totals.passes} passed, ${totals.failures} failed, ${totals.pending} skipped`);
process.exitCode ??= totals.failures > 0 || totals.passes === 0 ? 1 : 0;
