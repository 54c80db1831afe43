/** Channel-command words: SA22-7832 chapter 15, "Channel-Command Word". */

/** A CCW's length and alignment in bytes. */
export const CCW_LENGTH = 8;

/** The CCW format, as ORB.F selects it. */
export type CcwFormat = 0 | 1;

/** Flag byte of a CCW (format 1 bits 8-15, format 0 bits 32-39). */
export const CcwFlag = {
  chainData: 0x80,
  chainCommand: 0x40,
  suppressLengthIndication: 0x20,
  skip: 0x10,
  programControlledInterruption: 0x08,
  indirectDataAddress: 0x04,
  suspend: 0x02,
  modifiedIndirectDataAddress: 0x01,
} as const;

/** Abbreviations of the flags, in bit order, as listings print them. */
export const ccwFlagNames: readonly (readonly [mask: number, name: string])[] = [
  [CcwFlag.chainData, 'CD'],
  [CcwFlag.chainCommand, 'CC'],
  [CcwFlag.suppressLengthIndication, 'SLI'],
  [CcwFlag.skip, 'SKIP'],
  [CcwFlag.programControlledInterruption, 'PCI'],
  [CcwFlag.indirectDataAddress, 'IDA'],
  [CcwFlag.suspend, 'S'],
  [CcwFlag.modifiedIndirectDataAddress, 'MIDA'],
];

/** Commands that every device or its channel knows. */
export const CommonCommand = {
  noOperation: 0x03,
  basicSense: 0x04,
  transferInChannel: 0x08,
  senseId: 0xe4,
} as const;

/** One CCW, decoded. */
export interface Ccw {
  /** command code, 0-255 */
  readonly command: number;
  /** flag byte, see CcwFlag */
  readonly flags: number;
  /** count in bytes, 0-65535 */
  readonly count: number;
  /** data address: 24 bits in format 0, 31 bits in format 1 (bit 0 is kept as found) */
  readonly address: number;
}

/** Decodes the CCW at `offset`. @throws RangeError if fewer than 8 bytes are there. */
export function decodeCcw(view: DataView, offset: number, format: CcwFormat): Ccw {
  const word0 = view.getUint32(offset);
  const word1 = view.getUint32(offset + 4);
  return format === 1
    ? { command: word0 >>> 24, flags: (word0 >>> 16) & 0xff, count: word0 & 0xffff, address: word1 }
    : { command: word0 >>> 24, flags: word1 >>> 24, count: word1 & 0xffff, address: word0 & 0xff_ffff };
}

/** Encodes `ccw` at `offset`; in format 0 the address keeps its low 24 bits and byte 5 is zero. */
export function encodeCcw(view: DataView, offset: number, ccw: Ccw, format: CcwFormat): void {
  if (format === 1) {
    view.setUint32(offset, ((ccw.command << 24) | (ccw.flags << 16) | ccw.count) >>> 0);
    view.setUint32(offset + 4, ccw.address);
  } else {
    view.setUint32(offset, ((ccw.command << 24) | (ccw.address & 0xff_ffff)) >>> 0);
    view.setUint32(offset + 4, ((ccw.flags << 24) | ccw.count) >>> 0);
  }
}

/** What the low-order bits of a command code say it does. */
export type CommandClass = 'invalid' | 'sense' | 'transfer-in-channel' | 'read-backward' | 'write' | 'read' | 'control';

/** The class of `command`, by its low-order bits. */
export function commandClass(command: number): CommandClass {
  switch (command & 0x0f) {
    case 0x00:
      return 'invalid';
    case 0x04:
      return 'sense';
    case 0x08:
      return 'transfer-in-channel';
    case 0x0c:
      return 'read-backward';
    default:
      return (command & 0x03) === 0x01 ? 'write' : (command & 0x03) === 0x02 ? 'read' : 'control';
  }
}

/** True if `command` moves data from the device to storage: the classes for which SKIP means something. */
export function isInputCommand(command: number): boolean {
  return (command & 0x03) === 0x02 || (command & 0x0f) === 0x04 || (command & 0x0f) === 0x0c;
}
