/** What read subsystem data gives, by the suborder that prepared it. */

import { viewOf } from 'ccwspec/plugin';
import type { DeviceContext } from '../context.js';
import { GROUP_ID_LENGTH } from '../path-group.js';

export interface Preparation {
  readonly build: (context: DeviceContext) => Uint8Array;
  /** bytes 4 and 5 of the order name a device on every platform */
  readonly alwaysNamesDevice: boolean;
}

function storagePathStatus({ unit }: DeviceContext): Uint8Array {
  const bytes = new Uint8Array(unit.model === 0xe9 ? 24 : 16);
  bytes[0] = 0xc0;
  bytes[1] = 0x80;
  return bytes;
}

function statistics({ parameters, identity }: DeviceContext): Uint8Array {
  const bytes = new Uint8Array(parameters[8] === 0 ? 96 : 192);
  bytes[1] = identity.deviceNumber;
  viewOf(bytes).setUint16(94, identity.ssid);
  return bytes;
}

/** The message buffer: empty, with the message identifier of the order. */
function noMessage({ parameters }: DeviceContext): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[1] = 9;
  bytes.set(parameters.subarray(8, 12), 4);
  return bytes;
}

const HOST_HEADER = 20;
const HOST_ENTRY = 32;
const HOST_GROUPED = 0x10;

/** One entry for every path group that is established; at least one, as Hercules has it. */
function hostAccess({ paths }: DeviceContext): Uint8Array {
  const groups = new Map(paths.filter(({ grouped }) => grouped).map((path) => [path.group, path.groupId]));
  const entries = Math.max(1, groups.size);
  const bytes = new Uint8Array(HOST_HEADER + entries * HOST_ENTRY);
  bytes[17] = HOST_ENTRY;
  viewOf(bytes).setUint16(18, entries);
  let at = HOST_HEADER;
  for (const id of groups.values()) {
    bytes[at] = HOST_GROUPED;
    bytes.set(id.subarray(0, GROUP_ID_LENGTH), at + 1);
    at += HOST_ENTRY;
  }
  return bytes;
}

export const subsystemData = new Map<number, Preparation>([
  [0x00, { build: storagePathStatus, alwaysNamesDevice: false }],
  [0x01, { build: statistics, alwaysNamesDevice: false }],
  [0x03, { build: noMessage, alwaysNamesDevice: false }],
  // unit address configuration: 256 pairs of type and base, all of them base devices of their own
  [0x0e, { build: () => new Uint8Array(512), alwaysNamesDevice: false }],
  [0x1c, { build: hostAccess, alwaysNamesDevice: true }],
  [0x41, { build: ({ behaviour, unit }) => behaviour.features(unit), alwaysNamesDevice: false }],
]);
