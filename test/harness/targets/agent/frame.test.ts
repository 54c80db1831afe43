import assert from 'node:assert/strict';
import fc from 'fast-check';

import {
  beginFrame,
  type Frame,
  FrameError,
  FrameParser,
  INITIAL_PAYLOAD_LIMIT,
  payloadOf,
  runsApart,
  setFrameId,
} from '../../../../src/harness/targets/agent/frame.js';

const frames = fc.record({
  kind: fc.integer({ min: 1, max: 0xff }),
  id: fc.integer({ min: 0, max: 0xffff_ffff }),
  process: fc.integer({ min: 0, max: 0xffff }),
  flags: fc.integer({ min: 0, max: 0xffff }),
  payload: fc.uint8Array({ maxLength: 60 }),
});

type Fields = Omit<Frame, 'version'>;

function encode({ kind, id, process, flags, payload }: Fields): Buffer {
  const frame = beginFrame(kind, process, flags, payload.length);
  frame.set(payload, 16);
  setFrameId(frame, id);
  return frame;
}

/** Gives the stream to a parser in the pieces that `cuts` says. */
function parse(stream: Uint8Array, cuts: readonly number[], parser = new FrameParser()): Frame[] {
  const found: Frame[] = [];
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    parser.push(Uint8Array.from(stream.subarray(from, end)), (frame) => {
      found.push({ ...frame, payload: Uint8Array.from(frame.payload) });
    });
    from = end;
  }
  return found;
}

describe('frames', () => {
  it('are the 16 bytes that the protocol says, and the payload', () => {
    const bytes = encode({ kind: 0x14, id: 0x0102_0304, process: 0x0506, flags: 1, payload: Uint8Array.of(9, 8) });
    assert.equal(bytes.toString('hex'), '435701140102030405060001000000020908');
    assert.deepEqual([...payloadOf(bytes)], [9, 8]);
    assert.equal(runsApart(bytes), true);
    assert.equal(runsApart(encode({ kind: 1, id: 1, process: 1, flags: 0, payload: Uint8Array.of() })), false);
  });

  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 6 }), fc.array(fc.nat(500), { maxLength: 12 }), (list, cuts) => {
        const found = parse(Buffer.concat(list.map(encode)), cuts);
        assert.deepEqual(
          found,
          list.map((frame) => ({ version: 1, ...frame })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('come out one byte at a time', () => {
    const list: Fields[] = [0, 1, 40].map((length, index) => ({
      kind: 0x91,
      id: index,
      process: 0,
      flags: 0,
      payload: new Uint8Array(length).fill(length),
    }));
    const stream = Buffer.concat(list.map(encode));
    const found = parse(
      stream,
      Array.from(stream, (_, index) => index),
    );
    assert.deepEqual(
      found.map(({ id, payload }) => [id, payload.length]),
      [
        [0, 0],
        [1, 1],
        [2, 40],
      ],
    );
  });

  it('keep the version that they came with', () => {
    const bytes = encode({ kind: 0x81, id: 1, process: 0, flags: 0, payload: Uint8Array.of() });
    bytes[2] = 7;
    assert.deepEqual(
      parse(bytes, []).map(({ version }) => version),
      [7],
    );
  });

  it('that are none are told with what came instead, at the first wrong byte', () => {
    const greeting = (text: string) => (): unknown => parse(Buffer.from(text), []);
    assert.throws(greeting('Welcome to host\n'), (error: unknown) => {
      assert.ok(error instanceof FrameError);
      assert.match(error.message, /^"Welcome to host\\n" came where a frame must begin/);
      return true;
    });
    assert.throws(greeting('hi'), /"hi" came where/);
    assert.throws(greeting('CXabcdefghijklmnopqrstuvw'), /"CXabc/);
    assert.throws(() => parse(Buffer.from('0001', 'hex'), []), /^FrameError: 0001 came where/);
  });

  it('that are longer than the limit are told before they are collected', () => {
    const parser = new FrameParser();
    const header = (length: number): Buffer => {
      const bytes = beginFrame(0x92, 0, 0, 0);
      bytes.writeUInt32BE(length, 12);
      return bytes;
    };
    assert.deepEqual(parse(header(INITIAL_PAYLOAD_LIMIT), [], parser), []);
    assert.throws(
      () => parse(header(INITIAL_PAYLOAD_LIMIT + 1), []),
      /a frame of kind 92 says that its payload has 1048577 bytes; the limit is 1048576/,
    );
    assert.throws(() => parse(header(INITIAL_PAYLOAD_LIMIT + 1), [5]), FrameError);
  });
});
