/**
 * Brings Debian packages without root and without touching the system's apt: of this machine's own architecture with its own
 * package lists, of another architecture or release with lists of our own in the cache folder.
 */

import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { CcwspecError } from '../../errors/index.js';
import { requirePrograms, runProcess } from '../../process/index.js';
import { cacheFolder, partOf, withLock } from './cache.js';

/** Where packages are looked for. */
export interface PackageSource {
  /** Debian architecture, `s390x`; this machine's own lists if both are left out */
  readonly architecture?: string;
  /** Debian release, `trixie`; this machine's own if left out */
  readonly release?: string;
}

/** How old lists of our own may be, in milliseconds, before they are fetched again. */
const FRESH = 24 * 3600 * 1000;
const LIST_LIMIT = 180_000;
const DOWNLOAD_LIMIT = 900_000;

/**
 * Versions of a package that can be had, newest first.
 * @throws CcwspecError E-LAB-PACKAGE if there is none
 */
export async function packageVersions(name: string, source: PackageSource = {}): Promise<string[]> {
  const options = await aptOptions(source);
  const { output } = await runProcess('apt-cache', [...options, 'madison', name], { timeLimit: LIST_LIMIT });
  const rows = output.split('\n').map((line) => line.split('|').map((column) => column.trim()));
  const versions = rows.flatMap(([found, version]) => (found === name && version !== undefined ? [version] : []));
  if (versions.length > 0) return [...new Set(versions)];
  throw new CcwspecError(
    'E-LAB-PACKAGE',
    `apt has no package ${name}${source.release === undefined ? '' : ` in ${source.release}`}`,
    'Run `apt-get update` as root, and check that /etc/apt has a Debian archive as a source.',
  );
}

/**
 * Downloads a package into the cache, unless it is there.
 * @param version exactly as Debian has it
 * @returns the path of the .deb file
 */
