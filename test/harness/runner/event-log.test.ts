import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventLog } from '../../../src/harness/runner/event-log.js';

/** What the ring holds at most, as seen from outside: more than this must wait for a reader. */
const MORE_THAN_FITS = 300_000;
const never = (): never => assert.fail('woken although there was room');

describe('event log', () => {
  it('gives events in the order in which they were added, whenever it is read', () => {
    const texts = fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.boolean()));
    fc.assert(
      fc.property(texts, (steps) => {
        const writer = new EventLog();
        const reader = new EventLog(writer.buffer);
        const taken: unknown[] = [];
        for (const [text, read] of steps) {
          writer.add({ text }, never);
          if (read) taken.push(...reader.take());
        }
        taken.push(...reader.take());
        assert.deepEqual(
          taken,
          steps.map(([text]) => ({ text })),
        );
      }),
    );
  });

  it('hands an event over in pieces that is longer than the memory, and wakes the reader for it', () => {
    const writer = new EventLog();
    const reader = new EventLog(writer.buffer);
    const long = { text: 'é'.repeat(MORE_THAN_FITS) };
    const taken: unknown[] = [];
    let woken = 0;
    writer.add(long, () => {
      woken++;
      taken.push(...reader.take());
    });
    taken.push(...reader.take());
    assert.deepEqual(taken, [long]);
    assert.ok(woken > 0);
  });

  it('goes round its memory many times', () => {
    const writer = new EventLog();
    const reader = new EventLog(writer.buffer);
    const text = 'x'.repeat(1000);
    for (let n = 0; n < 2000; n++) {
      writer.add({ n, text }, never);
      assert.deepEqual(reader.take(), [{ n, text }]);
    }
  });

  it('keeps what was added before its writer stopped in the middle of an event', () => {
    const writer = new EventLog();
    const reader = new EventLog(writer.buffer);
    writer.add({ whole: true }, never);
    const stopped = new Error('the thread was ended');
    assert.throws(() => {
      writer.add({ text: 'x'.repeat(MORE_THAN_FITS) }, () => {
        throw stopped;
      });
    }, stopped);
    assert.deepEqual(reader.take(), [{ whole: true }]);
  });
});
