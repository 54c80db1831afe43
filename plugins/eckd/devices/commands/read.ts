/** Read commands: they hand out views into the track's image, so that nothing is copied at the device. */

import { type DeviceOperation, DeviceStatus } from 'ccwspec/plugin';
import { Position } from '../access.js';
import { Mask, Operation, Orient } from '../chain-state.js';
import type { DeviceContext } from '../context.js';
import { Condition } from '../sense.js';
import { COUNT_LENGTH, HOME_ADDRESS_LENGTH } from '../track.js';
import { type Command, Rule, type Select, withMultitrack } from './command.js';

const END_OF_FILE = DeviceStatus.channelEnd | DeviceStatus.deviceEnd | DeviceStatus.unitException;
const MULTITRACK = 0x80;
const READS = Operation.readData | Operation.read | Operation.readAny;
const READ_IPL = 0x02;
const READ_TRACK = 0xde;
/** Commands that read track may be chained from. */
const beforeReadTrack = new Set([0x47, 0x4b, 0xe7, READ_TRACK]);

/** Gives the present record from `from` bytes behind its count field's begin, through its data, and stands behind it. */
function giveRecord(context: DeviceContext, operation: DeviceOperation, from: number): number {
  const { access } = context;
  const { track, record } = access;
  const dataLength = track.dataLength(record);
  const length = COUNT_LENGTH + track.keyLength(record) + dataLength;
  access.position = Position.data;
  if (dataLength === 0) context.path.ending = END_OF_FILE;
  return context.give(operation, track.image, track.offset(record) + from, length - from);
}

const readData: Select = (context, operation) => {
  const { access, chain } = context;
  if (access.position !== Position.count && access.position !== Position.key) {
    const condition = access.nextCount(chain, operation.command, true);
    if (condition !== 0) return condition;
  }
  return giveRecord(context, operation, COUNT_LENGTH + access.track.keyLength(access.record));
};

const readKeyAndData: Select = (context, operation) => {
  const { access, chain } = context;
  if (access.position !== Position.count) {
    const condition = access.nextCount(chain, operation.command, true);
    if (condition !== 0) return condition;
  }
  return giveRecord(context, operation, COUNT_LENGTH);
};

const readCount: Select = (context, operation) => {
  const { access, chain } = context;
  if (chain.domainCount > 1 && chain.operation === Operation.writeData) return Condition.invalidSequence;
  if (chain.operation === Operation.writeData && chain.domainCount > 0 && !chain.readCountSuffix) {
    return Condition.invalidSequence;
  }
  const condition = access.nextCount(chain, operation.command, true);
  if (condition !== 0) return condition;
  return context.give(operation, access.track.image, access.track.offset(access.record), COUNT_LENGTH);
};

const readCountKeyAndData: Select = (context, operation) => {
  const condition = context.access.nextCount(context.chain, operation.command, true);
  return condition === 0 ? giveRecord(context, operation, 0) : condition;
};

/** To the index point; a multitrack command outside a domain goes to the next track's. */
function toIndex(context: DeviceContext, command: number): number {
  const { access, chain } = context;
  if ((command & MULTITRACK) !== 0 && chain.domainCount === 0) return access.advance(chain, 1);
  return access.seek(access.trackNumber);
}

/** Whether the domain's orientation allows what begins at the index point. `read` allows it only from there. */
function mayReadFromIndex(context: DeviceContext, homeAddress: boolean): boolean {
  const { chain } = context;
  if (chain.domainCount === 0 || chain.operation !== Operation.read) return true;
  return chain.orientation === Orient.index || (!homeAddress && chain.orientation === Orient.homeAddress);
}

const readRecordZero: Select = (context, operation) => {
  if (!mayReadFromIndex(context, false)) return Condition.invalidSequence;
  const condition = toIndex(context, operation.command);
  if (condition !== 0) return condition;
  context.access.record = 0;
  return giveRecord(context, operation, 0);
};

const readHomeAddress: Select = (context, operation) => {
  if (!mayReadFromIndex(context, true)) return Condition.invalidSequence;
  const condition = toIndex(context, operation.command);
  if (condition !== 0) return condition;
  return context.give(operation, context.access.track.image, 0, HOME_ADDRESS_LENGTH);
};