export async function downloadPackage(name: string, version: string, source: PackageSource = {}): Promise<string> {
  const folder = cacheFolder('packages');
  const there = await cached(folder, name, version, source);
  if (there !== undefined) return there;
  return withLock(join(folder, `${name}.lock`), async () => {
    const meanwhile = await cached(folder, name, version, source);
    if (meanwhile !== undefined) return meanwhile;
    const options = await aptOptions(source);
    const part = join(folder, `.part-${name}-${process.pid}`);
    await mkdir(part, { recursive: true });
    try {
      await runProcess('apt-get', [...options, ...asUser, 'download', `${name}=${version}`], {
        cwd: part,
        timeLimit: DOWNLOAD_LIMIT,
        group: true,
      });
      const file = (await readdir(part)).find((entry) => entry.endsWith('.deb'));
      if (file === undefined) throw new CcwspecError('E-LAB-PACKAGE', `apt-get download brought no ${name} ${version}`);
      await rename(join(part, file), join(folder, file));
      return join(folder, file);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  });
}

/** apt gives up its rights for a download where it can; the cache is a folder that only its user may read. */
const asUser = ['-o', 'APT::Sandbox::User=root', '-qq'];

async function cached(
  folder: string,
  name: string,
  version: string,
  source: PackageSource,
): Promise<string | undefined> {
  const start = `${name}_${version.replace(':', '%3a')}_`;
  const files = await readdir(folder).catch(() => []);
  const architectures = source.architecture === undefined ? undefined : [source.architecture, 'all'];
  const found = files.find(
    (file) =>
      file.startsWith(start) &&
      file.endsWith('.deb') &&
      (architectures?.some((architecture) => file === `${start}${architecture}.deb`) ?? true),
  );
  return found === undefined ? undefined : join(folder, found);
}

/** Unpacks a package's files into a folder. */
export async function unpackPackage(deb: string, folder: string): Promise<void> {
  requirePrograms(['dpkg-deb']);
  await mkdir(folder, { recursive: true });
  await runProcess('dpkg-deb', ['-x', deb, folder]);
}

/**
 * One file out of a package of another architecture, cached.
 * @param file its path in the package, without a leading slash
 * @returns the path of the unpacked file
 */
export async function packageFile(name: string, file: string, source: PackageSource): Promise<string> {
  const folder = cacheFolder('packages', `${name}-${source.release ?? 'own'}-${source.architecture ?? 'own'}`);
  const path = join(folder, file);
  if (await exists(path)) return path;
  const [version = ''] = await packageVersions(name, source);
  const deb = await downloadPackage(name, version, source);
  const part = partOf(folder);
  await unpackPackage(deb, part);
  await rename(part, folder).catch(() => rm(part, { recursive: true, force: true }));
  if (await exists(path)) return path;
  throw new CcwspecError('E-LAB-PACKAGE', `${basename(deb)} has no file ${file}`);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Options of apt for `source`; none for the machine's own lists. */
async function aptOptions(source: PackageSource): Promise<string[]> {
  requirePrograms(['apt-get', 'apt-cache']);
  if (source.architecture === undefined && source.release === undefined) return [];
  const { uri, release, keyring } = await ownArchive();
  const wanted = { architecture: source.architecture ?? 'amd64', release: source.release ?? release };
  const folder = cacheFolder('apt', `${wanted.release}-${wanted.architecture}`);
  const options = await privateState(folder, wanted.architecture);
  const list = join(folder, 'sources.list');
  return withLock(join(folder, 'lock'), async () => {
    const age = Date.now() - ((await stat(join(folder, 'updated')).catch(() => undefined))?.mtimeMs ?? 0);
    if (age < FRESH) return options;
    await writeFile(list, `deb [signed-by=${keyring}] ${uri} ${wanted.release} main\n`);
    await runProcess('apt-get', [...options, ...asUser, 'update'], { timeLimit: LIST_LIMIT, group: true });
    await writeFile(join(folder, 'updated'), '');
    return options;
  });
}

async function privateState(folder: string, architecture: string): Promise<string[]> {
  const settings = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferencesparts': '-',
    'APT::Architecture': architecture,
    'Acquire::Languages': 'none',
  };
  await mkdir(join(folder, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '', { flag: 'a' });
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  // Without this, apt adds the architectures that dpkg knows of.
  return [...options, '-o', 'APT::Architectures::=', '-o', `APT::Architectures::=${architecture}`];
}

/** The Debian archive that this machine is itself installed from. */
interface Archive {
  readonly uri: string;
  readonly release: string;
  readonly keyring: string;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** @throws CcwspecError E-LAB-PACKAGE if /etc/apt names no Debian archive */
async function ownArchive(): Promise<Archive> {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => []);
  const files = ['/etc/apt/sources.list', ...parts.sort().map((part) => join('/etc/apt/sources.list.d', part))];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const found = file.endsWith('.sources') ? archiveInParagraphs(text) : archiveInLines(text);
    if (found !== undefined) return { ...found, keyring: KEYRING };
  }
  throw new CcwspecError(
    'E-LAB-PACKAGE',
    'packages of another architecture come from a Debian archive, and /etc/apt names none',
    'This part of the lab needs a Debian machine.',
  );
}

/** An archive's path ends with its name: `…/debian`. */
const ARCHIVE = /\/debian\/?$/;

/** The archive that a file in the one-line style names. */
export function archiveInLines(text: string): Omit<Archive, 'keyring'> | undefined {
  for (const line of text.split('\n')) {
    const [, uri, release] = /^deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s/.exec(line) ?? [];
    if (uri !== undefined && release !== undefined && ARCHIVE.test(uri)) return { uri, release };
  }
  return undefined;
}

/** The archive that a file in the deb822 style names. */
export function archiveInParagraphs(text: string): Omit<Archive, 'keyring'> | undefined {
  for (const paragraph of text.split(/\n\s*\n/)) {
    const uri = /^URIs:\s*(\S+)/m.exec(paragraph)?.[1];
    const release = /^Suites:\s*(\S+)/m.exec(paragraph)?.[1];
    if (uri !== undefined && release !== undefined && ARCHIVE.test(uri)) return { uri, release };
  }
  return undefined;
}
