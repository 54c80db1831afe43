import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MappingPins } from '../../../../src/harness/passthrough/system/pin-records.js';

/** Two pages on either side of a border between arrays of slots, few offsets, so that records meet in one page. */
const addresses = fc
  .tuple(fc.constantFrom(0, 510, 511, 512), fc.constantFrom(0, 0x800, 0xff8))
  .map(([page, offset]) => page * 4096 + offset);
const steps = fc.array(fc.record({ address: addresses, mapping: fc.nat(1), pin: fc.boolean() }), {
  minLength: 60,
  maxLength: 120,
  size: 'max',
});

/** Mappings of one container, the second beyond 2^32. */
const bases = [0, 0x2_0000_0000] as const;

describe('records of pinned pages', () => {
  it('hold what a list of addresses with counts holds, whatever is pinned and unpinned', () => {
    fc.assert(
      fc.property(steps, (todo) => {
        const mappings = bases.map((base) => ({
          pins: new MappingPins(base),
          known: new Map<number, number>(),
        }));
        for (const { address, mapping, pin } of todo) {
          const { pins, known } = mappings[mapping]!;
          const iova = bases[mapping]! + address;
          const frame = address / 8;
          const references = known.get(iova) ?? 0;
          if (pin) {
            assert.equal(pins.again(iova), references > 0 ? frame : -1);
            if (references === 0) pins.add(iova, frame);
            known.set(iova, references + 1);
          } else {
            assert.equal(pins.drop(iova), references === 1 ? frame : -1);
            if (references > 1) known.set(iova, references - 1);
            else known.delete(iova);
          }
        }
        for (const { pins, known } of mappings) {
          assert.equal(pins.count, known.size);
          const expected = [...known].flatMap(([iova, count]) => Array.from({ length: count }, () => iova));
          assert.deepEqual(pins.addresses().sort(ascending), expected.sort(ascending));
        }
      }),
    );
  });
});

const ascending = (a: number, b: number): number => a - b;
