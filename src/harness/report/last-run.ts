/** `last-run.json`: which cases failed, for --last-failed. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CcwspecError } from '../errors/index.js';
import type { EventSink, RunEvent } from '../runner/index.js';
import { WholeFile } from './files.js';

const failing: ReadonlySet<string> = new Set(['fail', 'error', 'unexpected-pass']);
const undecidedBy: ReadonlySet<string> = new Set(['skip', 'blocked']);

/** Content of last-run.json. */
interface LastRun {
  readonly version: 1;
  readonly at: string;
  readonly target: string;
  /** ids of the cases that failed, passed unexpectedly, or ended in error, and of those of --last-failed that did not run */
  readonly failed: readonly string[];
}

/**
 * @param earlier cases of --last-failed: those that this run does not decide (an interrupt, a filter) stay in the list
 * @throws CcwspecError E-OUTPUT
 */
export function lastRunSink(file: string, earlier: readonly string[] = []): EventSink {
  const output = new WholeFile(file);
  const failed = new Set<string>();
  const undecided = new Set(earlier);
  let target = '';
  return {
    name: file,
    take: (event) => {
      collectFailed(event, failed);
      if (event.event === 'case-end' && !undecidedBy.has(event.verdict)) undecided.delete(event.id);
      if (event.event === 'run-start') target = event.target.name;
      if (event.event !== 'run-end') return;
      output.write(lastRunText(event.at, target, new Set([...failed, ...undecided])));
    },
    close: () => {
      output.close();
    },
  };
}

/** Content of last-run.json. @param at ISO 8601 */
export function lastRunText(at: string, target: string, failed: ReadonlySet<string>): string {
  const content: LastRun = { version: 1, at, target, failed: [...failed] };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/**
 * Ids of the cases that failed in the latest run under `output`; from its event stream, if the run was killed before its end.
 * @throws CcwspecError E-USAGE if there was no run
 */
export function readLastFailed(output: string): string[] {
  const latest = join(output, 'latest');
  const whole = failedIn(readIfThere(join(latest, 'last-run.json')));
  if (whole !== undefined) return [...whole];
  const events = readIfThere(join(latest, 'events.jsonl'));
  if (events === undefined) {
    throw new CcwspecError(
      'E-USAGE',
      `--last-failed: there is no earlier run in ${output}`,
      'Run once without --last-failed.',
    );
  }
  const failed = new Set<string>();
  for (const line of events.split('\n')) {
    const event = parsedLine(line);
    if (event !== undefined) collectFailed(event, failed);
  }
  return [...failed];
}

function collectFailed(event: RunEvent, failed: Set<string>): void {
  if (event.event === 'case-end' && failing.has(event.verdict)) failed.add(event.id);
}

/** undefined for a file that is not there or was cut off, as by a full disk: then the events tell. */
function failedIn(text = ''): readonly string[] | undefined {
  try {
    return (JSON.parse(text) as Partial<LastRun>).failed;
  } catch {
    return undefined;
  }
}

/** The last line of a run that was killed may be cut off. */
function parsedLine(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
