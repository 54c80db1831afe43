/** The words that the reports for people share. */

import {
  plural,
  verdicts,
  type CaseEnd,
  type CaseNotRun,
  type Failure,
  type RunStart,
  type Verdict,
  type VerdictCounts,
} from '../runner/index.js';

/** `eckd/read/one-record`, or `… (attempt 2)` of a repeated one. */
export function caseName({ id, attempt }: { readonly id: string; readonly attempt: number }): string {
  return attempt === 1 ? id : `${id} (attempt ${attempt})`;
}

/** `0.4 ms`, `1.25 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** Two or three lines that say what runs. A version that is part of another one's words is not said twice. */
export function headLines({ tool, target, plan }: RunStart): string[] {
  const parts = Object.entries(target.versions);
  const versions = parts
    .filter(
      ([part, version]) =>
        !parts.some(([other, words]) => other !== part && words.length > version.length && words.includes(version)),
    )
    .map(([part, version]) => `${part} ${version}`);
  const options = Object.entries(plan.options).map(([key, value]) => `${key}=${value}`);
  return [
    `ccwspec ${tool.version} on target ${target.name}${versions.length === 0 ? '' : ` (${versions.join(', ')})`}`,
    `${plural(plan.selected, 'case')} of ${plan.selection.join(', ')}; seed ${plan.seed}, plan ${plan.hash}` +
      (options.length === 0 ? '' : `, ${options.join(' ')}`),
  ];
}

/** The first line of a failure: what a list of failures shows. */
export function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Everything that went wrong in a case, in lines. */
export function failureLines(failures: readonly Failure[]): string[] {
  return failures.flatMap(({ kind, text, stack }) => {
    const at = stack === undefined || kind === 'leak' ? [] : stack.split('\n').map((line) => `  ${line}`);
    return [...text.split('\n'), ...at];
  });
}

/** What the kernel recorded while the case ran, each line with its source in front. */
export function kernelLines({ kernel = [] }: CaseEnd): string[] {
  return kernel.flatMap(({ source, lines }) => lines.map((line) => `${source}: ${line}`));
}

/** Reasons of a skipped or blocked case in one line. */
export function reasonText(end: CaseEnd): string {
  return (end.reasons ?? []).map(({ text }) => text).join('; ');
}

/** One line for a finished case. */
export function endLine(end: CaseEnd): string {
  const name = caseName(end);
  switch (end.verdict) {
    case 'skip':
    case 'blocked':
      return `${name}: ${reasonText(end)}`;
    case 'deviation':
      return `${name}: ${end.deviation?.reason ?? ''} (${end.deviation?.link ?? ''})`;
    case 'pass':
      return `${name} (${durationText(end.duration)})`;
    case 'fail':
    case 'error':
    case 'unexpected-pass':
      return `${name} (${durationText(end.duration)}): ${firstLine(end.failures?.[0]?.text ?? '')}`;
  }
}

/** `350 selected: 340 passed, 8 skipped, 2 failed`. */
export function countsText(counts: VerdictCounts): string {
  const words: Record<Verdict | 'not-run', string> = {
    pass: 'passed',
    fail: 'failed',
    'unexpected-pass': 'passed unexpectedly',
    error: 'in error',
    deviation: 'deviated as listed',
    skip: 'skipped',
    blocked: 'blocked',
    'not-run': 'not run',
  };
  const present = verdicts.filter((verdict) => counts[verdict] > 0);
  const selected = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0);
  if (present.length === 0) return 'nothing selected';
  return `${selected} selected: ${present.map((verdict) => `${counts[verdict]} ${words[verdict]}`).join(', ')}`;
}

/** Cases that did not run, by reason, the most frequent reason first. A case with two reasons counts under both. */
export class ReasonGroups {
  readonly #groups = new Map<string, string[]>();

  take(event: CaseEnd | CaseNotRun): void {
    if (event.event === 'not-run') this.#add(`not run: ${event.reason}`, event.id);
    else if (event.verdict === 'skip' || event.verdict === 'blocked') {
      for (const { text } of event.reasons ?? []) this.#add(`${event.verdict}: ${text}`, event.id);
    }
  }

  /** `  12  skip: needs many-paths …`, with the case's id where there is only one. */
  lines(): string[] {
    const groups = [...this.#groups].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
    const width = Math.max(...groups.map(([, ids]) => String(ids.length).length), 0);
    return groups.map(([reason, ids]) => {
      const only = ids.length === 1 ? ` [${ids[0] ?? ''}]` : '';
      return `  ${String(ids.length).padStart(width)}  ${firstLine(reason)}${only}`;
    });
  }

  #add(reason: string, id: string): void {
    const ids = this.#groups.get(reason);
    if (ids === undefined) this.#groups.set(reason, [id]);
    else ids.push(id);
  }
}
