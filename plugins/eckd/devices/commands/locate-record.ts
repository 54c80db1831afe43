/** Locate record and locate record extended: where to begin, and the domain of commands that may follow. */

import { Position } from '../access.js';
import { Operation, Orient } from '../chain-state.js';
import type { DeviceContext } from '../context.js';
import { getAddress, halfword, SECTORS } from '../geometry.js';
import { Condition } from '../sense.js';
import { type Command, Rule } from './command.js';

const LOCATE_LENGTH = 16;
const EXTENDED_LENGTH = 20;
/** Longest extended parameter that this control unit knows. */
const LONGEST_PARAMETER = 2;

const ORIENTATION = 0xc0;
const OPERATION = 0x3f;
/** Operation code: byte 17 has the operation. */
const EXTENDED_OPERATION = 0x3f;
const NO_SECTOR = 0xff;
/** Byte 1 of the parameters. */
const Auxiliary = { lengthFactorValid: 0x80, readCountSuffix: 0x01, reserved: 0x7e } as const;

/** Operation codes, each with the orientations (index is byte 0, bits 0-1) in which locate record allows it. */
const operations = new Map<number, { readonly bit: number; readonly orientations: readonly boolean[] }>([
  [0x00, { bit: Operation.orient, orientations: [true, true, true, false] }],
  [0x01, { bit: Operation.writeData, orientations: [true, false, true, false] }],
  [0x03, { bit: Operation.formatWrite, orientations: [true, true, false, true] }],
  [0x06, { bit: Operation.readData, orientations: [true, true, true, false] }],
  [0x0b, { bit: Operation.writeTrack, orientations: [true, false, false, false] }],
  [0x0c, { bit: Operation.readTracks, orientations: [true, true, false, false] }],
  [0x16, { bit: Operation.read, orientations: [true, true, true, true] }],
]);

/** Operations of byte 17, each with the length that its extended parameter may have. */
const extendedOperations = new Map<number, { readonly bit: number; readonly longest: number }>([
  [0x09, { bit: Operation.writeAny, longest: 1 }],
  [0x0a, { bit: Operation.readAny, longest: 1 }],
  [0x0e, { bit: Operation.readTrackSet, longest: 2 }],
]);

const WRITES = Operation.writeData | Operation.formatWrite | Operation.writeTrack | Operation.writeAny;
const SUFFIXABLE = Operation.writeData | Operation.read | Operation.writeAny | Operation.readAny;
const SKIPS_RECORD_ZERO = Operation.writeAny | Operation.readAny | Operation.readTrackSet;

/** True if a locate record may come here. */
function mayLocate(context: DeviceContext): boolean {
  return context.chain.domainCount === 0 && (context.chain.extentDefined || context.chain.loaded);
}

/** The operation of locate record's byte 0, as a bit of Operation; 0 if it is not allowed. */
function plainOperation(byte0: number): number {
  const entry = operations.get(byte0 & OPERATION);
  return entry?.orientations[byte0 >>> 6] === true ? entry.bit : 0;
}

/** The operation of locate record extended; 0 if it is not one, or bytes 17-19 do not go with it. */
function extendedOperation(bytes: Uint8Array, at: number): number {
  const code = (bytes[at] ?? 0) & OPERATION;
  const byte17 = bytes[at + 17] ?? 0;
  const length = halfword(bytes, at + 18);
  if (code !== EXTENDED_OPERATION) {
    const entry = operations.get(code);
    return entry === undefined || code === 0x00 || byte17 !== 0 || length !== 0 ? 0 : entry.bit;
  }
  const entry = extendedOperations.get(byte17);
  return entry === undefined || length < 1 || length > entry.longest ? 0 : entry.bit;
}

