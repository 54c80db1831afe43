/** Requests and opens in whose middle the kernel runs out of something. */

import {
  defineCase,
  DeviceInfo,
  encodeDeviceInfo,
  encodeFd,
  encodeRegionInfo,
  IommuType,
  IoRegion,
  OrbBit,
  ProgramBuilder,
  RegionIndex,
  VfioRequest,
  viewOf,
  type AssembledProgram,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { withFiles } from '../../support/files.js';
import { DATA, Started } from '../../support/started.js';
import { taken } from '../../support/taken.js';

/** More allocations than any of the programs needs. */
const MOST_ALLOCATIONS = 200;
/** Allocations one after the other that a request can do without (those of a debug kernel's own accounts), at most. */
const SPARED_IN_A_ROW = 8;

/** Two segments, a direct CCW over three pages, and a list of two IDAWs. */
function demanding(): AssembledProgram {
  return new ProgramBuilder({
    name: 'program of two segments with data and a list',
    orb: { control: OrbBit.format2Idaw },
  })
    .ccw('sense-id', { flags: ['cc', 'sli'], count: 9000, address: 0x4_0800 })
    .indirect('sense-id', {
      flags: ['cc', 'sli'],
      pieces: [
        { at: 0x3_0ff8, length: 8 },
        { at: 0x3_4000, length: 8 },
      ],
    })
    .tic(0x6000)
    .at(0x6000)
    .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
    .ccw('sense-id', { flags: ['sli'], count: 8, address: 0x5_0000 })
    .build();
}

export const faultCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/faults/every-allocation-of-a-start',
    decides:
      'A START in which any one kernel allocation fails is refused with ENOMEM and leaves nothing behind; with none failing it runs.',
    requirements: ['TRN-020', 'TRN-044', 'FSM-006'],
    guards: ['c1ab69268d12'],
    needs: ['vfio', 'allocation-faults'],
    touches: 'nothing',
    leaks: true,
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const faults = context.control('allocationFaults');
      const program = demanding();
      const before = await taken(context);
      const runs = async (): Promise<void> => {
        const irb = await device.lastIrb(program.name);
        expect.irb(irb, { ccwAddress: 0x6010, subchannelStatus: 0 }, 'IRB', program);
      };
      let failures = 0;
      let [ordinal, spared] = [1, 0];
      for (; spared < SPARED_IN_A_ROW && ordinal < MOST_ALLOCATIONS; ordinal++) {
        await faults.failAllocation(ordinal);
        const result = await device.start(program);
        await faults.failAllocation(0);
        if (result === IoRegion.length) {
          spared++;
          await runs();
        } else {
          [spared, failures] = [0, failures + 1];
          expect.result(result, 'ENOMEM', `write that starts ${program.name} when allocation ${ordinal} fails`);
        }
        expect.equal(await taken(context), before, `what the host has taken when allocation ${ordinal} has failed`);
      }
      expect.isTrue(
        failures > 7 && ordinal < MOST_ALLOCATIONS,
        `a START has more than 7 allocations that it needs; ${failures} of ${ordinal} made it fail`,
      );
      await device.accepts(program);
      await runs();
    },
  }),
  defineCase({
    id: 'vfio-ccw/faults/pin-of-fewer-pages',
    decides:
      'A START for which fewer pages are pinned than asked for is refused with EINVAL, unpins them, and runs when it is repeated.',
    requirements: ['TRN-044', 'FSM-006'],
    guards: ['9b6e57e5a516'],
    needs: ['vfio', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const before = await taken(context);
      const program = demanding();
      await context.control('faults').pinShort();
      await device.refuses(program, 'EINVAL');
      expect.equal(await taken(context), before, 'what the host has taken after the refusal');
      await device.accepts(program);
      expect.irb(await device.lastIrb(program.name), { ccwAddress: 0x6010, subchannelStatus: 0 }, 'IRB', program);
    },
  }),
  defineCase({
    id: 'vfio-ccw/faults/every-allocation-of-an-open',
    decides:
      'An open in which any one kernel allocation fails is refused with ENOMEM and leaves nothing behind; with none failing the device opens.',
    requirements: ['FSM-037'],
    needs: ['vfio', 'allocation-faults'],
    touches: 'nothing',
    leaks: true,
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const faults = context.control('allocationFaults');
        const container = await files.open('/dev/vfio/vfio');
        const group = await files.open(places.group);
        await files.request(group, VfioRequest.groupSetContainer, encodeFd(container), 'SET_CONTAINER');
        await files.request(container, VfioRequest.setIommu, IommuType.type1v2, 'SET_IOMMU');
        const before = await taken(context);
        let failures = 0;
        let [ordinal, spared] = [1, 0];
        for (; spared < SPARED_IN_A_ROW && ordinal < MOST_ALLOCATIONS; ordinal++) {
          await faults.failAllocation(ordinal);
          const device = await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid);
          await faults.failAllocation(0);
          if (device >= 0) {
            spared++;
            const info = encodeDeviceInfo();
            await files.request(device, VfioRequest.deviceGetInfo, info, 'GET_INFO');
            expect.equal(viewOf(info).getUint32(DeviceInfo.numRegions), 4, 'regions of a device that opens');
            expect.result(await system.close(device), 0, 'close of the device');
          } else {
            [spared, failures] = [0, failures + 1];
            expect.result(device, 'ENOMEM', `GET_DEVICE_FD when allocation ${ordinal} fails`);
          }
          expect.equal(await taken(context), before, `what the host has taken when allocation ${ordinal} has failed`);
        }
        expect.isTrue(
          failures > 2 && ordinal < MOST_ALLOCATIONS,
          `an open registers three regions, each with an allocation; ${failures} of ${ordinal} made it fail`,
        );
      }),
  }),
  defineCase({
    id: 'vfio-ccw/faults/allocation-of-a-capability',
    decides:
      'GET_REGION_INFO of a region with a capability fails with ENOMEM when there is no memory for it; others need none.',
    requirements: ['ABI-058'],
    needs: ['vfio', 'allocation-faults'],
    touches: 'nothing',
    run: async (context) => {
      const { vfio } = await Started.open(context);
      const faults = context.control('allocationFaults');
      for (const [index, result] of [
        [RegionIndex.io, 0],
        [RegionIndex.asyncCommand, 'ENOMEM'],
        [RegionIndex.schib, 'ENOMEM'],
      ] as const) {
        const structure = encodeRegionInfo(index);
        await faults.failAllocation(1);
        const given = await context.system.ioctl(vfio.fd, VfioRequest.deviceGetRegionInfo, structure);
        await faults.failAllocation(0);
        context.expect.result(given, result, `GET_REGION_INFO of region ${index}`);
      }
    },
  }),
];
