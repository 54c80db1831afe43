/** Sense, and the commands that answer with sense data: reserve, release; reset allegiance. */

import type { DeviceOperation } from 'ccwspec/plugin';
import type { DeviceContext } from '../context.js';
import { GROUP_ID_LENGTH } from '../path-group.js';
import { Reserved } from '../reservation.js';
import { Condition } from '../sense.js';
import { type Command, Rule } from './command.js';

/** Commands that transfer sense data; those that are held are gone afterwards. */
function senseCommand(code: number, name: string, rules: number, action?: (context: DeviceContext) => void): Command {
  return {
    code,
    name,
    rules,
    domains: 0,
    select: (context, operation) => context.giveSense(operation),
    end: (context) => {
      context.allegiance.dropSense(context.path);
      action?.(context);
      return Condition.none;
    },
  };
}

/** State of the device and the path group to which it is reserved. */
function giveAllegiance(context: DeviceContext, operation: DeviceOperation): number {
  const { answer, path, allegiance } = context;
  answer.fill(0);
  answer[0] = allegiance.reserved(path) === Reserved.not ? 0x80 : 0x90;
  answer[1] = 0x20;
  answer.set(path.groupId.subarray(0, GROUP_ID_LENGTH), 5);
  return context.give(operation, answer, 0, answer.length);
}

export const senseReserveCommands: readonly Command[] = [
  senseCommand(0x04, 'sense', 0),
  senseCommand(0xb4, 'device reserve', Rule.first, ({ allegiance, path }) => {
    allegiance.reserve(path);
  }),
  senseCommand(0x14, 'unconditional reserve', Rule.first, ({ allegiance, path, behaviour }) => {
    if (behaviour.enforcesAllegiance) allegiance.take(path);
    else allegiance.reserve(path);
  }),
  senseCommand(0x94, 'device release', Rule.noExtent, ({ allegiance, path }) => {
    allegiance.release(path);
  }),
  {
    code: 0x44,
    name: 'reset allegiance',
    rules: Rule.first,
    domains: 0,
    select: giveAllegiance,
    end: ({ allegiance, path, behaviour }) => {
      if (behaviour.enforcesAllegiance) allegiance.breakOthers(path);
      return Condition.none;
    },
  },
];
