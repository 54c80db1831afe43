/** The way of an interruption to user space: when, how often, and with which bytes. */

import {
  CcwIrq,
  defineCase,
  encodeFd,
  IoRegion,
  IrqSetFlag,
  readIrb,
  ScswBit,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { IO, ioRegion, request } from '../../support/regions.js';
import { noOperations, NORMAL_END, PAUSE, Started } from '../../support/started.js';

export const relayCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/relay/status-is-there-before-the-signal',
    decides: 'When the I/O eventfd is about to be signalled, the region already has the status that it is about.',
    requirements: ['IRQ-001'],
    needs: ['vfio', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { vfio } = device;
      const seen = new Uint8Array(12);
      let reading: Promise<number> | undefined;
      await context.control('schedule').atPoint('driver:before-signal', () => {
        reading = vfio.read(IO + IoRegion.irb, seen);
      });
      await device.accepts(noOperations(1));
      const irb = await device.irb('the no-operation');
      context.expect.result((await reading) ?? 0, 12, 'read of the IRB area just before the signal');
      context.expect.bytes(seen, irb.subarray(0, 12), 'SCSW just before the signal');
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/next-start-after-the-signal',
    decides: 'A START that is issued as soon as the completion is signalled is accepted, 200 times out of 200.',
    requirements: ['IRQ-002', 'IRQ-009'],
    guards: ['9b6e57e5a516'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (let start = 0; start < 200; start++) await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/one-signal-each',
    decides:
      'Each relayed interruption adds 1 to the I/O eventfd: two programs that nobody waited for leave a count of 2.',
    requirements: ['IRQ-003'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.accepts(noOperations(1));
      await context.system.waitEventfds([], PAUSE);
      await device.accepts(noOperations(1));
      await context.system.waitEventfds([], PAUSE);
      context.expect.equal(await device.vfio.waitIrq(CcwIrq.io, 0), 2, 'count of the I/O eventfd after two programs');
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/without-an-eventfd',
    decides: 'Without an I/O eventfd the status is stored in the region all the same, and the next START is accepted.',
    requirements: ['IRQ-015'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context, { irqs: [] });
      for (const at of [0x1000, 0x3000]) {
        const program = noOperations(1, at);
        await device.accepts(program);
        await context.system.waitEventfds([], PAUSE);
        context.expect.irb(await readIrb(device.vfio), { ...NORMAL_END, ccwAddress: at + 8 }, 'IRB area', program);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/eventfd-taken-away',
    decides:
      'After the I/O eventfd was unregistered it is not signalled any more, and the status is stored in the region.',
    requirements: ['IRQ-015'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(noOperations(1, 0x3000), 0x3000);
      const flags = IrqSetFlag.dataEventfd | IrqSetFlag.actionTrigger;
      context.expect.result(
        await device.vfio.setIrqs({ index: CcwIrq.io, flags, data: encodeFd(-1) }),
        0,
        'SET_IRQS with fd -1',
      );
      await device.accepts(noOperations(1));
      await device.isQuiet('which is not registered any more');
      context.expect.irb(await readIrb(device.vfio), { ...NORMAL_END, ccwAddress: 0x1008 }, 'IRB area');
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/reading-does-not-take-the-status',
    decides: 'The IRB area reads the same again and again until something overwrites it.',
    requirements: ['IRQ-017'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const irb = await device.succeeds(noOperations(1), 0x1000);
      for (const time of ['second', 'third'])
        context.expect.bytes(await readIrb(device.vfio), irb, `IRB area when it is read the ${time} time`);
    },
  }),
  defineCase({
    id: 'vfio-ccw/relay/start-overwrites-an-unread-status',
    decides:
      'A request replaces the whole IRB area by its own bytes, also when it is refused and the status there was never read.',
    requirements: ['IRQ-018'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      const refused = request(noOperations(1, 0x1000, { channelProgramAddress: 0x7000_0000 }), ScswBit.startFunction);
      refused.fill(0x5a, IoRegion.irb, IoRegion.retCode);
      context.expect.result(
        await device.vfio.write(IO, refused),
        ['EINVAL', 'ENOENT'],
        'write of a request that is refused',
      );
      context.expect.bytes(
        (await ioRegion(device.vfio)).subarray(0, IoRegion.retCode),
        refused.subarray(0, IoRegion.retCode),
        'I/O region after the refusal, its last word aside',
      );
    },
  }),
];
