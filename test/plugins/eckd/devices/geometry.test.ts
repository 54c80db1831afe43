import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addressOf,
  getAddress,
  HEADS,
  identityOf,
  MOST_CYLINDERS,
  putAddress,
  recordCells,
  recordsPerTrack,
  sectorOf,
  TRACK_CELLS,
  trackOfAddress,
} from '../../../../plugins/eckd/devices/index.js';

/** Records of one track by data length and key length 0, 4, 8, 44, 255, with the cells of one record. */
const capacity: readonly (readonly [dataLength: number, ...(readonly [records: number, cells: number])[]])[] = [
  [8, [86, 20], [57, 30], [57, 30], [55, 31], [45, 38]],
  [80, [78, 22], [54, 32], [54, 32], [52, 33], [43, 40]],
  [96, [75, 23], [52, 33], [52, 33], [50, 34], [42, 41]],
  [144, [72, 24], [50, 34], [50, 34], [49, 35], [41, 42]],
  [256, [61, 28], [45, 38], [45, 38], [44, 39], [37, 46]],
  [512, [49, 35], [38, 45], [38, 45], [37, 46], [32, 53]],
  [800, [39, 44], [32, 54], [32, 54], [31, 55], [27, 62]],
  [1024, [33, 51], [28, 61], [28, 61], [27, 62], [25, 69]],
  [1600, [25, 68], [22, 78], [22, 78], [21, 79], [20, 86]],
  [2048, [21, 81], [19, 91], [19, 91], [18, 92], [17, 99]],
  [3120, [15, 114], [13, 124], [13, 124], [13, 125], [13, 132]],
  [4096, [12, 143], [11, 153], [11, 153], [11, 154], [10, 161]],
  [6144, [8, 205], [8, 215], [8, 215], [8, 216], [7, 223]],
  [8192, [6, 267], [6, 277], [6, 277], [6, 278], [6, 285]],
];
const keyLengths = [0, 4, 8, 44, 255];

const largest = [56664, 27998, 18452, 13682, 10796, 8906, 7548, 6518, 5726, 5064, 4566, 4136, 3768, 3440, 3174];
const largestWithKey8 = [56336, 27664, 18118, 13348, 10462, 8578, 7214];

describe('eckd geometry', () => {
  for (const [dataLength, ...columns] of capacity) {
    it(`fits so many records of ${dataLength} bytes on a track`, () => {
      columns.forEach(([records, cells], n) => {
        assert.equal(recordCells(keyLengths[n]!, dataLength), cells, `cells with a key of ${keyLengths[n]}`);
        assert.equal(recordsPerTrack(keyLengths[n]!, dataLength), records, `records with a key of ${keyLengths[n]}`);
      });
    });
  }

  it('fits 86 end-of-file records on a track', () => {
    assert.equal(recordCells(0, 0), 20);
    assert.equal(recordsPerTrack(0, 0), 86);
  });

  it('knows the longest records of which one to fifteen fit on a track', () => {
    largest.forEach((length, n) => {
      assert.equal(recordsPerTrack(0, length), n + 1);
      assert.ok(recordsPerTrack(0, length + 1) <= n, `${length + 1} bytes`);
    });
    largestWithKey8.forEach((length, n) => {
      assert.equal(recordsPerTrack(8, length), n + 1);
      assert.ok(recordsPerTrack(8, length + 1) <= n, `${length + 1} bytes with a key of 8`);
    });
  });

  it('gives the same capacity as the formula in bytes', () => {
    const up = (value: number) => Math.ceil(value / 34) * 34;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 56664 }), fc.integer({ min: 0, max: 255 }), (dataLength, keyLength) => {
        const key = keyLength === 0 ? 0 : up(34 * 9 + keyLength + 6 + 6 * Math.ceil((keyLength + 6) / 232));
        const data = up(34 * 19 + dataLength + 6 + 6 * Math.ceil((dataLength + 6) / 232));
        assert.equal(recordsPerTrack(keyLength, dataLength), Math.floor(58786 / (key + data)));
        assert.ok(recordCells(keyLength, dataLength) * recordsPerTrack(keyLength, dataLength) <= TRACK_CELLS);
      }),
    );
  });

  for (const [length, sectors] of [
    [4096, [6, 24, 41, 59, 77, 95, 113, 131, 149, 167, 184, 202]],
    [2048, [6, 16, 26, 36, 46, 56, 66, 77, 87, 97, 107, 117, 127, 137, 147, 158, 168, 178, 188, 198, 208]],
    [140, [6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39]],
  ] as const) {
    it(`gives the sectors of records of ${length} bytes`, () => {
      assert.deepEqual(
        sectors.map((_, n) => sectorOf(n + 1, length)),
        [...sectors],
      );
    });
  }

  it('reports the model that has room for the cylinders and their alternates', () => {
    const models = [1, 1114, 1115, 2227, 2228, 3340, 3341, 65520].map((cylinders) => identityOf(cylinders).model);
    assert.deepEqual(models, [0x02, 0x02, 0x06, 0x06, 0x0a, 0x0a, 0x0c, 0x0c]);
  });

  it('packs high bits of the cylinder into the head field', () => {
    assert.equal(addressOf(65_536 * HEADS + 14), 0x0000_001e);
    assert.equal(addressOf(65_535 * HEADS), 0xffff_0000);
    assert.equal(addressOf(0x12_3456 * HEADS + 7), 0x3456_0127);
    assert.equal(trackOfAddress(0, 0x0f), -1);
  });

  it('finds every track by its address', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MOST_CYLINDERS * HEADS - 1 }), (track) => {
        const bytes = new Uint8Array(6);
        putAddress(bytes, 1, track);
        assert.equal(getAddress(bytes, 1), track);
      }),
    );
  });
});
