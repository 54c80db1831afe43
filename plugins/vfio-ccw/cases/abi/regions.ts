/** Reading the regions: any part of them, and what is in them. */

import {
  CrwRegion,
  defineCase,
  IoRegion,
  PmcwFlag,
  SCHIB_REGION_LENGTH,
  takeCrw,
  viewOf,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { ASYNC, CRW, IO, read, SCHIB } from '../../support/region-access.js';
import { schibOf } from '../../support/schib.js';
import { noOperations, Started } from '../../support/started.js';

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
    needs: ['vfio', 'path-control', 'path-reports'],
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
          await paths.report(chpid, false);
        } finally {
          await paths.report(chpid, true);
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

const contentCases: readonly CaseDefinition[] = [
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

export const regionCases: readonly CaseDefinition[] = [...sliceCases, ...contentCases];
