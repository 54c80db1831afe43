import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { CcwspecError } from '../../src/harness/errors/index.js';
import { projectRequirements, requirementIds } from '../../src/harness/requirements/index.js';
import { Pattern, readListFile, selectCases, type RegisteredCase } from '../../src/harness/runner/plan.js';
import { ownSuites, readSuite, readWords, suiteNames, suitesFolder } from '../../src/plugins/suite-file.js';

const folder = fileURLToPath(new URL('../../../test/fixtures/suites/', import.meta.url));
const file = (name: string): string => join(folder, name);

async function refusal(name: string): Promise<CcwspecError> {
  try {
    await readSuite(file(name));
  } catch (thrown) {
    assert.ok(thrown instanceof CcwspecError, String(thrown));
    assert.equal(thrown.code, 'E-SUITE-FILE');
    assert.equal(thrown.exitCode, 78);
    return thrown;
  }
  return assert.fail('it was read');
}

const cases: readonly RegisteredCase[] = [
  'fake/read/one-record',
  'fake/read/slow',
  'fake/write/one-record',
  'fake/seek/far',
].map((id) => ({
  plugin: 'fake',
  definition: { id, decides: id, requirements: ['X-1'], needs: [], touches: 'nothing', run: () => Promise.resolve() },
}));

describe('suite files', () => {
  it('are read with every key, values as they are written', async () => {
    const suite = await readSuite(file('whole.yaml'));
    assert.equal(suite.name, 'whole');
    assert.deepEqual(
      suite.includes.map(({ name }) => name),
      ['part', 'smoke'],
    );
    assert.deepEqual(suite.parameters, { devno: '0x10', count: '1e5', label: 'two words' });
    assert.equal(suite.touch, 'scratch');
    assert.deepEqual(suite.cases[1]?.place, { file: file('whole.yaml'), line: 6, column: 5 });
    assert.deepEqual(suite.deviations[0]?.note, {
      reason: 'QEMU answers otherwise',
      link: 'https://example.org/issue/1',
      class: 'platform',
      until: '2026-12-31',
    });
    assert.ok(suite.deviations[0].where.targets.matches('lab:qemu'));
  });

  it('bind a deviation to kernels and platforms, with its clause and why it does not show every time', async () => {
    const [deviation] = (await readSuite(file('deviations.yaml'))).deviations;
    assert.ok(deviation);
    const { where, note } = deviation;
    assert.ok(where.kernel?.includes('6.1.176') === true && !where.kernel.includes('6.1.192'));
    assert.ok(where.platform?.includes('qemu-7.2.19') === true && !where.platform.includes('qemu-9.0'));
    assert.equal(note.clause, 'CH-009');
    assert.deepEqual(note.differs, ['residual count']);
    assert.equal(note.sometimes, 'the interruptions merge when the second comes soon enough');
  });

  it('name a range that is none with its line and column', async () => {
    const { what } = await refusal('wrong-ranges.yaml');
    assert.ok(
      what.startsWith(`${file('wrong-ranges.yaml')}:7:13: deviations[0].kernel: '=>6.1' is not a version`),
      what,
    );
  });

  it('name every difference from the schema with its line and column', async () => {
    const { what } = await refusal('wrong.yaml');
    const at = file('wrong.yaml');
    for (const words of [
      `${at}:1:7: name must be: a slug`,
      `${at}:3:1: unknown key 'casses'; did you mean cases?`,
      `${at}:5:8: cases must be a list`,
      `${at}:6:8: touch must be one of nothing, scratch, volume`,
      `${at}:10:12: deviations[0].class must be one of model, platform, driver`,
      `${at}:11:11: deviations[0].link must be: a URL`,
      `${at}:12:5: unknown key 'untill'; did you mean until?`,
    ]) {
      assert.ok(what.includes(words), `${words}\nin\n${what}`);
    }
    const lines = [...what.matchAll(/wrong\.yaml:(\d+):/g)].map(([, line]) => Number(line));
    assert.deepEqual(
      lines,
      lines.toSorted((a, b) => a - b),
    );
  });

  it('must be YAML', async () => {
    assert.match((await refusal('no-yaml.yaml')).what, /no-yaml\.yaml:3:\d+: this is not YAML/);
  });

  it('must select something', async () => {
    assert.equal(
      (await refusal('empty.yaml')).what,
      `${file('empty.yaml')}:1:1: the file has neither 'cases' nor 'include'`,
    );
  });

  it('must be there', async () => {
    assert.match((await refusal('nowhere.yaml')).what, /nowhere\.yaml cannot be read/);
  });

  it('may not include each other in a circle', async () => {
    assert.match(
      (await refusal('circle-a.yaml')).what,
      /circle-b\.yaml:4:5: suites include each other without end: circle-a\.yaml -> circle-b\.yaml -> circle-a\.yaml/,
    );
  });

  it('include only what is there', async () => {
    assert.match((await refusal('lost.yaml')).what, /lost\.yaml:4:3: there is no suite nowhere/);
  });

  it('name only cases that there are', async () => {
    const suite = await readSuite(file('unknown-case.yaml'));
    assert.throws(
      () => selectCases(cases, { suites: [suite] }),
      (error: CcwspecError) =>
        error.what.includes(`${file('unknown-case.yaml')}:5:5: there is no case fake/read/one-recrod`) &&
        error.next.includes('fake/read/one-record'),
    );
  });

  it('of ours are all valid, and go by the names of their files', async () => {
    const names = suiteNames();
    for (const name of ['default', 'smoke', 'vfio-ccw', 'css', 'halt-clear', 'eckd', 'reserve-release', 'paths']) {
      assert.ok(names.includes(name), name);
    }
    for (const name of names) assert.equal((await readSuite(join(suitesFolder, `${name}.yaml`))).name, name);
  });

  it('of ours list deviations with the clause that says what is right and the words in which a case differs, and none of the model', async () => {
    const requirements = await requirementIds(projectRequirements);
    for (const name of suiteNames()) {
      for (const { case: pattern, note } of (await readSuite(join(suitesFolder, `${name}.yaml`))).deviations) {
        assert.ok(
          note.clause !== undefined && requirements.has(note.clause),
          `${name}: ${pattern.text}: ${note.clause}`,
        );
        assert.notEqual(note.class, 'model', `${name}: ${pattern.text}`);
        assert.ok(note.differs !== undefined || note.report !== undefined, `${name}: ${pattern.text}: in which words`);
      }
    }
  });

  it('of ours list a deviation in one place: it is known wherever the case is selected', async () => {
    const places = new Map<string, string>();
    const suites = await ownSuites();
    assert.deepEqual(
      suites.map(({ name }) => name),
      suiteNames(),
    );
    for (const { name, deviations } of suites) {
      for (const { case: pattern, where } of deviations) {
        const key = [pattern, where.targets, where.platform, where.kernel].map((part) => part?.text ?? '').join(' | ');
        assert.equal(places.get(key), undefined, `${name}: ${key}`);
        places.set(key, name);
      }
    }
  });

  it('have a schema that is valid itself', () => {
    const schema = JSON.parse(readFileSync(join(suitesFolder, 'suite.schema.json'), 'utf8')) as object;
    const ajv = new Ajv({ allowUnionTypes: true });
    assert.equal(ajv.validateSchema(schema), true, ajv.errorsText());
  });
});

