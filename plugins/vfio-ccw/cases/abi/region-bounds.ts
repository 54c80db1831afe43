/** The ends of the regions, numbers that no region has, and accesses that a region refuses. */

import {
  CrwRegion,
  defineCase,
  IoRegion,
  regionOffset,
  SCHIB_REGION_LENGTH,
  takeCrw,
  UNMAPPED,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { ASYNC, CRW, FILL, IO, read, SCHIB } from '../../support/region-access.js';
import { Started } from '../../support/started.js';

/** Offsets that are this far apart name the same region: the region number is cut to 32 bits. */
const ALIAS = 2 ** 42;

export const boundaryCases: readonly CaseDefinition[] = [
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
      const before = await read(vfio, IO, IoRegion.length);
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
      expect.bytes((await read(vfio, IO, IoRegion.length)).bytes, before.bytes, 'the I/O region');
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
