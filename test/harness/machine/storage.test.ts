import assert from 'node:assert/strict';
import {
  AbsoluteStorage,
  AllocationTag,
  FRAME,
  HIGH_BANK,
  HIGH_BANK_WORD,
} from '../../../src/harness/machine/index.js';

describe('absolute storage', () => {
  let storage: AbsoluteStorage;

  beforeEach(() => {
    storage = new AbsoluteStorage(1 << 20, 1 << 20);
  });

  it('hands out every frame of the high bank once, scattered', () => {
    const frames = Array.from({ length: 256 }, () => storage.takeFrame());
    assert.equal(new Set(frames).size, 256);
    assert.ok(frames.every((frame) => frame >= HIGH_BANK && frame < HIGH_BANK + (1 << 20) && frame % FRAME === 0));
    assert.ok(frames.slice(1).every((frame, index) => Math.abs(frame - (frames[index] ?? 0)) > FRAME));
    assert.throws(() => storage.takeFrame(), { code: 'E-MODEL-UNIMPLEMENTED' });
  });

  it('gives a frame to its next owner zeroed and with key 0', () => {
    const frame = storage.takeFrame();
    storage.high[frame - HIGH_BANK] = 7;
    storage.setKey(frame, { accessControl: 3, fetchProtected: true });
    storage.giveFrame(frame);
    assert.equal(storage.keyless, true);
    assert.equal(storage.takeFrame(), frame);
    assert.equal(storage.high[frame - HIGH_BANK], 0);
    assert.equal(storage.keyAllows(HIGH_BANK_WORD, frame - HIGH_BANK, 5, true), false);
    assert.equal(storage.keyAllows(HIGH_BANK_WORD, frame - HIGH_BANK, 5, false), true);
  });

  it('allocates in the upper half of the low bank, where guest programs do not put their own', () => {
    for (const bytes of [8, 100, 2048, 1 << 17]) {
      const address = storage.allocate(bytes, AllocationTag.channelProgram);
      assert.ok(address >= 1 << 19 && address + bytes <= 1 << 20, `${bytes} bytes at ${address}`);
    }
  });

  it('allocates below 2 GiB, aligned to the size class, and uses what was released again', () => {
    const a = storage.allocate(100, AllocationTag.channelProgram);
    const b = storage.allocate(2048, AllocationTag.idaws);
    assert.equal(a % 128, 0);
    assert.equal(b % 2048, 0);
    assert.deepEqual(
      storage.liveAllocations().sort((one, two) => one.address - two.address),
      [
        { address: a, what: 'channel-program segment' },
        { address: b, what: 'IDAW list' },
      ],
    );
    storage.release(a);
    assert.equal(storage.allocations, 1);
    assert.equal(storage.allocate(120, AllocationTag.other), a);
    assert.equal(storage.allocate(1 << 30, AllocationTag.other), 0);
  });

  it('refuses to free what is not allocated', () => {
    const address = storage.allocate(64, AllocationTag.other);
    assert.throws(() => {
      storage.release(address + 8);
    }, /not allocated/);
    storage.release(address);
    assert.throws(() => {
      storage.release(address);
    }, /not allocated/);
  });

  it('counts pins, and refuses an unpin too many', () => {
    const frame = storage.takeFrame();
    storage.pin(frame + 5);
    storage.pin(frame);
    assert.deepEqual(storage.pinnedFrames(), [frame, frame]);
    storage.unpin(frame);
    storage.unpin(frame);
    assert.equal(storage.pinned, 0);
    assert.throws(() => {
      storage.unpin(frame);
    }, /not pinned/);
  });

  it('has storage in its two banks only', () => {
    assert.equal(storage.holds(0, 0xf_fff0, 16), true);
    assert.equal(storage.holds(0, 0xf_fff1, 16), false);
    assert.equal(storage.holds(1, 0, 1), false);
    assert.equal(storage.holds(HIGH_BANK_WORD, 0, 1), true);
  });

  for (const [bank, address, high] of [
    ['low', 0x3000, 0],
    ['high', HIGH_BANK + 0x3000, HIGH_BANK_WORD],
  ] as const) {
    it(`protects a frame of the ${bank} bank by its key`, () => {
      storage.setKey(address, { accessControl: 4, fetchProtected: false });
      assert.equal(storage.keyless, false);
      const allows = (key: number, store: boolean): boolean => storage.keyAllows(high, 0x3fff, key, store);
      assert.deepEqual(
        [allows(0, true), allows(4, true), allows(5, true), allows(5, false)],
        [true, true, false, true],
      );
      storage.setKey(address, { accessControl: 4, fetchProtected: true });
      assert.deepEqual([allows(0, false), allows(4, false), allows(5, false)], [true, true, false]);
      assert.equal(storage.keyAllows(high, 0x4000, 5, false), true);
    });

    it(`knows a damaged frame of the ${bank} bank until it is repaired`, () => {
      storage.damage(address);
      assert.equal(storage.isDamaged(high, 0x3ffc), true);
      assert.equal(storage.isDamaged(high, 0x4000), false);
      assert.equal(storage.isDamaged(high === 0 ? HIGH_BANK_WORD : 0, 0x3ffc), false);
      storage.damage(address, false);
      assert.equal(storage.damaged, false);
      assert.equal(storage.isDamaged(high, 0x3ffc), false);
    });
  }
});
