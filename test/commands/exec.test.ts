import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ccwspec } from './ccwspec.js';

const recording = fileURLToPath(
  new URL('../../../test/fixtures/recordings/linux-6.12-hercules-3390.json', import.meta.url),
);

/** A program of the recording, with what was recorded for it. */
interface Recorded {
  readonly name: string;
  readonly outcome: { readonly result: number; readonly irbs: readonly string[]; readonly dump: readonly unknown[] };
}

describe('ccwspec exec', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'ccwspec-exec-'))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const { programs } = JSON.parse(readFileSync(recording, 'utf8')) as { programs: Recorded[] };

  it('answers every program of a recording as the real driver did', async () => {
    const { code, stdout } = await ccwspec(['exec', recording, '--json', '-o', 'platform=hercules-3.13']);
    assert.equal(code, 0);
    const outcomes = JSON.parse(stdout) as Recorded['outcome'][];
    assert.equal(outcomes.length, programs.length);
    // Of the three programs of this name one shows a residual count that program check makes meaningless.
    const meaningless = 'suspend flag without suspend control';
    programs.forEach(({ name, outcome }, index) => {
      if (name === meaningless) assert.equal(outcomes[index]?.irbs.length, outcome.irbs.length);
      else assert.deepEqual(outcomes[index], outcome, `program ${index}, ${name}`);
    });
  });

  it('shows where several targets answer otherwise than the first, and ends with 1', async () => {
    const targets = ['--target', 'model', '--target', 'model -o platform=hercules-3.13'];
    const { code, stdout } = await ccwspec(['exec', recording, ...targets]);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^differs {2}no-operation flags 00 count 8\n {4}IRB 1: SCSW word 0 \(and 1 more\)\n {8}model: 00c04017\n {8}model -o platform=hercules-3\.13: 00c04007$/m,
    );
    assert.match(stdout, /^alike {4}sense-id/m);
    assert.match(stdout, /^Not alike: \d+ of 114 programs differ\.$/m);
    const json = await ccwspec(['exec', recording, ...targets, '--json']);
    const printed = JSON.parse(json.stdout) as {
      targets: string[];
      programs: { name: string; differs: boolean; outcomes: Recorded['outcome'][]; differences: object[][] }[];
    };
    assert.deepEqual(printed.targets, ['model', 'model -o platform=hercules-3.13']);
    const nop = printed.programs.find(({ name }) => name === 'no-operation flags 00 count 8')!;
    assert.notDeepEqual(nop.outcomes[0], nop.outcomes[1]);
    assert.deepEqual(nop.outcomes[1], programs.find(({ name }) => name === nop.name)?.outcome);
    assert.deepEqual([nop.differences[0]?.length, nop.differences[1]?.length], [0, 2]);
    assert.equal(printed.programs.filter(({ differs }) => !differs).length, 107);
  });

  it('ends with 0 where several targets answer alike, and shows both answers where one program differs', async () => {
    const alone = { ...programs[0]!, outcome: undefined };
    const one = file('alike.json', JSON.stringify(alone));
    const alike = await ccwspec(['exec', one, '-t', 'model', '-t', 'model:linux-6.12.117']);
    assert.equal(alike.code, 0, alike.stderr);
    assert.match(alike.stdout, /^Alike: 1 program on model, model:linux-6\.12\.117\.$/m);
    const nop = { ...programs.find(({ name }) => name === 'no-operation flags 00 count 8')!, outcome: undefined };
    const other = file('differs.json', JSON.stringify(nop));
    const { code, stdout } = await ccwspec(['exec', other, '-t', 'model', '-t', 'model -o platform=hercules-3.13']);
    assert.equal(code, 1);
    assert.match(stdout, /^on model:$[^]*^ {2}interruption$[^]*^on model -o platform=hercules-3\.13:$/m);
    assert.match(stdout, /^Not alike: 1 of 1 program differs\.$/m);
  });

  it('prints one object for a file with one program', async () => {
    const { outcome, ...alone } = programs[0]!;
    const { code, stdout } = await ccwspec(['exec', file('one.json', JSON.stringify(alone)), '--json']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), outcome);
    assert.deepEqual(Object.keys(JSON.parse(stdout) as object), ['result', 'irbs', 'dump']);
  });

  it('shows request, program, result, interruption and storage to people', async () => {
    const alone = { ...programs[0]!, outcome: undefined };
    const { code, stdout } = await ccwspec(['exec', file('people.json', JSON.stringify(alone))]);
    assert.equal(code, 0);
    assert.match(stdout, /-> 00010580 {2}sense-id/);
    assert.match(stdout, /124 bytes written, 1 interruption/);
    assert.match(stdout, /device status +0c channel end, device end/);
    assert.match(stdout, /00020018 {2}ff3990c2 33900200 40fa0100/);
  });

  it('takes assembly', async () => {
    const source = 'program "identify"\n        sense-id  sli buffer\n        at 0x20000\nbuffer: area 20\n';
    const { code, stdout, stderr } = await ccwspec(['exec', file('sense.ccw', source), '--json']);
    assert.equal(code, 0, stderr);
    assert.deepEqual((JSON.parse(stdout) as Recorded['outcome']).dump, [
      { at: 0x20000, hex: 'ff3990c23390020040fa0100'.padEnd(24, '0') + 'a5'.repeat(8) },
    ]);
  });

  it('ends with 78 for assembly that cannot be assembled, and names line and column', async () => {
    const { code, stderr } = await ccwspec(['exec', file('wrong.ccw', 'start:  sense-ident count=20\n')]);
    assert.equal(code, 78);
    assert.match(stderr, /^E-ASM-SYNTAX: .*wrong\.ccw:1:9/);
  });

  it('ends with 0 when the driver refuses the request: it ran', async () => {
    const program = { name: 'at the end of storage', memory: [], orb: '1122334400c2ff00000ffff8' };
    const { code, stdout } = await ccwspec(['exec', file('end.json', JSON.stringify(program)), '--json']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { result: -22, irbs: [], dump: [] });
  });

  it('ends with 78 for a file that cannot be used, and names the place', async () => {
    const odd = { name: 'odd', memory: [{ at: 4096, hex: 'e42' }], orb: '1122334400c2ff0000001000' };
    for (const [path, message] of [
      [join(folder, 'not-there.json'), /^E-PROGRAM-FILE: .*not-there\.json/],
      [file('odd.json', JSON.stringify(odd)), /^E-PROGRAM-FILE: .*odd\.json.*memory\[0\]\.hex/s],
      [
        file('outside.json', JSON.stringify({ ...odd, memory: [{ at: 0x200000, hex: 'e4' }] })),
        /^E-PROGRAM-FILE: .*outside/s,
      ],
      [file('empty.json', ''), /^E-PROGRAM-FILE: .*empty/],
    ] as const) {
      const { code, stderr } = await ccwspec(['exec', path]);
      assert.equal(code, 78, stderr);
      assert.match(stderr, message);
    }
  });

  it('ends with 78 for an image that cannot be used', async () => {
    const image = file('image', 'not a volume');
    const program = file('any.json', JSON.stringify({ name: 'any', memory: [], orb: '1122334400c2ff0000001000' }));
    const { code, stderr } = await ccwspec(['exec', program, '--device', `eckd:image=${image}`]);
    assert.equal(code, 78);
    assert.match(stderr, /^E-IMAGE: /);
  });

  it('ends with 2 for a target that does not exist', async () => {
    const { code, stdout } = await ccwspec(['exec', recording, '--target', 'hercules', '--json']);
    assert.equal(code, 2);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'E-TARGET');
  });
});