/** Checks what both commands have in bytes 1-15, and moves to the record. @param operation bit of Operation, not 0 */
function locate(context: DeviceContext, bytes: Uint8Array, at: number, operation: number, extended: boolean): number {
  const { chain, access } = context;
  if (context.readOnly && (operation & WRITES) !== 0) return Condition.writeInhibited;
  const auxiliary = bytes[at + 1] ?? 0;
  const hasSuffix = (auxiliary & Auxiliary.readCountSuffix) !== 0;
  if ((auxiliary & Auxiliary.reserved) !== 0 || (hasSuffix && (operation & SUFFIXABLE) === 0)) {
    return Condition.invalidParameter;
  }
  if (bytes[at + 2] !== 0) return Condition.invalidParameter;
  const count = bytes[at + 3] ?? 0;
  if ((operation === Operation.orient) !== (count === 0) || (hasSuffix && count < 2)) return Condition.invalidParameter;
  const track = getAddress(bytes, at + 4);
  if (track < 0 || track >= context.tracks) return Condition.invalidParameter;
  if (!chain.inExtent(track)) return Condition.fileProtected;
  const sector = bytes[at + 13] ?? 0;
  if (sector >= SECTORS && sector !== NO_SECTOR) return Condition.invalidParameter;
  const factor = halfword(bytes, at + 14);
  const hasFactor = (auxiliary & Auxiliary.lengthFactorValid) !== 0;
  if (hasFactor !== (factor !== 0) || factor > chain.blockSize) return Condition.invalidParameter;
  const trackSet = operation === Operation.readTrackSet ? trackMask(bytes, at) : 0;
  if (operation === Operation.readTrackSet) {
    const condition = checkTrackSet(context, trackSet, track, count);
    if (condition !== 0) return condition;
  }
  const condition = access.seek(track);
  if (condition !== 0) return condition;
  const orientation = (bytes[at] ?? 0) & ORIENTATION;
  const missed = orient(context, bytes, at + 8, orientation, operation, extended);
  if (missed !== 0) return missed;
  chain.operation = operation;
  chain.orientation = orientation;
  chain.domainCount = count;
  chain.readCountSuffix = hasSuffix;
  chain.transferLengthFactor = hasFactor ? factor : chain.blockSize;
  chain.trackSet = trackSet;
  chain.located = true;
  return Condition.none;
}

/** Finds what the search argument CCHHR at `bytes[at]` names. */
function orient(
  context: DeviceContext,
  bytes: Uint8Array,
  at: number,
  orientation: number,
  operation: number,
  extended: boolean,
): number {
  const { access } = context;
  if (orientation === Orient.index) return Condition.none;
  if (orientation === Orient.homeAddress) {
    return getAddress(bytes, at) === access.trackNumber ? Condition.none : Condition.noRecordFound;
  }
  const any = extended && getAddress(bytes, at) === 0 && bytes[at + 4] === 0;
  const condition = access.find(bytes, at, (operation & SKIPS_RECORD_ZERO) !== 0 ? 1 : 0, any);
  if (condition === 0 && orientation === Orient.data) access.position = Position.data;
  return condition;
}

/** The one or two bytes of a track set, the first track in bit 0 of 16. */
function trackMask(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 20] ?? 0) << 8) | (halfword(bytes, at + 18) > 1 ? (bytes[at + 21] ?? 0) : 0);
}

function checkTrackSet(context: DeviceContext, mask: number, track: number, count: number): number {
  if ((mask & 0x8000) === 0) return Condition.invalidParameter;
  let tracks = 0;
  let last = 0;
  for (let n = 0; n < 16; n++) {
    if ((mask & (0x8000 >>> n)) === 0) continue;
    tracks++;
    last = n;
  }
  if (tracks !== count) return Condition.invalidParameter;
  return context.chain.inExtent(track + last) ? Condition.none : Condition.fileProtected;
}

/** Locate record with the 16 bytes at `bytes[at]`. */
function locateRecord(context: DeviceContext, bytes: Uint8Array, at: number): number {
  const operation = plainOperation(bytes[at] ?? 0);
  if (operation === 0) return Condition.invalidParameter;
  return locate(context, bytes, at, operation, false);
}

/** Locate record extended with the bytes at `bytes[at]`, of which `available` are there. */
export function locateRecordExtended(context: DeviceContext, bytes: Uint8Array, at: number, available: number): number {
  if (!mayLocate(context)) return Condition.invalidSequence;
  const operation = extendedOperation(bytes, at);
  if (operation === 0) return Condition.invalidParameter;
  if (available < EXTENDED_LENGTH + halfword(bytes, at + 18)) return Condition.shortCount;
  const isAny = (operation & (Operation.writeAny | Operation.readAny)) !== 0;
  if (isAny && bytes[at + 20] !== 1) return Condition.invalidParameter;
  return locate(context, bytes, at, operation, true);
}

export const locateRecordCommands: readonly Command[] = [
  {
    code: 0x47,
    name: 'locate record',
    rules: Rule.opensDomain,
    domains: 0,
    parameters: LOCATE_LENGTH,
    select: (context, operation) =>
      mayLocate(context) ? context.take(operation, LOCATE_LENGTH) : Condition.invalidSequence,
    end: (context) => locateRecord(context, context.parameters, 0),
  },
  {
    code: 0x4b,
    name: 'locate record extended',
    rules: Rule.opensDomain,
    domains: 0,
    parameters: EXTENDED_LENGTH,
    select: (context, operation) => {
      if (!context.unit.locateRecordExtended) return Condition.invalidCommand;
      if (!mayLocate(context)) return Condition.invalidSequence;
      return context.take(operation, EXTENDED_LENGTH + LONGEST_PARAMETER);
    },
    end: (context, operation, transferred) => {
      operation.taken = EXTENDED_LENGTH + halfword(context.parameters, 18);
      return locateRecordExtended(context, context.parameters, 0, transferred);
    },
  },
];
