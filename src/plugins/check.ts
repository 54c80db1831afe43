/** Is it a plugin? Every wrong field is named; then what several plugins must agree on. */

import { CcwspecError, didYouMean } from '../harness/errors/index.js';
import { capabilities } from '../harness/ports/index.js';
import { PLUGIN_API_VERSION, type Plugin } from './api.js';
import type { LoadedPlugin } from './loader.js';

/** Says what is wrong with a value, or undefined. */
type Check = (value: unknown) => string | undefined;

/** Fields of a structure: its check, and whether it may be left out. */
type Fields = Readonly<Record<string, { readonly check: Check; readonly optional?: true }>>;

const slug = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const caseId = /^[a-z0-9-]+\/[a-z0-9-]+\/[a-z0-9]+(-[a-z0-9]+)*$/;

const text: Check = (value) => (typeof value === 'string' && value.trim() !== '' ? undefined : 'must be a text');
const slugText: Check = (value) =>
  typeof value === 'string' && slug.test(value) ? undefined : 'must be a slug: lower-case letters, digits and hyphens';
const callable: Check = (value) => (typeof value === 'function' ? undefined : 'must be a function');
const strings: Check = (value) =>
  Array.isArray(value) && value.every((member) => typeof member === 'string') ? undefined : 'must be a list of texts';
const object: Check = (value) => (isRecord(value) ? undefined : 'must be an object');
const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && allowed.includes(value) ? undefined : `must be one of ${allowed.join(', ')}`;

const needs: Check = (value) => {
  if (!Array.isArray(value)) return 'must be a list of capabilities';
  const known = Object.keys(capabilities);
  const unknown = (value as readonly unknown[]).find((need) => typeof need !== 'string' || !known.includes(need));
  if (unknown === undefined) return undefined;
  return `has the unknown capability ${shown(unknown)}${typeof unknown === 'string' ? didYouMean(unknown, known) : ''}`;
};

