import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DeviceOperation, toHex } from '../../../../src/plugins/index.js';
import {
  behaviours,
  controlUnits,
  EckdDevice,
  FreshVolume,
  OverlayVolume,
  recordCells,
  TRACK_CELLS,
} from '../../../../plugins/eckd/devices/index.js';
import {
  countField,
  defineExtent,
  locateRecord,
  prefix,
  recordId,
  seekAddress,
} from '../../../../plugins/eckd/programs/index.js';
import { ChannelStandIn, type TestCommand } from '../channel-stand-in.js';

const NORMAL = 0x0c;
const UNIT_CHECK = 0x0e;

function channel(layout: 'default' | 'linux' = 'linux', cylinders = 1113, unit = '3990'): ChannelStandIn {
  const volume = new OverlayVolume(new FreshVolume(cylinders, 'TEST01', layout));
  return new ChannelStandIn(new EckdDevice({ volume, unit: controlUnits[unit]! }));
}

const all: TestCommand = { code: 0x63, data: defineExtent({ mask: 0xc0, first: 0, last: 1112 * 15 + 14 }) };
const at = (track: number, record: number, operation: number, count: number, lengthFactor = 0): TestCommand => ({
  code: 0x47,
  data: locateRecord({ operation, count, track, record, lengthFactor }),
});
const seekTo = (track: number): TestCommand => ({ code: 0x07, data: seekAddress(track) });
const writeCount = (
  track: number,
  record: number,
  keyLength: number,
  dataLength: number,
  rest = new Uint8Array(0),
) => ({
  code: 0x1d,
  data: Uint8Array.of(...countField(track, record, keyLength, dataLength), ...rest),
});
const sense1 = ({ sense }: { sense: Uint8Array }) => sense[1];

/** Writes records of the given key and data lengths on track 5, from record 1 on. */
function format(stand: ChannelStandIn, lengths: readonly (readonly [keyLength: number, dataLength: number])[]) {
  return stand.run(
    all,
    at(5, 0, 0x03, lengths.length),
    ...lengths.map(([keyLength, dataLength], n) => writeCount(5, n + 1, keyLength, dataLength)),
  );
}

