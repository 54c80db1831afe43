/** The assertions of a case, and the words of their failures. */

import { toHex, fromHex, type AssembledProgram } from '../arch/index.js';
import type { InstructionOutcome } from '../ports/index.js';
import { describeResult, Errno, type ErrnoName } from '../uapi/index.js';
import type { SeenDifference } from './events.js';
import type { Expect, IrbExpectation } from './expect.js';
import { describeIrbDifference, irbDifferences } from './irb-expectation.js';

/** A failed assertion: the verdict is `fail`, and only this may be a listed deviation. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';

  /** @param difference the two values, where values were compared */
  constructor(
    message: string,
    readonly difference?: SeenDifference,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The assertions of one case; remembers how many were checked and the first that failed. */
export class CaseExpect implements Expect {
  #checked = 0;
  #failed: ExpectationError | undefined;

  /** assertions checked so far */
  get checked(): number {
    return this.#checked;
  }

  /** the first that failed, also where the case caught the error itself */
  get failed(): ExpectationError | undefined {
    return this.#failed;
  }

  equal(actual: unknown, expected: unknown, what: string): void {
    this.#checked++;
    if (Object.is(actual, expected) || sameValue(actual, expected)) return;
    this.#failOver({ field: what, expected: show(expected), actual: show(actual) });
  }

  isTrue(condition: boolean, what: string): void {
    this.#checked++;
    if (condition) return;
    this.#fail(`expected that ${what}; it is not so`, { field: what, expected: 'so', actual: 'not so' });
  }

  result(actual: number, expected: number | string | readonly (number | string)[], what: string): void {
    this.#checked++;
    const allowed = (typeof expected === 'object' ? expected : [expected]).map(resultNumber);
    if (allowed.includes(actual)) return;
    const wanted = allowed.map(describeResult).join(' or ');
    this.#failOver({ field: what, expected: wanted, actual: describeResult(actual) });
  }

  bytes(actual: Uint8Array, expected: Uint8Array | string, what: string): void {
    this.#checked++;
    const wanted = typeof expected === 'string' ? fromHex(expected) : expected;
    if (sameBytes(actual, wanted)) return;
    this.#fail(describeBytes(actual, wanted, what), bytesDifference(actual, wanted, what));
  }

  irb(actual: Uint8Array, expected: IrbExpectation, what: string, program?: AssembledProgram): void {
    this.#checked++;
    const differing = irbDifferences(actual, expected);
    const [first] = differing;
    if (first === undefined) return;
    const text = describeIrbDifference(actual, expected, differing, what, program);
    this.#fail(text, { ...first, field: `${what}: ${first.field}` });
  }

  outcome(actual: unknown, expected: 0 | 1 | 2 | 3 | string, what: string): void {
    this.#checked++;
    const was = actual as Partial<Record<'conditionCode' | 'interruption', unknown>>;
    if (typeof expected === 'number' ? was.conditionCode === expected : was.interruption === expected) return;
    const wanted: InstructionOutcome | { interruption: string } =
      typeof expected === 'number' ? { conditionCode: expected } : { interruption: expected };
    this.#failOver({ field: what, expected: describeOutcome(wanted), actual: describeOutcome(actual) });
  }

  fail(message: string): never {
    this.#checked++;
    this.#fail(message);
  }

  #failOver(difference: SeenDifference): never {
    const { field, expected, actual } = difference;
    this.#fail(`expected ${field} to be ${expected}; it was ${actual}`, difference);
  }

  #fail(message: string, difference?: SeenDifference): never {
    const error = new ExpectationError(message, difference);
    this.#failed ??= error;
    throw error;
  }
}

function isErrnoName(name: string): name is ErrnoName {
  return Object.hasOwn(Errno, name);
}

/** @throws Error for a name that is no errno of the catalogue: a mistake of the case. */
function resultNumber(expected: number | string): number {
  if (typeof expected === 'number') return expected;
  if (!isErrnoName(expected)) throw new Error(`expect.result: ${expected} is not an errno that ccwspec knows`);
  return -Errno[expected];
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Equal plain values: arrays, objects, sets, maps and bytes by content. */
function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sameBytes(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, index) => sameValue(value, b[index]));
  }
  if (a instanceof Set && b instanceof Set) return sameValue([...a], [...b]);
  if (a instanceof Map && b instanceof Map) return sameValue([...a], [...b]);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const left = Object.entries(a);
  const right = new Map<string, unknown>(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && sameValue(value, right.get(key)));
}

/** A value in words: numbers in decimal and hexadecimal, since one of the two is what the manual writes. */
function show(value: unknown): string {
  if (typeof value === 'number' && Number.isInteger(value) && value > 9) return `${value} (0x${value.toString(16)})`;
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `bytes ${toHex(value)}`;
  if (value instanceof Set || value instanceof Map) return show([...(value as Iterable<unknown>)]);
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, member]) => `${key}: ${show(member)}`)
      .join(', ')} }`;
  }
  return String(value);
}

function describeOutcome(outcome: unknown): string {
  if (typeof outcome === 'object' && outcome !== null) {
    if ('conditionCode' in outcome) return `condition code ${String(outcome.conditionCode)}`;
    if ('interruption' in outcome) return `a program interruption (${String(outcome.interruption)} exception)`;
  }
  return show(outcome);
}

const bytesPerLine = 16;

/** Both sides as lines of 16 bytes, from the line of the first difference on, the differing bytes marked. */
function describeBytes(actual: Uint8Array, expected: Uint8Array, what: string): string {
  const length = Math.max(actual.length, expected.length);
  const first = firstDifferent(actual, expected);
  const sizes =
    actual.length === expected.length ? '' : `; ${expected.length} bytes were expected, ${actual.length} came`;
  const lines = [`expected ${what} to be other bytes: the first that differs is at offset ${first}${sizes}`];
  const start = first - (first % bytesPerLine);
  for (let at = start; at < Math.min(length, start + 4 * bytesPerLine); at += bytesPerLine) {
    const offset = at.toString(16).padStart(4, '0');
    lines.push(`  ${offset}  expected  ${byteLine(expected, at)}`);
    lines.push(`        was       ${byteLine(actual, at)}`);
    const marks = markLine(actual, expected, at);
    if (marks !== '') lines.push(`                  ${marks}`);
  }
  if (length > start + 4 * bytesPerLine) lines.push(`  (${length} bytes in all)`);
  return lines.join('\n');
}

/** Offset of the first byte that differs; where one is the beginning of the other, its length. */
function firstDifferent(actual: Uint8Array, expected: Uint8Array): number {
  const length = Math.max(actual.length, expected.length);
  let first = 0;
  while (first < length && actual[first] === expected[first]) first++;
  return first;
}

/** Up to eight bytes from the first that differs. */
function bytesDifference(actual: Uint8Array, expected: Uint8Array, what: string): SeenDifference {
  const from = firstDifferent(actual, expected);
  const shown = (bytes: Uint8Array): string =>
    bytes.length <= from ? `${bytes.length} bytes` : toHex(bytes.subarray(from, from + 8));
  return { field: `${what}, from offset ${from}`, expected: shown(expected), actual: shown(actual) };
}

function byteLine(bytes: Uint8Array, at: number): string {
  return Array.from(bytes.subarray(at, at + bytesPerLine), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function markLine(actual: Uint8Array, expected: Uint8Array, at: number): string {
  const marks = Array.from({ length: bytesPerLine }, (_, index) =>
    actual[at + index] === expected[at + index] ? '  ' : '^^',
  );
  return marks.join(' ').trimEnd();
}
