import assert from 'node:assert/strict';
import { commandOf, toHex } from '../../../../src/plugins/index.js';
import { EckdDevice, FreshVolume, type Layout, OverlayVolume } from '../../../../plugins/eckd/devices/index.js';
import * as programs from '../../../../plugins/eckd/programs/index.js';
import { ChannelStandIn } from '../channel-stand-in.js';

const NORMAL = 0x0c;

function stand(layout: Layout = 'linux'): ChannelStandIn {
  return new ChannelStandIn(new EckdDevice({ volume: new OverlayVolume(new FreshVolume(10, 'TEST01', layout)) }));
}

function run(channel: ChannelStandIn, steps: readonly programs.Step[]) {
  return channel.run(
    ...steps.map(({ command, data, buffer, count }) => ({
      code: typeof command === 'number' ? command : commandOf(command)!,
      ...(data === undefined ? { count: count ?? buffer?.length ?? 0 } : { data }),
    })),
  );
}

const parameters = (steps: readonly programs.Step[]) =>
  steps.filter(({ data }) => data !== undefined && data.length <= 32).map(({ data }) => toHex(data!));

describe('eckd programs', () => {
  const examples: readonly (readonly [what: string, steps: readonly programs.Step[], expected: readonly string[]])[] = [
    [
      'read block 100',
      programs.readBlocks({ first: 100, count: 1, regularFormat: true }),
      ['40c00000000000400000000800000008', '0680000100000008000000080 54d1000'.replace(' ', '')],
    ],
    [
      'read blocks 106 to 108',
      programs.readBlocks({ first: 106, count: 3, regularFormat: true }),
      ['40c00000000000400000000800000009', '068000030000000800000008 0bb81000'.replace(' ', '')],
    ],
    [
      'read block 2, the label',
      programs.readBlocks({ first: 2, count: 1, regularFormat: true }),
      ['40c00000000000000000000000000000', '06800001000000000000000003 0b0054'.replace(' ', '')],
    ],
    [
      'read block 12, the format-4 DSCB',
      programs.readBlocks({ first: 12, count: 1, regularFormat: true }),
      ['40c00000000000000000000100000001', '06800001000000010000000101 06008c'.replace(' ', '')],
    ],
    [
      'write block 100',
      programs.writeBlocks({ first: 100, count: 1, regularFormat: true }, new Uint8Array(4096)),
      ['80c00000000000400000000800000008', '01800001000000080000000805 4d1000'.replace(' ', '')],
    ],
    [
      'analysis on a 2107',
      programs.analysis(true),
      ['40c40000000000400000000000000001', '06000004000000000000000000000000', '06000001000000010000000100000000'],
    ],
    [
      'invalidate track 0',
      programs.invalidateTrack(0),
      ['00c40000000000040000000000000000', '03800001000000000000000000000008', '0000000001000000'],
    ],
    [
      'query host access',
      programs.readSubsystemData(programs.Suborder.queryHostAccess, 16410, 0x0120),
      ['1800000001201c0000000000'],
    ],
  ];
  for (const [what, steps, expected] of examples) {
    it(`sends what the driver sends: ${what}`, () => {
      assert.deepEqual(parameters(steps), expected);
    });
  }

  it('tells the layout of a volume', () => {
    const judged = (channel: ChannelStandIn) => {
      const { received, status } = run(channel, programs.analysis());
      assert.equal(status, NORMAL);
      return programs.judge(received.filter((_, n) => ![0, 1, 6].includes(n)));
    };
    assert.deepEqual(judged(stand()), { layout: 'compatible', blockSize: 4096 });
    const plain = stand('default');
    run(plain, programs.formatTracks({ first: 0, last: 2, blockSize: 1024, compatible: false }));
    assert.deepEqual(judged(plain), { layout: 'linux', blockSize: 1024 });
    const odd = stand('default');
    run(odd, programs.formatTracks({ first: 0, last: 1 }));
    run(
      odd,
      programs.writeRecords(
        0,
        [1, 2, 3, 4].map((record) => ({ record, data: new Uint8Array(100 * record) })),
      ),
    );
    assert.deepEqual(judged(odd), { layout: 'unsupported' });
  });

  it('finds no records on a volume that is not formatted', () => {
    assert.equal(run(stand('raw'), programs.analysis()).sense[1], 0x08);
  });

  it('formats tracks as a fresh volume of that layout has them', () => {
    const channel = stand('raw');
    assert.equal(run(channel, programs.formatTracks({ first: 0, last: 20 })).status, NORMAL);
    const fresh = stand();
    const tracks = (from: ChannelStandIn) => run(from, programs.readTracks(2, 20)).received.slice(2).map(toHex);
    assert.deepEqual(tracks(channel), tracks(fresh));
    assert.throws(() => programs.formatTracks({ first: 0, last: 21 }), RangeError);
  });

  it('reads what it wrote, labels and VTOC among it', () => {
    const channel = stand();
    const count = 40;
    const data = Uint8Array.from({ length: count * 4096 }, (_, n) => Math.floor(n / 4096) + 1);
    assert.equal(run(channel, programs.writeBlocks({ first: 0, count }, data)).status, NORMAL);
    const steps = programs.readBlocks({ first: 0, count });
    const { received, status } = run(channel, steps);
    assert.equal(status, NORMAL);
    const blocks = received.filter((_, n) => steps[n]?.buffer !== undefined);
    assert.deepEqual(
      blocks.map((bytes) => [bytes.length, bytes[0], bytes.at(-1)]),
      blocks.map((_, n) => [[28, 148, 84][n] ?? (n >= 12 && n < 24 ? 140 : 4096), n + 1, n + 1]),
    );
  });

  it('checks the format until no record is found', () => {
    const outcome = run(stand(), programs.checkFormat(2));
    assert.deepEqual([outcome.sense[1], outcome.at], [0x08, 2 + 24]);
  });

  it('leaves an end of file on an invalidated track', () => {
    const channel = stand();
    assert.equal(run(channel, programs.invalidateTrack(3)).status, NORMAL);
    const track = run(channel, programs.readTracks(3, 3)).received[2]!;
    assert.equal(toHex(track), `0000000300000008${'00'.repeat(8)}0000000301000000${'ff'.repeat(8)}`);
  });

  it('is built with its commands chained', () => {
    const { memory, labels, orb } = programs.program('analysis', programs.analysis());
    const first = memory.find(({ at }) => at === 0x1000)!;
    assert.ok(orb);
    assert.deepEqual([first.bytes[0], first.bytes[1], first.bytes[3]], [0x63, 0x40, 16]);
    assert.equal(labels.size, 5);
    const last = memory.find(({ at }) => at === 0x1000 + 7 * 8);
    const flags = last === undefined ? first.bytes[7 * 8 + 1] : last.bytes[1];
    assert.equal(flags, 0);
  });

  for (const [what, steps] of [
    ['sense ID', programs.senseId],
    ['characteristics', programs.readDeviceCharacteristics],
    ['configuration data', programs.readConfigurationData],
    ['path group', programs.sensePathGroup],
    [
      'set path group',
      programs.setPathGroup(programs.PathGroupFunction.establishMultipath, new Uint8Array(11).fill(7)),
    ],
    ['reserve', programs.reserve],
    ['release', programs.release],
    ['unconditional reserve', programs.unconditionalReserve],
    ['steal and release', programs.stealAndRelease],
    ['ping', programs.ping],
    ['unit addresses', programs.readSubsystemData(programs.Suborder.unitAddressConfiguration, 512)],
    ['subsystem characteristics', programs.setSubsystemCharacteristics(true)],
    ['VTOC', programs.writeVtoc(150)],
    ['label', programs.writeLabelTrack('NEWVOL')],
  ] as const) {
    it(`runs to its end: ${what}`, () => {
      assert.equal(run(stand(), steps).status, NORMAL);
    });
  }
});
