import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { CcwspecError, toHex } from '../../../../src/plugins/index.js';
import {
  EckdDevice,
  format1,
  FreshVolume,
  HEADS,
  imageLength,
  openImage,
  OverlayVolume,
  type Layout,
  type Volume,
  writeCkdImage,
} from '../../../../plugins/eckd/devices/index.js';
import { composeTrack, TRACK_SIZE } from '../../../../plugins/eckd/devices/track.js';
import { makeCompatibleVolume, type Step, writeVtoc } from '../../../../plugins/eckd/programs/index.js';
import { commandOf } from '../../../../src/plugins/index.js';
import { ChannelStandIn } from '../channel-stand-in.js';
import { content, needHercules, tool } from '../hercules.js';

function sameTracks(actual: Volume, expected: Volume, tracks = actual.cylinders * HEADS): void {
  for (let track = 0; track < tracks; track++) {
    const [is, shouldBe] = [content(actual, track), content(expected, track)];
    if (is !== shouldBe) assert.equal(is.slice(0, 400), shouldBe.slice(0, 400), `track ${track}`);
  }
}

/** Asserts that `action` throws E-IMAGE with a message like `what`. */
function refuses(action: () => unknown, what: RegExp): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof CcwspecError, String(error));
    assert.equal(error.code, 'E-IMAGE');
    assert.match(error.message, what);
    return true;
  });
}

/** Runs the steps of a program on a device. */
function perform(stand: ChannelStandIn, steps: readonly Step[]): number {
  return stand.run(
    ...steps.map(({ command, data, buffer }) => ({
      code: typeof command === 'number' ? command : commandOf(command)!,
      ...(data === undefined ? { count: buffer?.length ?? 0 } : { data }),
    })),
  ).status;
}

