/** Banks of storage that are used again: nothing of one case may be left for the next. */

import assert from 'node:assert/strict';
import { StoragePool } from '../../../src/harness/machine/storage-pool.js';
import { AllocationTag, FRAME, HIGH_BANK, HIGH_BANK_WORD } from '../../../src/harness/machine/storage.js';

describe('storage pool', () => {
  it('hands out zeros, wherever the storage before was stored in', () => {
    const pool = new StoragePool(16 * FRAME, 16 * FRAME);
    const first = pool.take();
    const frame = first.takeFrame() - HIGH_BANK;
    first.high.fill(0xa5, frame, frame + FRAME);
    const given = first.takeFrame();
    first.high.fill(0xa5, given - HIGH_BANK, given - HIGH_BANK + FRAME);
    first.giveFrame(given);
    const block = first.allocate(FRAME, AllocationTag.channelProgram);
    first.low.fill(0xa5, block, block + FRAME);
    // A program that is wrong stores in a frame that nobody has, and over the end of a page of the low bank.
    first.noteStore(HIGH_BANK_WORD, 15 * FRAME, 4);
    first.high.fill(0xa5, 15 * FRAME, 15 * FRAME + 4);
    first.noteStore(0, 2 * FRAME - 2, 4);
    first.low.fill(0xa5, 2 * FRAME - 2, 2 * FRAME + 2);
    pool.giveBack(first);
    const second = pool.take();
    assert.ok(second.low.every((byte) => byte === 0));
    assert.ok(second.high.every((byte) => byte === 0));
  });

  it('hands out storage without allocations, wherever the storage before had some', () => {
    const pool = new StoragePool(16 * FRAME, 16 * FRAME);
    const first = pool.take();
    const blocks = [1, 2, 3].map(() => first.allocate(64, AllocationTag.idaws));
    first.release(blocks[2] ?? 0);
    pool.giveBack(first);
    const second = pool.take();
    const [head = 0, next = 0, last = 0] = blocks;
    const block = second.allocate(4 * 64, AllocationTag.channelProgram);
    assert.equal(block, head);
    assert.deepEqual(second.liveAllocations(), [{ address: head, what: 'channel-program segment' }]);
    for (const address of [next, last])
      assert.throws(() => {
        second.release(address);
      }, /was not allocated/);
    assert.notEqual(second.allocate(64, AllocationTag.idaws), last);
  });

  it('takes the bytes away from whoever still holds the storage before', () => {
    const pool = new StoragePool(16 * FRAME, 16 * FRAME);
    const first = pool.take();
    pool.giveBack(first);
    assert.equal(first.low.length, 0);
    assert.equal(first.high.length, 0);
  });
});
