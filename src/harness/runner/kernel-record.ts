/** What the kernel of a real target recorded while a case ran. */

import { messageOf } from '../errors/index.js';
import type { KernelEvidence, TargetSession } from '../ports/index.js';
import { endsWithin } from './time.js';

/** The record, and what kept it from being whole. */
export interface KernelRecord {
  readonly evidence: readonly KernelEvidence[];
  /** oops, BUG, KASAN, lockdep, …: each with all its lines */
  readonly reports: readonly string[];
  /** what was thrown instead */
  readonly troubles: readonly unknown[];
}

/** Lines of one source that are kept: half of them from its beginning, half from its end. */
const mostLines = 2_000;
/** Milliseconds for either question: a target that has died may never answer. */
const limit = 5_000;

/** Asks for both parts; one that cannot be had does not keep the other away. Never rejects. */
export async function kernelRecord(session: TargetSession): Promise<KernelRecord> {
  const troubles: unknown[] = [];
  const evidence = await answerOf('what the kernel recorded', session.kernelEvidence?.(), troubles);
  const reports = await answerOf("the kernel's reports", session.kernelReports?.(), troubles);
  return { evidence: evidence.filter(({ lines }) => lines.length > 0).map(shortened), reports, troubles };
}

/** What is answered in time; else nothing, with the reason in `troubles`. */
async function answerOf<Answer>(
  what: string,
  question: Promise<readonly Answer[]> | undefined,
  troubles: unknown[],
): Promise<readonly Answer[]> {
  if (question === undefined) return [];
  let answer: readonly Answer[] = [];
  const answered = question.then(
    (given) => void (answer = given),
    (thrown: unknown) => void troubles.push(thrown),
  );
  if (!(await endsWithin(answered, limit))) troubles.push(new Error(`${what} did not come within ${limit} ms`));
  return answer;
}

/** The failure's text for a report: the line that says what it is, then all of it. */
export function reportText(report: string): string {
  const lines = report.trimEnd().split('\n');
  const head = lines.find((line) => line.trim() !== '')?.trim() ?? '';
  return [`the kernel reported while the case ran: ${head}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** What kept the record from being whole, in words. */
export function troubleText(trouble: unknown): string {
  return `what the kernel recorded could not be read: ${messageOf(trouble)}`;
}

function shortened({ source, lines }: KernelEvidence): KernelEvidence {
  if (lines.length <= mostLines) return { source, lines };
  const half = mostLines / 2;
  const left = `(${lines.length - mostLines} lines left out)`;
  return { source, lines: [...lines.slice(0, half), left, ...lines.slice(-half)] };
}