const readSpecialHomeAddress: Select = (context, operation) => {
  const { chain, access, answer } = context;
  if (!mayReadFromIndex(context, true)) return Condition.invalidSequence;
  const isAuthorized = (chain.fileMask & Mask.authorization) === Mask.diagnosticAuthorization;
  if (chain.domainCount === 0 && !isAuthorized) return Condition.maskViolation;
  const condition = access.seek(access.trackNumber);
  if (condition !== 0) return condition;
  answer.fill(0);
  answer.set(access.track.image.subarray(0, HOME_ADDRESS_LENGTH), 19);
  return context.give(operation, answer, 0, 28);
};

const readMultiple: Select = (context, operation) => {
  const { access } = context;
  const { track } = access;
  const first = Math.max(access.record + 1, 1);
  const from = track.offset(first);
  access.record = track.records - 1;
  access.position = Position.data;
  return context.give(operation, track.image, from, track.end - from);
};

const readTrack: Select = (context, operation) => {
  const { access, chain } = context;
  if (!beforeReadTrack.has(chain.previous)) return Condition.invalidSequence;
  let condition: number;
  if (chain.previous === READ_TRACK) {
    let tracks = 1;
    while (chain.trackSet !== 0 && (chain.trackSet & 0x8000) === 0) {
      tracks++;
      chain.trackSet <<= 1;
    }
    condition = access.advance(chain, tracks);
  } else {
    condition = access.seek(access.trackNumber);
  }
  if (condition !== 0) return condition;
  chain.trackSet = (chain.trackSet << 1) & 0xffff;
  const { track } = access;
  access.record = track.records - 1;
  access.position = Position.data;
  return context.give(operation, track.image, track.offset(0), track.end + COUNT_LENGTH - track.offset(0));
};

const readIpl: Select = (context, operation) => {
  const { access, chain } = context;
  const moved = access.seek(0);
  if (moved !== 0) return moved;
  // Read IPL stands for an extent, a file mask and a domain of two records, of which it reads the first.
  chain.extentDefined = true;
  chain.maskSet = true;
  chain.loaded = true;
  chain.located = true;
  chain.operation = Operation.readData;
  chain.orientation = Orient.data;
  chain.domainCount = 2;
  const condition = access.nextCount(chain, operation.command, true);
  if (condition !== 0) return condition;
  return giveRecord(context, operation, COUNT_LENGTH + access.track.keyLength(access.record));
};

function read(code: number, name: string, domains: number, select: Select): Command[] {
  return withMultitrack({ code, name, rules: Rule.located, domains, select });
}

/** Read data without the multitrack bit is not for the domain of a read operation. */
const [readDataSingle, readDataMultitrack] = read(0x06, 'read data', READS, readData);

export const readCommands: readonly Command[] = [
  { code: READ_IPL, name: 'read IPL', rules: Rule.noExtent, domains: 0, select: readIpl },
  ...(readDataSingle === undefined ? [] : [{ ...readDataSingle, domains: READS & ~Operation.read }]),
  ...(readDataMultitrack === undefined ? [] : [readDataMultitrack]),
  ...read(0x0e, 'read key and data', READS, readKeyAndData),
  ...read(0x12, 'read count', READS | Operation.writeData, readCount),
  ...read(0x1e, 'read count, key and data', READS, readCountKeyAndData),
  ...read(0x16, 'read record zero', Operation.readData | Operation.read, readRecordZero),
  ...read(0x1a, 'read home address', Operation.readData | Operation.read, readHomeAddress),
  {
    code: 0x0a,
    name: 'read special home address',
    rules: Rule.located,
    domains: Operation.readData | Operation.read,
    select: readSpecialHomeAddress,
  },
  { code: 0x5e, name: 'read multiple count, key and data', rules: Rule.located, domains: 0, select: readMultiple },
  {
    code: READ_TRACK,
    name: 'read track',
    rules: Rule.domainOnly,
    domains: Operation.readTracks | Operation.readTrackSet,
    select: readTrack,
  },
];
