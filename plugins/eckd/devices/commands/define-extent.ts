/** Define extent: file mask, attributes and limits for the rest of the program. */

import { Attribute, Mask } from '../chain-state.js';
import type { DeviceContext } from '../context.js';
import { getAddress, halfword, LARGEST_RECORD_ZERO } from '../geometry.js';
import { Condition } from '../sense.js';
import { type Command, Rule } from './command.js';

const EXTENT_LENGTH = 16;
const LONG_EXTENT_LENGTH = 32;
/** Byte 7: extended parameters follow. */
const EXTENDED_PARAMETERS = 0x02;

/** What is wrong with a file mask on this control unit. */
export function checkMask(context: DeviceContext, mask: number): number {
  if ((mask & Mask.reserved) !== 0) return Condition.invalidParameter;
  const isDiagnostic = (mask & Mask.authorization) === Mask.diagnosticAuthorization;
  return isDiagnostic && context.unit.type !== 0x3990 ? Condition.invalidParameter : Condition.none;
}

/** True if define extent may come here at all. */
function mayDefine(context: DeviceContext): boolean {
  const { chain, behaviour } = context;
  return !chain.maskSet && (!chain.extentDefined || behaviour.allowsSecondExtent);
}

/** Defines the extent that the 16 bytes at `bytes[at]` describe. */
export function defineExtent(context: DeviceContext, bytes: Uint8Array, at: number): number {
  const { chain } = context;
  if (!mayDefine(context)) return Condition.invalidSequence;
  const mask = bytes[at] ?? 0;
  const attributes = bytes[at + 1] ?? 0;
  const blockSize = halfword(bytes, at + 2) || LARGEST_RECORD_ZERO + 8;
  const isSecond = chain.extentDefined;
  if (isSecond && (chain.fileMask !== mask || chain.attributes !== attributes || chain.blockSize !== blockSize)) {
    return Condition.invalidSequence;
  }
  if ((attributes & Attribute.mode) !== Attribute.eckd) return Condition.invalidParameter;
  const condition = checkMask(context, mask);
  if (condition !== 0) return condition;
  if (blockSize > LARGEST_RECORD_ZERO + 8) return Condition.invalidParameter;
  if (bytes[at + 4] !== 0 || bytes[at + 5] !== 0 || bytes[at + 6] !== 0) return Condition.invalidParameter;
  const first = getAddress(bytes, at + 8);
  const last = getAddress(bytes, at + 12);
  if (first < 0 || first > last || !chain.inExtent(first) || !chain.inExtent(last)) {
    return isSecond ? Condition.invalidSequence : Condition.invalidParameter;
  }
  chain.fileMask = mask;
  chain.attributes = attributes;
  chain.blockSize = blockSize;
  chain.firstTrack = first;
  chain.lastTrack = last;
  chain.extentDefined = true;
  return Condition.none;
}

export const defineExtentCommands: readonly Command[] = [
  {
    code: 0x63,
    name: 'define extent',
    rules: 0,
    domains: 0,
    parameters: EXTENT_LENGTH,
    select: (context, operation) => {
      if (!mayDefine(context)) return Condition.invalidSequence;
      return context.take(operation, context.behaviour.extentBytes);
    },
    end: (context, operation, transferred) => {
      const hasMore = ((context.parameters[7] ?? 0) & EXTENDED_PARAMETERS) !== 0;
      const length = hasMore ? Math.min(LONG_EXTENT_LENGTH, context.behaviour.extentBytes) : EXTENT_LENGTH;
      if (transferred < length) return Condition.shortCount;
      operation.taken = length;
      return defineExtent(context, context.parameters, 0);
    },
  },
  {
    code: 0x1f,
    name: 'set file mask',
    rules: Rule.noExtent,
    domains: 0,
    parameters: 1,
    end: (context) => {
      const mask = context.parameters[0] ?? 0;
      const condition = checkMask(context, mask);
      if (condition !== 0) return condition;
      context.chain.fileMask = mask;
      context.chain.maskSet = true;
      return Condition.none;
    },
  },
];
