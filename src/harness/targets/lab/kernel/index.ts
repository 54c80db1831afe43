/**
 * Kernels for the lab: `names` reads what `--kernel` names, `image` looks into a bzImage, `configuration` puts fragments
 * together, `debian-source` brings Debian's sources, `make` builds, `store` keeps what was built.
 */

import { readFile, stat } from 'node:fs/promises';

import { CcwspecError } from '../../../errors/index.js';
import { configurationNamed, indispensable, loadConfiguration } from './configuration.js';
import { newestVersion, type DebianKernel } from './debian-source.js';
import { examineImage } from './image.js';
import { DEFAULT_KERNEL, isVersion, kernelNamed } from './names.js';
import { debianKernel, kernelOf, storedKernels, treeKernel, type Kernel } from './store.js';

export { configurationNames, configurationNamed, countedFiles, type ConfigurationName } from './configuration.js';
export { DEFAULT_KERNEL } from './names.js';
export {
  prunable,
  removePruned,
  sizeOf,
  storedKernels,
  type Kernel,
  type Prunable,
  type StoredKernel,
} from './store.js';

/** What kernel is wanted. */
export interface KernelWish {
  /** as `--kernel` names it; DEFAULT_KERNEL if left out */
  readonly kernel?: string | undefined;
  /** as `--kernel-config` names it; base if left out */
  readonly configuration?: string | undefined;
  /** true: look in the archive whether there is a newer version than the one in the cache */
  readonly newest?: boolean;
  /** is told what takes time */
  readonly progress: (what: string) => void;
}

/**
 * The kernel that is wanted: looked at, taken from the cache, or built.
 * @throws CcwspecError E-LAB-KERNEL-IMAGE, E-LAB-KERNEL-DRIVER, E-LAB-KERNEL-TREE, E-LAB-KERNEL-CONFIG, E-LAB-KERNEL-BUILD,
 * E-LAB-PACKAGE, E-USAGE
 */
export async function findKernel(wish: KernelWish): Promise<Kernel> {
  const name = await kernelNamed(wish.kernel ?? DEFAULT_KERNEL);
  const wanted = configurationNamed(wish.configuration ?? 'base');
  if (name.kind === 'image') return ownImage(name.path, wish.configuration);
  if (name.kind === 'tree') return treeKernel(name.path, await loadConfiguration(wanted), wish.progress);
  const configuration = await loadConfiguration(wanted);
  if (wish.newest !== true) {
    const there = (await storedKernels()).find(
      (entry) => isOf(name, entry.version) && entry.configuration === wanted && entry.hash === configuration.hash,
    );
    if (there !== undefined) return kernelOf(there, there.folder);
  }
  return debianKernel(name.series, await newestVersion(name), configuration, wish.progress);
}

function isOf({ series, version }: DebianKernel, candidate: string): boolean {
  return candidate.startsWith(`${series}.`) && isVersion(version, candidate);
}

async function ownImage(path: string, configuration: string | undefined): Promise<Kernel> {
  const image = await examineImage(path);
  if (configuration !== undefined) {
    throw new CcwspecError(
      'E-USAGE',
      `--kernel-config ${configuration} has no say in ${path}, which has its configuration already`,
      'Leave --kernel-config out, or name the source tree.',
    );
  }
  const known = image.configuration ?? (await besideOf(path));
  const lines = known === undefined ? undefined : new Set(known.split('\n'));
  const missing = lines === undefined ? [] : indispensable.filter((option) => !lines.has(option));
  if (missing.length > 0) {
    const modular = missing.filter((option) => lines?.has(option.replace(/y$/, 'm')) === true);
    const how = modular.length > 0 ? ` (${modular.join(', ').replaceAll('=y', '=m')}: the lab loads no modules)` : '';
    throw new CcwspecError('E-LAB-KERNEL-DRIVER', `${path} was configured without ${missing.join(', ')}${how}`);
  }
  return { image: path, source: path, configuration: undefined, release: image.release };
}

/** Where the configuration lies that an image was made with: in its build folder, or with it in /boot. */
const besides: readonly (readonly [image: RegExp, configuration: string])[] = [
  [/\/arch\/s390\/boot\/bzImage$/, '/.config'],
  [/\/vmlinuz-([^/]+)$/, '/config-$1'],
];

async function besideOf(path: string): Promise<string | undefined> {
  const [pattern, configuration] = besides.find(([image]) => image.test(path)) ?? [];
  if (pattern === undefined || configuration === undefined) return undefined;
  const beside = path.replace(pattern, configuration);
  const [image, found] = await Promise.all([stat(path), stat(beside).catch(() => undefined)]);
  return found === undefined || found.mtimeMs > image.mtimeMs ? undefined : readFile(beside, 'utf8');
}
