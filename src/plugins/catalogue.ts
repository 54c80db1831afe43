/**
 * Catalogues of the built-in plugins: all that a plan and a list need of them, without their code. The build writes one beside
 * each plugin; whoever calls a function of it has the plugin itself loaded then.
 */

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CaseDefinition } from '../harness/runner/case.js';
import type { DeviceKind, Plugin } from './api.js';

/** What is written: a plugin as plain data. */
interface Catalogue extends Omit<Plugin, 'cases' | 'devices' | 'requirements'> {
  readonly cases: readonly Omit<CaseDefinition, 'run'>[];
  readonly devices: readonly Omit<DeviceKind, 'create'>[];
}

/** Gives the plugin itself. */
type Whole = () => Promise<Plugin>;

/**
 * Writes the catalogue of a plugin that has been checked.
 * @param folder the plugin's compiled folder, as a URL that ends with a slash
 * @throws TypeError for a plugin that plain data cannot describe: one with targets or requirements of its own
 */
export function writeCatalogue(folder: URL, plugin: Plugin): void {
  const { cases, devices = [], targets = [], requirements, ...rest } = plugin;
  if (targets.length > 0 || requirements !== undefined) {
    throw new TypeError(`${plugin.name}: a catalogue has no place for targets and requirements`);
  }
  const catalogue: Catalogue = { ...rest, cases, devices }; // JSON has no functions: they are left out
  writeFileSync(catalogueOf(folder), `${JSON.stringify(catalogue)}\n`);
}

/**
 * Reads the catalogue of the plugin in `folder`.
 * @param whole loads the plugin itself, when a case of it is run or a device made
 * @returns undefined if there is none, or one that is older than a module of the plugin
 */
export function readCatalogue(folder: URL, whole: Whole): Plugin | undefined {
  const path = fileURLToPath(catalogueOf(folder));
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (written === undefined || newestModule(fileURLToPath(folder)) > written) return undefined;
  const { cases, devices, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as Catalogue;
  return {
    ...rest,
    cases: cases.map((definition) => withBody(definition, whole)),
    devices: devices.map((kind) => withDevice(kind, whole)),
  };
}

function withBody(definition: Omit<CaseDefinition, 'run'>, whole: Whole): CaseDefinition {
  return {
    ...definition,
    run: async (context) => {
      const found = (await whole()).cases.find(({ id }) => id === definition.id);
      if (found === undefined) throw new Error(`the plugin does not have the case ${definition.id}; build it again`);
      await found.run(context);
    },
  };
}

function withDevice(kind: Omit<DeviceKind, 'create'>, whole: Whole): DeviceKind {
  return {
    ...kind,
    create: async (environment) => {
      const found = (await whole()).devices?.find((candidate) => candidate.kind === kind.kind);
      if (found === undefined) throw new Error(`the plugin does not have the device kind ${kind.kind}; build it again`);
      return found.create(environment);
    },
  };
}

const catalogueOf = (folder: URL): URL => new URL('catalogue.json', folder);

/** When the youngest module in `folder` was written, in milliseconds of the file system's clock. */
function newestModule(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) newest = Math.max(newest, newestModule(path));
    else if (entry.name.endsWith('.js')) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}
