import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deviationFor, PlatformRange, type SuiteDeviation } from '../../../src/harness/runner/deviations.js';
import { Pattern, type Suite } from '../../../src/harness/runner/plan.js';
import { VersionRange } from '../../../src/harness/runner/version-range.js';
import { emptySuite } from './run-fixture.js';

describe('a range of versions', () => {
  const includes = (range: string, version: string): boolean => new VersionRange(range).includes(version);

  it('compares number by number, and only as many as the bound has', () => {
    for (const [range, inside, outside] of [
      ['>=6.6', ['6.6', '6.6.1', '6.12.117', '7.0', '10'], ['6.5.99', '6', '5.19']],
      ['<6.1.192', ['6.1.176', '6.1', '5.10.1'], ['6.1.192', '6.1.200', '6.2']],
      ['>6.1', ['6.2', '7'], ['6.1', '6.1.176']],
      ['<=6.1', ['6.1.176', '6.0', '5'], ['6.2']],
      ['6.1', ['6.1', '6.1.0', '6.1.176'], ['6.10', '6.2', '61']],
      ['=6.12.117', ['6.12.117'], ['6.12.11', '6.12.1170']],
      ['>=6.1 <6.1.192', ['6.1.0', '6.1.191'], ['6.0.9', '6.1.192', '6.12']],
      ['<6.1.192 || >=6.2 <6.12.80', ['6.1.1', '6.2', '6.12.79'], ['6.1.192', '6.1.300', '6.12.80']],
    ] as const) {
      for (const version of inside) assert.ok(includes(range, version), `${version} in ${range}`);
      for (const version of outside) assert.ok(!includes(range, version), `${version} not in ${range}`);
    }
  });

  it('leaves out what stands behind the numbers', () => {
    assert.ok(includes('>=6.13', '6.13.0-rc3-gdeadbeef'));
    assert.ok(includes('6.12.117', '6.12.117-1~deb12u1'));
  });

  it('has no version in it that is not a number', () => {
    assert.ok(!includes('>=0', ''));
    assert.ok(!includes('>=0', 'next-20261122'));
  });

  it('says which part is not a bound', () => {
    for (const [range, part] of [
      ['>=6.x', '>=6.x'],
      ['>=6.6 and', 'and'],
      ['=>6', '=>6'],
      ['6.6 ||', ''],
      ['', ''],
    ] as const) {
      assert.throws(() => new VersionRange(range), new RegExp(`'${part}' is not a version`), range);
    }
  });

  it('has every version on one side of a bound, and one only', () => {
    const numbers = fc.array(fc.nat(300), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(numbers, numbers, (version, bound) => {
        const [text, limit] = [version.join('.'), bound.join('.')];
        const sides = ['<', '=', '>'].filter((sign) => includes(`${sign}${limit}`, text));
        assert.equal(sides.length, 1, `${text} and ${limit}: ${sides.join(' ')}`);
        assert.equal(includes(`>=${limit}`, text), sides[0] !== '<');
        assert.equal(includes(`<=${limit}`, text), sides[0] !== '>');
      }),
    );
  });
});

describe('platforms', () => {
  const includes = (range: string, platform: string): boolean => new PlatformRange(range).includes(platform);

  it('are a pattern over name and version, or a name and a range', () => {
    assert.ok(includes('hercules-3.13', 'hercules-3.13'));
    assert.ok(!includes('hercules-3.13', 'hercules-3.14'));
    assert.ok(includes('qemu-*', 'qemu-7.2.19'));
    assert.ok(includes('qemu >=7.2 <9', 'qemu-8.1'));
    assert.ok(!includes('qemu >=7.2 <9', 'qemu-9.0'));
    assert.ok(!includes('qemu >=7.2', 'hercules-8.0'));
    assert.ok(!includes('qemu >=7.2', ''));
    assert.throws(() => new PlatformRange('qemu newer'), /'newer' is not a version/);
  });
});

describe('the deviation of a case', () => {
  const listed = (reason: string, where: Partial<SuiteDeviation['where']>, until?: string): SuiteDeviation => ({
    case: new Pattern('fake/*'),
    where: { targets: new Pattern('*'), ...where },
    note: { reason, link: 'https://example.org/1', class: 'driver', ...(until === undefined ? {} : { until }) },
  });
  const suite = (deviations: SuiteDeviation[], includes: Suite[] = []): Suite => ({
    ...emptySuite,
    deviations,
    includes,
  });
  const lab = { name: 'lab:qemu', versions: { kernel: '6.1.176', platform: 'qemu-7.2.19' } };
  const found = (suites: Suite[], target = lab, id = 'fake/one'): string | undefined =>
    deviationFor(id, target, suites, '2026-05-02')?.reason;

  it('holds where name, kernel and platform all fit', () => {
    const old = { kernel: new VersionRange('<6.1.192') };
    const qemu = { platform: new PlatformRange('qemu-*') };
    const labs = { targets: new Pattern('lab:*') };
    assert.equal(found([suite([listed('all', { ...old, ...qemu, ...labs })])]), 'all');
    for (const other of [
      { kernel: new VersionRange('>=6.2') },
      { platform: new PlatformRange('hercules-*') },
      { targets: new Pattern('model*') },
    ]) {
      assert.equal(found([suite([listed('all', { ...old, ...qemu, ...labs, ...other })])]), undefined);
    }
    assert.equal(found([suite([listed('all', old)])], lab, 'other/one'), undefined);
  });

  it('does not hold on a target that does not say its version', () => {
    const unknown = { name: 'lab:qemu', versions: {} as typeof lab.versions };
    assert.equal(found([suite([listed('kernel', { kernel: new VersionRange('>=0') })])], unknown), undefined);
    assert.equal(found([suite([listed('platform', { platform: new PlatformRange('*-*') })])], unknown), undefined);
    assert.equal(found([suite([listed('any', {})])], unknown), 'any');
  });

  it('is the first that fits, and one of an included suite where the suite itself has none', () => {
    const part = suite([listed('of the part', {})]);
    assert.equal(found([suite([listed('first', {}), listed('second', {})], [part])]), 'first');
    assert.equal(found([suite([listed('over', {}, '2026-05-01')], [part])]), 'of the part');
    assert.equal(found([suite([listed('last day', {}, '2026-05-02')], [part])]), 'last day');
    assert.equal(found([suite([]), part]), 'of the part');
    assert.equal(found([suite([], [suite([])])]), undefined);
  });
});
