/** The guest memory that a program file asks for. */

import { hex } from '../arch/index.js';
import type { Place } from './checked.js';
import type { MemoryAccess, MemoryRange } from './types.js';

/** Mappings are made in whole pages. */
const PAGE = 4096;

const accesses: readonly MemoryAccess[] = ['read-write', 'read', 'write'];

/** Largest address that a range may reach. */
const HIGHEST = 2 ** 52;

/** Reads `memory_map`: a list of `{iova, length, access?}` that do not overlap. */
export function readMemoryMap(place: Place): MemoryRange[] {
  const ranges: { range: MemoryRange; place: Place }[] = [];
  for (const element of place.elements()) {
    element.members(['iova', 'length', 'access']);
    const range = { ...extent(element, 'length'), access: accessOf(element.member('access')) };
    const other = ranges.find(
      ({ range: known }) => range.iova < known.iova + known.length && known.iova < range.iova + range.length,
    );
    if (other !== undefined) element.fail(`overlaps ${other.place.path} (${rangeText(other.range)})`);
    ranges.push({ range, place: element });
  }
  if (ranges.length === 0) place.fail('no range: a program needs memory');
  return ranges.map(({ range }) => range);
}

/** Reads the one range of a recording, `{iova, size}`. */
export function readRecordingMemory(place: Place): MemoryRange[] {
  place.members(['iova', 'size']);
  return [{ ...extent(place, 'size'), access: 'read-write' }];
}

function extent(place: Place, lengthKey: string): { iova: number; length: number } {
  const iovaPlace = place.needed('iova');
  const iova = iovaPlace.number(0, HIGHEST);
  const lengthPlace = place.needed(lengthKey);
  const length = lengthPlace.number(1, HIGHEST - iova);
  if (iova % PAGE !== 0) iovaPlace.fail(`${iova} is not a multiple of ${PAGE}: memory is mapped in whole pages`);
  if (length % PAGE !== 0) lengthPlace.fail(`${length} is not a multiple of ${PAGE}: memory is mapped in whole pages`);
  return { iova, length };
}

function accessOf(place: Place | undefined): MemoryAccess {
  if (place === undefined) return 'read-write';
  const text = place.string();
  return accesses.find((access) => access === text) ?? place.fail(`"${text}" is none of ${accesses.join(', ')}`);
}

/** True if every byte of `at` … `at + length - 1` is in one of the ranges. */
export function isMapped(map: readonly MemoryRange[], at: number, length: number): boolean {
  let reached = at;
  while (reached < at + length) {
    const range = map.find(({ iova, length: size }) => reached >= iova && reached < iova + size);
    if (range === undefined) return false;
    reached = range.iova + range.length;
  }
  return true;
}

/** `00000000-000fffff` */
export function rangeText({ iova, length }: { readonly iova: number; readonly length: number }): string {
  return `${hex(iova)}-${hex(iova + length - 1)}`;
}
