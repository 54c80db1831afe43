/** Bugs that are known by name: what the `guards` of a case lead to, so that a failure says which fix may be missing. */

/** A bug, and the fix that ended it. */
export interface KnownBug {
  /** CVE number, or the first 12 digits of the commit that fixed it; a number behind it tells two bugs of one commit apart */
  readonly id: string;
  /** first 12 digits of the commit that fixed it, where `id` is a CVE number */
  readonly fixedBy?: string;
  readonly title: string;
}

/** The bug that `name` means: its id, or its commit, which may be longer than ours. */
export function findBug<Bug extends KnownBug>(name: string, bugs: readonly Bug[]): Bug | undefined {
  const wanted = name.toLowerCase();
  return (
    bugs.find(({ id }) => id.toLowerCase() === wanted) ??
    bugs.find(({ id, fixedBy = id }) => /^[0-9a-f]{12,40}$/.test(wanted) && wanted.startsWith(fixedBy))
  );
}

/** `CVE-2026-80555 (74186c2968f8): what it was`, once for each bug that `guards` name; a name that is not known stands alone. */
export function guardTexts(guards: readonly string[], bugs: readonly KnownBug[]): string[] {
  const texts = guards.map((guard) => {
    const bug = findBug(guard, bugs);
    if (bug === undefined) return guard;
    return `${bug.id}${bug.fixedBy === undefined ? '' : ` (${bug.fixedBy})`}: ${bug.title}`;
  });
  return [...new Set(texts)];
}
