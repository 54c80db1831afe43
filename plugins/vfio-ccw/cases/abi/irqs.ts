/** VFIO_DEVICE_SET_IRQS: which requests are refused, and what the others do. */

import { CcwIrq, defineCase, encodeFd, IrqSetFlag, type CaseDefinition, type IrqSetRequest } from 'ccwspec/plugin';
import { withFiles } from '../../support/files.js';
import { LOOPBACK, LOOPBACK_BY_BYTE, register } from '../../support/interrupts.js';
import { noOperations, Started } from '../../support/started.js';

const { actionMask, actionTrigger, actionUnmask, dataBool, dataEventfd, dataNone } = IrqSetFlag;
const ALL = [CcwIrq.io, CcwIrq.crw, CcwIrq.request];
const ZERO = Uint8Array.of(0);
const ONE = Uint8Array.of(1);

/** A case about requests that must be refused, each with EINVAL; none of them may signal anything. */
function refused(
  data: Pick<CaseDefinition, 'id' | 'decides' | 'requirements' | 'recorded'>,
  requests: readonly (readonly [what: string, request: IrqSetRequest])[],
): CaseDefinition {
  return defineCase({
    ...data,
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      for (const [what, request] of requests) {
        expect.result(await vfio.setIrqs(request), 'EINVAL', `SET_IRQS with ${what}`);
        for (const index of ALL)
          expect.equal(await vfio.waitIrq(index, 0), 0, `signals of interrupt ${index} after ${what}`);
      }
    },
  });
}

const io = (request: Partial<IrqSetRequest>): IrqSetRequest => ({ index: CcwIrq.io, ...LOOPBACK, ...request });

const refusals: readonly CaseDefinition[] = [
  refused(
    {
      id: 'vfio-ccw/irqs/one-interrupt-an-index',
      decides: 'SET_IRQS that begins behind interrupt 0 of an index, or names two, fails with EINVAL.',
      requirements: ['ABI-012'],
      recorded: ['MAIN: irq start1', 'MAIN: irq count2'],
    },
    [
      ['start 1', io({ start: 1, count: 0 })],
      ['start 1 and count 1', io({ start: 1 })],
      ['count 2', io({ count: 2 })],
      ['count FFFFFFFF', io({ count: 0xffff_ffff })],
    ],
  ),
  refused(
    {
      id: 'vfio-ccw/irqs/one-type-of-data',
      decides: 'SET_IRQS without a type of data, or with two of them, fails with EINVAL.',
      requirements: ['ABI-013'],
      recorded: ['MAIN: irq nodata', 'MAIN: irq 2data'],
    },
    [
      ['no type of data', io({ flags: actionTrigger })],
      ['DATA_NONE and DATA_BOOL', io({ flags: actionTrigger | dataNone | dataBool, data: ONE })],
      ['DATA_BOOL and DATA_EVENTFD', io({ flags: actionTrigger | dataBool | dataEventfd, data: encodeFd(-1) })],
    ],
  ),
  refused(
    {
      id: 'vfio-ccw/irqs/no-masking',
      decides: 'SET_IRQS that only masks or unmasks fails with EINVAL.',
      requirements: ['ABI-014'],
      recorded: ['MAIN: irq mask only'],
    },
    [
      ['ACTION_MASK', io({ flags: dataNone | actionMask })],
      ['ACTION_UNMASK', io({ flags: dataNone | actionUnmask })],
    ],
  ),
  refused(
    {
      id: 'vfio-ccw/irqs/no-unknown-flags',
      decides: 'SET_IRQS with a flag that is not defined fails with EINVAL.',
      requirements: ['ABI-015'],
      recorded: ['MAIN: irq flag40'],
    },
    [
      ['flag 40', io({ flags: dataNone | actionTrigger | 0x40 })],
      ['flag 80000000', io({ flags: (dataNone | actionTrigger | 0x8000_0000) >>> 0 })],
    ],
  ),
  refused(
    {
      id: 'vfio-ccw/irqs/room-for-the-data',
      decides: 'SET_IRQS with argsz below 20, or below 24 for an eventfd, fails with EINVAL.',
      requirements: ['ABI-016', 'ABI-046'],
      recorded: ['MAIN: irq argsz20', 'MAIN: irq argsz19'],
    },
    [
      ['argsz 19', io({ argsz: 19 })],
      ['DATA_EVENTFD and argsz 20', io({ flags: dataEventfd | actionTrigger, argsz: 20, data: encodeFd(-1) })],
      ['DATA_EVENTFD and argsz 23', io({ flags: dataEventfd | actionTrigger, argsz: 23, data: encodeFd(-1) })],
      ['DATA_BOOL and argsz 20', io({ flags: dataBool | actionTrigger, argsz: 20, data: ONE })],
    ],
  ),
  refused(
    {
      id: 'vfio-ccw/irqs/no-fourth-interrupt',
      decides: 'SET_IRQS of index 3 and above fails with EINVAL.',
      requirements: ['ABI-048'],
      recorded: ['MAIN: irq idx3'],
    },
    [
      ['index 3', io({ index: 3 })],
      ['index FFFFFFFF', io({ index: 0xffff_ffff })],
    ],
  ),
];

