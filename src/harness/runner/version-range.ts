/** Ranges of versions: `>=6.6`, `>=6.1.0 <6.1.192`, `6.1 || >=6.12.80`. */

/** How two versions must stand to each other. */
const operators: Readonly<Record<string, (order: number) => boolean>> = {
  '>=': (order) => order >= 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '<': (order) => order < 0,
  '=': (order) => order === 0,
};

interface Bound {
  readonly holds: (order: number) => boolean;
  readonly numbers: readonly number[];
}

/**
 * A set of versions. Only as many numbers are compared as the bound has: `6.1` and `<=6.1` have 6.1.176 in them, `>6.1` has not.
 * What follows the numbers of a version (`-rc3`, `-1~deb12u1`) does not count.
 */
export class VersionRange {
  /** any of these, each of which must hold whole */
  readonly #alternatives: readonly (readonly Bound[])[];

  /** @throws Error naming the part of `text` that is not a bound */
  constructor(readonly text: string) {
    this.#alternatives = text.split('||').map((part) => part.trim().split(/\s+/).map(boundOf));
  }

  /** False for a text that does not begin with a number. */
  includes(version: string): boolean {
    const numbers = numbersOf(version);
    if (numbers.length === 0) return false;
    return this.#alternatives.some((bounds) =>
      bounds.every(({ holds, numbers: limit }) => holds(compare(numbers, limit))),
    );
  }
}

function boundOf(text: string): Bound {
  const [, sign = '', numbers = ''] = /^(>=|<=|>|<|=)?(\d+(?:\.\d+)*)$/.exec(text) ?? [];
  const holds = operators[sign === '' ? '=' : sign];
  if (numbers === '' || holds === undefined)
    throw new Error(`'${text}' is not a version with or without >=, >, <, <= or =`);
  return { holds, numbers: numbersOf(numbers) };
}

function numbersOf(version: string): number[] {
  return (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').filter(Boolean).map(Number);
}

/** The sign of `version` - `limit`, over the numbers of `limit`; one that `version` does not have is 0. */
function compare(version: readonly number[], limit: readonly number[]): number {
  for (const [index, number] of limit.entries()) {
    const difference = (version[index] ?? 0) - number;
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
