/** Debian's kernel sources: found, downloaded and unpacked into the cache. */

import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { CcwspecError } from '../../../errors/index.js';
import { requirePrograms, runProcess } from '../../../process/index.js';
import { cacheFolder, partOf, withLock } from '../cache.js';
import { downloadPackage, packageVersions, unpackPackage } from '../debian-packages.js';
import { isVersion, type KernelName } from './names.js';

export type DebianKernel = Extract<KernelName, { kind: 'debian' }>;

/** What no build for s390 reads, and what makes up half of the tree. */
const leftOut = ['drivers/gpu/drm/*/*.[ch]', 'drivers/gpu/drm/*/*/*.[ch]', 'sound/*.[ch]', 'Documentation/*.rst'];
/** Kconfig files in there are still named by others. */
const UNPACK_LIMIT = 900_000;

/**
 * The version that a name stands for: the newest one in the archive that it fits.
 * @throws CcwspecError E-LAB-PACKAGE if there is none, naming those that there are
 */
export async function newestVersion({ series, version }: DebianKernel): Promise<string> {
  const versions = await packageVersions(`linux-source-${series}`);
  const found = versions.find((candidate) => isVersion(version, candidate));
  if (found !== undefined) return found;
  throw new CcwspecError(
    'E-LAB-PACKAGE',
    `the archive has no linux-source-${series} ${version ?? ''}; it has ${versions.join(', ')}`,
    'Name one of those, or give a kernel source tree or a bzImage.',
  );
}

/**
 * The source tree of a version, unpacked when it is first asked for. It stays as it is: builds go elsewhere.
 * @param version Debian's, exactly
 * @param progress is told what takes time
 * @returns its folder
 */
export async function sourceTree(series: string, version: string, progress: (what: string) => void): Promise<string> {
  const name = `linux-source-${series}`;
  const tree = cacheFolder('sources', `${name}_${version}`);
  if (await isThere(tree)) return tree;
  requirePrograms(['tar', 'xz', 'dpkg-deb']);
  return withLock(`${tree}.lock`, async () => {
    if (await isThere(tree)) return tree;
    await removeParts(tree);
    progress(`downloading ${name} ${version} (about 150 MB)`);
    const deb = await downloadPackage(name, version);
    const part = partOf(tree);
    try {
      progress(`unpacking ${name} ${version}`);
      await unpackPackage(deb, join(part, 'package'));
      await unpackTarball(join(part, 'package', 'usr', 'src'), part);
      await rename(join(part, name), tree);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
    return tree;
  });
}

/** What a process that was killed had unpacked; nobody else is at work on this tree. */
async function removeParts(tree: string): Promise<void> {
  const names = await readdir(dirname(tree)).catch(() => []);
  const parts = names.filter((name) => name.startsWith(`${basename(tree)}.`) && name.endsWith('.part'));
  await Promise.all(parts.map((name) => rm(join(dirname(tree), name), { recursive: true, force: true })));
}

async function unpackTarball(from: string, to: string): Promise<void> {
  const tarball = (await readdir(from)).find((file) => /^linux-source-.*\.tar\.\w+$/.test(file));
  if (tarball === undefined) throw new CcwspecError('E-LAB-PACKAGE', `${from} holds no linux-source tarball`);
  await mkdir(to, { recursive: true });
  const exclude = leftOut.map((pattern) => `--exclude=*/${pattern}`);
  await runProcess('tar', [...exclude, '--wildcards', '-xf', join(from, tarball), '-C', to], {
    timeLimit: UNPACK_LIMIT,
    group: true,
  });
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
