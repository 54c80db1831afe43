import assert from 'node:assert/strict';
import fc from 'fast-check';

import { agentRequests as make } from '../../../../src/harness/targets/agent/index.js';
import type { Request } from '../../../../src/harness/targets/agent/requests.js';

const text = (value: string): string => Buffer.from(value).toString('hex');
const bytes = Uint8Array.of(0xa1, 0xb2);

/** Each request with its kind, and its payload as agent/protocol.md has it. */
const table: readonly (readonly [name: string, request: Request, kind: number, payload: string])[] = [
  ['hello', make.hello(1, 3), 0x01, '0103'],
  ['release', make.release(), 0x02, ''],
  ['open', make.open(0, '/dev/vfio/0', 0x802), 0x10, `00000802${text('/dev/vfio/0')}`],
  ['close', make.close(0, 7), 0x11, '00000007'],
  ['read', make.read(0, 7, 256), 0x12, '000000070000000100'],
  ['read, unmapped', make.read(0, 7, 'unmapped'), 0x12, '000000070100000001'],
  ['write', make.write(0, -1, bytes), 0x13, 'ffffffff00a1b2'],
  ['write, unmapped', make.write(0, 7, 'unmapped'), 0x13, '000000070100000001'],
  ['pread', make.pread(0, 7, 0x1_0000_0018, 12), 0x14, '000000070000000100000018000000000c'],
  ['pread, unmapped', make.pread(0, 7, 0, 'unmapped'), 0x14, '0000000700000000000000000100000001'],
  ['pwrite', make.pwrite(0, 7, -2, bytes), 0x15, '00000007fffffffffffffffe00a1b2'],
  ['pwrite, unmapped', make.pwrite(0, 7, 1024, 'unmapped'), 0x15, '0000000700000000000004000100000001'],
  ['preadv', make.preadv(0, 7, 16, [4, 0, 258]), 0x16, '0000000700000000000000100003000000040000000000000102'],
  [
    'pwritev',
    make.pwritev(0, 7, 16, [bytes, Uint8Array.of(), Uint8Array.of(0xc3)]),
    0x17,
    '0000000700000000000000100003000000020000000000000001a1b2c3',
  ],
  ['lseek', make.lseek(0, 7, -1, 2), 0x18, '00000007ffffffffffffffff02'],
  ['mmap', make.mmap(0, 7, 4096), 0x19, '000000070000000000001000'],
  ['ioctl, bytes', make.ioctl(0, 7, 0x3b6c, bytes), 0x1a, '0000000700003b6c00a1b2'],
  ['ioctl, unmapped', make.ioctl(0, 7, 0xffff_ffff, 'unmapped'), 0x1a, '00000007ffffffff01'],
  ['ioctl, value', make.ioctl(0, 7, 0x3b6f, 5), 0x1a, '0000000700003b6f020000000000000005'],
  ['eventfd', make.eventfd(0), 0x20, ''],
  ['wait', make.wait(0, [3, 4], 1000), 0x21, '000003e800020000000300000004'],
  ['wait, a part of a millisecond', make.wait(0, [], 0.2), 0x21, '000000010000'],
  ['wait, as long as it likes', make.wait(0, [], Infinity), 0x21, 'ffffffff0000'],
  ['signal', make.signal(0, 3, 2), 0x22, '000000030000000000000002'],
  ['map', make.map(0, 0x2_0000_0000), 0x30, '0000000200000000'],
  ['unmap', make.unmap(0, 0x3ff_8000_1000, 4096), 0x31, '000003ff800010000000000000001000'],
  ['peek', make.peek(0, 0x3ff_8000_1000, 16), 0x32, '000003ff8000100000000010'],
  ['poke', make.poke(0, 0x3ff_8000_1000, bytes), 0x33, '000003ff80001000a1b2'],
  [
    'alternate',
    make.alternate(0, 0x1000, 700, Uint8Array.of(1, 2), Uint8Array.of(3, 4)),
    0x35,
    '0000000000001000000002bc01020304',
  ],
  ['fill', make.fill(0, 0x1000, 0x2000, 0xa5), 0x34, '00000000000010000000000000002000a5'],
  ['get attribute', make.getAttribute(0, '/proc/cmdline'), 0x40, text('/proc/cmdline')],
  ['put attribute', make.putAttribute(0, '/sys/é', bytes), 0x41, `0007${text('/sys/é')}a1b2`],
  ['list', make.list(0, '/sys/bus/css'), 0x42, text('/sys/bus/css')],
  ['link', make.link(0, '/sys/x'), 0x43, text('/sys/x')],
  ['kernel log', make.kernelLog(77), 0x50, '000000000000004d'],
  ['fork', make.fork(0), 0x60, ''],
  ['exit', make.exit(3), 0x61, ''],
  ['limit', make.limit(3, 65536), 0x62, '010000000000010000'],
  ['limit, as it was', make.limit(3, undefined), 0x62, '01ffffffffffffffff'],
  ['fail', make.fail(0, 2), 0x63, '00000002'],
  ['batch', make.batch(0, true, [make.eventfd(0), make.close(0, 7)]), 0x70, '012000000000110000000400000007'],
];

describe('requests', () => {
  for (const [name, request, kind, payload] of table) {
    it(`${name}: as the protocol has it`, () => {
      const frame = request.withId(0x0a0b_0c0d);
      assert.equal(frame.toString('hex', 0, 4), `435701${kind.toString(16).padStart(2, '0')}`);
      assert.equal(frame.toString('hex', 4, 8), '0a0b0c0d');
      assert.equal(frame.readUInt32BE(12), payload.length / 2);
      assert.equal(frame.toString('hex', 16), payload);
    });
  }

  it('name the process that they are for, and run apart where they may sleep', () => {
    assert.equal(make.pread(0x0102, 1, 0, 1).frame.toString('hex', 8, 12), '01020000');
    assert.equal(make.close(3, 1).frame.toString('hex', 8, 12), '00030001');
    assert.equal(make.putAttribute(3, '/sys/x', bytes).frame.toString('hex', 8, 12), '00030001');
  });

  it('hold offsets and addresses exactly, up to 2^53 either way', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (offset) => {
        assert.equal(make.pread(0, 0, offset, 1).frame.readBigInt64BE(20), BigInt(offset));
      }),
    );
  });

  it('are described for messages', () => {
    assert.deepEqual(
      [
        make.pread(0, 7, 0, 4),
        make.open(0, '/dev/vfio/3', 2),
        make.putAttribute(0, '/sys/a', bytes),
        make.getAttribute(0, '/proc/version'),
        make.kernelLog(0),
        make.eventfd(0),
      ].map((request) => request.describe()),
      [
        'pread of fd 7',
        'open /dev/vfio/3',
        'put attribute /sys/a',
        'get attribute /proc/version',
        'kernel log',
        'eventfd',
      ],
    );
  });

  it('refuse a path with a NUL', () => {
    assert.throws(() => make.open(0, '/dev/vfio/0\0x', 2), RangeError);
  });
});
