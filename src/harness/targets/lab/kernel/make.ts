/** Configures and builds a kernel out of its tree. */

import { availableParallelism } from 'node:os';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CcwspecError } from '../../../errors/index.js';
import { Guardian } from '../guardian/index.js';
import { requireParts } from '../packages.js';
import { missingOptions, type Configuration } from './configuration.js';

/** One build. */
export interface Build {
  /** the source tree: nothing in it is changed */
  readonly tree: string;
  /** folder for everything that the build makes; what an earlier build left there is used again */
  readonly objects: string;
  readonly configuration: Configuration;
  /** the file that make's words go to */
  readonly log: string;
  /** is told what takes time */
  readonly progress: (what: string) => void;
}

/** How often the progress is told, in milliseconds. */
const TELL = 15_000;

/** Lines of the log that an error shows. */
const SHOWN = 20;

/** Where in the objects the image comes to lie. */
export const IMAGE = join('arch', 's390', 'boot', 'bzImage');

/**
 * Builds `bzImage`, incrementally where something was built before.
 * @throws CcwspecError E-LAB-KERNEL-TREE if the tree was built in place, E-LAB-KERNEL-CONFIG if an option that the lab needs
 * is not in the kernel, E-LAB-KERNEL-BUILD with the last lines of the log, E-LAB-PACKAGE
 */
export async function buildKernel(build: Build): Promise<void> {
  const { tree, objects, configuration, log, progress } = build;
  requireParts('a kernel build', ['kernel', 'guest']);
  await refuseBuiltInPlace(tree);
  await mkdir(objects, { recursive: true });
  await rm(log, { force: true });
  const guardian = await Guardian.start();
  try {
    const make = (what: string, ...words: readonly string[]): Promise<void> => runMake(guardian, build, what, words);
    const dotConfig = join(objects, '.config');
    if (!(await isThere(dotConfig))) {
      await make('configuring', 'tinyconfig');
      await writeFile(dotConfig, configuration.text, { flag: 'a' });
    }
    await make('configuring', 'olddefconfig');
    const missing = missingOptions(configuration, await readFile(dotConfig, 'utf8'));
    if (missing.length > 0) {
      await rm(dotConfig);
      throw new CcwspecError('E-LAB-KERNEL-CONFIG', `the kernel of ${tree} cannot have ${missing.join(', ')}`);
    }
    const ticker = tellProgress(log, progress);
    try {
      await make('building', `-j${availableParallelism()}`, ...configuration.makeVariables, 'bzImage');
    } finally {
      clearInterval(ticker);
    }
  } finally {
    await guardian.close();
  }
}

async function runMake(
  guardian: Guardian,
  { tree, objects, log }: Build,
  what: string,
  words: readonly string[],
): Promise<void> {
  const common = [
    '-C',
    tree,
    `O=${objects}`,
    'ARCH=s390',
    'CROSS_COMPILE=s390x-linux-gnu-',
    'KBUILD_BUILD_HOST=ccwspec',
  ];
  // The user's own variables for kernel builds would change what comes out.
  const env = {
    ARCH: undefined,
    CROSS_COMPILE: undefined,
    KBUILD_OUTPUT: undefined,
    MAKEFLAGS: undefined,
    LC_ALL: 'C',
  };
  const running = await guardian.startProcess('make', [...common, ...words], { log, env });
  const { code } = await running.ended;
  if (code === 0) return;
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
  const errors = lines.filter((line) => /\b(?:error|Error)\b/.test(line)).slice(0, SHOWN / 2);
  const shown = [...errors, '…', ...lines.slice(-SHOWN)].map((line) => `    ${line}`).join('\n');
  throw new CcwspecError('E-LAB-KERNEL-BUILD', `${what} the kernel of ${tree} failed; the log is ${log}\n${shown}`);
}

/** The same test that the kernel's own Makefile makes, before it takes seconds to say so. */
async function refuseBuiltInPlace(tree: string): Promise<void> {
  for (const left of ['.config', 'include/config', 'arch/s390/include/generated']) {
    if (!(await isThere(join(tree, left)))) continue;
    throw new CcwspecError(
      'E-LAB-KERNEL-TREE',
      `${tree} has been built or configured in place (there is ${left}), and cannot be built elsewhere as it is`,
      `Run \`make -C ${tree} ARCH=s390 mrproper\` (it deletes .config), give \`git worktree add\` a clean copy, or name the bzImage.`,
    );
  }
}

function tellProgress(log: string, progress: (what: string) => void): NodeJS.Timeout {
  const start = Date.now();
  return setInterval(() => {
    void readFile(log, 'utf8').then((text) => {
      const compiled = text.match(/^ {2}(?:CC|AS) /gm)?.length ?? 0;
      progress(`building: ${compiled} files compiled, ${Math.round((Date.now() - start) / 1000)} s`);
    });
  }, TELL);
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
