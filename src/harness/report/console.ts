/** Progress and summary for people: a live line on a terminal, one line for each case elsewhere. */

import type { CaseEnd, CaseNotRun, EventSink, RunEnd, RunEvent, RunStart, Verdict } from '../runner/index.js';
import { painterFor, type Colour, type Environment, type Paint } from './colour.js';
import { StreamWriter, type ReportStream } from './streams.js';
import {
  caseName,
  countsText,
  durationText,
  endLine,
  failureLines,
  headLines,
  kernelLines,
  ReasonGroups,
} from './text.js';

export type { ReportStream } from './streams.js';

/** Where the console report goes, and how. */
export interface ConsoleOptions {
  /** where to write; stderr when standard output carries a report for programs */
  readonly stream: ReportStream;
  /** for NO_COLOR, FORCE_COLOR and TERM; default process.env */
  readonly environment?: Environment;
  /** only failures and the summary; default false */
  readonly quiet?: boolean;
  /** one run of several that are compared: the live line and the counts, no case by itself; default false */
  readonly brief?: boolean;
}

const colours: Readonly<Record<Verdict | 'not-run', Colour>> = {
  pass: 'green',
  fail: 'red',
  'unexpected-pass': 'red',
  error: 'red',
  deviation: 'yellow',
  skip: 'cyan',
  blocked: 'yellow',
  'not-run': 'yellow',
};

const labelWidth = 'unexpected-pass'.length;
/** Lines of the kernel's record that a failed case shows here. */
const kernelLinesShown = 30;
/** Milliseconds between two live lines: more often than this nobody can read. */
const liveEvery = 60;

/** Progress, failures as they come, and the summary. */
export function consoleSink(options: ConsoleOptions): EventSink {
  return new Console(options);
}

class Console implements EventSink {
  readonly name = 'the console';
  readonly #writer: StreamWriter;
  readonly #paint: Paint;
  readonly #live: boolean;
  /** a line for every case, where none of them is overwritten by the next */
  readonly #linesForAll: boolean;
  readonly #groups = new ReasonGroups();
  readonly #deviations: CaseEnd[] = [];
  readonly #failed: CaseEnd[] = [];
  #selected = 0;
  #done = 0;
  #lastLive = 0;
  #liveShown = false;

  constructor(readonly options: ConsoleOptions) {
    const environment = options.environment ?? process.env;
    this.#writer = new StreamWriter(options.stream);
    this.#paint = painterFor(options.stream, environment);
    this.#live = options.stream.isTTY === true && environment.TERM !== 'dumb';
    this.#linesForAll = !this.#live && options.quiet !== true && options.brief !== true;
  }

  take(event: RunEvent): void {
    switch (event.event) {
      case 'run-start':
        this.#start(event);
        break;
      case 'case-start':
        this.#liveLine(caseName(event));
        break;
      case 'note':
        break;
      case 'case-end':
        this.#end(event);
        break;
      case 'not-run':
        this.#notRun(event);
        break;
      case 'problem':
        this.#print(`${this.#paint('red', 'problem:')} ${event.text}`);
        break;
      case 'run-end':
        this.#summary(event);
        break;
    }
  }

  #start(event: RunStart): void {
    this.#selected = event.plan.selected;
    const [first = '', ...more] = headLines(event);
    this.#print(this.#paint('bold', first));
    for (const line of more) this.#print(line);
    this.#print('');
  }

  #end(event: CaseEnd): void {
    this.#done++;
    this.#groups.take(event);
    if (event.verdict === 'deviation') this.#deviations.push(event);
    const failed = event.failures !== undefined && event.verdict !== 'deviation';
    if (failed) this.#failed.push(event);
    if (failed && this.options.brief !== true) this.#failure(event);
    if (!failed && this.#linesForAll) this.#caseLine(event.verdict, endLine(event));
    this.#liveLine(caseName(event));
  }

  #notRun(event: CaseNotRun): void {
    this.#done++;
    this.#groups.take(event);
    if (this.#linesForAll) this.#caseLine('not-run', `${caseName(event)}: ${event.reason}`);
  }

  #failure(event: CaseEnd): void {
    this.#caseLine(event.verdict, `${caseName(event)} (${durationText(event.duration)})`);
    for (const line of failureLines(event.failures ?? [])) this.#print(`    ${line}`.trimEnd());
    for (const line of shownKernelLines(event)) this.#print(`    | ${line}`.trimEnd());
  }

  #summary(event: RunEnd): void {
    this.#clearLive();
    if (this.options.brief === true) {
      this.#print(`${countsText(event.counts)}, in ${durationText(event.duration)}`);
      return;
    }
    const groups = this.#groups.lines();
    if (groups.length > 0) this.#section('Not run here, by reason:', groups);
    if (this.#deviations.length > 0) {
      const lines = this.#deviations.map((end) => `  ${endLine(end)} [${end.deviation?.class ?? ''}]`);
      this.#section('Known deviations that happened:', lines);
    }
    if (this.#failed.length > 0) {
      this.#section(
        'Failed:',
        this.#failed.map((end) => `  ${this.#paint('red', end.verdict)} ${caseName(end)}`),
      );
    }
    const fixes = missingFixes(this.#failed);
    if (fixes.length > 0) this.#section('Fixes that may be missing, with the failed cases that guard them:', fixes);
    this.#print('');
    this.#print(`${countsText(event.counts)}, in ${durationText(event.duration)}`);
    this.#print(this.#paint(event.exitCode === 0 ? 'green' : 'red', event.why));
  }

  #section(head: string, lines: readonly string[]): void {
    this.#print('');
    this.#print(this.#paint('bold', head));
    for (const line of lines) this.#print(line);
  }

  #caseLine(verdict: Verdict | 'not-run', text: string): void {
    this.#print(`${this.#paint(colours[verdict], verdict.padEnd(labelWidth))} ${text}`);
  }

  #print(line: string): void {
    this.#clearLive();
    this.#writer.write(`${line}\n`);
  }

  #liveLine(name: string): void {
    if (!this.#live) return;
    const now = performance.now();
    if (now - this.#lastLive < liveEvery) return;
    this.#lastLive = now;
    const failed = this.#failed.length === 0 ? '' : `, ${this.#failed.length} failed`;
    const text = `[${this.#done}/${this.#selected}${failed}] ${name}`;
    this.#writer.write(`\r\u001b[2K${text.slice(0, Math.max(20, widthOf(this.options.stream) - 1))}`);
    this.#liveShown = true;
  }

  #clearLive(): void {
    if (!this.#liveShown) return;
    this.#writer.write('\r\u001b[2K');
    this.#liveShown = false;
  }
}

/** The end of what the kernel recorded: the whole of it is in the reports. */
function shownKernelLines(event: CaseEnd): string[] {
  const lines = kernelLines(event);
  if (lines.length <= kernelLinesShown) return lines;
  const left = `(${lines.length - kernelLinesShown} lines before these are in the reports)`;
  return [left, ...lines.slice(-kernelLinesShown)];
}

/** Each bug that failed cases guard, and its cases, in the order of the cases. */
function missingFixes(failed: readonly CaseEnd[]): string[] {
  const cases = new Map<string, Set<string>>();
  for (const { id, guards = [] } of failed) {
    for (const bug of guards) cases.set(bug, (cases.get(bug) ?? new Set()).add(id));
  }
  return [...cases].flatMap(([bug, ids]) => [`  ${bug}`, ...[...ids].map((id) => `    ${id}`)]);
}

/** Columns of a terminal; one that does not say has 0. */
function widthOf({ columns = 0 }: ReportStream): number {
  return columns === 0 ? 80 : columns;
}
