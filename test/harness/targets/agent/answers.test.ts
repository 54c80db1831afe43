import assert from 'node:assert/strict';
import fc from 'fast-check';

import {
  Answer,
  AnswerError,
  decodeBatch,
  decodeError,
  decodeHello,
} from '../../../../src/harness/targets/agent/answers.js';
import { helloBytes, resultBytes } from '../../../support/fake-agent.js';

const answer = (result: number | bigint, ...rest: Uint8Array[]): Answer => new Answer(resultBytes(result, ...rest));
const some = Uint8Array.of(1, 2, 3);

function entry(kind: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head[0] = kind;
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

describe('answers', () => {
  it('give their result exactly, up to 2^53 either way, wherever they lie in a buffer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(9), (result, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset, 0xee), resultBytes(result)]);
        assert.equal(new Answer(bytes.subarray(offset)).only, result);
      }),
    );
  });

  it('refuse a result that is cut, or one with bytes that do not belong to it', () => {
    assert.throws(() => new Answer(Buffer.alloc(7)), AnswerError);
    assert.throws(() => answer(0, some).only, /3 bytes more than its result/);
  });

  it('fill a buffer with what was read, and leave the rest of it', () => {
    const into = new Uint8Array(5).fill(0xa5);
    assert.equal(answer(3, some).readInto(into), 3);
    assert.deepEqual([...into], [1, 2, 3, 0xa5, 0xa5]);
    assert.equal(answer(-14).readInto(into), -14);
    assert.deepEqual([...into], [1, 2, 3, 0xa5, 0xa5]);
  });

  it('refuse more or fewer bytes than the result says, and more than there is room for', () => {
    assert.throws(() => answer(2, some).readInto(new Uint8Array(9)), AnswerError);
    assert.throws(() => answer(4, some).readInto(new Uint8Array(9)), AnswerError);
    assert.throws(() => answer(-5, some).readInto(new Uint8Array(9)), AnswerError);
    assert.throws(() => answer(3, some).readInto(new Uint8Array(2)), AnswerError);
  });

  it('scatter what was read over the segments, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 6 }), fc.nat(30), (lengths, wanted) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const count = Math.min(wanted, total);
        const data = Uint8Array.from({ length: count }, (_, index) => index + 1);
        const segments = lengths.map((length) => new Uint8Array(length));
        assert.equal(answer(count, data).scatterInto(segments), count);
        const all = segments.flatMap((segment) => [...segment]);
        assert.deepEqual(all, [...data, ...new Uint8Array(total - count)]);
      }),
    );
  });

  it('copy a structure back also from a call that failed', () => {
    const into = new Uint8Array(3);
    assert.equal(answer(-22, some).copyInto(into), -22);
    assert.deepEqual(into, some);
    assert.throws(() => answer(0, some).copyInto(new Uint8Array(4)), AnswerError);
  });

  it('give memory whole or not at all', () => {
    const into = new Uint8Array(3);
    assert.equal(answer(0, some).fill(into), 0);
    assert.deepEqual(into, some);
    assert.equal(answer(-14).fill(into), -14);
    assert.throws(() => answer(0, some).fill(new Uint8Array(4)), AnswerError);
    assert.throws(() => answer(-14, some).fill(into), AnswerError);
  });

  it('give the counts of eventfds, and zeros where the call failed', () => {
    assert.deepEqual(answer(1, resultBytes(0), resultBytes(0x1_0000_0002)).counts(2), [0, 0x1_0000_0002]);
    assert.deepEqual(answer(-9).counts(2), [0, 0]);
    assert.throws(() => answer(1, resultBytes(1)).counts(2), AnswerError);
  });

  it('give names', () => {
    assert.deepEqual(answer(0).names, []);
    assert.deepEqual(answer(2, Buffer.from('0.0.0000\0é\0')).names, ['0.0.0000', 'é']);
    assert.throws(() => answer(1, Buffer.from('cut')).names, AnswerError);
  });

  it('give what hello says', () => {
    assert.deepEqual(decodeHello(new Answer(helloBytes({ payloadLimit: 4096 }))), {
      protocol: 1,
      payloadLimit: 4096,
      processId: 4711,
      pointerBits: 64,
      bigEndian: true,
      version: '0.9',
      kernel: { sysname: 'Linux', release: '6.12.117', version: '#1 SMP', machine: 's390x' },
    });
    assert.equal(decodeHello(answer(-93)).protocol, -93);
    assert.throws(() => decodeHello(answer(1, some)), /too few for hello/);
    assert.throws(() => decodeHello(new Answer(helloBytes({ texts: ['0.9'] }))), /1 of the 5 texts/);
    assert.throws(() => decodeHello(new Answer(helloBytes().subarray(0, -1))), AnswerError);
  });

  it('give the answers of a batch, as many as ran', () => {
    const bytes = [entry(0xa0, resultBytes(5)), entry(0x94, resultBytes(3, some))];
    assert.deepEqual(decodeBatch(answer(2, ...bytes), [0x20, 0x14, 0x11]), [
      { result: 5, bytes: new Uint8Array() },
      { result: 3, bytes: some },
    ]);
    assert.deepEqual(decodeBatch(answer(0), [0x20]), []);
  });

  it('refuse a batch that is cut, of other kinds, or of another number than its result', () => {
    const good = entry(0xa0, resultBytes(5));
    assert.throws(() => decodeBatch(answer(1, good.subarray(0, -1)), [0x20]), /ends in the middle of answer 1/);
    assert.throws(() => decodeBatch(answer(1, good.subarray(0, 3)), [0x20]), /ends in the middle/);
    assert.throws(() => decodeBatch(answer(1, good), [0x11]), /kind A0 at request 1, whose kind is 11/);
    assert.throws(() => decodeBatch(answer(2, good), [0x20]), /1 answers of a batch, and a result of 2/);
  });

  it('say which request of a batch was refused, and why', () => {
    const refused = entry(0xff, Buffer.concat([Buffer.of(0, 8), Buffer.from('/etc/passwd')]));
    assert.throws(
      () => decodeBatch(answer(1, entry(0xa0, resultBytes(5)), refused), [0x20, 0x10]),
      /request 2: error 08, a path outside the allowed set: \/etc\/passwd/,
    );
  });

  it('say what an error frame means, also one that is cut or new', () => {
    assert.equal(decodeError(Buffer.of(0, 6)), 'error 06, too many requests run apart, waits, or processes');
    assert.equal(decodeError(Buffer.of(1, 2, 0x68, 0x69)), 'error 102, a code that the protocol does not have: hi');
    assert.match(decodeError(Buffer.of(1)), /^error 00, a code/);
  });
});
