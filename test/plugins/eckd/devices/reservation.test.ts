import assert from 'node:assert/strict';
import { toHex } from '../../../../src/plugins/index.js';
import { behaviours, EckdDevice, FreshVolume, OverlayVolume } from '../../../../plugins/eckd/devices/index.js';
import { ChannelStandIn } from '../channel-stand-in.js';

const NORMAL = 0x0c;
const BUSY = 0x10;
const UNIT_CHECK = 0x0e;
const DEVICE_END = 0x04;

const reserve = { code: 0xb4, count: 32 };
const release = { code: 0x94, count: 32 };
const unconditionalReserve = { code: 0x14, count: 32 };
const sensePathGroup = { code: 0x34, count: 12 };
const read = { code: 0x64, count: 64 };
const badSeek = { code: 0x07, data: '00000000000f' };

const ID_A = 'a1a1a1a1a1a1a1a1a1a1a1';
const ID_B = 'b2b2b2b2b2b2b2b2b2b2b2';
const setGroup = (code: string, id: string) => ({ code: 0xaf, data: code + id });

function hosts(platform = 'architecture') {
  const volume = new OverlayVolume(new FreshVolume(10, 'TEST01'));
  const device = new EckdDevice({ volume, behaviour: behaviours[platform]! });
  return { device, a: new ChannelStandIn(device, 0), b: new ChannelStandIn(device, 1) };
}

/** A host with two paths in one multipath group, and another host. */
function twoPaths() {
  const { device, a, b } = hosts();
  const a2 = new ChannelStandIn(device, 0, 1);
  a.run(setGroup('80', ID_A));
  a2.run(setGroup('80', ID_A));
  return { device, a, a2, b };
}

const state = (path: ChannelStandIn) => path.run(sensePathGroup).received[0]![0];

