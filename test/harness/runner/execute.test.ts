import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pattern, StopRequest, type CaseEnd } from '../../../src/harness/runner/index.js';
import { emptySuite, failureText, runFixture } from './run-fixture.js';

const errors = new URL('../../../src/harness/errors/index.js', import.meta.url).href;

/** Keeps this thread busy until `file` is there, and for long enough that the watchdog looks before anything else happens. */
function blockUntil(file: string): void {
  const lookIsDue = performance.now() + 200;
  while (!existsSync(file) || performance.now() < lookIsDue);
}

describe('executing a plan', function () {
  // Each run starts a thread, and some wait for a limit: what is decided here must not depend on how busy the host is.
  this.timeout(60_000);

  describe('verdicts', () => {
    it('is green when cases pass', async () => {
      const { outcome, verdicts } = await runFixture({ cases: ['passes', 'prints'] });
      assert.deepEqual(verdicts, { passes: 'pass', prints: 'pass' });
      assert.equal(outcome.exitCode, 0);
      assert.match(outcome.why, /^Green: 2 of 2 selected cases ran and passed/);
    });

    it('fails with the words of the expectation and the clause that decides', async () => {
      const { outcome, end } = await runFixture({ cases: ['passes', 'fails', 'fails-again'] });
      assert.equal(outcome.exitCode, 1);
      const failed = end('fails');
      assert.equal(failed.verdict, 'fail');
      assert.equal(failed.failures?.[0]?.kind, 'expectation');
      assert.match(failureText(failed), /expected the residual count to be 2; it was 1/);
      assert.match(
        failureText(failed),
        /RUN-001: A case is judged by what it does\.\n {4}A manual of cases, first edition, chapter 1/,
      );
      assert.match(
        failureText(end('fails-again')),
        /expected the write of the I\/O region to be -5 \(EIO\); it was -22 \(EINVAL\)/,
      );
      assert.deepEqual(failed.evidence, ['ssch 0', 'tsch 0']);
    });

    it('names the fix that may be missing, whatever the failure of a case that guards a bug', async () => {
      const bug =
        /guards \(a fix that may be missing\):\n {2}CVE-2026-80555 \(74186c2968f8\): Segments leaked\n {2}0123456789ab$/;
      const { end } = await runFixture({ cases: ['guards-a-bug', 'guards-and-leaks', 'fails'] });
      assert.match(failureText(end('guards-a-bug')), bug);
      assert.match(failureText(end('guards-and-leaks')), bug);
      assert.deepEqual(end('guards-a-bug').guards, ['CVE-2026-80555 (74186c2968f8): Segments leaked', '0123456789ab']);
      assert.doesNotMatch(failureText(end('fails')), /guards/);
      const closed = await runFixture({ cases: ['guards-a-bug'], bench: { museum: 'closed' } });
      assert.match(failureText(closed.end('guards-a-bug')), /it was 1[^]*\n {2}CVE-2026-80555\n/);
    });

    it('counts a failed expectation that the case itself caught', async () => {
      const { end } = await runFixture({ cases: ['swallows-its-failure'] });
      assert.equal(end('swallows-its-failure').verdict, 'fail');
      assert.match(failureText(end('swallows-its-failure')), /seen all the same/);
    });

    it('fails a case that throws, with the place in the case', async () => {
      const { end, verdicts } = await runFixture({ cases: ['throws', 'throws-text', 'asserts-with-node'] });
      assert.deepEqual(verdicts, { throws: 'fail', 'throws-text': 'fail', 'asserts-with-node': 'fail' });
      assert.equal(end('throws').failures?.[0]?.kind, 'exception');
      assert.match(end('throws').failures?.[0]?.stack ?? '', /fixtures\/runner\/bench\.js/);
      assert.match(failureText(end('throws-text')), /only a text/);
      assert.equal(end('asserts-with-node').failures?.[0]?.kind, 'expectation');
    });

    it('calls trouble of the harness an error, and a stop of the kernel a failure', async () => {
      const { end, outcome } = await runFixture({
        cases: ['throws-unimplemented', 'throws-kernel-bug'],
        plan: { options: { errors } },
      });
      assert.equal(end('throws-unimplemented').verdict, 'error');
      assert.equal(end('throws-kernel-bug').verdict, 'fail');
      assert.equal(outcome.exitCode, 1);
      const alone = await runFixture({ cases: ['throws-unimplemented', 'passes'], plan: { options: { errors } } });
      assert.equal(alone.outcome.exitCode, 2);
    });

    it('skips with the reason that the case gives', async () => {
      const { end, outcome } = await runFixture({ cases: ['skips-itself', 'passes'] });
      assert.equal(end('skips-itself').verdict, 'skip');
      assert.deepEqual(end('skips-itself').reasons, [{ category: 'case', text: 'the volume has no free track' }]);
      assert.equal(outcome.exitCode, 0);
    });

    it('is not green when everything was skipped, and says so', async () => {
      const { outcome, verdicts } = await runFixture({ cases: ['skips', 'needs-two'] });
      assert.deepEqual(verdicts, { skips: 'skip', 'needs-two': 'skip' });
      assert.equal(outcome.exitCode, 4);
      assert.match(outcome.why, /Not green: all 2 cases were skipped or blocked/);
    });

    it('has an outcome of its own for nothing selected', async () => {
      const { outcome, events } = await runFixture({
        cases: ['passes'],
        plan: { selection: { grep: 'no such words' } },
      });
      assert.equal(outcome.exitCode, 3);
      assert.deepEqual(
        events.map(({ event }) => event),
        ['run-start', 'run-end'],
      );
    });
  });

  describe('deviations', () => {
    const note = { reason: 'QEMU answers otherwise', link: 'https://example.org/1', class: 'platform' as const };
    const selection = (targets: string, until?: string): object => ({
      suites: [
        {
          ...emptySuite,
          cases: [new Pattern('*')],
          deviations: [
            {
              case: new Pattern('fake/*/*'),
              where: { targets: new Pattern(targets) },
              note: until === undefined ? note : { ...note, until },
            },
          ],
        },
      ],
    });

    it('expects a listed failure, and refuses an unexpected pass', async () => {
      const { verdicts, end, outcome } = await runFixture({
        cases: ['fails', 'passes'],
        plan: { selection: selection('fake') },
      });
      assert.deepEqual(verdicts, { fails: 'deviation', passes: 'unexpected-pass' });
      assert.deepEqual(end('fails').deviation, note);
      assert.match(failureText(end('passes')), /the suite lists a deviation .*https:\/\/example\.org\/1/);
      assert.equal(outcome.exitCode, 1);
    });

    it('that does not happen every time, and says why, may happen or not', async () => {
      const sometimes = { ...note, sometimes: 'the two interruptions merge when the second comes soon enough' };
      const deviation = { case: new Pattern('*'), where: { targets: new Pattern('fake') }, note: sometimes };
      const suites = [{ ...emptySuite, cases: [new Pattern('*')], deviations: [deviation] }];
      const { verdicts, outcome } = await runFixture({
        cases: ['fails', 'passes', 'leaks'],
        plan: { selection: { suites } },
      });
      assert.deepEqual(verdicts, { fails: 'deviation', passes: 'pass', leaks: 'fail' });
      assert.equal(outcome.exitCode, 1);
    });

    it('with words covers what is said in them, and nothing else', async () => {
      const differs = { ...note, differs: ['the residual count to be 2', 'what the other case says'] };
      const deviation = { case: new Pattern('*'), where: { targets: new Pattern('fake') }, note: differs };
      const suites = [{ ...emptySuite, cases: [new Pattern('*')], deviations: [deviation] }];
      const { verdicts, end, outcome } = await runFixture({
        cases: ['fails', 'fails-again', 'leaks-and-fails'],
        plan: { selection: { suites } },
      });
      assert.deepEqual(verdicts, { fails: 'deviation', 'fails-again': 'fail', 'leaks-and-fails': 'fail' });
      assert.match(
        failureText(end('fails-again')),
        /-22 \(EINVAL\)[^]*\nThe suite lists a deviation of this case \(QEMU answers otherwise\), but with other words: "the residual count to be 2" or "what the other case says"\./,
      );
      assert.equal(end('fails-again').deviation, undefined);
      assert.equal(outcome.exitCode, 1);
    });

    it('does not cover a leak, a time-out, or trouble of the harness', async () => {
      const { verdicts } = await runFixture({
        cases: ['leaks-and-fails', 'stays-pending', 'throws-unimplemented'],
        plan: { selection: selection('*'), options: { errors } },
      });
      assert.deepEqual(verdicts, {
        'leaks-and-fails': 'fail',
        'stays-pending': 'fail',
        'throws-unimplemented': 'error',
      });
    });

    it('holds for its targets, and until its last day', async () => {
      const plan = (targets: string, until?: string): object => ({
        selection: selection(targets, until),
        today: '2026-05-02',
      });
      const other = await runFixture({ cases: ['fails'], plan: plan('agent:*') });
      assert.deepEqual(other.verdicts, { fails: 'fail' });
      const expired = await runFixture({ cases: ['fails'], plan: plan('fake', '2026-05-01') });
      assert.deepEqual(expired.verdicts, { fails: 'fail' });
      const lastDay = await runFixture({ cases: ['fails'], plan: plan('fake', '2026-05-02') });
      assert.deepEqual(lastDay.verdicts, { fails: 'deviation' });
    });
  });

  describe('cases that never end', () => {
    it('ends a busy loop from outside, and runs the rest', async () => {
      const { verdicts, end, events } = await runFixture({
        cases: ['passes', 'loops', 'sees-what-was-closed', 'fails'],
      });
      assert.deepEqual(verdicts, { passes: 'pass', loops: 'fail', 'sees-what-was-closed': 'fail', fails: 'fail' });
      assert.equal(end('loops').failures?.[0]?.kind, 'hang');
      assert.match(failureText(end('loops')), /the case never returned: its thread was busy/);
      const order = events
        .filter(({ event }) => event === 'case-start' || event === 'case-end')
        .map(({ event }) => event);
      assert.deepEqual(
        order,
        Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? 'case-start' : 'case-end')),
      );
    });

    it('fails a promise that stays pending, and goes on in the same thread', async () => {
      const { verdicts, end } = await runFixture({ cases: ['opens-three', 'stays-pending', 'sees-what-was-closed'] });
      assert.deepEqual(verdicts, { 'opens-three': 'pass', 'stays-pending': 'fail', 'sees-what-was-closed': 'pass' });
      assert.equal(end('stays-pending').failures?.[0]?.kind, 'timeout');
      assert.match(failureText(end('stays-pending')), /did not end within 60 ms/);
    });

    it('fails a case that comes back too late', async () => {
      const { end } = await runFixture({ cases: ['spins-past-its-limit'] });
      assert.equal(end('spins-past-its-limit').failures?.[0]?.kind, 'timeout');
    });

    it('counts the limit in virtual time where the target has it', async () => {
      const { end } = await runFixture({ cases: ['takes-virtual-time'], bench: { virtual: true } });
      assert.match(failureText(end('takes-virtual-time')), /took 2000 ms of virtual time; its limit is 1000 ms/);
      assert.equal(end('takes-virtual-time').virtual, 2000);
      const scaled = await runFixture({
        cases: ['takes-virtual-time'],
        bench: { virtual: true },
        execute: { timeoutScale: 3 },
      });
      assert.deepEqual(scaled.verdicts, { 'takes-virtual-time': 'pass' });
    });

    it('lets a body that is still pending open nothing in the next case', async () => {
      const { verdicts, outcome } = await runFixture({ cases: ['opens-when-over', 'stays-pending', 'passes'] });
      assert.deepEqual(verdicts, { 'opens-when-over': 'fail', 'stays-pending': 'fail', passes: 'pass' });
      assert.deepEqual(outcome.problems, []);
    });

    it('calls a target that loops while it starts an error', async () => {
      const { end, outcome } = await runFixture({
        cases: ['passes'],
        bench: { startLoops: true },
        execute: { timeoutScale: 0.001 },
      });
      assert.equal(end('passes').verdict, 'error');
      assert.match(failureText(end('passes')), /the target did not start for this case/);
      assert.equal(outcome.exitCode, 2);
    });

    it('calls a session that does not close an error, whether it waits or loops', async () => {
      for (const closing of ['pending', 'loops']) {
        const { end } = await runFixture({ cases: ['passes'], bench: { closing }, execute: { timeoutScale: 0.05 } });
        assert.equal(end('passes').verdict, 'error', closing);
        assert.match(
          failureText(end('passes')),
          closing === 'loops' ? /closing after this case never ended/ : /did not end within 1000 ms/,
        );
      }
    });
  });

  describe('errors that nobody handles', () => {
    it('belong to the case that runs', async () => {
      const cases = ['rejects-unhandled', 'rejects-and-returns', 'throws-in-a-timer', 'passes'];
      const { verdicts, end, outcome } = await runFixture({ cases });
      assert.deepEqual(verdicts, {
        'rejects-unhandled': 'fail',
        'rejects-and-returns': 'fail',
        'throws-in-a-timer': 'fail',
        passes: 'pass',
      });
      assert.match(failureText(end('rejects-unhandled')), /nobody handled.*nobody waits for this/);
      assert.match(failureText(end('rejects-and-returns')), /nobody waits for this either/);
      assert.match(failureText(end('throws-in-a-timer')), /thrown in a timer/);
      assert.deepEqual(outcome.problems, []);
    });

    it('belong to it while it is being closed, too', async () => {
      const { verdicts, end } = await runFixture({ cases: ['throws-while-closing', 'passes'] });
      assert.deepEqual(verdicts, { 'throws-while-closing': 'fail', passes: 'pass' });
      assert.match(failureText(end('throws-while-closing')), /nobody handled.*thrown while closing/);
    });

    it('survives a case that ends its thread', async () => {
      const { verdicts, end } = await runFixture({ cases: ['passes', 'exits', 'fails'] });
      assert.deepEqual(verdicts, { passes: 'pass', exits: 'error', fails: 'fail' });
      assert.match(failureText(end('exits')), /the worker thread ended in the middle of the run: exit code 7/);
    });
  });

  describe('what a case leaves behind', () => {
    it('fails a leak, and says what and where it was taken', async () => {
      const { end, verdicts } = await runFixture({ cases: ['leaks', 'passes'] });
      assert.deepEqual(verdicts, { leaks: 'fail', passes: 'pass' });
      assert.equal(end('leaks').failures?.[0]?.kind, 'leak');
      assert.match(
        failureText(end('leaks')),
        /2 things were not given back:\n {2}pinned page: guest page 0x3000, taken at channel-program copy, segment 2/,
      );
      assert.equal(end('leaks').ledger?.length, 2);
    });

    it('charges a leak only to the case that made it, on a target that keeps its session', async () => {
      const { verdicts } = await runFixture({ cases: ['leaks', 'passes'], bench: { isolation: 'run' } });
      assert.deepEqual(verdicts, { leaks: 'fail', passes: 'pass' });
    });

    it('says the first trouble first when a failing case leaks as well', async () => {
      const { end } = await runFixture({ cases: ['leaks-and-fails'] });
      assert.deepEqual(
        end('leaks-and-fails').failures?.map(({ kind }) => kind),
        ['expectation', 'leak'],
      );
    });

    it('closes everything in reverse order, also after a failure', async () => {
      const { events, verdicts } = await runFixture({
        cases: ['opens-three', 'sees-what-was-closed', 'opens-and-fails', 'x/y/sees-what-was-closed'],
        bench: { isolation: 'run' },
      });
      assert.equal(verdicts['opens-and-fails'], 'fail');
      const notes = events.flatMap((event) => (event.event === 'note' ? [event.text] : []));
      assert.deepEqual(notes, ['closed: second host, guest, vfio device', 'closed: guest, vfio device']);
    });

    it('blocks the rest when the device stays wedged', async () => {
      const { verdicts, end, outcome } = await runFixture({
        cases: ['passes', 'wedges', 'fails', 'skips-unless-iommufd'],
        bench: { isolation: 'run' },
      });
      assert.deepEqual(verdicts, { passes: 'pass', wedges: 'fail', fails: 'blocked', 'skips-unless-iommufd': 'skip' });
      assert.equal(end('wedges').failures?.[0]?.kind, 'wedged');
      assert.match(
        end('fails').reasons?.[0]?.text ?? '',
        /does not answer any more \(sense ID was not answered\), and a new session did not help/,
      );
      assert.equal(outcome.exitCode, 1);
    });

    it('goes on with a new session when that helps', async () => {
      const { verdicts } = await runFixture({ cases: ['wedges-for-a-while', 'passes'], bench: { isolation: 'run' } });
      assert.deepEqual(verdicts, { 'wedges-for-a-while': 'fail', passes: 'pass' });
    });

    it('calls a port that cannot be closed an error', async () => {
      const { end } = await runFixture({ cases: ['cannot-close'] });
      assert.equal(end('cannot-close').verdict, 'error');
      assert.match(failureText(end('cannot-close')), /closing the vfio device failed: the device file is gone/);
    });
  });

  describe('the target', () => {
    it('makes a refused open a failure that shows the errno', async () => {
      const { end } = await runFixture({ cases: ['is-refused'] });
      assert.equal(end('is-refused').verdict, 'fail');
      assert.match(failureText(end('is-refused')), /expected the vfio device to open; it was refused: .*-2 \(ENOENT\)/);
    });

    it('names the undeclared need behind a control that is not there', async () => {
      const { end } = await runFixture({ cases: ['uses-a-control'] });
      assert.match(failureText(end('uses-a-control')), /no control 'faults'.*needs/);
    });

    it('is given up after three starts in a row that fail', async () => {
      const cases = ['passes', 'fails', 'leaks', 'prints', 'wedges'];
      const { verdicts, end, outcome } = await runFixture({ cases, bench: { failingStarts: 3 } });
      assert.deepEqual(verdicts, {
        passes: 'error',
        fails: 'error',
        leaks: 'error',
        prints: 'blocked',
        wedges: 'blocked',
      });
      assert.equal(end('passes').failures?.[0]?.kind, 'session');
      assert.match(
        end('wedges').reasons?.[0]?.text ?? '',
        /could not be started 3 times in a row: the lab did not boot/,
      );
      assert.equal(outcome.exitCode, 2);
    });

    it('is tried again after one start that fails', async () => {
      const { verdicts } = await runFixture({ cases: ['passes', 'prints'], bench: { failingStarts: 1 } });
      assert.deepEqual(verdicts, { passes: 'error', prints: 'pass' });
    });

    it('is named in words when the worker cannot make it', async () => {
      const { verdicts, outcome } = await runFixture({ cases: ['passes'], bench: { broken: true } });
      assert.deepEqual(verdicts, { passes: 'blocked' });
      assert.match(outcome.problems.join(), /the bench does not open here/);
      assert.equal(outcome.exitCode, 2);
    });
  });

  it('reports each case once and in order when its thread is ahead of its events', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccwspec-ahead-'));
    const go = (name: string): void => {
      writeFileSync(join(folder, `${name}-may-end`), '');
    };
    const { events, outcome } = await runFixture({
      cases: ['waits', 'needs-two', 'passes', 'waits-again', 'prints'],
      plan: { options: { folder } },
      onEvent: (event) => {
        if (event.event !== 'case-start') return;
        if (event.id.endsWith('/waits-again')) go('waits-again');
        // In an immediate, since timers, the watchdog's among them, then come before the messages that wait.
        if (event.id.endsWith('/waits'))
          setImmediate(() => {
            go('waits');
            blockUntil(join(folder, 'waits-again-runs'));
          });
      },
    });
    rmSync(folder, { recursive: true });
    assert.equal(outcome.exitCode, 0);
    assert.deepEqual(
      events.flatMap((event) =>
        event.event === 'case-start' || event.event === 'case-end'
          ? [`${event.event} ${event.id.split('/')[2] ?? ''}`]
          : [],
      ),
      [
        ...['case-start waits', 'case-end waits', 'case-end needs-two', 'case-start passes', 'case-end passes'],
        ...['case-start waits-again', 'case-end waits-again', 'case-start prints', 'case-end prints'],
      ],
    );
  });

  it('does not lose a case that the worker does not know', async () => {
    const { verdicts, outcome } = await runFixture({
      cases: ['passes', 'prints', 'fails'],
      bench: { forgets: 'fake/subject/prints' },
    });
    assert.deepEqual(verdicts, { passes: 'pass', prints: 'blocked', fails: 'blocked' });
    assert.match(outcome.problems.join('\n'), /the worker's plugins do not have the case fake\/subject\/prints/);
    assert.match(outcome.problems.join('\n'), /ended without running 2 cases/);
    assert.equal(outcome.exitCode, 2);
  });

  describe('stopping', () => {
    it('stops after so many failures, and says what was not run', async () => {
      const { verdicts, events, outcome } = await runFixture({
        cases: ['passes', 'fails', 'throws', 'prints', 'needs-two'],
        execute: { bail: 2 },
      });
      assert.deepEqual(verdicts, { passes: 'pass', fails: 'fail', throws: 'fail', 'needs-two': 'skip' });
      const notRun = events.filter(({ event }) => event === 'not-run');
      assert.equal(notRun.length, 1);
      assert.equal(outcome.counts['not-run'], 1);
      assert.equal(outcome.exitCode, 1);
    });

    it('counts a hang towards --bail', async () => {
      const { verdicts, outcome } = await runFixture({ cases: ['loops', 'passes'], execute: { bail: 1 } });
      assert.deepEqual(verdicts, { loops: 'fail' });
      assert.equal(outcome.counts['not-run'], 1);
    });

    it('finishes the running case at the first request', async () => {
      const stop = new StopRequest();
      const { verdicts, outcome, events } = await runFixture({
        cases: ['passes', 'stays-pending', 'fails', 'needs-two'],
        execute: { stop },
        onEvent: (event) => {
          if (event.event === 'case-end' && event.id.endsWith('/passes')) stop.request();
        },
      });
      assert.equal(outcome.exitCode, 130);
      assert.equal(outcome.interrupted, true);
      assert.equal(verdicts.passes, 'pass');
      assert.equal(verdicts.fails, undefined);
      assert.equal(verdicts['needs-two'], 'skip');
      assert.equal(events.at(-1)?.event, 'run-end');
    });

    it('stops at once at the second request, and keeps what ran', async () => {
      const stop = new StopRequest();
      const { verdicts, outcome } = await runFixture({
        cases: ['passes', 'loops', 'fails'],
        execute: { stop, timeoutScale: 1000 },
        onEvent: (event) => {
          if (event.event !== 'case-start' || !event.id.endsWith('/loops')) return;
          stop.request();
          stop.request();
        },
      });
      assert.deepEqual(verdicts, { passes: 'pass' });
      assert.deepEqual(outcome.counts, { ...outcome.counts, pass: 1, 'not-run': 2 });
      assert.equal(outcome.exitCode, 130);
    });

    it('runs nothing when it was asked to stop before', async () => {
      const stop = new StopRequest();
      stop.request();
      const { outcome } = await runFixture({ cases: ['passes'], execute: { stop } });
      assert.equal(outcome.counts['not-run'], 1);
      assert.equal(outcome.exitCode, 130);
    });
  });

  describe('order and repetition', () => {
    it('reports skipped cases at their place', async () => {
      const { events } = await runFixture({ cases: ['needs-two', 'passes', 'skips-unless-iommufd', 'prints'] });
      const ends = events.filter((event): event is CaseEnd => event.event === 'case-end');
      assert.deepEqual(
        ends.map(({ index }) => index),
        [0, 1, 2, 3],
      );
    });

    it('gives each attempt its own number and random numbers, the same in every run', async () => {
      const run = { cases: ['says-its-random'], plan: { repeatEach: 3, options: { speed: 'slow' } } };
      const notes = async (): Promise<string[]> =>
        (await runFixture(run)).events.flatMap((event) => (event.event === 'note' ? [event.text] : []));
      const first = await notes();
      assert.equal(new Set(first).size, 3);
      assert.ok(first.every((note) => note.endsWith(' slow')));
      assert.deepEqual(await notes(), first);
    });

    it('runs more cases than one Mocha instance holds', async () => {
      const cases = Array.from({ length: 600 }, (_, index) => `fake/subject-${Math.floor(index / 100)}/case-${index}`);
      const { outcome, events } = await runFixture({ cases });
      assert.equal(outcome.counts.pass, 600);
      const ends = events.filter((event): event is CaseEnd => event.event === 'case-end');
      assert.deepEqual(
        ends.map(({ index }) => index),
        cases.map((_, index) => index),
      );
    });
  });

  it('goes on when a sink cannot be written, and ends with 2', async () => {
    const full = {
      name: 'results/events.jsonl',
      take: () => {
        throw new Error('ENOSPC: no space left on device, write');
      },
    };
    const { outcome, verdicts, events } = await runFixture({ cases: ['passes'], execute: { sinks: [full] } });
    assert.deepEqual(verdicts, { passes: 'pass' });
    assert.equal(outcome.exitCode, 2);
    assert.match(outcome.problems[0] ?? '', /E-OUTPUT: results\/events\.jsonl could not be written to its end: ENOSPC/);
    assert.equal(outcome.problems.length, 1);
    assert.ok(events.some(({ event }) => event === 'problem'));
  });

  describe('on several lanes', () => {
    it('runs each case once, side by side, and reports every one', async () => {
      const { outcome, events, plan } = await runFixture({
        cases: ['passes', 'fails'],
        plan: { repeatEach: 60 },
        execute: { lanes: 2 },
      });
      assert.equal(outcome.counts.pass, 60);
      assert.equal(outcome.counts.fail, 60);
      const ended = events.filter(({ event }) => event === 'case-end').map((event) => (event as CaseEnd).index);
      assert.deepEqual(
        [...ended].sort((a, b) => a - b),
        plan.items.map(({ index }) => index),
      );
      const open = new Set<number>();
      for (const event of events) {
        if (event.event === 'case-start') open.add(event.index);
        if (event.event === 'case-end') assert.ok(open.delete(event.index), `start of ${event.index}`);
      }
    });

    it('starts no second worker where little is left', async () => {
      const threads = new Set<string>();
      const { outcome } = await runFixture({
        cases: ['notes-its-thread'],
        plan: { repeatEach: 20 },
        execute: { lanes: 4 },
        onEvent: (event) => {
          if (event.event === 'note') threads.add(event.text);
        },
      });
      assert.equal(outcome.counts.pass, 20);
      assert.equal(threads.size, 1);
    });

    it('is on as many threads as there are lanes where there is much to do', async () => {
      const threads = new Set<string>();
      const { outcome } = await runFixture({
        cases: ['notes-its-thread'],
        plan: { repeatEach: 400 },
        execute: { lanes: 3 },
        onEvent: (event) => {
          if (event.event === 'note') threads.add(event.text);
        },
      });
      assert.equal(outcome.counts.pass, 400);
      assert.equal(threads.size, 3);
    });

    it('runs what a worker had taken that hung, when the others are done', async () => {
      const { outcome, verdicts } = await runFixture({
        cases: ['loops', 'passes', 'fails', 'notes-its-thread'],
        execute: { lanes: 2, timeoutScale: 0.01 },
      });
      assert.deepEqual(verdicts, { loops: 'fail', passes: 'pass', fails: 'fail', 'notes-its-thread': 'pass' });
      assert.equal(outcome.exitCode, 1);
    });

    it('stops all of them at --bail', async () => {
      const { outcome } = await runFixture({
        cases: ['fails'],
        plan: { repeatEach: 400 },
        execute: { lanes: 2, bail: 3 },
      });
      assert.equal(outcome.exitCode, 1);
      assert.ok(outcome.counts.fail >= 3 && outcome.counts.fail < 20, `${outcome.counts.fail} failed`);
      assert.equal(outcome.counts.fail + outcome.counts['not-run'], 400);
    });
  });
});
