/** Where programs are, and which Debian package has those that are not here. */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { CcwspecError } from '../errors/index.js';

/** Debian's package for each program that something of ours starts. */
const packages: Readonly<Record<string, string>> = {
  'apt-cache': 'apt',
  'apt-get': 'apt',
  bc: 'bc',
  bison: 'bison',
  cc: 'gcc',
  dasdinit: 'hercules',
  'dpkg-deb': 'dpkg',
  flex: 'flex',
  gcc: 'gcc',
  gcov: 'gcc',
  git: 'git',
  hercules: 'hercules',
  make: 'make',
  perl: 'perl',
  'qemu-s390x-static': 'qemu-user-static',
  'qemu-system-s390x': 'qemu-system-misc',
  's390x-linux-gnu-gcc': 'gcc-s390x-linux-gnu',
  's390x-linux-gnu-gcov': 'gcc-s390x-linux-gnu',
  's390x-linux-gnu-ld': 'binutils-s390x-linux-gnu',
  setpriv: 'util-linux',
  ssh: 'openssh-client',
  tar: 'tar',
  xz: 'xz-utils',
};

/** Debian's package for a program's name, or undefined if it is not one that we know. */
export function packageOf(program: string): string | undefined {
  return packages[program];
}

/** The path of a program: itself if it has a slash, else the first of that name in PATH. @returns undefined if there is none */
export function findProgram(program: string): string | undefined {
  if (program.includes('/')) return isExecutable(program) ? program : undefined;
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Says at once everything that is missing of `programs`.
 * @throws CcwspecError E-PROCESS-MISSING naming the programs and the one command that brings their packages
 */
export function requirePrograms(programs: readonly string[]): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) throw missingPrograms(missing);
}

/** The error for programs that are not here. */
export function missingPrograms(programs: readonly string[]): CcwspecError {
  const what = programs.length === 1 ? `there is no program ${programs.join()}` : `there are no ${programs.join(', ')}`;
  const found = new Set(programs.map(packageOf).filter((name) => name !== undefined));
  return found.size === 0
    ? new CcwspecError('E-PROCESS-MISSING', what)
    : new CcwspecError('E-PROCESS-MISSING', what, `On Debian: apt-get install ${[...found].join(' ')}`);
}
