import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Comparison } from '../../src/harness/report/index.js';
import { checkJunit, parseXml, type Element } from '../harness/report/xml.js';
import { ccwspec, type Circumstances, type Ended } from './ccwspec.js';

const plugin = fileURLToPath(new URL('../../../test/fixtures/commands/plugin.js', import.meta.url));

/** A case that fails as Linux 6.1.176 behaves, and one that passes everywhere. */
const [onlyNew, everywhere] = ['vfio-ccw/limits/17-segments', 'vfio-ccw/info/device'];

describe('ccwspec compare', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-compare-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const compare = (words: readonly string[], circumstances: Circumstances = {}): Promise<Ended> =>
    ccwspec(['compare', '--output', folder, ...words], circumstances);
  const only = (...cases: string[]): string[] => cases.flatMap((name) => ['--only', name]);
  const written = (): Comparison =>
    JSON.parse(readFileSync(join(folder, 'latest', 'compare.json'), 'utf8')) as Comparison;

  it('prints and writes the matrix with the first field that differs, and ends with 1', async () => {
    const { code, stdout } = await compare(['model', 'model:linux-6.1.176', ...only(onlyNew, everywhere)]);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^\(1\) model\n\(2\) model:linux-6\.1\.176$/m);
    assert.match(stdout, new RegExp(`^${everywhere} +pass +pass$`, 'm'));
    assert.match(stdout, new RegExp(`^${onlyNew} +pass +fail +differs$`, 'm'));
    assert.match(stdout, /first difference: write that starts 17 segments\n {4}\(1\) -22 \(EINVAL\)\n {4}\(2\) 124\n/);
    assert.match(stdout, /^Not alike: 1 case differs, of 2 compared\.$/m);
    const { targets, cases, counts, exitCode } = written();
    assert.deepEqual(
      targets.map(({ label, target, folder: name }) => [label, target.versions['kernel'], name]),
      [
        ['model', '6.12.117', 'model'],
        ['model:linux-6.1.176', '6.1.176', 'model-linux-6.1.176'],
      ],
    );
    assert.deepEqual(
      cases.map(({ id, comparison }) => [id, comparison]),
      [
        [everywhere, 'alike'],
        [onlyNew, 'differs'],
      ],
    );
    assert.deepEqual({ differs: counts.differs, exitCode }, { differs: 1, exitCode: 1 });
  });

  it('writes the reports of every run, with what the other targets said as properties of each case', async () => {
    await compare(['model', 'model:linux-6.1.176', ...only(onlyNew)]);
    const properties = (name: string): string[][] => {
      const report = parseXml(readFileSync(join(folder, 'latest', name, 'junit.xml'), 'utf8'));
      checkJunit(report);
      const [test] = report.children.flatMap(({ children }) => children).filter((child) => child.name === 'testcase');
      const list: Element[] = test?.children.find((child) => child.name === 'properties')?.children ?? [];
      return list.map(({ attributes }) => [attributes['name'] ?? '', attributes['value'] ?? '']);
    };
    assert.deepEqual(properties('model'), [
      ['comparison', 'differs'],
      ['outcome.model:linux-6.1.176', 'fail: write that starts 17 segments: expected -22 (EINVAL), was 124'],
    ]);
    assert.deepEqual(properties('model-linux-6.1.176'), [
      ['comparison', 'differs'],
      ['outcome.model', 'pass'],
    ]);
    for (const name of ['events.jsonl', 'ccwspec.log']) assert.ok(existsSync(join(folder, 'latest', 'model', name)));
  });

  it('gives a target settings of its own, and ends with 0 where none differs', async () => {
    const { code, stdout } = await compare([
      'model -o paths=8',
      "model:linux-6.12.117 -o 'paths=2'",
      '--plugin',
      plugin,
      ...only('outcomes/lacks/*', 'outcomes/passes/*'),
    ]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /8 channel paths/);
    assert.match(stdout, /2 channel paths/);
    assert.match(stdout, /^Alike: 2 of 2 selected cases showed the same on 2 targets\.$/m);
  });

  it('lists a case that only one target could run as not compared, with the reason', async () => {
    const words = ['model -o paths=8', 'model', '--plugin', plugin, ...only('outcomes/lacks/*')];
    const { code, stdout } = await compare(words);
    assert.equal(code, 4);
    assert.match(stdout, /outcomes\/lacks\/case +pass +skip +not compared\n {4}\(2\) skip: needs many-paths/);
  });

  it('prints only what differs with --differing, and the JSON of the file with --json', async () => {
    const short = await compare(['model', 'model:linux-6.1.176', ...only(onlyNew, everywhere), '--differing']);
    assert.match(short.stdout, /^vfio-ccw\/limits/m);
    assert.doesNotMatch(short.stdout, /^vfio-ccw\/info/m);
    const { stdout, code } = await compare(['model', 'model', ...only(everywhere), '--json']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), written());
    assert.deepEqual(readdirSync(join(folder, 'latest')).sort(), ['compare.json', 'last-run.json', 'model', 'model-2']);
  });

  it('leaves what differs for --last-failed', async () => {
    await compare(['model', 'model:linux-6.1.176', ...only(onlyNew, everywhere)]);
    const { code, stdout } = await ccwspec(['run', '--last-failed', '--output', folder]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^1 case of every case, --last-failed \(1 case\)/m);
  });

  it('takes differences as listed by a suite for a platform', async () => {
    const words = [
      'model',
      'model -o platform=hercules-3.13',
      '--grep',
      'largest record|One record of 56664',
      '--only',
      'eckd',
    ];
    const { code, stdout } = await compare(words);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^eckd\/geometry\/largest-record +pass +deviation +as listed$/m);
  });

  it('refuses fewer than two targets, and what is wrong in one of their words', async () => {
    for (const [words, code, message] of [
      [[], 64, /E-USAGE: there is no target to compare/],
      [['model'], 64, /E-USAGE: there is nothing to compare model with/],
      [['model', 'model -o'], 64, /E-USAGE: /],
      [['model', 'model --paths=8'], 64, /E-USAGE: .*--paths/],
      [['model', 'model -o path=8'], 64, /E-USAGE: there is no setting 'path'/],
      [['model', 'modle'], 2, /E-TARGET: there is no target 'modle'/],
      [['model', 'model', ...only('vfio-ccw/info/devise')], 64, /E-UNKNOWN-ID/],
    ] as const) {
      const ended = await compare(words);
      assert.equal(ended.code, code, `${words.join(' ')}: ${ended.stderr}`);
      assert.match(ended.stderr, message);
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it('stops at Ctrl-C, and writes what could be compared', async () => {
    let asked = false;
    const release = join(folder, 'release');
    const { code, stdout } = await compare(
      [
        'model',
        'model',
        '--plugin',
        plugin,
        '-o',
        `outcomes.release=${release}`,
        ...only('outcomes/passes/*', 'outcomes/waits/*'),
      ],
      {
        watch: (child, { stdout: printed }) => {
          if (asked || !printed.includes('2 cases of')) return;
          asked = true;
          child.kill('SIGINT');
          child.kill('SIGTERM');
        },
      },
    );
    assert.equal(code, 130, stdout);
    assert.match(stdout, /^Interrupted: /m);
    assert.equal(written().exitCode, 130);
  });
});
