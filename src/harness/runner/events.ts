/**
 * The event stream of a run: everything that is reported is made from it. One event is one line of JSON in `events.jsonl`;
 * docs/results.md describes the lines for programs that read them. Members may be added in a version; none changes meaning.
 */

import type { KernelEvidence, LedgerEntry } from '../ports/index.js';
import type { Touches, Verdict } from './case.js';

/** Version of the stream, in its first line. */
export const EVENT_STREAM_VERSION = 1;

/** Why a case was not run, or not run to its end: a category for counting, and a text for people. */
export interface Reason {
  readonly category: 'capability' | 'touch' | 'suite' | 'case' | 'blocked';
  readonly text: string;
}

/** What went wrong in a case. Only an `expectation`, or a `kernel-report` that is named, may be a listed deviation. */
export type FailureKind =
  | 'expectation'
  | 'exception'
  | 'kernel-bug'
  | 'kernel-report'
  | 'unhandled'
  | 'timeout'
  | 'hang'
  | 'leak'
  | 'wedged'
  | 'session'
  | 'died'
  | 'harness'
  | 'unexpected-pass';

/** The first thing that was seen otherwise than expected, as words. */
export interface SeenDifference {
  /** for example `the IRB: residual count` */
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

/** One failure of a case. A case has more than one when its end brings another to light, for example a leak. */
export interface Failure {
  readonly kind: FailureKind;
  /** several lines, for people */
  readonly text: string;
  /** of `expectation`, where two values were compared */
  readonly difference?: SeenDifference;
  readonly stack?: string;
}

/** A known difference, as the suite lists it. */
export interface DeviationNote {
  readonly reason: string;
  readonly link: string;
  /** where the difference lies */
  readonly class: 'model' | 'platform' | 'driver';
  /** id of the requirement that says what is right */
  readonly clause?: string;
  /** words of the kernel's report that is the difference; without them it is what the case expects otherwise */
  readonly report?: string;
  /** words of what the case expects otherwise, of which one is in every failure; without them any failed expectation is the difference */
  readonly differs?: readonly string[];
  /** why it does not happen every time, where it does not; a case that passes then is a pass */
  readonly sometimes?: string;
  /** last day on which it is accepted, `YYYY-MM-DD` */
  readonly until?: string;
}

/** What the run is made of. */
export interface RunStart {
  readonly event: 'run-start';
  readonly version: typeof EVENT_STREAM_VERSION;
  /** ISO 8601, UTC */
  readonly at: string;
  readonly tool: { readonly version: string; readonly node: string; readonly host: string };
  readonly target: {
    readonly name: string;
    readonly description: string;
    readonly versions: Readonly<Record<string, string>>;
  };
  readonly plan: {
    readonly hash: string;
    readonly seed: number;
    readonly selected: number;
    readonly runnable: number;
    readonly repeatEach: number;
    readonly touch: Touches;
    /** the selection in words: suites, globs and filters as they were given */
    readonly selection: readonly string[];
    readonly suites: readonly string[];
    readonly options: Readonly<Record<string, string>>;
  };
}

/** A case begins. */
export interface CaseStart {
  readonly event: 'case-start';
  /** position in the plan, from 0 */
  readonly index: number;
  readonly id: string;
  /** 1, or more with --repeat-each */
  readonly attempt: number;
  /** milliseconds since the run began */
  readonly at: number;
}

/** A line from a running case. */
export interface CaseNote {
  readonly event: 'note';
  readonly index: number;
  readonly id: string;
  readonly text: string;
}

/** A case has its verdict. */
export interface CaseEnd {
  readonly event: 'case-end';
  readonly index: number;
  readonly id: string;
  readonly attempt: number;
  readonly plugin: string;
  readonly verdict: Verdict;
  /** real milliseconds */
  readonly duration: number;
  /** virtual milliseconds, on a target that has virtual time */
  readonly virtual?: number;
  /** expectations that were checked */
  readonly expectations?: number;
  readonly failures?: readonly Failure[];
  /** of a case that failed: the bugs that it guards, in words, whose fixes may be missing */
  readonly guards?: readonly string[];
  /** of `skip` and `blocked` */
  readonly reasons?: readonly Reason[];
  /** of `deviation` and `unexpected-pass` */
  readonly deviation?: DeviationNote;
  /** what the case took and did not give back */
  readonly ledger?: readonly LedgerEntry[];
  /** the target's own record of the case, where it failed */
  readonly evidence?: readonly string[];
  /** what the host's kernel recorded while the case ran, on a target that has a kernel of its own */
  readonly kernel?: readonly KernelEvidence[];
}

/** A case of the plan that was not started: the run was stopped before. */
export interface CaseNotRun {
  readonly event: 'not-run';
  readonly index: number;
  readonly id: string;
  readonly attempt: number;
  readonly plugin: string;
  readonly reason: string;
}

/** Trouble of the harness itself; the run ends with exit code 2. */
export interface RunProblem {
  readonly event: 'problem';
  readonly text: string;
}

/** How many cases got each verdict. */
export type VerdictCounts = Readonly<Record<Verdict | 'not-run', number>>;

/** The run is over. */
export interface RunEnd {
  readonly event: 'run-end';
  /** ISO 8601, UTC */
  readonly at: string;
  /** real milliseconds */
  readonly duration: number;
  readonly counts: VerdictCounts;
  readonly exitCode: number;
  /** why the run may be called green, or why not: one sentence */
  readonly why: string;
}

export type RunEvent = RunStart | CaseStart | CaseNote | CaseEnd | CaseNotRun | RunProblem | RunEnd;

/** Something that takes the stream: a report, the console. */
export interface EventSink {
  /** name for messages, usually the file */
  readonly name: string;
  /** Takes one event. May throw if it cannot be written: the sink is then given no more, and the run goes on. */
  take(event: RunEvent): void;
  /** Called once after the last event, also after `take` threw. */
  close?(): void;
}
