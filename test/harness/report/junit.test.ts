import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { junitSink } from '../../../src/harness/report/index.js';
import { feed, sampleEvents } from './sample-run.js';
import { checkJunit, parseXml, type Element } from './xml.js';

describe('the JUnit report', () => {
  let folder: string;
  let report: Element;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-junit-'));
    const file = join(folder, 'deep', 'junit.xml');
    feed(junitSink(file));
    report = parseXml(readFileSync(file, 'utf8'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const suites = (): Element[] => report.children;
  const caseOf = (name: string): Element => {
    const found = suites()
      .flatMap(({ children }) => children)
      .find((child) => child.attributes.name === name);
    assert.ok(found, name);
    return found;
  };
  const child = (element: Element, name: string): Element | undefined =>
    element.children.find((other) => other.name === name);

  it('is well formed, and what Jenkins and GitLab read', () => {
    checkJunit(report);
  });

  it('has a suite for every subject, and counts that agree with the verdicts', () => {
    assert.deepEqual(
      suites().map(({ attributes }) => attributes.name),
      ['eckd/read', 'eckd/write', 'eckd/seek', 'seek/eight', 'ccwspec/harness'],
    );
    const { tests, failures, errors, skipped } = report.attributes;
    assert.deepEqual({ tests, failures, errors, skipped }, { tests: '11', failures: '3', errors: '2', skipped: '5' });
  });

  it('says target, versions, seed, plan and options of the run', () => {
    const properties = new Map(
      child(suites()[0]!, 'properties')!.children.map(({ attributes }) => [attributes.name, attributes.value]),
    );
    assert.equal(properties.get('target'), 'model');
    assert.equal(properties.get('target.driver'), 'linux 6.12.117');
    assert.equal(properties.get('seed'), '7');
    assert.equal(properties.get('plan'), '0123456789abcdef');
    assert.equal(properties.get('option.paths'), '8');
    assert.equal(properties.get('ccwspec.version'), '0.1.0');
  });

  it('tells failures from errors, and gives the whole text', () => {
    const failed = child(caseOf('eckd/read/long'), 'failure')!;
    assert.equal(failed.attributes.message, 'expected <b> & "c" to be  ]]> other');
    assert.equal(failed.attributes.type, 'expectation');
    assert.match(failed.text, /\]\]> other\nsecond line \n {2}at run \(case\.js:1:2\)/);
    assert.equal(child(caseOf('eckd/read/again (attempt 2)'), 'failure')!.attributes.type, 'hang');
    const error = child(caseOf('eckd/write/two'), 'error')!;
    assert.equal(error.attributes.message, 'the lab did not boot');
    assert.equal(child(caseOf('eckd/write/two'), 'failure'), undefined);
    assert.equal(child(caseOf('eckd/seek/seven'), 'failure')!.attributes.type, 'unexpected-pass');
  });

  it('gives every reason of a skipped, blocked, deviating or unstarted case', () => {
    const message = (name: string): string => child(caseOf(name), 'skipped')!.attributes.message!;
    assert.match(message('eckd/write/three'), /needs iommufd: Linux 6\.1 has none; changes the volume/);
    assert.match(
      child(caseOf('eckd/write/three'), 'system-out')!.text,
      /skip \(capability\): needs iommufd.*\nskip \(touch\): /,
    );
    assert.match(message('eckd/write/five'), /^blocked: the device does not answer/);
    assert.match(
      message('eckd/seek/six'),
      /known deviation \(platform\): QEMU answers <otherwise>; https:\/\/example\.org\/1/,
    );
    assert.match(message('seek/eight'), /not run: the run was interrupted/);
  });

  it('has times in seconds, notes and evidence', () => {
    assert.equal(caseOf('eckd/read/one-record').attributes.time, '0.0015');
    assert.equal(child(caseOf('eckd/read/one-record'), 'system-out')!.text, 'record 1 of track 0');
    assert.equal(child(caseOf('eckd/read/long'), 'system-out')!.text, 'ssch 0');
  });

  it('is there in drafts that have what had ended, and say that the run had not', () => {
    mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
    try {
      const file = join(folder, 'killed.xml');
      writeFileSync(file, 'what an earlier run left');
      const draft = (): readonly string[] => {
        const root = parseXml(readFileSync(file, 'utf8'));
        checkJunit(root);
        return root.children.flatMap(({ children }) => children.map(({ attributes }) => attributes.name ?? ''));
      };
      const sink = junitSink(file);
      const ends = sampleEvents.flatMap((event, index) => (event.event === 'case-end' ? [index] : []));
      for (const event of sampleEvents.slice(0, ends[0])) sink.take(event);
      mock.timers.tick(0);
      assert.deepEqual(draft(), ['', 'the run came to its end']);
      for (const event of sampleEvents.slice(ends[0], ends[2]! + 1)) sink.take(event);
      assert.equal(draft().length, 2);
      mock.timers.tick(1_000);
      assert.equal(draft().filter((name) => name.startsWith('eckd/')).length, 3);
      assert.match(readFileSync(file, 'utf8'), /<error message="the run has not ended: [^"]*; 3 of its \d+ cases/);
      for (const event of sampleEvents.slice(ends[2]! + 1)) sink.take(event);
      sink.close?.();
      assert.ok(!draft().includes('the run came to its end'));
      mock.timers.tick(10_000);
      assert.ok(!draft().includes('the run came to its end'));
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith('killed')),
        ['killed.xml'],
      );
    } finally {
      mock.timers.reset();
    }
  });

  it('has no drafts where the file is no regular one', () => {
    const sink = junitSink('/dev/full');
    mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
    try {
      for (const event of sampleEvents.slice(0, 4)) sink.take(event);
      mock.timers.tick(10_000);
    } finally {
      mock.timers.reset();
    }
    assert.throws(() => {
      sink.take(sampleEvents.at(-1)!);
    }, /ENOSPC/);
  });

  it('is refused at once where it cannot be written', () => {
    assert.throws(
      () => junitSink(join(folder, 'deep', 'junit.xml', 'below-a-file.xml')),
      /E-OUTPUT: .*below-a-file\.xml cannot be written/,
    );
  });
});

describe('the reader of the JUnit tests', () => {
  it('refuses what is not well formed', () => {
    for (const xml of [
      '<a>',
      '<a></b>',
      '<a b="1" b="2"/>',
      '<a>&nope;</a>',
      '<a>& b</a>',
      '<a b="<"/>',
      '<a/><b/>',
      '<a>\u0001</a>',
      '<a>]]></a>',
    ]) {
      assert.throws(() => parseXml(xml), Error, xml);
    }
  });

  it('refuses what the schema does not allow', () => {
    for (const xml of [
      '<testsuites><other/></testsuites>',
      '<testsuites><testsuite tests="1" failures="0" errors="0"/></testsuites>',
      '<testsuite name="a" tests="x" failures="0" errors="0"/>',
      '<testcase name="a" classname="b" time="1e-7"/>',
      '<testcase name="a" classname="b" time="1"><system-out/><failure/></testcase>',
    ]) {
      assert.throws(
        () => {
          checkJunit(parseXml(xml));
        },
        Error,
        xml,
      );
    }
  });
});
