/** The fields of an ORB by the names that program files use. */

import { OrbBit } from '../orb.js';

/** Control bits of word 1, each `name` or `name=yes` or `name=no`. */
export const orbControlFields: ReadonlyMap<string, number> = new Map([
  ['suspend', OrbBit.suspendControl],
  ['streaming', OrbBit.streamingMode],
  ['modification', OrbBit.modificationControl],
  ['synchronization', OrbBit.synchronizationControl],
  ['prefetch', OrbBit.prefetch],
  ['initial-status', OrbBit.initialStatusInterruption],
  ['address-limit', OrbBit.addressLimitChecking],
  ['suppress-suspended', OrbBit.suppressSuspendedInterruption],
  ['transport', OrbBit.channelProgramType],
  ['length-suppression', OrbBit.incorrectLengthSuppression],
  ['midaw', OrbBit.midawControl],
  ['extension', OrbBit.extension],
]);

/** `idaw=` values and the bits H and T that they mean. */
export const orbIdawKinds: ReadonlyMap<string, number> = new Map([
  ['format-1', 0],
  ['format-2', OrbBit.format2Idaw],
  ['format-2-4k', OrbBit.format2Idaw],
  ['format-2-2k', OrbBit.format2Idaw | OrbBit.idaw2k],
]);

/** Fields of numbers: largest value, and the place in word 1 where they are in it. */
export const orbNumberFields: ReadonlyMap<
  string,
  { readonly maximum: number; readonly mask?: number; readonly shift?: number }
> = new Map([
  ['key', { maximum: 15, mask: OrbBit.key, shift: 28 }],
  ['format', { maximum: 1, mask: OrbBit.format, shift: 23 }],
  ['lpm', { maximum: 0xff, mask: OrbBit.logicalPathMask, shift: 8 }],
  ['parameter', { maximum: 0xffff_ffff }],
  ['control', { maximum: 0xffff_ffff }],
]);

/** Word 1 of a program that says nothing about its ORB: F, P, H, all paths, as Linux starts its own programs. */
export const DEFAULT_ORB_CONTROL = OrbBit.format | OrbBit.prefetch | OrbBit.format2Idaw | OrbBit.logicalPathMask;
