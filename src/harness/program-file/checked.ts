/** Taking values out of JSON with a complaint that names file, line, column and path. */

import { CcwspecError } from '../errors/index.js';
import { placeOf, type JsonMember, type JsonNode } from './json-source.js';

/** A value of the file with its path, for example `programs[3].memory[0].hex`. */
export class Place {
  constructor(
    readonly text: string,
    readonly fileName: string,
    readonly node: JsonNode,
    readonly path: string,
  ) {}

  /** @throws CcwspecError E-PROGRAM-FILE for this value */
  fail(problem: string, offset = this.node.offset): never {
    const path = this.path === '' ? '' : `${this.path}: `;
    throw new CcwspecError('E-PROGRAM-FILE', `${this.fileName}:${placeOf(this.text, offset)}: ${path}${problem}`);
  }

  /** The members of an object whose keys are all among `keys`. */
  members(keys: readonly string[]): ReadonlyMap<string, JsonMember> {
    const { value } = this.node;
    if (!(value instanceof Map)) return this.fail(`an object is expected here, not ${this.#kind()}`);
    const members = value as ReadonlyMap<string, JsonMember>;
    for (const [key, { keyOffset }] of members) {
      if (!keys.includes(key)) this.fail(`unknown key "${key}"; the keys here are ${keys.join(', ')}`, keyOffset);
    }
    return members;
  }

  /** The member `key` of this object, or undefined. */
  member(key: string): Place | undefined {
    const { value } = this.node;
    const node = value instanceof Map ? (value as ReadonlyMap<string, JsonMember>).get(key) : undefined;
    return node && new Place(this.text, this.fileName, node, this.path === '' ? key : `${this.path}.${key}`);
  }

  /** The member `key`. @throws CcwspecError if it is missing */
  needed(key: string): Place {
    return this.member(key) ?? this.fail(`"${key}" is missing`);
  }

  elements(): Place[] {
    const { value } = this.node;
    if (!Array.isArray(value)) return this.fail(`a list is expected here, not ${this.#kind()}`);
    const nodes = value as readonly JsonNode[];
    return nodes.map((node, index) => new Place(this.text, this.fileName, node, `${this.path}[${index}]`));
  }

  string(): string {
    const { value } = this.node;
    return typeof value === 'string' ? value : this.fail(`a string is expected here, not ${this.#kind()}`);
  }

  /** A whole number from `minimum` to `maximum`. */
  number(minimum: number, maximum: number): number {
    const { value } = this.node;
    if (typeof value !== 'number') return this.fail(`a number is expected here, not ${this.#kind()}`);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    return this.fail(`${value} is not a whole number from ${minimum} to ${maximum}`);
  }

  /** Bytes as hex digits; `length` bytes exactly, if given. */
  hex(length?: number): Uint8Array {
    const digits = this.string();
    const wrong = digits.search(/[^0-9a-fA-F]/);
    if (wrong >= 0) this.fail(`'${digits.charAt(wrong)}' at digit ${wrong + 1} is not a hex digit`);
    if (digits.length % 2 !== 0) this.fail(`${digits.length} hex digits: an odd number does not make bytes`);
    if (length !== undefined && digits.length !== length * 2) {
      this.fail(`${length * 2} hex digits are expected here, not ${digits.length}`);
    }
    return Uint8Array.from(Buffer.from(digits, 'hex'));
  }

  #kind(): string {
    const { value } = this.node;
    if (value === null) return 'null';
    if (value instanceof Map) return 'an object';
    return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  }
}
