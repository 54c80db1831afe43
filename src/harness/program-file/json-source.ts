/** JSON text with the place of every value, so that a message can name line and column. */

import { CcwspecError } from '../errors/index.js';

/** A value and where its text begins. */
export interface JsonNode {
  /** offset into the text */
  readonly offset: number;
  readonly value: string | number | boolean | null | readonly JsonNode[] | ReadonlyMap<string, JsonMember>;
}

/** A member of an object: its value, and where its key stands. */
export interface JsonMember extends JsonNode {
  readonly keyOffset: number;
}

const SPACE = /[\t\n\r ]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** JSON forbids control characters in a string. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/** Deeper nesting than any program file has; keeps a file of a million brackets from using up the stack. */
const DEEPEST = 64;

/** `line:column` of an offset, both from 1. */
export function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - before.lastIndexOf('\n')}`;
}

/** Reads JSON. @throws CcwspecError E-PROGRAM-FILE with file, line and column */
export function readJson(text: string, fileName: string): JsonNode {
  return new JsonReader(text, fileName).read();
}

class JsonReader {
  #at = 0;
  #depth = 0;

  constructor(
    readonly text: string,
    readonly fileName: string,
  ) {}

  read(): JsonNode {
    const node = this.#value();
    this.#space();
    if (this.#at < this.text.length) this.#fail('something follows the end of the JSON');
    return node;
  }

  #value(): JsonNode {
    this.#space();
    const offset = this.#at;
    switch (this.text.charAt(offset)) {
      case '{':
        return { offset, value: this.#nested(() => this.#members()) };
      case '[':
        return { offset, value: this.#nested(() => this.#elements()) };
      case '"':
        return { offset, value: this.#string() };
      case '':
        return this.#fail('the JSON ends too early');
      default:
        return { offset, value: this.#plain() };
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) this.#fail('too many brackets inside each other');
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #members(): Map<string, JsonMember> {
    const members = new Map<string, JsonMember>();
    while (!this.#closes('}', members.size > 0)) {
      this.#space();
      const keyOffset = this.#at;
      if (this.text.charAt(keyOffset) !== '"') this.#fail('a key in quotes is missing');
      const key = this.#string();
      if (members.has(key)) this.#failAt(keyOffset, `the key "${key}" is there twice`);
      this.#space();
      if (this.text.charAt(this.#at) !== ':') this.#fail("':' is missing");
      this.#at++;
      members.set(key, { ...this.#value(), keyOffset });
    }
    return members;
  }

  #elements(): JsonNode[] {
    const elements: JsonNode[] = [];
    while (!this.#closes(']', elements.length > 0)) elements.push(this.#value());
    return elements;
  }

  /** True if the bracket closes here; else takes the comma before a further member. */
  #closes(bracket: string, further: boolean): boolean {
    this.#space();
    const character = this.text.charAt(this.#at);
    if (character === bracket) {
      this.#at++;
      return true;
    }
    if (further) {
      if (character !== ',')
        this.#fail(character === '' ? 'the JSON ends too early' : `',' or '${bracket}' is missing`);
      this.#at++;
      this.#space();
      if (this.text.charAt(this.#at) === bracket) this.#fail(`nothing follows the ',' before '${bracket}'`);
    }
    return false;
  }

  #string(): string {
    STRING.lastIndex = this.#at;
    const match = STRING.exec(this.text);
    if (match === null) return this.#fail('a string does not end, or holds a character that JSON does not allow');
    this.#at = STRING.lastIndex;
    return JSON.parse(match[0]) as string;
  }

  #plain(): number | boolean | null {
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.text);
    if (match === null) return this.#fail(`'${this.text.charAt(this.#at)}' does not begin a JSON value`);
    this.#at = NUMBER.lastIndex;
    return Number(match[0]);
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.text);
    this.#at = SPACE.lastIndex;
  }

  #fail(problem: string): never {
    return this.#failAt(this.#at, problem);
  }

  #failAt(offset: number, problem: string): never {
    throw new CcwspecError('E-PROGRAM-FILE', `${this.fileName}:${placeOf(this.text, offset)}: ${problem}`);
  }
}
