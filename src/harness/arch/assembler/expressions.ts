/** Numbers and addresses in program files. */

/** An address: a number, or a label or the place of the statement (`*`) with an offset. */
export type AddressExpression = { readonly number: number } | { readonly base: string; readonly offset: number };

const NUMBER = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/;
const RELATIVE = /^(\*|[A-Za-z_][A-Za-z0-9_.]*)(?:([+-])(0[xX][0-9a-fA-F]+|[0-9]+))?$/;

/** The number that `text` spells, decimal or hexadecimal with 0x; undefined if it is none, or above `maximum`. */
export function numberOf(text: string, maximum: number): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return value <= maximum ? value : undefined;
}

/** As `numberOf`, for values of 64 bits. */
export function bigNumberOf(text: string): bigint | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = BigInt(text);
  return value < 1n << 64n ? value : undefined;
}

/** The address that `text` spells; undefined if it is none. */
export function addressExpression(text: string): AddressExpression | undefined {
  if (NUMBER.test(text)) return { number: Number(text) };
  const match = RELATIVE.exec(text);
  if (match === null) return undefined;
  const [, base = '', sign, digits = '0'] = match;
  return { base, offset: sign === '-' ? -Number(digits) : Number(digits) };
}

/** Of `known`, the word that differs from `word` by the fewest letters, if it is near enough to be meant. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.floor(word.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(word, candidate, least);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Letters to add, drop or change to get from `a` to `b`; `limit` or more if it is that many. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? limit;
}
