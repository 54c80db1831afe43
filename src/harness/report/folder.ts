/** The results of one run: `results/<time>/`, and `results/latest`, which leads to the last one. */

import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { EventSink } from '../runner/index.js';
import { makeFolders, outputError } from './files.js';
import { jsonlSink } from './jsonl.js';
import { junitSink } from './junit.js';
import { lastRunSink } from './last-run.js';
import { logSink } from './log.js';

/** The folder of one run. */
export interface ResultsFolder {
  /** `<output>/<time>` */
  readonly path: string;
  /** reports into the folder: junit.xml, last-run.json, ccwspec.log, events.jsonl */
  readonly sinks: readonly EventSink[];
}

/**
 * Makes the folder with its files open, and points `latest` at it. Read the earlier run (`readLastFailed`) before.
 * @param output the results folder, `results` by default
 * @param lastFailed the cases of --last-failed, see `lastRunSink`
 * @throws CcwspecError E-OUTPUT if it cannot be written
 */
export function openResultsFolder(output: string, now = new Date(), lastFailed: readonly string[] = []): ResultsFolder {
  const name = makeFolder(output, now);
  const path = join(output, name);
  const sinks = [
    junitSink(join(path, 'junit.xml')),
    lastRunSink(join(path, 'last-run.json'), lastFailed),
    logSink(join(path, 'ccwspec.log')),
    jsonlSink(join(path, 'events.jsonl')),
  ];
  pointLatest(output, name);
  return { path, sinks };
}

/** The folder of a comparison, with one below it for every target. */
export interface ComparisonFolder {
  /** `<output>/<time>` */
  readonly path: string;
  /** name of the folder of each run, below `path` */
  readonly names: readonly string[];
}

/**
 * Makes the folders, and points `latest` at the upper one.
 * @param labels the targets, as on the command line
 * @throws CcwspecError E-OUTPUT if it cannot be written
 */
export function openComparisonFolder(output: string, labels: readonly string[], now = new Date()): ComparisonFolder {
  const name = makeFolder(output, now);
  const path = join(output, name);
  const names: string[] = [];
  for (const label of labels) {
    const slug = label
      .toLowerCase()
      .replaceAll(/[^a-z0-9.]+/g, '-')
      .replaceAll(/^-|-$/g, '');
    const taken = names.filter((other) => other === slug || other.startsWith(`${slug}--`)).length;
    names.push(taken === 0 ? slug : `${slug}--${taken + 1}`);
  }
  try {
    for (const below of names) mkdirSync(join(path, below));
  } catch (thrown) {
    throw outputError(path, thrown);
  }
  pointLatest(output, name);
  return { path, names };
}

/** Makes a folder named for the time; of two runs in one second the later has a number behind it. */
function makeFolder(output: string, now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  try {
    makeFolders(output);
    for (let ordinal = 1; ; ordinal++) {
      const name = ordinal === 1 ? time : `${time}-${ordinal}`;
      try {
        mkdirSync(join(output, name));
        return name;
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
      }
    }
  } catch (thrown) {
    throw outputError(output, thrown);
  }
}

/** A new link is renamed over the old one, so that there always is one. */
function pointLatest(output: string, name: string): void {
  const link = join(output, 'latest');
  const fresh = join(output, `.latest-${process.pid}`);
  try {
    rmSync(fresh, { force: true });
    symlinkSync(name, fresh);
    renameSync(fresh, link);
  } catch (thrown) {
    rmSync(fresh, { force: true });
    throw outputError(link, thrown);
  }
}
