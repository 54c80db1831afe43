/** What `ccwspec doctor` prints. */

import type { Finding } from '../../harness/doctor/index.js';
import { ExitCode } from '../../harness/errors/catalogue.js';
import { tableLines } from './table.js';

const words: Readonly<Record<Finding['state'], string>> = { ok: 'ok', missing: 'MISSING', absent: 'not here' };

/** One line for each finding, and a closing sentence. */
export function doctorLines(findings: readonly Finding[]): string[] {
  const rows = findings.map(({ name, state, detail, next }) => [
    words[state],
    name,
    next === undefined ? detail : `${detail}. ${next}`,
  ]);
  const missing = findings.filter(({ state }) => state === 'missing').map(({ name }) => name);
  const closing =
    missing.length === 0
      ? 'Everything that the model needs is here.'
      : `Not ready: ${missing.join(', ')} must be mended first.`;
  return [...tableLines(rows), '', closing];
}

/** 0, or 2 if something that every run needs is missing. */
export function doctorExitCode(findings: readonly Finding[]): number {
  return findings.some(({ state }) => state === 'missing') ? ExitCode.harnessError : ExitCode.passed;
}
