/** Programs of the guest that are compiled here. */

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { runProcess } from '../../../process/index.js';
import { cacheFolder, partOf } from '../cache.js';
import { packageFile } from '../debian-packages.js';
import { labFolder } from '../template.js';

const COMPILER = 's390x-linux-gnu-gcc';
/** Hercules executes the instructions of z10 and no newer ones. */
const FLAGS = ['-std=gnu11', '-O2', '-march=z10', '-Wall', '-Wextra', '-Werror', '-static', '-s'];

/**
 * The first process of the guest, compiled unless that was done before.
 * @throws CcwspecError E-PROCESS-MISSING if there is no cross compiler
 */
export async function buildInit(): Promise<string> {
  const source = join(labFolder, 'guest', 'init.c');
  const hash = createHash('sha256')
    .update(await readFile(source))
    .update(FLAGS.join(' '));
  const program = cacheFolder('guest', `init-${hash.digest('hex').slice(0, 12)}`);
  if ((await stat(program).catch(() => undefined)) !== undefined) return program;
  const part = partOf(program);
  await mkdir(dirname(program), { recursive: true });
  await runProcess(COMPILER, [...FLAGS, '-o', part, source], { timeLimit: 60_000 });
  await rename(part, program);
  return program;
}

/** busybox for the guest's shell, from Debian. @throws CcwspecError E-LAB-PACKAGE */
export function fetchBusybox(): Promise<string> {
  return packageFile('busybox-static', 'bin/busybox', { architecture: 's390x' });
}