describe('eckd volumes', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-volume-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A small uncompressed image. */
  function image(name = 'vol.ckd', cylinders = 2, layout: Layout = 'linux'): string {
    writeCkdImage(new FreshVolume(cylinders, 'IMG001', layout), file(name));
    return file(name);
  }

  describe('as Hercules makes them', () => {
    before(function () {
      needHercules(this);
    });

    const variants: readonly (readonly [layout: Layout, options: readonly string[], size: readonly string[]])[] = [
      ['default', ['-lfs'], ['3390', 'HRC001', '5']],
      ['linux', ['-lfs', '-linux'], ['3390', 'LNX001', '5']],
      ['raw', ['-lfs', '-r'], ['3390', '5']],
      ['linux', ['-0', '-linux'], ['3390-2', 'LNX001']],
      ['linux', ['-z', '-linux'], ['3390-9', 'LNX009']],
      ['linux', ['-0', '-linux'], ['3390', 'LNX0EQ', '4369']],
    ];
    for (const [layout, options, size] of variants) {
      it(`are the same as the fresh volume: dasdinit ${[...options, 'FILE', ...size].join(' ')}`, () => {
        tool('dasdinit', ...options, file('vol'), ...size);
        const volume = openImage(file('vol'), false);
        const volser = options.includes('-r') ? 'ANY' : size[1]!;
        const isSmall = volume.cylinders < 10;
        sameTracks(volume, new FreshVolume(volume.cylinders, volser, layout), isSmall ? undefined : 600);
        const last = volume.cylinders * HEADS - 1;
        assert.equal(content(volume, last), content(new FreshVolume(volume.cylinders, volser, layout), last));
        volume.close();
      });
    }

    it('are read from a compressed file as Hercules reads them', () => {
      for (const options of [['-0'], ['-z'], ['-bz2'], ['-z', '-linux'], ['-z', '-r']]) {
        rmSync(file('vol'), { force: true });
        rmSync(file('copy'), { force: true });
        tool('dasdinit', ...options, file('vol'), '3390', ...(options.includes('-r') ? [] : ['CMP001']), '20');
        tool('dasdcopy', '-lfs', file('vol'), file('copy'));
        const [volume, copy] = [openImage(file('vol'), false), openImage(file('copy'), false)];
        sameTracks(volume, copy);
        volume.close();
        copy.close();
      }
    });

    it('give the same image byte for byte', () => {
      tool('dasdinit', '-lfs', '-linux', file('theirs'), '3390', 'LNX001', '3');
      writeCkdImage(new FreshVolume(3, 'LNX001', 'linux'), file('ours'));
      assert.ok(readFileSync(file('ours')).equals(readFileSync(file('theirs'))));
    });

    it('are 3390-1 volumes of 948 810 752 bytes', () => {
      assert.equal(imageLength(1113), 948_810_752);
    });

    it('can be listed when they were written here', () => {
      const volume = new OverlayVolume(new FreshVolume(3, 'OLD001'));
      const stand = new ChannelStandIn(new EckdDevice({ volume }));
      const dataSet = {
        name: 'LINUX.VNEW01.PART0001.NATIVE',
        volumeSerial: 'NEW001',
        first: 2,
        last: 44,
        blockSize: 4096,
      };
      for (const steps of makeCompatibleVolume(45, 44, 'NEW001', dataSet)) assert.equal(perform(stand, steps), 0x0c);
      writeCkdImage(volume, file('vol'));
      const listing = tool('dasdls', file('vol'));
      assert.match(listing, /VOLSER=NEW001/);
      assert.match(listing, /LINUX\.VNEW01\.PART0001\.NATIVE/);
    });

    it('can be converted when they were written here, and read back', () => {
      const volume = new OverlayVolume(new FreshVolume(3, 'CNV001', 'linux'));
      writeCkdImage(volume, file('vol'));
      tool('dasdcopy', '-z', file('vol'), file('copy'));
      const copy = openImage(file('copy'), false);
      sameTracks(copy, volume);
      copy.close();
    });

    it('keep what is written in place, and pass their check', () => {
      for (const options of [['-0'], ['-z'], ['-z', '-linux']]) {
        rmSync(file('vol'), { force: true });
        tool('dasdinit', ...options, file('vol'), '3390-1', 'HRC001');
        const expected = new Map<number, string>();
        const volume = openImage(file('vol'), true);
        for (const [n, track] of [1, 2, 300, 1, 16_694, 2, 300, 1, 301].entries()) {
          const bytes = composeTrack(track, [
            { record: 1, data: Uint8Array.from({ length: 400 * (n + 1) }, (_, at) => (at * (n + 3)) & 0xff) },
          ]);
          volume.writeTrack(track, bytes, bytes.length);
          expected.set(track, toHex(bytes.subarray(0, -8)));
        }
        for (const [track, hex] of expected) assert.equal(content(volume, track), hex);
        volume.close();
        const report = tool('cckdcdsk', '-3', file('vol'));
        assert.doesNotMatch(report, /error|invalid|mismatch|repair/i, report);
        const again = openImage(file('vol'), false);
        for (const [track, hex] of expected) assert.equal(content(again, track), hex);
        again.close();
      }
    });

    it('can be in big-endian order', () => {
      tool('dasdinit', '-z', '-linux', file('vol'), '3390', 'BIG001', '20');
      tool('cckdswap', file('vol'));
      const volume = openImage(file('vol'), true);
      sameTracks(volume, new FreshVolume(20, 'BIG001', 'linux'));
      const bytes = composeTrack(7, [{ record: 1, data: 100 }]);
      volume.writeTrack(7, bytes, bytes.length);
      volume.close();
      tool('cckdswap', file('vol'));
      const swapped = openImage(file('vol'), false);
      assert.equal(content(swapped, 7), toHex(bytes.subarray(0, -8)));
      swapped.close();
    });

    it('can be a set of files', () => {
      writeCkdImage(new FreshVolume(5, 'SET001', 'linux'), file('vol_1.ckd'), 2);
      tool('dasdcopy', '-0', file('vol_1.ckd'), file('copy'));
      const copy = openImage(file('copy'), false);
      assert.equal(copy.cylinders, 5);
      sameTracks(copy, new FreshVolume(5, 'SET001', 'linux'));
      copy.close();
    });
  });

  it('are written to a set of files and read from it', () => {
    const names = writeCkdImage(new FreshVolume(5, 'SET001', 'linux'), file('vol_1.ckd'), 2);
    assert.deepEqual(names, [file('vol_1.ckd'), file('vol_2.ckd'), file('vol_3.ckd')]);
    const volume = openImage(names[0]!, true);
    assert.equal(volume.cylinders, 5);
    const bytes = composeTrack(74, [{ record: 1, data: 10 }]);
    volume.writeTrack(74, bytes, bytes.length);
    volume.close();
    const again = openImage(names[0]!, false);
    assert.equal(content(again, 74), toHex(bytes.subarray(0, -8)));
    sameTracks(again, new FreshVolume(5, 'SET001', 'linux'), 74);
    again.close();
  });

  it('are not changed unless they may be', () => {
    const name = image();
    const before = readFileSync(name);
    const stand = new ChannelStandIn(new EckdDevice({ volume: openImage(name, false) }));
    assert.equal(perform(stand, writeVtoc(30)), 0x0c);
    assert.ok(readFileSync(name).equals(before));
    stand.device.close!();
  });

  it('are changed in place when they may be, and stay whole', () => {
    const name = image();
    const volume = openImage(name, true);
    const dataSet = { name: 'A.B', volumeSerial: 'IMG001', first: 2, last: 29, blockSize: 4096 };
    assert.equal(perform(new ChannelStandIn(new EckdDevice({ volume })), writeVtoc(30, dataSet)), 0x0c);
    volume.close();
    assert.equal(statSync(name).size, imageLength(2));
    const bytes = readFileSync(name);
    const at = 512 + TRACK_SIZE + 21 + 2 * 148 + 8;
    assert.equal(toHex(bytes.subarray(at, at + 140)), toHex(format1(dataSet)));
  });

  it('hold any tracks, whatever is written when, in a compressed file', () => {
    const writes = fc.array(fc.tuple(fc.nat({ max: 39 }), fc.integer({ min: 0, max: 3000 }), fc.nat({ max: 255 })), {
      maxLength: 25,
    });
    const name = file('vol.cckd');
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), writes, (bigEndian, compressed, list) => {
        writeFileSync(name, emptyCompressedImage(300, bigEndian, compressed));
        const volume = openImage(name, true);
        const expected = new Map<number, string>();
        for (const [n, length, byte] of list) {
          const track = n * 110;
          const bytes = composeTrack(track, [{ record: 1, data: new Uint8Array(length).fill(byte) }]);
          volume.writeTrack(track, bytes, bytes.length);
          expected.set(track, toHex(bytes.subarray(0, -8)));
        }
        volume.close();
        const again = openImage(name, false);
        for (const [track, hex] of expected) assert.equal(content(again, track), hex);
        assert.equal(content(again, 1), toHex(composeTrack(1, []).subarray(0, -8)));
        again.close();
      }),
      { numRuns: 25 },
    );
  });

  it('end the access to a damaged track with invalid track format', () => {
    const name = image();
    const bytes = readFileSync(name);
    bytes[512 + 3 * TRACK_SIZE + 4] = 9;
    bytes.fill(0, 512 + 4 * TRACK_SIZE + 5, 512 + 5 * TRACK_SIZE);
    writeFileSync(name, bytes);
    const stand = new ChannelStandIn(new EckdDevice({ volume: openImage(name, false) }));
    for (const [head, sense1] of [
      [2, 0],
      [3, 0x40],
      [4, 0x40],
      [5, 0],
    ] as const) {
      assert.equal(stand.run({ code: 0x07, data: `00000000000${head}` }).sense[1], sense1, `head ${head}`);
    }
    stand.device.close!();
  });

  describe('that cannot be used are refused:', () => {
    it('a file that is not there', () => {
      refuses(() => openImage(file('none'), false), /cannot be opened/);
    });
    it('a folder', () => {
      refuses(() => openImage(folder, false), /not a regular file/);
    });
    it('an empty file', () => {
      writeFileSync(file('empty'), '');
      refuses(() => openImage(file('empty'), false), /truncated/);
    });
    it('a file of another kind', () => {
      writeFileSync(file('other'), new Uint8Array(5000).fill(0x41));
      refuses(() => openImage(file('other'), false), /does not begin with the header/);
    });
    for (const [id, what] of [
      ['FBA_C370', /FBA/],
      ['CKD_S370', /shadow/],
      ['CKD_C064', /64-bit/],
    ] as const) {
      it(`a file that begins with ${id}`, () => {
        const bytes = readFileSync(image());
        bytes.write(id, 0, 'latin1');
        writeFileSync(file('other'), bytes);
        refuses(() => openImage(file('other'), false), what);
      });
    }
    it('an image of another device type', () => {
      const bytes = readFileSync(image());
      bytes[16] = 0x80;
      writeFileSync(file('other'), bytes);
      refuses(() => openImage(file('other'), false), /another device type/);
    });
    it('a truncated image', () => {
      const name = image();
      truncateSync(name, imageLength(2) - 1);
      refuses(() => openImage(name, false), /truncated/);
    });
    it('an image that is too long', () => {
      const name = image();
      appendFileSync(name, 'x');
      refuses(() => openImage(name, false), /too long/);
    });
    it('a set of which a file is missing', () => {
      const names = writeCkdImage(new FreshVolume(5, 'SET001'), file('vol_1.ckd'), 2);
      rmSync(names[2]!);
      refuses(() => openImage(names[0]!, false), /vol_3\.ckd cannot be opened/);
    });
    it('a file of a set that is not its first', () => {
      const names = writeCkdImage(new FreshVolume(5, 'SET001'), file('vol_1.ckd'), 2);
      refuses(() => openImage(names[1]!, false), /file 2 of a set/);
    });

    /** A compressed image with the change that `change` makes to its two headers. */
    function compressed(change: (view: DataView) => void, extra: readonly number[] = []): string {
      const bytes = emptyCompressedImage(2, false, true, extra);
      change(new DataView(bytes.buffer));
      writeFileSync(file('vol.cckd'), bytes);
      return file('vol.cckd');
    }
    it('a compressed image that is truncated', () => {
      const name = compressed((view) => {
        view.setUint32(512 + 12, 9999, true);
      });
      refuses(() => openImage(name, false), /truncated/);
    });
    it('a free-space chain that loops', () => {
      const name = compressed(
        (view) => {
          view.setUint32(512 + 20, 1028, true);
          view.setUint32(512 + 32, 1000, true);
        },
        [1028 + 16, 16, 0, 0, 1028, 16, 0, 0],
      );
      refuses(() => openImage(name, false), /loops/);
    });
    it('a free-space chain that is longer than its header says', () => {
      const name = compressed(
        (view) => {
          view.setUint32(512 + 20, 1028, true);
          view.setUint32(512 + 32, 1, true);
        },
        [1028 + 16, 16, 0, 0, 0, 16, 0, 0],
      );
      refuses(() => openImage(name, false), /more free spaces/);
    });
    it('a table behind the end of the file', () => {
      const name = compressed((view) => {
        view.setUint32(1024, 0x1000_0000, true);
      });
      refuses(() => openImage(name, false), /behind its end/);
    });
    it('tracks in bzip2', () => {
      const stored = [...composeTrack(0, []).subarray(0, 5)];
      stored[0] = 2;
      const name = imageWithTrack(Uint8Array.from([...stored, 1, 2, 3]));
      refuses(() => openImage(name, false).readTrack(0), /bzip2/);
    });
    it('zlib data that are damaged, as a track that is no track', () => {
      const track = composeTrack(0, [{ record: 1, data: 600 }]);
      const zipped = deflateSync(track.subarray(5));
      const good = openImage(imageWithTrack(Uint8Array.of(1, 0, 0, 0, 0, ...zipped)), false);
      assert.equal(content(good, 0), toHex(track.subarray(0, -8)));
      zipped[4]! ^= 0xff;
      const volume = openImage(imageWithTrack(Uint8Array.of(1, 0, 0, 0, 0, ...zipped)), false);
      const stand = new ChannelStandIn(new EckdDevice({ volume }));
      assert.equal(stand.run({ code: 0x07, data: '000000000000' }).sense[1], 0x40);
    });

    /** A compressed image whose track 0 is stored as `stored`. */
    function imageWithTrack(stored: Uint8Array): string {
      const table = new Uint8Array(2048 + stored.length);
      const view = new DataView(table.buffer);
      for (let n = 0; n < 256; n++) view.setUint16(8 * n + 4, 1, true);
      view.setUint32(0, 1028 + 2048, true);
      view.setUint16(4, stored.length, true);
      view.setUint16(6, stored.length, true);
      table.set(stored, 2048);
      const bytes = new Uint8Array(1028 + table.length);
      bytes.set(emptyCompressedImage(2, false, true));
      bytes.set(table, 1028);
      const header = new DataView(bytes.buffer);
      header.setUint32(512 + 12, bytes.length, true);
      header.setUint32(1024, 1028, true);
      writeFileSync(file('vol.cckd'), bytes);
      return file('vol.cckd');
    }
  });
});

/** A compressed image without any tables; all tracks have record 0 only. `extra` are words behind the level-1 table. */
function emptyCompressedImage(
  cylinders: number,
  bigEndian: boolean,
  compressed: boolean,
  extra: readonly number[] = [],
): Uint8Array {
  const entries = Math.ceil((cylinders * HEADS) / 256);
  const bytes = new Uint8Array(1024 + 4 * entries + 4 * extra.length);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from('CKD_C370', 'latin1'));
  view.setUint32(8, HEADS, true);
  view.setUint32(12, TRACK_SIZE, true);
  bytes[16] = 0x90;
  bytes.set([0, 3, 1, bigEndian ? 2 : 0], 512);
  const words: readonly (readonly [offset: number, value: number])[] = [
    [4, entries],
    [8, 256],
    [12, bytes.length],
    [16, bytes.length],
  ];
  for (const [offset, value] of words) view.setUint32(512 + offset, value, !bigEndian);
  view.setUint32(512 + 40, cylinders, true);
  bytes[512 + 44] = 1;
  bytes[512 + 45] = compressed ? 1 : 0;
  extra.forEach((word, n) => {
    view.setUint32(1024 + 4 * entries + 4 * n, word, !bigEndian);
  });
  return bytes;
}
