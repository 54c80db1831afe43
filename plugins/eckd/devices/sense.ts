/** Sense data of the 3990 and its successors in the 24-byte form (GA32-0274, "Sense Data"). */

import { SENSE_LENGTH } from 'ccwspec/plugin';
import { cylinderOf, headOf } from './geometry.js';

/**
 * What can be wrong, as one word: sense bytes 0, 1, 2 and 7 (format and message). 0 stands for "nothing", so that a command
 * says in one number whether it worked.
 */
export const Condition = {
  none: 0,
  /** command reject, format 0 message 1 */
  invalidCommand: 0x8000_0001,
  /** command reject, format 0 message 2 */
  invalidSequence: 0x8000_0002,
  /** command reject, format 0 message 3: CCW count less than required */
  shortCount: 0x8000_0003,
  /** command reject, format 0 message 4 */
  invalidParameter: 0x8000_0004,
  /** command reject, format 0 message 5: diagnostic or special command violates the file mask */
  maskViolation: 0x8000_0005,
  /** command reject, format 0 message F: status not as required */
  statusNotAsRequired: 0x8000_000f,
  /** command reject, format 3 message F: the reservation was taken by another system */
  allegianceTerminated: 0x8000_003f,
  invalidTrackFormat: 0x0040_0000,
  endOfCylinder: 0x0020_0000,
  noRecordFound: 0x0008_0000,
  fileProtected: 0x0004_0000,
  /** equipment check and write inhibited, found by locate record */
  writeInhibited: 0x1002_0004,
  /** the same, found by the write command itself */
  writeInhibitedLate: 0x1002_0010,
  incompleteDomain: 0x0100_0000,
} as const;

/** Byte 27: this is the 24-byte form. */
const FORM_24 = 0x80;
/** Byte 27: the track address is valid, and is one of 28 bits. */
const EXTENDED_ADDRESS = 0x30;
/** Largest cylinder that bytes 5 and 6 can name. */
const LARGEST_SHORT_CYLINDER = 4095;

/**
 * Builds the 32 sense bytes for `condition` (see Condition; 0 if there is nothing to say) at the track under the heads.
 * Bytes 29-31 name the track without the bit that says so, as Hercules has it; beyond cylinder 65 535 they have the extended
 * form, which needs the bit.
 */
export function buildSense(into: Uint8Array, condition: number, track: number): void {
  into.fill(0, 0, SENSE_LENGTH);
  into[0] = condition >>> 24;
  into[1] = condition >>> 16;
  into[2] = condition >>> 8;
  const cylinder = cylinderOf(track);
  const head = headOf(track);
  const isShort = cylinder <= LARGEST_SHORT_CYLINDER;
  into[5] = isShort ? cylinder : 0xff;
  into[6] = isShort ? ((cylinder >>> 4) & 0xf0) | head : 0xff;
  into[7] = condition;
  if (cylinder <= 0xffff) {
    into[27] = FORM_24;
    into[29] = cylinder >>> 8;
    into[30] = cylinder;
    into[31] = head;
  } else {
    into[27] = FORM_24 | EXTENDED_ADDRESS;
    into[28] = cylinder >>> 8;
    into[29] = cylinder;
    into[30] = cylinder >>> 20;
    into[31] = ((cylinder >>> 12) & 0xf0) | head;
  }
}
