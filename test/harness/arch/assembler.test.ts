import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  assemble,
  commandNames,
  disassemble,
  ProgramBuilder,
  readerOf,
  toHex,
  writeAssembly,
  type AssembledProgram,
  type CcwFlagName,
} from '../../../src/harness/arch/index.js';
import { CcwspecError } from '../../../src/harness/errors/index.js';

const at = (program: AssembledProgram, address: number, length: number) =>
  toHex(readerOf(program.memory)(address, length));
const bytes = (source: string, length: number) => at(assemble(source, 'test.ccw'), 0x1000, length);

/** Message of the error that `source` ends with, without code and advice. */
function problem(source: string): string {
  try {
    assemble(source, 'test.ccw');
  } catch (thrown) {
    assert.ok(thrown instanceof CcwspecError, String(thrown));
    assert.equal(thrown.code, 'E-ASM-SYNTAX');
    return thrown.what;
  }
  assert.fail('no error');
}

const SEARCH = `
; Read record 3 of track 0/1 the old way
program "seek, search, read"
orb     parameter=0x11223344 lpm=0x80

start:  seek                cc  where
search: search-id-equal     cc  record
        tic                 search
        read-data           sli buffer

        at      0x20000
where:  hex     0000 0000 0001
record: hex     0000 0001 03
buffer: area    4096            # filled with A5, shown afterwards
`;

