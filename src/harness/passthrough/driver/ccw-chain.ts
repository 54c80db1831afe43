/**
 * One segment of a channel program, as the driver copies and measures it: reference sections 4.2 to 4.4.
 */

import { CCW_LENGTH, CcwFlag, CommonCommand } from '../../arch/index.js';
import { Errno } from '../../uapi/index.js';
import type { HostKernel } from './host-kernel.js';

/** Slots of the buffer into which a segment is fetched, and its length in bytes. */
export const SEGMENT_SLOTS = 256;
export const SEGMENT_BYTES = SEGMENT_SLOTS * CCW_LENGTH;

/** What lies behind the buffer, where a correct driver never looks. */
const POISON = 0x5a;

// Constants of the loops below as this module's own: V8 folds those, and loads imported ones each time.
const CCW_BYTES = CCW_LENGTH;
const CHAINING = CcwFlag.chainData | CcwFlag.chainCommand;
const IDA = CcwFlag.indirectDataAddress;
const TIC = CommonCommand.transferInChannel;

/** True if `address` lies from the first of `length` CCWs at `head` to the last; addresses are 32 bits wide and wrap. */
export function withinSegment(address: number, head: number, length: number): boolean {
  return head <= address && address <= (head + (length - 1) * CCW_BYTES) >>> 0;
}

/** The buffer of one device through which every segment of every program goes. */
export class SegmentBuffer {
  /** the buffer, and poisoned bytes behind it */
  readonly bytes = new Uint8Array(SEGMENT_BYTES + 64);
  readonly #view = new DataView(this.bytes.buffer);
  readonly #host: HostKernel;

  constructor(host: HostKernel) {
    this.#host = host;
    this.bytes.fill(POISON, SEGMENT_BYTES);
  }

  /**
   * Counts the CCWs of the segment that was fetched from `head`, and makes format-1 CCWs of format-0 ones.
   * @param refuseLists whether a CCW with IDA ends the count with -EOPNOTSUPP
   * @returns 1 to 256, or a negative errno
   */
  measure(head: number, format0: boolean, refuseLists: boolean): number {
    const { slotsExamined, longestSegment, ticReachesBack } = this.#host.profile;
    const view = this.#view;
    for (let count = 1, at = 0; count <= slotsExamined; count++, at += CCW_BYTES) {
      if (count > SEGMENT_SLOTS) {
        this.#host.faults.record('read behind the 2048-byte segment buffer', 'segment length count', 'CVE-2026-80550');
      } else if (format0) {
        this.#convert(at);
      }
      const word0 = view.getUint32(at);
      const flags = (word0 >>> 16) & 0xff;
      if (refuseLists && (flags & IDA) !== 0) return -Errno.EOPNOTSUPP;
      if ((flags & CHAINING) !== 0) continue;
      const goesBack = ticReachesBack && word0 >>> 24 === TIC && withinSegment(view.getUint32(at + 4), head, count);
      if (!goesBack) return count <= longestSegment ? count : -Errno.EINVAL;
    }
    return -Errno.EINVAL;
  }

  /** TRN-011, TRN-012, TRN-060: a zero count stays one, and a TIC loses flags and count. */
  #convert(at: number): void {
    const view = this.#view;
    const word0 = view.getUint32(at);
    if (((word0 >>> 24) & 0x0f) === TIC) {
      view.setUint32(at, TIC << 24);
    } else {
      const word1 = view.getUint32(at + 4);
      view.setUint32(at, ((word0 & 0xff00_0000) | ((word1 >>> 24) << 16) | (word1 & 0xffff)) >>> 0);
    }
    view.setUint32(at + 4, word0 & 0x00ff_ffff);
  }
}
