import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  consoleSink,
  jsonlSink,
  jsonlStreamSink,
  junitSink,
  ktapSink,
  openResultsFolder,
  readLastFailed,
  type ReportStream,
} from '../../../src/harness/report/index.js';
import type { RunEvent } from '../../../src/harness/runner/index.js';
import { runFixture } from '../runner/run-fixture.js';
import { CollectingStream, feed, sampleEvents } from './sample-run.js';

const asStream = (stream: CollectingStream): ReportStream => stream as unknown as ReportStream;

/** What the console prints of the sample run. */
function consoleText(isTTY: boolean, environment: Record<string, string> = {}, quiet = false): CollectingStream {
  const stream = new CollectingStream(isTTY);
  feed(consoleSink({ stream: asStream(stream), environment, quiet }));
  return stream;
}

describe('the console', () => {
  it('has one line for every case when it is not a terminal', () => {
    const { lines, text } = consoleText(false);
    assert.ok(!text.includes('\u001b'));
    for (const line of [
      'ccwspec 0.1.0 on target model (driver linux 6.12.117, device 3390-1)',
      '9 cases of suite default; seed 7, plan 0123456789abcdef, paths=8',
      'pass            eckd/read/one-record (1.5 ms)',
      'fail            eckd/read/long (1.5 ms)',
      'error           eckd/write/two (1.5 ms)',
      'skip            eckd/write/four: needs iommufd: Linux 6.1 has none',
      'blocked         eckd/write/five: the device does not answer',
      'deviation       eckd/seek/six: QEMU answers <otherwise> (https://example.org/1)',
      'not-run         seek/eight: the run was interrupted',
      'problem: E-OUTPUT: junit.xml could not be written',
    ]) {
      assert.ok(lines.includes(line), `${line}\nin\n${text}`);
    }
  });

  it('shows the whole text of a failure below its case', () => {
    const { lines } = consoleText(false);
    const at = lines.findIndex((line) => line.startsWith('fail            eckd/read/long'));
    assert.match(lines[at + 1] ?? '', /^ {4}expected <b>/);
    assert.match(lines[at + 2] ?? '', /^ {4}second line/);
    assert.match(lines[at + 3] ?? '', /^ {6}at run \(case\.js:1:2\)/);
  });

  it('ends with reasons by frequency, deviations, failures, counts, and why it is green or not', () => {
    const { text } = consoleText(false);
    assert.match(
      text,
      /Not run here, by reason:\n {2}2 {2}skip: needs iommufd: Linux 6\.1 has none\n {2}1 {2}blocked: the device does not answer \[eckd\/write\/five\]/,
    );
    assert.match(text, /Known deviations that happened:\n {2}eckd\/seek\/six: .* \[platform\]/);
    assert.match(
      text,
      /Failed:\n {2}fail eckd\/read\/long\n {2}fail eckd\/read\/again \(attempt 2\)\n {2}error eckd\/write\/two\n {2}unexpected-pass eckd\/seek\/seven/,
    );
    assert.match(
      text,
      /10 selected: 1 passed, 2 failed, 1 passed unexpectedly, 1 in error, 1 deviated as listed, 2 skipped, 1 blocked, 1 not run, in 1\.23 s\nNot green: 2 cases failed\.\n$/,
    );
  });

  it('has a live line on a terminal, and only what matters stays', () => {
    const { text } = consoleText(true);
    assert.ok(text.includes('\r\u001b[2K[0/9] eckd/read/one-record'));
    const kept = text.split('\n').map((line) => line.slice(line.lastIndexOf('\u001b[2K') + 1));
    assert.ok(!kept.some((line) => line.includes('pass   ') && line.includes('one-record')));
    assert.ok(text.includes('eckd/read/long'));
  });

  it('lists the fixes that may be missing, with the cases that say so', () => {
    const { text } = consoleText(false);
    assert.match(text, /guard them:\n {2}CVE-2026-80555 \(74186c2968f8\): Segments leaked\n {4}eckd\/read\/long\n\n/);
  });

  it('has a live line of 80 columns on a terminal that does not say how wide it is', () => {
    const stream = Object.assign(new CollectingStream(), { isTTY: true, columns: 0 });
    feed(consoleSink({ stream: asStream(stream), environment: {} }));
    assert.ok(stream.text.includes('[0/9] eckd/read/one-record'), stream.text);
  });

  it('has colours on a terminal, unless NO_COLOR is set or it is dumb; FORCE_COLOR gives them anywhere', () => {
    const red = '\u001b[31m';
    const coloured = (isTTY: boolean, environment: Record<string, string>): boolean =>
      consoleText(isTTY, environment).text.includes(red);
    assert.equal(coloured(true, {}), true);
    assert.equal(coloured(true, { NO_COLOR: '1' }), false);
    assert.equal(coloured(true, { NO_COLOR: '' }), true);
    assert.equal(coloured(true, { TERM: 'dumb' }), false);
    assert.equal(coloured(false, {}), false);
    assert.equal(coloured(false, { FORCE_COLOR: '1' }), true);
    assert.equal(coloured(false, { FORCE_COLOR: '1', NO_COLOR: '1' }), false);
    assert.equal(coloured(true, { FORCE_COLOR: '0' }), false);
  });

  it('says only failures and the summary when it is quiet', () => {
    const { lines } = consoleText(false, {}, true);
    assert.ok(!lines.some((line) => line.startsWith('pass')));
    assert.ok(lines.some((line) => line.startsWith('fail ')));
  });
});

