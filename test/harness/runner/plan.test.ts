import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CcwspecError } from '../../../src/harness/errors/index.js';
import {
  makePlan,
  Pattern,
  type PlanInput,
  type RegisteredCase,
  type Suite,
  type Touches,
} from '../../../src/harness/runner/plan.js';
import { caseSeed, randomFrom } from '../../../src/harness/runner/random.js';
import { emptySuite } from './run-fixture.js';

function registered(id: string, needs: readonly string[] = [], touches: Touches = 'nothing'): RegisteredCase {
  const definition = {
    id,
    decides: `that ${id} holds`,
    requirements: ['X-1'],
    needs,
    touches,
    run: () => Promise.resolve(),
  };
  return { plugin: id.split('/')[0]!, definition: definition as RegisteredCase['definition'] };
}

const cases = [
  registered('a/read/one'),
  registered('a/read/two', ['iommufd', 'many-paths', 'vfio']),
  registered('a/write/one', ['vfio'], 'scratch'),
  registered('b/format/all', ['iommufd'], 'volume'),
];

const input: PlanInput = {
  cases,
  target: {
    name: 'model',
    description: '',
    versions: {},
    capabilities: new Set(['vfio']),
    missing: new Map([['iommufd', 'Linux 6.1 has none']]),
  },
  selection: {},
  seed: 1,
};

const ids = (selection: PlanInput['selection']): string[] =>
  makePlan({ ...input, selection }).items.map(({ id }) => id);
const patterns = (...texts: string[]): Pattern[] => texts.map((text) => new Pattern(text));
const suite = (parts: Partial<Suite>): Suite => ({ ...emptySuite, ...parts });

