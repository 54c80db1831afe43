/** The operation-request block, command mode: SA22-7832 chapter 15, "Operation-Request Block". */

import type { CcwFormat } from './ccw.js';

/** Bytes of the ORB that a command-mode program uses. */
export const ORB_LENGTH = 12;

/** Word 1 of the ORB. */
export const OrbBit = {
  key: 0xf000_0000,
  suspendControl: 0x0800_0000,
  streamingMode: 0x0400_0000,
  modificationControl: 0x0200_0000,
  synchronizationControl: 0x0100_0000,
  format: 0x0080_0000,
  prefetch: 0x0040_0000,
  initialStatusInterruption: 0x0020_0000,
  addressLimitChecking: 0x0010_0000,
  suppressSuspendedInterruption: 0x0008_0000,
  channelProgramType: 0x0004_0000,
  format2Idaw: 0x0002_0000,
  idaw2k: 0x0001_0000,
  logicalPathMask: 0x0000_ff00,
  incorrectLengthSuppression: 0x0000_0080,
  midawControl: 0x0000_0040,
  reserved: 0x0000_003e,
  extension: 0x0000_0001,
} as const;

/** Letters of the ORB's control bits, in bit order. */
export const orbBitNames: readonly (readonly [mask: number, name: string])[] = [
  [OrbBit.suspendControl, 'S'],
  [OrbBit.streamingMode, 'C'],
  [OrbBit.modificationControl, 'M'],
  [OrbBit.synchronizationControl, 'Y'],
  [OrbBit.format, 'F'],
  [OrbBit.prefetch, 'P'],
  [OrbBit.initialStatusInterruption, 'I'],
  [OrbBit.addressLimitChecking, 'A'],
  [OrbBit.suppressSuspendedInterruption, 'U'],
  [OrbBit.channelProgramType, 'B'],
  [OrbBit.format2Idaw, 'H'],
  [OrbBit.idaw2k, 'T'],
  [OrbBit.incorrectLengthSuppression, 'L'],
  [OrbBit.midawControl, 'D'],
  [OrbBit.extension, 'X'],
];

/** An ORB, decoded: words 0 to 2. */
export interface Orb {
  /** interruption parameter, 32 bits */
  readonly interruptionParameter: number;
  /** word 1 whole, see OrbBit */
  readonly control: number;
  /** channel-program address, 31 bits (bit 0 is kept as found) */
  readonly channelProgramAddress: number;
}

/** Decodes words 0-2 at `offset`. @throws RangeError if fewer than 12 bytes are there. */
export function decodeOrb(view: DataView, offset = 0): Orb {
  return {
    interruptionParameter: view.getUint32(offset),
    control: view.getUint32(offset + 4),
    channelProgramAddress: view.getUint32(offset + 8),
  };
}

/** Encodes words 0-2 at `offset`. */
export function encodeOrb(view: DataView, offset: number, orb: Orb): void {
  view.setUint32(offset, orb.interruptionParameter);
  view.setUint32(offset + 4, orb.control);
  view.setUint32(offset + 8, orb.channelProgramAddress);
}

/** Logical path mask of an ORB's word 1, path 0 in bit 0x80. */
export function logicalPathMask(control: number): number {
  return (control >>> 8) & 0xff;
}

/** Storage key of an ORB's word 1, 0-15. */
export function storageKey(control: number): number {
  return control >>> 28;
}

/** CCW format that an ORB's word 1 selects. */
export function ccwFormat(control: number): CcwFormat {
  return (control & OrbBit.format) === 0 ? 0 : 1;
}

/** What an ORB asks for, in the manual's words; all but `channelProgramAddress` may be left out. */
export interface OrbRequest {
  interruptionParameter?: number;
  key?: number;
  format?: CcwFormat;
  prefetch?: boolean;
  /** logical path mask, default FF */
  paths?: number;
  /** further bits of word 1, see OrbBit */
  control?: number;
  channelProgramAddress: number;
}

/** An ORB as Linux would build it (F=1, P=1, H=1, all paths) unless `request` says otherwise. */
export function makeOrb(request: OrbRequest): Orb {
  const { interruptionParameter = 0, key = 0, format = 1, prefetch = true, paths = 0xff } = request;
  let control = ((key << 28) | ((paths & 0xff) << 8)) >>> 0;
  if (format === 1) control |= OrbBit.format;
  if (prefetch) control |= OrbBit.prefetch;
  control |= request.control ?? OrbBit.format2Idaw;
  return { interruptionParameter, control: control >>> 0, channelProgramAddress: request.channelProgramAddress };
}
