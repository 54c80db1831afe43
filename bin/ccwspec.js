#!/usr/bin/env node
// The CLI's entry: everything else is in dist/, which `npm run build` makes from src/.
import { existsSync } from 'node:fs';
import module from 'node:module';
import v8 from 'node:v8';
import { fileURLToPath } from 'node:url';

// For `git bisect run`, a program that cannot start says nothing about a commit.
const cannotStart = process.argv.includes('--bisect') ? 125 : 2;
const main = new URL('../dist/src/cli/main.js', import.meta.url);

// Loading takes a moment: Ctrl-C in it ends as Ctrl-C does later.
const interrupted = () => process.exit(130);
process.on('SIGINT', interrupted);

// Node 22 and later keep what they compiled.
module.enableCompileCache?.();
// A run is hundreds of short cases: compiling what was called a few hundred times costs more than it ever saves. Measured on
// Node 20, whose V8 has the flag; others are left as they are.
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--interrupt-budget=1000000');

if (existsSync(fileURLToPath(main))) {
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
