import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { endianness, release } from 'node:os';

import { describeAgents } from './agents.js';
import { Errno, Kind, Refusal, s32, text, u16, u32, u64, u8 } from './payload.js';
import type { Peer } from './peer.js';

/** Calls of any file: how many bytes are there to read; non-blocking or not (an int that the kernel reads). */
const FIONREAD = 0x541b;
const FIONBIO = 0x5421;

const open = (peer: Peer, path: string, flags = 0): Promise<number> =>
  peer.result(Kind.open, Buffer.concat([u32(flags), text(path)]));

const strings = (bytes: Buffer): string[] => bytes.toString('utf8').split('\0').slice(0, -1);

/** A count as the kernel reads it from an eventfd's user. */
function nativeCount(count: number, isEmulated: boolean): Buffer {
  const bytes = Buffer.alloc(8);
  if (isEmulated || endianness() === 'BE') bytes.writeBigUInt64BE(BigInt(count));
  else bytes.writeBigUInt64LE(BigInt(count));
  return bytes;
}

describeAgents('agent: requests', (agent) => {
  it('hello tells what the agent is', async () => {
    const peer = await agent.start(false);
    const { result, bytes } = await peer.ask(Kind.hello, Buffer.concat([u8(1), u8(1)]));
    assert.equal(result, 1);
    assert.equal(bytes.readUInt32BE(0), 0x10_0000);
    if (!agent.isEmulated) assert.equal(bytes.readUInt32BE(4), peer.pid);
    assert.equal(bytes[8], 64);
    assert.equal(bytes[9], agent.isEmulated || endianness() === 'BE' ? 1 : 0);
    const [version, system, kernel, , machine, ...rest] = strings(bytes.subarray(10));
    assert.match(version ?? '', /^\d+\.\d+\.\d+$/);
    assert.deepEqual([system, kernel, rest], ['Linux', release(), []]);
    if (agent.isEmulated) assert.equal(machine, 's390x');
    await peer.close();
  });

  describe('open', () => {
    it('opens an attribute to read, and close closes it', async () => {
      const peer = await agent.start();
      const fd = await open(peer, '/proc/version');
      const read = await peer.ask(Kind.read, Buffer.concat([s32(fd), u8(0), u32(4096)]));
      assert.equal(read.bytes.toString(), readFileSync('/proc/version', 'utf8'));
      assert.equal(read.result, read.bytes.length);
      assert.equal(await peer.result(Kind.close, s32(fd)), 0);
      assert.equal(await peer.result(Kind.close, s32(fd)), -Errno.EBADF);
      await peer.close();
    });

    it('gives the errno of a device that is not there', async () => {
      const peer = await agent.start();
      assert.equal(await open(peer, '/dev/vfio/no such group', 2), -Errno.ENOENT);
      await peer.close();
    });

    it('takes /dev/null, a file of another kind', async () => {
      const peer = await agent.start();
      assert.ok((await open(peer, '/dev/null', 2)) >= 0);
      await peer.close();
    });

    it('refuses to write what is no device', async () => {
      const peer = await agent.start();
      for (const flags of [1, 2]) {
        const answer = await peer.ask(Kind.open, Buffer.concat([u32(flags), text('/proc/self/comm')]));
        assert.equal(answer.error, Refusal.path);
      }
      await peer.close();
    });
  });

  it('paths outside the set, and with detours, are refused', async () => {
    const peer = await agent.start();
    const refused = [
      '',
      '/',
      '/etc/passwd',
      'proc/version',
      '/proc/versions',
      '/proc/1/status',
      '/proc/self/../1/status',
      '/proc/self/..',
      '/proc/self/./root',
      '/proc/self//root/etc/passwd',
      '/proc/self/root/etc/passwd',
      '/proc/self/cwd',
      '/proc/self/exe',
      '/proc/self/fd/0',
      '/proc/self/mem',
      '/proc/self/task/1/root',
      '/sys/bus/pci',
      '/sys/devices/css',
      '/sys/devices/cssx',
      '/sys/devices/css0x/0.0.0000',
      '/proc/version\0',
      `/sys/bus/css/${'x'.repeat(5000)}`,
    ];
    for (const path of refused) {
      const named = Buffer.concat([u16(Buffer.byteLength(path)), text(path), text('x')]);
      const answers = await Promise.all([
        peer.ask(Kind.open, Buffer.concat([u32(0), text(path)])),
        peer.ask(Kind.getAttribute, text(path)),
        peer.ask(Kind.putAttribute, named),
        peer.ask(Kind.list, text(path)),
        peer.ask(Kind.link, text(path)),
      ]);
      assert.deepEqual(
        answers.map(({ error }) => error),
        [Refusal.path, Refusal.path, Refusal.path, Refusal.path, Refusal.path],
        path.slice(0, 40),
      );
    }
    for (const path of ['/sys/bus/css/no', '/sys/devices/css0/no', '/sys/devices/cssff/no', '/sys/module/vfio/no']) {
      assert.equal(await peer.result(Kind.getAttribute, text(path)), -Errno.ENOENT, path);
    }
    await peer.close();
  });

  describe('read and its like', () => {
    it('pread reads at an offset, and preadv into segments', async () => {
      const peer = await agent.start();
      const all = readFileSync('/proc/version');
      const fd = await open(peer, '/proc/version');
      const read = await peer.ask(Kind.pread, Buffer.concat([s32(fd), u64(6), u8(0), u32(7)]));
      assert.deepEqual([read.result, read.bytes.toString()], [7, all.toString('utf8', 6, 13)]);

      const segments = Buffer.concat([u16(4), u32(3), u32(0), u32(5), u32(60_000)]);
      const vector = await peer.ask(Kind.preadv, Buffer.concat([s32(fd), u64(2), segments]));
      assert.equal(vector.result, all.length - 2);
      assert.ok(vector.bytes.equals(all.subarray(2)));
      await peer.close();
    });

    it('give what the kernel says to offsets and lengths that it refuses', async () => {
      const peer = await agent.start();
      const fd = await open(peer, '/proc/version');
      assert.equal(await peer.result(Kind.pread, Buffer.concat([s32(fd), u64(-1), u8(0), u32(7)])), -Errno.EINVAL);
      assert.equal(await peer.result(Kind.preadv, Buffer.concat([s32(fd), u64(-9), u16(1), u32(7)])), -Errno.EINVAL);
      const many = Buffer.concat([u16(1025), Buffer.alloc(4 * 1025)]);
      assert.equal(await peer.result(Kind.preadv, Buffer.concat([s32(fd), u64(0), many])), -Errno.EINVAL);
      assert.equal(await peer.result(Kind.preadv, Buffer.concat([s32(fd), u64(0), u16(0)])), 0);
      await peer.close();
    });

    it('have no access to files that no request opened', async () => {
      const peer = await agent.start();
      for (const fd of [-1, 0, 1, 2, 500, 0x7fff_ffff]) {
        const results = [
          await peer.result(Kind.close, s32(fd)),
          await peer.result(Kind.read, Buffer.concat([s32(fd), u8(0), u32(1)])),
          await peer.result(Kind.write, Buffer.concat([s32(fd), u8(0), text('x')])),
          await peer.result(Kind.pread, Buffer.concat([s32(fd), u64(0), u8(0), u32(1)])),
          await peer.result(Kind.pwrite, Buffer.concat([s32(fd), u64(0), u8(0), text('x')])),
          await peer.result(Kind.preadv, Buffer.concat([s32(fd), u64(0), u16(0)])),
          await peer.result(Kind.pwritev, Buffer.concat([s32(fd), u64(0), u16(0)])),
          await peer.result(Kind.lseek, Buffer.concat([s32(fd), u64(0), u8(0)])),
          await peer.result(Kind.mmap, Buffer.concat([s32(fd), u64(4096)])),
          await peer.result(Kind.ioctl, Buffer.concat([s32(fd), u32(FIONREAD), u8(2), u64(0)])),
          await peer.result(Kind.signal, Buffer.concat([s32(fd), u64(1)])),
          await peer.result(Kind.wait, Buffer.concat([u32(0), u16(1), s32(fd)])),
        ];
        assert.deepEqual(new Set(results), new Set([-Errno.EBADF]), `file ${fd}`);
      }
      await peer.close();
    });

    it('fault at a hole, and wherever the kernel goes beyond the buffer', async () => {
      const peer = await agent.start();
      const version = await open(peer, '/proc/version');
      const event = await peer.result(Kind.eventfd);
      assert.equal(await peer.result(Kind.read, Buffer.concat([s32(version), u8(1), u32(8)])), -Errno.EFAULT);
      assert.equal(await peer.result(Kind.pread, Buffer.concat([s32(version), u64(0), u8(1), u32(8)])), -Errno.EFAULT);
      assert.equal(await peer.result(Kind.write, Buffer.concat([s32(event), u8(1), u32(8)])), -Errno.EFAULT);
      // The kernel refuses the offset before it looks at the buffer; the emulator looks at the buffer first.
      assert.equal(
        await peer.result(Kind.pwrite, Buffer.concat([s32(event), u64(0), u8(1), u32(8)])),
        agent.isEmulated ? -Errno.EFAULT : -Errno.ESPIPE,
      );
      assert.equal(await peer.result(Kind.ioctl, Buffer.concat([s32(event), u32(FIONBIO), u8(1)])), -Errno.EFAULT);
      // It reads an int; the buffer has one, has a part of one, has none.
      const results: number[] = [];
      for (const length of [5, 4, 3, 1, 0]) {
        const bytes = Buffer.alloc(length, 1);
        results.push(await peer.result(Kind.ioctl, Buffer.concat([s32(event), u32(FIONBIO), u8(0), bytes])));
      }
      assert.deepEqual(results, [0, 0, -Errno.EFAULT, -Errno.EFAULT, -Errno.EFAULT]);
      await peer.close();
    });
  });

  describe('write and its like', () => {
    it('write gives the bytes to the kernel', async () => {
      const peer = await agent.start();
      const fd = await peer.result(Kind.eventfd);
      const bytes = nativeCount(3, agent.isEmulated);
      assert.equal(await peer.result(Kind.write, Buffer.concat([s32(fd), u8(0), bytes])), 8);
      const read = await peer.ask(Kind.read, Buffer.concat([s32(fd), u8(0), u32(8)]));
      assert.deepEqual([read.result, read.bytes], [8, bytes]);
      assert.equal(await peer.result(Kind.read, Buffer.concat([s32(fd), u8(0), u32(8)])), -Errno.EAGAIN);
      assert.equal(await peer.result(Kind.write, Buffer.concat([s32(fd), u8(0), text('short')])), -Errno.EINVAL);
      await peer.close();
    });

    it('pwrite and pwritev give what the kernel says', async () => {
      const peer = await agent.start();
      const event = await peer.result(Kind.eventfd);
      const version = await open(peer, '/proc/version');
      const vector = Buffer.concat([u16(2), u32(3), u32(1), text('abcd')]);
      assert.equal(await peer.result(Kind.pwrite, Buffer.concat([s32(event), u64(0), u8(0), u64(1)])), -Errno.ESPIPE);
      assert.equal(await peer.result(Kind.pwritev, Buffer.concat([s32(event), u64(0), vector])), -Errno.ESPIPE);
      // A sequential file of proc has no place to write at, and this one was opened to read.
      assert.equal(await peer.result(Kind.pwritev, Buffer.concat([s32(version), u64(0), vector])), -Errno.ESPIPE);
      assert.equal(await peer.result(Kind.write, Buffer.concat([s32(version), u8(0), text('x')])), -Errno.EBADF);
      await peer.close();
    });
  });

  it('lseek moves the position', async () => {
    const peer = await agent.start();
    const fd = await open(peer, '/proc/version');
    assert.equal(await peer.result(Kind.lseek, Buffer.concat([s32(fd), u64(6), u8(0)])), 6);
    assert.equal(await peer.result(Kind.lseek, Buffer.concat([s32(fd), u64(-2), u8(1)])), 4);
    const read = await peer.ask(Kind.read, Buffer.concat([s32(fd), u8(0), u32(4)]));
    assert.equal(read.bytes.toString(), readFileSync('/proc/version', 'utf8').slice(4, 8));
    assert.equal(await peer.result(Kind.lseek, Buffer.concat([s32(fd), u64(-1), u8(0)])), -Errno.EINVAL);
    assert.equal(await peer.result(Kind.lseek, Buffer.concat([s32(fd), u64(0), u8(77)])), -Errno.EINVAL);
    await peer.close();
  });

  it('mmap gives what the kernel says', async () => {
    const peer = await agent.start();
    const fd = await peer.result(Kind.eventfd);
    assert.ok((await peer.result(Kind.mmap, Buffer.concat([s32(fd), u64(4096)]))) < 0);
    assert.equal(await peer.result(Kind.mmap, Buffer.concat([s32(fd), u64(0)])), -Errno.EINVAL);
    await peer.close();
  });

  it('ioctl gives the bytes back, also when it fails', async () => {
    const peer = await agent.start();
    const fd = await peer.result(Kind.eventfd);
    const unknown = agent.isEmulated ? -Errno.ENOSYS : -Errno.ENOTTY;
    const bytes = text('any bytes of a structure');
    const answer = await peer.ask(Kind.ioctl, Buffer.concat([s32(fd), u32(0x3b64), u8(0), bytes]));
    assert.deepEqual([answer.result, answer.bytes], [unknown, bytes]);
    const value = await peer.ask(Kind.ioctl, Buffer.concat([s32(fd), u32(0x3b64), u8(2), u64(7)]));
    assert.deepEqual([value.result, value.bytes.length], [unknown, 0]);
    // What the kernel stores comes back: a regular file has its size less its position to read.
    const version = await open(peer, '/proc/version');
    await peer.result(Kind.lseek, Buffer.concat([s32(version), u64(0), u8(0)]));
    const stored = await peer.ask(
      Kind.ioctl,
      Buffer.concat([s32(version), u32(FIONREAD), u8(0), Buffer.alloc(6, 0xee)]),
    );
    assert.deepEqual([stored.result, stored.bytes], [0, Buffer.from('00000000eeee', 'hex')]);
    await peer.close();
  });

  describe('memory', () => {
    it('is mapped in zeroed pages, and read and written at any address in them', async () => {
      const peer = await agent.start();
      const address = await peer.result(Kind.map, u64(5000));
      assert.equal(address % 4096, 0);
      assert.equal(await peer.result(Kind.poke, Buffer.concat([u64(address + 8189), text('abc')])), 0);
      const end = await peer.ask(Kind.peek, Buffer.concat([u64(address + 8186), u32(6)]));
      assert.deepEqual(end.bytes, Buffer.from('\0\0\0abc'));
      assert.equal(await peer.result(Kind.fill, Buffer.concat([u64(address + 1), u64(3), u8(0xaa)])), 0);
      const start = await peer.ask(Kind.peek, Buffer.concat([u64(address), u32(5)]));
      assert.deepEqual(start.bytes, Buffer.from('00aaaaaa00', 'hex'));
      assert.equal(await peer.result(Kind.map, u64(0)), -Errno.EINVAL);
      assert.equal(await peer.result(Kind.map, u64(-1)), -Errno.ENOMEM);
      await peer.close();
    });

    it('faults where no request has mapped anything', async () => {
      const peer = await agent.start();
      const address = await peer.result(Kind.map, u64(8192));
      const places = [address - 1, address + 8189, 0, 0x1000, -4096];
      for (const place of places) {
        const results = await Promise.all([
          peer.ask(Kind.peek, Buffer.concat([u64(place), u32(4)])),
          peer.ask(Kind.poke, Buffer.concat([u64(place), text('abcd')])),
          peer.ask(Kind.fill, Buffer.concat([u64(place), u64(4), u8(1)])),
        ]);
        assert.deepEqual(
          results.map(({ result, bytes }) => [result, bytes.length]),
          Array.from({ length: 3 }, () => [-Errno.EFAULT, 0]),
          `address ${place.toString(16)}`,
        );
      }
      const whole = await peer.ask(Kind.peek, Buffer.concat([u64(address), u32(8192)]));
      assert.ok(whole.bytes.equals(Buffer.alloc(8192)));
      assert.equal(await peer.result(Kind.fill, Buffer.concat([u64(address), u64(-1), u8(1)])), -Errno.EFAULT);
      await peer.close();
    });

    it('is unmapped in parts', async () => {
      const peer = await agent.start();
      const address = await peer.result(Kind.map, u64(5 * 4096));
      const page = (number: number): number => address + number * 4096;
      const touch = (number: number, length = 1): Promise<number> =>
        peer.result(Kind.fill, Buffer.concat([u64(page(number)), u64(length), u8(1)]));
      assert.equal(await peer.result(Kind.unmap, Buffer.concat([u64(page(1)), u64(4096)])), 0);
      assert.equal(await peer.result(Kind.unmap, Buffer.concat([u64(page(3)), u64(1)])), 0);
      assert.deepEqual(await Promise.all([0, 1, 2, 3, 4].map((number) => touch(number))), [
        0,
        -Errno.EFAULT,
        0,
        -Errno.EFAULT,
        0,
      ]);
      assert.equal(await touch(0, 4097), -Errno.EFAULT);
      assert.equal(await peer.result(Kind.unmap, Buffer.concat([u64(page(0)), u64(5 * 4096)])), 0);
      assert.equal(await touch(4), -Errno.EFAULT);
      assert.equal(await peer.result(Kind.unmap, Buffer.concat([u64(address + 1), u64(4096)])), -Errno.EINVAL);
      assert.equal(await peer.result(Kind.unmap, Buffer.concat([u64(address), u64(0)])), -Errno.EINVAL);
      await peer.close();
    });

    it('that is not of a request stays mapped', async () => {
      const peer = await agent.start();
      const maps = await peer.ask(Kind.getAttribute, text('/proc/self/maps'));
      for (const line of maps.bytes.toString('utf8').trimEnd().split('\n')) {
        const [from = 0, to = 0] = (line.split(' ')[0] ?? '').split('-').map((word) => parseInt(word, 16));
        assert.equal((await peer.result(Kind.unmap, Buffer.concat([u64(from), u64(to - from)]))) <= 0, true);
      }
      assert.ok((await peer.result(Kind.eventfd)) > 2);
      await peer.close();
    });
  });

  describe('attributes', () => {
    it('are read whole', async () => {
      const peer = await agent.start();
      const answer = await peer.ask(Kind.getAttribute, text('/proc/cmdline'));
      assert.equal(answer.bytes.toString(), readFileSync('/proc/cmdline', 'utf8'));
      assert.equal(answer.result, answer.bytes.length);
      assert.equal(await peer.result(Kind.getAttribute, text('/proc/self')), -Errno.EISDIR);
      await peer.close();
    });

    it('are cut at the payload limit', async () => {
      const peer = await agent.start();
      const answer = await peer.ask(Kind.getAttribute, text('/proc/kallsyms'));
      const whole = readFileSync('/proc/kallsyms').length;
      assert.equal(answer.result, Math.min(whole, 0x10_0000 - 8));
      await peer.close();
    });

    it('are written with one call', async () => {
      const peer = await agent.start();
      const put = (path: string, value: string): Promise<number> =>
        peer.result(Kind.putAttribute, Buffer.concat([u16(path.length), text(path), text(value)]));
      assert.equal(await put('/proc/self/comm', 'renamed'), 7);
      const name = await peer.ask(Kind.getAttribute, text('/proc/self/comm'));
      assert.equal(name.bytes.toString(), 'renamed\n');
      assert.equal(await put('/sys/bus/css/no', 'x'), -Errno.ENOENT);
      await peer.close();
    });

    it('are listed beside the folders of vfio, which no other request takes', async () => {
      const peer = await agent.start();
      for (const folder of ['/dev/vfio', '/dev/vfio/devices']) {
        const { error, result, bytes } = await peer.ask(Kind.list, text(folder));
        assert.equal(error, 0);
        assert.equal(result, existsSync(folder) ? strings(bytes).length : -Errno.ENOENT);
        assert.equal((await peer.ask(Kind.getAttribute, text(folder))).error, Refusal.path);
        assert.equal((await peer.ask(Kind.link, text(folder))).error, Refusal.path);
      }
      for (const folder of ['/dev', '/dev/', '/dev/vfio2', '/dev/vfio/other', '/dev/iommu']) {
        assert.equal((await peer.ask(Kind.list, text(folder))).error, Refusal.path, folder);
      }
      await peer.close();
    });

    it('are listed in order', async () => {
      const peer = await agent.start();
      const { result, bytes } = await peer.ask(Kind.list, text('/proc/self/net'));
      const names = strings(bytes);
      assert.equal(result, names.length);
      assert.deepEqual(names, readdirSync('/proc/self/net').sort());
      assert.equal(await peer.result(Kind.list, text('/sys/bus/css/no')), -Errno.ENOENT);
      await peer.close();
    });

    it('that are links tell where they lead', async () => {
      const peer = await agent.start();
      const { result, bytes } = await peer.ask(Kind.link, text('/proc/mounts'));
      assert.deepEqual([result, bytes.toString()], [11, 'self/mounts']);
      assert.equal(await peer.result(Kind.link, text('/proc/version')), -Errno.EINVAL);
      await peer.close();
    });
  });

  it('kernel log goes on from a mark', async function () {
    const peer = await agent.start();
    const first = await peer.ask(Kind.kernelLog, u64(0));
    if (first.result < 0) this.skip();
    const records = first.bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => /^\d+,\d+,\d+,/.test(line));
    const sequence = (record: string): number => Number(record.split(',')[1]);
    const last = records.at(-1);
    if (last === undefined) this.skip();
    assert.equal(first.result, sequence(last) + 1);

    // From the last record on: it, and what has come since.
    const again = await peer.ask(Kind.kernelLog, u64(sequence(last)));
    assert.ok(again.bytes.toString('utf8').startsWith(last));
    const none = await peer.ask(Kind.kernelLog, u64(2n ** 40n));
    assert.deepEqual([none.result, none.bytes.length], [2 ** 40, 0]);
    // Back to the start, though the log was read to its end.
    const whole = await peer.ask(Kind.kernelLog, u64(0));
    assert.ok(whole.bytes.toString('utf8').startsWith(records[0]!));
    await peer.close();
  });

  it('fail says that the kernel cannot, or plans', async () => {
    const peer = await agent.start();
    const result = await peer.result(Kind.fail, u32(1));
    assert.ok(result === 0 || result === -Errno.ENOENT, `${result}`);
    assert.equal(await peer.result(Kind.fail, u32(0)), result);
    await peer.close();
  });
});
