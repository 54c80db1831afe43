import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeOrb, OrbBit, viewOf } from '../../../../src/harness/arch/index.js';
import { encodeCcws, ioRequest, Rig } from './support/rig.js';
import { referenceTranslation, type GuestView, type ReferenceProgram } from './support/reference-translation.js';

const PAGES = 24;
const BYTES = PAGES * 4096;
/** where the pages of the property lie: the first page of an otherwise unmapped space */
const BASE = 0x200_0000;
/** with format 0, addresses have 24 bits: the same pages once more */
const BASE_0 = 0x80_0000;

const access = fc.oneof(
  { weight: 40, arbitrary: fc.constant('rw' as const) },
  { weight: 1, arbitrary: fc.constantFrom('r' as const, 'w' as const, undefined) },
);

/** Offsets at which segments and lists are put, so that TICs and IDA CCWs find something. */
const place = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 0x18, 0x400, 0x1000, 0x1ff0, 0x3000, 0x5800, 0x6ff8, 0x9000) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: BYTES - 1 }) },
);
const listPlace = fc.constantFrom(0x10000, 0x10ff8, 0x10ffc, 0x12000, 0x13004, BYTES - 8, BYTES - 4);

const flags = fc.constantFrom(0x40, 0x40, 0x40, 0x60, 0x80, 0x50, 0x00, 0x10);
const count = fc.oneof(fc.constantFrom(0, 1, 8, 2048, 2049, 4096, 4097, 65535), fc.integer({ min: 0, max: 9000 }));
const plain = fc.record({
  command: fc.constantFrom(0x02, 0x01, 0x03, 0x04, 0xe4, 0x0c, 0x07, 0x13, 0x18, 0x06),
  flags,
  count,
  address: fc.integer({ min: 0, max: BYTES - 1 }),
});
const indirect = fc.record({
  command: fc.constantFrom(0x02, 0x01, 0x03),
  flags: flags.map((bits) => bits | 4),
  count,
  address: listPlace,
});
const tic = fc.record({
  command: fc.constant(8),
  flags: fc.constantFrom(0, 0, 0, 0x40),
  count: fc.constant(0),
  address: place,
});
const ccws = fc.array(
  fc.oneof({ weight: 5, arbitrary: plain }, { weight: 2, arbitrary: indirect }, { weight: 2, arbitrary: tic }),
  {
    minLength: 1,
    maxLength: 9,
  },
);
const idaw = fc.record({
  page: fc.integer({ min: 0, max: PAGES - 1 }),
  offset: fc.constantFrom(0, 0, 0, 0x800, 0x7ff, 0xfff),
});

const situation = fc.record({
  access: fc.array(access, { minLength: PAGES, maxLength: PAGES }),
  segments: fc.array(fc.record({ at: place, ccws }), { minLength: 1, maxLength: 20 }),
  lists: fc.array(fc.record({ at: listPlace, idaws: fc.array(idaw, { minLength: 1, maxLength: 20 }) }), {
    maxLength: 5,
  }),
  format0: fc.boolean(),
  format2Idaws: fc.boolean(),
  blocksOf2k: fc.boolean(),
});

describe('translation of any program', () => {
  it('agrees with the clauses of the reference: result, segments, IDAWs, pins', function () {
    this.timeout(60_000);
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(situation, ({ segments, lists, format0, format2Idaws, blocksOf2k, ...rest }) => {
        const base = format0 ? BASE_0 : BASE;
        const rig = Rig.open();
        rig.host.recorder.recording = true;
        rest.access.forEach((one, page) => {
          if (one !== undefined) rig.guest.map(base + page * 4096, 4096, one);
        });
        const bytes = new Uint8Array(BYTES + 4096);
        // Nothing but NOPs without chaining where nothing is put, so that segments end.
        for (const { at, ccws } of segments) {
          const program = ccws.map((one) => ({ ...one, address: one.address + base }));
          program.push({ command: 3, flags: 0, count: 1, address: base });
          bytes.set(encodeCcws(program, format0 ? 0 : 1).subarray(0, BYTES - at), at);
        }
        for (const { at, idaws } of lists) {
          idaws.forEach(({ page, offset }, index) => {
            const address = base + page * 4096 + offset;
            const where = at + index * (format2Idaws ? 8 : 4);
            if (where + 8 > BYTES) return;
            if (format2Idaws) viewOf(bytes).setBigUint64(where, BigInt(address));
            else viewOf(bytes).setUint32(where, address);
          });
        }
        rest.access.forEach((one, page) => {
          if (one !== undefined) rig.guest.store(base + page * 4096, bytes.subarray(page * 4096, (page + 1) * 4096));
        });

        const inside = (iova: number): boolean => iova >= base && iova < base + BYTES;
        const right = (iova: number): 'rw' | 'r' | 'w' | undefined =>
          iova < 1 << 20 ? 'rw' : inside(iova) ? rest.access[Math.floor((iova - base) / 4096)] : undefined;
        const guest: GuestView = {
          byte: (iova) => (inside(iova) ? bytes[iova - base]! : 0),
          readError: (iova) => (right(iova) === undefined ? -22 : right(iova) === 'w' ? -1 : 0),
          pinError: (iova) => (right(iova) === undefined ? -22 : right(iova) === 'rw' ? 0 : -1),
          frame: (iova) => rig.guest.frameOf(iova),
        };
        const address = base + segments[0]!.at;
        const expected = referenceTranslation(guest, { format0, format2Idaws, blocksOf2k, address });
        const control = (format2Idaws ? OrbBit.format2Idaw : 0) | (blocksOf2k ? OrbBit.idaw2k : 0);
        const orb = makeOrb({ channelProgramAddress: address, format: format0 ? 0 : 1, control });
        const result = rig.write(ioRequest(orb));

        if (typeof expected === 'number') {
          refused++;
          assert.equal(result, expected);
          rig.assertAtRest();
          return;
        }
        accepted++;
        assert.equal(result, 124);
        compare(rig, expected);
        rig.reset();
        rig.assertAtRest();
      }),
      { numRuns: 300, seed: 20260730 },
    );
    assert.ok(accepted > 50 && refused > 50, `${accepted} accepted, ${refused} refused`);
  });
});

function compare(rig: Rig, expected: ReferenceProgram): void {
  const start = rig.host.recorder.starts[0]!;
  assert.deepEqual(rig.guest.pinCalls, expected.pinCalls);
  assert.equal(start.segments.length, expected.segments.length);
  let list = 0;
  expected.segments.forEach((segment, number) => {
    const { address, ccws: copied } = start.segments[number]!;
    assert.equal(copied.length, segment.ccws.length * 8);
    const view = viewOf(copied);
    segment.ccws.forEach((one, index) => {
      const word0 = view.getUint32(index * 8);
      assert.deepEqual([word0 >>> 24, (word0 >>> 16) & 0xff, word0 & 0xffff], [one.command, one.flags, one.count]);
      if (one.target === undefined) {
        assert.deepEqual(start.idawLists[list], one.list);
        list++;
      } else {
        const [target, offset] = one.target;
        assert.equal(view.getUint32(index * 8 + 4), start.segments[target]!.address + offset);
      }
    });
    if (number === 0) assert.equal(viewOf(start.orb).getUint32(8), address);
  });
  const pins = expected.pinCalls.reduce((sum, call) => sum + Number(call.split('+')[1]), 0);
  assert.equal(rig.storage.pinned, pins);
}
