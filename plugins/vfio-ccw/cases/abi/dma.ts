/** The memory behind the device: where programs and data may lie, and what unmapping does to a request. */

import { defineCase, type CaseDefinition } from 'ccwspec/plugin';
import { isPending, keepPending, lockedMemory, PENDING_DATA, senseIdInto } from '../../support/pending.js';
import { noOperations, Started } from '../../support/started.js';

const PAGE = 0x1000;
/** Bytes that the driver fetches for a segment, however short it is. */
const FETCH = 2048;
/** First byte behind the memory that is mapped when a device is opened. */
const END = 0x10_0000;
/** Mappings of one page for reading only and for writing only. */
const READ_ONLY = 0x40_0000;
const WRITE_ONLY = 0x50_0000;
const UNMAPPED = 0x80_0000;

export const fetchCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/dma/program-in-unmapped-memory',
    decides: 'In a type1 container a channel-program address that is not mapped fails with EINVAL.',
    requirements: ['TRN-004'],
    recorded: ['MAIN: CPA unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.refuses({ ...noOperations(1, UNMAPPED), memory: [] }, 'EINVAL');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/program-too-near-the-end',
    decides: 'A program of one CCW with fewer than 2048 mapped bytes from its address on fails with EINVAL.',
    requirements: ['TRN-005', 'VF-009'],
    recorded: ['MAIN: chain last 8 bytes of mapping', 'MAIN: chain 2040 before end'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const distance of [8, FETCH - 8]) await device.refuses(noOperations(1, END - distance), 'EINVAL');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/program-just-far-enough-from-the-end',
    decides: 'A program of one CCW with exactly 2048 mapped bytes from its address on runs.',
    requirements: ['TRN-005'],
    recorded: ['MAIN: chain exactly 2048 before end', 'MAIN: chain at mapping end -4096'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const distance of [FETCH, PAGE]) await device.succeeds(noOperations(1, END - distance), END - distance);
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/program-across-two-mappings',
    decides: 'A program whose CCWs lie in two adjacent mappings, backed by different buffers, runs.',
    requirements: ['TRN-006'],
    recorded: ['MAIN: chain straddling A/B'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(END, PAGE);
      await device.map(READ_ONLY, PAGE, 'read'); // the second of three is at the root of the kernel's tree of mappings
      await device.succeeds(noOperations(2, END - 8), END);
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/program-in-memory-for-reading',
    decides: 'A program in a mapping for reading only runs.',
    requirements: ['TRN-065'],
    recorded: ['MAIN: CPA in READ-only map'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(READ_ONLY, PAGE, 'read');
      await device.succeeds(noOperations(1, READ_ONLY), READ_ONLY);
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/program-in-memory-for-writing',
    decides: 'A program in a mapping for writing only fails with EPERM.',
    requirements: ['TRN-007'],
    recorded: ['MAIN: CPA in WRITE-only map'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(WRITE_ONLY, PAGE, 'write');
      await device.refuses(noOperations(1, WRITE_ONLY), 'EPERM');
    },
  }),
];

