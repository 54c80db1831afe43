import assert from 'node:assert/strict';
import { OrbBit, ScswBit, viewOf } from '../../../../src/harness/arch/index.js';
import {
  linux_6_1_176,
  linux_6_12_117,
  withDefect,
  defineDefect,
  withOverrides,
  type DriverProfile,
} from '../../../../src/harness/passthrough/profiles/index.js';
import { ccw, encodeCcws, ENDED, Rig } from './support/rig.js';

const CC = 0x40;
const IDA = 0x04;
const UNMAPPED = 0x80_0000;
const [old, current] = [linux_6_1_176.driver, linux_6_12_117.driver];
const nop = ccw(0x03, 0, 1);
const chained = ccw(0x03, 0, 1, CC);

/** Segments at 0x10000, 0x10100, …, each but the last with a TIC to the next. */
function linked(rig: Rig, segments: number): number {
  for (let segment = 0; segment < segments; segment++) {
    const at = 0x10000 + segment * 0x100;
    rig.guest.store(at, encodeCcws(segment === segments - 1 ? [nop] : [chained, ccw(0x08, at + 0x100, 0)]));
  }
  return rig.start({ channelProgramAddress: 0x10000 });
}

function withList(rig: Rig, control: number, words: readonly number[] = [0, 0x10000]): number {
  words.forEach((word, index) => {
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, word);
    rig.guest.store(0x4000 + index * 4, bytes);
  });
  return rig.run([ccw(0x02, 0x4000, 16, IDA)], { control });
}

function lists(rig: Rig): string[][] {
  return rig.host.recorder.starts.at(-1)!.idawLists.map((list) => list.map((word) => word.toString(16)));
}