const caseFields: Fields = {
  id: {
    check: (value) =>
      typeof value === 'string' && caseId.test(value)
        ? undefined
        : 'must be plugin/subject/what-is-seen: three slugs of lower-case letters, digits and hyphens',
  },
  decides: { check: text },
  requirements: {
    check: (value) =>
      strings(value) ??
      ((value as string[]).length > 0 ? undefined : 'must name at least one requirement: it is the oracle'),
  },
  guards: { check: strings, optional: true },
  recorded: { check: strings, optional: true },
  needs: { check: needs },
  touches: { check: oneOf('nothing', 'scratch', 'volume') },
  leaks: { check: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'), optional: true },
  limit: {
    check: (value) =>
      typeof value === 'number' && value > 0 && Number.isFinite(value)
        ? undefined
        : 'must be a number of milliseconds above 0',
    optional: true,
  },
  run: { check: callable },
};

const deviceFields: Fields = {
  kind: { check: slugText },
  description: { check: text },
  settings: { check: object },
  capabilities: { check: needs },
  create: { check: callable },
};

const targetFields: Fields = {
  name: { check: text },
  description: { check: text },
  versions: { check: object },
  capabilities: {
    check: (value) => (value instanceof Set ? needs([...(value as Set<unknown>)]) : 'must be a Set of capabilities'),
  },
  missing: { check: (value) => (value instanceof Map ? undefined : 'must be a Map of capability to reason') },
  isolation: { check: oneOf('case', 'run') },
  start: { check: callable },
};

const pluginFields: Fields = {
  name: { check: slugText },
  apiVersion: {
    check: (value) => {
      if (value === PLUGIN_API_VERSION) return undefined;
      if (typeof value !== 'number') return `must be a number; this ccwspec has ${PLUGIN_API_VERSION}`;
      const advice = value > PLUGIN_API_VERSION ? 'a newer ccwspec' : 'a newer release of the plugin';
      return `is ${value}, but this ccwspec has plugin API ${PLUGIN_API_VERSION}: it needs ${advice}`;
    },
  },
  description: { check: text },
  cases: { check: (value) => (Array.isArray(value) ? undefined : 'must be a list of cases') },
  devices: { check: (value) => (Array.isArray(value) ? undefined : 'must be a list of device kinds'), optional: true },
  targets: { check: (value) => (Array.isArray(value) ? undefined : 'must be a list of targets'), optional: true },
  options: { check: object, optional: true },
  requirements: { check: (value) => (value instanceof URL ? undefined : 'must be a URL of a folder'), optional: true },
};

/** @throws CcwspecError E-PLUGIN-INVALID that names every wrong field */
export function checkPlugin(plugin: unknown, origin: string): asserts plugin is Plugin {
  if (!isRecord(plugin)) {
    throw new CcwspecError(
      'E-PLUGIN-INVALID',
      `${origin}: its default export is ${shown(plugin)}, not a plugin`,
      'Write `export default definePlugin({ … })`; docs/plugins.md has an example.',
    );
  }
  const wrong = wrongFields(plugin, pluginFields, '');
  const { cases, devices, targets } = plugin;
  if (Array.isArray(cases)) wrong.push(...wrongMembers(cases, caseFields, 'cases', 'id'));
  if (Array.isArray(devices)) wrong.push(...wrongMembers(devices, deviceFields, 'devices', 'kind'));
  if (Array.isArray(targets)) wrong.push(...wrongMembers(targets, targetFields, 'targets', 'name'));
  if (wrong.length > 0) refuse(nameOf(plugin, origin), wrong);
}

/** @throws CcwspecError E-PLUGIN-CONFLICT, or E-PLUGIN-INVALID for a case that has another plugin's name in its id */
export function checkTogether(plugins: readonly LoadedPlugin[]): void {
  const owners = new Map<string, LoadedPlugin>();
  for (const loaded of plugins) {
    for (const { id } of loaded.plugin.cases) {
      const other = owners.get(id);
      if (other === loaded)
        conflict(`${describe(loaded)} has two cases with the id ${id}`, 'Give one of them another id.');
      if (other !== undefined)
        conflict(`two cases have the id ${id}: one of ${describe(other)}, one of ${describe(loaded)}`);
      owners.set(id, loaded);
    }
  }
  const names = new Map<string, LoadedPlugin>();
  for (const loaded of plugins) {
    const { name, cases } = loaded.plugin;
    const other = names.get(name);
    if (other !== undefined) conflict(`two plugins have the name ${name}: ${other.origin}, and ${loaded.origin}`);
    names.set(name, loaded);
    const strangers = cases.filter(({ id }) => !id.startsWith(`${name}/`));
    if (strangers.length > 0) {
      refuse(
        describe(loaded),
        strangers.map(({ id }) => `the id ${id} must begin with the plugin's name: ${name}/…`),
      );
    }
  }
}

/** @throws CcwspecError E-PLUGIN-INVALID for a requirement id that no catalogue has */
export function checkRequirements(plugin: Plugin, origin: string, known: ReadonlySet<string>): void {
  const wrong = plugin.cases.flatMap(({ id, requirements }) =>
    requirements
      .filter((requirement) => !known.has(requirement))
      .map((requirement) => `${id}: there is no requirement ${requirement}${didYouMean(requirement, known)}`),
  );
  if (wrong.length > 0) refuse(describe({ plugin, origin }), wrong);
}

function wrongMembers(members: readonly unknown[], fields: Fields, list: string, key: string): string[] {
  return members.flatMap((member, index) => {
    if (!isRecord(member)) return [`${list}[${index}] must be an object, not ${shown(member)}`];
    const name = member[key];
    const place = typeof name === 'string' ? `${list}[${index}] (${name})` : `${list}[${index}]`;
    return wrongFields(member, fields, `${place}.`);
  });
}

function wrongFields(value: Record<string, unknown>, fields: Fields, place: string): string[] {
  const wrong: string[] = [];
  for (const [name, { check, optional }] of Object.entries(fields)) {
    const member = value[name];
    if (member === undefined) {
      if (optional !== true) wrong.push(`${place}${name} is missing`);
      continue;
    }
    const trouble = check(member);
    if (trouble !== undefined) wrong.push(`${place}${name} ${trouble}`);
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(fields, name))
      wrong.push(`${place}${name} is not a field${didYouMean(name, Object.keys(fields))}`);
  }
  return wrong;
}

function refuse(who: string, wrong: readonly string[]): never {
  const lines = wrong.length === 1 ? ` ${wrong[0] ?? ''}` : wrong.map((line) => `\n    ${line}`).join('');
  throw new CcwspecError('E-PLUGIN-INVALID', `${who}:${lines}`);
}

function conflict(what: string, next?: string): never {
  throw new CcwspecError('E-PLUGIN-CONFLICT', what, next);
}

function describe({ plugin, origin }: LoadedPlugin): string {
  return `plugin ${plugin.name} (${origin})`;
}

function nameOf(plugin: Record<string, unknown>, origin: string): string {
  return typeof plugin.name === 'string' ? `plugin ${plugin.name} (${origin})` : origin;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
