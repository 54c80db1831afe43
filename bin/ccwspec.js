#!/usr/bin/env node
// The CLI's entry: everything else is in dist/, which `npm run build` makes from src/.
import { existsSync } from 'node:fs';
import module from 'node:module';
import v8 from 'node:v8';
import { fileURLToPath } from 'node:url';

// For `git bisect run`, a program that cannot start says nothing about a commit.
const cannotStart = process.argv.includes('--bisect') ? 125 : 2;
const main = new URL('../dist/src/cli/main.js', import.meta.url);
const thread = new URL('../dist/src/cli/bench-thread.js', import.meta.url);

// Loading takes a moment: Ctrl-C in it ends as Ctrl-C does later.
const interrupted = () => process.exit(130);
process.on('SIGINT', interrupted);

// Node 22 and later keep what they compiled.
module.enableCompileCache?.();
// A run is hundreds of short cases: most of what V8 would compile a second time, optimized, never earns that back. Measured on
// Node 20, whose V8 has the flag: a fifth less processor time; others are left as they are.
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--interrupt-budget=300000');

if (existsSync(fileURLToPath(main))) {
  // A run has a second thread, which loads for as long as this one: it is started before anything else is loaded.
  if (process.argv[2] === 'run') (await import(thread.href)).startBenchThread();
  const { runCli } = await import(main.href).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write(
      `E-INSTALL: ccwspec cannot be loaded: ${error.message}\n  Run \`npm ci\` in its folder, or \`npm start\`, which does it by itself.\n`,
    );
    process.exit(cannotStart);
  });
  await runCli(process.argv.slice(2), fileURLToPath(new URL('..', import.meta.url)), interrupted);
} else {
  process.stderr.write('ccwspec is not built yet.\n  Run `npm run build` in its folder.\n');
  process.exitCode = cannotStart;
}
