/** Perform subsystem function and read subsystem data, set subsystem mode, diagnostic control. */

import { Mask } from '../chain-state.js';
import type { DeviceContext } from '../context.js';
import { halfword } from '../geometry.js';
import { Condition } from '../sense.js';
import { type Command, type End, Rule } from './command.js';
import { type Preparation, subsystemData } from './subsystem-data.js';

const PERFORM_SUBSYSTEM_FUNCTION = 0x27;
const SET_INTERCEPT = 0x1b;
const LONGEST_ORDER = 66;
const SHORTEST_ORDER = 2;

/** What an order does with its bytes, in the parameters from 0 on. Undefined: it is known, and rejected. */
interface Order {
  readonly length: number;
  readonly perform?: (context: DeviceContext, chaining: boolean) => number;
}

function prepare(context: DeviceContext): number {
  const { parameters, identity, behaviour, chain } = context;
  if (parameters[1] !== 0 || halfword(parameters, 2) !== 0) return Condition.invalidParameter;
  const device = halfword(parameters, 4);
  const preparation: Preparation | undefined = subsystemData.get(parameters[6] ?? 0);
  if (preparation === undefined) return Condition.invalidParameter;
  const mayName = behaviour.ordersNameDevices || preparation.alwaysNamesDevice;
  if (device !== 0 && (!mayName || device !== identity.deviceNumber)) return Condition.invalidParameter;
  chain.prepared = preparation.build(context);
  return Condition.none;
}

const orders = new Map<number, Order>([
  [0x10, { length: 14 }],
  [0x11, { length: 12 }],
  [0x12, { length: 5 }],
  [0x13, { length: 4 }],
  [0x14, { length: 4 }],
  [0x16, { length: 4 }],
  [0x1a, { length: 22 }],
  [0x18, { length: 12, perform: prepare }],
  [
    SET_INTERCEPT,
    {
      length: 2,
      perform: (context, chaining) => {
        const { chain, parameters } = context;
        const isFirst = chain.commands === 0 || (chain.commands === 1 && chain.previous === 0x5b);
        if (!isFirst || chaining) return Condition.invalidSequence;
        if (parameters[1] !== 0) return Condition.invalidParameter;
        context.interceptSet = true;
        return Condition.none;
      },
    },
  ],
  [
    0x1d,
    { length: 66, perform: ({ parameters }) => (parameters[1] === 0 ? Condition.none : Condition.invalidParameter) },
  ],
  [
    0xb0,
    {
      length: 4,
      perform: (context) => {
        const flags = context.parameters[1] ?? 0;
        if ((flags & 0xfe) !== 0) return Condition.invalidParameter;
        context.chain.prepared = context.configuration.slice(96, flags === 0 ? 192 : 128);
        return Condition.none;
      },
    },
  ],
]);

/** Clears the special intercept condition. @returns whether it was set: the order or command is then not carried out. */
function intercepted(context: DeviceContext): boolean {
  const was = context.interceptSet;
  context.interceptSet = false;
  return was;
}

const endOrder: End = (context, operation, transferred) => {
  const code = context.parameters[0] ?? 0;
  if (transferred < SHORTEST_ORDER) return Condition.shortCount;
  const order = orders.get(code);
  const length = order?.length ?? SHORTEST_ORDER;
  if (transferred < length) return Condition.shortCount;
  operation.taken = length;
  if (intercepted(context)) return Condition.statusNotAsRequired;
  if (order?.perform === undefined) return Condition.invalidParameter;
  return order.perform(context, operation.chaining);
};

/** Set subsystem mode: at most one of its four operations may be asked for. */
function setMode(context: DeviceContext): number {
  const byte0 = context.parameters[0] ?? 0;
  const byte1 = context.parameters[1] ?? 0;
  if ((byte0 & 0x02) !== 0 || (byte1 & 0x07) !== 0) return Condition.invalidParameter;
  const asked = [byte0 & 0xe0, byte0 & 0x1c, byte1 & 0xe0, byte1 & 0x18].filter((operation) => operation !== 0);
  const wantsMessage = (byte0 & 0x01) !== 0;
  if (asked.length > 1 || (wantsMessage && asked.length === 0)) return Condition.invalidParameter;
  context.chain.mustBeLast = !wantsMessage;
  return Condition.none;
}

const MEDIA_MAINTENANCE_QUERY = 0x12;

function diagnosticControl(context: DeviceContext): number {
  const { parameters, chain } = context;
  if (parameters[0] !== MEDIA_MAINTENANCE_QUERY || halfword(parameters, 2) !== 0) return Condition.invalidParameter;
  const isNormal = (chain.fileMask & Mask.authorization) === Mask.normalAuthorization;
  return isNormal ? Condition.maskViolation : Condition.none;
}

export const subsystemCommands: readonly Command[] = [
  {
    code: PERFORM_SUBSYSTEM_FUNCTION,
    name: 'perform subsystem function',
    rules: 0,
    domains: 0,
    select: (context, operation) => context.take(operation, LONGEST_ORDER),
    end: endOrder,
  },
  {
    code: 0x3e,
    name: 'read subsystem data',
    rules: 0,
    domains: 0,
    select: (context, operation) => {
      const { chain } = context;
      if (chain.prepared === undefined || chain.previous !== PERFORM_SUBSYSTEM_FUNCTION)
        return Condition.invalidSequence;
      const { prepared } = chain;
      chain.prepared = undefined;
      chain.subsystemDataRead = true;
      return context.give(operation, prepared, 0, prepared.length);
    },
  },
  {
    code: 0x87,
    name: 'set subsystem mode',
    rules: Rule.first,
    domains: 0,
    parameters: 2,
    select: (context, operation) => (context.unit.cached ? context.take(operation, 2) : Condition.invalidSequence),
    end: setMode,
  },
  {
    code: 0xf3,
    name: 'diagnostic control',
    rules: 0,
    domains: 0,
    parameters: 4,
    select: (context, operation) => (intercepted(context) ? Condition.statusNotAsRequired : context.take(operation, 4)),
    end: diagnosticControl,
  },
  {
    code: 0xf9,
    name: 'reset summary unit check',
    rules: 0,
    domains: 0,
    parameters: 16,
    select: (context, operation) =>
      context.unit.type === 0x3990 ? Condition.invalidCommand : context.take(operation, 16),
    end: () => Condition.none,
  },
];
