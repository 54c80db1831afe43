/** What the runner does with a target that is somebody's kernel: it can die, it can complain, and it keeps a record. */

import assert from 'node:assert/strict';
import { Pattern, type Bench, type RunEvent } from '../../../src/harness/runner/index.js';
import { Sessions } from '../../../src/harness/runner/sessions.js';
import { emptySuite, failureText, fixtures, runFixture, type FixtureResult, type FixtureRun } from './run-fixture.js';

const errors = new URL('../../../src/harness/errors/index.js', import.meta.url).href;

function runLab(
  cases: readonly string[],
  manners: Record<string, unknown> = {},
  more: Partial<FixtureRun> = {},
): Promise<FixtureResult> {
  return runFixture({ cases, module: 'runner/lab-bench.js', bench: { errors, ...manners }, ...more });
}

const notes = (events: readonly RunEvent[]): string[] =>
  events.flatMap((event) => (event.event === 'note' ? [event.text] : []));

describe('a target that keeps its session', function () {
  this.timeout(60_000);

  it('is told of each case, and released and asked for its health behind it', async () => {
    const { events, outcome } = await runLab(['passes', 'tells-the-calls']);
    assert.equal(outcome.exitCode, 0);
    assert.deepEqual(notes(events), ['begin passes, release, health, begin tells-the-calls', 'starts: 1']);
  });

  it('is left when it hangs behind a case, with what its kernel reported; the next case gets a new one', async () => {
    const execute = { timeoutScale: 0.05 };
    const { verdicts, end, events } = await runLab(['oopses-and-sticks', 'passes', 'tells-the-calls'], {}, { execute });
    assert.notEqual(verdicts['oopses-and-sticks'], 'pass');
    assert.equal(verdicts['passes'], 'pass');
    assert.deepEqual(
      end('oopses-and-sticks').failures?.map(({ kind }) => kind),
      ['kernel-report', 'harness'],
    );
    assert.match(failureText(end('oopses-and-sticks')), /closing what the case had opened did not end within 1000 ms/);
    assert.deepEqual(notes(events), [
      'begin oopses-and-sticks, release, close, begin passes, release, health, begin tells-the-calls',
      'starts: 2',
    ]);
  });

  it('has as long to start as it says that it may take', async () => {
    const execute = { timeoutScale: 0.001 };
    const short = await runLab(['passes'], { startTakes: 1_500 }, { execute });
    assert.match(failureText(short.end('passes')), /did not start for this case/);
    const long = await runLab(['passes'], { startTakes: 1_500, startLimit: 60_000_000 }, { execute });
    assert.deepEqual(long.verdicts, { passes: 'pass' });
  });

  describe('that dies', () => {
    it('makes the case an error with the last lines of the console, and is started again for the next', async () => {
      const { verdicts, end, outcome, events } = await runLab([
        'passes',
        'loses-the-agent',
        'passes',
        'tells-the-calls',
      ]);
      assert.deepEqual(verdicts, { passes: 'pass', 'loses-the-agent': 'error', 'tells-the-calls': 'pass' });
      assert.deepEqual(
        end('loses-the-agent').failures?.map(({ kind }) => kind),
        ['died'],
      );
      assert.match(failureText(end('loses-the-agent')), /died while the case ran: E-AGENT-GONE: the agent closed/);
      assert.match(failureText(end('loses-the-agent')), /console:\n {2}Kernel panic - not syncing: no more\n {2}---/);
      assert.match(notes(events).join('\n'), /starts: 2/);
      assert.equal(outcome.exitCode, 2);
    });

    for (const diedRejects of [false, true]) {
      it(`ends a case that waits, when its promise is ${diedRejects ? 'rejected' : 'fulfilled'}`, async () => {
        const { verdicts, end } = await runLab(['dies-while-it-waits', 'passes'], { diedRejects });
        assert.deepEqual(verdicts, { 'dies-while-it-waits': 'error', passes: 'pass' });
        assert.match(failureText(end('dies-while-it-waits')), /E-LAB-DIED: QEMU ended with exit code 1/);
      });
    }

    it('is seen where the case hides it, where its files are closed, and behind a failed expectation', async () => {
      for (const name of ['dies-and-goes-on', 'dies-with-the-device-open', 'fails-and-dies']) {
        const { verdicts, end } = await runLab([name, 'passes']);
        assert.deepEqual(verdicts, { [name]: 'error', passes: 'pass' });
        assert.equal(end(name).failures?.filter(({ kind }) => kind === 'died').length, 1, name);
        assert.ok(!end(name).failures?.some(({ kind }) => kind === 'harness'), failureText(end(name)));
      }
    });

    it('between two cases is no fault of either', async () => {
      const { verdicts, events } = await runLab(['dies-afterwards', 'passes', 'tells-the-calls']);
      assert.deepEqual(verdicts, { 'dies-afterwards': 'pass', passes: 'pass', 'tells-the-calls': 'pass' });
      assert.match(notes(events).join('\n'), /starts: 2/);
    });

    it('and says so between two cases, is not given to the next', async () => {
      const { openBench } = (await import(new URL('runner/lab-bench.js', fixtures).href)) as {
        openBench: (argument: unknown) => Promise<Bench>;
      };
      const { target } = await openBench({ cases: [], errors });
      const sessions = new Sessions(target);
      const first = await sessions.open(1);
      assert.equal(await sessions.open(2), first);
      (first as unknown as { die: (how: { said: boolean }) => void }).die({ said: true });
      await first.died;
      assert.notEqual(await sessions.open(3), first);
    });

    it('three times in a row blocks the rest', async () => {
      const { verdicts, events, outcome } = await runLab([
        'loses-the-agent',
        'dies-while-it-waits',
        'dies-and-goes-on',
        'passes',
        'fails',
      ]);
      assert.deepEqual(verdicts, {
        'loses-the-agent': 'error',
        'dies-while-it-waits': 'error',
        'dies-and-goes-on': 'error',
        passes: 'blocked',
        fails: 'blocked',
      });
      const blocked = events.find((event) => event.event === 'case-end' && event.verdict === 'blocked');
      assert.match(JSON.stringify(blocked), /the target died 3 times in a row: E-LAB-DIED/);
      assert.equal(outcome.exitCode, 2);
    });

    it('counts together with starts that fail, and anew behind a case that it lived through', async () => {
      const mixed = await runLab(['loses-the-agent', 'passes', 'fails', 'oopses'], { failingStarts: [2, 3] });
      assert.deepEqual(mixed.verdicts, {
        'loses-the-agent': 'error',
        passes: 'error',
        fails: 'error',
        oopses: 'blocked',
      });
      const apart = await runLab([
        'loses-the-agent',
        'dies-while-it-waits',
        'fails',
        'dies-and-goes-on',
        'dies-with-the-device-open',
        'passes',
      ]);
      assert.ok(!Object.values(apart.verdicts).includes('blocked'), JSON.stringify(apart.verdicts));
    });

    it('is never a listed deviation', async () => {
      const note = { reason: 'it answers otherwise', link: 'https://example.org/1', class: 'platform' } as const;
      const deviation = { case: new Pattern('*'), where: { targets: new Pattern('*') }, note };
      const selection = { suites: [{ ...emptySuite, cases: [new Pattern('*')], deviations: [deviation] }] };
      const { verdicts } = await runLab(['fails-and-dies', 'oopses-and-fails', 'fails'], {}, { plan: { selection } });
      assert.deepEqual(verdicts, { 'fails-and-dies': 'error', 'oopses-and-fails': 'fail', fails: 'deviation' });
    });
  });

  describe('whose kernel reports something', () => {
    it('fails the case, whatever the case said, with the whole report in front', async () => {
      const { verdicts, end, outcome } = await runLab(['oopses', 'oopses-and-skips', 'oopses-and-fails', 'passes']);
      assert.deepEqual(verdicts, {
        oopses: 'fail',
        'oopses-and-skips': 'fail',
        'oopses-and-fails': 'fail',
        passes: 'pass',
      });
      for (const name of ['oopses', 'oopses-and-skips', 'oopses-and-fails']) {
        const [first] = end(name).failures ?? [];
        assert.equal(first?.kind, 'kernel-report', name);
        assert.match(first.text, /^the kernel reported while the case ran: Unable to handle kernel pointer/);
        assert.match(first.text, /\n {2}Oops: 0038 ilc:3\n {2}Call Trace: vfio_ccw_fsm_event$/);
      }
      assert.equal(outcome.exitCode, 1);
    });

    it('and dies of it: the case fails, since the report says more', async () => {
      const { verdicts, end } = await runLab(['panics-and-dies', 'passes']);
      assert.deepEqual(verdicts, { 'panics-and-dies': 'fail', passes: 'pass' });
      assert.deepEqual(
        end('panics-and-dies').failures?.map(({ kind }) => kind),
        ['kernel-report', 'died'],
      );
    });
  });

  describe('whose kernel reports something that the suite lists', () => {
    const listed = async (report: string | undefined, cases: readonly string[]): Promise<Record<string, string>> => {
      const words = report === undefined ? {} : { report };
      const note = { reason: 'as it is', link: 'https://example.org/1', class: 'driver' as const, ...words };
      const deviation = { case: new Pattern('*'), where: { targets: new Pattern('*') }, note };
      const selection = { suites: [{ ...emptySuite, cases: [new Pattern('*')], deviations: [deviation] }] };
      return (await runLab(cases, {}, { plan: { selection } })).verdicts;
    };

    it('accepts that report, and nothing else beside it', async () => {
      assert.deepEqual(await listed('Oops: 0038', ['oopses', 'oopses-and-fails', 'fails']), {
        oopses: 'deviation',
        'oopses-and-fails': 'fail',
        fails: 'fail',
      });
    });

    it('accepts no report of other words, and none where no words are listed', async () => {
      assert.deepEqual(await listed('Oops: 0004', ['oopses']), { oopses: 'fail' });
      assert.deepEqual(await listed(undefined, ['oopses']), { oopses: 'fail' });
    });
  });

  describe('whose kernel has reported something', () => {
    it('is started anew for the next case where nothing is lost by it', async () => {
      const { events } = await runLab(['oopses', 'passes', 'tells-the-calls'], { disposable: true });
      assert.deepEqual(notes(events), [
        'begin oopses, release, health, close, begin passes, release, health, begin tells-the-calls',
        'starts: 2',
      ]);
    });

    it('is kept where it is not one of ours', async () => {
      const { events } = await runLab(['oopses', 'tells-the-calls']);
      assert.equal(notes(events).at(-1), 'starts: 1');
    });

    it('has a report that comes again and again told once', async () => {
      const { end } = await runLab(['oopses-thrice']);
      const [first, ...others] = end('oopses-thrice').failures ?? [];
      assert.deepEqual(others, []);
      assert.match(first?.text ?? '', /\(reported 3 times; this is the first\)$/);
    });
  });

  describe('whose kernel loses memory', () => {
    it('is asked behind a case that looks for leaks, and behind no other', async () => {
      const { verdicts, end } = await runLab(['loses-memory', 'loses-memory-unseen']);
      assert.deepEqual(verdicts, { 'loses-memory': 'fail', 'loses-memory-unseen': 'pass' });
      assert.equal(end('loses-memory').failures?.[0]?.kind, 'kernel-report');
      assert.match(failureText(end('loses-memory')), /kmemleak: nothing refers to an object any more/);
    });
  });

  it('that is slow has more time for a case', async () => {
    const execute = { timeoutScale: 0.002 };
    const once = await runLab(['takes-its-time'], {}, { execute });
    assert.deepEqual(once.verdicts, { 'takes-its-time': 'fail' });
    const slow = await runLab(['takes-its-time'], { slowness: 500 }, { execute });
    assert.deepEqual(slow.verdicts, { 'takes-its-time': 'pass' });
  });

  describe('whose kernel keeps a record of the case', () => {
    it('has it with every case, by source, and only its own lines', async () => {
      const { end } = await runLab(['fails', 'passes', 'tells-the-calls']);
      assert.deepEqual(end('passes').kernel, [{ source: 'trace', lines: ['vfio_ccw_fsm_event: sch=0.0.0000'] }]);
      assert.deepEqual(end('fails').kernel, [{ source: 'trace', lines: ['vfio_ccw_io_fctl: rc=-22'] }]);
      assert.equal(end('fails').evidence, undefined);
      assert.equal(end('tells-the-calls').kernel, undefined);
    });

    it('has it shortened in the middle where it is long', async () => {
      const { end } = await runLab(['says-much']);
      const lines = end('says-much').kernel?.[0]?.lines ?? [];
      assert.equal(lines.length, 2001);
      assert.deepEqual([lines[0], lines[1000], lines[2000]], ['event 1', '(3000 lines left out)', 'event 5000']);
    });

    it('that cannot be read makes the case an error: what it would have shown is not known', async () => {
      const { verdicts, end } = await runLab(['passes'], { kernelUnreadable: true });
      assert.deepEqual(verdicts, { passes: 'error' });
      assert.match(failureText(end('passes')), /what the kernel recorded could not be read: tracefs is not mounted/);
    });

    it('is asked for lines of its own instead, where it has none', async () => {
      const { end } = await runLab(['fails'], { silentKernel: true });
      assert.deepEqual(end('fails').evidence, ['lines of the target itself']);
    });
  });

  it('has not died when it is closed because its device does not answer', async () => {
    const manners = { ails: [1], closingEnds: true, startTakes: 50 };
    const { verdicts, end } = await runLab(['passes', 'tells-the-calls'], manners);
    assert.deepEqual(verdicts, { passes: 'fail', 'tells-the-calls': 'pass' });
    assert.deepEqual(
      end('passes').failures?.map(({ kind }) => kind),
      ['wedged'],
    );
  });

  it('gets one new session when its device does not answer, and blocks the rest when that does not help', async () => {
    const helped = await runLab(['passes', 'fails'], { ails: [1] });
    assert.deepEqual(helped.verdicts, { passes: 'fail', fails: 'fail' });
    assert.equal(helped.end('passes').failures?.[0]?.kind, 'wedged');
    const lost = await runLab(['passes', 'fails'], { ails: [1, 2] });
    assert.deepEqual(lost.verdicts, { passes: 'fail', fails: 'blocked' });
  });
});
