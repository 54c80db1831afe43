/** Prefix: define extent and locate record extended in one command. */

import { CcwspecError } from 'ccwspec/plugin';
import type { DeviceContext } from '../context.js';
import { Condition } from '../sense.js';
import { type Command, Rule } from './command.js';
import { defineExtent } from './define-extent.js';
import { locateRecordExtended } from './locate-record.js';

const PREFIX_LENGTH = 64;
/** With the longest extended parameter of locate record extended. */
const LONGEST_PREFIX = 66;
const EXTENT_AT = 12;
const LOCATE_AT = 44;

const Format = { extent: 0, extentAndLocate: 1, extentAndSubsystemFunction: 2 } as const;
/** Byte 1. */
const Validity = { extent: 0x80, verifyBase: 0x20 } as const;

function prefix(context: DeviceContext, transferred: number): number {
  const { parameters, identity } = context;
  const format = parameters[0] ?? 0;
  const validity = parameters[1] ?? 0;
  if (format > Format.extentAndSubsystemFunction) return Condition.invalidParameter;
  if (format === Format.extentAndSubsystemFunction) {
    throw new CcwspecError('E-MODEL-UNIMPLEMENTED', 'prefix of format 2 (define extent and subsystem function)');
  }
  if ((validity & Validity.verifyBase) !== 0) {
    const base = ((parameters[4] ?? 0) << 8) | (parameters[2] ?? 0);
    if (base !== identity.deviceNumber) return Condition.invalidParameter;
  }
  if ((validity & Validity.extent) !== 0) {
    const condition = defineExtent(context, parameters, EXTENT_AT);
    if (condition !== 0) return condition;
  }
  if (format === Format.extent) return Condition.none;
  return locateRecordExtended(context, parameters, LOCATE_AT, transferred - LOCATE_AT);
}

export const prefixCommands: readonly Command[] = [
  {
    code: 0xe7,
    name: 'prefix',
    rules: Rule.opensDomain,
    domains: 0,
    parameters: PREFIX_LENGTH,
    select: (context, operation) =>
      context.unit.prefix ? context.take(operation, LONGEST_PREFIX) : Condition.invalidCommand,
    end: (context, operation, transferred) => {
      const parameterLength = context.parameters[LOCATE_AT + 19] ?? 0;
      const isExtentOnly = context.parameters[0] === Format.extent;
      operation.taken = isExtentOnly ? context.behaviour.prefixExtentBytes : PREFIX_LENGTH + parameterLength;
      return prefix(context, transferred);
    },
  },
];
