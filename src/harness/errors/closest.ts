/** Did you mean: the known name that is nearest to a misspelt one. */

/**
 * The name of `known` that differs from `name` in the fewest letters, or that begins with it.
 * @returns undefined if none is near enough to be meant
 */
export function closest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = (wanted.length <= 3 ? 1 : Math.max(2, Math.ceil(wanted.length / 3))) + 0.5;
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    const distance = wanted.length > 1 && other.startsWith(wanted) ? 0.5 : editDistance(wanted, other);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean X?`, or nothing: to be put behind "there is no …". */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = closest(name, known);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** Letters to insert, delete, replace or swap with a neighbour to get from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let distance = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        distance = Math.min(distance, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
