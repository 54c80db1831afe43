import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  assemble,
  commandNames,
  disassemble,
  formatListing,
  readerOf,
  toHex,
  writeAssembly,
} from '../../../src/harness/arch/index.js';
import { CcwspecError, type ErrorCode } from '../../../src/harness/errors/index.js';
import {
  defaultMemoryMap,
  encodeOutcome,
  encodeProgramFile,
  isMapped,
  parseProgramFile,
} from '../../../src/harness/program-file/index.js';

const fixtures = new URL('../../../../test/fixtures/recordings/', import.meta.url);
const recordings = ['linux-6.12-hercules-3390.json', 'linux-6.12-qemu-virtio-blk.json'];
const recording = (name: string) => readFileSync(new URL(name, fixtures), 'utf8');

/** What the error says of `text`, which must end with `code`. */
function problem(text: string, code: ErrorCode = 'E-PROGRAM-FILE'): string {
  try {
    parseProgramFile(text, 'p.json');
  } catch (thrown) {
    assert.ok(thrown instanceof CcwspecError, String(thrown));
    assert.equal(thrown.code, code);
    return thrown.what;
  }
  assert.fail('no error');
}

const single = {
  name: 'sense id',
  memory: [
    { at: 4096, hex: 'e420001400020000' },
    { at: 131072, hex: 'a5'.repeat(20) },
  ],
  orb: '0000000000c2ff0000001000',
  dump: [{ at: 131072, length: 20 }],
};
const withChange = (change: object) => JSON.stringify({ ...single, ...change }, null, 2);

