import assert from 'node:assert/strict';
import { ProgramBuilder, readerOf, toHex, type AssembledProgram } from '../../../src/harness/arch/index.js';

const at = (program: AssembledProgram, address: number, length: number) =>
  toHex(readerOf(program.memory)(address, length));

describe('program builder', () => {
  it('builds what the recordings hold: Sense ID, SLI, 12 bytes', () => {
    const program = new ProgramBuilder({ name: 'sense id', orb: { interruptionParameter: 0x1122_3344 } })
      .ccw('sense-id', { flags: ['sli'], buffer: { length: 12, name: 'id' } })
      .build();
    assert.equal(at(program, 0x1000, 8), 'e420000c00020000');
    assert.equal(at(program, 0x2_0000, 12), 'a5'.repeat(12));
    assert.deepEqual(program.dump, [{ at: 0x2_0000, length: 12 }]);
    assert.deepEqual(program.orb, {
      interruptionParameter: 0x1122_3344,
      control: 0x00c2_ff00,
      channelProgramAddress: 0x1000,
    });
    assert.equal(program.labels.get('id'), 0x2_0000);
  });

  it('places data and buffers on doublewords, one after the other', () => {
    const program = new ProgramBuilder({ name: 'places', dataAt: 0x3001 })
      .ccw(0x63, { data: '40c0', flags: 0x40 })
      .ccw(0x86, { buffer: 3, flags: ['sli'] })
      .ccw(0x86, { buffer: { length: 4, name: 'far', fill: 0 }, place: 0x5002 })
      .build();
    assert.equal(at(program, 0x1000, 24), '63400002000030088620000300003010860000040000' + '5002');
    assert.equal(at(program, 0x3008, 2), '40c0');
    assert.equal(at(program, 0x5002, 4), '00000000');
  });

  it('writes format 0', () => {
    const program = new ProgramBuilder({ name: 'format 0', format: 0 })
      .ccw(0xe4, { flags: ['sli'], buffer: 4 })
      .build();
    assert.equal(at(program, 0x1000, 8), 'e402000020000004');
    assert.equal(program.orb.control, 0x0042_ff00);
    assert.throws(
      () => new ProgramBuilder({ name: 'far', format: 0 }).ccw(4, { address: 0x100_0000 }).build(),
      /does not fit a format-0 CCW/,
    );
  });

  it('resolves labels before they are defined, with offsets', () => {
    const program = new ProgramBuilder({ name: 'labels' })
      .tic('later+8')
      .at(0x2000)
      .label('later')
      .ccw('no-operation', { flags: ['cc'] })
      .ccw('write-data', { address: 'area-0x10', count: 1 })
      .define('area', 0x4_0010)
      .startAt('later')
      .build();
    assert.equal(at(program, 0x1000, 8), '0800000000002008');
    assert.equal(at(program, 0x2008, 8), '0500000100040000');
    assert.equal(program.orb.channelProgramAddress, 0x2000);
  });

  describe('chain: true', () => {
    it('chains every CCW that another one directly follows, but a TIC and a CCW with CD', () => {
      const program = new ProgramBuilder({ name: 'chain', chain: true })
        .ccw('seek')
        .ccw('search-id-equal')
        .tic(0x1008)
        .ccw('read-data', { flags: ['cd'] })
        .ccw('read-data', { flags: ['sli'] })
        .at(0x3000)
        .ccw('no-operation')
        .build();
      const flags = [0, 1, 2, 3, 4].map((index) => at(program, 0x1001 + index * 8, 1));
      assert.deepEqual(flags, ['40', '40', '00', '80', '20']);
      assert.equal(at(program, 0x3001, 1), '00');
    });

    it('is off by default', () => {
      const program = new ProgramBuilder({ name: 'plain' }).ccw(3).ccw(3).build();
      assert.equal(at(program, 0x1000, 16), '03000000000000000300000000000000');
    });
  });

  describe('indirect', () => {
    it('spreads data over blocks that are apart, in order', () => {
      const data = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);
      const program = new ProgramBuilder({ name: 'spread' }).indirect('write-data', { data, firstOffset: 96 }).build();
      const list = Number.parseInt(at(program, 0x1004, 4), 16);
      assert.equal(at(program, 0x1000, 4), '05041388');
      const [first, second] = [0, 8].map((offset) => Number.parseInt(at(program, list + offset, 8), 16)) as [
        number,
        number,
      ];
      assert.equal(first % 4096, 96);
      assert.equal(second % 4096, 0);
      assert.ok(second < first, 'the second block lies before the first');
      assert.equal(at(program, first, 4000) + at(program, second, 1000), toHex(data));
    });

    it('watches every piece of a buffer and labels it', () => {
      const program = new ProgramBuilder({ name: 'buffer' })
        .indirect('read-data', {
          kind: 'format-1',
          buffer: { length: 4096, name: 'data' },
          firstOffset: 2000,
          flags: ['sli'],
        })
        .build();
      assert.equal(program.orb.control, 0x00c0_ff00);
      assert.deepEqual(
        program.dump.map(({ length }) => length),
        [48, 2048, 2000],
      );
      assert.deepEqual(
        ['data', 'data.0', 'data.1', 'data.2'].map((label) => (program.labels.get(label) ?? 0) % 2048),
        [2000, 2000, 0, 0],
      );
      assert.equal(at(program, 0x1000, 8), `06241000${at(program, 0x1004, 4)}`);
      assert.equal(Number.parseInt(at(program, 0x1004, 4), 16), program.labels.get('data.list'));
    });

    it('takes pieces exactly as given, rules broken or not', () => {
      const program = new ProgramBuilder({ name: 'pieces' })
        .indirect('read-data', {
          kind: 'format-2-2k',
          pieces: [
            { at: 0x4_0001, length: 3 },
            { at: 0x5_0010, length: 5, fill: 1 },
          ],
          listAt: 0x2_0004,
        })
        .build();
      assert.equal(at(program, 0x1000, 8), '0604000800020004');
      assert.equal(at(program, 0x2_0004, 16), '00000000000400010000000000050010');
      assert.equal(at(program, 0x5_0010, 5), '0101010101');
      assert.equal(program.orb.control, 0x00c3_ff00);
    });

    it('refuses kinds that contradict each other or the ORB', () => {
      const builder = new ProgramBuilder({ name: 'kinds' }).indirect(2, { kind: 'format-1', buffer: 4 });
      assert.throws(() => builder.indirect(2, { kind: 'format-2-4k', buffer: 4 }), /format-2-4k and of format-1/);
      const fixed = new ProgramBuilder({ name: 'fixed', orb: { control: 0 } });
      assert.throws(() => fixed.indirect(2, { kind: 'format-2-4k', buffer: 4 }), /control bits mean format-1/);
    });
  });

  it('names the program and the problem', () => {
    const name = /^RangeError: program 'bad': /;
    const bad = () => new ProgramBuilder({ name: 'bad' });
    assert.throws(() => bad().tic('nowhere').build(), /label 'nowhere' is not defined/);
    assert.throws(() => bad().label('a').label('a'), /label 'a' is defined twice/);
    assert.throws(() => bad().ccw(3, { count: 65536 }), /count 65536 is not in 0-65535/);
    assert.throws(
      () => bad().ccw(3, { data: '123' }),
      (error: unknown) => name.test(String(error)) && /odd number/.test(String(error)),
    );
    assert.throws(() => bad().ccw(3, { data: '12', buffer: 4 }), /at most one of/);
    assert.throws(
      () => bad().ccw(3).bytes(0x1004, '00').build(),
      /CCWs at 00001000 and bytes at 00001004 overlap at 00001004/,
    );
    const late = () => bad().ccw(3).bytes(0x4000, '0001').bytes(0x4001, '02').build();
    assert.throws(late, /bytes at 00004000 and bytes at 00004001 overlap at 00004001/);
    assert.throws(() => bad().scsw('00'), /an SCSW has 12 bytes, not 1/);
  });

  it('carries SCSW words, raw storage and watched areas', () => {
    const program = new ProgramBuilder({ name: 'rest' })
      .scsw('00002000 00000000 00000000')
      .word(0x4000, 0xdead_beef)
      .bytes(0x4004, 'cafe')
      .watch(0x4000, 6)
      .buffer(0x5000, { length: 2, name: 'b' })
      .orb({ paths: 0x80, prefetch: false })
      .build();
    assert.equal(toHex(program.scsw ?? new Uint8Array()), '000020000000000000000000');
    assert.equal(at(program, 0x4000, 6), 'deadbeefcafe');
    assert.deepEqual(program.dump, [
      { at: 0x4000, length: 6 },
      { at: 0x5000, length: 2 },
    ]);
    assert.equal(program.orb.control, 0x0082_8000);
  });
});
