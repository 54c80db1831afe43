/** A device that is lost while it is open: the state machine is not operational from then on. */

import {
  CcwIrq,
  CrwRegion,
  defineCase,
  encodeFd,
  IoRegion,
  IommuType,
  readSchibRegion,
  regionOffset,
  RegionIndex,
  VfioRequest,
  type CaseContext,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { withFiles } from '../../support/files.js';
import { isPending, keepPending, lockedMemory } from '../../support/pending.js';
import { closeDeviceForGood, groupOf } from '../../support/reopening.js';
import { LIMIT, noOperations, Started } from '../../support/started.js';

/** A device that was lost while it was open, idle or with a request pending. */
async function lost(context: CaseContext, state: 'idle' | 'pending' = 'idle'): Promise<Started> {
  const device = await Started.open(context);
  if (state === 'pending') await keepPending(device);
  await context.control('unplug')();
  context.expect.equal(await device.vfio.waitIrq(CcwIrq.request, LIMIT), 1, 'signals of the request eventfd');
  return device;
}

/** What all of these cases have in common. */
const need = { needs: ['vfio', 'unplug'], touches: 'nothing' } as const;

export const unplugCases: readonly CaseDefinition[] = [
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/asks-for-the-device',
    decides: 'The loss of a device that is open signals its request eventfd.',
    requirements: ['FSM-030'],
    recorded: ['NOTOPER: REQ signals', 'NOTOPER: MARK-UNPLUG'],
    run: async (context) => {
      const device = await Started.open(context);
      await context.control('unplug')();
      const signals = await device.vfio.waitIrq(CcwIrq.request, LIMIT);
      context.expect.equal(signals, 1, 'signals of the request eventfd');
    },
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/ends-the-request-in-silence',
    decides: 'The loss of the device during a pending request raises no I/O event, and leaves the IRB area alone.',
    requirements: ['FSM-030'],
    guards: ['CVE-2026-80549'],
    recorded: ['NOTOPER: START suspended', 'NOTOPER: I/O ev'],
    run: async (context) => {
      const { expect } = context;
      const device = await lost(context, 'pending');
      expect.equal(await device.vfio.waitIrq(CcwIrq.io, 100), 0, 'signals of the I/O eventfd');
      const area = new Uint8Array(96);
      await device.vfio.read(IoRegion.irb, area);
      expect.bytes(area, new Uint8Array(96), 'the IRB area');
    },
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/unpins',
    decides: 'The loss of the device unpins every page of a pending request.',
    requirements: ['FSM-025', 'FSM-030'],
    guards: ['CVE-2026-80549'],
    recorded: ['NOTOPER: pinned #3', 'NOTOPER: pinned #4'],
    run: async (context) => {
      const { expect, system } = context;
      const before = await lockedMemory(system);
      await lost(context, 'pending');
      expect.equal(await lockedMemory(system), before, 'locked memory');
    },
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/start',
    decides: 'A START on a lost device fails with EIO.',
    requirements: ['DEV-012'],
    recorded: ['NOTOPER: START'],
    run: async (context) => {
      const device = await lost(context);
      await device.refuses(noOperations(1), 'EIO');
    },
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/schib',
    decides: 'A read of the SCHIB region of a lost device fails with ENODEV.',
    requirements: ['PTH-016'],
    recorded: ['NOTOPER: SCHIB'],
    run: async (context) => {
      const { vfio } = await lost(context);
      const schib = await readSchibRegion(vfio);
      context.expect.result(typeof schib === 'number' ? schib : 0, 'ENODEV', 'the read');
    },
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/reset',
    decides: 'RESET of a lost device fails with EINVAL.',
    requirements: ['ABI-043', 'FSM-028'],
    recorded: ['NOTOPER: RESET'],
    run: async (context) => {
      const { vfio } = await lost(context);
      context.expect.result(await vfio.reset(), 'EINVAL', 'RESET');
    },
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/what-still-answers',
    decides: 'On a lost device GET_INFO and reads of the I/O and CRW regions work until it is closed.',
    requirements: ['DEV-012'],
    recorded: ['NOTOPER: region read', 'NOTOPER: CRW', 'NOTOPER: GET_INFO'],
    run: async (context) => {
      const { expect } = context;
      const { vfio } = await lost(context);
      expect.equal(await vfio.info(), { flags: 0x11, regions: 4, irqs: 3 }, 'GET_INFO');
      expect.result(await vfio.read(0, new Uint8Array(IoRegion.length)), IoRegion.length, 'a read of the I/O region');
      const crw = new Uint8Array(CrwRegion.length).fill(0xa5);
      expect.result(await vfio.read(regionOffset(RegionIndex.crw), crw), crw.length, 'a read of the CRW region');
      expect.bytes(crw, '0000000000000000', 'the CRW region');
    },
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/open-again',
    decides: 'GET_DEVICE_FD of a lost device fails with ENODEV, while it is open and after its close.',
    requirements: ['LIF-042', 'FSM-028'],
    recorded: ['NOTOPER: second GET_DEVICE_FD', 'NOTOPER: GET_DEVICE_FD after close'],
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const device = await lost(context);
        const open = async (): Promise<number> =>
          files.keep(await system.ioctl(groupOf(device), VfioRequest.groupGetDeviceFd, places.uuid));
        expect.result(await open(), 'ENODEV', 'GET_DEVICE_FD while the device is open');
        await closeDeviceForGood(context, device);
        expect.result(await open(), 'ENODEV', 'GET_DEVICE_FD after the close');
      }),
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/unplug/an-event-without-a-loss',
    decides: 'A subchannel event while the SCHIB is valid changes nothing: a pending request stays pending.',
    requirements: ['FSM-026'],
    guards: ['62ec0d49e683'],
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await keepPending(device);
      await context.control('evaluateSubchannel')();
      expect.equal(await device.vfio.waitIrq(CcwIrq.request, 50), 0, 'signals of the request eventfd');
      await isPending(device);
    },
  }),
  defineCase({
    id: 'vfio-ccw/unplug/a-subchannel-that-cannot-be-enabled',
    decides: 'An open whose MODIFY SUBCHANNEL fails gives EINVAL, and the device cannot be opened any more.',
    requirements: ['FSM-020', 'ABI-044', 'FSM-028'],
    needs: ['vfio', 'kernel-faults'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, places, system } = context;
        const faults = context.control('faults');
        const container = await files.open('/dev/vfio/vfio');
        const group = await files.open(places.group);
        await files.request(group, VfioRequest.groupSetContainer, encodeFd(container), 'SET_CONTAINER');
        await files.request(container, VfioRequest.setIommu, IommuType.type1v2, 'SET_IOMMU');
        const open = async (): Promise<number> =>
          files.keep(await system.ioctl(group, VfioRequest.groupGetDeviceFd, places.uuid));
        await faults.modify(3);
        try {
          expect.result(await open(), 'EINVAL', 'GET_DEVICE_FD while MODIFY SUBCHANNEL gives condition code 3');
        } finally {
          await faults.modify(undefined);
        }
        // ENODEV once the subchannel's unregistration has taken the name away.
        expect.result(await open(), ['EINVAL', 'ENODEV'], 'GET_DEVICE_FD afterwards');
      }),
  }),
];
