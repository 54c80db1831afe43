/** One file of a catalogue: parsed and checked. */

import { readFile } from 'node:fs/promises';
import { CcwspecError, messageOf } from '../errors/index.js';
import type { Platform, RequirementDocument } from './types.js';

/** An entry as it stands in the file. */
export interface CatalogueEntry {
  readonly id: string;
  readonly text: string;
  readonly layer?: string;
  /** key of a document to the section in it */
  readonly oracle: Readonly<Record<string, string>>;
  readonly deviation?: boolean;
  readonly fails?: string;
  readonly on?: readonly Platform[];
  readonly differs?: Readonly<Partial<Record<Platform, string>>>;
  readonly tolerance?: Readonly<Partial<Record<Platform, string>>>;
}

/** One file of the catalogue. */
export interface CatalogueFile {
  readonly area: string;
  readonly layer: string;
  readonly requirements: readonly CatalogueEntry[];
}

const platforms: readonly string[] = ['emulator', 'hercules', 'device'];
const kinds: readonly string[] = ['source', 'uapi', 'manual', 'observation'];

/** Checks of an entry's values by key; a key that is not here is unknown. */
const entryChecks: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  id: (value) =>
    typeof value === 'string' && /^[A-Z][A-Z0-9]*-\d+$/.test(value) ? undefined : 'an id such as TRN-014',
  text: isText,
  layer: isText,
  oracle: (value) => (isTextMap(value) && Object.keys(value).length > 0 ? undefined : 'a map of document to section'),
  deviation: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  fails: isText,
  on: (value) => (Array.isArray(value) && value.every(isPlatform) ? undefined : `a list of ${platforms.join(', ')}`),
  differs: isPlatformMap,
  tolerance: isPlatformMap,
};

const documentChecks: typeof entryChecks = {
  title: isText,
  edition: isText,
  kind: (value) => (typeof value === 'string' && kinds.includes(value) ? undefined : `one of ${kinds.join(', ')}`),
  secondHand: isText,
};

/** Parses one catalogue file. @throws CcwspecError E-REQUIREMENTS */
export async function readCatalogueFile(text: string, name: string): Promise<CatalogueFile> {
  const root = await parseYaml(text, name);
  if (!isObject(root)) return fail(name, 'area, layer and requirements are expected');
  for (const key of Object.keys(root)) {
    if (!['area', 'layer', 'requirements'].includes(key)) fail(name, `unknown key '${key}'`);
  }
  const { area, layer, requirements } = root;
  if (typeof area !== 'string' || typeof layer !== 'string') return fail(name, "'area' and 'layer' must be text");
  if (!Array.isArray(requirements)) return fail(name, "'requirements' must be a list");
  requirements.forEach((entry: unknown, index) => {
    const place = isObject(entry) && typeof entry.id === 'string' ? entry.id : `requirements[${index}]`;
    check(entry, entryChecks, ['id', 'text', 'oracle'], `${name}: ${place}`);
  });
  return { area, layer, requirements: requirements as CatalogueEntry[] };
}

/** Reads the documents that a catalogue cites, by key. @throws CcwspecError E-REQUIREMENTS */
export async function readDocuments(path: string): Promise<ReadonlyMap<string, RequirementDocument>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    return fail(path, messageOf(thrown));
  }
  const root = await parseYaml(text, path);
  if (!isObject(root)) return fail(path, 'a map of document keys is expected');
  for (const [key, document] of Object.entries(root)) {
    check(document, documentChecks, ['title', 'edition', 'kind'], `${path}: ${key}`);
  }
  return new Map(Object.entries(root as Record<string, RequirementDocument>));
}

/** The parser is loaded only when a catalogue is: it is not small. */
async function parseYaml(text: string, name: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text, { prettyErrors: true, maxAliasCount: 0 });
  } catch (thrown) {
    return fail(name, messageOf(thrown));
  }
}

function check(value: unknown, checks: typeof entryChecks, needed: readonly string[], place: string): void {
  if (!isObject(value)) return fail(place, 'a map is expected');
  for (const key of needed) if (!(key in value)) fail(place, `'${key}' is missing`);
  for (const [key, member] of Object.entries(value)) {
    const checkOf = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (checkOf === undefined)
      return fail(place, `unknown key '${key}'; the keys are ${Object.keys(checks).join(', ')}`);
    const expected = checkOf(member);
    if (expected !== undefined) fail(place, `'${key}' must be ${expected}`);
  }
}

function isText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? undefined : 'text';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextMap(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isPlatform(value: unknown): boolean {
  return typeof value === 'string' && platforms.includes(value);
}

function isPlatformMap(value: unknown): string | undefined {
  const fits = isTextMap(value) && Object.keys(value).every(isPlatform);
  return fits ? undefined : `a map of ${platforms.join(', ')} to text`;
}

function fail(place: string, problem: string): never {
  throw new CcwspecError('E-REQUIREMENTS', `${place}: ${problem}`);
}
