// What `npm start` and `npm test` do first: install what is missing, build what is out of date.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isBuilt } from './build-state.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

const modified = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** npm writes node_modules/.package-lock.json last: older than the lock file, or a package gone, means that an install is due. */
function installed() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = Object.keys({ ...dependencies, ...devDependencies });
  return (
    modified('node_modules/.package-lock.json') >= modified('package-lock.json') &&
    names.every((name) => existsSync(join(root, 'node_modules', name, 'package.json')))
  );
}

/** Runs a program of the project; its failure ends this process with the same code. */
export function runOrExit(command, args, failure) {
  const ended = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (ended.status === 0) return;
  console.error(`\n${failure}`);
  process.exit(ended.status ?? 1);
}

export function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`ccwspec needs Node 20.19 or newer; this is ${process.versions.node}.`);
    process.exit(2);
  }
  if (!installed()) {
    console.error('installing packages (npm ci) …');
    runOrExit(
      'npm',
      ['ci', '--no-audit', '--no-fund'],
      'The packages could not be installed: see what npm says above. Check the network and `npm config get registry`, then try again.',
    );
  }
  if (isBuilt()) return;
  runOrExit(
    process.execPath,
    [join(root, 'scripts', 'build.mjs')],
    'The build failed: see what the compiler says above.',
  );
}
