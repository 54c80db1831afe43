/**
 * JUnit XML, in the dialect that Jenkins and GitLab read: a suite for every subject (`eckd/reserve`), properties on the suite,
 * failures and errors apart, reasons of skipped cases in `message` and in the output.
 */

import type * as namespace from 'junit-report-builder';
import type { TestCase, TestSuite } from 'junit-report-builder';
import { createRequire } from 'node:module';
import type { CaseEnd, CaseNotRun, EventSink, RunEvent, RunStart } from '../runner/index.js';
import { WholeFile } from './files.js';
import { caseName, failureLines, firstLine, kernelLines, reasonText } from './text.js';

/** The package's types say that it has a default with a default; at run time it is the builder itself. */
type Builder = typeof namespace.default.default;

const load = createRequire(import.meta.url);

/** Loading the package takes longer than writing a report: it is done while the first cases run in their own thread. */
function junit(): Builder {
  return load('junit-report-builder') as Builder;
}

/** Properties of one case of the report, beside what the run itself says. */
export type CaseProperties = (end: Pick<CaseEnd, 'id' | 'attempt'>) => Readonly<Record<string, string>>;

/** From a case's end to the draft that has it, in milliseconds. */
const DRAFT_AFTER = 1_000;

/** Between two drafts lies at least this many times what the last one took. */
const DRAFT_PAUSE = 20;

/**
 * Writes `file` when the run ends, and drafts of it while the run goes on: of a run that is killed, the last draft stays. It
 * has the cases that had ended, and an error that says so.
 * @param propertiesOf asked for every case then
 * @throws CcwspecError E-OUTPUT
 */
export function junitSink(file: string, propertiesOf: CaseProperties = () => ({})): EventSink {
  return new JunitSink(file, propertiesOf);
}

class JunitSink implements EventSink {
  readonly #output: WholeFile;
  readonly #report: JunitReport;
  #timer: NodeJS.Timeout | undefined;
  #lastTook = 0;
  #isOver = false;

  constructor(
    readonly name: string,
    propertiesOf: CaseProperties,
  ) {
    this.#output = new WholeFile(name);
    this.#report = new JunitReport(propertiesOf);
  }

  take(event: RunEvent): void {
    this.#report.take(event);
    if (event.event === 'run-start') {
      // What an earlier run left under this name must not be taken for this one's.
      setImmediate(() => {
        this.#draft();
      }).unref();
    } else if (event.event === 'case-end') {
      this.#timer ??= setTimeout(
        () => {
          this.#draft();
        },
        Math.max(DRAFT_AFTER, DRAFT_PAUSE * this.#lastTook),
      ).unref();
    } else if (event.event === 'run-end') {
      this.#end();
      this.#output.write(this.#report.build());
    }
  }

  close(): void {
    this.#end();
    this.#output.close();
  }

