import assert from 'node:assert/strict';
import { compareRuns, outcomeText, type Comparison, type RunRecord } from '../../../src/harness/report/index.js';
import type { CaseEnd, Failure, RunEvent } from '../../../src/harness/runner/index.js';

const end = (id: string, more: Partial<CaseEnd> = {}): CaseEnd => ({
  event: 'case-end',
  index: 0,
  id,
  attempt: 1,
  plugin: 'fake',
  verdict: 'pass',
  duration: 1,
  ...more,
});

const residual = (actual: string): Failure => ({
  kind: 'expectation',
  text: `expected the residual count to be 0; it was ${actual}\ndecided by:\n  CH-003`,
  difference: { field: 'the residual count', expected: '0', actual },
});
const failing = (...failures: Failure[]): Partial<CaseEnd> => ({ verdict: 'fail', failures });
const note = { reason: 'it counts otherwise', link: 'https://example.org/1', class: 'platform' } as const;
const listed = (actual: string): Partial<CaseEnd> => ({
  verdict: 'deviation',
  failures: [residual(actual)],
  deviation: note,
});
const skipped: Partial<CaseEnd> = { verdict: 'skip', reasons: [{ category: 'capability', text: 'needs iommufd' }] };

/** The case `fake/one` on as many targets as there are ends. */
function compare(ends: readonly Partial<CaseEnd>[], how = { interrupted: false, troubles: 0 }): Comparison {
  return compareRuns(
    ends.map((more, index) => run(`target ${index}`, [end('fake/one', more)])),
    how,
  );
}

function run(label: string, events: readonly RunEvent[]): RunRecord {
  return { label, folder: label, events };
}

describe('a comparison', () => {
  const stands = (...ends: Partial<CaseEnd>[]): string => compare(ends).cases[0]?.comparison ?? '';

  it('calls alike what shows the same, passing or failing', () => {
    assert.equal(stands({}, {}), 'alike');
    assert.equal(stands(failing(residual('4')), failing(residual('4'))), 'alike');
    assert.equal(stands(failing(residual('4')), listed('4')), 'alike');
  });

  it('calls different what shows something else, also where both fail', () => {
    assert.equal(stands({}, failing(residual('4'))), 'differs');
    assert.equal(stands(failing(residual('4')), failing(residual('5'))), 'differs');
    assert.equal(stands({}, {}, failing({ kind: 'timeout', text: 'the case took 30 s' })), 'differs');
    assert.equal(stands(failing(residual('4')), listed('5')), 'differs');
    assert.equal(stands({}, { verdict: 'unexpected-pass', deviation: note }), 'differs');
  });

  it('takes a difference as listed where all others pass', () => {
    assert.equal(stands({}, listed('4')), 'as listed');
    assert.equal(stands({}, listed('4'), listed('5')), 'as listed');
    assert.equal(stands({}, listed('4'), failing(residual('5'))), 'differs');
  });

  it('compares only what two targets decided', () => {
    assert.equal(stands({}, skipped), 'not compared');
    assert.equal(stands({}, skipped, {}), 'alike');
    assert.equal(stands({}, skipped, failing(residual('4'))), 'differs');
    assert.equal(stands({}, { verdict: 'error', failures: [{ kind: 'died', text: 'gone' }] }), 'not compared');
  });

  it('names the first field that differs, and what each target showed there', () => {
    const first = (...ends: Partial<CaseEnd>[]): unknown => compare(ends).cases[0]?.first;
    assert.deepEqual(first({}, skipped, failing(residual('4'))), {
      field: 'the residual count',
      values: ['0', null, '4'],
    });
    const status: Failure = {
      kind: 'expectation',
      text: 'expected the device status to be 0c; it was 0e',
      difference: { field: 'the device status', expected: '0c', actual: '0e' },
    };
    assert.deepEqual(first(failing(residual('4')), failing(status)), {
      field: 'the residual count',
      values: ['4', 'expected the device status to be 0c; it was 0e'],
    });
    assert.deepEqual(first({}, failing({ kind: 'leak', text: '1 thing was not given back:\n  a page' })), {
      field: 'the outcome',
      values: ['as expected', '1 thing was not given back:'],
    });
    assert.equal(first({}, {}), undefined);
  });

  it('has every case of every run, in the order of the first, attempts apart', () => {
    const { cases } = compareRuns(
      [
        run('a', [end('fake/one'), end('fake/one', { attempt: 2 }), end('fake/two')]),
        run('b', [end('fake/two', failing(residual('4'))), end('fake/one'), end('fake/three')]),
      ],
      { interrupted: false, troubles: 0 },
    );
    assert.deepEqual(
      cases.map(({ id, attempt, comparison }) => [id, attempt, comparison]),
      [
        ['fake/one', 1, 'alike'],
        ['fake/one', 2, 'not compared'],
        ['fake/two', 1, 'differs'],
        ['fake/three', 1, 'not compared'],
      ],
    );
  });

  it('ends by the contract: interrupted, different, in trouble, nothing selected, nothing compared, alike', () => {
    const died: Partial<CaseEnd> = { verdict: 'error', failures: [{ kind: 'died', text: 'gone' }] };
    const blocked: Partial<CaseEnd> = { verdict: 'blocked' };
    const code = (ends: readonly Partial<CaseEnd>[], how?: { interrupted: boolean; troubles: number }): number =>
      compare(ends, how).exitCode;
    assert.equal(code([{}, failing(residual('4'))], { interrupted: true, troubles: 0 }), 130);
    assert.equal(code([{}, failing(residual('4')), died]), 1);
    assert.equal(code([{}, {}, died]), 2);
    assert.equal(code([{}, {}, blocked]), 2);
    assert.equal(code([{}, {}], { interrupted: false, troubles: 1 }), 2);
    assert.equal(compareRuns([run('a', []), run('b', [])], { interrupted: false, troubles: 0 }).exitCode, 3);
    assert.equal(code([{}, skipped]), 4);
    assert.equal(code([{}, {}]), 0);
    assert.equal(code([{}, listed('4')]), 0);
    assert.equal(code([failing(residual('4')), failing(residual('4'))]), 0);
  });

  it('says in a sentence what it came to', () => {
    const why = (...ends: Partial<CaseEnd>[]): string => compare(ends).why;
    assert.equal(why({}, failing(residual('4'))), 'Not alike: 1 case differs, of 1 compared.');
    assert.match(why({}, listed('4')), /^Alike: 1 of 1 selected case showed the same on 2 targets, 1 of them but for/);
    assert.match(why(failing(residual('4')), failing(residual('4'))), /1 of them failing/);
  });

  it('puts an outcome into one line', () => {
    const outcomes = compare([{}, failing(residual('4')), listed('5'), skipped]).cases[0]?.outcomes ?? [];
    assert.deepEqual(outcomes.map(outcomeText), [
      'pass',
      'fail: the residual count: expected 0, was 4',
      'deviation: it counts otherwise',
      'skip: needs iommufd',
    ]);
  });
});
