import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('is not there, not even in part, when the run was killed before its end', () => {
    const file = join(folder, 'killed.xml');
    feed(junitSink(file), sampleEvents.slice(0, 4));
    assert.equal(existsSync(file), false);
    assert.equal(existsSync(`${file}.part`), false);
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