  #draft(): void {
    if (this.#isOver) return;
    const start = performance.now();
    this.#timer = undefined;
    this.#output.draft(this.#report.build(false));
    this.#lastTook = performance.now() - start;
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

class JunitReport {
  readonly #results = new Map<string, (CaseEnd | CaseNotRun)[]>();
  readonly #notes = new Map<number, string[]>();
  readonly #problems: string[] = [];
  #start: RunStart | undefined;

  constructor(readonly propertiesOf: CaseProperties) {}

  take(event: RunEvent): void {
    if (event.event === 'run-start') this.#start = event;
    else if (event.event === 'note')
      this.#notes.set(event.index, [...(this.#notes.get(event.index) ?? []), event.text]);
    else if (event.event === 'problem') this.#problems.push(event.text);
    else if (event.event === 'case-end' || event.event === 'not-run') {
      const subject = event.id.split('/').slice(0, 2).join('/');
      const results = this.#results.get(subject);
      if (results === undefined) this.#results.set(subject, [event]);
      else results.push(event);
    }
  }

  /** @param isWhole false for a draft: the run goes on, or was killed */
  build(isWhole = true): string {
    const builder = junit().newBuilder().name('ccwspec');
    for (const [subject, unordered] of this.#results) {
      // Cases that ran side by side did not end in the order of the plan.
      const results = unordered.toSorted((one, other) => one.index - other.index);
      const suite = builder.testSuite().name(subject);
      this.#describeSuite(suite, results);
      for (const result of results) this.#addCase(suite.testCase(), subject, result);
    }
    const problems = this.#problems.map((text) => ({ name: 'the harness had no trouble', text }));
    if (!isWhole) problems.push({ name: 'the run came to its end', text: this.#cutOff() });
    if (problems.length > 0) this.#addProblems(builder.testSuite().name('ccwspec/harness'), problems);
    return `${builder.build()}\n`;
  }

  #describeSuite(suite: TestSuite, results: readonly (CaseEnd | CaseNotRun)[]): void {
    const start = this.#start;
    if (start === undefined) return;
    const sum = results.reduce((total, result) => total + durationOf(result), 0);
    suite.timestamp(start.at.slice(0, 19)).time(seconds(sum));
    const properties: Record<string, string> = {
      target: start.target.name,
      ...Object.fromEntries(
        Object.entries(start.target.versions).map(([part, version]) => [`target.${part}`, version]),
      ),
      'ccwspec.version': start.tool.version,
      'node.version': start.tool.node,
      host: start.tool.host,
      seed: String(start.plan.seed),
      plan: start.plan.hash,
      selection: start.plan.selection.join(', '),
      touch: start.plan.touch,
      ...Object.fromEntries(Object.entries(start.plan.options).map(([key, value]) => [`option.${key}`, value])),
    };
    for (const [name, value] of Object.entries(properties)) suite.property(name, value);
  }

  #addCase(test: TestCase, subject: string, result: CaseEnd | CaseNotRun): void {
    test
      .className(subject.replaceAll('/', '.'))
      .name(caseName(result))
      .time(seconds(durationOf(result)));
    for (const [name, value] of Object.entries(this.propertiesOf(result))) test.property(name, value);
    if (result.event === 'not-run') {
      skipWithReason(test, `not run: ${result.reason}`);
      return;
    }
    const text = failureLines(result.failures ?? []).join('\n');
    const [first] = result.failures ?? [];
    switch (result.verdict) {
      case 'pass':
        break;
      case 'fail':
      case 'unexpected-pass':
        test.failure(firstLine(first?.text ?? ''), first?.kind ?? result.verdict).stacktrace(text);
        break;
      case 'error':
        test.error(firstLine(first?.text ?? ''), first?.kind ?? 'harness', text);
        break;
      case 'skip':
        skipWithReason(test, reasonText(result));
        break;
      case 'blocked':
        skipWithReason(test, `blocked: ${reasonText(result)}`);
        break;
      case 'deviation': {
        const { reason = '', link = '', class: kind = '' } = result.deviation ?? {};
        skipWithReason(test, `known deviation (${kind}): ${reason}; ${link}`);
        break;
      }
    }
    const output = this.#outputOf(result, text);
    if (output.length > 0) test.standardOutput(output.join('\n'));
  }

  #outputOf(result: CaseEnd, text: string): string[] {
    const reasons = (result.reasons ?? []).map(
      ({ category, text: reason }) => `${result.verdict} (${category}): ${reason}`,
    );
    const deviated = result.verdict === 'deviation' ? [text] : [];
    const kernel = result.failures === undefined ? [] : kernelLines(result);
    return [...reasons, ...deviated, ...(this.#notes.get(result.index) ?? []), ...(result.evidence ?? []), ...kernel];
  }

  #cutOff(): string {
    const ended = [...this.#results.values()].reduce((sum, results) => sum + results.length, 0);
    const all = this.#start?.plan.selected ?? 0;
    return `the run has not ended: it goes on, or it was killed; ${ended} of its ${all} cases stand here, events.jsonl has all that had ended`;
  }

  #addProblems(suite: TestSuite, problems: readonly { readonly name: string; readonly text: string }[]): void {
    this.#describeSuite(suite, []);
    for (const { name, text } of problems) {
      suite.testCase().className('ccwspec.harness').name(name).time(seconds(0)).error(firstLine(text), 'harness', text);
    }
  }
}

/** The builder's `skipped` takes no reason; readers show the attribute `message`. */
function skipWithReason(test: TestCase, reason: string): void {
  const build = test.skipped().build.bind(test);
  test.build = (parent) => {
    const element = build(parent);
    element.children.find((child) => (child as { name?: string }).name === 'skipped')?.att('message', reason);
    return element;
  };
}

function durationOf(result: CaseEnd | CaseNotRun): number {
  return result.event === 'case-end' ? result.duration : 0;
}

/** Milliseconds as seconds, to the microsecond. */
function seconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1_000_000;
}
