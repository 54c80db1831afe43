/** Path groups: sense and set path group ID, suspend multipath reconnection. */

import { DeviceStatus } from 'ccwspec/plugin';
import type { DeviceContext } from '../context.js';
import { GROUP_ID_LENGTH, GroupFunction } from '../path-group.js';
import { Condition } from '../sense.js';
import { type Command, Rule } from './command.js';

/** State or function byte, and identifier. */
const GROUP_LENGTH = 1 + GROUP_ID_LENGTH;

function setGroup(context: DeviceContext): number {
  const { parameters, path } = context;
  const byte0 = parameters[0] ?? 0;
  if ((byte0 & GroupFunction.reserved) !== 0 || (byte0 & GroupFunction.command) === GroupFunction.invalid) {
    return Condition.invalidParameter;
  }
  let isZero = true;
  let isOwn = true;
  for (let n = 0; n < GROUP_ID_LENGTH; n++) {
    if (parameters[1 + n] !== 0) isZero = false;
    if (parameters[1 + n] !== path.groupId[n]) isOwn = false;
  }
  if (isZero || (path.group !== '' && !isOwn)) return Condition.invalidParameter;
  context.allegiance.setGroup(path, parameters);
  return Condition.none;
}

export const pathGroupCommands: readonly Command[] = [
  {
    code: 0x34,
    name: 'sense path group ID',
    rules: Rule.first | Rule.last,
    domains: 0,
    select: (context, operation) => {
      const { answer, path, allegiance, behaviour } = context;
      answer[0] = behaviour.pathState(path, allegiance.reserved(path));
      answer.set(path.groupId, 1);
      return context.give(operation, answer, 0, GROUP_LENGTH);
    },
  },
  {
    code: 0xaf,
    name: 'set path group ID',
    rules: Rule.first | Rule.last,
    domains: 0,
    parameters: GROUP_LENGTH,
    end: setGroup,
  },
  {
    code: 0x5b,
    name: 'suspend multipath reconnection',
    rules: 0,
    domains: 0,
    select: (_context, operation) => {
      operation.initialStatus = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;
      return Condition.none;
    },
  },
];