describe('assembler', () => {
  it('assembles a program with labels, commands, flags and data', () => {
    const program = assemble(SEARCH, 'search.ccw');
    assert.equal(program.name, 'seek, search, read');
    assert.equal(
      at(program, 0x1000, 32),
      '0740000600020000' + '3140000500020006' + '0800000000001008' + '0620100000020010',
    );
    assert.equal(at(program, 0x2_0000, 16), '0000000000010000000103' + '0000000000');
    assert.deepEqual(program.dump, [{ at: 0x2_0010, length: 4096 }]);
    assert.deepEqual(program.orb, {
      interruptionParameter: 0x1122_3344,
      control: 0x00c2_8000,
      channelProgramAddress: 0x1000,
    });
    assert.equal(program.labels.get('buffer'), 0x2_0010);
  });

  it('knows every mnemonic, as the command code of its table', () => {
    for (const [code, mnemonic] of commandNames) {
      assert.equal(
        bytes(`${mnemonic} sli 0x2000 count=1`, 8),
        toHex(Uint8Array.of(code, 0x20, 0, 1, 0, 0, 0x20, 0)),
        mnemonic,
      );
    }
  });

  it('takes the count from what the address names, or as given', () => {
    assert.equal(bytes('write-data data\ndata: half 1 2 3', 8), '0500000600001008');
    assert.equal(bytes('write-data data count=2\ndata: half 1 2 3', 8), '0500000200001008');
    assert.equal(bytes('write-data data+2 count=0x10\ndata: half 1 2 3', 8), '050000100000100a');
    assert.equal(bytes('no-operation', 8), '0300000000000000');
  });

  it('has flags by name and as a byte, commands as a code, and * for the place of the line', () => {
    assert.equal(bytes('ccw 0xc3 cd cc sli skip pci ida s mida 1 count=2', 8), 'c3ff000200000001');
    assert.equal(bytes('ccw 0x0c flags=0x81 1 count=2', 8), '0c81000200000001');
    assert.equal(bytes('no-operation cc\ntic *-8', 16), '03400000000000000800000000001000');
  });

  it('has data of every width', () => {
    assert.equal(bytes('byte 1 0xff 3', 3), '01ff03');
    assert.equal(
      bytes('byte 1\nhalf 2\nword 3 *\ndouble 0xffffffffffffffff', 24),
      '0100' + '0002' + '00000003' + '00001004' + '00000000' + 'f'.repeat(16),
    );
    assert.equal(
      bytes('string "a;#b"\nebcdic "VOL1"\nfill 2 0x7f\nhex 01 02', 12),
      '613b2362' + 'e5d6d3f1' + '7f7f' + '0102',
    );
    assert.equal(bytes('byte 1\nalign 4\nbyte 2', 5), '0100000002');
  });

  it('writes IDAWs of the kind that the ORB has', () => {
    const list = (idaw: string) =>
      assemble(`orb idaw=${idaw}\nread-data ida list\nlist: idal buffer\nat 0x40064\nbuffer: fill 5000`, 'x');
    assert.equal(at(list('format-2-4k'), 0x1000, 24), '0604138800001008' + '0000000000040064' + '0000000000041000');
    assert.equal(at(list('format-2-2k'), 0x1008, 24), '0000000000040064' + '0000000000040800' + '0000000000041000');
    assert.equal(at(list('format-1'), 0x1008, 12), '00040064' + '00040800' + '00041000');
    assert.equal(list('format-1').orb.control, 0x00c0_ff00);
    assert.equal(
      bytes('read-data ida list count=20\nlist: idaw 0x40010 0x50000', 24),
      '0604001400001008' + '0000000000040010' + '0000000000050000',
    );
  });

  it('sets every field of the ORB by its name', () => {
    const control = (fields: string) => assemble(`orb ${fields}\nno-operation`, 'x').orb.control;
    assert.equal(control('key=9 format=0 prefetch=no lpm=0 idaw=format-1'), 0x9000_0000);
    assert.equal(control('suspend streaming modification synchronization'), 0x0fc2_ff00);
    assert.equal(control('initial-status address-limit suppress-suspended transport'), 0x00fe_ff00);
    assert.equal(control('length-suppression midaw extension=yes'), 0x00c2_ffc1);
    assert.equal(control('control=0x0000003e'), 0x3e);
  });

  it('starts at program=, at the label start, or at the first CCW', () => {
    const start = (source: string) => assemble(source, 'x').orb.channelProgramAddress;
    assert.equal(start('at 0x3000\ndata: byte 1\nno-operation'), 0x3008);
    assert.equal(start('no-operation\nstart: no-operation'), 0x1008);
    assert.equal(start('orb program=here+4\nno-operation\nhere: no-operation'), 0x100c);
  });

  it('places CCWs on doublewords unless told not to', () => {
    assert.equal(bytes('byte 1\nno-operation', 16), '01000000000000000300000000000000');
    assert.equal(bytes('byte 1\nno-operation unaligned', 9), '010300000000000000');
  });

  it('has SCSW words by function and as digits', () => {
    const scsw = (words: string) => toHex(assemble(`scsw ${words}\nno-operation`, 'x').scsw ?? new Uint8Array());
    assert.equal(scsw('halt'), '000020000000000000000000');
    assert.equal(scsw('start clear'), '000050000000000000000000');
    assert.equal(scsw('00004000 00000000 0000ffff'), '00004000000000000000ffff');
  });

  it('watches areas and what dump names, in order of the file', () => {
    const program = assemble('dump 0x4000 length=3\na: area 8 0\ndump b\nb: fill 5', 'x');
    assert.deepEqual(program.dump, [
      { at: 0x4000, length: 3 },
      { at: 0x1000, length: 8 },
      { at: 0x1008, length: 5 },
    ]);
  });

  describe('errors name line and column', () => {
    const cases: readonly (readonly [what: string, source: string, message: RegExp])[] = [
      [
        'an unknown command',
        'no-operation\n  sens-id sli',
        /^test\.ccw:2:3: 'sens-id' is no command and no directive; did you mean 'sense-id'\?$/,
      ],
      [
        'a word that means nothing to a CCW',
        'sense-id slli 0x2000 count=1',
        /^test\.ccw:1:10: 'slli' is not .*|^test\.ccw:1:\d+: .*/,
      ],
      ['two addresses', 'tic 0x1000 0x2000', /^test\.ccw:1:12: '0x2000' is neither a flag/],
      ['a label that is not defined', 'tic nowhere', /^test\.ccw:1:5: label 'nowhere' is not defined/],
      ['a label defined twice', 'a: byte 1\na: byte 2', /^test\.ccw:2:1: label 'a' is defined twice/],
      ['an odd number of digits', 'hex 12 345', /^test\.ccw:1:8: 3 hex digits: an odd number/],
      ['a digit that is none', 'hex 12 3g', /^test\.ccw:1:9: 'g' is not a hex digit/],
      [
        'a count that is too large',
        'sense-id 0x2000 count=65536',
        /^test\.ccw:1:17: '65536' is not a count: a number from 0 to 65535/,
      ],
      [
        'a count that is not known',
        'sense-id 0x2000',
        /^test\.ccw:1:10: the length of '0x2000' is not known: add count=/,
      ],
      ['a byte that is too large', 'byte 1 256', /^test\.ccw:1:8: '256' is not a byte/],
      ['a word that is too large', 'word 0x100000000', /^test\.ccw:1:6: .*does not fit a word/],
      [
        'an address that does not fit format 0',
        'orb format=0\ntic 0x1000000',
        /^test\.ccw:2:5: the address does not fit a CCW of format 0/,
      ],
      [
        'an unknown field of the ORB',
        'orb prefetsh',
        /^test\.ccw:1:5: the ORB has no field 'prefetsh'; did you mean 'prefetch'\?/,
      ],
      ['a field of the ORB given twice', 'orb key=1\norb key=2', /^test\.ccw:2:5: the ORB has a second 'key'/],
      [
        'control= beside the fields in it',
        'orb key=1 control=0',
        /^test\.ccw:1:11: 'control' and 'key' both set word 1/,
      ],
      ['quotes that do not close', 'string "abc', /^test\.ccw:1:8: quoted text does not end on its line/],
      ['text without a place in EBCDIC', 'ebcdic "ä"', /^test\.ccw:1:8: character "ä" has no place/],
      [
        'storage that two lines want',
        'at 0x2000\nfill 16\nat 0x200c\nfill 1',
        /^test\.ccw:4:1: line 4 and line 2 both store at 0000200c/,
      ],
      ['a label on a line without storage', 'x: dump 0x1000 length=1', /^test\.ccw:1:1: 'dump' takes up no storage/],
      ['an operand that is missing', 'byte', /^test\.ccw:1:1: 'byte' needs a number/],
      ['an operand too many', 'align 8 8', /^test\.ccw:1:9: '8' is one word too many/],
      ['a negative address', 'tic *-0x2000', /^test\.ccw:1:5: .*would be -4096/],
      ['a second name', 'program "a"\nprogram "b"', /^test\.ccw:2:1: a second 'program' line/],
    ];
    for (const [what, source, message] of cases) {
      it(what, () => {
        assert.match(problem(source), message);
      });
    }
  });
});

