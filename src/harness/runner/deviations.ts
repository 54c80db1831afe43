/** Known differences: which of those that suites list applies to a case on a target. It is decided here, and nowhere else. */

import type { Target } from '../ports/index.js';
import type { DeviationNote } from './events.js';
import { Pattern } from './pattern.js';
import type { Suite } from './selection.js';
import { VersionRange } from './version-range.js';

/** A known difference on some targets. */
export interface SuiteDeviation {
  readonly case: Pattern;
  readonly where: DeviationPlace;
  readonly note: DeviationNote;
}

/** The targets that a deviation is known on: all of these must fit. A target that does not say its version does not fit. */
export interface DeviationPlace {
  /** pattern over target names */
  readonly targets: Pattern;
  /** over the release of the target's kernel */
  readonly kernel?: VersionRange;
  readonly platform?: PlatformRange;
}

/** Platforms: a pattern over name and version (`hercules-3.13`, `qemu-*`), or a name and a range (`qemu >=7.2 <9`). */
export class PlatformRange {
  readonly #fits: (platform: string) => boolean;

  /** @throws Error if what follows the name is not a range of versions */
  constructor(readonly text: string) {
    const [name = '', ...range] = text.trim().split(/\s+/);
    if (range.length === 0) {
      const pattern = new Pattern(name);
      this.#fits = (platform) => pattern.matches(platform);
    } else {
      const versions = new VersionRange(range.join(' '));
      this.#fits = (platform) => platform.startsWith(`${name}-`) && versions.includes(platform.slice(name.length + 1));
    }
  }

  includes(platform: string): boolean {
    return this.#fits(platform);
  }
}

/**
 * The deviation for the case `id` on `target`: the first that fits, a suite's own before those that it includes.
 * @param today the day on which it is judged, `YYYY-MM-DD`: one whose last day is over does not fit any more
 */
export function deviationFor(
  id: string,
  target: Pick<Target, 'name' | 'versions'>,
  suites: readonly Suite[],
  today: string,
): DeviationNote | undefined {
  for (const { deviations, includes } of suites) {
    const own = deviations.find(({ case: pattern, where, note }) => {
      const isOver = note.until !== undefined && note.until < today;
      return !isOver && pattern.matches(id) && fits(where, target);
    });
    const found = own?.note ?? deviationFor(id, target, includes, today);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fits(
  { targets, kernel, platform }: DeviationPlace,
  { name, versions }: Pick<Target, 'name' | 'versions'>,
): boolean {
  if (!targets.matches(name)) return false;
  if (kernel !== undefined && !kernel.includes(versions['kernel'] ?? '')) return false;
  return platform === undefined || platform.includes(versions['platform'] ?? '');
}
