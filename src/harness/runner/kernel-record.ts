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
/** Milliseconds for a question: a target that has died may never answer. */
const limit = 5_000;
/** The same for the question that has the kernel look through all its memory. */
export const searchLimit = 30_000;

/** What is asked. */
export interface KernelQuestions {
  /** what time limits are multiplied by */
  readonly timeoutScale: number;
  /** the kernel is also to say what memory it has lost */
  readonly leaks: boolean;
}

/** Asks for all parts; one that cannot be had does not keep the others away. Never rejects. */
export async function kernelRecord(
  session: TargetSession,
  { timeoutScale, leaks }: KernelQuestions,
): Promise<KernelRecord> {
  const troubles: unknown[] = [];
  const ask = <Answer>(what: string, question: Promise<readonly Answer[]> | undefined, milliseconds = limit) =>
    answerOf(what, question, milliseconds * timeoutScale, troubles);
  const evidence = await ask('what the kernel recorded', session.kernelEvidence?.());
  const reports = await ask("the kernel's reports", session.kernelReports?.());
  const lost = leaks ? await ask('the memory that the kernel has lost', session.lostMemory?.(), searchLimit) : [];
  const said = evidence.filter(({ lines }) => lines.length > 0).map(shortened);
  return { evidence: said, reports: [...onceEach(reports), ...lost], troubles };
}

/** Reports without those that only repeat another: a loop that goes wrong goes wrong every time. */
function onceEach(reports: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const report of reports) groups.set(headOf(report), [...(groups.get(headOf(report)) ?? []), report]);
  return [...groups.values()].map(([first = '', ...others]) =>
    others.length === 0 ? first : `${first.trimEnd()}\n(reported ${others.length + 1} times; this is the first)`,
  );
}

/** The line that says what a report is; a frame may stand before it. */
function headOf(report: string): string {
  const lines = report.split('\n').map((line) => line.trim());
  return lines.find((line) => /\w/.test(line) && !line.includes('[ cut here ]')) ?? '';
}

/** What is answered in time; else nothing, with the reason in `troubles`. */
async function answerOf<Answer>(
  what: string,
  question: Promise<readonly Answer[]> | undefined,
  milliseconds: number,
  troubles: unknown[],
): Promise<readonly Answer[]> {
  if (question === undefined) return [];
  let answer: readonly Answer[] = [];
  const answered = question.then(
    (given) => void (answer = given),
    (thrown: unknown) => void troubles.push(thrown),
  );
  if (!(await endsWithin(answered, milliseconds)))
    troubles.push(new Error(`${what} did not come within ${milliseconds} ms`));
  return answer;
}

/** The failure's text for a report: the line that says what it is, then all of it. */
export function reportText(report: string): string {
  const lines = report.trimEnd().split('\n');
  return [`the kernel reported while the case ran: ${headOf(report)}`, ...lines.map((line) => `  ${line}`)].join('\n');
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
