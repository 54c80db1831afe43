import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  concurrentSenseCount,
  decodeCcw,
  decodeCrw,
  decodeIrb,
  decodeOrb,
  decodeSchib,
  decodeScsw,
  encodeCcw,
  encodeCrw,
  encodeIdaws,
  encodeIrb,
  encodeOrb,
  encodeSchib,
  encodeScsw,
  fromHex,
  idawCount,
  idawKind,
  indirectKind,
  makeOrb,
  OrbBit,
  SCHIB_LENGTH,
  toEbcdic,
  toHex,
} from '../../../src/harness/arch/index.js';

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Decoding and encoding again must give the same bytes back, at an offset that is not 0. */
function roundTrips(bytes: Uint8Array, again: (into: Uint8Array) => void): void {
  const into = new Uint8Array(bytes.length);
  again(into);
  assert.equal(toHex(into), toHex(bytes));
}

describe('codecs: bytes to fields and back', () => {
  it('format-1 CCWs', () => {
    fc.assert(
      fc.property(bytesOf(16), (bytes) => {
        roundTrips(bytes, (into) => {
          encodeCcw(viewOf(into), 0, decodeCcw(viewOf(bytes), 0, 1), 1);
          encodeCcw(viewOf(into), 8, decodeCcw(viewOf(bytes), 8, 1), 1);
        });
      }),
    );
  });

  it('format-0 CCWs, but for byte 5, which is not a field', () => {
    fc.assert(
      fc.property(bytesOf(8), (bytes) => {
        const expected = Uint8Array.from(bytes);
        expected[5] = 0;
        roundTrips(expected, (into) => {
          encodeCcw(viewOf(into), 0, decodeCcw(viewOf(bytes), 0, 0), 0);
        });
      }),
    );
  });

  it('a CCW has the same fields in both formats if its address has 24 bits', () => {
    const fields = fc.record(
      {
        command: fc.integer({ min: 0, max: 0xff }),
        flags: fc.integer({ min: 0, max: 0xff }),
        count: fc.integer({ min: 0, max: 0xffff }),
        address: fc.integer({ min: 0, max: 0xff_ffff }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fields, fc.constantFrom<0 | 1>(0, 1), (ccw, format) => {
        const view = new DataView(new ArrayBuffer(8));
        encodeCcw(view, 0, ccw, format);
        assert.deepEqual(decodeCcw(view, 0, format), ccw);
      }),
    );
  });

  it('places the fields of a known CCW: Sense ID, SLI, 12 bytes at 20018', () => {
    const view = viewOf(fromHex('e420000c00020018'));
    assert.deepEqual(decodeCcw(view, 0, 1), { command: 0xe4, flags: 0x20, count: 12, address: 0x2_0018 });
    const format0 = viewOf(fromHex('e40201a820000004'));
    assert.deepEqual(decodeCcw(format0, 0, 0), { command: 0xe4, flags: 0x20, count: 4, address: 0x2_01a8 });
  });

  it('ORBs', () => {
    fc.assert(
      fc.property(bytesOf(12), (bytes) => {
        roundTrips(bytes, (into) => {
          encodeOrb(viewOf(into), 0, decodeOrb(viewOf(bytes)));
        });
      }),
    );
  });

  it('makes the ORB that Linux would: 00c2ff00', () => {
    assert.equal(makeOrb({ channelProgramAddress: 0x1000 }).control, 0x00c2_ff00);
    assert.equal(
      makeOrb({ channelProgramAddress: 0, key: 9, format: 0, prefetch: false, paths: 0x40 }).control,
      0x9002_4000,
    );
  });

  it('SCSWs', () => {
    fc.assert(
      fc.property(bytesOf(12), (bytes) => {
        roundTrips(bytes, (into) => {
          encodeScsw(viewOf(into), 0, decodeScsw(viewOf(bytes)));
        });
      }),
    );
  });

  it('the first 64 bytes of an IRB, at any offset', () => {
    fc.assert(
      fc.property(bytesOf(64), fc.integer({ min: 0, max: 40 }), (bytes, offset) => {
        const from = new Uint8Array(128);
        from.set(bytes, offset);
        const to = new Uint8Array(128);
        encodeIrb(to, offset, decodeIrb(from, offset));
        assert.equal(toHex(to), toHex(from));
      }),
    );
  });

  it('SCHIBs', () => {
    fc.assert(
      fc.property(bytesOf(SCHIB_LENGTH), (bytes) => {
        roundTrips(bytes, (into) => {
          encodeSchib(into, 0, decodeSchib(bytes));
        });
      }),
    );
  });

  it('CRWs, but for the two bits that must be zero', () => {
    fc.assert(
      fc.property(word, (value) => {
        assert.equal(encodeCrw(decodeCrw(value)), (value & 0x7fbf_ffff) >>> 0);
      }),
    );
  });

  it('too few bytes are an error, not zeros', () => {
    assert.throws(() => decodeIrb(new Uint8Array(63)), RangeError);
    assert.throws(() => decodeSchib(new Uint8Array(SCHIB_LENGTH - 1)), RangeError);
    assert.throws(() => decodeCcw(new DataView(new ArrayBuffer(7)), 0, 1), RangeError);
  });
});

describe('IDAWs', () => {
  /** Touches every byte and counts the blocks that it meets. */
  function slowCount(address: number, length: number, block: number): number {
    const blocks = new Set<number>();
    for (let byte = 0; byte < length; byte++) blocks.add(Math.floor((address + byte) / block));
    return blocks.size;
  }

  it('the number of IDAWs is the number of blocks that the data touch', () => {
    // Ends and beginnings on a block boundary are where a count goes wrong by one.
    const addresses = fc.oneof(
      fc.integer({ min: 0, max: 0x7fff_0000 }),
      fc.constantFrom(0, 1, 100, 2047, 2048, 4095, 4096),
    );
    const lengths = fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.constantFrom(1, 2047, 2048, 2049, 4095, 4096, 4097));
    fc.assert(
      fc.property(addresses, lengths, fc.constantFrom(2048, 4096), (address, length, block) => {
        assert.equal(idawCount(address, length, block), slowCount(address, length, block));
      }),
    );
  });

  it('at most 17 blocks of 4096 and 33 of 2048 for 65535 bytes', () => {
    assert.equal(idawCount(4095, 65535, 4096), 17);
    assert.equal(idawCount(2047, 65535, 2048), 33);
  });

  it('ORB.H and ORB.T select format and block', () => {
    assert.deepEqual(idawKind(0), { format: 1, length: 4, block: 2048 });
    assert.deepEqual(idawKind(OrbBit.idaw2k), { format: 1, length: 4, block: 2048 });
    assert.deepEqual(idawKind(OrbBit.format2Idaw), { format: 2, length: 8, block: 4096 });
    assert.deepEqual(idawKind(OrbBit.format2Idaw | OrbBit.idaw2k), { format: 2, length: 8, block: 2048 });
  });

  it('are encoded in 4 or 8 bytes', () => {
    assert.equal(toHex(encodeIdaws([0x4_07d0, 0x4_1000], indirectKind('format-1'))), '000407d000041000');
    assert.equal(toHex(encodeIdaws([0x1_0000_0000], indirectKind('format-2-4k'))), '0000000100000000');
  });
});

describe('hex digits and text', () => {
  it('bytes to hex and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.deepEqual(fromHex(toHex(bytes)), bytes);
      }),
    );
  });

  it('name the digit that is wrong', () => {
    assert.throws(() => fromHex('12 3g'), /'g' at hex digit 3/);
    assert.throws(() => fromHex('123'), /3 hex digits/);
  });

  it('EBCDIC labels', () => {
    assert.equal(toHex(toEbcdic('VOL1')), 'e5d6d3f1');
    assert.equal(toHex(toEbcdic('HRC001 az~')), 'c8d9c3f0f0f14081a9a1');
    assert.throws(() => toEbcdic('é'), RangeError);
  });

  it('the count of concurrent sense', () => {
    assert.equal(concurrentSenseCount(0x0120_0000), 32);
    assert.equal(concurrentSenseCount(0x0020_0000), 0);
  });
});
