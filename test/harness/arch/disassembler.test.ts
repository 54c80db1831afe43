import assert from 'node:assert/strict';
import {
  disassemble,
  formatListing,
  fromHex,
  ProgramBuilder,
  readerOf,
  type AssembledProgram,
} from '../../../src/harness/arch/index.js';

const listed = (program: AssembledProgram, limit?: number) => disassemble(readerOf(program.memory), program.orb, limit);
const addresses = (program: AssembledProgram) => listed(program).entries.map(({ address }) => address);

describe('disassembler', () => {
  it('follows a TIC to another segment', () => {
    const program = new ProgramBuilder({ name: 'tic' })
      .ccw('no-operation', { flags: ['cc', 'sli'], count: 1 })
      .tic('behind')
      .at(0x2830)
      .label('behind')
      .ccw('sense-id', { flags: ['sli'], buffer: 20 })
      .build();
    assert.deepEqual(addresses(program), [0x1000, 0x1008, 0x2830]);
    assert.equal(listed(program).end, 'complete');
  });

  it('cuts a search loop, and goes on where status modifier leads', () => {
    const program = new ProgramBuilder({ name: 'search' })
      .ccw('seek', { flags: ['cc'], data: '000000000001' })
      .label('search')
      .ccw('search-id-equal', { flags: ['cc'], data: '0000000103' })
      .tic('search')
      .ccw('read-data', { flags: ['sli'], buffer: 16 })
      .build();
    assert.deepEqual(addresses(program), [0x1000, 0x1008, 0x1010, 0x1018]);
  });

  it('does not go on behind a TIC that no search precedes', () => {
    const program = new ProgramBuilder({ name: 'nop loop' })
      .label('again')
      .ccw('no-operation', { flags: ['cc'] })
      .tic('again')
      .ccw('sense-id', { buffer: 7 })
      .build();
    assert.deepEqual(addresses(program), [0x1000, 0x1008]);
  });

  it('lists nothing behind a TIC that another TIC reached', () => {
    const program = new ProgramBuilder({ name: 'tic to tic' })
      .ccw('search-id-equal', { flags: ['cc'], data: '0000000103' })
      .tic('second')
      .ccw('read-data', { buffer: 16 })
      .at(0x2000)
      .label('second')
      .tic(0x1000)
      .ccw('sense-id', { buffer: 7 })
      .build();
    assert.deepEqual(addresses(program), [0x1000, 0x1008, 0x2000, 0x1010]);
  });

  it('ends at a TIC to itself, and at TICs in a circle', () => {
    const self = new ProgramBuilder({ name: 'self' }).label('here').tic('here').build();
    assert.deepEqual(addresses(self), [0x1000]);
    const circle = new ProgramBuilder({ name: 'circle' }).label('a').tic('b').label('b').tic('a').build();
    assert.deepEqual(addresses(circle), [0x1000, 0x1008]);
  });

  it('stops at the limit and says so', () => {
    const builder = new ProgramBuilder({ name: 'long', chain: true });
    for (let index = 0; index < 20; index++) builder.ccw('no-operation');
    const listing = listed(builder.build(), 5);
    assert.equal(listing.entries.length, 5);
    assert.equal(listing.end, 'limit');
    assert.equal(listing.stoppedAt, 0x1028);
    assert.match(formatListing(listing).at(-1) ?? '', /00001028 {2}and more CCWs/);
  });

  it('says where storage ends', () => {
    const listing = disassemble(() => undefined, { control: 0x00c2_ff00, channelProgramAddress: 0x7fff_f000 });
    assert.deepEqual(listing.entries, []);
    assert.match(formatListing(listing).join(), /7ffff000 {2}outside storage/);
  });

  it('takes any code ending in 8 for a TIC in format 0, and 08 alone in format 1', () => {
    const memory = [{ at: 0x1000, bytes: fromHex('18002000 00000000') }];
    const at = (control: number) => disassemble(readerOf(memory), { control, channelProgramAddress: 0x1000 }, 3);
    assert.equal(at(0x0042_ff00).entries[0]?.transfer, true);
    assert.deepEqual(
      at(0x0042_ff00).entries.map(({ address }) => address),
      [0x1000, 0x2000],
    );
    assert.equal(at(0x00c2_ff00).entries[0]?.transfer, false);
  });

  it('marks CCWs that data chaining reached', () => {
    const program = new ProgramBuilder({ name: 'data chaining' })
      .ccw('sense-id', { flags: ['cd'], buffer: 3 })
      .ccw('read-ipl', { flags: ['sli'], buffer: 10 })
      .build();
    assert.deepEqual(
      listed(program).entries.map(({ dataChained }) => dataChained),
      [false, true],
    );
  });

  it('lists IDAWs of all three kinds', () => {
    for (const kind of ['format-1', 'format-2-4k', 'format-2-2k'] as const) {
      const program = new ProgramBuilder({ name: kind })
        .indirect('read-device-characteristics', { kind, buffer: { length: 5000, name: 'data' }, firstOffset: 100 })
        .build();
      const entry = listed(program).entries[0]!;
      const blocks = kind === 'format-2-4k' ? 2 : 3;
      assert.equal(entry.idaws!.length, blocks, kind);
      assert.equal(entry.idaws![0], BigInt(program.labels.get('data') ?? 0), kind);
    }
  });

  it('prints an arrow at the CCW before the CCW address', () => {
    const program = new ProgramBuilder({ name: 'arrow', chain: true })
      .ccw('no-operation', { flags: ['sli'], count: 1 })
      .ccw('sense-id', { flags: ['sli'], buffer: 20 })
      .build();
    assert.deepEqual(formatListing(listed(program), { arrowAt: 0x1010 }), [
      '   00001000  no-operation                   count     1  at 00000000  CC SLI',
      '-> 00001008  sense-id                       count    20  at 00020000  SLI',
    ]);
  });
});