export const dataCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/dma/data-in-unmapped-memory',
    decides: 'In a type1 container a CCW that stores at an address that is not mapped fails with EINVAL.',
    requirements: ['TRN-066'],
    recorded: ['MAIN: senseid unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.refuses(senseIdInto(UNMAPPED), 'EINVAL');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/input-into-memory-for-reading',
    decides: 'A CCW that stores into a mapping for reading only fails with EPERM, and stores nothing.',
    requirements: ['TRN-040'],
    recorded: ['MAIN: senseid into READ-only'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(READ_ONLY, PAGE, 'read');
      await device.fill(READ_ONLY, 8, 0xa5);
      await device.refuses(senseIdInto(READ_ONLY), 'EPERM');
      context.expect.bytes(await device.stored(READ_ONLY, 8), 'a5a5a5a5a5a5a5a5', 'the memory for reading only');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/output-from-memory-for-reading',
    decides:
      'A CCW that fetches data from a mapping for reading only fails with EPERM too: every page is pinned for writing.',
    requirements: ['TRN-040'],
    recorded: ['MAIN: write 11 from READ-only'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(READ_ONLY, PAGE, 'read');
      // The driver refuses it, so that no device ever sees the command.
      await device.refuses(senseIdInto(READ_ONLY, { command: 0x11 }), 'EPERM');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/input-into-memory-for-writing',
    decides:
      'A CCW that stores into a mapping for writing only fails with EPERM: every page is pinned for reading too.',
    requirements: ['TRN-067'],
    recorded: ['MAIN: senseid into WRITE-only'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(WRITE_ONLY, PAGE, 'write');
      await device.refuses(senseIdInto(WRITE_ONLY), 'EPERM');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/type1-takes-the-neighbour-of-the-last-page',
    decides:
      'In a type1 container, data off a page boundary in the last page of a mapping can go to process memory in front of the buffer of the mapping behind it, which was never mapped.',
    requirements: ['TRN-063'],
    recorded: [
      'MAIN: senseid at 0xff800 (A end, B adjacent)',
      'MAIN: senseid at 0xff800 (A end, B adjacent) / A[ff800] / B[-0x800]',
    ],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      await device.map(END, PAGE);
      await device.map(READ_ONLY, PAGE, 'read'); // the second of three is at the root of the kernel's tree of mappings
      const at = END - 0x800;
      await device.fill(at, 4, 0xa5);
      await device.succeeds(senseIdInto(at), 0x1000);
      const neighbour = device.vfio.addressOf?.(END) ?? 0;
      const inFront = new Uint8Array(1);
      expect.result(
        await system.memory.read(neighbour - 0x800, inFront),
        0,
        'the read of the memory in front of the neighbour',
      );
      expect.bytes(inFront, 'ff', 'the first byte of the Sense ID data in front of the neighbour');
      expect.bytes(await device.stored(at, 4), 'a5a5a5a5', 'the memory that the CCW designates');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/locked-memory-limit',
    decides:
      'A program that pins more than the limit on locked memory allows fails with ENOMEM, and leaves nothing locked.',
    requirements: ['TRN-043'],
    needs: ['vfio', 'locked-memory-limit', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const limit = context.control('setLockedMemoryLimit');
      const before = await lockedMemory(system);
      try {
        await limit(before.VmLck * 1024 + 2 * PAGE);
        await device.refuses(senseIdInto(0x2_0000, { count: 3 * PAGE }), 'ENOMEM');
        expect.equal(await lockedMemory(system), before, 'locked memory after the refusal');
        await device.succeeds(senseIdInto(0x2_0000, { count: 2 * PAGE }), 0x1000);
      } finally {
        await limit(2 ** 40);
      }
    },
  }),
];

/** Four pages that a case unmaps, with a page mapped on either side. */
const RANGE = { iova: 0x30_0000, length: 4 * PAGE };

export const unmapCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/dma/pending-request-locks-its-page',
    decides: 'A pending request has the page of its data locked: VmLck grows by 4 KiB, VmPin does not.',
    requirements: ['TRN-068'],
    recorded: ['MAIN: pinned while pending', 'MAIN: pinned while pending #2', 'NOTOPER: pinned', 'NOTOPER: pinned #2'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const before = await lockedMemory(system);
      await keepPending(device);
      const during = { VmLck: before.VmLck + 4, VmPin: before.VmPin };
      expect.equal(await lockedMemory(system), during, 'locked memory while the request is pending');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/unmap-of-an-unused-mapping',
    decides: 'Unmapping memory that a pending request does not use leaves it pending.',
    requirements: ['TRN-053'],
    recorded: ['MAIN: unmap unrelated RO', 'MAIN: START still pending'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await device.map(READ_ONLY, PAGE, 'read');
      await keepPending(device);
      expect.result(await device.vfio.unmapDma(READ_ONLY, PAGE), 0, 'the unmap');
      await isPending(device);
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/unmap-beside-the-pinned-page',
    decides: 'Unmapping the pages directly in front of and behind a pinned page leaves the request pending.',
    requirements: ['TRN-053'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const page of [0, 1, 2]) await device.map(RANGE.iova + page * PAGE, PAGE);
      await keepPending(device, RANGE.iova + PAGE);
      for (const page of [0, 2]) {
        const result = await device.vfio.unmapDma(RANGE.iova + page * PAGE, PAGE);
        context.expect.result(result, 0, `the unmap of the page ${page === 0 ? 'in front of' : 'behind'} it`);
        await isPending(device);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/unmap-of-the-program-itself',
    decides: 'Unmapping the memory of the CCWs leaves a pending request as it is: they were copied.',
    requirements: ['TRN-053'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context, { memory: 0 });
      await device.map(0, PAGE * 2);
      await device.map(PENDING_DATA, PAGE);
      await keepPending(device);
      expect.result(await device.vfio.unmapDma(0, PAGE * 2), 0, 'the unmap of the CCWs');
      await device.map(0, PAGE * 2);
      await isPending(device);
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/unmap-of-a-pinned-page',
    decides:
      'Unmapping memory that a pending request uses loses the request without an interruption; nothing stays locked.',
    requirements: ['TRN-054', 'FSM-029'],
    recorded: [
      'MAIN: START suspended #4',
      'MAIN: START suspended / ev? #4',
      'MAIN: unmap pinned A',
      'MAIN: pinned after unmap',
      'MAIN: pinned after unmap #2',
    ],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const before = await lockedMemory(system);
      await keepPending(device);
      expect.result(await device.vfio.unmapDma(0, END), 0, 'the unmap');
      expect.equal(await lockedMemory(system), before, 'locked memory after the unmap');
      expect.equal(await device.vfio.waitIrq(0, 100), 0, 'signals of the I/O eventfd');
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/start-after-unmap-of-a-pinned-page',
    decides: 'A device whose request was lost to an unmap takes a new START when memory is mapped again.',
    requirements: ['TRN-054'],
    recorded: ['MAIN: START after unmap/remap'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await keepPending(device);
      expect.result(await device.vfio.unmapDma(0, END), 0, 'the unmap');
      await device.map(0, END);
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/unmap-finds-the-pinned-page-anywhere',
    decides: 'An unmap resets the device whether the pinned page is the first, a middle or the last page of the range.',
    requirements: ['TRN-054'],
    guards: ['5a4fe7c41b58'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      for (const page of [0, 2, 3]) {
        await device.map(RANGE.iova, RANGE.length);
        await keepPending(device, RANGE.iova + page * PAGE);
        const result = await device.vfio.unmapDma(RANGE.iova, RANGE.length);
        expect.result(result, 0, `the unmap of 4 pages with page ${page} pinned`);
        await device.succeeds(noOperations(1), 0x1000);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/unmap-of-several-mappings',
    decides: 'An unmap of several mappings resets the device although only the second of them has a pinned page.',
    requirements: ['TRN-054'],
    guards: ['5a4fe7c41b58'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      await device.map(RANGE.iova, PAGE);
      await device.map(RANGE.iova + PAGE, 3 * PAGE);
      await keepPending(device, RANGE.iova + 2 * PAGE);
      expect.result(await device.vfio.unmapDma(RANGE.iova, RANGE.length), 0, 'the unmap of both mappings');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
];
