/** What the lab needs of Debian, and how to get it. */

import { existsSync } from 'node:fs';

import { CcwspecError } from '../../errors/index.js';
import { findProgram } from '../../process/index.js';
import type { LabOptions, Platform } from './lab.js';

/** One thing that the lab needs. */
interface Need {
  readonly debianPackage: string;
  /** a program of the package, or a file of it with its path */
  readonly sign: string;
  readonly neededFor: string;
}

const agent: readonly Need[] = [
  { debianPackage: 'gcc-s390x-linux-gnu', sign: 's390x-linux-gnu-gcc', neededFor: 'the agent and kernels' },
  {
    debianPackage: 'libc6-dev-s390x-cross',
    sign: '/usr/s390x-linux-gnu/lib/libc.a',
    neededFor: 'the agent',
  },
];

const kernel: readonly Need[] = [
  { debianPackage: 'make', sign: 'make', neededFor: 'kernels' },
  { debianPackage: 'gcc', sign: 'gcc', neededFor: 'kernels' },
  { debianPackage: 'flex', sign: 'flex', neededFor: 'kernels' },
  { debianPackage: 'bison', sign: 'bison', neededFor: 'kernels' },
  { debianPackage: 'bc', sign: 'bc', neededFor: 'kernels' },
  { debianPackage: 'perl', sign: 'perl', neededFor: 'kernels' },
  { debianPackage: 'xz-utils', sign: 'xz', neededFor: 'kernel sources' },
];

const machines: Readonly<Record<Platform, readonly Need[]>> = {
  qemu: [{ debianPackage: 'qemu-system-misc', sign: 'qemu-system-s390x', neededFor: 'lab:qemu' }],
  hercules: [{ debianPackage: 'hercules', sign: 'hercules', neededFor: 'lab:hercules' }],
};

/** Everything that the lab needs, on both platforms. */
export const labNeeds: readonly Need[] = [...machines.qemu, ...machines.hercules, ...agent, ...kernel];

/** Needs of `needs` that are not met here. */
export function missingNeeds(needs: readonly Need[] = labNeeds): Need[] {
  return needs.filter(({ sign }) => findProgram(sign) === undefined && !(sign.startsWith('/') && existsSync(sign)));
}

/** The one command that installs what is missing of Debian, as words for a process. */
export function installCommand(needs: readonly Need[]): string[] {
  const names = [...new Set(needs.map(({ debianPackage }) => debianPackage))];
  return ['apt-get', 'install', '--yes', '--no-install-recommends', ...names];
}

/**
 * Says before anything starts what a boot would lack.
 * @throws CcwspecError E-LAB-PACKAGE
 */
export function requireLabPackages(platform: Platform, { qemu }: LabOptions): void {
  const machine = platform === 'qemu' && qemu !== undefined ? [] : machines[platform];
  const missing = missingNeeds([...machine, ...agent]);
  if (missing.length === 0) return;
  const what = missing.map(({ debianPackage, neededFor }) => `${debianPackage} (for ${neededFor})`).join(', ');
  throw new CcwspecError(
    'E-LAB-PACKAGE',
    `lab:${platform} lacks ${what}`,
    `Run \`ccwspec lab setup --yes\`, or as root: ${installCommand(missing).join(' ')}`,
  );
}