describe('words of a command line', () => {
  it('are suites, suite files, and patterns', async () => {
    const { suites, cases: patterns } = await readWords(['smoke', file('part.yaml'), 'eckd/*', 'css/tpi/none-pending']);
    assert.deepEqual(
      suites.map(({ name }) => name),
      ['smoke', 'part'],
    );
    assert.deepEqual(
      patterns.map(({ text }) => text),
      ['eckd/*', 'css/tpi/none-pending'],
    );
  });

  it('that name no suite are refused with the nearest', async () => {
    await assert.rejects(readWords(['smokes']), /E-UNKNOWN-ID: there is no suite smokes; did you mean smoke\?/);
  });
});

describe('list files', () => {
  it('hold ids and globs, with comments', () => {
    assert.deepEqual(
      readListFile(file('list.txt')).map(({ text, place }) => [text, place?.line, place?.column]),
      [
        ['fake/read/one-record', 2, 1],
        ['fake/raed/*', 4, 3],
      ],
    );
  });

  it('name only cases that there are', () => {
    assert.throws(
      () => selectCases(cases, { listed: readListFile(file('list.txt')) }),
      /E-SUITE-FILE: .*list\.txt:4:3: there is no case that matches fake\/raed\/\*/,
    );
  });

  it('must be readable', () => {
    assert.throws(() => readListFile(file('nowhere.txt')), /E-USAGE: --list-file .*nowhere\.txt/);
  });
});

describe('patterns', () => {
  it('take * for any run of characters, ? for one, and the rest as it stands', () => {
    const id = 'eckd/reserve/second-host';
    for (const text of ['*', 'eckd/*', 'eckd/reserve/*', 'eckd/*/second-host', 'eckd/reserve/second-hos?', id]) {
      assert.ok(new Pattern(text).matches(id), text);
    }
    for (const text of ['eckd', 'eckd/reserve', 'eckd.reserve.second-host', 'reserve/*', 'eckd/reserve/second-host?']) {
      assert.ok(!new Pattern(text).matches(id), text);
    }
  });
});
