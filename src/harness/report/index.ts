/**
 * Reports, all made from the event stream: `folder` (results/<time>/ and latest), `console`, `junit`, `ktap`, `jsonl`, `log`.
 */
import type { EventSink } from '../runner/index.js';

export interface ConsoleOptions {
  /** where to write; default process.stderr when `json` goes to stdout, else process.stdout */
  readonly stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  readonly environment?: Readonly<Record<string, string | undefined>>;
}
/** Progress and summary for people. */
export declare function consoleSink(options: ConsoleOptions): EventSink;
/** JUnit XML into `file`, written when the run ends. */
export declare function junitSink(file: string): EventSink;
/** JSON lines (events.jsonl) to a file, flushed with every event. */
export declare function jsonlSink(file: string): EventSink;
/** JSON lines to a stream, for --json. */
export declare function jsonlStreamSink(stream: NodeJS.WritableStream): EventSink;
/** KTAP to a stream. */
export declare function ktapSink(stream: NodeJS.WritableStream): EventSink;

export interface ResultsFolder {
  /** results/<time> */
  readonly path: string;
  /** events.jsonl, junit.xml, ccwspec.log, last-run.json */
  readonly sinks: readonly EventSink[];
}
/** Makes results/<time>/ with its files open, and points results/latest at it. @throws CcwspecError E-OUTPUT */
export declare function openResultsFolder(output: string): ResultsFolder;
/** Ids of the cases that failed in the latest run. @throws CcwspecError E-USAGE if there was none. */
export declare function readLastFailed(output: string): string[];