describe('program files in JSON', () => {
  it('one program, in 1 MiB of memory at 0', () => {
    const file = parseProgramFile(JSON.stringify(single), 'p.json');
    const [program] = file.programs;
    assert.deepEqual([file.form, file.isList, file.programs.length], ['json', false, 1]);
    assert.deepEqual(file.memoryMap, [{ iova: 0, length: 0x10_0000, access: 'read-write' }]);
    assert.equal(program?.orb.channelProgramAddress, 0x1000);
    assert.equal(toHex(program.memory[0]?.bytes ?? new Uint8Array()), 'e420001400020000');
    assert.equal(program.scsw, undefined);
  });

  it('a memory map, SCSW words, and no dump', () => {
    const file = parseProgramFile(
      withChange({
        dump: undefined,
        scsw: '000020000000000000000000',
        memory_map: [
          { iova: 0, length: 0x2_0000 },
          { iova: 0x2_0000, length: 4096, access: 'read' },
        ],
      }),
      'p.json',
    );
    assert.deepEqual(file.memoryMap[1], { iova: 0x2_0000, length: 4096, access: 'read' });
    assert.equal(toHex(file.programs[0]?.scsw ?? new Uint8Array()), '000020000000000000000000');
    assert.deepEqual(file.programs[0]?.dump, []);
  });

  it('a piece may lie across ranges that adjoin', () => {
    assert.ok(
      isMapped(
        [
          { iova: 4096, length: 4096, access: 'read' },
          { iova: 0, length: 4096, access: 'read' },
        ],
        4000,
        200,
      ),
    );
    assert.ok(
      !isMapped(
        [
          { iova: 0, length: 4096, access: 'read' },
          { iova: 8192, length: 4096, access: 'read' },
        ],
        4000,
        200,
      ),
    );
    assert.ok(!isMapped(defaultMemoryMap, 0xf_fff0, 17));
  });

  for (const name of recordings) {
    it(`reads ${name} whole, and writes it back the same`, () => {
      const text = recording(name);
      const file = parseProgramFile(text, name);
      const raw = JSON.parse(text) as {
        programs: { outcome: unknown; orb: string; memory: unknown; dump: unknown; name: string }[];
      };
      assert.equal(file.programs.length, 114);
      assert.ok(file.isList);
      const written = encodeProgramFile(file);
      assert.ok('programs' in written);
      assert.deepEqual(written.programs, raw.programs);
      const again = parseProgramFile(JSON.stringify(written), name);
      assert.deepEqual(again.programs, file.programs);
      assert.deepEqual(again.memoryMap, file.memoryMap);
    });

    it(`every program of ${name} can be listed, and written as text that assembles to it`, () => {
      for (const program of parseProgramFile(recording(name), name).programs) {
        const lines = formatListing(disassemble(readerOf(program.memory), program.orb));
        assert.ok(lines.length > 0, program.name);
        const again = assemble(writeAssembly(program), 'again.ccw');
        assert.deepEqual(again.orb, program.orb, program.name);
        assert.deepEqual(again.dump, program.dump, program.name);
        assert.equal(
          toHex(readerOf(again.memory)(0, 0x10_0000)),
          toHex(readerOf(program.memory)(0, 0x10_0000)),
          program.name,
        );
      }
    });
  }

  it('an outcome has the shape that exec --json prints', () => {
    const [program] = parseProgramFile(recording(recordings[0]!), 'r').programs;
    const raw = JSON.parse(recording(recordings[0]!)) as { programs: { outcome: unknown }[] };
    assert.ok(program?.outcome !== undefined);
    assert.deepEqual(encodeOutcome(program.outcome), raw.programs[0]?.outcome);
  });

  describe('errors name file, line, column and path', () => {
    const list = (program: object) => JSON.stringify({ programs: [single, { ...single, ...program }] });
    const cases: readonly (readonly [what: string, text: string, message: RegExp])[] = [
      ['an empty file', ' \n', /^p\.json: the file is empty$/],
      ['a list alone', '[]', /^p\.json:1:1: a list alone is no program file/],
      ['JSON that ends too early', '{"name": "x",', /^p\.json:1:14: /],
      ['JSON with a comma too many', '{\n  "name": "x",\n}', /^p\.json:3:1: nothing follows the ','/],
      ['JSON with a bare word', '{"name": nope}', /^p\.json:1:10: 'n' does not begin a JSON value/],
      ['text behind the JSON', `${JSON.stringify(single)} x`, /^p\.json:1:\d+: something follows the end/],
      ['a key that is there twice', '{"name": "a", "name": "b"}', /^p\.json:1:15: the key "name" is there twice/],
      ['brackets without end', `{"programs": ${'['.repeat(100000)}`, /too many brackets/],
      [
        'an unknown key',
        withChange({ dumps: [] }),
        /^p\.json:\d+:3: unknown key "dumps"; the keys here are name, memory, orb/,
      ],
      ['a name that is missing', withChange({ name: undefined }), /^p\.json:1:1: "name" is missing/],
      [
        'an odd number of digits',
        list({ memory: [{ at: 0, hex: '123' }] }),
        /programs\[1\]\.memory\[0\]\.hex: 3 hex digits: an odd number/,
      ],
      [
        'a digit that is none',
        list({ memory: [{ at: 0, hex: '12x4' }] }),
        /programs\[1\]\.memory\[0\]\.hex: 'x' at digit 3 is not a hex digit/,
      ],
      [
        'an address of the wrong type',
        list({ memory: [{ at: '0x1000', hex: '12' }] }),
        /programs\[1\]\.memory\[0\]\.at: a number is expected here, not a string/,
      ],
      [
        'an address that is negative',
        list({ memory: [{ at: -8, hex: '12' }] }),
        /memory\[0\]\.at: -8 is not a whole number from 0/,
      ],
      [
        'an ORB that is too short',
        withChange({ orb: '00c2ff00' }),
        /^p\.json:\d+:\d+: orb: 24 hex digits are expected here, not 8/,
      ],
      ['memory that is no list', withChange({ memory: {} }), /memory: a list is expected here, not an object/],
      [
        'pieces that overlap',
        withChange({
          memory: [
            { at: 4096, hex: '0102030405' },
            { at: 8192, hex: '00' },
            { at: 4100, hex: '00' },
          ],
        }),
        /memory\[2\]: overlaps memory\[0\] at address 4100 \(hex 00001004\)/,
      ],
      [
        'memory outside',
        withChange({ memory: [{ at: 0xf_ffff, hex: '0102' }] }),
        /memory\[0\]: 000fffff-00100000 is outside guest memory \(00000000-000fffff\)/,
      ],
      [
        'a watched area outside',
        withChange({ dump: [{ at: 0x20_0000, length: 1 }] }),
        /dump\[0\]: 00200000-00200000 is outside guest memory/,
      ],
      [
        'a watched area of no bytes',
        withChange({ dump: [{ at: 0, length: 0 }] }),
        /dump\[0\]\.length: 0 is not a whole number from 1/,
      ],
      [
        'a range that is not in pages',
        withChange({ memory_map: [{ iova: 0, length: 100 }] }),
        /memory_map\[0\]\.length: 100 is not a multiple of 4096/,
      ],
      [
        'ranges that overlap',
        withChange({
          memory_map: [
            { iova: 0, length: 8192 },
            { iova: 4096, length: 8192 },
          ],
        }),
        /memory_map\[1\]: overlaps memory_map\[0\] \(00000000-00001fff\)/,
      ],
      [
        'an access that there is not',
        withChange({ memory_map: [{ iova: 0, length: 4096, access: 'rw' }] }),
        /memory_map\[0\]\.access: "rw" is none of read-write, read, write/,
      ],
      ['an outcome without IRBs', withChange({ outcome: { result: 124, dump: [] } }), /outcome: "irbs" is missing/],
      [
        'an IRB of 64 bytes',
        withChange({ outcome: { result: 124, irbs: ['00'.repeat(64)], dump: [] } }),
        /irbs\[0\]: 192 hex digits are expected here, not 128/,
      ],
      ['a list without programs', '{"programs": []}', /^p\.json:1:14: programs: there is no program in it/],
      [
        'a format of another kind',
        '{"format": "x/2", "programs": []}',
        /^p\.json:1:12: format: "x\/2" is not a format/,
      ],
    ];
    for (const [what, text, message] of cases) {
      it(what, () => {
        assert.match(problem(text), message);
      });
    }

    it('the line is the one in the file', () => {
      const lines = withChange({ memory: [{ at: 4096, hex: 'e42' }] }).split('\n');
      const line = lines.findIndex((text) => text.includes('e42')) + 1;
      const column = lines[line - 1]!.indexOf('"e42"') + 1;
      assert.match(problem(lines.join('\n')), new RegExp(`^p\\.json:${line}:${column}: memory\\[0\\]\\.hex: `));
    });
  });
});

