#!/usr/bin/env node
// npm test: install, build, run the project's own tests. Words behind `npm test --` are test files or -g PATTERN.
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import { prepare, root } from './prepare.mjs';

prepare();
const { default: Mocha } = await import('mocha');

const words = process.argv.slice(2);
const grepAt = words.findIndex((word) => word === '-g' || word === '--grep');
const [, pattern] = grepAt < 0 ? [] : words.splice(grepAt, 2);
const compiled = (file) =>
  resolve(
    root,
    relative(root, resolve(file))
      .replace(/^test\//, 'dist/test/')
      .replace(/\.ts$/, '.js'),
  );
const files = words.length > 0 ? words.map(compiled) : testFiles(join(root, 'dist', 'test'));

const mocha = new Mocha({
  reporter: process.stdout.isTTY && words.length > 0 ? 'spec' : 'dot',
  timeout: 60_000,
  ...(pattern === undefined ? {} : { grep: pattern }),
});
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();

process.chdir(root);
const leftOut = [];
const runner = mocha.run((failures) => {
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  if (leftOut.length > 0) {
    console.log('left out:');
    for (const { title, reason } of leftOut) console.log(`  ${title}: ${reason}`);
    console.log('');
  }
  console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  process.exit(failures > 0 || passes === 0 ? 1 : 0);
});
runner.on('pending', (test) => leftOut.push({ title: test.fullTitle(), reason: reasonOf(test) }));

function testFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => join(folder, name));
}

/** A test that leaves itself out says why with `leaveOut` (test/support/leave-out.ts), or in its title. */
function reasonOf(test) {
  const reasons = globalThis[Symbol.for('ccwspec.leftOut')];
  for (let at = test; at !== undefined; at = at.parent) {
    const reason = reasons?.get(at);
    if (reason !== undefined) return reason;
  }
  return 'it gives no reason';
}
