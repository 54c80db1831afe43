/** What `--kernel` can name. */

import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { CcwspecError } from '../../../errors/index.js';

/** A kernel as it was asked for. */
export type KernelName =
  | { readonly kind: 'image'; readonly path: string }
  | { readonly kind: 'tree'; readonly path: string }
  | {
      readonly kind: 'debian';
      /** `6.12`: what Debian's source package is named for */
      readonly series: string;
      /** Debian's version, `6.12.117-1~deb12u1`, or its beginning, `6.12.117`; undefined: the newest */
      readonly version: string | undefined;
    };

/** The kernel of a lab if none is named. */
export const DEFAULT_KERNEL = 'debian:6.12';

const DEBIAN = 'debian:';
const FORMS =
  'Name a bzImage, a kernel source tree, debian:6.12, debian:6.1, or an exact version such as debian:6.1.176-1.';

/**
 * Reads a value of `--kernel`.
 * @throws CcwspecError E-USAGE for a Debian version that cannot be one, E-LAB-KERNEL-IMAGE for a path where nothing is
 */
export async function kernelNamed(name: string): Promise<KernelName> {
  if (name.startsWith(DEBIAN)) return debianKernel(name.slice(DEBIAN.length));
  const path = resolve(name);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new CcwspecError('E-LAB-KERNEL-IMAGE', `there is nothing at ${path}`, FORMS);
  if (!found.isDirectory()) return { kind: 'image', path };
  const isTree = await Promise.all(['Kbuild', 'Makefile', 'arch/s390/Kconfig'].map((file) => exists(join(path, file))));
  if (isTree.every(Boolean)) return { kind: 'tree', path };
  throw new CcwspecError('E-LAB-KERNEL-IMAGE', `${path} is a folder, and no kernel source tree with arch/s390`, FORMS);
}

function debianKernel(version: string): KernelName {
  const [, series, rest] = /^(\d+\.\d+)((?:\.\d+)?(?:-[\w.+~]+)?)$/.exec(version) ?? [];
  if (series === undefined) throw new CcwspecError('E-USAGE', `'${DEBIAN}${version}' is no version of a kernel`, FORMS);
  return { kind: 'debian', series, version: rest === '' ? undefined : version };
}

/** True if `version` is the one that was asked for, or begins with it: 6.1.176 is any 6.1.176-N. */
export function isVersion(asked: string | undefined, version: string): boolean {
  return asked === undefined || version === asked || version.startsWith(`${asked}-`);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