describe('program files in text form', () => {
  it('are told from JSON by how they begin', () => {
    const file = parseProgramFile('\uFEFF; a comment\nsense-id sli buffer\nbuffer: area 24\n', 'sense.ccw');
    assert.deepEqual([file.form, file.isList, file.programs[0]?.name], ['assembly', false, 'sense.ccw']);
    assert.equal(toHex(file.programs[0]?.memory[0]?.bytes.subarray(0, 8) ?? new Uint8Array()), 'e420001800001008');
  });

  it('keep the codes of their errors', () => {
    assert.match(problem('bogus', 'E-ASM-SYNTAX'), /^p\.json:1:1: /);
    assert.match(problem('; nothing\n'), /holds no CCW/);
    assert.match(problem('at 0x100000\nno-operation'), /storage at 00100000-00100007 is outside guest memory/);
    assert.match(problem('no-operation\ndump 0x200000 length=4'), /a watched area at 00200000-00200003 is outside/);
  });

  it('become JSON that holds the same program', () => {
    const file = parseProgramFile('program "x"\nsense-id sli buffer\nbuffer: area 24\n', 'sense.ccw');
    const again = parseProgramFile(JSON.stringify(encodeProgramFile(file)), 'x.json');
    assert.deepEqual({ ...again.programs[0], labels: undefined }, { ...file.programs[0], labels: undefined });
  });
});

describe('docs/programs.md', () => {
  const page = readFileSync(new URL('../../../../docs/programs.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));

  it('names every command with its code', () => {
    for (const [code, mnemonic] of commandNames) {
      assert.ok(page.includes(`| ${code.toString(16).padStart(2, '0')} | \`${mnemonic}\` |`), mnemonic);
    }
  });

  it('has a first example that runs as it stands, and JSON that is read', () => {
    const [text] = blocks.filter(({ language }) => language === '');
    const [program] = parseProgramFile(text?.text ?? '', 'search.ccw').programs;
    assert.equal(program?.name, 'seek, search, read');
    const [json] = blocks.filter(({ language }) => language === 'json');
    assert.equal(parseProgramFile(json?.text ?? '', 'sense.json').programs[0]?.name, 'sense id');
  });

  it('names the operations that the assembler knows, in examples that assemble', () => {
    const list = blocks.find(({ text }) => text.includes('idal'));
    const [program] = parseProgramFile(list?.text ?? '', 'list.ccw').programs;
    assert.equal(program?.orb.control, 0x00c3_ff00);
    assert.equal(program.dump[0]?.length, 5000);
  });
});
