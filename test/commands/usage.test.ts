import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync } from 'node:fs';

import { leaveOut } from '../support/leave-out.js';
import { ccwspec } from './ccwspec.js';

const commands = ['run', 'list', 'explain', 'exec', 'compare', 'targets', 'plugins', 'doctor'];
const ofTopics = [
  ...['lab setup', 'lab shell', 'lab logs', 'lab coverage', 'lab kernel build', 'lab kernel list', 'lab kernel prune'],
  ...['target attach', 'target detach', 'target status'],
];

describe('the command line', () => {
  it('without words shows the commands', async () => {
    const { code, stdout } = await ccwspec([]);
    assert.equal(code, 0);
    for (const command of commands) assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
  });

  it('has a description of its own for each topic', async () => {
    for (const [words, topics] of [
      [[], ['lab', 'target']],
      [['lab'], ['lab kernel']],
    ] as const) {
      const { stdout } = await ccwspec([...words, '--help']);
      const [, listed = ''] = /^TOPICS\n([^]*?)\n\n/m.exec(stdout) ?? [];
      for (const topic of topics) {
        const [, described = ''] = new RegExp(`^  ${topic} +(\\S.*)$`, 'm').exec(listed) ?? [];
        assert.notEqual(described, '', topic);
        // oclif describes a topic by its first command where it has no description.
        const ofCommand = (await ccwspec([...topic.split(' '), '--help'])).stdout.split('\nCOMMANDS\n')[1] ?? '';
        assert.ok(!ofCommand.includes(described), described);
      }
    }
  });

  for (const command of [...commands, ...ofTopics]) {
    it(`${command} --help has examples`, async () => {
      const { code, stdout } = await ccwspec([...command.split(' '), '--help']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`EXAMPLES[^]*\\$ ccwspec ${command}`));
      assert.doesNotMatch(stdout, /\[default: \]/);
    });
  }

  it('an unknown command is a usage error that names the closest one', async () => {
    const { code, stdout, stderr } = await ccwspec(['lsit']);
    assert.equal(code, 64);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      "E-USAGE: there is no command 'lsit'; did you mean list?\n  Run `ccwspec --help` to see the commands.\n",
    );
  });

  it('an unknown flag is a usage error that names the closest one', async () => {
    const { code, stderr } = await ccwspec(['run', '--seeed', '1']);
    assert.equal(code, 64);
    assert.equal(stderr, "E-USAGE: 'run' has no flag '--seeed'; did you mean --seed?\n  Run `ccwspec run --help`.\n");
  });

  it('a value of the wrong kind, a missing value, an argument too many are usage errors', async () => {
    const wrong = [
      ['run', '--seed', 'seven'],
      ['run', '--touch', 'everything'],
      ['list', '--output'],
      ['doctor', 'now'],
      ['exec'],
      ['explain'],
    ];
    for (const words of wrong) {
      const { code, stderr } = await ccwspec(words);
      assert.equal(code, 64, `${words.join(' ')}: ${stderr}`);
      assert.match(stderr, /^E-USAGE: [^\n]+\n {2}[^\n]+\n$/, words.join(' '));
    }
  });

  it('says in one sentence what is wrong with a value', async () => {
    const sentences = [
      [['run', '--seed', 'seven'], 'E-USAGE: --seed: expected an integer but received: seven'],
      [['exec'], 'E-USAGE: FILE is missing: program file: assembly or JSON'],
    ] as const;
    for (const [words, sentence] of sentences) {
      assert.equal((await ccwspec(words)).stderr.split('\n')[0], sentence);
    }
  });

  it('with --json an error is also an object of fixed shape on stdout', async () => {
    const { code, stdout, stderr } = await ccwspec(['list', '--json', '--gerp', 'x']);
    assert.equal(code, 64);
    assert.deepEqual(JSON.parse(stdout), {
      error: {
        code: 'E-USAGE',
        message: "'list' has no flag '--gerp'; did you mean --grep?",
        next: 'Run `ccwspec list --help`.',
      },
    });
    assert.match(stderr, /^E-USAGE/);
  });

  it('says so when standard output cannot be written', async function () {
    if (!existsSync('/dev/full')) leaveOut(this, 'this system has no /dev/full');
    const full = openSync('/dev/full', 'w');
    try {
      const { code, stderr } = await ccwspec(['doctor'], { stdout: full });
      assert.equal(code, 2);
      assert.match(stderr, /^E-OUTPUT: standard output: ENOSPC/);
    } finally {
      closeSync(full);
    }
  });

  it('shows its version', async () => {
    const { code, stdout } = await ccwspec(['--version']);
    assert.equal(code, 0);
    assert.match(stdout, /^ccwspec\/\d+\.\d+\.\d+ /);
  });
});
