import assert from 'node:assert/strict';
import fc from 'fast-check';

import { encodeRecord, TelnetError, TelnetReceiver } from '../../../../src/harness/targets/agent/tn3270/telnet.js';

interface Seen {
  readonly records: string[];
  readonly replies: string[];
  readonly receiver: TelnetReceiver;
}

function receiver(): Seen {
  const records: string[] = [];
  const replies: string[] = [];
  return {
    records,
    replies,
    receiver: new TelnetReceiver('IBM-3278-2-E', {
      record: (bytes) => records.push(bytes.toString('hex')),
      reply: (bytes) => replies.push(bytes.toString('hex')),
    }),
  };
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('telnet of a terminal', () => {
  it('agrees to what TN3270 needs, in the order in which it was asked', () => {
    const { replies, receiver: telnet } = receiver();
    telnet.push(hex('fffd18'));
    telnet.push(hex('fffa18 01 fff0'));
    telnet.push(hex('fffd19 fffb19'));
    telnet.push(hex('fffd00 fffb00'));
    const type = `fffa1800${Buffer.from('IBM-3278-2-E').toString('hex')}fff0`;
    assert.deepEqual(replies, ['fffb18', type, 'fffb19', 'fffd19', 'fffb00', 'fffd00']);
  });

  it('refuses every other option, and says a thing once', () => {
    const { replies, receiver: telnet } = receiver();
    telnet.push(hex('fffd01 fffb03 fffd28')); // echo, suppress go ahead, TN3270E
    assert.deepEqual(replies.splice(0), ['fffc01', 'fffe03', 'fffc28']);
    telnet.push(hex('fffd00 fffd00 fffb00 fffb00 fffe01 fffc03'));
    assert.deepEqual(replies.splice(0), ['fffb00', 'fffd00']);
    telnet.push(hex('fffe00 fffc00 fffe00'));
    assert.deepEqual(replies, ['fffc00', 'fffe00']);
  });

  it('does not tell its type by another subnegotiation, and passes commands over that it does not know', () => {
    const { records, replies, receiver: telnet } = receiver();
    telnet.push(hex('fffa18 00 fff0 fffa2801fff0 fff1 01 fff9 02 ffef'));
    assert.deepEqual([records, replies], [['0102'], []]);
  });

  it('takes records apart, however the stream is cut', () => {
    const record = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.map((byte) => (byte % 3 === 0 ? 0xff : byte)));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.array(fc.nat(400), { maxLength: 8 }), (list, cuts) => {
        const { records, replies, receiver: telnet } = receiver();
        const stream = Buffer.concat(list.map((bytes) => encodeRecord(bytes)));
        const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
        let from = 0;
        for (const end of ends) {
          telnet.push(Buffer.from(stream.subarray(from, end)));
          from = end;
        }
        assert.deepEqual(
          records,
          list.map((bytes) => Buffer.from(bytes).toString('hex')),
        );
        assert.deepEqual(replies, []);
      }),
    );
  });

  it('sends FF twice, and the mark behind it', () => {
    assert.equal(encodeRecord(hex('7d4040ff01ffff')).toString('hex'), '7d4040ffff01ffffffffffef');
    assert.equal(encodeRecord(hex('')).toString('hex'), 'ffef');
  });

  it('gives a record up that never ends', () => {
    const { receiver: telnet } = receiver();
    telnet.push(Buffer.alloc(0x1_0000));
    assert.throws(() => {
      telnet.push(Buffer.of(1));
    }, TelnetError);
  });
});
