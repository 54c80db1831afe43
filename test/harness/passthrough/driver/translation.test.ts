import assert from 'node:assert/strict';
import { makeOrb, OrbBit, ScswBit, viewOf, type Ccw } from '../../../../src/harness/arch/index.js';
import type { HostStart } from '../../../../src/harness/ports/target.js';
import { ccw, encodeCcws, ENDED, ioRequest, PRIMARY, Rig } from './support/rig.js';

const CC = 0x40;
const CD = 0x80;
const SLI = 0x20;
const SKIP = 0x10;
const IDA = 0x04;
const UNMAPPED = 0x80_0000;

function words(start: HostStart): string[][] {
  return start.idawLists.map((list) => list.map((word) => word.toString(16)));
}

function recording(): Rig {
  const rig = Rig.open();
  rig.host.recorder.recording = true;
  return rig;
}

function onlyStart(rig: Rig): HostStart {
  assert.equal(rig.host.recorder.starts.length, 1);
  return rig.host.recorder.starts[0]!;
}

function doublewords(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  values.forEach((value, index) => {
    viewOf(bytes).setBigUint64(index * 8, BigInt(value));
  });
  return bytes;
}

function fullwords(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, index) => {
    viewOf(bytes).setUint32(index * 4, value);
  });
  return bytes;
}

