/** `ccwspec run`: from words and flags to a plan, its execution, and the reports. */

import { consoleSink } from '../harness/report/console.js';
import { openResultsFolder, type ResultsFolder } from '../harness/report/folder.js';
import { jsonlStreamSink } from '../harness/report/jsonl.js';
import { junitSink } from '../harness/report/junit.js';
import { CcwspecError } from '../harness/errors/index.js';
import { executePlan, StopRequest } from '../harness/runner/execute.js';
import type { WorkerThread } from '../harness/runner/worker-thread.js';
import type { EventSink } from '../harness/runner/events.js';
import type { TargetFlags } from './flags.js';
import { stopOnInterrupt } from './interrupt.js';
import { parseOptions } from './options.js';
import { prepareRun } from './prepare-run.js';
import { RunScratch } from './scratch.js';
import { readSelection, type SelectionFlags } from './select.js';

/** The flags of `run`. */
export interface RunFlags extends SelectionFlags, TargetFlags {
  readonly seed: number;
  readonly 'repeat-each': number;
  readonly workers: number | undefined;
  readonly bail: number | undefined;
  readonly 'timeout-scale': string;
  readonly junit: string | undefined;
  readonly json: boolean;
}

/** What runs when nothing is named. */
export const DEFAULT_WORDS = ['default'];

/**
 * Runs what `words` and `flags` select.
 * @param version version of ccwspec, for the reports
 * @param thread the thread of the cases, which is loading already
 * @returns the exit code
 * @throws CcwspecError for everything that keeps the run from starting
 */
export async function runSuites(
  words: readonly string[],
  flags: RunFlags,
  version: string,
  thread: WorkerThread,
): Promise<number> {
  const timeoutScale = positive('--timeout-scale', flags['timeout-scale']);
  const listed = flags['last-failed'] || flags['list-file'] !== undefined;
  const selection = await readSelection(words, flags, listed ? [] : DEFAULT_WORDS);
  const scratch = new RunScratch();
  try {
    const { plan, worker, lanes } = await prepareRun(selection, {
      flags,
      options: await parseOptions(flags.option),
      touch: flags.touch,
      seed: flags.seed,
      repeatEach: flags['repeat-each'],
      workers: flags.workers,
      scratch,
    });
    const reports = openReports(flags, selection.lastFailed);
    const stop = new StopRequest();
    const restore = stopOnInterrupt(stop);
    const outcome = await executePlan({
      plan,
      worker,
      lanes,
      thread,
      sinks: reports.sinks,
      version,
      ...(flags.bail === undefined ? {} : { bail: flags.bail }),
      timeoutScale,
      stop,
    });
    restore();
    reports.stream.write(`Reports: ${reports.path}\n`);
    return outcome.exitCode;
  } finally {
    scratch.remove();
  }
}

/** The reports of a run, the folder that most of them go to, and where people read. */
interface Reports {
  readonly path: string;
  readonly sinks: readonly EventSink[];
  readonly stream: NodeJS.WriteStream;
}

function openReports(flags: RunFlags, lastFailed: readonly string[] = []): Reports {
  const ofUser = flags.junit === undefined ? undefined : junitSink(flags.junit); // first: without it, `latest` stays
  const { path, sinks } = resultsFolder(flags.output, lastFailed, ofUser);
  const stream = flags.json ? process.stderr : process.stdout;
  const reports = [...sinks];
  if (ofUser !== undefined) reports.push(ofUser);
  if (flags.json) reports.push(jsonlStreamSink(process.stdout));
  reports.push(consoleSink({ stream }));
  return { path, sinks: reports, stream };
}

function resultsFolder(output: string, lastFailed: readonly string[], opened: EventSink | undefined): ResultsFolder {
  try {
    return openResultsFolder(output, new Date(), lastFailed);
  } catch (thrown) {
    opened?.close?.();
    throw thrown;
  }
}

/** The number above 0 that `text` is. @throws CcwspecError E-USAGE */
export function positive(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new CcwspecError('E-USAGE', `${flag} ${text} is not a number above 0`);
}
