/** `ccwspec explain`: finds what an id names, and what there is to say about it. */

import { catalogue, CcwspecError, closest, type ErrorCode } from '../harness/errors/index.js';
import { findRequirement, requirementIds, type Requirement } from '../harness/requirements/index.js';
import type { RegisteredCase } from '../harness/runner/index.js';
import { findBug, type KnownBug } from '../harness/runner/known-bugs.js';
import { loadPlugins } from '../plugins/loader.js';
import type { Exhibit } from '../../museum/index.js';
import { exitCodeMeaning, verdictMeanings } from './contract.js';
import { knownBugs } from './museum.js';

/** What `explain --json` prints: `kind` says which members there are. */
export type Explanation =
  | {
      readonly kind: 'case';
      readonly id: string;
      readonly plugin: string;
      readonly decides: string;
      readonly requirements: readonly (Requirement | { readonly id: string })[];
      readonly guards: readonly string[];
      /** the bugs that `guards` name, as far as they are known by more than their name */
      readonly bugs: readonly KnownBug[];
      readonly needs: readonly string[];
      readonly touches: string;
      /** milliseconds; null: the runner's default */
      readonly limit: number | null;
    }
  | ({ readonly kind: 'requirement'; readonly cases: readonly string[] } & Requirement)
  | {
      readonly kind: 'bug';
      readonly id: string;
      /** null: nothing is known but that cases guard it, or `id` is the commit itself */
      readonly fixedBy: string | null;
      readonly title: string | null;
      readonly happened: string | null;
      readonly cases: readonly string[];
    }
  | {
      readonly kind: 'error';
      readonly id: string;
      readonly meaning: string;
      readonly next: string;
      readonly exit: number;
    }
  | { readonly kind: 'verdict' | 'exit code'; readonly id: string; readonly meaning: string };

/**
 * Explains `id`: an error code, a verdict, an exit code, a requirement, a case, or a bug that cases guard.
 * @param plugins plugins to load beside those of the project
 * @throws CcwspecError E-UNKNOWN-ID with the closest name that there is
 */
export async function explain(id: string, plugins: readonly string[]): Promise<Explanation> {
  const fixed = explainContract(id);
  if (fixed !== undefined) return fixed;
  const { cases, requirements: folders } = await loadPlugins({ specifiers: plugins });
  const registered = cases.find(({ definition }) => definition.id === id);
  if (registered !== undefined) return explainCase(registered, folders);
  const requirement = await requirementOf(id.toUpperCase(), folders);
  if (requirement !== undefined) {
    const covering = cases.filter(({ definition }) => definition.requirements.includes(requirement.id));
    return { kind: 'requirement', ...requirement, cases: covering.map(({ definition }) => definition.id) };
  }
  const bugs = await knownBugs();
  const bug = explainBug(id, cases, bugs);
  if (bug !== undefined) return bug;
  const ids = await Promise.all(folders.map((folder) => requirementIds(folder)));
  const known = [
    ...cases.map(({ definition }) => definition.id),
    ...ids.flatMap((set) => [...set]),
    ...bugs.map((exhibit) => exhibit.id),
  ];
  const nearest = closest(id, [...known, ...Object.keys(catalogue), ...Object.keys(verdictMeanings)]);
  throw new CcwspecError(
    'E-UNKNOWN-ID',
    `nothing here is called '${id}'`,
    nearest === undefined ? undefined : `Did you mean ${nearest}?`,
  );
}

/** What is explained without any plugin. */
export function explainContract(id: string): Explanation | undefined {
  const code = id.toUpperCase();
  if (isErrorCode(code)) return { kind: 'error', id: code, ...catalogue[code] };
  if (Object.hasOwn(verdictMeanings, id)) {
    return { kind: 'verdict', id, meaning: verdictMeanings[id as keyof typeof verdictMeanings] };
  }
  const meaning = /^\d+$/.test(id) ? exitCodeMeaning(Number(id)) : undefined;
  return meaning === undefined ? undefined : { kind: 'exit code', id, meaning };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}

async function explainCase({ plugin, definition }: RegisteredCase, folders: readonly URL[]): Promise<Explanation> {
  const { id, decides, guards = [], needs, touches, limit } = definition;
  const requirements = await Promise.all(
    definition.requirements.map(async (name) => (await requirementOf(name, folders)) ?? { id: name }),
  );
  const known = guards.length === 0 ? [] : await knownBugs();
  const bugs = known.filter((bug) => guards.some((guard) => findBug(guard, [bug]) !== undefined));
  return {
    kind: 'case',
    id,
    plugin,
    decides,
    requirements,
    guards,
    bugs: bugs.map(({ id: name, fixedBy, title }) => ({
      id: name,
      ...(fixedBy === undefined ? {} : { fixedBy }),
      title,
    })),
    needs,
    touches,
    limit: limit ?? null,
  };
}

/** A bug by its CVE number or commit, with the cases that guard it. */
function explainBug(name: string, cases: readonly RegisteredCase[], bugs: readonly Exhibit[]): Explanation | undefined {
  const bug = findBug(name, bugs);
  const isMeant = (guard: string): boolean => {
    if (bug !== undefined) return findBug(guard, [bug]) !== undefined;
    return guard.toLowerCase() === name.toLowerCase() || (/^[0-9a-f]{10,40}$/.test(guard) && name.startsWith(guard));
  };
  const guarding = cases.filter(({ definition: { guards = [] } }) => guards.some(isMeant));
  if (bug === undefined && guarding.length === 0) return undefined;
  return {
    kind: 'bug',
    id: bug?.id ?? name,
    fixedBy: bug?.fixedBy ?? null,
    title: bug?.title ?? null,
    happened: bug?.happened ?? null,
    cases: guarding.map(({ definition }) => definition.id),
  };
}

async function requirementOf(id: string, folders: readonly URL[]): Promise<Requirement | undefined> {
  for (const folder of folders) {
    const found = await findRequirement(folder, id);
    if (found !== undefined) return found;
  }
  return undefined;
}
