import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CcwspecError } from '../../../src/harness/errors/index.js';
import {
  findRequirement,
  loadRequirements,
  projectRequirements,
  requirementIds,
} from '../../../src/harness/requirements/index.js';

describe("the project's catalogue of requirements", () => {
  it('has all of them, with text and oracle, and ids that the quick reading finds too', async () => {
    const all = await loadRequirements(projectRequirements);
    const ids = await requirementIds(projectRequirements);
    assert.deepEqual([...ids], [...all.keys()]);
    const counts: Record<string, number> = {};
    for (const { id, text, oracle } of all.values()) {
      const prefix = id.replace(/-\d+$/, '');
      counts[prefix] = (counts[prefix] ?? 0) + 1;
      assert.match(text, /^\S.*\.$/s, id);
      assert.ok(oracle.length > 0 && oracle.every(({ section }) => section !== ''), id);
    }
    const expected = { LIF: 66, ABI: 59, TRN: 74, FSM: 38, IRQ: 25, PTH: 27, QIN: 58, QVF: 26, VIO: 11, DEV: 13 };
    assert.deepEqual(counts, { ...expected, CH: 58, ID: 25, GE: 22, EC: 74, SN: 19, RS: 31, PA: 20, VF: 12 });
  });

  it('says where a document was not read itself', async () => {
    const all = await loadRequirements(projectRequirements);
    for (const { id, oracle } of all.values()) {
      for (const { kind, secondHand, title } of oracle) {
        assert.ok(kind !== 'manual' || secondHand !== undefined, `${id}: ${title}`);
      }
    }
  });

  it('has no abbreviation of its sources left in the texts', async () => {
    for (const { id, text } of (await loadRequirements(projectRequirements)).values()) {
      assert.doesNotMatch(text, /f0m|\b(NRF|ITF|EOC|TLF|RSSD|SNID|SPID|dstat|cstat)\b|expected FAIL|deviation\)/, id);
    }
  });

  it('finds one by its id, the same as among all', async () => {
    const all = await loadRequirements(projectRequirements);
    for (const id of ['ABI-001', 'TRN-051', 'CH-017', 'VF-012']) {
      assert.deepEqual(await findRequirement(projectRequirements, id), all.get(id));
    }
    assert.equal(await findRequirement(projectRequirements, 'TRN-999'), undefined);
    assert.equal(all.get('TRN-051')?.deviation, true);
    assert.match(all.get('CH-015')?.differs.hercules ?? '', /accepted/);
    assert.deepEqual(all.get('CH-010')?.on, ['emulator', 'device']);
  });
});

describe('a catalogue that is not right', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-requirements-'));
    writeFileSync(join(folder, 'documents.yaml'), 'pop:\n  title: Principles\n  edition: "13"\n  kind: manual\n');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const head = 'area: a\nlayer: l\nrequirements:\n';
  const entry = (id: string, rest = '') =>
    `  - id: ${id}\n    text: It is so.\n    oracle:\n      pop: chapter 1\n${rest}`;

  async function problem(text: string): Promise<string> {
    writeFileSync(join(folder, 'a.yaml'), text);
    try {
      await loadRequirements(folder);
    } catch (thrown) {
      assert.ok(thrown instanceof CcwspecError, String(thrown));
      assert.equal(thrown.code, 'E-REQUIREMENTS');
      return thrown.what;
    }
    assert.fail('no error');
  }

  it('a good one is read', async () => {
    writeFileSync(join(folder, 'a.yaml'), `${head}${entry('X-1')}${entry('X-2', '    deviation: true\n')}`);
    const all = await loadRequirements(folder);
    assert.deepEqual([...all.keys()], ['X-1', 'X-2']);
    assert.equal(all.get('X-1')?.oracle[0]?.title, 'Principles');
    assert.deepEqual(await requirementIds(folder), new Set(['X-1', 'X-2']));
  });

  it('each mistake is named with its file and entry', async () => {
    assert.match(await problem(`${head}${entry('X-1')}${entry('X-1')}`), /a\.yaml: X-1 is there twice/);
    assert.match(await problem(`${head}${entry('X-1', '    txt: y\n')}`), /a\.yaml: X-1: unknown key 'txt'/);
    assert.match(await problem(`${head}  - id: X-1\n    text: y\n`), /a\.yaml: X-1: 'oracle' is missing/);
    assert.match(await problem(`${head}${entry('X-1', '    on: [moon]\n')}`), /a\.yaml: X-1: 'on' must be a list/);
    assert.match(
      await problem(`${head}${entry('X-1').replace('pop', 'pap')}`),
      /X-1 cites 'pap', which documents\.yaml does not/,
    );
    assert.match(
      await problem(`${head}  - { id: X-1, text: y, oracle: { pop: c } }\n`),
      /does not begin with '- id: X-1'/,
    );
    assert.match(await problem('area: [\n'), /^a\.yaml: /);
  });

  it('a folder that is not there', async () => {
    await assert.rejects(requirementIds(join(folder, 'none')), (thrown: unknown) => thrown instanceof CcwspecError);
  });

  it('an id in two files', async () => {
    writeFileSync(join(folder, 'b.yaml'), `${head}${entry('X-1')}`);
    writeFileSync(join(folder, 'a.yaml'), `${head}${entry('X-1')}`);
    await assert.rejects(requirementIds(folder), /b\.yaml: X-1 is there twice, first in a\.yaml/);
  });
});
