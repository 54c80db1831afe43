/**
 * Loading plugins: the built-in ones, and a third party's by path or package name. Everything that can be wrong with a plugin
 * is found here, before a case runs, and said in words that name the plugin and the field.
 */

import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CcwspecError, messageOf } from '../harness/errors/index.js';
import { projectRequirements, requirementIds } from '../harness/requirements/index.js';
import type { RegisteredCase } from '../harness/runner/plan.js';
import type { Plugin } from './api.js';
import { readCatalogue, writeCatalogue } from './catalogue.js';
import { checkPlugin, checkRequirements, checkTogether } from './check.js';
import { probePlugin } from './probe.js';
import { offerPublicEntry, resolvePlugin } from './resolve.js';

/** Plugins that come with ccwspec, in the order of the reports. */
export const builtInPlugins: readonly string[] = ['vfio-ccw', 'css', 'halt-clear', 'eckd'];

/** A plugin, and where it came from. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  /** `built in`, or the path of its entry file */
  readonly origin: string;
}

/** Everything that the loaded plugins offer. */
export interface PluginSet {
  readonly plugins: readonly LoadedPlugin[];
  /** cases of all plugins, in the order of plugins and of each plugin's list */
  readonly cases: readonly RegisteredCase[];
  /** catalogues that hold the requirements of the cases: the project's, and those of plugins */
  readonly requirements: readonly URL[];
}

/** Which plugins are loaded, and how. */
export interface LoadOptions {
  /** third-party plugins: package names, or paths of a file or folder */
  readonly specifiers?: readonly string[];
  /** folder from which they are looked up; default the current one */
  readonly from?: string;
  /** which built-in plugins to load; default all */
  readonly builtIn?: readonly string[];
  /**
   * what for: 'plan' needs to know what the plugins offer, 'run' calls their functions. To run, plugins are not checked: whoever
   * planned has done that. Default 'plan'.
   */
  readonly purpose?: 'plan' | 'run';
  /** milliseconds in which a third-party plugin must have loaded; default 10 000 */
  readonly limit?: number;
}

const defaultLoadLimit = 10_000;

/**
 * Loads and checks plugins.
 * @throws CcwspecError E-PLUGIN-MISSING, E-PLUGIN-LOAD (it threw, or did not finish), E-PLUGIN-INVALID (every wrong field
 * named), E-PLUGIN-CONFLICT (two plugins of one name, two cases of one id)
 */
export async function loadPlugins(options: LoadOptions = {}): Promise<PluginSet> {
  const check = options.purpose !== 'run';
  const names = options.builtIn ?? builtInPlugins;
  const builtIn = await Promise.all(names.map(check ? describeBuiltIn : loadBuiltIn));
  const thirdParty = await loadThirdParty(options, check);
  const plugins = [...builtIn, ...thirdParty];
  if (check) for (const { plugin, origin } of thirdParty) checkPlugin(plugin, origin);
  const own = plugins.flatMap(({ plugin }) => (plugin.requirements === undefined ? [] : [plugin.requirements]));
  const requirements = [projectRequirements, ...own];
  if (check) checkTogether(plugins);
  if (thirdParty.length > 0 && check) await checkAllRequirements(thirdParty, own);
  const cases = plugins.flatMap(({ plugin }) =>
    plugin.cases.map((definition) => ({ plugin: plugin.name, definition })),
  );
  return { plugins, cases, requirements };
}

/** What a built-in plugin offers: its catalogue, or the plugin itself where the build has left none that is young enough. */
async function describeBuiltIn(name: string): Promise<LoadedPlugin> {
  const whole = (): Promise<LoadedPlugin> => loadBuiltIn(name);
  const plugin = existsSync(folderOf(name))
    ? readCatalogue(folderOf(name), async () => (await whole()).plugin)
    : undefined;
  return plugin === undefined ? whole() : { plugin, origin: 'built in' };
}

async function loadBuiltIn(name: string): Promise<LoadedPlugin> {
  const url = new URL('index.js', folderOf(name));
  if (!existsSync(url)) {
    throw new CcwspecError(
      'E-PLUGIN-MISSING',
      `the built-in plugin ${name} is not there: ${fileURLToPath(url)}`,
      'Build ccwspec again with `npm run build`.',
    );
  }
  return { plugin: await importPlugin(url.href, name), origin: 'built in' };
}

/**
 * Checks the built-in plugins and writes their catalogues, for the build.
 * @throws CcwspecError as loadPlugins does
 */
export async function writeCatalogues(): Promise<void> {
  const plugins = await Promise.all(builtInPlugins.map(loadBuiltIn));
  for (const { plugin, origin } of plugins) checkPlugin(plugin, origin);
  checkTogether(plugins);
  await checkAllRequirements(plugins, []);
  for (const { plugin } of plugins) writeCatalogue(folderOf(plugin.name), plugin);
}

const folderOf = (name: string): URL => new URL(`../../plugins/${name}/`, import.meta.url);

async function loadThirdParty(options: LoadOptions, check: boolean): Promise<LoadedPlugin[]> {
  const { specifiers = [], from = process.cwd(), limit = defaultLoadLimit } = options;
  if (specifiers.length === 0) return [];
  const entries = [...new Set(specifiers.map((specifier) => resolvePlugin(specifier, from)))];
  if (check) await Promise.all(entries.map((entry) => probePlugin(entry, limit)));
  offerPublicEntry();
  const loaded: LoadedPlugin[] = [];
  for (const entry of entries)
    loaded.push({ plugin: await importPlugin(pathToFileURL(entry).href, entry), origin: entry });
  return loaded;
}

async function importPlugin(url: string, name: string): Promise<Plugin> {
  let namespace: { readonly default?: unknown };
  try {
    namespace = (await import(url)) as { readonly default?: unknown };
  } catch (thrown) {
    throw new CcwspecError('E-PLUGIN-LOAD', `${name} threw while it was loaded: ${messageOf(thrown)}`, undefined, {
      cause: thrown,
    });
  }
  return namespace.default as Plugin;
}

async function checkAllRequirements(plugins: readonly LoadedPlugin[], own: readonly URL[]): Promise<void> {
  const known = new Set<string>();
  for (const folder of own) for (const id of await requirementIds(folder)) known.add(id);
  const isOwn = (id: string): boolean => known.has(id);
  if (!plugins.every(({ plugin }) => plugin.cases.every(({ requirements }) => requirements.every(isOwn)))) {
    for (const id of await requirementIds(projectRequirements)) known.add(id);
  }
  for (const { plugin, origin } of plugins) checkRequirements(plugin, origin, known);
}
