/** The free space of a compressed image file: a list in ascending order, stored as a chain through the free space itself. */

import { imageError, type ImageReader } from './image-reader.js';

/** Length of what a free space begins with: offset of the next one, its own length. */
export const FREE_ENTRY_LENGTH = 8;

const TABLE_MARK = 'FREE_BLK';

interface Space {
  offset: number;
  length: number;
}

/** What the file's header says of its space; the fields are the header's. */
export interface SpaceCounters {
  /** length of the file that is in use, in bytes */
  size: number;
  /** offset of the first free space */
  firstFree: number;
  freeCount: number;
  freeTotal: number;
  freeLargest: number;
}

export class FreeSpace {
  readonly #spaces: Space[] = [];

  /**
   * Reads the chain that `counters` begins, in either form: links in the spaces, or one table.
   * @throws CcwspecError E-IMAGE if it leaves the file, is not in ascending order, loops, or is longer than the header says.
   */
  constructor(
    readonly path: string,
    reader: ImageReader,
    readonly littleEndian: boolean,
    counters: SpaceCounters,
  ) {
    if (counters.freeCount === 0 || counters.firstFree === 0) return;
    const mark = reader.read(counters.firstFree, FREE_ENTRY_LENGTH);
    if (String.fromCharCode(...mark) === TABLE_MARK) this.#readTable(reader, counters);
    else this.#followLinks(reader, counters);
  }

  get spaces(): readonly Readonly<Space>[] {
    return this.#spaces;
  }

  /**
   * Takes `length` bytes: the first free space that is exactly as long or leaves room for a link, else the end of the file.
   * @returns their offset; `counters.size` grows if they are at the end.
   */
  allocate(length: number, counters: SpaceCounters): number {
    const at = this.#spaces.findIndex((space) => space.length === length || space.length >= length + FREE_ENTRY_LENGTH);
    const space = this.#spaces[at];
    if (space === undefined) {
      const offset = counters.size;
      counters.size += length;
      return offset;
    }
    const { offset } = space;
    space.offset += length;
    space.length -= length;
    if (space.length === 0) this.#spaces.splice(at, 1);
    return offset;
  }

  /** Gives `length` bytes at `offset` back and joins them with free neighbours. */
  free(offset: number, length: number): void {
    let at = this.#spaces.findIndex((space) => space.offset > offset);
    if (at < 0) at = this.#spaces.length;
    const before = this.#spaces[at - 1];
    const after = this.#spaces[at];
    if (before !== undefined && before.offset + before.length > offset) {
      throw imageError(this.path, `has a track in the free space at byte ${offset}`);
    }
    const joinsBefore = before !== undefined && before.offset + before.length === offset;
    const joinsAfter = after !== undefined && offset + length === after.offset;
    if (joinsBefore) {
      before.length += length + (joinsAfter ? after.length : 0);
      if (joinsAfter) this.#spaces.splice(at, 1);
    } else if (joinsAfter) {
      after.offset = offset;
      after.length += length;
    } else {
      this.#spaces.splice(at, 0, { offset, length });
    }
  }

  /** Stores the chain, and what the header says of it in `counters`. */
  store(reader: ImageReader, counters: SpaceCounters): void {
    counters.freeCount = this.#spaces.length;
    counters.firstFree = this.#spaces[0]?.offset ?? 0;
    counters.freeTotal = 0;
    counters.freeLargest = 0;
    this.#spaces.forEach(({ offset, length }, n) => {
      counters.freeTotal += length;
      counters.freeLargest = Math.max(counters.freeLargest, length);
      const link = new Uint8Array(FREE_ENTRY_LENGTH);
      const view = new DataView(link.buffer);
      view.setUint32(0, this.#spaces[n + 1]?.offset ?? 0, this.littleEndian);
      view.setUint32(4, length, this.littleEndian);
      reader.write(offset, link);
    });
  }

  #readTable(reader: ImageReader, counters: SpaceCounters): void {
    const length = counters.freeCount * FREE_ENTRY_LENGTH;
    const bytes = reader.read(counters.firstFree + FREE_ENTRY_LENGTH, length);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < length; at += FREE_ENTRY_LENGTH) {
      this.#add(view.getUint32(at, this.littleEndian), view.getUint32(at + 4, this.littleEndian), counters);
    }
  }

  #followLinks(reader: ImageReader, counters: SpaceCounters): void {
    let offset = counters.firstFree;
    while (offset !== 0) {
      if (this.#spaces.length === counters.freeCount) {
        throw imageError(
          this.path,
          `has more free spaces in its chain than the ${counters.freeCount} that its header says`,
        );
      }
      if (offset + FREE_ENTRY_LENGTH > counters.size) {
        throw imageError(this.path, `has a free space at byte ${offset}, behind its end`);
      }
      const link = reader.read(offset, FREE_ENTRY_LENGTH);
      const view = new DataView(link.buffer);
      this.#add(offset, view.getUint32(4, this.littleEndian), counters);
      offset = view.getUint32(0, this.littleEndian);
    }
  }

  /** Spaces come in ascending order, so that a chain that turns back is found at once. */
  #add(offset: number, length: number, counters: SpaceCounters): void {
    const last = this.#spaces.at(-1);
    if (last !== undefined && offset <= last.offset) {
      throw imageError(this.path, `has a free-space chain that loops: byte ${offset} follows byte ${last.offset}`);
    }
    if (length < FREE_ENTRY_LENGTH || offset + length > counters.size) {
      throw imageError(
        this.path,
        `has a free space of ${length} bytes at byte ${offset}, which does not fit in the file`,
      );
    }
    if (last !== undefined && last.offset + last.length > offset) {
      throw imageError(this.path, `has free spaces that overlap at byte ${offset}`);
    }
    this.#spaces.push({ offset, length });
  }
}
