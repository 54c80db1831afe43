/** Finding the entry file of a third-party plugin, and giving it the public entry `ccwspec/plugin`. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CcwspecError, messageOf } from '../harness/errors/index.js';

/** Where packages are looked up after the current folder: beside ccwspec itself, for global installations. */
const besideCcwspec = dirname(fileURLToPath(import.meta.url));

/**
 * The absolute path of a plugin's entry file. A specifier that begins with `.` or `/`, that ends as a module's file does, or that
 * names something in `from`, is a path; anything else is a package.
 * @throws CcwspecError E-PLUGIN-MISSING that says where was looked
 */
export function resolvePlugin(specifier: string, from: string): string {
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(from, specifier);
  if (existsSync(path)) return statSync(path).isDirectory() ? entryOfFolder(path) : path;
  if (/^\.|^file:|\.[cm]?[jt]s$/.test(specifier) || isAbsolute(specifier)) {
    throw new CcwspecError(
      'E-PLUGIN-MISSING',
      `there is no file or folder ${path}`,
      'Give the path of its entry file, or of the folder with its package.json.',
    );
  }
  const folder = packageFolder(specifier, from) ?? packageFolder(specifier, besideCcwspec);
  if (folder === undefined) {
    const what = `there is no package ${specifier} in a node_modules folder of ${from} or above, nor beside ccwspec`;
    throw new CcwspecError(
      'E-PLUGIN-MISSING',
      what,
      `Install it with \`npm install ${specifier}\`, or give the path of its entry file.`,
    );
  }
  return entryOfFolder(folder);
}

function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The entry that package.json names (exports, then main), or index.js. */
function entryOfFolder(folder: string): string {
  const manifest = join(folder, 'package.json');
  let entry = 'index.js';
  if (existsSync(manifest)) {
    try {
      const { exports, main } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown; main?: string };
      entry = exportedEntry(exports) ?? main ?? entry;
    } catch (thrown) {
      throw new CcwspecError(
        'E-PLUGIN-MISSING',
        `${manifest} cannot be read: ${messageOf(thrown)}`,
        'Correct the package.json of the plugin.',
      );
    }
  }
  const path = join(folder, entry);
  if (!existsSync(path)) {
    throw new CcwspecError(
      'E-PLUGIN-MISSING',
      `${folder} has no entry file ${entry}`,
      'Build the plugin, or correct `exports` in its package.json.',
    );
  }
  return path;
}

/** The target of `exports` for an import of the package itself: SPECIFICATION of Node's packages, conditions import and node. */
function exportedEntry(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const entries = exports as Record<string, unknown>;
  for (const condition of ['.', 'node', 'import', 'default']) {
    const found = exportedEntry(entries[condition]);
    if (found !== undefined) return found;
  }
  return undefined;
}

let offered = false;

/**
 * From now on `ccwspec/plugin` means this very installation for every plugin of this thread, wherever the plugin lies: two
 * copies of the API would not know each other's errors, and a plugin given by path could find none.
 */
export function offerPublicEntry(): void {
  if (offered) return;
  offered = true;
  const entry = new URL('./index.js', import.meta.url).href;
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier === 'ccwspec/plugin') return { url: ${JSON.stringify(entry)}, shortCircuit: true };
    return next(specifier, context);
  }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
