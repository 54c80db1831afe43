import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { verdictMeanings } from '../../src/cli/contract.js';
import { explainContract } from '../../src/cli/explain.js';
import { explanationLines } from '../../src/cli/present/explain.js';
import { catalogue } from '../../src/harness/errors/index.js';
import { capabilities } from '../../src/harness/ports/index.js';
import { ccwspec } from './ccwspec.js';

const plugin = fileURLToPath(new URL('../../../test/fixtures/commands/plugin.js', import.meta.url));

describe('ccwspec list', () => {
  it('prints cases with plugin, needs, what they touch and requirements', async () => {
    const { code, stdout } = await ccwspec(['list', 'outcomes/*', '--plugin', plugin, '--json']);
    assert.equal(code, 0);
    const listing = JSON.parse(stdout) as { target: string; cases: Record<string, unknown>[] };
    assert.equal(listing.target, 'model:linux-6.12.117');
    assert.equal(listing.cases.length, 6);
    assert.deepEqual(listing.cases[0], {
      id: 'outcomes/passes/case',
      plugin: 'outcomes',
      decides: 'One is one.',
      requirements: ['CH-001'],
      guards: [],
      needs: ['vfio'],
      touches: 'nothing',
      reasons: [],
    });
    assert.match(String((listing.cases[2]?.['reasons'] as string[])[0]), /many-paths/);
  });

  it('narrows with the flags of run', async () => {
    const words = ['list', 'outcomes/*', '--plugin', plugin, '--json', '--grep', 'ONE IS', '--exclude', '*/fails/*'];
    const { stdout } = await ccwspec(words);
    const { cases } = JSON.parse(stdout) as { cases: { id: string }[] };
    assert.deepEqual(
      cases.map(({ id }) => id),
      ['outcomes/passes/case'],
    );
  });

  it('prints a sentence for each case, and the count', async () => {
    const { stdout } = await ccwspec(['list', 'outcomes/*', '--plugin', plugin]);
    assert.match(
      stdout,
      /^outcomes\/lacks\/case\n {4}A second path is there\.\n {4}needs many-paths · changes nothing · CH-001 · does not run here$/m,
    );
    assert.match(stdout, /^6 cases, 1 of them would be skipped on this target$/m);
  });
});

describe('ccwspec explain', () => {
  it('explains a case with its requirements', async () => {
    const { code, stdout } = await ccwspec(['explain', 'outcomes/passes/case', '--plugin', plugin, '--json']);
    assert.equal(code, 0);
    const explained = JSON.parse(stdout) as {
      kind: string;
      decides: string;
      requirements: { id: string; oracle: unknown[] }[];
    };
    assert.equal(explained.kind, 'case');
    assert.equal(explained.decides, 'One is one.');
    assert.equal(explained.requirements[0]?.id, 'CH-001');
    assert(explained.requirements[0].oracle.length > 0);
  });

  it('explains a requirement, with the cases that decide it', async () => {
    const { code, stdout } = await ccwspec(['explain', 'ch-001', '--plugin', plugin, '--json']);
    assert.equal(code, 0);
    const explained = JSON.parse(stdout) as { kind: string; id: string; cases: string[] };
    assert.equal(explained.kind, 'requirement');
    assert.equal(explained.id, 'CH-001');
    assert(explained.cases.includes('outcomes/passes/case'));
  });

  it('explains a bug by CVE number and by commit, with the cases that guard it', async () => {
    const byNumber = JSON.parse((await ccwspec(['explain', 'cve-2026-80554', '--json'])).stdout) as { cases: string[] };
    const byCommit = JSON.parse((await ccwspec(['explain', '5405c90d6a47', '--json'])).stdout) as unknown;
    assert.deepEqual(byCommit, byNumber);
    assert.ok(byNumber.cases.includes('vfio-ccw/limits/17-segments'));
    const { stdout } = await ccwspec(['explain', 'CVE-2026-80554']);
    assert.match(stdout, /^CVE-2026-80554 \(fixed by 5405c90d6a47\)\n[^]*-o defect=CVE-2026-80554/);
    const { stdout: ofCase } = await ccwspec(['explain', 'vfio-ccw/limits/17-segments']);
    assert.match(ofCase, /guards:\n {4}CVE-2026-80554 \(5405c90d6a47\): /);
  });

  it('names the closest id for one that does not exist', async () => {
    const { code, stderr } = await ccwspec(['explain', 'outcomes/passes/csae', '--plugin', plugin]);
    assert.equal(code, 64);
    assert.match(stderr, /^E-UNKNOWN-ID: .*\n {2}Did you mean outcomes\/passes\/case\?/);
  });

  for (const [code, { meaning, next, exit }] of Object.entries(catalogue)) {
    it(`explains ${code}`, () => {
      const explanation = explainContract(code.toLowerCase());
      assert.deepEqual(explanation, { kind: 'error', id: code, meaning, next, exit });
      const text = explanationLines(explanation).join('\n');
      for (const part of [code, meaning, next, String(exit)]) assert(text.includes(part), part);
    });
  }

  it('explains verdicts and exit codes', () => {
    for (const [verdict, meaning] of Object.entries(verdictMeanings)) {
      assert.deepEqual(explainContract(verdict), { kind: 'verdict', id: verdict, meaning });
    }
    assert.equal(explainContract('130')?.kind, 'exit code');
    assert.equal(explainContract('5'), undefined);
  });

  it('explains an error code on the command line', async () => {
    const { code, stdout } = await ccwspec(['explain', 'E-IMAGE']);
    assert.equal(code, 0);
    assert.match(stdout, /^E-IMAGE \(exit code 78\)\n/);
  });
});

