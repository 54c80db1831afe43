import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { lastRunText } from '../../src/harness/report/last-run.js';
import { ccwspec, type Circumstances, type Ended } from './ccwspec.js';

const plugin = fileURLToPath(new URL('../../../test/fixtures/commands/plugin.js', import.meta.url));

const waiting = fileURLToPath(new URL('../../../test/fixtures/commands/waiting-plugin.js', import.meta.url));
const printing = fileURLToPath(new URL('../../../test/fixtures/commands/printing-plugin.js', import.meta.url));

describe('ccwspec run', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-run-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (words: readonly string[], circumstances: Circumstances = {}): Promise<Ended> =>
    ccwspec(['run', '--plugin', plugin, '--output', folder, ...words], circumstances);
  const latest = (name: string): string => readFileSync(join(folder, 'latest', name), 'utf8');
  const verdicts = (): Record<string, string> =>
    Object.fromEntries(
      latest('events.jsonl')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; id: string; verdict?: string })
        .filter(({ event }) => event === 'case-end' || event === 'not-run')
        .map(({ id, verdict }) => [id.split('/')[1] ?? '', verdict ?? 'not-run']),
    );

  it('ends with 0 when a case passed and none failed, and leaves the reports', async () => {
    const { code, stdout } = await run(['outcomes/passes/*']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^Green: 1 of 1 selected case ran and passed/m);
    for (const name of ['junit.xml', 'events.jsonl', 'ccwspec.log']) assert(latest(name).length > 0, name);
    assert.match(stdout, new RegExp(`^Reports: ${folder}`, 'm'));
  });

  it('ends with 1 when a case failed, and shows what was expected', async () => {
    const { code, stdout } = await run(['outcomes/passes/*', 'outcomes/fails/*']);
    assert.equal(code, 1);
    assert.match(stdout, /^fail +outcomes\/fails\/case/m);
    assert.match(latest('junit.xml'), /<failure/);
  });

  it('runs each case once with several workers, and reports them in the order of the plan', async () => {
    const { code, stdout } = await run([
      'outcomes/passes/*',
      'outcomes/fails/*',
      '--repeat-each',
      '80',
      '--workers',
      '2',
    ]);
    assert.equal(code, 1);
    assert.match(stdout, /^160 selected: 80 passed, 80 failed/m);
    const attempts = [...latest('junit.xml').matchAll(/name="outcomes\/passes\/case(?: \(attempt (\d+)\))?"/g)];
    assert.deepEqual(
      attempts.map(([, attempt = '1']) => Number(attempt)),
      Array.from({ length: 80 }, (_, index) => index + 1),
    );
  });

  it('takes one worker only where one image is changed', async () => {
    const words = ['--device', 'eckd:image=/nowhere', '--in-place', '--touch', 'volume', '--workers', '2'];
    const { code, stderr } = await run(['outcomes/passes/*', ...words]);
    assert.equal(code, 64);
    assert.match(stderr, /^E-USAGE: --workers 2: model:\S+ is one device, which takes one case at a time/);
  });

  it('ends with 2 for a target that does not exist', async () => {
    const { code, stderr } = await run(['outcomes/passes/*', '--target', 'modle']);
    assert.equal(code, 2);
    assert.match(stderr, /^E-TARGET: there is no target 'modle'; did you mean model\?\n/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('ends with 2 when results cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const output = join(folder, 'file', 'results');
    const { code, stderr } = await ccwspec(['run', 'outcomes/passes/*', '--plugin', plugin, '--output', output]);
    assert.equal(code, 2);
    assert.match(stderr, /^E-OUTPUT: /);
  });

  it('ends with 3 when nothing is selected', async () => {
    assert.equal((await run(['outcomes/nothing-like-it*'])).code, 3);
  });

  it('ends with 4 when everything is skipped, and says why', async () => {
    const { code, stdout } = await run(['outcomes/lacks/*']);
    assert.equal(code, 4);
    assert.match(stdout, /many-paths.*-o paths=8/);
  });

  it('gives the target what -o asks for', async () => {
    assert.equal((await run(['outcomes/lacks/*', '-o', 'paths=8'])).code, 0);
  });

  it('ends with 64 for a case or setting that does not exist', async () => {
    for (const [words, message] of [
      [['outcomes/passes'], /^E-UNKNOWN-ID: .*\n {2}Did you mean 'outcomes\/passes\/\*'\?/],
      [['outcomes/passes/cse'], /^E-UNKNOWN-ID: .*\n {2}Did you mean outcomes\/passes\/case\?/],
      [['outcomes/passes/*', '-o', 'paths=9'], /^E-USAGE: -o paths=9: a subchannel has 1 to 8 channel paths\n/],
      [['outcomes/passes/*', '-o', 'path=8'], /^E-USAGE: there is no setting 'path' .*did you mean paths\?/],
      [['outcomes/passes/*', '-o', 'platform=hercules'], /^E-USAGE: .*did you mean hercules-3\.13\?/],
      [['outcomes/passes/*', '-o', 'defect=none'], /^E-USAGE: -o defect=none: there is no such bug/],
      [['outcomes/passes/*', '--device', 'eckd:modle=3390-3'], /^E-DEVICE-OPTION: .*did you mean model\?/],
      [['outcomes/passes/*', '--timeout-scale', '-1'], /^E-USAGE: --timeout-scale -1 is not a number above 0/],
    ] as const) {
      const { code, stderr } = await run(words);
      assert.equal(code, 64, words.join(' '));
      assert.match(stderr, message);
    }
  });

  it('ends with 78 for a suite file or plugin that cannot be used', async () => {
    writeFileSync(join(folder, 'bad.yaml'), 'name: bad\ndescription: bad\ncaes: []\n');
    const suite = await run([join(folder, 'bad.yaml')]);
    assert.equal(suite.code, 78);
    assert.match(suite.stderr, /^E-SUITE-FILE: [^]*bad\.yaml:3:1: unknown key 'caes'; did you mean cases\?/);
    const missing = await run(['--plugin', 'ccwspec-plugin-not-there']);
    assert.equal(missing.code, 78);
    assert.match(missing.stderr, /^E-PLUGIN-MISSING: /);
  });

  it('maps what cannot be judged to 125 for git bisect', async () => {
    assert.equal((await run(['outcomes/nothing-like-it*', '--bisect'])).code, 125);
    assert.equal((await run(['outcomes/lacks/*', '--bisect'])).code, 125);
    assert.equal((await run(['outcomes/passes/*', '--bisect', '--target', 'modle'])).code, 125);
    assert.equal((await run(['outcomes/fails/*', '--bisect'])).code, 1);
    assert.equal((await run(['outcomes/passes/*', '--bisect', '--sed', '1'])).code, 128);
    assert.equal((await run(['outcomes/passes/*', '--bisect'])).code, 0);
  });

  it('runs again what failed last, and only that', async () => {
    await run(['outcomes/passes/*', 'outcomes/fails/*']);
    const { code } = await run(['--last-failed']);
    assert.equal(code, 1);
    assert.deepEqual(verdicts(), { fails: 'fail' });
  });

  it('knows what the suites list, however a case was selected', async () => {
    const id = 'css/crw/without-mdev-events-are-forgotten';
    const target = ['--target', 'model:linux-6.1.176', '--output', folder];
    const list = join(folder, 'list.txt');
    writeFileSync(list, `${id}\n`);
    const deviates = async (words: readonly string[]): Promise<void> => {
      const { stdout, stderr } = await ccwspec(['run', ...words, ...target]);
      assert.match(stdout, new RegExp(`^deviation +${id}: `, 'm'), `${words.join(' ')}: ${stderr}`);
    };
    await deviates([id]);
    await deviates(['smoke', 'css/crw/*', '--grep', 'without-mdev']);
    await deviates(['--list-file', list]);
    writeFileSync(join(folder, 'latest', 'last-run.json'), lastRunText('', 'model', new Set([id])));
    await deviates(['--last-failed']);
    assert.equal((await ccwspec(['run', id, 'css/ssch/sense-id-from-start-to-test', ...target, '--bisect'])).code, 0);
  });

  it('keeps in mind what failed while a filter selects nothing of it', async () => {
    await run(['outcomes/passes/*', 'outcomes/fails/*']);
    assert.equal((await run(['--last-failed', '--grep', 'no such words'])).code, 3);
    assert.equal((await run(['--last-failed'])).code, 1);
  });

  it('says so when no case failed last', async () => {
    await run(['outcomes/passes/*']);
    const { code, stdout } = await run(['--last-failed']);
    assert.equal(code, 3);
    assert.match(stdout, /--last-failed \(none failed\)/);
  });

  it('ends with 78 for an image that cannot be used, before the first case', async () => {
    const image = join(folder, 'volume.ckd');
    writeFileSync(image, 'no volume');
    const { code, stdout, stderr } = await run(['outcomes/passes/*', '--device', `eckd:image=${image}`]);
    assert.equal(code, 78, stderr);
    assert.match(stderr, /^E-IMAGE: .*volume\.ckd/);
    assert.equal(stdout, '');
    assert.deepEqual(readdirSync(folder), ['volume.ckd']);
  });

  it('leaves the latest results as they are when the JUnit report cannot be written', async () => {
    await run(['outcomes/fails/*']);
    const before = readdirSync(folder);
    const { code, stderr } = await run(['outcomes/passes/*', '--junit', folder]);
    assert.equal(code, 2);
    assert.match(stderr, /^E-OUTPUT: .*EISDIR/);
    assert.deepEqual(readdirSync(folder), before);
  });

  it('marks a glob that matches nothing beside one that does', async () => {
    const { stdout } = await run(['outcomes/passes/*', 'outcomes/nothing-like-it*']);
    assert.match(stdout, /^1 case of outcomes\/passes\/\*, outcomes\/nothing-like-it\* \(no such case\); /m);
  });

  it('does not change a volume when it may not', async () => {
    const { code } = await run(['outcomes/writes/*', '--touch', 'nothing']);
    assert.equal(code, 4);
    assert.equal((await run(['outcomes/writes/*'])).code, 0);
  });

  it('prints events on stdout and the summary on stderr with --json', async () => {
    const { code, stdout, stderr } = await run(['outcomes/passes/*', '--json']);
    assert.equal(code, 0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    assert.deepEqual(events, ['run-start', 'case-start', 'case-end', 'run-end']);
    assert.match(stderr, /^Green/m);
  });

  it('keeps standard output for events when a plugin prints', async () => {
    const { code, stdout, stderr } = await ccwspec([
      'run',
      'prints/*',
      '--plugin',
      printing,
      '--output',
      folder,
      '--json',
    ]);
    assert.equal(code, 0, stderr);
    for (const line of stdout.trim().split('\n')) assert.ok('event' in (JSON.parse(line) as object), line);
    assert.match(stderr, /loaded/);
  });

  it('writes a second JUnit report where it is told', async () => {
    const file = join(folder, 'for-the-ci.xml');
    await run(['outcomes/passes/*', '--junit', file]);
    assert.equal(readFileSync(file, 'utf8'), latest('junit.xml'));
  });

  it('leaves nothing among the temporary files when it is killed', async () => {
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    const { code } = await run(['outcomes/waits/*', '--json'], {
      env: { TMPDIR: temporary },
      watch: (child, { stdout }) => {
        if (stdout.includes('"case-start"')) child.kill('SIGKILL');
      },
    });
    assert.equal(code, null);
    assert.deepEqual(readdirSync(temporary), []);
  });

  it('makes a folder for copies when the device asks for one, the same in every thread, and removes it', async () => {
    const copying = fileURLToPath(new URL('../../../test/fixtures/commands/copying-plugin.js', import.meta.url));
    const words = ['run', 'copies/*', '--plugin', copying, '--device', 'copy', '--output', folder];
    const { code, stderr } = await ccwspec(words, { env: { TMPDIR: folder } });
    assert.equal(code, 0, stderr);
    const [first = '', ...more] = [...stderr.matchAll(/^scratch (.*)$/gm)].map(([, path]) => path ?? '');
    assert.ok(first.startsWith(`${folder}/ccwspec`), stderr);
    assert.ok(more.length > 0 && more.every((path) => path === first), more.join(' '));
    assert.ok(!existsSync(first));
    const nowhere = await ccwspec(words, { env: { TMPDIR: '/nowhere/at/all' } });
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /^E-OUTPUT: there is no folder for temporary files: .*\n {2}Set TMPDIR/m);
  });

  describe('Ctrl-C', () => {
    it('while a plugin loads ends with 130, with nothing left behind', async () => {
      const { code } = await ccwspec(['run', '--plugin', waiting, '--output', folder], {
        watch: (child, { stderr }) => {
          if (stderr.includes('loading')) child.kill('SIGINT');
        },
      });
      assert.equal(code, 130);
      assert.deepEqual(readdirSync(folder), []);
    });

    const words = ['outcomes/waits/*', 'outcomes/follows/*', '--json'];
    const asked = (stderr: string): number => stderr.split('Interrupted:').length - 1;

    it('once lets the running case finish, writes the reports, and ends with 130', async () => {
      const release = join(folder, 'release');
      let sent = 0;
      const { code } = await run([...words, '-o', `outcomes.release=${release}`], {
        watch: (child, { stdout, stderr }) => {
          if (sent === 0 && stdout.includes('"case-start"')) {
            sent++;
            child.kill('SIGINT');
          }
          if (asked(stderr) > 0 && !existsSync(release)) writeFileSync(release, '');
        },
      });
      assert.equal(code, 130);
      assert.deepEqual(verdicts(), { waits: 'pass', follows: 'not-run' });
      assert.match(latest('junit.xml'), /<\/testsuites>\s*$/);
    });

    it('twice stops at once, with the reports of what ran', async () => {
      let sent = 0;
      const { code } = await run([...words, '-o', `outcomes.release=${join(folder, 'never')}`], {
        watch: (child, { stdout, stderr }) => {
          if ((sent === 0 && stdout.includes('"case-start"')) || (sent === 1 && asked(stderr) > 0)) {
            sent++;
            child.kill('SIGINT');
          }
        },
      });
      assert.equal(code, 130);
      assert.equal(verdicts()['follows'], 'not-run');
      assert.notEqual(verdicts()['waits'], 'pass');
      assert.match(latest('junit.xml'), /<\/testsuites>\s*$/);
    });
  });
});
