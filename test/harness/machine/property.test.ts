import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CcwFlag, OrbBit, encodeCcw, makeOrb, type CcwFormat } from '../../../src/harness/arch/index.js';
import { Reference, type Outcome } from './reference.js';
import { DATA, PROGRAM, rigWith } from './rig.js';
import type { Answer } from './scripted-device.js';

const CCWS = 10;
const SIZE = 1 << 18;
const LISTS = 0x3_0000;
const fallback: Answer = { initial: 0x02 };

const command = fc.constantFrom(
  0x01,
  0x02,
  0x02,
  0x03,
  0x04,
  0x05,
  0x06,
  0x0c + 1,
  0xe4,
  0x08,
  0x08,
  0x00,
  0x10,
  0x18,
  0x78,
);
const flags = fc
  .record({
    cd: fc.nat(3),
    cc: fc.nat(2),
    sli: fc.nat(1),
    skip: fc.nat(4),
    pci: fc.nat(9),
    ida: fc.nat(2),
    rare: fc.nat(40),
  })
  .map(({ cd, cc, sli, skip, pci, ida, rare }) => {
    let value = 0;
    if (cd === 0) value |= CcwFlag.chainData;
    if (cc > 0) value |= CcwFlag.chainCommand;
    if (sli === 0) value |= CcwFlag.suppressLengthIndication;
    if (skip === 0) value |= CcwFlag.skip;
    if (pci === 0) value |= CcwFlag.programControlledInterruption;
    if (ida === 0) value |= CcwFlag.indirectDataAddress;
    if (rare === 0) value |= CcwFlag.suspend;
    if (rare === 1) value |= CcwFlag.modifiedIndirectDataAddress;
    return value;
  });

const address = fc.oneof(
  { weight: 8, arbitrary: fc.nat(0x2000).map((offset) => DATA + offset) },
  { weight: 3, arbitrary: fc.nat(15).map((index) => LISTS + index * 8) },
  { weight: 1, arbitrary: fc.constantFrom(SIZE - 5, SIZE, 0xff_fffa, 0x7fff_fff0, 0x8000_0000, LISTS + 2) },
);

const ccw = fc.record({
  command,
  flags,
  count: fc.oneof(
    { weight: 9, arbitrary: fc.nat(40) },
    { weight: 2, arbitrary: fc.constantFrom(0, 3000, 5000, 65535) },
  ),
  address,
  target: fc.oneof(
    { weight: 12, arbitrary: fc.nat(CCWS).map((index) => PROGRAM + index * 8) },
    fc.constantFrom(PROGRAM + 4, SIZE),
  ),
  clean: fc.boolean(),
});

/** Records of up to 60 bytes, now and then one that is longer than a block of storage. */
const bytes = fc
  .tuple(fc.nat(11), fc.nat(60))
  .map(([long, length]) => Uint8Array.from({ length: long === 0 ? 4500 : length }, (_, index) => index * 7 + length));
const status = fc.constantFrom(0x0c, 0x0c, 0x0c, 0x0c, 0x4c, 0x08, 0x0e, 0x0d, 0x4e, 0x4a, 0x02, 0x2c);
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0x0c, 0x08, 0x0e, 0x02, 0x4c, 0x4e).map((initial) => ({ initial })) },
  {
    weight: 5,
    arbitrary: fc
      .record({ input: bytes, ending: status, overrun: fc.nat(9), latency: fc.constantFrom(0, 0, 50) })
      .map(({ input, ending, overrun, latency }) => ({
        input,
        ending,
        overrun: overrun === 0,
        dataLatency: latency,
      })),
  },
  {
    weight: 5,
    arbitrary: fc
      .record({
        output: fc.nat(60),
        ending: status,
        taken: fc.nat(70),
        counts: fc.nat(3),
        late: fc.constantFrom(0, 100),
      })
      .map(({ output, ending, taken, counts, late }) => ({
        output,
        ending,
        latency: late,
        deviceEndLatency: late,
        ...(counts === 0 && taken <= output ? { taken } : {}),
      })),
  },
  { weight: 1, arbitrary: status.map((ending) => ({ ending })) },
);

const idaw = fc.oneof(
  { weight: 6, arbitrary: fc.nat(15).map((block) => DATA + block * 0x800) },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(15), fc.nat(30)).map(([block, back]) => DATA + (block + 1) * 0x800 - 1 - back),
  },
  { weight: 3, arbitrary: fc.nat(0x3000).map((offset) => DATA + offset) },
  { weight: 1, arbitrary: fc.constantFrom(SIZE - 3, SIZE, 0x8000_0000) },
);

const program = fc.record({
  ccws: fc.array(ccw, { minLength: CCWS, maxLength: CCWS }),
  answers: fc.array(answer, { maxLength: 14 }),
  idaws: fc.array(idaw, { minLength: 32, maxLength: 32 }),
  format: fc.constantFrom<CcwFormat>(0, 1, 1),
  control: fc.constantFrom(
    0,
    OrbBit.format2Idaw,
    OrbBit.format2Idaw | OrbBit.idaw2k,
    OrbBit.format2Idaw | OrbBit.incorrectLengthSuppression,
  ),
  start: fc.oneof({ weight: 15, arbitrary: fc.constant(PROGRAM) }, fc.constantFrom(PROGRAM + 4, SIZE)),
});

describe('channel engine and reference interpreter', () => {
  it('give the same status, storage and commands for random programs', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(program, ({ ccws, answers, idaws, format, control, start }) => {
        const rig = rigWith({ lowBytes: SIZE, highBytes: 4096 });
        const view = rig.machine.storage.lowView;
        for (let at = 0; at < 0xa000; at += 4) view.setUint32(DATA + at, at * 0x0101_0101);
        ccws.forEach(({ command: code, flags: bits, count, address: data, target, clean }, index) => {
          const tic = code % 16 === 8;
          const fields = tic && clean ? { flags: 0, count: 0 } : { flags: bits, count };
          encodeCcw(view, PROGRAM + index * 8, { command: code, ...fields, address: tic ? target : data }, format);
        });
        const wide = (control & OrbBit.format2Idaw) !== 0;
        idaws.forEach((word, index) => {
          view.setUint32(wide ? LISTS + index * 8 + 4 : LISTS + index * 4, word);
        });

        const orb = makeOrb({ channelProgramAddress: start, format, control });
        const memory = rig.storage.slice();
        const left = [...answers];
        const expected = new Reference(memory, orb.control, () => left.shift() ?? fallback).run(start);

        rig.device.script = [...answers];
        rig.device.fallback = fallback;
        assert.equal(rig.ssch({ channelProgramAddress: start, format, control }), 0);
        rig.advance(1e9);
        const { scsw } = rig.tsch().irb;
        const found: Outcome = {
          conditions: scsw.control & 0xffff,
          ccwAddress: scsw.ccwAddress,
          deviceStatus: scsw.deviceStatus,
          subchannelStatus: scsw.subchannelStatus,
          count: scsw.count,
          commands: rig.device.selected.map(({ command: code, chained, data }) =>
            `${code.toString(16)}${chained ? ' chained' : ''} ${data.join(',')}`.trim(),
          ),
        };
        assert.deepEqual(found, expected);
        assert.ok(Buffer.from(rig.storage.buffer).equals(memory), 'storage differs');
      }),
      { numRuns: 700 },
    );
  });
});
