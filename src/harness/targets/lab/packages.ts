/** What is missing here of what the lab needs, and how to get it. */

import { existsSync } from 'node:fs';

import { labNeeds, type LabPart, type Need } from '../../doctor/index.js';
import { CcwspecError } from '../../errors/index.js';
import { findProgram } from '../../process/index.js';
import type { LabOptions, Platform } from './lab.js';

/** Needs of the parts named, or of all, that are not met here. */
export function missingNeeds(parts: readonly LabPart[] = Object.keys(labNeeds) as LabPart[]): Need[] {
  return parts
    .flatMap((part): readonly Need[] => labNeeds[part])
    .filter(({ sign }) => (sign.startsWith('/') ? !existsSync(sign) : findProgram(sign) === undefined));
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
  const ownQemu = platform === 'qemu' && qemu !== undefined;
  requireParts(`lab:${platform}`, ownQemu ? ['guest'] : [platform, 'guest']);
}

/** @throws CcwspecError E-LAB-PACKAGE with all that `who` lacks of `parts`, and the one command that brings it */
export function requireParts(who: string, parts: readonly LabPart[]): void {
  const missing = missingNeeds(parts);
  if (missing.length === 0) return;
  const what = missing.map(({ debianPackage, neededFor }) => `${debianPackage} (for ${neededFor})`).join(', ');
  throw new CcwspecError(
    'E-LAB-PACKAGE',
    `${who} lacks ${what}`,
    `Run \`ccwspec lab setup --yes\`, or as root: ${installCommand(missing).join(' ')}`,
  );
}