describe('eckd reservation', () => {
  it('answers reserve and release with sense data that say nothing', () => {
    const { a } = hosts();
    for (const command of [reserve, reserve, release, release]) {
      const { status, received } = a.run(command);
      assert.equal(status, NORMAL);
      assert.equal(toHex(received[0]!), `${'00'.repeat(27)}8000000000`);
    }
  });

  it('keeps another host out until release, and then presents device end once', () => {
    const { a, b } = hosts();
    a.run(reserve);
    assert.equal(b.run(read).status, BUSY);
    assert.equal(b.run(read).status, BUSY);
    assert.deepEqual(b.unsolicitedStatus, []);
    a.run(release);
    assert.deepEqual(b.unsolicitedStatus, [DEVICE_END]);
    assert.equal(b.run(read).status, NORMAL);
    a.run(release);
    assert.deepEqual(b.unsolicitedStatus, [DEVICE_END]);
  });

  it('does not let another host release', () => {
    const { a, b } = hosts();
    a.run(reserve);
    assert.equal(b.run(release).status, BUSY);
    assert.equal(b.run(read).status, BUSY);
    assert.equal(a.run(read).status, NORMAL);
  });

  it('answers sense ID and sense path group ID while it is reserved elsewhere', () => {
    const { a, b } = hosts();
    a.run(reserve);
    assert.equal(b.run({ code: 0xe4 }).status, NORMAL);
    assert.equal(b.run(sensePathGroup).status, NORMAL);
  });

  it('tells to whom it is reserved', () => {
    const { a, b } = hosts();
    assert.deepEqual([state(a), state(b)], [0x00, 0x00]);
    a.run(reserve);
    assert.deepEqual([state(a), state(b)], [0x30, 0x20]);
    a.run(release);
    assert.deepEqual([state(a), state(b)], [0x00, 0x00]);
  });

  it('tells on Hercules nothing of a group or a reservation', () => {
    const { a, b } = hosts('hercules-3.13');
    a.run(setGroup('80', ID_A));
    assert.equal(state(a), 0x00);
    a.run(reserve);
    assert.deepEqual([state(a), state(b)], [0x00, 0x00]);
    assert.equal(b.run(read).status, NORMAL);
  });

  it('goes to the host that reserves unconditionally, and tells the loser once', () => {
    const { a, b } = hosts();
    a.run(reserve);
    assert.equal(b.run(unconditionalReserve).status, NORMAL);
    assert.equal(state(b), 0x30);
    assert.equal(a.run(read).status, BUSY);
    b.run(release);
    assert.deepEqual(a.unsolicitedStatus, [DEVICE_END]);
    const told = a.run(read);
    assert.deepEqual([told.status, told.sense[7], told.sense[27]! & 0x80], [UNIT_CHECK, 0x3f, 0x80]);
    assert.equal(a.run(read).status, NORMAL);
  });

  it('is made by an unconditional reserve of a free device', () => {
    const { a, b } = hosts();
    a.run(unconditionalReserve);
    assert.equal(b.run(read).status, BUSY);
    assert.equal(a.run(read).status, NORMAL);
  });

  it('is gone after unconditional reserve and release in one program', () => {
    const { a, b } = hosts();
    assert.equal(a.run(unconditionalReserve, release).status, NORMAL);
    assert.equal(b.run(read).status, NORMAL);
  });

  it('breaks a program in progress with an unconditional reserve', () => {
    const { a, b } = hosts();
    a.one({ code: 0x64, count: 64 }, false, true);
    assert.equal(b.run(unconditionalReserve, release).status, NORMAL);
    assert.equal(a.one({ code: 0x64, count: 64 }, true, false).status, UNIT_CHECK);
  });

  it('survives selective reset and halt', () => {
    const { device, a, b } = hosts();
    a.run(reserve);
    device.selectiveReset(a.path);
    device.halt(a.path);
    assert.equal(b.run(read).status, BUSY);
  });

  it('ends with the system reset of its only path', () => {
    const { device, a, b } = hosts();
    a.run(reserve);
    b.run(read);
    device.systemReset(a.path);
    assert.deepEqual(b.unsolicitedStatus, [DEVICE_END]);
    assert.equal(b.run(read).status, NORMAL);
  });

  it('is kept by the other path of a group when one is reset, and ends with the last', () => {
    const { device, a, a2, b } = twoPaths();
    a.run(reserve);
    device.systemReset(a.path);
    assert.equal(b.run(read).status, BUSY);
    assert.equal(a2.run(read).status, NORMAL);
    device.systemReset(a2.path);
    assert.equal(b.run(read).status, NORMAL);
  });

  it('lets every path of the group work, and release', () => {
    const { a, a2, b } = twoPaths();
    a.run(reserve);
    assert.equal(a2.run(read).status, NORMAL);
    assert.equal(state(a2), 0xf8);
    a2.run(release);
    assert.equal(b.run(read).status, NORMAL);
  });

  it('stays with the path that disbands its group', () => {
    const { a, a2, b } = twoPaths();
    a.run(reserve);
    assert.equal(a2.run(setGroup('a0', ID_A)).status, NORMAL);
    assert.deepEqual([state(a2), state(a), state(b)], [0x30, 0x20, 0x20]);
  });

  it('is kept by the other paths when one resigns', () => {
    const { a, a2 } = twoPaths();
    a.run(reserve);
    a.run(setGroup('c0', ID_A));
    assert.equal(state(a2), 0xf8);
    assert.equal(state(a), 0xa8);
  });

  it('owes device end to one path of a group', () => {
    const { a, a2, b } = twoPaths();
    b.run(reserve);
    a.run(read);
    a2.run(read);
    b.run(release);
    assert.equal(a.unsolicitedStatus.length + a2.unsolicitedStatus.length, 1);
  });

  it('forgets what it owes to a path that is reset', () => {
    const { device, a, b } = hosts();
    a.run(reserve);
    b.run(read);
    device.systemReset(b.path);
    a.run(release);
    assert.deepEqual(b.unsolicitedStatus, []);
  });

  it('ends by reset allegiance of another host', () => {
    const { a, b } = hosts();
    a.run(reserve);
    assert.equal(b.run({ code: 0x44, count: 32 }).status, NORMAL);
    assert.equal(b.run(read).status, NORMAL);
    assert.equal(a.run(read).sense[7], 0x3f);
  });
});