describe('assembler and disassembler together', () => {
  const flagNames = fc.subarray<CcwFlagName>(['sli', 'skip', 'pci', 's', 'mida']);
  const command = fc.constantFrom(0x03, 0xe4, 0x31, 0x06, 0xc3, 0x70, 0xff);
  const ccw = fc.record({
    command,
    flags: flagNames,
    count: fc.integer({ min: 0, max: 0xffff }),
    buffer: fc.integer({ min: 0, max: 40 }),
  });
  const programs = fc
    .record({
      ccws: fc.array(ccw, { minLength: 1, maxLength: 12 }),
      format: fc.constantFrom<0 | 1>(0, 1),
      jumps: fc.boolean(),
      indirect: fc.option(
        fc.record({ length: fc.integer({ min: 1, max: 9000 }), firstOffset: fc.integer({ min: 0, max: 2047 }) }),
      ),
      kind: fc.constantFrom('format-1', 'format-2-4k', 'format-2-2k'),
      parameter: fc.integer({ min: 0, max: 0xffff_ffff }),
    })
    .map(({ ccws, format, jumps, indirect, kind, parameter }) => {
      const builder = new ProgramBuilder({
        name: 'any',
        format,
        chain: true,
        orb: { interruptionParameter: parameter },
      });
      ccws.forEach((entry, index) => {
        if (jumps && index === 1) builder.tic('far').at(0x5000).label('far');
        const { command: code, flags, count, buffer } = entry;
        builder.ccw(code, buffer === 0 ? { flags, count } : { flags, buffer });
      });
      if (indirect !== null)
        builder.indirect('read-data', { kind, buffer: { length: indirect.length }, firstOffset: indirect.firstOffset });
      return builder.build();
    });

  it('text written from a program assembles to the same program', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const again = assemble(writeAssembly(program), 'again.ccw');
        assert.deepEqual({ ...again, labels: program.labels }, program);
      }),
    );
  });

  it('a program off a doubleword is written with its CCWs where they are', () => {
    const program = new ProgramBuilder({ name: 'off by 4', at: 0x1004, chain: true })
      .ccw('no-operation')
      .ccw('sense-id', { buffer: 7 })
      .build();
    const text = writeAssembly(program);
    assert.match(text, /sense-id .* unaligned$/m);
    assert.deepEqual(assemble(text, 'x').memory, program.memory);
  });

  it('the listing of a program has the CCWs that were put in, in order', () => {
    fc.assert(
      fc.property(fc.array(ccw, { minLength: 1, maxLength: 30 }), (ccws) => {
        const builder = new ProgramBuilder({ name: 'listing', chain: true });
        for (const { command: code, flags, count } of ccws) builder.ccw(code, { flags, count });
        const program = builder.build();
        const listing = disassemble(readerOf(program.memory), program.orb);
        assert.deepEqual(
          listing.entries.map(({ address, ccw: { command: code, count } }) => [address, code, count]),
          ccws.map(({ command: code, count }, index) => [0x1000 + index * 8, code, count]),
        );
      }),
    );
  });
});