describe('the plan', () => {
  it('has every case when nothing is named, in the order of the plugins', () => {
    assert.deepEqual(ids({}), ['a/read/one', 'a/read/two', 'a/write/one', 'b/format/all']);
  });

  it('joins suites and patterns, then narrows', () => {
    const suites = [suite({ cases: patterns('a/read/*'), exclude: patterns('a/read/two') })];
    assert.deepEqual(ids({ suites, cases: patterns('b/*') }), ['a/read/one', 'b/format/all']);
    assert.deepEqual(ids({ suites, cases: patterns('a/read/two') }), ['a/read/one', 'a/read/two']);
    assert.deepEqual(ids({ cases: patterns('a/*'), exclude: patterns('a/read/*') }), ['a/write/one']);
    assert.deepEqual(ids({ grep: 'WRITE|format/ALL' }), ['a/write/one', 'b/format/all']);
    assert.deepEqual(ids({ grep: 'that b/' }), ['b/format/all']);
    assert.deepEqual(ids({ cases: patterns('a/*'), listed: patterns('*/one', 'b/format/all') }), [
      'a/read/one',
      'a/write/one',
    ]);
    assert.deepEqual(ids({ lastFailed: ['a/write/one', 'gone/since/then'] }), ['a/write/one']);
  });

  it("lets a suite's exclusions count for what it includes", () => {
    const part = suite({ cases: patterns('a/*') });
    assert.deepEqual(ids({ suites: [suite({ includes: [part], exclude: patterns('a/read/*') })] }), ['a/write/one']);
  });

  it('has nothing for a glob that matches nothing, and an error for a name that is not there', () => {
    assert.deepEqual(ids({ cases: patterns('c/*') }), []);
    assert.throws(
      () => ids({ cases: patterns('a/read/onne') }),
      (error: CcwspecError) => error.code === 'E-UNKNOWN-ID' && error.next === 'Did you mean a/read/one?',
    );
    assert.throws(() => ids({ exclude: patterns('a/raed/one') }), /E-UNKNOWN-ID/);
  });

  it('gives every reason for a skip, with the words of the target', () => {
    const plan = makePlan({ ...input, touch: 'nothing' });
    assert.deepEqual(plan.items[1]?.reasons, [
      {
        category: 'capability',
        text: 'needs iommufd (the character-device way of opening (kernel 6.6 and later)): Linux 6.1 has none',
      },
      {
        category: 'capability',
        text: 'needs many-paths (at least two channel paths to the device): target model does not have it',
      },
    ]);
    assert.deepEqual(
      plan.items[3]?.reasons.map(({ category }) => category),
      ['capability', 'touch'],
    );
    assert.match(plan.items[3].reasons[1]?.text ?? '', /changes the volume, and the run allows --touch nothing/);
  });

  it('allows what the run and the suite both allow', () => {
    const runnable = (touch: Touches | undefined, cap: Touches | undefined): string[] => {
      const suites = [suite({ cases: patterns('*'), ...(cap === undefined ? {} : { touch: cap }) })];
      const plan = makePlan({ ...input, selection: { suites }, ...(touch === undefined ? {} : { touch }) });
      return plan.items
        .filter(({ reasons }) => !reasons.some(({ category }) => category !== 'capability'))
        .map(({ id }) => id);
    };
    assert.deepEqual(runnable(undefined, undefined), ['a/read/one', 'a/read/two']);
    assert.deepEqual(runnable('scratch', undefined), ['a/read/one', 'a/read/two', 'a/write/one']);
    assert.equal(runnable('volume', undefined).length, 4);
    assert.deepEqual(runnable('volume', 'scratch'), ['a/read/one', 'a/read/two', 'a/write/one']);
    assert.deepEqual(runnable('nothing', 'volume'), ['a/read/one', 'a/read/two']);
  });

  it('takes the parameters of suites, and lets options win', () => {
    const part = suite({ parameters: { paths: '1', speed: 'slow' } });
    const whole = suite({ includes: [part], cases: patterns('*'), parameters: { paths: '8' } });
    const { options } = makePlan({ ...input, selection: { suites: [whole] }, options: { speed: 'fast' } });
    assert.deepEqual(options, { paths: '8', speed: 'fast' });
  });

  it('knows what suites list that select nothing, behind what the selected ones list', () => {
    const listing = (text: string, reason: string): Suite => {
      const note = { reason, link: 'https://example.org/1', class: 'driver' as const };
      return { ...emptySuite, deviations: [{ case: new Pattern(text), where: { targets: new Pattern('*') }, note }] };
    };
    const own = { ...listing('a/read/one', 'of the suite'), cases: [new Pattern('a/*/one')] };
    const known = [listing('a/*', 'always known')];
    const reasons = (selection: PlanInput['selection']): unknown[] =>
      makePlan({ ...input, selection }).items.map(({ id, deviation }) => [id, deviation?.reason]);
    assert.deepEqual(reasons({ suites: [own], known }), [
      ['a/read/one', 'of the suite'],
      ['a/write/one', 'always known'],
    ]);
    assert.deepEqual(reasons({ cases: [new Pattern('a/read/one')], known }), [['a/read/one', 'always known']]);
    assert.deepEqual(reasons({ grep: 'format', known }), [['b/format/all', undefined]]);
  });

  it('repeats a case beside itself, each time with a seed of its own', () => {
    const { items } = makePlan({ ...input, repeatEach: 2 });
    assert.deepEqual(
      items.slice(0, 4).map(({ id, attempt, index }) => [id, attempt, index]),
      [
        ['a/read/one', 1, 0],
        ['a/read/one', 2, 1],
        ['a/read/two', 1, 2],
        ['a/read/two', 2, 3],
      ],
    );
    assert.equal(new Set(items.map(({ seed }) => seed)).size, items.length);
    assert.throws(() => makePlan({ ...input, repeatEach: 0 }), /E-USAGE: --repeat-each 0/);
  });

  it('has a hash that tells plans apart', () => {
    const hash = (change: Partial<PlanInput>): string => makePlan({ ...input, today: '2026-01-01', ...change }).hash;
    assert.equal(hash({}), hash({}));
    assert.equal(
      new Set([hash({}), hash({ seed: 2 }), hash({ options: { a: 'b' } }), hash({ touch: 'volume' })]).size,
      4,
    );
  });

  it('refuses a --grep that is no regular expression', () => {
    assert.throws(() => ids({ grep: '(' }), /E-USAGE: --grep/);
  });
});

describe('the numbers of a run', () => {
  it('are from 0 to 1, and the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), (seed, id) => {
        const one = randomFrom(caseSeed(seed, id, 1));
        const other = randomFrom(caseSeed(seed, id, 1));
        for (let count = 0; count < 20; count++) {
          const value = one();
          assert.ok(value >= 0 && value < 1);
          assert.equal(value, other());
        }
      }),
    );
  });
});
