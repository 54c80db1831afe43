/** Reading a catalogue of requirements: a folder of YAML files, as docs/requirements is. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CcwspecError, messageOf } from '../errors/index.js';
import { readCatalogueFile, readDocuments, type CatalogueFile } from './catalogue-file.js';
import type { Requirement, RequirementDocument } from './types.js';

/** The file of a catalogue that describes the documents. */
const DOCUMENTS = 'documents.yaml';

/** The line that begins a requirement. Catalogues are written so that ids can be found without parsing YAML. */
const ID_LINE = /^\s*- id: ([A-Z][A-Z0-9]*-\d+)\s*$/gm;

/** This project's own catalogue. */
export const projectRequirements = new URL('../../../../docs/requirements/', import.meta.url);

interface CatalogueText {
  readonly name: string;
  readonly text: string;
}

/**
 * The ids of every requirement in `folder`, without the cost of parsing: what the check of a case's requirements needs.
 * @throws CcwspecError E-REQUIREMENTS if the folder cannot be read, or an id is there twice
 */
export async function requirementIds(folder: URL | string): Promise<ReadonlySet<string>> {
  const found = new Map<string, string>();
  for (const { name, text } of await catalogueTexts(folder)) {
    for (const [, id = ''] of text.matchAll(ID_LINE)) {
      const other = found.get(id);
      if (other !== undefined) fail(`${name}: ${id} is there twice, first in ${other}`);
      found.set(id, name);
    }
  }
  return new Set(found.keys());
}

/**
 * The requirement `id`, or undefined. Only its own lines are parsed, so that this is quick enough for the text of a failure:
 * YAML takes about half a millisecond a requirement.
 * @throws CcwspecError E-REQUIREMENTS if the catalogue cannot be read
 */
export async function findRequirement(folder: URL | string, id: string): Promise<Requirement | undefined> {
  for (const { name, text } of await catalogueTexts(folder)) {
    const starts = [...text.matchAll(ID_LINE)];
    const index = starts.findIndex(([, found]) => found === id);
    if (index < 0) continue;
    const head = text.slice(0, starts[0]?.index);
    const entry = text.slice(starts[index]?.index, starts[index + 1]?.index);
    return (await parse(folder, [{ name, text: `${head}${entry}` }])).get(id);
  }
  return undefined;
}

/**
 * Every requirement in `folder`, by id, in order of files and of each file's lines. For ids alone or for one requirement take
 * `requirementIds` or `findRequirement`.
 * @throws CcwspecError E-REQUIREMENTS naming file and place
 */
export async function loadRequirements(folder: URL | string): Promise<ReadonlyMap<string, Requirement>> {
  return parse(folder, await catalogueTexts(folder));
}

async function catalogueTexts(folder: URL | string): Promise<CatalogueText[]> {
  const path = pathOf(folder);
  try {
    const names = (await readdir(path)).filter((name) => name.endsWith('.yaml') && name !== DOCUMENTS).sort();
    return await Promise.all(names.map(async (name) => ({ name, text: await readFile(join(path, name), 'utf8') })));
  } catch (thrown) {
    return fail(`${path}: ${messageOf(thrown)}`);
  }
}

async function parse(folder: URL | string, texts: readonly CatalogueText[]): Promise<Map<string, Requirement>> {
  const documents = await readDocuments(join(pathOf(folder), DOCUMENTS));
  const all = new Map<string, Requirement>();
  for (const { name, text } of texts) {
    const lines = new Set(Array.from(text.matchAll(ID_LINE), ([, id]) => id));
    for (const requirement of requirementsOf(await readCatalogueFile(text, name), documents, name)) {
      if (all.has(requirement.id)) fail(`${name}: ${requirement.id} is there twice`);
      if (!lines.has(requirement.id))
        fail(`${name}: ${requirement.id} does not begin with '- id: ${requirement.id}' on a line of its own`);
      all.set(requirement.id, requirement);
    }
  }
  return all;
}

/** Joins each entry with the documents that it cites. */
function requirementsOf(
  file: CatalogueFile,
  documents: ReadonlyMap<string, RequirementDocument>,
  name: string,
): Requirement[] {
  return file.requirements.map((entry) => ({
    id: entry.id,
    text: entry.text,
    area: file.area,
    layer: entry.layer ?? file.layer,
    oracle: Object.entries(entry.oracle).map(([key, section]) => {
      const document =
        documents.get(key) ?? fail(`${name}: ${entry.id} cites '${key}', which ${DOCUMENTS} does not describe`);
      return { ...document, section };
    }),
    deviation: entry.deviation ?? false,
    ...(entry.fails === undefined ? {} : { fails: entry.fails }),
    on: entry.on ?? [],
    differs: entry.differs ?? {},
    tolerance: entry.tolerance ?? {},
  }));
}

function pathOf(folder: URL | string): string {
  return typeof folder === 'string' ? folder : fileURLToPath(folder);
}

function fail(problem: string): never {
  throw new CcwspecError('E-REQUIREMENTS', problem);
}
