#!/usr/bin/env node
// Builds dist/ if a source is newer than the last build, and the command manifest with it.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isBuilt, noteBuilt } from './build-state.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A test whose source is gone would still run: what no source stands behind is removed from `folder`. */
function removeOrphans(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true })) {
    const source = name.replace(/\.(js|js\.map|d\.ts)$/, '.ts');
    if (source !== name && !existsSync(join(root, source))) rmSync(join(folder, name));
  }
}

if (isBuilt() && !process.argv.includes('--force')) process.exit(0);

if (process.argv.includes('--force')) rmSync(join(root, 'dist'), { recursive: true, force: true });
removeOrphans(join(root, 'dist'));
const compiler = join(root, 'node_modules', 'typescript-7', 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.json')], {
  stdio: 'inherit',
  cwd: root,
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
if (existsSync(join(root, 'scripts', 'manifest.mjs'))) {
  execFileSync(process.execPath, [join(root, 'scripts', 'manifest.mjs')], { stdio: 'inherit', cwd: root });
}
noteBuilt();
