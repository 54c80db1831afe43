/** Suite files: named selections in YAML, checked against suites/suite.schema.json with line and column in every error. */

import type { ValidateFunction } from 'ajv';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CcwspecError, didYouMean, messageOf } from '../harness/errors/index.js';
import type { Touches } from '../harness/runner/case.js';
import {
  Pattern,
  PlatformRange,
  VersionRange,
  type DeviationPlace,
  type Suite,
  type SuiteDeviation,
} from '../harness/runner/selection.js';
import { failAt, SuiteSource } from './suite-source.js';

/** The suites that come with ccwspec. */
export const suitesFolder = fileURLToPath(new URL('../../../suites/', import.meta.url));

const extension = '.yaml';

/** A suite file as the schema has it. */
interface SuiteContent {
  readonly name: string;
  readonly description: string;
  readonly include?: readonly string[];
  readonly cases?: readonly string[];
  readonly exclude?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly touch?: Touches;
  readonly deviations?: readonly DeviationContent[];
}

interface DeviationContent {
  readonly case: string;
  readonly targets?: string;
  readonly reason: string;
  readonly link: string;
  readonly class: 'model' | 'platform' | 'driver';
  readonly kernel?: string;
  readonly platform?: string;
  readonly clause?: string;
  readonly report?: string;
  readonly differs?: string | readonly string[];
  readonly sometimes?: string;
  readonly until?: string;
}

/**
 * Suites and case patterns of a command line: a word that ends in `.yaml` is a suite file, one with `/`, `*` or `?` a pattern
 * over case ids, any other a suite of ours.
 * @throws CcwspecError E-UNKNOWN-ID for a suite that is not there, E-SUITE-FILE for a file that is not valid
 */
export async function readWords(words: readonly string[]): Promise<{ suites: Suite[]; cases: Pattern[] }> {
  const suites: Suite[] = [];
  const cases: Pattern[] = [];
  for (const word of words) {
    if (word.endsWith(extension)) suites.push(await readSuite(resolve(word)));
    else if (/[/*?]/.test(word)) cases.push(new Pattern(word));
    else suites.push(await readSuite(fileOfSuite(word)));
  }
  return { suites, cases };
}

/**
 * Every suite that comes with ccwspec: what they list as known holds for their cases, however those were selected.
 * @throws CcwspecError E-SUITE-FILE
 */
export function ownSuites(): Promise<Suite[]> {
  return Promise.all(suiteNames().map((name) => readSuite(join(suitesFolder, `${name}${extension}`))));
}

/** Names of the suites that come with ccwspec, sorted. */
export function suiteNames(): string[] {
  const files = readdirSync(suitesFolder).filter((file) => file.endsWith(extension));
  return files.map((file) => basename(file, extension)).sort();
}

/**
 * Reads a suite file with everything that it includes. A file is read once in a process: many suites include the same.
 * @throws CcwspecError E-SUITE-FILE that names file, line and column
 */
export async function readSuite(file: string): Promise<Suite> {
  return read(file, [], await suiteSchema());
}

/** The schema of suite files. Loading ajv takes longer than reading a suite, so it is loaded when the first one is read. */
async function suiteSchema(): Promise<ValidateFunction> {
  schema ??= compileSchema();
  return schema;
}

let schema: Promise<ValidateFunction> | undefined;

async function compileSchema(): Promise<ValidateFunction> {
  const [{ Ajv }, text] = await Promise.all([import('ajv'), readFile(join(suitesFolder, 'suite.schema.json'), 'utf8')]);
  const ajv = new Ajv({ allErrors: true, verbose: true, meta: false, validateSchema: false, allowUnionTypes: true });
  return ajv.compile(JSON.parse(text) as object);
}

function fileOfSuite(name: string): string {
  const file = join(suitesFolder, `${name}${extension}`);
  if (existsSync(file)) return file;
  const names = suiteNames();
  const next = `The suites are ${names.join(', ')}; a suite file of your own ends in ${extension}; a case id has slashes.`;
  throw new CcwspecError('E-UNKNOWN-ID', `there is no suite ${name}${didYouMean(name, names)}`, next);
}

const suitesRead = new Map<string, Suite>();

function read(file: string, including: readonly string[], schema: ValidateFunction): Suite {
  const suite = suitesRead.get(file) ?? readFresh(file, including, schema);
  suitesRead.set(file, suite);
  return suite;
}

function readFresh(file: string, including: readonly string[], schema: ValidateFunction): Suite {
  const source = new SuiteSource(file);
  const content = source.check(schema) as SuiteContent;
  const patterns = (key: 'cases' | 'exclude'): Pattern[] =>
    (content[key] ?? []).map((text, index) => new Pattern(text, source.placeOf([key, index])));
  const parameters = Object.keys(content.parameters ?? {});
  return {
    name: content.name,
    description: content.description,
    file,
    includes: readIncludes(content, source, [...including, file], schema),
    cases: patterns('cases'),
    exclude: patterns('exclude'),
    parameters: Object.fromEntries(parameters.map((key) => [key, source.textOf(['parameters', key])])),
    ...(content.touch === undefined ? {} : { touch: content.touch }),
    deviations: (content.deviations ?? []).map((deviation, index) => readDeviation(deviation, index, source)),
  };
}

function readIncludes(
  content: SuiteContent,
  source: SuiteSource,
  chain: readonly string[],
  schema: ValidateFunction,
): Suite[] {
  return (content.include ?? []).map((name, index) => {
    const place = source.placeOf(['include', index]);
    const file = includedFile(name, source.file);
    const from = chain.indexOf(file);
    if (from >= 0) {
      const names = [...chain.slice(from), file].map((path) => basename(path));
      failAt(place, `suites include each other without end: ${names.join(' -> ')}`);
    }
    if (!existsSync(file)) failAt(place, `there is no suite ${name}: ${file} is not there`);
    return read(file, chain, schema);
  });
}

function readDeviation(deviation: DeviationContent, index: number, source: SuiteSource): SuiteDeviation {
  const { reason, link, class: kind, clause, report, differs, sometimes, until } = deviation;
  return {
    case: new Pattern(deviation.case, source.placeOf(['deviations', index, 'case'])),
    where: placeOfDeviation(deviation, index, source),
    note: {
      reason,
      link,
      class: kind,
      ...(clause === undefined ? {} : { clause }),
      ...(report === undefined ? {} : { report }),
      ...(differs === undefined ? {} : { differs: [differs].flat() }),
      ...(sometimes === undefined ? {} : { sometimes }),
      ...(until === undefined ? {} : { until }),
    },
  };
}

function placeOfDeviation(
  { targets = '*', kernel, platform }: DeviationContent,
  index: number,
  source: SuiteSource,
): DeviationPlace {
  const rangeAt = <Range>(key: string, make: () => Range): Range => {
    try {
      return make();
    } catch (thrown) {
      return failAt(source.placeOf(['deviations', index, key]), `deviations[${index}].${key}: ${messageOf(thrown)}`);
    }
  };
  return {
    targets: new Pattern(targets),
    ...(kernel === undefined ? {} : { kernel: rangeAt('kernel', () => new VersionRange(kernel)) }),
    ...(platform === undefined ? {} : { platform: rangeAt('platform', () => new PlatformRange(platform)) }),
  };
}

/** A path is relative to the including file; a name is a suite in the same folder, or else of ours. */
function includedFile(name: string, from: string): string {
  if (name.endsWith(extension)) return resolve(dirname(from), name);
  const beside = join(dirname(from), `${name}${extension}`);
  return existsSync(beside) ? beside : join(suitesFolder, `${name}${extension}`);
}
