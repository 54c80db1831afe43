/** Commands that say what the device and its control unit are, and no-operation. */

import { DeviceStatus } from 'ccwspec/plugin';
import { Condition } from '../sense.js';
import { type Command, Rule, type Select } from './command.js';

const ENDED = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;
const READ_IPL = 0x02;
/** Answer to read message ID: there is no message. */
const NO_MESSAGE = new Uint8Array(4).fill(0xff);
const EMPTY_LOG = new Uint8Array(32);

/** An answer of the control unit that is the same for every program. */
function answer(code: number, name: string, rules: number, select: Select): Command {
  return { code, name, rules, domains: 0, select };
}

export const configurationCommands: readonly Command[] = [
  answer(0xe4, 'sense ID', 0, (context, operation) =>
    context.give(operation, context.senseId, 0, context.senseId.length),
  ),
  answer(0x64, 'read device characteristics', 0, (context, operation) =>
    context.give(operation, context.characteristics, 0, context.characteristics.length),
  ),
  answer(0xfa, 'read configuration data', 0, (context, operation) =>
    context.give(operation, context.configuration, 0, context.configuration.length),
  ),
  answer(0x54, 'sense subsystem status', Rule.firstOrConfiguration, (context, operation) => {
    if (context.unit.type !== 0x2107) context.chain.mustBeLast = true;
    return context.give(operation, context.status, 0, context.status.length);
  }),
  answer(0xa4, 'read and reset buffered log', Rule.firstOrConfiguration, (context, operation) =>
    context.give(operation, EMPTY_LOG, 0, EMPTY_LOG.length),
  ),
  answer(0x4e, 'read message ID', Rule.last, (context, operation) => {
    const { chain } = context;
    if (chain.commands > 0 && chain.previous !== 0x27 && chain.previous !== 0x87) return Condition.invalidSequence;
    return context.give(operation, NO_MESSAGE, 0, NO_MESSAGE.length);
  }),
  {
    code: 0x03,
    name: 'no-operation',
    rules: 0,
    // Within a domain only directly after read IPL; the rule is the command's own.
    domains: -1,
    select: (context, operation) => {
      const { chain } = context;
      if (chain.domainCount > 0 && chain.previous !== READ_IPL) return Condition.invalidSequence;
      operation.initialStatus = ENDED;
      return Condition.none;
    },
  },
];
