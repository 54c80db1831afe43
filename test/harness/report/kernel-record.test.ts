/** What the kernel of a real target recorded: all of it in the events, that of failures in the reports for people. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  consoleSink,
  jsonlSink,
  junitSink,
  openComparisonFolder,
  openResultsFolder,
  type ReportStream,
} from '../../../src/harness/report/index.js';
import type { CaseEnd, RunEvent } from '../../../src/harness/runner/index.js';
import { CollectingStream, feed, sampleEvents } from './sample-run.js';

const many = Array.from({ length: 40 }, (_, index) => `vfio_ccw_fsm_event: event=${index}`);

/** The sample run with a record of the kernel behind a case that passes, and behind one that fails. */
const events = sampleEvents.map((event): RunEvent => {
  if (event.event !== 'case-end') return event;
  if (event.verdict === 'pass') return { ...event, kernel: [{ source: 'trace', lines: ['quiet words of a pass'] }] };
  if (event.index !== 1) return event;
  const kernel: CaseEnd['kernel'] = [
    { source: 'trace', lines: many },
    { source: 'kernel log', lines: ['vfio_ccw 0.0.0000: io: rc=-22'] },
  ];
  return { ...event, kernel };
});

describe("the kernel's record of a case", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-kernel-'))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('is in the event stream for every case', () => {
    const file = join(folder, 'events.jsonl');
    feed(jsonlSink(file), events);
    const text = readFileSync(file, 'utf8');
    assert.match(text, /quiet words of a pass/);
    assert.match(text, /\{"source":"kernel log","lines":\["vfio_ccw 0\.0\.0000: io: rc=-22"\]\}/);
  });

  it('is in the JUnit report and the log for a failure, whole and with its sources', () => {
    const file = join(folder, 'junit.xml');
    feed(junitSink(file), events);
    const { path, sinks } = openResultsFolder(folder);
    for (const sink of sinks) feed(sink, events);
    for (const text of [readFileSync(file, 'utf8'), readFileSync(join(path, 'ccwspec.log'), 'utf8')]) {
      for (const line of many) assert.ok(text.includes(`trace: ${line}\n`), line);
      assert.match(text, /kernel log: vfio_ccw 0\.0\.0000: io: rc=-22/);
      assert.doesNotMatch(text, /quiet words/);
    }
  });

  it('is on the console for a failure, its end alone', () => {
    const stream = new CollectingStream();
    feed(consoleSink({ stream: stream as unknown as ReportStream, environment: {} }), events);
    assert.ok(stream.lines.includes('    | (11 lines before these are in the reports)'), stream.text);
    assert.ok(!stream.lines.includes('    | trace: vfio_ccw_fsm_event: event=10'));
    assert.ok(stream.lines.includes('    | trace: vfio_ccw_fsm_event: event=11'));
    assert.ok(stream.lines.includes('    | kernel log: vfio_ccw 0.0.0000: io: rc=-22'));
    assert.doesNotMatch(stream.text, /quiet words/);
  });

  it('is not on the console of a comparison, which shows the counts of each run', () => {
    const stream = new CollectingStream();
    feed(consoleSink({ stream: stream as unknown as ReportStream, environment: {}, brief: true }), events);
    assert.deepEqual(stream.lines.slice(2), [
      '',
      'problem: E-OUTPUT: junit.xml could not be written',
      '10 selected: 1 passed, 2 failed, 1 passed unexpectedly, 1 in error, 1 deviated as listed, 2 skipped, 1 blocked, 1 not run, in 1.23 s',
      '',
    ]);
  });
});

describe('the folder of a comparison', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-comparison-'))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('has a folder for each target, named for it, none twice', () => {
    const { names } = openComparisonFolder(folder, [
      'model:linux-6.1.176',
      'model -o paths=8',
      'model o paths 8',
      'ssh:HOST',
    ]);
    assert.deepEqual(names, ['model-linux-6.1.176', 'model-o-paths-8', 'model-o-paths-8--2', 'ssh-host']);
  });
});
