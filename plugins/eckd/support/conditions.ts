/** Why a disk ends a program with unit check: the sense bytes that say so (GA32-0274, "Sense Information"). */

/** A reason, in words and in sense bytes. Environmental bits of byte 2 are the device's own and are not among them. */
export interface Reason {
  /** as failures name it */
  readonly words: string;
  readonly sense: Readonly<Record<number, number>>;
}

function commandReject(message: number): Reason {
  return { words: `command reject, format 0 message ${message}`, sense: { 0: 0x80, 1: 0x00, 7: message } };
}

function programError(words: string, byte1: number): Reason {
  return { words, sense: { 0: 0x00, 1: byte1, 7: 0x00 } };
}

export const Rejected = {
  invalidCommand: commandReject(1),
  invalidSequence: commandReject(2),
  /** CCW count less than required */
  shortCount: commandReject(3),
  invalidParameter: commandReject(4),
} as const;

export const Ended = {
  invalidTrackFormat: programError('invalid track format', 0x40),
  endOfCylinder: programError('end of cylinder', 0x20),
  noRecordFound: programError('no record found', 0x08),
  fileProtected: programError('file protected', 0x04),
} as const;

/** Equipment check with write inhibited; byte 7 differs between control units. */
export const WRITE_INHIBITED: Reason = { words: 'write inhibited', sense: { 0: 0x10, 1: 0x02 } };