describe('KTAP', () => {
  it('has the numbers in order, also where cases ended in another one', () => {
    const stream = new CollectingStream(false);
    const sink = ktapSink(asStream(stream));
    const [start, ...rest] = sampleEvents;
    for (const event of [start!, ...rest.toReversed()]) sink.take(event);
    const numbers = stream.lines.flatMap((line) => /^(?:not )?ok (\d+) /.exec(line)?.[1] ?? []).map(Number);
    assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('has the plan, a line for each case, and its text before it', () => {
    const stream = new CollectingStream();
    feed(ktapSink(asStream(stream)));
    assert.deepEqual(stream.lines.slice(0, 3), ['KTAP version 1', '1..9', 'ok 1 eckd/read/one-record']);
    for (const line of [
      'not ok 2 eckd/read/long',
      'not ok 3 eckd/read/again (attempt 2) # TIMEOUT',
      'not ok 4 eckd/write/two # ERROR',
      'ok 6 eckd/write/four # SKIP needs iommufd: Linux 6.1 has none',
      'not ok 8 eckd/seek/six # XFAIL QEMU answers <otherwise>',
      'ok 10 seek/eight # SKIP not run: the run was interrupted',
    ]) {
      assert.ok(stream.lines.includes(line), `${line}\nin\n${stream.text}`);
    }
    assert.ok(stream.lines.includes('# the lab did not boot'));
  });
});

describe('the results folder', function () {
  this.timeout(60_000);

  let output: string;

  beforeEach(() => {
    output = join(mkdtempSync(join(tmpdir(), 'ccwspec-results-')), 'results');
  });

  afterEach(() => {
    rmSync(join(output, '..'), { recursive: true });
  });

  const noon = new Date('2026-11-22T12:00:00Z');

  it('has all reports, under the time, with latest leading to it', () => {
    const { path, sinks } = openResultsFolder(output, noon);
    for (const sink of sinks) feed(sink);
    assert.equal(path, join(output, '2026-11-22T12-00-00'));
    assert.equal(readlinkSync(join(output, 'latest')), '2026-11-22T12-00-00');
    assert.deepEqual(readdirSync(path).sort(), ['ccwspec.log', 'events.jsonl', 'junit.xml', 'last-run.json']);
    const events = readFileSync(join(path, 'events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    assert.deepEqual(events, JSON.parse(JSON.stringify(sampleEvents)));
    const log = readFileSync(join(path, 'ccwspec.log'), 'utf8');
    for (const words of ['note eckd/read/one-record: record 1', '    | ssch 0', '2.0 ms virtual', 'exit code 1']) {
      assert.ok(log.includes(words), words);
    }
  });

  it('gives two runs of one second folders of their own, and the later is the latest', () => {
    openResultsFolder(output, noon);
    const { path } = openResultsFolder(output, noon);
    assert.equal(path, join(output, '2026-11-22T12-00-00-2'));
    assert.equal(readlinkSync(join(output, 'latest')), '2026-11-22T12-00-00-2');
  });

  it('keeps what was measured before the run was killed', () => {
    const { path, sinks } = openResultsFolder(output, noon);
    for (const event of sampleEvents.slice(0, 5)) for (const sink of sinks) sink.take(event);
    assert.equal(readFileSync(join(path, 'events.jsonl'), 'utf8').trimEnd().split('\n').length, 5);
    assert.deepEqual(readLastFailed(output), ['eckd/read/long']);
  });

  it('knows what failed last', () => {
    for (const sink of openResultsFolder(output, noon).sinks) feed(sink);
    assert.deepEqual(readLastFailed(output), [
      'eckd/read/long',
      'eckd/read/again',
      'eckd/write/two',
      'eckd/seek/seven',
    ]);
    writeFileSync(join(output, 'latest', 'last-run.json'), '{');
    assert.deepEqual(readLastFailed(output).slice(0, 1), ['eckd/read/long'], 'a file that was cut off');
    rmSync(join(output, 'latest'));
    assert.throws(() => readLastFailed(output), /E-USAGE: --last-failed: there is no earlier run/);
  });

  it('is refused before the run when it cannot be made', () => {
    writeFileSync(output, 'a file stands here');
    assert.throws(() => openResultsFolder(output, noon), /E-OUTPUT: .*results cannot be written/);
  });

  it('is refused where the system takes no folder', function () {
    if (process.platform !== 'linux') return this.skip();
    assert.throws(
      () => openResultsFolder('/proc/ccwspec/results', noon),
      /E-OUTPUT: \/proc\/ccwspec\/results cannot be/,
    );
    assert.throws(() => openResultsFolder('/proc/version/results', noon), /\/proc\/version is not a folder/);
  });

  it('keeps what failed last until it has run again', () => {
    const earlier = ['eckd/read/one-record', 'eckd/read/long', 'eckd/write/three', 'eckd/gone/away'];
    for (const sink of openResultsFolder(output, noon, earlier).sinks) feed(sink);
    const failed = readLastFailed(output);
    assert.ok(!failed.includes('eckd/read/one-record'), 'it passed');
    assert.ok(failed.includes('eckd/write/three'), 'it was skipped');
    assert.ok(failed.includes('eckd/gone/away'), 'it was not selected');
    assert.equal(failed.filter((id) => id === 'eckd/read/long').length, 1);
  });

  it('is refused when latest is a folder of somebody', () => {
    mkdirSync(join(output, 'latest', 'mine'), { recursive: true });
    assert.throws(() => openResultsFolder(output, noon), /E-OUTPUT: .*latest cannot be written/);
    assert.ok(existsSync(join(output, 'latest', 'mine')));
  });

  it('that fills up costs its own report only', async function () {
    if (!existsSync('/dev/full')) return this.skip();
    const { path, sinks } = openResultsFolder(output, noon);
    const stream = new CollectingStream();
    const { outcome } = await runFixture({
      cases: ['passes', 'fails'],
      execute: {
        sinks: [
          junitSink('/dev/full'),
          ...sinks,
          jsonlSink('/dev/full'),
          consoleSink({ stream: asStream(stream), environment: {} }),
        ],
      },
    });
    assert.equal(outcome.exitCode, 1);
    assert.equal(outcome.problems.length, 2);
    assert.match(outcome.problems[0] ?? '', /E-OUTPUT: \/dev\/full could not be written to its end: ENOSPC/);
    assert.match(readFileSync(join(path, 'junit.xml'), 'utf8'), /fake\/subject\/fails/);
    assert.match(stream.text, /problem: E-OUTPUT: \/dev\/full/);
    assert.match(stream.text, /2 selected: 1 passed, 1 failed/);
  });

  it('that fills up makes a run that passed end with 2', async function () {
    if (!existsSync('/dev/full')) return this.skip();
    const { outcome } = await runFixture({ cases: ['passes'], execute: { sinks: [junitSink('/dev/full')] } });
    assert.equal(outcome.exitCode, 2);
    assert.equal(outcome.counts.pass, 1);
  });
});

describe('JSON lines to a stream', () => {
  it('are the events', () => {
    const stream = new CollectingStream();
    feed(jsonlStreamSink(asStream(stream)));
    assert.equal(stream.lines.length, sampleEvents.length + 1);
    assert.equal((JSON.parse(stream.lines[0] ?? '') as RunEvent).event, 'run-start');
  });
});
