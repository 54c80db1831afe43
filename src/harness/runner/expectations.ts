/** The assertions of a case, and the words of their failures. */

import { toHex, fromHex, type AssembledProgram } from '../arch/index.js';
import type { InstructionOutcome } from '../ports/index.js';
import { describeResult, Errno, type ErrnoName } from '../uapi/index.js';
import type { Expect, IrbExpectation } from './expect.js';
import { describeIrbDifference, irbDifferences } from './irb-expectation.js';

/** A failed assertion: the verdict is `fail`, and only this may be a listed deviation. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';
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
    this.#fail(`expected ${what} to be ${show(expected)}; it was ${show(actual)}`);
  }

  isTrue(condition: boolean, what: string): void {
    this.#checked++;
    if (!condition) this.#fail(`expected that ${what}; it is not so`);
  }

  result(actual: number, expected: number | string | readonly (number | string)[], what: string): void {
    this.#checked++;
    const allowed = (typeof expected === 'object' ? expected : [expected]).map(resultNumber);
    if (allowed.includes(actual)) return;
    this.#fail(`expected ${what} to be ${allowed.map(describeResult).join(' or ')}; it was ${describeResult(actual)}`);
  }

  bytes(actual: Uint8Array, expected: Uint8Array | string, what: string): void {
    this.#checked++;
    const wanted = typeof expected === 'string' ? fromHex(expected) : expected;
    if (sameBytes(actual, wanted)) return;
    this.#fail(describeBytes(actual, wanted, what));
  }

  irb(actual: Uint8Array, expected: IrbExpectation, what: string, program?: AssembledProgram): void {
    this.#checked++;
    const differing = irbDifferences(actual, expected);
    if (differing.length > 0) this.#fail(describeIrbDifference(actual, expected, differing, what, program));
  }

  outcome(actual: unknown, expected: 0 | 1 | 2 | 3 | string, what: string): void {
    this.#checked++;
    const was = actual as Partial<Record<'conditionCode' | 'interruption', unknown>>;
    if (typeof expected === 'number' ? was.conditionCode === expected : was.interruption === expected) return;
    const wanted: InstructionOutcome | { interruption: string } =
      typeof expected === 'number' ? { conditionCode: expected } : { interruption: expected };
    this.#fail(`expected ${what} to be ${describeOutcome(wanted)}; it was ${describeOutcome(actual)}`);
  }

  fail(message: string): never {
    this.#checked++;
    this.#fail(message);
  }

  #fail(message: string): never {
    const error = new ExpectationError(message);
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
  let first = 0;
  while (first < length && actual[first] === expected[first]) first++;
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

function byteLine(bytes: Uint8Array, at: number): string {
  return Array.from(bytes.subarray(at, at + bytesPerLine), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function markLine(actual: Uint8Array, expected: Uint8Array, at: number): string {
  const marks = Array.from({ length: bytesPerLine }, (_, index) =>
    actual[at + index] === expected[at + index] ? '  ' : '^^',
  );
  return marks.join(' ').trimEnd();
}
