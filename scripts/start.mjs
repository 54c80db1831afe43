#!/usr/bin/env node
// npm start: install, build, run the default suite on the model. Words behind `npm start --` go to `ccwspec run`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { prepare, root } from './prepare.mjs';

prepare();
const run = spawn(process.execPath, [join(root, 'bin', 'ccwspec.js'), 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// The terminal sends Ctrl-C to the whole group: the run ends by itself, with its reports, and its code is ours. A signal
// that was sent to this process alone is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => run.kill('SIGTERM'));
run.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 2);
});
