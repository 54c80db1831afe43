/** VFIO_DEVICE_GET_INFO, GET_REGION_INFO and GET_IRQ_INFO. */

import {
  CcwIrq,
  decodeIrqInfo,
  decodeRegionInfo,
  defineCase,
  DeviceInfo,
  encodeDeviceInfo,
  encodeIrqInfo,
  encodeIrqSet,
  encodeRegionInfo,
  RegionInfo,
  toHex,
  UNMAPPED,
  VfioRequest,
  viewOf,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { register } from '../../support/interrupts.js';

const { deviceGetInfo, deviceGetIrqInfo, deviceGetRegionInfo, deviceSetIrqs } = VfioRequest;

/** Size, flags and subtype of the regions, which lie 1 KiB apart in the device file. */
const REGIONS = [
  { id: 'io-region', name: 'I/O region', requirement: 'ABI-004', size: 124, flags: 0x3 },
  { id: 'async-region', name: 'asynchronous command region', requirement: 'ABI-005', size: 8, flags: 0xb, subtype: 1 },
  { id: 'schib-region', name: 'SCHIB region', requirement: 'ABI-006', size: 52, flags: 0x9, subtype: 2 },
  { id: 'crw-region', name: 'CRW region', requirement: 'ABI-007', size: 8, flags: 0x9, subtype: 3 },
] as const;

const regionCases = REGIONS.map((region, index) => {
  const { id, name, requirement, size, flags } = region;
  const capability = 'subtype' in region ? { type: 2, subtype: region.subtype } : {};
  const what = 'subtype' in region ? `with a capability of type 2, subtype ${region.subtype}` : 'and no capability';
  return defineCase({
    id: `vfio-ccw/info/${id}`,
    decides: `Region ${index} is the ${name}: ${size} bytes at ${(index * 1024).toString(16)}, flags ${flags.toString(16)}, ${what}.`,
    requirements: [requirement],
    recorded: [`MAIN: region info ${index}`],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const { fd } = await openVfio();
      const structure = encodeRegionInfo(index);
      structure.fill(0xa5, RegionInfo.size, RegionInfo.minimum);
      expect.result(await system.ioctl(fd, deviceGetRegionInfo, structure), 0, `GET_REGION_INFO of index ${index}`);
      const expected = { flags, size, offset: index * 1024, ...capability };
      expect.equal(decodeRegionInfo(structure), expected, `what GET_REGION_INFO of index ${index} stores`);
    },
  });
});

