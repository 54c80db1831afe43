/** Kernels in the cache. */

import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { cacheFolder, identity, withLock, writeWhole } from '../cache.js';
import { countedFiles, loadConfiguration, type Configuration, type ConfigurationName } from './configuration.js';
import { sourceTree } from './debian-source.js';
import { buildKernel, IMAGE } from './make.js';

/** A kernel that can be booted. */
export interface Kernel {
  /** the bzImage */
  readonly image: string;
  /** what it was made from: `debian:6.12.117-1~deb12u1`, a tree's path, or the image's own */
  readonly source: string;
  /** undefined: somebody else configured it */
  readonly configuration: ConfigurationName | undefined;
  /** as `uname -r` gives it; undefined where the image does not show it */
  readonly release: string | undefined;
  /** a coverage kernel's object folder, with the .gcno files */
  readonly objects?: string;
  /** the folder with the sources that a coverage kernel was compiled from */
  readonly tree?: string;
}

/** What stands in an entry's kernel.json. */
export interface StoredKernel {
  readonly version: string;
  readonly configuration: ConfigurationName;
  readonly hash: string;
  readonly release: string;
  readonly source: string;
  /** ISO time */
  readonly made: string;
  /** seconds */
  readonly took: number;
}

export const kernelsFolder = (): string => cacheFolder('kernels');
const treesFolder = (): string => cacheFolder('trees');
const ENTRY = 'kernel.json';

/** Entries that are whole, newest version first. */
export async function storedKernels(): Promise<(StoredKernel & { readonly folder: string })[]> {
  const folder = kernelsFolder();
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name, ENTRY), 'utf8').catch(() => undefined);
      return text === undefined ? [] : [{ ...(JSON.parse(text) as StoredKernel), folder: join(folder, name) }];
    }),
  );
  return entries.flat().sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
}

/**
 * The kernel of a Debian source version: from the cache, or built.
 * @param version Debian's, exactly
 */
export async function debianKernel(
  series: string,
  version: string,
  configuration: Configuration,
  progress: (what: string) => void,
): Promise<Kernel> {
  const folder = join(kernelsFolder(), `${version}-${configuration.name}-${configuration.hash}`);
  const there = await stored(folder);
  if (there !== undefined) return there;
  return withLock(`${folder}.lock`, async () => (await stored(folder)) ?? build(), waitFor(progress));

  async function build(): Promise<Kernel> {
    const tree = await sourceTree(series, version, progress);
    const objects = join(folder, 'objects');
    const start = Date.now();
    progress(`building Linux ${version}, configuration ${configuration.name}; a few minutes, once`);
    await buildKernel({ tree, objects, configuration, log: join(folder, 'build.log'), progress });
    await copyFile(join(objects, IMAGE), join(folder, 'bzImage'));
    await copyFile(join(objects, '.config'), join(folder, 'config'));
    const release = (await readFile(join(objects, 'include/config/kernel.release'), 'utf8')).trim();
    if (configuration.name === 'coverage') await keepForCoverage(objects, tree, folder);
    else await rm(objects, { recursive: true });
    const entry: StoredKernel = {
      version,
      configuration: configuration.name,
      hash: configuration.hash,
      release,
      source: `debian:${version}`,
      made: new Date().toISOString(),
      took: Math.round((Date.now() - start) / 1000),
    };
    await writeWhole(join(folder, ENTRY), `${JSON.stringify(entry, undefined, 2)}\n`);
    progress(`built Linux ${version} in ${entry.took} s`);
    return kernelOf(entry, folder);
  }
}

/**
 * The kernel of a user's source tree: built once for each process that asks, incrementally. A machine that is booted again in the
 * middle of a run thus has the kernel that the run began with, whatever happened to the tree.
 */