const effects: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/irqs/masking-beside-a-trigger',
    decides: 'SET_IRQS that masks and triggers at once does what the trigger says.',
    requirements: ['ABI-049'],
    recorded: ['MAIN: irq trig+mask'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      const request = io({ flags: dataNone | actionTrigger | actionMask });
      expect.result(await vfio.setIrqs(request), 0, 'SET_IRQS with ACTION_TRIGGER and ACTION_MASK');
      expect.equal(await vfio.waitIrq(CcwIrq.io, 0), 1, 'signals of the I/O eventfd');
    },
  }),
  defineCase({
    id: 'vfio-ccw/irqs/descriptor-minus-1',
    decides: 'SET_IRQS with descriptor -1 takes the eventfd away, and succeeds without one too.',
    requirements: ['ABI-017'],
    recorded: ['MAIN: irq fd-1', 'MAIN: irq fd-1 again'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      expect.result(await vfio.setIrqs(register(CcwIrq.io, -1)), 0, 'SET_IRQS with descriptor -1');
      expect.result(await vfio.setIrqs(io({})), 0, 'a trigger without an eventfd');
      expect.equal(await vfio.waitIrq(CcwIrq.io, 0), 0, 'signals of the eventfd that was taken away');
      expect.result(await vfio.setIrqs(register(CcwIrq.io, -1)), 0, 'SET_IRQS with descriptor -1, again');
    },
  }),
  defineCase({
    id: 'vfio-ccw/irqs/descriptors-that-are-no-eventfd',
    decides:
      'SET_IRQS fails with EINVAL for a descriptor below -1 or of another kind of file, and with EBADF for a closed one; the eventfd before stays.',
    requirements: ['ABI-018'],
    recorded: ['MAIN: irq fd-2', 'MAIN: irq fd 77', 'MAIN: irq fd notevent'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect } = context;
        const vfio = await context.openVfio();
        const other = await files.open('/dev/null');
        for (const [what, fd, errno] of [
          ['descriptor -2', -2, 'EINVAL'],
          ['a descriptor that is not open', 777, 'EBADF'],
          ['/dev/null', other, 'EINVAL'],
        ] as const) {
          expect.result(await vfio.setIrqs(register(CcwIrq.io, fd)), errno, `SET_IRQS with ${what}`);
          await vfio.setIrqs(io({}));
          expect.equal(await vfio.waitIrq(CcwIrq.io, 0), 1, `signals of the eventfd before, after ${what}`);
        }
      }),
  }),
  defineCase({
    id: 'vfio-ccw/irqs/trigger-without-an-eventfd',
    decides: 'A trigger by DATA_NONE of an index without an eventfd succeeds.',
    requirements: ['ABI-019'],
    recorded: ['MAIN: irq none unset'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio({ irqs: [] });
      for (const index of ALL)
        expect.result(await vfio.setIrqs({ index, ...LOOPBACK }), 0, `SET_IRQS of index ${index}`);
    },
  }),
  defineCase({
    id: 'vfio-ccw/irqs/trigger-of-an-index',
    decides: 'A trigger by DATA_NONE signals the eventfd of its index once, and those of the others not.',
    requirements: ['ABI-019'],
    recorded: ['MAIN: irq set', 'MAIN: irq none count1', 'MAIN: irq none count1 / -> ev'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      for (const triggered of ALL) {
        expect.result(await vfio.setIrqs({ index: triggered, ...LOOPBACK }), 0, `SET_IRQS of index ${triggered}`);
        for (const index of ALL) {
          const signals = await vfio.waitIrq(index, 0);
          expect.equal(
            signals,
            index === triggered ? 1 : 0,
            `signals of interrupt ${index} after a trigger of ${triggered}`,
          );
        }
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/irqs/trigger-with-count-0',
    decides: 'A trigger by DATA_NONE with count 0 signals the eventfd, and does not take it away.',
    requirements: ['ABI-020'],
    recorded: ['MAIN: irq none count0', 'MAIN: irq none count0 / -> ev'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      expect.result(await vfio.setIrqs(io({ count: 0 })), 0, 'SET_IRQS with count 0');
      expect.equal(await vfio.waitIrq(CcwIrq.io, 0), 1, 'signals of the I/O eventfd');
      await vfio.setIrqs(io({}));
      expect.equal(await vfio.waitIrq(CcwIrq.io, 0), 1, 'signals of the I/O eventfd after a further trigger');
    },
  }),
  defineCase({
    id: 'vfio-ccw/irqs/trigger-by-a-byte-of-0',
    decides: 'A trigger by DATA_BOOL with byte 0 signals nothing.',
    requirements: ['ABI-021'],
    recorded: ['MAIN: irq bool0', 'MAIN: irq bool0 / -> ev'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      expect.result(await vfio.setIrqs(io({ ...LOOPBACK_BY_BYTE, data: ZERO })), 0, 'SET_IRQS with byte 0');
      expect.equal(await vfio.waitIrq(CcwIrq.io, 0), 0, 'signals of the I/O eventfd');
    },
  }),
  defineCase({
    id: 'vfio-ccw/irqs/trigger-by-a-byte-of-1',
    decides: 'A trigger by DATA_BOOL with byte 1 signals the eventfd once.',
    requirements: ['ABI-021'],
    recorded: ['MAIN: irq bool1', 'MAIN: irq bool1 / -> ev'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async ({ expect, openVfio }) => {
      const vfio = await openVfio();
      expect.result(await vfio.setIrqs(io({ ...LOOPBACK_BY_BYTE, data: ONE })), 0, 'SET_IRQS with byte 1');
      expect.equal(await vfio.waitIrq(CcwIrq.io, 0), 1, 'signals of the I/O eventfd');
    },
  }),
  defineCase({
    id: 'vfio-ccw/irqs/eventfd-with-count-0',
    decides: 'SET_IRQS with DATA_EVENTFD and count 0 replaces the eventfd all the same.',
    requirements: ['ABI-050'],
    recorded: ['MAIN: irq eventfd count0 replaces', 'MAIN: irq none count1 #2', 'MAIN: irq none count1 / -> ev #2'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const vfio = await context.openVfio();
        const other = await files.eventfd();
        const replaced = await vfio.setIrqs({ ...register(CcwIrq.io, other), count: 0 });
        expect.result(replaced, 0, 'SET_IRQS with an eventfd and count 0');
        await vfio.setIrqs(io({}));
        expect.equal(await vfio.waitIrq(CcwIrq.io, 0), 0, 'signals of the eventfd before');
        expect.equal(await system.waitEventfds([other], 0), [1], 'signals of the eventfd that replaces it');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/irqs/trigger-looks-like-an-interruption',
    decides: 'A trigger of index 0 leaves the IRB area as it was: only that tells it from an interruption.',
    requirements: ['IRQ-022'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await device.succeeds(noOperations(1), 0x1000);
      const before = new Uint8Array(124);
      await device.vfio.read(0, before);
      await device.vfio.setIrqs(io({}));
      expect.equal(await device.vfio.waitIrq(CcwIrq.io, 0), 1, 'signals of the I/O eventfd');
      const after = new Uint8Array(124);
      await device.vfio.read(0, after);
      expect.bytes(after, before, 'the I/O region after the trigger');
    },
  }),
  defineCase({
    id: 'vfio-ccw/irqs/signals-add-to-the-count',
    decides: 'Each trigger adds one to the count of the eventfd, to what a write put there as to what triggers did.',
    requirements: ['ABI-019'],
    needs: ['vfio'],
    touches: 'nothing',
    run: (context) =>
      withFiles(context, async (files) => {
        const { expect, system } = context;
        const { vfio } = await Started.open(context);
        const eventfd = await files.eventfd();
        expect.result(await vfio.setIrqs(register(CcwIrq.io, eventfd)), 0, 'SET_IRQS with an eventfd');
        const five = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5);
        expect.result(await system.write(eventfd, five), 8, 'a write of 5 to the eventfd');
        for (let trigger = 0; trigger < 2; trigger++) await vfio.setIrqs(io({}));
        const count = new Uint8Array(8);
        expect.result(await system.read(eventfd, count), 8, 'a read of the eventfd');
        expect.bytes(count, '0000000000000007', 'its count after two triggers');
        expect.result(await system.read(eventfd, count), 'EAGAIN', 'another read of the eventfd');
        expect.result(await system.pread(eventfd, count, 0), 'ESPIPE', 'a read of the eventfd at an offset');
        expect.result(await system.pwrite(eventfd, count, 0), 'ESPIPE', 'a write of the eventfd at an offset');
        expect.result(await vfio.setIrqs(register(CcwIrq.io, -1)), 0, 'SET_IRQS with descriptor -1');
      }),
  }),
];

export const irqCases: readonly CaseDefinition[] = [...refusals, ...effects];
