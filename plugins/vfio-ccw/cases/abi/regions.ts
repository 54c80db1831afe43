/** Reading and writing the device file: which part of which region, and what is refused. */

import {
  CrwRegion,
  defineCase,
  IoRegion,
  PmcwFlag,
  regionOffset,
  RegionIndex,
  SCHIB_REGION_LENGTH,
  takeCrw,
  UNMAPPED,
  viewOf,
  type CaseDefinition,
  type VfioPort,
} from 'ccwspec/plugin';
import { noOperations, Started } from '../../support/started.js';
import { schibOf } from '../../support/schib.js';

const IO = regionOffset(RegionIndex.io);
const ASYNC = regionOffset(RegionIndex.asyncCommand);
const SCHIB = regionOffset(RegionIndex.schib);
const CRW = regionOffset(RegionIndex.crw);
/** Offsets that are this far apart name the same region: the region number is cut to 32 bits. */
const ALIAS = 2 ** 42;
const FILL = 0xa5;

/** Reads `length` bytes into a buffer that has 4 bytes more. */
async function read(vfio: VfioPort, offset: number, length: number): Promise<{ result: number; bytes: Uint8Array }> {
  const buffer = new Uint8Array(length + 4).fill(FILL);
  return { result: await vfio.read(offset, buffer.subarray(0, length)), bytes: buffer };
}

const sliceCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/regions/slices-of-the-io-region',
    decides: 'A read of any part of the I/O region, an empty one at its end included, gives exactly these bytes.',
    requirements: ['ABI-029'],
    guards: ['c458dda3d07c'],
    recorded: ['MAIN: pread off 0 n 124', 'MAIN: pread off 7b n 1', 'MAIN: pread off 7c n 0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      const pattern = Uint8Array.from({ length: IoRegion.length }, (_, at) => at + 1);
      // No function, and a return code of 0: stored, and nothing else.
      pattern.fill(0, IoRegion.scsw, IoRegion.scsw + 4);
      pattern.fill(0, IoRegion.retCode);
      expect.result(await vfio.write(IO, pattern), IoRegion.length, 'the write of the pattern');
      for (const [at, length] of [
        [0, 124],
        [0, 1],
        [5, 7],
        [24, 96],
        [123, 1],
        [124, 0],
      ] as const) {
        const { result, bytes } = await read(vfio, IO + at, length);
        expect.result(result, length, `the read of ${length} bytes at ${at}`);
        expect.bytes(bytes.subarray(0, length), pattern.subarray(at, at + length), `the ${length} bytes at ${at}`);
        expect.bytes(bytes.subarray(length), 'a5a5a5a5', `the buffer behind ${length} bytes at ${at}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/slices-of-the-async-region',
    decides:
      'A read of any part of the asynchronous command region gives these bytes: the last command and its return code.',
    requirements: ['ABI-051'],
    recorded: ['MAIN: pread off 400 n 8', 'MAIN: pread off 404 n 4', 'MAIN: pread off 408 n 0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      expect.result(await vfio.write(ASYNC, Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 0)), 'EINVAL', 'the command 9');
      const whole = '00000009ffffffea';
      for (const [at, length] of [
        [0, 8],
        [4, 4],
        [3, 2],
        [8, 0],
      ] as const) {
        const { result, bytes } = await read(vfio, ASYNC + at, length);
        expect.result(result, length, `the read of ${length} bytes at ${at}`);
        expect.bytes(bytes.subarray(0, length), whole.slice(at * 2, (at + length) * 2), `the ${length} bytes at ${at}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/slices-of-the-schib-region',
    decides: 'A read of any part of the SCHIB region gives these bytes of the SCHIB.',
    requirements: ['ABI-031'],
    recorded: ['MAIN: pread off 800 n 52', 'MAIN: pread off 833 n 1'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      const whole = await read(vfio, SCHIB, SCHIB_REGION_LENGTH);
      expect.result(whole.result, SCHIB_REGION_LENGTH, 'the read of the whole region');
      for (const [at, length] of [
        [4, 4],
        [11, 1],
        [16, 8],
        [51, 1],
        [52, 0],
      ] as const) {
        const { result, bytes } = await read(vfio, SCHIB + at, length);
        expect.result(result, length, `the read of ${length} bytes at ${at}`);
        expect.bytes(bytes.subarray(0, length), whole.bytes.subarray(at, at + length), `the ${length} bytes at ${at}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/an-empty-crw-region',
    decides: 'A read of the CRW region without a channel report gives 8 bytes of zeros.',
    requirements: ['ABI-032'],
    recorded: ['MAIN: pread off c00 n 8', 'MAIN: CRW empty'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      const { result, bytes } = await read(vfio, CRW, CrwRegion.length);
      expect.result(result, CrwRegion.length, 'the read');
      expect.bytes(bytes, '0000000000000000a5a5a5a5', 'the region, and the buffer behind it');
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/reads-that-take-a-report',
    decides:
      'A read of the CRW region that covers only its pad word, or nothing, removes one channel report all the same.',
    requirements: ['ABI-033'],
    needs: ['vfio', 'path-control'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const paths = context.control('paths');
      const [chpid = 0] = paths.chpids;
      const { vfio } = await Started.open(context);
      for (const [what, at, length] of [
        ['the pad word', 4, 4],
        ['nothing', 0, 0],
      ] as const) {
        try {
          await paths.configure(chpid, false);
        } finally {
          await paths.configure(chpid, true);
        }
        const { result, bytes } = await read(vfio, CRW + at, length);
        expect.result(result, length, `the read of ${what}`);
        expect.bytes(bytes.subarray(0, length), new Uint8Array(length), `the bytes of ${what}`);
        expect.equal(await takeCrw(vfio), 0x0402_0000 | chpid, `the next report after the read of ${what}`);
        expect.equal(await takeCrw(vfio), 0, `a third report after the read of ${what}`);
      }
    },
  }),
];

const boundaryCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/regions/beyond-the-io-region',
    decides: 'An access that reaches beyond the 124 bytes of the I/O region fails with EINVAL and moves no byte.',
    requirements: ['ABI-027'],
    recorded: [
      'MAIN: pread off 0 n 125',
      'MAIN: pread off 1 n 124',
      'MAIN: pread off 7c n 1',
      'MAIN: pread off 7d n 0',
      'MAIN: pread off 3ff n 1',
      'MAIN: read(2) 125',
    ],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { vfio } = await Started.open(context);
      for (const [at, length] of [
        [0, 125],
        [1, 124],
        [124, 1],
        [125, 0],
        [0x3ff, 1],
      ] as const) {
        const what = `${length} bytes at ${at}`;
        const { result, bytes } = await read(vfio, IO + at, length);
        expect.result(result, 'EINVAL', `the read of ${what}`);
        expect.isTrue(
          bytes.every((byte) => byte === FILL),
          `the read of ${what} stores nothing`,
        );
        expect.result(await vfio.write(IO + at, new Uint8Array(length).fill(FILL)), 'EINVAL', `the write of ${what}`);
      }
      expect.result(await system.read(vfio.fd, new Uint8Array(125)), 'EINVAL', 'read(2) of 125 bytes');
      expect.bytes(
        (await read(vfio, IO, IoRegion.length)).bytes.subarray(0, 124),
        new Uint8Array(124),
        'the I/O region',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/beyond-the-other-regions',
    decides: 'A read that reaches beyond the end of the asynchronous, SCHIB or CRW region fails with EINVAL.',
    requirements: ['ABI-027'],
    recorded: ['MAIN: pread off 400 n 9', 'MAIN: pread off 800 n 53', 'MAIN: pread off c00 n 9'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      for (const [name, offset, size] of [
        ['asynchronous command region', ASYNC, 8],
        ['SCHIB region', SCHIB, SCHIB_REGION_LENGTH],
        ['CRW region', CRW, CrwRegion.length],
      ] as const) {
        for (const [at, length] of [
          [0, size + 1],
          [1, size],
          [size, 1],
          [size + 1, 0],
          [0x3ff, 1],
        ] as const) {
          const { result, bytes } = await read(vfio, offset + at, length);
          expect.result(result, 'EINVAL', `the read of ${length} bytes at ${at} of the ${name}`);
          expect.isTrue(
            bytes.every((byte) => byte === FILL),
            `${length} bytes at ${at} of the ${name} are not stored`,
          );
        }
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/numbers-that-no-region-has',
    decides:
      'Reads and writes in the regions with the numbers 4 to 255, and with the highest numbers, fail with EINVAL.',
    requirements: ['ABI-028'],
    guards: ['CVE-2026-80552'],
    recorded: ['MAIN: pread off 1000 n 4'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      const numbers = Array.from({ length: 252 }, (_, number) => number + 4);
      for (const number of [...numbers, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]) {
        const { result, bytes } = await read(vfio, regionOffset(number), 4);
        expect.result(result, 'EINVAL', `a read of region ${number}`);
        expect.isTrue(
          bytes.every((byte) => byte === FILL),
          `a read of region ${number} stores nothing`,
        );
        expect.result(
          await vfio.write(regionOffset(number), new Uint8Array(4)),
          'EINVAL',
          `a write of region ${number}`,
        );
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/numbers-repeat-every-2-to-the-42',
    decides: 'The region number is cut to 32 bits: offsets repeat every 2^42 bytes, also where no region is.',
    requirements: ['ABI-052'],
    guards: ['CVE-2026-80552'],
    recorded: ['MAIN: pread off 40000000000 n 124', 'MAIN: pread off 40000000800 n 4'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      const region = await read(vfio, IO, IoRegion.length);
      const schib = await read(vfio, SCHIB, 28);
      for (const alias of [ALIAS, 3 * ALIAS, 2 ** 52]) {
        const name = `2^42 times ${alias / ALIAS}`;
        const again = await read(vfio, alias + IO, IoRegion.length);
        expect.result(again.result, IoRegion.length, `the read of the I/O region at ${name}`);
        expect.bytes(again.bytes, region.bytes, `the I/O region at ${name}`);
        expect.bytes((await read(vfio, alias + SCHIB, 28)).bytes, schib.bytes, `the PMCW at ${name}`);
        expect.result((await read(vfio, alias + regionOffset(4), 4)).result, 'EINVAL', `region 4 at ${name}`);
        expect.result((await read(vfio, alias + 124, 1)).result, 'EINVAL', `byte 124 of the I/O region at ${name}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/negative-offsets',
    decides: 'Reads and writes at a negative offset fail with EINVAL.',
    requirements: ['ABI-053'],
    recorded: ['MAIN: pread off fffffffffffffff8 n 4'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      for (const offset of [-1, -8, -1024, -ALIAS, -(2 ** 52)]) {
        expect.result((await read(vfio, offset, 4)).result, 'EINVAL', `a read at ${offset}`);
        expect.result(await vfio.write(offset, new Uint8Array(4)), 'EINVAL', `a write at ${offset}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/writes-of-the-schib-region',
    decides: 'A write of the SCHIB region fails with EINVAL, for every place and length, the empty one included.',
    requirements: ['ABI-030'],
    recorded: ['MAIN: pwrite schib 52', 'MAIN: pwrite schib 0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      const before = await read(vfio, SCHIB, 28);
      for (const [at, length] of [
        [0, SCHIB_REGION_LENGTH],
        [0, 0],
        [4, 2],
      ] as const) {
        const result = await vfio.write(SCHIB + at, new Uint8Array(length).fill(0xff));
        expect.result(result, 'EINVAL', `the write of ${length} bytes at ${at}`);
      }
      expect.bytes((await read(vfio, SCHIB, 28)).bytes, before.bytes, 'the PMCW afterwards');
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/writes-of-the-crw-region',
    decides: 'A write of the CRW region fails with EINVAL, and puts no report into it.',
    requirements: ['ABI-030'],
    recorded: ['MAIN: pwrite crw 8'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      for (const length of [CrwRegion.length, 4, 0]) {
        expect.result(
          await vfio.write(CRW, new Uint8Array(length).fill(0xff)),
          'EINVAL',
          `the write of ${length} bytes`,
        );
      }
      expect.equal(await takeCrw(vfio), 0, 'the report in the region');
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/reads-to-an-address-that-faults',
    decides: 'A read to an address that faults fails with EFAULT, in every region.',
    requirements: ['ABI-054'],
    recorded: ['MAIN: pread EFAULT'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { vfio } = await Started.open(context);
      for (const [name, offset] of Object.entries({ IO, ASYNC, SCHIB, CRW })) {
        expect.result(await system.pread(vfio.fd, UNMAPPED, offset), 'EFAULT', `the read of region ${name}`);
      }
    },
  }),
];

const contentCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/regions/a-new-device-reads-as-zero',
    decides: 'The I/O and asynchronous regions read as zeros before the first request.',
    requirements: ['ABI-040'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      for (const [name, offset, length] of [
        ['I/O', IO, IoRegion.length],
        ['asynchronous', ASYNC, 8],
      ] as const) {
        const { bytes } = await read(vfio, offset, length);
        expect.bytes(bytes.subarray(0, length), new Uint8Array(length), `the ${name} region`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/the-schib-of-an-open-device',
    decides:
      'The SCHIB region of an open device shows the host subchannel: enabled, with a valid device number and interruption subclass 3.',
    requirements: ['PTH-017', 'FSM-019'],
    recorded: ['MAIN: SCHIB'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      const schib = await schibOf(expect, vfio);
      const { deviceNumberValid, enabled, interruptionSubclass } = PmcwFlag;
      expect.equal(schib.flags & interruptionSubclass, 3 << 11, 'the interruption subclass in the PMCW flags');
      expect.equal(schib.flags & enabled, enabled, 'the bit E of the PMCW');
      expect.equal(schib.flags & deviceNumberValid, deviceNumberValid, 'the bit V of the PMCW');
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/the-schib-is-stored-afresh',
    decides: 'A read of the SCHIB region executes STORE SUBCHANNEL, one for each read.',
    requirements: ['ABI-031'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await Started.open(context);
      const host = context.control('host');
      const stores = async (): Promise<number> =>
        (await host.instructions()).filter((instruction) => instruction.startsWith('stsch')).length;
      const before = await stores();
      await read(vfio, SCHIB, 4);
      await read(vfio, SCHIB, 4);
      expect.equal((await stores()) - before, 2, 'STORE SUBCHANNELs for two reads');
    },
  }),
  defineCase({
    id: 'vfio-ccw/regions/the-return-code-of-a-request',
    decides:
      'ret_code reads as 0 after a START that was accepted, and as the negative errno after one that was refused.',
    requirements: ['ABI-039'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      const code = async (): Promise<number> =>
        viewOf((await read(device.vfio, IO, 124)).bytes).getInt32(IoRegion.retCode);
      await device.refuses({ ...noOperations(1, 0x80_0000), memory: [] }, 'EINVAL');
      expect.result(await code(), 'EINVAL', 'ret_code after a START that was refused');
      await device.succeeds(noOperations(1), 0x1000);
      expect.result(await code(), 0, 'ret_code after a START that was accepted');
    },
  }),
];

export const regionCases: readonly CaseDefinition[] = [...sliceCases, ...boundaryCases, ...contentCases];
