/**
 * npm run test:bisect: the recipe of docs/lab.md, tried. Makes a git tree of three commits from Debian's kernel source, of which the
 * second breaks transfers in channel; bisects it with `ccwspec run`, and expects that commit to be named.
 *
 *   npm run test:bisect -- [--keep] [-- words and flags of `ccwspec run` in place of vfio-ccw]
 *
 * The first build takes minutes, the others seconds. With --keep, tree and build stay for the next time.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { cacheFolder } from '../../src/harness/targets/lab/index.js';
import { newestVersion, sourceTree } from '../../src/harness/targets/lab/kernel/debian-source.js';
import { storedKernels } from '../../src/harness/targets/lab/kernel/store.js';

const SERIES = '6.12';
const { values, positionals } = parseArgs({
  options: { keep: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const words = positionals.length > 0 ? positionals : ['vfio-ccw'];
const binary = fileURLToPath(new URL('../../../bin/ccwspec.js', import.meta.url));
// The same place each time: a build belongs to the place of its tree.
const tree = cacheFolder('bisect', `linux-${SERIES}`);
const output = await mkdtemp(join(tmpdir(), 'ccwspec-bisect-'));
const recipe = ['run', ...words, '--target', 'lab:qemu', '--kernel', '.', '--bisect', '--output', output];

const person = { NAME: 'ccwspec', EMAIL: 'ccwspec@localhost' };
const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) =>
      Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    ),
  ),
};

function git(...args: readonly string[]): string {
  const settings = ['core.compression=0', 'gc.auto=0', 'core.autocrlf=false'].flatMap((setting) => ['-c', setting]);
  return execFileSync('git', [...settings, ...args], { cwd: tree, env, encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
}

function say(what: string): void {
  console.error(`bisect: ${what}`);
}

const IMPORTED = 'The kernel as Debian has it';
const BREAKS = 'vfio-ccw: the target of a TIC is one CCW further on';
const HARMLESS = 'vfio-ccw: a remark';

/** Makes the tree with its first commit, unless it is there from the last time. */
async function makeTree(): Promise<void> {
  if (existsSync(join(tree, '.git', 'imported'))) {
    git('bisect', 'reset');
    git('checkout', '--quiet', '--force', '-B', 'main', readFileSync(join(tree, '.git', 'imported'), 'utf8').trim());
    return;
  }
  const stored = (await storedKernels()).find(({ version }) => version.startsWith(`${SERIES}.`));
  const version = stored?.version ?? (await newestVersion({ kind: 'debian', series: SERIES, version: undefined }));
  const source = await sourceTree(SERIES, version, say);
  say(`copying ${source}`);
  await rm(tree, { recursive: true, force: true });
  execFileSync('mkdir', ['-p', tree]);
  // Links: git and sed write new files, and the build writes elsewhere.
  execFileSync('cp', ['--archive', '--link', `${source}/.`, tree]);
  say('committing it');
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all', '--force', '.');
  git('commit', '--quiet', '--message', IMPORTED);
  writeFileSync(join(tree, '.git', 'imported'), git('rev-parse', 'HEAD'));
}

/** Changes the one line of `file` that `pattern` matches, and commits that. @returns the commit */
function change(file: string, pattern: string, replacement: string, subject: string): string {
  const path = join('drivers', 's390', 'cio', file);
  execFileSync('sed', ['--in-place', `s/${pattern}/${replacement}/`, path], { cwd: tree });
  const [numbers] = git('diff', '--numstat').split('\n');
  if (numbers?.replaceAll('\t', ' ') !== `1 1 ${path}`)
    throw new Error(`${path} has not one line like ${pattern}: ${numbers ?? ''}`);
  git('commit', '--quiet', '--all', '--message', subject);
  return git('rev-parse', 'HEAD');
}

/** Runs the recipe on what is checked out. @throws Error with what it said, if it does not end with `expected` */
function expectExit(where: string, expected: number): void {
  const { status, stdout } = spawnSync(process.execPath, [binary, ...recipe], {
    cwd: tree,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== expected) console.error(stdout);
  expectEqual(`exit code on ${where}`, status, expected);
}

function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: ${String(found)}, and not ${String(expected)}`);
  say(`${what}: ${String(found)}, as expected`);
}

try {
  await makeTree();
  const good = git('rev-parse', 'HEAD');
  const breaks = change(
    'vfio_ccw_cp.c',
    '\\(offset = .*\\) - ccw_head;',
    '\\1 - ccw_head + sizeof(struct ccw1);',
    BREAKS,
  );
  const harmless = change('vfio_ccw_drv.c', '^ \\* VFIO based .*', '&, with a remark', HARMLESS);
  git('checkout', '--quiet', good);
  expectExit('the good commit', 0);
  git('checkout', '--quiet', harmless);
  expectExit('the last commit', 1);
  git('bisect', 'start', harmless, good);
  const said = git('bisect', 'run', process.execPath, binary, ...recipe);
  git('bisect', 'reset');
  expectEqual('the first bad commit', /^(\w{40}) is the first bad commit$/m.exec(said)?.[1], breaks);
  expectEqual('changes in the tree', git('status', '--porcelain'), '');
  console.log('1 passed, 0 failed, 0 skipped');
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
} finally {
  rmSync(output, { recursive: true, force: true });
  if (!values.keep) {
    rmSync(tree, { recursive: true, force: true });
    for (const build of buildsOf(tree)) rmSync(build, { recursive: true, force: true });
  }
}

/** Where the lab keeps what it built from a tree. */
function buildsOf(place: string): string[] {
  const folder = cacheFolder('trees');
  const isOfTree = (build: string): boolean =>
    existsSync(join(build, 'tree')) && readFileSync(join(build, 'tree'), 'utf8').trim() === place;
  return existsSync(folder)
    ? readdirSync(folder)
        .map((name) => join(folder, name))
        .filter(isOfTree)
    : [];
}