describe('releases of the driver', () => {
  const rows: readonly [what: string, request: (rig: Rig) => number, before: number, after: number][] = [
    ['17 segments', (rig) => linked(rig, 17), 124, -22],
    ['CPA in a read-only mapping', (rig) => readOnly(rig).run([nop], { channelProgramAddress: 0x40_0000 }), -1, 124],
    ['NOP in a version-1 container', (rig) => ((rig.guest.pinning = false), rig.run([nop])), -13, 124],
    ['IDAWs of format 1', (rig) => withList(rig, 0, [0x10000]), -95, 124],
    ['IDAWs of format 1 with block size 2 KiB', (rig) => withList(rig, OrbBit.idaw2k, [0x10000]), -95, 124],
    ['IDAWs of format 2 with 2 KiB blocks', (rig) => withList(rig, OrbBit.format2Idaw | OrbBit.idaw2k), -95, 124],
    ['IDAWs of format 2 with 4 KiB blocks', (rig) => withList(rig, OrbBit.format2Idaw), 124, 124],
    ['unmapped list of format 1, count 0', (rig) => rig.run([ccw(0x02, UNMAPPED, 0, IDA)], { control: 0 }), -95, -22],
    ['no IDAWs, format 1', (rig) => rig.run([ccw(0x02, 0x3000, 8)], { control: 0 }), 124, 124],
    ['257 CCWs', (rig) => rig.run([...Array.from({ length: 256 }, () => chained), nop]), -22, -22],
  ];
  function readOnly(rig: Rig): Rig {
    rig.guest.map(0x40_0000, 0x2000, 'r');
    return rig;
  }
  for (const [what, request, before, after] of rows) {
    it(`${what}: ${before} in 6.1.176, ${after} in 6.12.117`, () => {
      assert.equal(request(Rig.open(old)), before);
      assert.equal(request(Rig.open(current)), after);
    });
  }

  it('6.1.176 hands on key 0, and the guest’s block size for its own 4 KiB lists', () => {
    const rig = Rig.open(old);
    rig.run([nop], { key: 9, control: OrbBit.idaw2k });
    assert.equal(viewOf(rig.fake.orbs[0]!).getUint32(4), 0x00c3_ff00);
  });

  it('6.1.176 pins a direct area with one call, and drops the offset of later IDAWs', () => {
    const rig = Rig.open(old);
    rig.host.recorder.recording = true;
    rig.run([ccw(0x02, 0x10800, 0x3000)]);
    assert.deepEqual(rig.guest.pinCalls, ['1000+1', '10800+4']);
    assert.deepEqual(
      lists(rig)[0],
      [0x10000, 0x11000, 0x12000, 0x13000].map((iova, index) =>
        (rig.guest.frameOf(iova) + (index === 0 ? 0x800 : 0)).toString(16),
      ),
    );
    rig.reset();
    rig.guest.store(0x4000, [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0x23]);
    rig.run([ccw(0x02, 0x4000, 0x1001, IDA)]);
    assert.equal(lists(rig)[0]![1], rig.guest.frameOf(0x20000).toString(16));
  });

  it('6.1.176 fetches across pages, from any byte', () => {
    const rig = Rig.open(old);
    rig.host.recorder.recording = true;
    const program = [...Array.from({ length: 20 }, (_, index) => ccw(0x03, 0, index + 1, CC)), nop];
    assert.equal(rig.run(program, { channelProgramAddress: 0x1f9c }), 124);
    assert.equal(rig.guest.pinCalls[0], '1f9c+2');
    const { ccws } = rig.host.recorder.starts[0]!.segments[0]!;
    const counts = Array.from({ length: 21 }, (_, index) => viewOf(ccws).getUint16(index * 8 + 2));
    assert.deepEqual(counts, [...Array.from({ length: 20 }, (_, index) => index + 1), 1]);
  });

  it('6.1.176 finds a TIC’s target among any number of segments', () => {
    const rig = Rig.open(old);
    rig.host.recorder.recording = true;
    const targets = Array.from({ length: 17 }, (_, index) => (index < 16 ? 0x10000 + index * 0x1000 : 0x207f8));
    for (const target of targets) rig.guest.store(target, encodeCcws([nop]));
    rig.guest.store(0x207f8, encodeCcws([chained, chained, nop]));
    const tics = [...targets, 0x20808].map((target) => ccw(0x08, target, 0, CC));
    assert.equal(rig.run([chained, ...tics, nop]), 124);
    const { segments } = rig.host.recorder.starts[0]!;
    assert.equal(segments.length, 18);
    assert.equal(viewOf(segments[0]!.ccws).getUint32(18 * 8 + 4), segments[17]!.address + 16);
  });

  it('6.1.176 leaves page offsets in the list of a CCW that moves nothing', () => {
    const rig = Rig.open(old);
    rig.host.recorder.recording = true;
    rig.run([ccw(0x03, 0x12345, 0x2000)]);
    assert.deepEqual(lists(rig), [['345', '0', '0']]);
    rig.reset();
    rig.guest.store(0x4000, [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    rig.run([ccw(0x03, 0x4000, 1, IDA)]);
    assert.deepEqual(lists(rig), [['100000ffe']]);
  });

  it('6.1.176 keeps regions, reports and eventfds from mdev to mdev; 6.12.117 does not', () => {
    for (const [profile, kept] of [
      [old, 0xaa],
      [current, 0],
    ] as const) {
      const rig = Rig.open(profile);
      rig.write(new Uint8Array(96).fill(0xaa), 24);
      rig.commonIo.pathAvailability(0x10, false);
      rig.settle();
      rig.device.close();
      rig.device.destroy();
      rig.device = rig.create();
      assert.equal(rig.device.open(rig.guest), 0);
      assert.equal(rig.irb()[0], kept);
      assert.equal((rig.read(3, 4) as Uint8Array)[0], kept === 0 ? 0 : 4);
    }
  });

  it('6.1.176 ends the program of a completion without waiting for the region, 6.12.117 does not', () => {
    for (const [profile, pinned] of [
      [old, 0],
      [current, 1],
    ] as const) {
      const rig = Rig.open(profile).arm();
      rig.scheduler.onPoint = (point) => {
        if (point !== 'driver:start-accepted') return;
        rig.fake.present({ control: ENDED });
        rig.settle();
        assert.equal(rig.storage.pinned, pinned);
        assert.equal(rig.eventfds[0]!.count, 0);
        assert.deepEqual(rig.host.workqueue.names, ['io-work']);
      };
      assert.equal(rig.run([ccw(0x02, 0x3000, 8)]), 124);
      rig.settle();
      assert.equal(viewOf(rig.irb()).getUint32(0), ENDED);
      assert.equal(rig.eventfds[0]!.count, 1);
      assert.equal(rig.device.stateName, 'IDLE');
    }
  });

  it('6.1.176 creates no mdev on a lost subchannel', () => {
    const rig = Rig.open(old);
    rig.fake.operational = false;
    rig.commonIo.evaluate(0);
    rig.device.close();
    rig.device.destroy();
    assert.equal(rig.driver.createDevice(), -19);
  });

  it('overrides replace pieces, and leave the rest', () => {
    const profile = withOverrides(linux_6_12_117, { driver: { mostSegments: 2 } });
    assert.equal(profile.driver.mostSegments, 2);
    assert.equal(profile.driver.transfersData, current.transfersData);
    const defect = defineDefect({ id: 'three', overrides: { driver: { mostSegments: 3 } } });
    const broken = withDefect(linux_6_12_117, defect);
    assert.equal(broken.name, 'linux-6.12.117+three');
    assert.equal(linked(Rig.open(broken.driver), 3), 124);
    assert.equal(linked(Rig.open(broken.driver), 4), -22);
  });
});

/** What each bug of 2026 does in the model, and that its fix is the whole difference. */
describe('bugs of 2026, brought back one by one', () => {
  const rows: readonly [id: string, pieces: Partial<DriverProfile>, provoke: (rig: Rig) => void, cve: string][] = [
    [
      'slot 257 is looked at',
      { slotsExamined: 257 },
      (rig) => rig.run([...Array.from({ length: 256 }, () => chained), nop]),
      'CVE-2026-80550',
    ],
    ['segments without limit', { mostSegments: Infinity }, (rig) => linked(rig, 60), 'CVE-2026-80554'],
    [
      'first IDAW read twice',
      { firstIdawRechecked: false },
      (rig) => {
        rig.scheduler.onPoint = (point) => {
          if (point === 'driver:idal-counted') rig.guest.store(0x4000, [0, 0, 0, 0, 0, 1, 0x0f, 0xff]);
        };
        withList(rig, OrbBit.format2Idaw);
      },
      'CVE-2026-80551',
    ],
    [
      'region number not checked',
      { regionNumberChecked: 'never' },
      (rig) => rig.device.read(new Uint8Array(4), 4, 77 * 1024),
      'CVE-2026-80552',
    ],
    [
      'region number checked at the entry only',
      { regionNumberChecked: 'entry' },
      (rig) => {
        rig.scheduler.onPoint = (point) => {
          if (point === 'driver:region-checked') rig.device.close();
        };
        assert.equal(rig.read(2, 52), -22);
      },
      'CVE-2026-80552',
    ],
    [
      'work runs after release',
      { workEndsWithRelease: false, workEndsWithClose: false },
      (rig) => {
        rig.fake.present({ control: ScswBit.alertStatus | ScswBit.statusPending });
        rig.device.state.ioWork.task.held = true;
        rig.settle();
        rig.device.close();
        rig.device.destroy();
        rig.device.state.ioWork.task.held = false;
        rig.settle();
      },
      'CVE-2026-80553',
    ],
    [
      'program freed under the subchannel lock',
      { notOperationalCleanup: 'direct' },
      (rig) => {
        rig.run([ccw(0x02, 0x3000, 8)]);
        rig.fake.operational = false;
        rig.commonIo.evaluate(0);
      },
      'CVE-2026-80549',
    ],
    [
      'completion and reset free the program at once',
      { completionLocks: 'region', closeFreesProgram: 'unlocked', workEndsWithClose: false },
      (rig) => {
        rig.run([ccw(0x02, 0x3000, 8)]);
        rig.fake.present({ control: ENDED });
        let resets = 0;
        rig.scheduler.onPoint = (point) => {
          if (point === 'driver:program-release' && resets++ === 0 && !rig.device.blocked) rig.reset();
        };
        rig.settle();
      },
      'CVE-2026-80548',
    ],
    [
      'report list without a lock',
      { crwListLocked: false },
      (rig) => {
        rig.commonIo.pathAvailability(0x10, false);
        rig.scheduler.onPoint = (point) => {
          if (point === 'driver:crw-found') rig.commonIo.pathAvailability(0x11, false);
        };
        rig.read(3, 8);
      },
      'CVE-2026-80547',
    ],
  ];
  for (const [id, pieces, provoke, cve] of rows) {
    it(`${id}: ${cve}`, () => {
      const broken = Rig.open({ ...current, ...pieces });
      provoke(broken);
      assert.deepEqual([...new Set(broken.host.faults.all.map((fault) => fault.cve))], [cve]);
      const sound = Rig.open();
      provoke(sound);
      assert.deepEqual(sound.host.faults.all, []);
    });
  }

  it('finished segments leak when a later one fails: CVE-2026-80555', () => {
    for (const [pieces, leaked] of [
      [{ releaseOnFailure: 'failing path' }, ['channel-program segment']],
      [{}, []],
    ] as const) {
      const rig = Rig.open({ ...current, ...pieces });
      rig.guest.store(0x2000, encodeCcws([nop]));
      assert.equal(rig.run([ccw(0x08, 0x2000, 0, CC), ccw(0x08, UNMAPPED, 0)]), -22);
      assert.deepEqual(rig.ledger(), leaked);
    }
  });

  it('a list of format 1 is read beyond its end', () => {
    for (const [pieces, result] of [
      [{ guestIdawLength: () => 8 }, -22],
      [{}, 124],
    ] as const) {
      const rig = Rig.open({ ...current, ...pieces });
      rig.guest.store(0xffff8, [0, 1, 0, 0, 0, 2, 0, 0]);
      assert.equal(rig.run([ccw(0x02, 0xffff8, 0x900, IDA)], { control: 0 }), result);
    }
  });

  it('a signal arrives after close', () => {
    for (const [pieces, signals] of [
      [{ workEndsWithClose: false }, 1],
      [{}, 0],
    ] as const) {
      const rig = Rig.open({ ...current, ...pieces }).arm();
      rig.fake.present({ control: ScswBit.alertStatus | ScswBit.statusPending });
      rig.device.state.ioWork.task.held = true;
      rig.settle();
      rig.device.close();
      rig.device.state.ioWork.task.held = false;
      rig.settle();
      assert.equal(rig.eventfds[0]!.count, signals);
    }
  });

  it('the first fix of the length count refused a legal program of 256 CCWs', () => {
    const rig = Rig.open({ ...current, longestSegment: 255 });
    assert.equal(rig.run(Array.from({ length: 256 }, (_, index) => (index < 255 ? chained : nop))), -22);
    assert.equal(rig.run(Array.from({ length: 255 }, (_, index) => (index < 254 ? chained : nop))), 124);
  });
});

describe('earlier bugs, brought back', () => {
  const { deviceActive, primaryStatus, startFunction, statusPending } = ScswBit;

  it('a program is freed by an interruption that is not final', () => {
    const rig = Rig.open({ ...current, isFinal: () => true });
    rig.run([ccw(0x02, 0x3000, 8)]);
    rig.fake.present({ control: startFunction | primaryStatus | statusPending | deviceActive });
    rig.settle();
    assert.equal(rig.storage.pinned, 0);
  });

  it('an unsolicited interruption makes the state IDLE while a program runs', () => {
    const rig = Rig.open({ ...current, idleAfter: 'any final interruption' });
    rig.run([ccw(0x02, 0x3000, 8)]);
    rig.fake.present({ control: ScswBit.alertStatus | statusPending });
    rig.settle();
    assert.equal(rig.device.stateName, 'IDLE');
  });

  it('the eventfd is signalled before the state is IDLE', () => {
    const rig = Rig.open({ ...current, signal: 'before idle' }).arm();
    rig.run([ccw(0x02, 0x3000, 8)]);
    const states: string[] = [];
    rig.eventfds[0]!.signal = () => states.push(rig.device.stateName);
    rig.fake.present({ control: ENDED });
    rig.settle();
    assert.deepEqual(states, ['CP_PENDING']);
  });

  it('the address behind the last CCW is not translated', () => {
    const rig = Rig.open({ ...current, addressBehindSegmentTranslated: false });
    rig.run([nop]);
    const host = viewOf(rig.fake.orbs[0]!).getUint32(8) + 8;
    rig.fake.present({ control: ENDED, ccwAddress: host });
    rig.settle();
    assert.equal(viewOf(rig.irb()).getUint32(4), host);
  });

  it('a TIC back ends the segment, and its target is scaled', () => {
    const rig = Rig.open({ ...current, ticReachesBack: false, ticDisplacement: (bytes) => bytes * 8 });
    rig.host.recorder.recording = true;
    assert.equal(rig.run([chained, chained, ccw(0x08, 0x1008, 0), nop]), 124);
    const [only] = rig.host.recorder.starts[0]!.segments;
    assert.equal(only!.ccws.length, 24);
    assert.equal(viewOf(only!.ccws).getUint32(20), only!.address + 64);
  });

  it('the program survives close with its pages', () => {
    const rig = Rig.open({ ...current, closeFreesProgram: 'never' });
    rig.run([ccw(0x02, 0x3000, 8)]);
    rig.fake.cancels = true;
    rig.device.close();
    assert.equal(rig.storage.pinned, 1);
  });

  it('transport mode is taken for a program', () => {
    const rig = Rig.open({ ...current, transportModeRefused: false });
    assert.equal(rig.run([nop], { control: OrbBit.channelProgramType }), 124);
  });
});
