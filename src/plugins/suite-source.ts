/** A YAML file as a tree that knows where everything is written, checked against a JSON schema. */

import { readFileSync } from 'node:fs';
import type { DefinedError, ValidateFunction } from 'ajv';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { CcwspecError, didYouMean, messageOf } from '../harness/errors/index.js';
import { placeText, type Place } from '../harness/runner/selection.js';

/** Keys and indexes from the root of a file. */
export type Path = readonly (string | number)[];

/** A value in the tree, and the key that it stands under. */
interface Spot {
  readonly key: Node | undefined;
  readonly value: unknown;
}

/** The text of a suite file, for errors with line and column. */
export class SuiteSource {
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;

  /** @throws CcwspecError E-SUITE-FILE if the file cannot be read, or is not YAML */
  constructor(readonly file: string) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (thrown) {
      throw new CcwspecError(
        'E-SUITE-FILE',
        `${file} cannot be read: ${messageOf(thrown)}`,
        'Give the path of a suite file.',
      );
    }
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error?.code === 'MULTIPLE_DOCS')
      failAt(this.#place(error.pos[0]), 'a second document begins here: a suite is one');
    if (error !== undefined) failAt(this.#place(error.pos[0]), `this is not YAML: ${error.message}`);
  }

  /** The content, as plain values. @throws CcwspecError E-SUITE-FILE with a line for each difference from the schema */
  check(schema: ValidateFunction): unknown {
    const content: unknown = this.#document.toJS({ maxAliasCount: 100 });
    if (schema(content)) return content;
    const errors = ((schema.errors ?? []) as DefinedError[]).filter(
      ({ schemaPath }) => !schemaPath.startsWith('#/anyOf/'),
    );
    const lines = errors
      .map((error) => this.#describe(error))
      .sort(([a], [b]) => a.line - b.line || a.column - b.column)
      .map(([place, problem]) => `${placeText(place)}: ${problem}`);
    throw new CcwspecError('E-SUITE-FILE', [...new Set(lines)].join('\n    '));
  }

  /** Where the value at `path` is written; if it is not there, the nearest thing around it. */
  placeOf(path: Path): Place {
    return this.#placeOfNode(this.#spot(path).value) ?? this.#placeAround(path);
  }

  /** A scalar as it is written: `0x10` stays `0x10`. */
  textOf(path: Path): string {
    const { value } = this.#spot(path);
    return isScalar(value) ? (value.source ?? String(value.value)) : '';
  }

  #describe(error: DefinedError): [Place, string] {
    const path = error.instancePath
      .split('/')
      .slice(1)
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    if (error.keyword === 'additionalProperties') {
      const key = error.params.additionalProperty;
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
      const advice = didYouMean(key, known) || `; the keys are ${known.join(', ')}`;
      const place = this.#placeOfNode(this.#spot([...path, key]).key) ?? this.placeOf(path);
      return [place, `unknown key '${key}'${advice}`];
    }
    return [this.placeOf(path), `${nameOf(path)} ${wordsOf(error)}`];
  }

  #spot(path: Path): Spot {
    let spot: Spot = { key: undefined, value: this.#document.contents };
    for (const part of path) spot = step(spot.value, part);
    return spot;
  }

  #placeAround(path: Path): Place {
    for (let length = path.length; length >= 0; length--) {
      const { key, value } = this.#spot(path.slice(0, length));
      const place = this.#placeOfNode(key) ?? this.#placeOfNode(value);
      if (place !== undefined) return place;
    }
    return this.#place(0);
  }

  #placeOfNode(node: unknown): Place | undefined {
    const range = (node as Node | null | undefined)?.range;
    return range === undefined || range === null || range[0] === range[2] ? undefined : this.#place(range[0]);
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** @throws CcwspecError E-SUITE-FILE that begins with the place */
export function failAt(place: Place, problem: string): never {
  throw new CcwspecError('E-SUITE-FILE', `${placeText(place)}: ${problem}`);
}

function step(value: unknown, part: string | number): Spot {
  if (isMap(value)) {
    const pair = value.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
    return { key: pair?.key as Node | undefined, value: pair?.value };
  }
  if (isSeq(value)) return { key: undefined, value: value.items[Number(part)] };
  return { key: undefined, value: undefined };
}

function nameOf(path: Path): string {
  if (path.length === 0) return 'the file';
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map of keys to values',
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
};

function wordsOf(error: DefinedError): string {
  if (error.keyword === 'anyOf') return "has neither 'cases' nor 'include'";
  if (error.keyword === 'required') return `has no '${error.params.missingProperty}'`;
  if (error.keyword === 'enum') return `must be one of ${error.params.allowedValues.join(', ')}`;
  if (error.keyword === 'type') {
    const types = (error.params.type as string | string[]).toString().split(',');
    return `must be ${types.map((type) => typeNames[type] ?? type).join(' or ')}`;
  }
  const { description } = (error.parentSchema ?? {}) as { readonly description?: string };
  return description === undefined ? (error.message ?? 'is not valid') : `must be: ${description}`;
}