describe('ccwspec targets', () => {
  it('says for every capability whether a target has it, or why not', async () => {
    const { code, stdout } = await ccwspec(['targets', '--json']);
    assert.equal(code, 0);
    const { targets } = JSON.parse(stdout) as {
      targets: { name: string; capabilities: string[]; missing: { capability: string; reason: string }[] }[];
    };
    assert.deepEqual(
      targets.map(({ name }) => name),
      ['model:linux-6.12.117', 'model:linux-6.1.176'],
    );
    for (const { capabilities: has, missing } of targets) {
      const all = [...has, ...missing.map(({ capability }) => capability)].sort();
      assert.deepEqual(all, Object.keys(capabilities).sort());
      assert(missing.every(({ reason }) => reason !== ''));
    }
    assert(targets[0]?.capabilities.includes('iommufd'));
    assert(!targets[1]?.capabilities.includes('iommufd'));
  });
});

describe('which targets are available', () => {
  interface Listed {
    readonly name: string;
    readonly available: boolean;
    readonly detail?: string;
  }
  const names = ['model:linux-6.12.117', 'model:linux-6.1.176', 'lab:qemu', 'lab:hercules', 'vfio', 'ssh:HOST'];

  it('is told by targets and doctor, with the reason and the next step where one is not', async () => {
    const env = { PATH: '/nowhere' };
    const { availability } = JSON.parse((await ccwspec(['targets', '--json'], { env })).stdout) as {
      availability: Listed[];
    };
    const { targets } = JSON.parse((await ccwspec(['doctor', '--json'], { env })).stdout) as { targets: Listed[] };
    assert.deepEqual(availability, targets);
    assert.deepEqual(
      availability.map(({ name }) => name),
      names,
    );
    const detail = (name: string): string => {
      const found = availability.find((target) => target.name === name);
      assert.equal(found?.available, false, name);
      return found.detail ?? '';
    };
    assert.match(detail('lab:qemu'), /^lacks qemu-system-misc, .*`ccwspec lab setup`/);
    assert.match(detail('lab:hercules'), /^lacks hercules, .*`ccwspec lab setup`/);
    assert.match(detail('ssh:HOST'), /openssh-client/);
  });

  it('stands first, a line for each', async () => {
    const { stdout } = await ccwspec(['targets'], { env: { PATH: '/nowhere' } });
    const lines = stdout.split('\n').slice(0, names.length);
    assert.deepEqual(
      lines.map((line) => /^(?:available|not here) +(\S+) {2}/.exec(line)?.[1]),
      names,
    );
    assert.match(lines[2] ?? '', /^not here +lab:qemu +a real kernel on QEMU.* \(lacks qemu-system-misc/);
  });
});

describe('ccwspec plugins', () => {
  it('lists the built-in plugins with their device kinds, and those that are named', async () => {
    const { code, stdout } = await ccwspec(['plugins', '--plugin', plugin, '--json']);
    assert.equal(code, 0);
    const { plugins } = JSON.parse(stdout) as {
      plugins: { name: string; origin: string; cases: number; devices: { kind: string }[] }[];
    };
    assert.deepEqual(
      plugins.map(({ name }) => name),
      ['vfio-ccw', 'css', 'halt-clear', 'eckd', 'outcomes'],
    );
    assert.deepEqual(
      plugins[3]?.devices.map(({ kind }) => kind),
      ['eckd'],
    );
    assert.equal(plugins[4]?.origin, plugin);
    assert.equal(plugins[4].cases, 6);
  });
});

describe('ccwspec doctor', () => {
  it('finds everything that the model needs', async () => {
    const { code, stdout } = await ccwspec(['doctor', '--output', '.']);
    assert.equal(code, 0);
    assert.match(stdout, /Everything that the model needs is here\.$/m);
  });

  it('ends with 2 when something that every run needs is missing', async () => {
    const { code, stdout } = await ccwspec(['doctor', '--output', `${process.execPath}/results`, '--json']);
    assert.equal(code, 2);
    const { findings } = JSON.parse(stdout) as { findings: { name: string; state: string }[] };
    assert.equal(findings.find(({ name }) => name === 'results folder')?.state, 'missing');
  });
});