describe('translation of a channel program', () => {
  it('makes of the worked example what the reference says', () => {
    const rig = recording();
    rig.guest.store(0x2000, encodeCcws([ccw(0x02, 0x10800, 0x3000, CC), ccw(0x08, 0x2100, 0)]));
    rig.guest.store(0x2100, encodeCcws([ccw(0x03, 0, 1)]));
    assert.equal(rig.start({ channelProgramAddress: 0x2000 }), 124);
    assert.deepEqual(rig.guest.pinCalls, ['10800+1', '11000+3']);
    const start = onlyStart(rig);
    assert.equal(start.segments.length, 2);
    const [first, second] = start.segments;
    const ccws = viewOf(first!.ccws);
    assert.equal(ccws.getUint32(0), 0x0244_3000);
    assert.equal(ccws.getUint32(8), 0x0800_0000);
    assert.equal(ccws.getUint32(12), second!.address);
    assert.equal(viewOf(second!.ccws).getUint32(0), 0x0304_0001);
    assert.deepEqual(words(start), [
      [0x10800, 0x11000, 0x12000, 0x13000].map((iova) => (rig.guest.frameOf(iova) + (iova & 0xfff)).toString(16)),
      ['0'],
    ]);
    assert.equal(viewOf(start.orb).getUint32(8), first!.address);
    rig.fake.present({ control: ENDED, ccwAddress: second!.address + 8, deviceStatus: 0x0c });
    rig.settle();
    assert.equal(viewOf(rig.irb()).getUint32(4), 0x2108);
    rig.assertAtRest();
  });

  it('has no use for the format of the guest', () => {
    const rig = recording();
    const program = [ccw(0xe4, 0x3000, 20, CC | SLI), ccw(0x58, 0x1100, 7)];
    rig.guest.store(0x1000, encodeCcws(program, 0));
    rig.guest.store(0x1100, encodeCcws([ccw(0x04, 0x3800, 32)], 0));
    assert.equal(rig.start({ channelProgramAddress: 0x1000, format: 0 }), 124);
    const [first, second] = onlyStart(rig).segments;
    assert.equal(viewOf(first!.ccws).getUint32(0), 0xe464_0014);
    assert.equal(viewOf(first!.ccws).getUint32(8), 0x0800_0000);
    assert.equal(viewOf(first!.ccws).getUint32(12), second!.address);
    assert.equal(viewOf(second!.ccws).getUint32(0), 0x0404_0020);
  });

  it('warns about a request without prefetch once in 5 seconds', () => {
    const rig = Rig.open();
    const warnings = (): number => rig.host.log.lines.filter((line) => line.includes('prefetch')).length;
    for (const [at, count] of [
      [0, 1],
      [4.9e9, 1],
      [5e9, 2],
    ] as const) {
      rig.scheduler.runTo(at);
      assert.equal(rig.run([ccw(0x03, 0, 1)], { prefetch: false }), 124);
      rig.reset();
      assert.equal(warnings(), count);
    }
  });

  describe('chain length (section 4.4)', () => {
    const nop = (flags = 0): Ccw => ccw(0x03, 0, 1, flags);
    const tic = (address: number): Ccw => ccw(0x08, address, 0);
    const rows: readonly [what: string, program: readonly Ccw[], segments: readonly number[]][] = [
      ['command chaining', [nop(CC), nop(CC), nop(), nop()], [3]],
      ['data chaining', [ccw(0x02, 0x3000, 1, CD), ccw(0, 0x3100, 1, CD), ccw(0, 0x3200, 1), nop()], [3]],
      ['TIC to itself', [nop(CC), tic(0x1008), nop(), nop()], [3]],
      ['TIC back to the first CCW', [nop(CC), tic(0x1000), nop(), nop()], [3]],
      ['TIC back to an unaligned address', [nop(CC), tic(0x1004), nop()], [3]],
      ['TIC forward within reach', [nop(CC), tic(0x1018), nop(CC), nop(), nop()], [2, 1]],
      ['TIC to one beyond the end', [nop(CC), tic(0x1010), nop(CC), nop()], [2, 2]],
      ['TIC forward with chaining flag', [nop(CC), ccw(0x08, 0x1018, 0, CC), nop(CC), nop()], [4]],
      ['code 18 is no TIC', [ccw(0x18, 0x1000, 1), nop()], [1]],
      ['TIC as first CCW', [tic(0x1010), nop(), nop()], [1, 1]],
    ];
    for (const [what, program, segments] of rows) {
      it(what, () => {
        const rig = recording();
        assert.equal(rig.run(program), 124);
        assert.deepEqual(
          onlyStart(rig).segments.map(({ ccws }) => ccws.length / 8),
          segments,
        );
      });
    }

    it('accepts 256 CCWs and refuses 257', () => {
      const rig = Rig.open();
      const nops = Array.from({ length: 256 }, (_, index) => nop(index < 255 ? CC : 0));
      assert.equal(rig.run(nops), 124);
      rig.reset();
      assert.equal(rig.run([...nops.slice(0, 255), nop(CC), nop()]), -22);
      rig.assertAtRest();
    });

    it('lets a TIC to another segment lead into the middle of its copy', () => {
      const rig = recording();
      rig.guest.store(0x2000, encodeCcws([nop(CC), nop(CC), tic(0x1008)]));
      assert.equal(rig.run([nop(CC), nop(CC), tic(0x2000)]), 124);
      const [first, second] = onlyStart(rig).segments;
      assert.equal(viewOf(second!.ccws).getUint32(20), first!.address + 8);
    });
  });

  describe('what must be mapped (section 4.6)', () => {
    const rows: readonly [command: number, count: number, flags: number, moves: boolean][] = [
      [0x02, 0, 0, false],
      [0x01, 0, 0, false],
      [0x03, 8, 0, false],
      [0x02, 8, 0, true],
      [0x01, 8, 0, true],
      [0x07, 8, 0, true],
      [0x13, 1, 0, true],
      [0x0c, 8, 0, true],
      [0x04, 8, 0, true],
      [0xe4, 8, 0, true],
      [0x02, 8, SKIP, false],
      [0x06, 8, SKIP, false],
      [0x0c, 8, SKIP, false],
      [0x2c, 8, SKIP, false],
      [0x04, 8, SKIP, false],
      [0xe4, 8, SKIP, false],
      [0x01, 8, SKIP, true],
      [0x05, 8, SKIP, true],
      [0x07, 8, SKIP, true],
      [0x00, 8, 0, true],
    ];
    for (const [command, count, flags, moves] of rows) {
      it(`command ${command.toString(16)}, count ${count}, flags ${flags.toString(16)}: ${moves ? 'is' : 'is not'} pinned`, () => {
        const rig = Rig.open();
        assert.equal(rig.run([ccw(command, UNMAPPED, count, flags)]), moves ? -22 : 124);
        rig.reset();
        assert.equal(rig.run([ccw(command, 0x3000, count, flags)]), 124);
        assert.equal(rig.storage.pinned, moves ? 1 : 0);
        rig.reset();
        rig.assertAtRest();
      });
    }

    it('leaves the guest’s addresses in the list of a CCW that moves nothing', () => {
      const rig = recording();
      assert.equal(rig.run([ccw(0x03, 0x12345, 0x2000)]), 124);
      assert.deepEqual(words(onlyStart(rig)), [['12345', '13000', '14000']]);
    });

    it('packs them in words if the guest’s IDAWs are of format 1', () => {
      const rig = recording();
      assert.equal(rig.run([ccw(0x03, 0x12345, 0x1000)], { control: 0 }), 124);
      assert.deepEqual(words(onlyStart(rig)), [['1234500012800', '1300000000000', '0']]);
    });
  });

  describe('IDAW lists', () => {
    it('reads format 2 with 4 KiB blocks', () => {
      const rig = recording();
      rig.guest.store(0x4000, doublewords([0x10ff0, 0x20000, 0x30000]));
      assert.equal(rig.run([ccw(0x02, 0x4000, 0x1020, IDA)]), 124);
      assert.deepEqual(rig.guest.pinCalls, ['10ff0+1', '20000+1', '30000+1']);
      assert.deepEqual(
        words(onlyStart(rig))[0],
        [0x10ff0, 0x20000, 0x30000].map((iova) => (rig.guest.frameOf(iova) + (iova & 0xfff)).toString(16)),
      );
    });

    it('reads format 1, with a list that ends where the mapping ends', () => {
      const rig = recording();
      rig.guest.store(0xffff8, fullwords([0x10700, 0x20800]));
      assert.equal(rig.run([ccw(0x02, 0xffff8, 0x200, IDA)], { control: 0 }), 124);
      assert.deepEqual(words(onlyStart(rig))[0], [
        (rig.guest.frameOf(0x10000) + 0x700).toString(16),
        (rig.guest.frameOf(0x20000) + 0x800).toString(16),
      ]);
      assert.equal((viewOf(onlyStart(rig).orb).getUint32(4) & OrbBit.idaw2k) !== 0, true);
    });

    it('pins two halves of a page one by one, and keeps the offset of a later IDAW', () => {
      const rig = recording();
      rig.guest.store(0x4000, doublewords([0x10000, 0x10800, 0x20123]));
      assert.equal(rig.run([ccw(0x02, 0x4000, 0x1001, IDA)], { control: OrbBit.format2Idaw | OrbBit.idaw2k }), 124);
      assert.deepEqual(rig.guest.pinCalls, ['10000+1', '10800+1', '20123+1']);
      assert.equal(words(onlyStart(rig))[0]![2], (rig.guest.frameOf(0x20000) + 0x123).toString(16));
    });

    it('must be readable even if the count is 0', () => {
      const rig = Rig.open();
      assert.equal(rig.run([ccw(0x02, UNMAPPED, 0, IDA)]), -22);
      rig.assertAtRest();
    });

    it('refuses a first IDAW that has changed since it was counted', () => {
      const rig = Rig.open();
      rig.guest.store(0x4000, doublewords([0x10000, 0x20000]));
      rig.scheduler.onPoint = (point) => {
        if (point === 'driver:idal-counted') rig.guest.store(0x4000, doublewords([0x10fff]));
      };
      assert.equal(rig.run([ccw(0x02, 0x4000, 0x1000, IDA)]), -22);
      rig.assertAtRest();
    });
  });

  describe('results for bad programs (sections 4.13 and 4.14)', () => {
    const nop = ccw(0x03, 0, 1);
    const chained = ccw(0x03, 0, 1, CC);
    /** a chain of TIC targets: segment `n` at 0x10000 + n * 0x100 */
    function linked(segments: number): (rig: Rig) => number {
      return (rig) => {
        for (let segment = 0; segment < segments; segment++) {
          const at = 0x10000 + segment * 0x100;
          const last = segment === segments - 1;
          rig.guest.store(at, encodeCcws(last ? [nop] : [chained, ccw(0x08, at + 0x100, 0)]));
        }
        return rig.start({ channelProgramAddress: 0x10000 });
      };
    }
    const mapped = (access: 'r' | 'w') => (rig: Rig) => rig.guest.map(0x40_0000, 0x2000, access);
    const rows: readonly [what: string, request: (rig: Rig) => number, result: number][] = [
      ['CPA unmapped', (rig) => rig.start({ channelProgramAddress: UNMAPPED }), -22],
      ['CPA mapped, the end of its 2048 bytes not', (rig) => rig.run([nop], { channelProgramAddress: 0xff808 }), -22],
      ['2048 bytes up to the end of the mapping', (rig) => rig.run([nop], { channelProgramAddress: 0xff800 }), 124],
      [
        'CPA in a write-only mapping',
        (rig) => (mapped('w')(rig), rig.run([nop], { channelProgramAddress: 0x40_0000 })),
        -1,
      ],
      [
        'CPA in a read-only mapping',
        (rig) => (mapped('r')(rig), rig.run([nop], { channelProgramAddress: 0x40_0000 })),
        124,
      ],
      ['16 segments', linked(16), 124],
      ['17 segments', linked(17), -22],
      ['TIC target unmapped', (rig) => rig.run([chained, ccw(0x08, UNMAPPED, 0)]), -22],
      ['data unmapped', (rig) => rig.run([ccw(0x02, UNMAPPED, 8)]), -22],
      ['data page read-only, read', (rig) => (mapped('r')(rig), rig.run([ccw(0x02, 0x40_0000, 8)])), -1],
      ['data page read-only, write', (rig) => (mapped('r')(rig), rig.run([ccw(0x01, 0x40_0000, 8)])), -1],
      ['data page write-only', (rig) => (mapped('w')(rig), rig.run([ccw(0x02, 0x40_0000, 8)])), -1],
      ['container version 1', (rig) => ((rig.guest.pinning = false), rig.run([ccw(0x02, 0x3000, 8)])), -13],
      [
        'transport mode',
        (rig) => rig.start({ channelProgramAddress: UNMAPPED, control: OrbBit.channelProgramType }),
        -95,
      ],
      ['no prefetch', (rig) => rig.run([nop], { prefetch: false }), 124],
      ['format 0, count 0', (rig) => rig.run([ccw(0xe4, 0x3000, 0)], { format: 0 }), 124],
      ['command code 0', (rig) => rig.run([ccw(0, 0x3000, 8)]), 124],
      [
        'CPA with bit 0',
        (rig) => (rig.guest.map(0x8000_0000, 0x1000), rig.run([nop], { channelProgramAddress: 0x8000_0000 })),
        124,
      ],
      [
        'data address with bit 0',
        (rig) => (rig.guest.map(0x8000_0000, 0x1000), rig.run([ccw(0x02, 0x8000_0100, 8)])),
        124,
      ],
      ['unaligned CPA', (rig) => rig.run([nop], { channelProgramAddress: 0x1003 }), 124],
      ['memory limit in the middle', (rig) => ((rig.guest.pinLimit = 2), rig.run([ccw(0x02, 0x3000, 0x4000)])), -12],
      [
        'a bad TIC target is found before an earlier bad data address',
        (rig) => (mapped('w')(rig), rig.run([ccw(0x02, UNMAPPED, 8, CC), ccw(0x08, 0x40_0000, 0)])),
        -1,
      ],
      ['HALT in the I/O region', (rig) => rig.start({ channelProgramAddress: 0x1000 }, ScswBit.haltFunction), -95],
    ];
    for (const [what, request, result] of rows) {
      it(`${what}: ${result}`, () => {
        const rig = Rig.open();
        assert.equal(request(rig), result);
        if (result < 0) assert.equal(rig.device.stateName, 'IDLE');
        else rig.reset();
        rig.assertAtRest();
      });
    }

    it('copies three finished segments and the failing fourth, and leaves nothing of them', () => {
      const rig = Rig.open();
      rig.guest.store(0x2000, encodeCcws([chained, ccw(0x08, 0x3000, 0)]));
      rig.guest.store(0x3000, encodeCcws([nop]));
      assert.equal(rig.run([chained, ccw(0x08, 0x2000, 0, CC), ccw(0x08, UNMAPPED, 0)]), -22);
      rig.assertAtRest();
    });
  });

  describe('host ORB (section 4.7)', () => {
    it('keeps the guest’s key and controls, and replaces what must be replaced', () => {
      const rig = recording();
      const kept =
        OrbBit.suspendControl |
        OrbBit.streamingMode |
        OrbBit.modificationControl |
        OrbBit.synchronizationControl |
        OrbBit.initialStatusInterruption |
        OrbBit.addressLimitChecking |
        OrbBit.suppressSuspendedInterruption |
        OrbBit.incorrectLengthSuppression;
      rig.run([ccw(0x03, 0, 1)], { key: 9, format: 0, paths: 0x40, control: kept, interruptionParameter: 0x1234_5678 });
      const orb = viewOf(onlyStart(rig).orb);
      assert.equal(orb.getUint32(0), rig.subchannel.controlBlock);
      assert.equal(
        orb.getUint32(4),
        (0x9000_4000 | kept | OrbBit.prefetch | OrbBit.format | OrbBit.format2Idaw | OrbBit.idaw2k) >>> 0,
      );
    });

    it('uses the host’s paths for a logical path mask of 0, and reserved bits as they are', () => {
      const rig = recording();
      rig.run([ccw(0x03, 0, 1)], { paths: 0, prefetch: false, control: OrbBit.format2Idaw | 0x3e });
      assert.equal(viewOf(onlyStart(rig).orb).getUint32(4), 0x0082_c03e);
    });

    it('takes words 3 to 7 from the areas behind the ORB', () => {
      const rig = recording();
      rig.guest.store(0x1000, encodeCcws([ccw(0x03, 0, 1)]));
      const request = ioRequest(
        makeOrb({ channelProgramAddress: 0x1000, control: OrbBit.format2Idaw | OrbBit.extension }),
      );
      for (let at = 16; at < 32; at++) request[at] = at;
      assert.equal(rig.write(request), 124);
      assert.deepEqual([...onlyStart(rig).orb.subarray(12)], [...request.subarray(12, 32)]);
    });
  });

  describe('CCW address back to the guest (section 4.10)', () => {
    const rows: readonly [what: string, offset: number, guest: number | undefined][] = [
      ['first CCW', 0, 0x1000],
      ['last CCW', 16, 0x1010],
      ['one beyond the last', 24, 0x1018],
      ['between', 9, 0x1009],
      ['further beyond', 32, undefined],
      ['before the program', -8, undefined],
    ];
    for (const [what, offset, guest] of rows) {
      it(what, () => {
        const rig = recording();
        rig.run([ccw(0x03, 0, 1, CC), ccw(0x03, 0, 1, CC), ccw(0x03, 0, 1)]);
        const host = onlyStart(rig).segments[0]!.address + offset;
        rig.fake.present({ control: PRIMARY | ScswBit.startFunction | ScswBit.deviceActive, ccwAddress: host });
        rig.settle();
        assert.equal(viewOf(rig.irb()).getUint32(4), guest ?? host);
      });
    }

    it('keeps the misalignment of an unaligned program', () => {
      const rig = recording();
      rig.run([ccw(0x03, 0, 1)], { channelProgramAddress: 0x1003 });
      rig.fake.present({ control: ENDED, ccwAddress: onlyStart(rig).segments[0]!.address + 8 });
      rig.settle();
      assert.equal(viewOf(rig.irb()).getUint32(4), 0x100b);
    });

    it('translates nothing without a program', () => {
      const rig = Rig.open();
      rig.fake.present({ control: ScswBit.clearFunction | ScswBit.statusPending, ccwAddress: 0x1000 });
      rig.settle();
      assert.equal(viewOf(rig.irb()).getUint32(4), 0x1000);
    });
  });
});