export async function treeKernel(
  tree: string,
  configuration: Configuration,
  progress: (what: string) => void,
): Promise<Kernel> {
  const path = await realpath(tree);
  const id = createHash('sha256').update(path).digest('hex').slice(0, 12);
  const folder = join(treesFolder(), `${basename(path)}-${id}-${configuration.name}-${configuration.hash}`);
  return withLock(
    `${folder}.lock`,
    async () => {
      await mkdir(folder, { recursive: true });
      const objects = join(folder, 'objects');
      const stamp = join(folder, 'built-for');
      const us = await identity(process.pid);
      if ((await readFile(stamp, 'utf8').catch(() => '')) !== us) {
        await writeWhole(join(folder, 'tree'), `${path}\n`);
        progress(`building ${path}, configuration ${configuration.name}`);
        await buildKernel({ tree: path, objects, configuration, log: join(folder, 'build.log'), progress });
        await writeWhole(stamp, us);
      }
      const release = (await readFile(join(objects, 'include/config/kernel.release'), 'utf8')).trim();
      const image = join(objects, IMAGE);
      return { image, source: path, configuration: configuration.name, release, objects, tree: path };
    },
    waitFor(progress),
  );
}

const waitFor =
  (progress: (what: string) => void) =>
  (holder: number): void => {
    progress(`waiting for process ${holder}, which builds the same kernel`);
  };

async function stored(folder: string): Promise<Kernel | undefined> {
  const text = await readFile(join(folder, ENTRY), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : kernelOf(JSON.parse(text) as StoredKernel, folder);
}

/** The kernel of a stored entry. */
export function kernelOf({ source, configuration, release }: StoredKernel, folder: string): Kernel {
  const kernel = { image: join(folder, 'bzImage'), source, configuration, release };
  return configuration === 'coverage'
    ? { ...kernel, objects: join(folder, 'objects'), tree: join(folder, 'tree') }
    : kernel;
}

/** Of a coverage build stay the counted files: their .gcno beside their objects' places, and their sources. */
async function keepForCoverage(objects: string, tree: string, folder: string): Promise<void> {
  const place = 'drivers/s390/cio';
  const kept = join(folder, 'kept', place);
  await mkdir(kept, { recursive: true });
  await mkdir(join(folder, 'tree', place), { recursive: true });
  for (const file of countedFiles) {
    await copyFile(join(objects, place, `vfio_ccw_${file}.gcno`), join(kept, `vfio_ccw_${file}.gcno`));
  }
  for (const file of await readdir(join(tree, place))) {
    if (file.startsWith('vfio_ccw')) await copyFile(join(tree, place, file), join(folder, 'tree', place, file));
  }
  await rm(objects, { recursive: true });
  await rename(join(folder, 'kept'), objects);
}

/** Something in the cache that is not needed any more. */
export interface Prunable {
  readonly path: string;
  readonly why: string;
}

/**
 * What can go: kernels of configurations as they no longer are, unpacked sources, builds of trees that are gone.
 * @param everything kernels and packages that are still good, too
 */
export async function prunable(everything: boolean): Promise<Prunable[]> {
  const found: Prunable[] = [];
  for (const { folder, configuration, hash } of await storedKernels()) {
    const current = (await loadConfiguration(configuration)).hash === hash;
    if (everything || !current)
      found.push({ path: folder, why: current ? 'kernel' : 'kernel of an older configuration' });
  }
  for (const name of await readdir(treesFolder()).catch(() => [])) {
    const path = join(treesFolder(), name);
    const tree = await readFile(join(path, 'tree'), 'utf8').catch(() => '');
    const gone = (await stat(tree.trim()).catch(() => undefined)) === undefined;
    if (!name.endsWith('.lock') && (everything || gone)) found.push({ path, why: `build of ${tree.trim()}` });
  }
  for (const [folder, why] of [['sources', 'unpacked sources'], ...(everything ? packageFolders : [])] as const) {
    const path = cacheFolder(folder);
    if ((await stat(path).catch(() => undefined)) !== undefined) found.push({ path, why });
  }
  return found;
}

const packageFolders = [
  ['packages', 'downloaded packages'],
  ['apt', 'package lists'],
] as const;

/** Bytes below a folder. */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return found?.size ?? 0;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Removes something prunable, unless a build is busy with it; waits for that. */
export async function removePruned(path: string): Promise<void> {
  await withLock(`${path}.lock`, () => rm(path, { recursive: true, force: true }));
}