export const infoCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/info/device',
    decides: 'GET_INFO shows a channel device that can be reset, with 4 regions and 3 interrupts.',
    requirements: ['ABI-001'],
    recorded: ['MAIN: GET_INFO'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      expect.equal(await vfio.info(), { flags: 0x11, regions: 4, irqs: 3 }, 'GET_INFO');
    },
  }),
  defineCase({
    id: 'vfio-ccw/info/device-leaves-the-rest',
    decides: 'GET_INFO leaves argsz and everything behind byte 16 of the structure as it was.',
    requirements: ['ABI-003'],
    recorded: ['MAIN: GET_INFO'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      const structure = encodeDeviceInfo();
      structure.fill(0x66, DeviceInfo.minimum);
      expect.result(await system.ioctl(vfio.fd, deviceGetInfo, structure), 0, 'GET_INFO');
      expect.equal(viewOf(structure).getUint32(DeviceInfo.argsz), DeviceInfo.length, 'argsz');
      expect.equal(toHex(structure.subarray(DeviceInfo.minimum)), '6666666666666666', 'the bytes behind byte 16');
    },
  }),
  defineCase({
    id: 'vfio-ccw/info/short-structures',
    decides:
      'GET_INFO and GET_IRQ_INFO with argsz below 16, and GET_REGION_INFO with argsz below 32, fail with EINVAL.',
    requirements: ['ABI-002', 'ABI-046'],
    recorded: ['MAIN: GET_INFO argsz15', 'MAIN: region1 argsz 31'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const { fd } = await openVfio();
      for (const [name, request, structure] of [
        ['GET_INFO with argsz 15', deviceGetInfo, encodeDeviceInfo(15)],
        ['GET_IRQ_INFO with argsz 15', deviceGetIrqInfo, encodeIrqInfo(0, 15)],
        ['GET_REGION_INFO with argsz 31', deviceGetRegionInfo, encodeRegionInfo(1, 31)],
      ] as const) {
        const before = structure.slice();
        expect.result(await system.ioctl(fd, request, structure), 'EINVAL', name);
        expect.bytes(structure, before, `the structure of ${name}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/info/structures-that-cannot-be-read',
    decides:
      'GET_INFO, GET_REGION_INFO, GET_IRQ_INFO and SET_IRQS fail with EFAULT at an address that faults, and where memory ends in what argsz promises.',
    requirements: ['ABI-002', 'ABI-047'],
    recorded: ['MAIN: GET_INFO NULL'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const { fd } = await openVfio();
      const requests = { deviceGetInfo, deviceGetRegionInfo, deviceGetIrqInfo, deviceSetIrqs };
      for (const [name, request] of Object.entries(requests)) {
        expect.result(await system.ioctl(fd, request, UNMAPPED), 'EFAULT', `${name} with an address that faults`);
      }
      const capability = encodeRegionInfo(1).subarray(0, RegionInfo.withCapability - 8);
      expect.result(
        await system.ioctl(fd, deviceGetRegionInfo, capability.slice()),
        'EFAULT',
        'deviceGetRegionInfo in memory that ends in the capability',
      );
      const irqs = encodeIrqSet(register(CcwIrq.io, -1));
      expect.result(
        await system.ioctl(fd, deviceSetIrqs, irqs.slice(0, irqs.length - 2)),
        'EFAULT',
        'deviceSetIrqs in memory that ends in the descriptor',
      );
    },
  }),
  ...regionCases,
  defineCase({
    id: 'vfio-ccw/info/io-region-leaves-the-rest',
    decides: 'GET_REGION_INFO of region 0 leaves argsz, cap_offset and everything behind byte 32 as it was.',
    requirements: ['ABI-004'],
    recorded: ['MAIN: region info 0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      const structure = encodeRegionInfo(0, 128);
      viewOf(structure).setUint32(RegionInfo.capOffset, 0x5a5a_5a5a);
      structure.fill(0x5a, RegionInfo.minimum);
      expect.result(await system.ioctl(vfio.fd, deviceGetRegionInfo, structure), 0, 'GET_REGION_INFO');
      expect.equal(viewOf(structure).getUint32(RegionInfo.argsz), 128, 'argsz');
      expect.equal(viewOf(structure).getUint32(RegionInfo.capOffset), 0x5a5a_5a5a, 'cap_offset');
      expect.isTrue(
        structure.subarray(RegionInfo.minimum).every((byte) => byte === 0x5a),
        'the rest stays 5A',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/info/no-fifth-region',
    decides: 'GET_REGION_INFO of index 4 and above fails with EINVAL and changes nothing of the structure.',
    requirements: ['ABI-008'],
    recorded: ['MAIN: region info 4'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      for (const index of [4, 5, 255, 0x7fff_ffff, 0xffff_ffff]) {
        const structure = encodeRegionInfo(index, 128);
        structure.fill(0x5a, RegionInfo.capOffset);
        const before = structure.slice();
        expect.result(await system.ioctl(vfio.fd, deviceGetRegionInfo, structure), 'EINVAL', `index ${index}`);
        expect.bytes(structure, before, `the structure of index ${index}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/info/capability-without-room',
    decides: 'GET_REGION_INFO with argsz 32 to 47 succeeds without the capability: argsz becomes 48, cap_offset 0.',
    requirements: ['ABI-009'],
    recorded: ['MAIN: region1 argsz 32', 'MAIN: region1 argsz 47'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      for (const argsz of [32, 47]) {
        const structure = encodeRegionInfo(1, argsz);
        structure.fill(0x5a, RegionInfo.minimum);
        viewOf(structure).setUint32(RegionInfo.capOffset, 0x5a5a_5a5a);
        expect.result(await system.ioctl(vfio.fd, deviceGetRegionInfo, structure), 0, `argsz ${argsz}`);
        const view = viewOf(structure);
        expect.equal(view.getUint32(RegionInfo.argsz), 48, `the argsz that comes back for ${argsz}`);
        expect.equal(view.getUint32(RegionInfo.capOffset), 0, `cap_offset for argsz ${argsz}`);
        expect.equal(view.getUint32(RegionInfo.flags), 0xb, `flags for argsz ${argsz}`);
        const behind = structure.subarray(RegionInfo.minimum).every((byte) => byte === 0x5a);
        expect.isTrue(behind, `nothing is stored behind byte 32 for argsz ${argsz}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/info/capability-at-byte-32',
    decides: 'GET_REGION_INFO with argsz 48 or more stores the capability at byte 32: id 2, version 1, no next one.',
    requirements: ['ABI-010'],
    recorded: ['MAIN: region1 argsz 48'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      for (const argsz of [48, 128]) {
        const structure = encodeRegionInfo(1, argsz);
        structure.fill(0x5a, RegionInfo.minimum);
        expect.result(await system.ioctl(vfio.fd, deviceGetRegionInfo, structure), 0, `argsz ${argsz}`);
        expect.equal(viewOf(structure).getUint32(RegionInfo.argsz), argsz, `the argsz that comes back for ${argsz}`);
        expect.equal(viewOf(structure).getUint32(RegionInfo.capOffset), 32, `cap_offset for argsz ${argsz}`);
        const capability = structure.subarray(32, 48);
        expect.bytes(capability, '0002 0001 00000000 00000002 00000001', `the capability for argsz ${argsz}`);
        const behind = structure.subarray(48).every((byte) => byte === 0x5a);
        expect.isTrue(behind, `nothing is stored behind the capability for argsz ${argsz}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/info/interrupts',
    decides: 'GET_IRQ_INFO of indexes 0, 1 and 2 shows one interrupt each, by eventfd.',
    requirements: ['ABI-011'],
    recorded: ['MAIN: irq info 0', 'MAIN: irq info 1', 'MAIN: irq info 2'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      for (const index of [0, 1, 2]) {
        expect.equal(await vfio.irqInfo(index), { flags: 1, count: 1 }, `GET_IRQ_INFO of index ${index}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/info/no-fourth-interrupt',
    decides: 'GET_IRQ_INFO of index 3 and above fails with EINVAL and changes nothing of the structure.',
    requirements: ['ABI-011'],
    recorded: ['MAIN: irq info 3'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio, system }) => {
      const vfio = await openVfio();
      for (const index of [3, 255, 0xffff_ffff]) {
        const structure = encodeIrqInfo(index);
        expect.result(await system.ioctl(vfio.fd, deviceGetIrqInfo, structure), 'EINVAL', `index ${index}`);
        expect.equal(decodeIrqInfo(structure), { flags: 0, count: 0 }, `what is stored for index ${index}`);
      }
    },
  }),
];