describe('eckd contingent allegiance', () => {
  it('keeps another host out until the sense data are fetched', () => {
    const { a, b } = hosts();
    a.concurrentSense = false;
    assert.equal(a.run(badSeek).status, UNIT_CHECK);
    assert.equal(b.run(read).status, BUSY);
    assert.equal(a.run({ code: 0x03, count: 1 }).status, NORMAL);
    assert.equal(b.run(read).status, BUSY);
    assert.equal(a.run({ code: 0x04, count: 32 }).received[0]![7], 4);
    assert.deepEqual(b.unsolicitedStatus, [DEVICE_END]);
    assert.equal(b.run(read).status, NORMAL);
  });

  it('ends at once with concurrent sense', () => {
    const { a, b } = hosts();
    a.run(badSeek);
    assert.equal(b.run(read).status, NORMAL);
  });

  it('ends with a selective reset', () => {
    const { device, a, b } = hosts();
    a.concurrentSense = false;
    a.run(badSeek);
    device.selectiveReset(a.path);
    assert.equal(b.run(read).status, NORMAL);
    assert.equal(a.run({ code: 0x04, count: 32 }).received[0]![0], 0);
  });

  it('ends when another path of the group has a command accepted', () => {
    const { a, a2, b } = twoPaths();
    a.concurrentSense = false;
    a.run(badSeek);
    a2.run(read);
    assert.equal(b.run(read).status, NORMAL);
  });

  it('keeps another host out between the commands of a program', () => {
    const { device, a, b } = hosts();
    a.one(read, false, true);
    assert.equal(b.run(read).status, BUSY);
    device.chainEnded(a.path);
    assert.deepEqual(b.unsolicitedStatus, [DEVICE_END]);
    assert.equal(b.run(read).status, NORMAL);
  });
});

describe('eckd path groups', () => {
  it('begin reset, without an identifier', () => {
    const { a } = hosts();
    assert.equal(toHex(a.run(sensePathGroup).received[0]!), '00'.repeat(12));
  });

  for (const [what, code, byte0] of [
    ['in multipath mode', '80', 0xc8],
    ['in single-path mode', '00', 0xc0],
    ['and resigned', 'c0', 0x88],
  ] as const) {
    it(`show the identifier, ${what}`, () => {
      const { a } = hosts();
      assert.equal(a.run(setGroup(code, ID_A)).status, NORMAL);
      const answer = a.run(sensePathGroup).received[0]!;
      assert.deepEqual([answer[0], toHex(answer.subarray(1))], [byte0, ID_A]);
    });
  }

  it('refuse another identifier on a path that has one', () => {
    const { a } = hosts();
    a.run(setGroup('80', ID_A));
    const outcome = a.run(setGroup('80', ID_B));
    assert.deepEqual([outcome.status, outcome.sense[7]], [UNIT_CHECK, 4]);
    assert.equal(toHex(a.run(sensePathGroup).received[0]!.subarray(1)), ID_A);
  });

  it('are disbanded on all their paths', () => {
    const { a, a2 } = twoPaths();
    a.run(setGroup('20', ID_A));
    assert.deepEqual([state(a), state(a2)], [0, 0]);
  });

  it('are reset with a path', () => {
    const { device, a, a2 } = twoPaths();
    device.systemReset(a.path);
    assert.deepEqual([state(a), state(a2)], [0x00, 0xc8]);
  });

  it('are listed by query host access', () => {
    const { a } = twoPaths();
    const { received } = a.run({ code: 0x27, data: '1800000001201c0000000000' }, { code: 0x3e });
    const answer = received[1]!;
    assert.deepEqual([answer.length, answer[17], answer[19], answer[20]], [52, 32, 1, 0x10]);
    assert.equal(toHex(answer.subarray(21, 32)), ID_A);
  });
});
