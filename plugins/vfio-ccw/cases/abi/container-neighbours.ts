/** Which of two adjoining mappings of a type1 container a page is taken from when both overlap it. */

import { defineCase, DmaMapFlag, type CaseDefinition } from 'ccwspec/plugin';
import { Container } from '../../support/container.js';
import { senseIdInto } from '../../support/pending.js';

const PAGE = 0x1000;
const FIRST = 0x80_0000;
const COUNT = 40;
const READ_WRITE = DmaMapFlag.read | DmaMapFlag.write;
const numbers = Array.from({ length: COUNT }, (_, number) => number);

/** Forty adjoining mappings of one page, each with a page in front of its buffer that belongs to no mapping. */
class Row {
  readonly #mapped = new Set<number>();

  constructor(
    readonly container: Container,
    readonly buffers: number,
  ) {}

  /** Address of the buffer of a mapping. */
  #buffer(number: number): number {
    return this.buffers + (2 * number + 1) * PAGE;
  }

  async map(order: readonly number[]): Promise<void> {
    for (const number of order) {
      const fields = { flags: READ_WRITE, vaddr: this.#buffer(number), iova: FIRST + number * PAGE, size: PAGE };
      this.container.context.expect.result(await this.container.map(fields), 0, `MAP_DMA of mapping ${number}`);
      this.#mapped.add(number);
    }
  }

  async unmap(order: readonly number[]): Promise<void> {
    for (const number of order) {
      const unmapped = await this.container.unmap({ iova: FIRST + number * PAGE, size: PAGE });
      this.container.context.expect.result(unmapped, PAGE, `bytes unmapped of mapping ${number}`);
      this.#mapped.delete(number);
    }
  }

  /**
   * Stores Sense ID data, which begin with FF, in the middle of each mapping that another adjoins.
   * @returns one character for each, in order of addresses: `<` where it went to its own mapping, `>` to the one behind
   */
  async found(): Promise<string> {
    const { context, device } = this.container;
    const { memory } = context.system;
    let found = '';
    for (const number of numbers.filter((one) => this.#mapped.has(one) && this.#mapped.has(one + 1))) {
      const places = [this.#buffer(number) + PAGE / 2, this.#buffer(number + 1) - PAGE / 2];
      for (const place of places) await memory.write(place, new Uint8Array(1));
      await device.succeeds(senseIdInto(FIRST + number * PAGE + PAGE / 2), 0x1000);
      const bytes = [new Uint8Array(1), new Uint8Array(1)] as const;
      await memory.read(places[0] ?? 0, bytes[0]);
      await memory.read(places[1] ?? 0, bytes[1]);
      found += bytes[0][0] === 0xff ? (bytes[1][0] === 0 ? '<' : '?') : bytes[1][0] === 0xff ? '>' : '?';
    }
    return found;
  }
}

/** Runs `use` with the mappings, none of them mapped yet. */
async function withRow(container: Container, use: (row: Row) => Promise<void>): Promise<void> {
  const { memory } = container.context.system;
  const length = 2 * COUNT * PAGE;
  const buffers = await memory.map(length);
  try {
    await use(new Row(container, buffers));
  } finally {
    await memory.unmap(buffers, length);
  }
}

// The patterns were computed with Linux's own lib/rbtree.c, for the same insertions and removals behind the mapping of the first MiB.
export const neighbourCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/container/neighbour-nearer-the-root',
    decides:
      'Of two adjoining mappings of a container the one nearer the root of a red-black tree in the order of mapping is taken.',
    requirements: ['TRN-063'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const container = await Container.open(context);
      await withRow(container, async (row) => {
        await row.map(numbers.map((number) => (number * 17) % COUNT));
        context.expect.equal(await row.found(), '<>><><><><><><><><>><><><><><><><><><><', 'mappings that were taken');
      });
    },
  }),
  defineCase({
    id: 'vfio-ccw/container/neighbour-after-unmapping',
    decides:
      'After mappings of a container were unmapped and mapped again, the tree by which neighbours are chosen is balanced.',
    requirements: ['TRN-063'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const { expect } = context;
      const container = await Container.open(context);
      await withRow(container, async (row) => {
        const fourth = (number: number): boolean => number % 4 === 1;
        await row.map(numbers.map((number) => (number * 17) % COUNT));
        await row.unmap(numbers.map((number) => (number * 13) % COUNT).filter(fourth));
        expect.equal(await row.found(), '><<>><><<<<><>><<><', 'with every fourth unmapped');
        await row.map(numbers.filter(fourth).reverse());
        expect.equal(await row.found(), '<>><<><><>><><><<><><><><><><>><<><><><', 'with every fourth mapped again');
        const lower = numbers.slice(0, COUNT / 2);
        await row.unmap(lower);
        expect.equal(await row.found(), '<><><><><>><<><><><', 'with the lower half unmapped');
        await row.map([...lower].reverse());
        expect.equal(await row.found(), '<><><><><><><><><><><><><><><>><<><><><', 'with the lower half mapped again');
        const upper = numbers.slice(24);
        await row.unmap([...upper].reverse());
        expect.equal(await row.found(), '<><><><><><><><><><><><', 'with the upper 16 unmapped');
        await row.map(upper);
        expect.equal(await row.found(), '<><><><><><><><><><><><><><><><><><><><', 'with the upper 16 mapped again');
      });
    },
  }),
];