describe('eckd records', () => {
  it('has room for 12 records of 4096 bytes, and not for a thirteenth', () => {
    assert.equal(format(channel(), new Array<[number, number]>(12).fill([0, 4096])).status, NORMAL);
    const outcome = format(channel(), new Array<[number, number]>(13).fill([0, 4096]));
    assert.deepEqual([outcome.status, sense1(outcome), outcome.at], [UNIT_CHECK, 0x40, 14]);
  });

  it('has room for 49 records of 512 bytes, and not for one more', () => {
    assert.equal(format(channel(), new Array<[number, number]>(49).fill([0, 512])).status, NORMAL);
    assert.equal(sense1(format(channel(), new Array<[number, number]>(50).fill([0, 512]))), 0x40);
  });

  it('has room for one record of 56664 bytes, and not for a longer one', () => {
    assert.equal(format(channel(), [[0, 56664]]).status, NORMAL);
    assert.equal(sense1(format(channel(), [[0, 56665]])), 0x40);
  });

  it('has on Hercules room for 13 records of 4096 bytes', () => {
    const volume = new OverlayVolume(new FreshVolume(1113, 'TEST01'));
    const stand = new ChannelStandIn(new EckdDevice({ volume, behaviour: behaviours['hercules-3.13']! }));
    assert.equal(format(stand, new Array<[number, number]>(13).fill([0, 4096])).status, NORMAL);
    assert.equal(sense1(format(stand, new Array<[number, number]>(14).fill([0, 4096]))), 0x40);
  });

  it('writes nothing of a record that does not fit', () => {
    const stand = channel();
    format(stand, [[0, 56665]]);
    assert.equal(stand.run(all, at(5, 12, 0x06, 1), { code: 0x86 }).received[2]!.length, 4096);
  });

  it('keeps a count field as it is given, another track in it or not', () => {
    const stand = channel();
    stand.run(all, at(5, 0, 0x03, 1), { code: 0x1d, data: 'feedbeefaa040008' });
    const { received } = stand.run(seekTo(5), { code: 0x1e });
    assert.equal(toHex(received[1]!), `feedbeefaa040008${'00'.repeat(12)}`);
  });

  it('fills with zeros what a short write leaves', () => {
    const stand = channel();
    stand.run(all, at(5, 1, 0x01, 1, 4096), { code: 0x85, data: new Uint8Array(4096).fill(0xee) });
    const outcome = stand.run(all, at(5, 1, 0x01, 1, 4096), { code: 0x85, data: 'abcd' });
    assert.equal(outcome.status, NORMAL);
    const data = stand.run(all, at(5, 1, 0x06, 1), { code: 0x86 }).received[2]!;
    assert.equal(toHex(data.subarray(0, 4)), 'abcd0000');
    assert.ok(data.subarray(2).every((byte) => byte === 0));
  });

  it('takes of a long record what its count field says', () => {
    const outcome = channel().run(all, at(5, 0, 0x03, 1), {
      code: 0x1d,
      data: Uint8Array.of(...countField(5, 1, 0, 8), ...new Uint8Array(100)),
    });
    assert.deepEqual([outcome.status, outcome.residual], [NORMAL, 92]);
  });

  it('erases what follows a record that is written', () => {
    const stand = channel();
    stand.run(
      { code: 0x1f, data: 'c0' },
      seekTo(5),
      { code: 0x31, data: recordId(5, 3), loop: 0 },
      writeCount(5, 4, 0, 8),
    );
    const counts = stand.run(seekTo(5), ...new Array<TestCommand>(5).fill({ code: 0x12 })).received;
    assert.deepEqual(
      counts.slice(1).map((bytes) => bytes[4]),
      [1, 2, 3, 4, 1],
    );
  });

  it('leaves nothing behind an erase', () => {
    const stand = channel();
    const outcome = stand.run(all, at(5, 3, 0x0b, 1, 8), { code: 0x11, data: countField(5, 4, 0, 8) });
    assert.equal(outcome.status, NORMAL);
    const { received } = stand.run(seekTo(5), { code: 0x5e });
    assert.equal(received[1]!.length, 3 * (8 + 4096));
  });

  it('goes to the next track in a format domain, behind its record 0', () => {
    const stand = channel();
    const next: TestCommand = { code: 0x9d, data: countField(6, 1, 0, 16) };
    assert.equal(stand.run(all, at(5, 0, 0x03, 2), writeCount(5, 1, 0, 8), next).status, NORMAL);
    const { received } = stand.run(seekTo(6), { code: 0x5e });
    assert.equal(toHex(received[1]!), `0000000601000010${'00'.repeat(16)}`);
  });

  it('crosses to the next track in a read domain', () => {
    const stand = channel();
    const mark = (track: number, record: number, byte: number) =>
      stand.run(all, at(track, record, 0x01, 1, 4096), { code: 0x85, data: new Uint8Array(4096).fill(byte) });
    mark(14, 11, 1);
    mark(14, 12, 2);
    mark(15, 1, 3);
    const { received, status } = stand.run(all, at(14, 11, 0x06, 3), { code: 0x86 }, { code: 0x86 }, { code: 0x86 });
    assert.equal(status, NORMAL);
    assert.deepEqual(
      received.slice(2).map((data) => data[0]),
      [1, 2, 3],
    );
  });

  it('writes the found record and those that follow', () => {
    const stand = channel();
    const data = (byte: number) => ({ code: 0x85, data: new Uint8Array(4096).fill(byte) });
    assert.equal(stand.run(all, at(5, 12, 0x01, 2, 4096), data(7), data(8)).status, NORMAL);
    assert.equal(stand.run(all, at(5, 12, 0x06, 1), { code: 0x86 }).received[2]![100], 7);
    assert.equal(stand.run(all, at(6, 1, 0x06, 1), { code: 0x86 }).received[2]![100], 8);
  });

  it('transfers key, then data', () => {
    const stand = channel();
    const keyAndData = Uint8Array.from({ length: 140 }, (_, n) => n + 1);
    assert.equal(stand.run(all, at(1, 3, 0x01, 1, 140), { code: 0x8d, data: keyAndData }).status, NORMAL);
    assert.deepEqual(stand.run(all, at(1, 3, 0x06, 1), { code: 0x8e }).received[2], keyAndData);
    assert.deepEqual(stand.run(all, at(1, 3, 0x06, 1), { code: 0x86 }).received[2], keyAndData.slice(44));
  });

  it('ends reads and writes of a record without data with unit exception', () => {
    const stand = channel();
    format(stand, [[0, 0]]);
    assert.equal(stand.run(seekTo(5), { code: 0x31, data: recordId(5, 1), loop: 0 }, { code: 0x06 }).status, 0x0d);
    const write = stand.run(
      { code: 0x1f, data: 'c0' },
      seekTo(5),
      { code: 0x31, data: recordId(5, 1), loop: 0 },
      {
        code: 0x05,
        data: '00',
      },
    );
    assert.deepEqual([write.status, write.residual], [0x0d, 1]);
  });

  it('reads record 0 and the home address', () => {
    const { received } = channel().run(seekTo(5), { code: 0x1a }, { code: 0x16 });
    assert.equal(toHex(received[1]!), '0000000005');
    assert.equal(toHex(received[2]!), '00000005000000080000000000000000');
  });

  it('reads a whole track, record 0 first and eight bytes of ones last', () => {
    const { received } = channel().run(all, at(1, 0, 0x0c, 2), { code: 0xde }, { code: 0xde });
    const [, , first, second] = received;
    assert.equal(first!.length, 16 + 12 * 148 + 8);
    assert.equal(toHex(first!.subarray(0, 8)), '0000000100000008');
    assert.equal(toHex(first!.subarray(-8)), 'ff'.repeat(8));
    assert.equal(second!.length, 16 + 12 * 4104 + 8);
  });

  it('passes the tracks that a track set leaves out', () => {
    const stand = channel('linux', 1113, '2107');
    const locate = { code: 0x4b, data: '7f000002000000020000000200ff0000000e0001a0' };
    const { received, status } = stand.run(all, locate, { code: 0xde }, { code: 0xde });
    assert.equal(status, NORMAL);
    assert.deepEqual([received[2]![3], received[3]![3]], [2, 4]);
  });

  it('goes on to the next head in a multitrack read, and not beyond the cylinder', () => {
    const stand = channel('default');
    for (const track of [1, 2]) stand.run(all, at(track, 0, 0x03, 1), writeCount(track, 1, 0, 8));
    const { received, status } = stand.run(seekTo(1), { code: 0x92 }, { code: 0x92 }, { code: 0x92 });
    assert.deepEqual([received[1]![3], received[2]![3], status], [1, 2, UNIT_CHECK]);
  });

  for (const [code, what, satisfied] of [
    [0x31, 'equal', [false, true, false]],
    [0x51, 'high', [false, false, true]],
    [0x71, 'equal or high', [false, true, true]],
  ] as const) {
    it(`searches for an ID ${what}`, () => {
      const status = [6, 5, 4].map((record) => {
        const stand = channel();
        return stand.run(
          all,
          at(5, 5, 0x00, 0),
          { code: 0x07, data: seekAddress(5) },
          {
            code: 0x31,
            data: recordId(5, 4),
            loop: 0,
          },
          { code, data: recordId(5, record) },
        ).status;
      });
      assert.deepEqual(
        status,
        satisfied.map((is) => (is ? 0x4c : NORMAL)),
      );
    });
  }

  it('searches for keys and passes records that have none', () => {
    const stand = channel();
    const search = stand.run(seekTo(0), { code: 0x29, data: 'e5d6d3f1', loop: 0 }, { code: 0x06 });
    assert.equal(search.status, NORMAL);
    assert.equal(toHex(search.received.at(-1)!.subarray(0, 4)), 'e5d6d3f1');
    assert.equal(sense1(stand.run(seekTo(2), { code: 0x29, data: 'e5d6d3f1', loop: 0 }, { code: 0x06 })), 0x08);
  });

  it('understands cylinders above 65 535', () => {
    const cylinders = 70_000;
    const track = 66_000 * 15 + 3;
    const stand = channel('linux', cylinders, '2107');
    const extent = { code: 0x63, data: defineExtent({ mask: 0x80, first: track, last: track }) };
    const data = new Uint8Array(4096).fill(0x42);
    assert.equal(stand.run(extent, at(track, 7, 0x01, 1, 4096), { code: 0x85, data }).status, NORMAL);
    const search = stand.run(
      { code: 0x07, data: seekAddress(track) },
      { code: 0x31, data: recordId(track, 7), loop: 0 },
      { code: 0x06 },
    );
    assert.deepEqual(search.received.at(-1), data);
    const characteristics = stand.run({ code: 0x64 }).received[0]!;
    assert.equal(toHex(characteristics.subarray(12, 14)), 'fffe');
    assert.equal(toHex(characteristics.subarray(60)), '00011170');
    assert.equal(toHex(stand.run({ code: 0x07, data: seekAddress(cylinders * 15) }).sense.subarray(27)), 'b001d00013');
  });

  it('does with prefix what define extent and locate record do', () => {
    const stand = channel('linux', 1113, '2107');
    const extent = { mask: 0x80, first: 5, last: 5 };
    const data = new Uint8Array(4096).fill(0x77);
    const locate = { operation: 0x01, count: 1, track: 5, record: 2, lengthFactor: 4096 };
    const write = stand.run({ code: 0xe7, data: prefix(extent, locate) }, { code: 0x85, data });
    assert.deepEqual([write.status, write.residual], [NORMAL, 0]);
    assert.deepEqual(stand.run(all, at(5, 2, 0x06, 1), { code: 0x86 }).received[2], data);
    const alone = stand.run({ code: 0xe7, data: prefix(extent) });
    assert.deepEqual([alone.status, alone.residual], [NORMAL, 0]);
    const { received } = stand.run({ code: 0x27, data: '180000000000410000000000' }, { code: 0x3e });
    assert.equal(received[1]![8], 0x01);
  });

  it('leaves on Hercules a residual count of 36 after a prefix that is an extent only', () => {
    const volume = new OverlayVolume(new FreshVolume(100, 'TEST01'));
    const device = new EckdDevice({ volume, unit: controlUnits['2107']!, behaviour: behaviours['hercules-3.13']! });
    const stand = new ChannelStandIn(device);
    assert.equal(stand.run({ code: 0xe7, data: prefix({ first: 0, last: 1 }) }).residual, 36);
    const { received } = stand.run({ code: 0x27, data: '180000000000410000000000' }, { code: 0x3e });
    assert.deepEqual(received[1], new Uint8Array(256));
  });

  it('hands out data without copying them', () => {
    const stand = channel();
    const operation = new DeviceOperation(stand.path);
    const views = [1, 2].map(() => {
      stand.one(all, false, true);
      stand.one(at(5, 1, 0x06, 1), true, true);
      operation.command = 0x86;
      operation.chained = true;
      operation.chaining = false;
      stand.device.select(operation);
      stand.device.end(operation, 4096);
      return operation.data;
    });
    assert.equal(views[0], views[1]);
  });

  it('gives back what was written, for any records and any updates', () => {
    const lengths = fc.tuple(
      fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 255 })),
      fc.integer({ min: 1, max: 4000 }),
    );
    const track = fc.array(lengths, { minLength: 1, maxLength: 12 });
    const updates = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 11 }), fc.nat({ max: 255 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(track, { minLength: 3, maxLength: 3 }), updates, (tracks, changes) => {
        const stand = channel('default', 2);
        const extent = { code: 0x63, data: defineExtent({ mask: 0xc0, first: 0, last: 29 }) };
        const expected: Uint8Array[][] = [];
        tracks.forEach((records, number) => {
          let cells = 0;
          const kept: Uint8Array[] = [];
          for (const [n, [keyLength, dataLength]] of records.entries()) {
            const content = new Uint8Array(keyLength + dataLength).fill(16 * number + n + 1);
            const fits = cells + recordCells(keyLength, dataLength) <= TRACK_CELLS;
            const outcome = stand.run(
              extent,
              at(number, n, 0x03, 1),
              writeCount(number, n + 1, keyLength, dataLength, content),
            );
            assert.equal(outcome.status, fits ? NORMAL : UNIT_CHECK);
            if (!fits) break;
            cells += recordCells(keyLength, dataLength);
            kept.push(content);
          }
          expected.push(kept);
        });
        for (const [number, n, byte] of changes) {
          const content = expected[number]?.[n];
          const keyLength = tracks[number]?.[n]?.[0] ?? 0;
          if (content === undefined) continue;
          const data = content.subarray(keyLength).fill(byte);
          const outcome = stand.run(extent, at(number, n + 1, 0x01, 1, data.length), { code: 0x85, data });
          assert.equal(outcome.status, NORMAL);
        }
        expected.forEach((records, number) => {
          const operation = records.length;
          const { received } = stand.run(
            extent,
            at(number, 0, 0x06, operation),
            ...records.map((): TestCommand => ({ code: 0x9e })),
          );
          records.forEach((content, n) => {
            assert.deepEqual(received[2 + n]!.subarray(8), content, `track ${number} record ${n + 1}`);
          });
        });
      }),
      { numRuns: 60 },
    );
  });
});
