/** What the pins of one request are: which addresses lock a page, and what is behind them in the process. */

import { defineCase, DmaMapFlag, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import { Container } from '../../support/container.js';
import { lockedMemory, senseIdInto, suspendedWith, type Area } from '../../support/pending.js';
import { Started } from '../../support/started.js';

const PAGE = 0x1000;
const KIB_OF_A_PAGE = 4;
const MEMORY = 0x80_0000;
const FREE = 0x90_0000;

const byte = (address: number): Area => ({ address, count: 1 });
/** Two pages from the middle of one on, and single bytes in some pages: some addresses are there twice. */
const AREAS: readonly Area[] = [
  byte(0x5000),
  byte(0x5010),
  byte(0x5000),
  { address: 0x7800, count: PAGE },
  byte(0x5100),
  byte(0x5010),
  byte(0x8010),
  { address: 0x7800, count: PAGE },
  byte(0x5000 + 0x20_0000),
  byte(0x5100),
  byte(0x5010 + 0x60_0000),
];
/** 40 bytes of one page, each with an address of its own. */
const ONE_PAGE: readonly Area[] = Array.from({ length: 40 }, (_, ccw) => byte(0xa000 + 16 * ccw));
const shuffled = (areas: readonly Area[]): readonly Area[] =>
  areas.map((_, at) => areas[(at * 7 + 3) % areas.length] ?? byte(0));

/** Where the host lists the pages of the guest that are pinned, it lists every page of each of `areas` once. */
async function listsPins({ expect, session }: CaseContext, areas: readonly Area[]): Promise<void> {
  const listed = (await session.ledger()).map(({ what }) => what).filter((what) => what.startsWith('guest page '));
  if (listed.length === 0) return;
  const pages = areas.flatMap(({ address, count }) => {
    const first = address - (address % PAGE);
    return Array.from({ length: Math.ceil((address + count - first) / PAGE) }, (_, page) => first + page * PAGE);
  });
  expect.equal(listed.sort(), pages.map((page) => `guest page 0x${page.toString(16)}`).sort(), 'the pins of the host');
}

export const pinningCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/dma/every-address-locks-its-page',
    decides:
      'In a type1 container every byte address at which a request pins locks 4 KiB, once for the same address and again for another in the same page.',
    requirements: ['TRN-072'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, { memory: MEMORY });
      const before = await lockedMemory(system);
      for (const [what, areas, addresses] of [
        ['several addresses', AREAS, 8],
        ['40 addresses of one page', ONE_PAGE, 40],
        ['the several addresses in another order', shuffled(AREAS), 8],
        ['the 40 addresses in another order', shuffled(ONE_PAGE), 40],
      ] as const) {
        await device.staysPending(suspendedWith(areas));
        const locked = { VmLck: before.VmLck + addresses * KIB_OF_A_PAGE, VmPin: before.VmPin };
        expect.equal(await lockedMemory(system), locked, `locked memory with ${what}`);
        await listsPins(context, areas);
        await device.clears();
        expect.equal(await lockedMemory(system), before, `locked memory after the clear of ${what}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/memory-that-the-process-unmaps-while-it-is-pinned',
    decides:
      'Memory that the process unmaps while a request has it pinned stays with the request: its data go nowhere else.',
    requirements: ['TRN-074'],
    needs: ['vfio', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { memory } = system;
      const timing = context.control('timing');
      const container = await Container.open(context);
      const { device } = container;
      const [first, second] = [await memory.map(PAGE), await memory.map(PAGE)];
      const flags = DmaMapFlag.read | DmaMapFlag.write;
      try {
        expect.result(await container.map({ flags, vaddr: first, iova: FREE, size: PAGE }), 0, 'MAP_DMA');
        await memory.write(first, new Uint8Array(1));
        await timing.holdAtCommand(1);
        const program = senseIdInto(FREE, { count: 1 });
        await device.accepts(program);
        await device.isQuiet('while the device holds the command');
        expect.result(await memory.unmap(first, PAGE), 0, 'munmap of the pinned page');
        await memory.write(second, new Uint8Array(PAGE).fill(0xa5));
        await timing.release();
        await device.lastIrb(program.name);
        const stored = new Uint8Array(PAGE);
        expect.result(await memory.read(second, stored), 0, 'the read of memory that was mapped meanwhile');
        expect.bytes(stored, new Uint8Array(PAGE).fill(0xa5), 'memory that was mapped meanwhile');
        await device.refuses(program, 'EFAULT');
      } finally {
        await timing.release();
        await memory.unmap(second, PAGE);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/iommufd/a-page-is-pinned-once',
    decides: 'With an iommufd a page that a request pins at several addresses counts once.',
    requirements: ['TRN-072'],
    needs: ['iommufd', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context, { way: 'cdev', memory: MEMORY });
      const before = await lockedMemory(system);
      for (const [what, areas, pages] of [
        ['several addresses', AREAS, 5],
        ['40 addresses of one page', ONE_PAGE, 1],
      ] as const) {
        await device.staysPending(suspendedWith(areas));
        const pinned = { VmLck: before.VmLck, VmPin: before.VmPin + pages * KIB_OF_A_PAGE };
        expect.equal(await lockedMemory(system), pinned, `pinned memory with ${what}`);
        await listsPins(context, areas);
        await device.clears();
        expect.equal(await lockedMemory(system), before, `pinned memory after the clear of ${what}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/dma/memory-that-the-process-has-unmapped',
    decides:
      'A CCW whose data lie in a mapping, but where the process has unmapped its memory, fails with EFAULT; the pages beside it serve.',
    requirements: ['TRN-073'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect, system } = context;
      const { memory } = system;
      const container = await Container.open(context);
      const { device } = container;
      const address = await memory.map(3 * PAGE);
      try {
        const flags = DmaMapFlag.read | DmaMapFlag.write;
        expect.result(await container.map({ flags, vaddr: address, iova: FREE, size: 3 * PAGE }), 0, 'MAP_DMA');
        expect.result(await memory.unmap(address + PAGE, PAGE), 0, 'munmap of the second page');
        await device.refuses(senseIdInto(FREE + PAGE), 'EFAULT');
        await device.refuses(senseIdInto(FREE, { count: 2 * PAGE }), 'EFAULT');
        for (const page of [0, 2]) {
          await device.succeeds(senseIdInto(FREE + page * PAGE + 8), 0x1000);
          const stored = new Uint8Array(13);
          expect.result(await memory.read(address + page * PAGE, stored), 0, `the read of page ${page}`);
          expect.bytes(
            stored.subarray(0, 9),
            '0000000000000000ff',
            `page ${page} to the first byte of the Sense ID data`,
          );
          expect.bytes(stored.subarray(12), '00', `page ${page} behind them`);
        }
      } finally {
        await memory.unmap(address, 3 * PAGE);
      }
    },
  }),
];
