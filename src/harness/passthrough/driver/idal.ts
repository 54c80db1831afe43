/** IDAW lists in kernel storage: the guest's words as they came, and the words that the host subchannel gets. */

import type { IdawKind } from '../../arch/index.js';

/** Bytes of an IDAW in a list that the driver makes: always format 2. */
export const HOST_IDAW_LENGTH = 8;

const WORD = 0x1_0000_0000;
const IN_WORDS = 1 / WORD;
/** What lies behind a list that is too short, if its allocation has room: no storage is configured there. */
const POISON = 0x5a5a_5a5a;

/** Stores `value` (below 2^53) as a 64-bit word. */
export function storeDoubleword(view: DataView, at: number, value: number): void {
  view.setUint32(at, (value * IN_WORDS) >>> 0);
  view.setUint32(at + 4, value >>> 0);
}

/** Stores one IDAW for the byte at `offset` of a frame. */
export function storeHostIdaw(view: DataView, at: number, frame: number, offset: number): void {
  view.setUint32(at, (frame * IN_WORDS) >>> 0);
  view.setUint32(at + 4, ((frame >>> 0) | offset) >>> 0);
}

/**
 * Stores the list for pinned pages: frame address plus offset in the page.
 * @param laterOffsets whether IDAWs behind the first keep their offset (TRN-047)
 */
export function storeHostList(
  view: DataView,
  at: number,
  iovas: Float64Array,
  frames: Float64Array,
  first: number,
  count: number,
  laterOffsets: boolean,
): void {
  for (let index = 0; index < count; index++) {
    const offset = index === 0 || laterOffsets ? (iovas[first + index] ?? 0) & 0xfff : 0;
    storeHostIdaw(view, at, frames[first + index] ?? 0, offset);
    at += HOST_IDAW_LENGTH;
  }
}

/** Stores addresses as the guest would have written them, in its own format; what is left of the allocation is zero. */
export function storeGuestList(
  view: DataView,
  at: number,
  iovas: Float64Array,
  first: number,
  count: number,
  kind: IdawKind,
): void {
  const end = at + count * HOST_IDAW_LENGTH;
  for (let index = 0; index < count; index++) {
    const iova = iovas[first + index] ?? 0;
    if (kind.format === 2) storeDoubleword(view, at, iova);
    else view.setUint32(at, iova);
    at += kind.length;
  }
  for (; at < end; at += 4) view.setUint32(at, 0);
}

/** Loads the addresses of a guest's list of `kind` at `at`. Words from 2^53 on lose digits; nothing can be mapped there. */
export function loadGuestList(
  view: DataView,
  at: number,
  iovas: Float64Array,
  first: number,
  count: number,
  kind: IdawKind,
): void {
  for (let index = 0; index < count; index++) {
    const word = view.getUint32(at);
    iovas[first + index] = kind.format === 2 ? word * WORD + view.getUint32(at + 4) : word;
    at += kind.length;
  }
}

/** Marks the end of a list that is shorter than its transfer, where its allocation of `length` bytes has room behind it. */
export function poisonBehind(view: DataView, at: number, length: number): void {
  const allocated = Math.max(64, 2 ** Math.ceil(Math.log2(length)));
  for (let offset = length; offset < allocated; offset += 4) view.setUint32(at + offset, POISON);
}
