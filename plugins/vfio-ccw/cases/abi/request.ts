/** What a write to the I/O or the asynchronous region is worth, apart from the program in it. */

import {
  AsyncCommand,
  AsyncRegion,
  CcwIrq,
  defineCase,
  IoRegion,
  loadProgram,
  regionOffset,
  RegionIndex,
  startRequest,
  UNMAPPED,
  viewOf,
  writeAsyncCommand,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { keepPending } from '../../support/pending.js';
import { LIMIT, noOperations, SILENCE, Started, suspended } from '../../support/started.js';

const ASYNC = regionOffset(RegionIndex.asyncCommand);

/** A request without any function, whose return code is `code`. */
function withoutFunction(code: number): Uint8Array {
  const request = new Uint8Array(IoRegion.length);
  viewOf(request).setInt32(IoRegion.retCode, code);
  return request;
}

export const requestCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/request/from-an-address-that-faults',
    decides: 'A write from an address that faults fails with EFAULT, and starts nothing.',
    requirements: ['ABI-034'],
    recorded: ['MAIN: pwrite EFAULT'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      expect.result(await system.pwrite(device.vfio.fd, UNMAPPED, 0), 'EFAULT', 'the write to the I/O region');
      expect.result(
        await system.pwrite(device.vfio.fd, UNMAPPED, ASYNC),
        'EFAULT',
        'the write to the asynchronous region',
      );
      // The program that ran is still in the region: a START of it would interrupt.
      expect.equal(await device.vfio.waitIrq(CcwIrq.io, SILENCE), 0, 'signals of the I/O eventfd');
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/of-no-bytes',
    decides: 'A write of no bytes to the I/O region executes the request that is in it once more.',
    requirements: ['ABI-035'],
    recorded: ['MAIN: zero-length write'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      expect.result(await device.vfio.write(0, new Uint8Array(0)), 0, 'the write of no bytes');
      await device.lastIrb('the request that was in the region');
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/of-some-bytes',
    decides: 'A write of a part of the I/O region changes that part, and executes the request that is in it then.',
    requirements: ['ABI-055'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      const [first, second] = [noOperations(1), noOperations(1, 0x3000)];
      await device.succeeds(first, 0x1000);
      await loadProgram(device.vfio.memory, second);
      const address = startRequest(second).subarray(8, 12);
      expect.result(await device.vfio.write(IoRegion.orb + 8, address), 4, 'the write of the channel-program address');
      const irb = await device.lastIrb(second.name);
      expect.irb(irb, { ccwAddress: 0x3008, subchannelStatus: 0 }, 'IRB of the program at 3000', second);
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/that-is-refused-is-stored',
    decides: 'The bytes of a write that is refused stay in the I/O region, those for the IRB area included.',
    requirements: ['ABI-036'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      const request = startRequest({ ...noOperations(1, 0x80_0000), memory: [] }).fill(0xa5, IoRegion.irb);
      expect.result(await device.vfio.write(0, request), 'EINVAL', 'a START of a program in memory that is not mapped');
      const region = new Uint8Array(IoRegion.length);
      await device.vfio.read(0, region);
      expect.bytes(region.subarray(0, IoRegion.retCode), request.subarray(0, IoRegion.retCode), 'the I/O region');
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/bytes-that-no-interruption-stores',
    decides: 'An interruption stores 64 of the 96 bytes of the IRB area: the rest keeps what was written there.',
    requirements: ['IRQ-004'],
    recorded: ['MAIN: irb bytes 60..67,95'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      const program = noOperations(1);
      await loadProgram(device.vfio.memory, program);
      const request = startRequest(program).fill(0xaa, IoRegion.irb, IoRegion.retCode);
      expect.result(await device.vfio.write(0, request), IoRegion.length, 'the START');
      const irb = await device.lastIrb(program.name);
      expect.isTrue(
        irb.subarray(0, 12).some((byte) => byte !== 0xaa),
        'the SCSW is stored',
      );
      expect.isTrue(
        irb.subarray(60, 64).every((byte) => byte !== 0xaa),
        'bytes 60 to 63 are stored',
      );
      expect.bytes(irb.subarray(64), new Uint8Array(32).fill(0xaa), 'bytes 64 to 95');
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/without-a-function',
    decides: 'A write without a function and with ret_code 0 returns its length, and leaves the device idle.',
    requirements: ['ABI-037'],
    recorded: ['MAIN: fctl 0 rc0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      expect.result(await device.vfio.write(0, withoutFunction(0)), IoRegion.length, 'the write');
      expect.equal(await device.vfio.waitIrq(CcwIrq.io, SILENCE), 0, 'signals of the I/O eventfd');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/return-code-of-the-caller',
    decides:
      "A write without a function returns the caller's own ret_code where that is not 0, as a count or as an errno.",
    requirements: ['ABI-038'],
    recorded: ['MAIN: fctl 0 rc5', 'MAIN: fctl 0 rc-14'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      expect.result(await device.vfio.write(0, withoutFunction(5)), 5, 'the write with ret_code 5');
      expect.result(await device.vfio.write(0, withoutFunction(-14)), 'EFAULT', 'the write with ret_code -14');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/in-two-segments',
    decides:
      'A vectored write executes one request for each segment at one and the same offset: the second finds the first pending.',
    requirements: ['ABI-056'],
    recorded: ['MAIN: pwritev 2x124'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const program = suspended();
      await loadProgram(device.vfio.memory, program);
      const request = startRequest(program);
      const written = await system.pwritev(device.vfio.fd, [request, request], 0);
      expect.result(written, IoRegion.length, 'the write of two requests');
      const region = new Uint8Array(IoRegion.length);
      await device.vfio.read(0, region);
      expect.result(viewOf(region).getInt32(IoRegion.retCode), 'EBUSY', 'ret_code of the second request');
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/read-in-two-segments',
    decides:
      'A vectored read gives every segment the bytes at one and the same offset, and ends at a segment that fails.',
    requirements: ['ABI-056'],
    recorded: ['MAIN: preadv 2x12 same data?'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      const segments = [new Uint8Array(12), new Uint8Array(12)] as const;
      expect.result(await system.preadv(device.vfio.fd, segments, 0), 24, 'the read of 2 segments of 12 bytes');
      expect.isTrue(
        segments[0].some((byte) => byte !== 0),
        'the first segment has the ORB',
      );
      expect.bytes(segments[1], segments[0], 'the second segment');
      const [some, none, most] = [new Uint8Array(4), new Uint8Array(0), new Uint8Array(IoRegion.length + 1)];
      for (const [what, vector, result] of [
        ['the second segment is too long', [some, most], 4],
        ['the first segment is too long', [most, some], 'EINVAL'],
        ['one segment is empty', [some, none, some], 8],
      ] as const) {
        expect.result(await system.preadv(device.vfio.fd, vector, 0), result, `a read where ${what}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/second-word-of-an-async-command',
    decides: 'A write of bytes 4 to 7 of the asynchronous region executes the stored command again.',
    requirements: ['ABI-041'],
    recorded: ['MAIN: async rewrite ret_code only'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      expect.result(await writeAsyncCommand(device.vfio, AsyncCommand.clear), AsyncRegion.length, 'CLEAR SUBCHANNEL');
      await device.irb('CLEAR SUBCHANNEL');
      expect.result(await device.vfio.write(ASYNC + 4, new Uint8Array(4)), 4, 'the write of ret_code alone');
      expect.equal(await device.vfio.waitIrq(CcwIrq.io, LIMIT), 1, 'interruptions for the command executed again');
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/while-another-is-written',
    decides: 'A write to either region while another thread is in one fails with EAGAIN, and stores nothing.',
    requirements: ['ABI-045'],
    recorded: ['MAIN: EAGAIN race (3000)'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      const { vfio } = device;
      const late: Promise<number>[] = [];
      await context.control('schedule').atPoint('driver:io-region-copied', () => {
        late.push(vfio.write(0, new Uint8Array(IoRegion.length).fill(0xff)));
        late.push(vfio.write(ASYNC, Uint8Array.of(0, 0, 0, AsyncCommand.clear, 0, 0, 0, 0)));
      });
      await device.succeeds(noOperations(1), 0x1000);
      const [io, async] = await Promise.all(late);
      expect.result(io ?? 0, 'EAGAIN', 'the write to the I/O region meanwhile');
      expect.result(async ?? 0, 'EAGAIN', 'the write to the asynchronous region meanwhile');
      const command = new Uint8Array(4);
      await vfio.read(ASYNC, command);
      expect.bytes(command, '00000000', 'the command in the asynchronous region');
    },
  }),
  defineCase({
    id: 'vfio-ccw/request/read-while-another-is-written',
    decides: 'A read while another thread writes a request waits, and gives the region as the request leaves it.',
    requirements: ['ABI-045'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      const schedule = context.control('schedule');
      const region = new Uint8Array(IoRegion.length).fill(0xa5);
      const reads: Promise<number>[] = [];
      await schedule.atPoint('driver:io-region-copied', () => {
        reads.push(device.vfio.read(0, region));
        expect.bytes(region.subarray(0, 4), 'a5a5a5a5', 'the buffer of the read while the request is executed');
      });
      await keepPending(device);
      await schedule.settle();
      expect.equal(await Promise.all(reads), [IoRegion.length], 'the results of the reads');
      expect.equal(viewOf(region).getInt32(IoRegion.retCode), 0, 'ret_code that the read gave');
      expect.isTrue(region[IoRegion.scsw + 2] === 0x40, 'the read gave the request that was written');
    },
  }),
];
