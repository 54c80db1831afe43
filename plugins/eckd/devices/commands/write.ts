/** Write commands: data into records that are there, and formatting. */

import { type DeviceOperation, DeviceStatus, Transfer } from 'ccwspec/plugin';
import { Position } from '../access.js';
import { Attribute, Mask, Operation, Orient } from '../chain-state.js';
import type { DeviceContext } from '../context.js';
import { halfword } from '../geometry.js';
import { Condition } from '../sense.js';
import { COUNT_LENGTH, HOME_ADDRESS_LENGTH } from '../track.js';
import { type Command, type End, Rule, type Select } from './command.js';

const END_OF_FILE = DeviceStatus.channelEnd | DeviceStatus.deviceEnd | DeviceStatus.unitException;
const UPDATES = Operation.writeData | Operation.writeAny;
const WRITE_COUNT_KEY_DATA = 0x1d;
const WRITE_NEXT_TRACK = 0x9d;
/** Transfer length factor of record 0 in a write-track domain. */
const RECORD_ZERO_FACTOR = 8;
/** A format-write command takes what its count field says; until that has come, up to this. */
const LONGEST_RECORD = 65535;

/** A write command that updates the present record, with or without its key. */
interface Update {
  readonly withKey: boolean;
  /** it may only be used in a domain, and orients itself to the next user record */
  readonly oriented: boolean;
}

function beginUpdate(context: DeviceContext, operation: DeviceOperation, { withKey, oriented }: Update): number {
  const { access, chain } = context;
  if (chain.domainCount === 0) {
    const isSearched = chain.idEqual || (chain.keyEqual && !withKey);
    if (!isSearched || access.position === Position.data) return Condition.invalidSequence;
  } else if (!oriented && chain.operation !== Operation.writeTrack) {
    const last = chain.readCountSuffix ? 2 : 1;
    if (chain.domainCount !== last) return Condition.invalidSequence;
  }
  if ((chain.fileMask & Mask.write) === Mask.inhibitAllWrites) return Condition.invalidSequence;
  if (context.readOnly) return Condition.writeInhibitedLate;
  const isAtRecord = access.position === Position.count || (access.position === Position.key && !withKey);
  if (!isAtRecord || (oriented && access.record === 0)) {
    const condition = access.nextCount(chain, operation.command, true);
    if (condition !== 0) return condition;
  }
  const { track, record } = access;
  const keyLength = track.keyLength(record);
  const dataLength = track.dataLength(record);
  const length = withKey ? keyLength + dataLength : dataLength;
  if (chain.domainCount > 0 && (chain.attributes & Attribute.ckdConversion) === 0) {
    const isRecordZero = chain.operation === Operation.writeTrack && record === 0;
    if (length !== (isRecordZero ? RECORD_ZERO_FACTOR : chain.transferLengthFactor))
      return Condition.invalidTrackFormat;
  }
  operation.transfer = Transfer.output;
  operation.data = track.forWriting();
  operation.dataOffset = track.offset(record) + COUNT_LENGTH + (withKey ? 0 : keyLength);
  operation.length = dataLength === 0 ? 0 : length;
  context.writeOffset = operation.dataOffset;
  context.writeLength = operation.length;
  if (dataLength === 0) context.path.ending = END_OF_FILE;
  access.position = Position.data;
  return Condition.none;
}

const endUpdate: End = (context, _operation, transferred) => {
  const { access, writeOffset, writeLength } = context;
  if (writeLength === 0) return Condition.none;
  if (transferred < writeLength) access.track.image.fill(0, writeOffset + transferred, writeOffset + writeLength);
  access.changed();
  return Condition.none;
};

/** Whether formatting writes may come here: after a search, or another formatting write, or in a domain. */
function mayFormat(context: DeviceContext): number {
  const { chain } = context;
  if (chain.domainCount === 0 && !chain.idEqual && !chain.keyEqual && !chain.wroteCount)
    return Condition.invalidSequence;
  const allowed = chain.fileMask & Mask.write;
  if (allowed !== 0 && allowed !== Mask.allWrites) return Condition.invalidSequence;
  return context.readOnly ? Condition.writeInhibitedLate : Condition.none;
}

const selectFormat: Select = (context, operation) => {
  const condition = mayFormat(context);
  if (condition !== 0) return condition;
  const { access } = context;
  if (access.position === Position.index) access.record = 0;
  return context.take(operation, LONGEST_RECORD);
};

/** Length of the record that the count field in the parameters describes. */
function describedLength(context: DeviceContext): number {
  return COUNT_LENGTH + (context.parameters[5] ?? 0) + halfword(context.parameters, 6);
}

/** Writes the record in the parameters behind record `index`. */
function appendRecord(context: DeviceContext, operation: DeviceOperation, transferred: number, index: number): number {
  const { access, behaviour, parameters } = context;
  if (transferred < COUNT_LENGTH) return Condition.shortCount;
  operation.taken = describedLength(context);
  if (!behaviour.fits(access.track, index, parameters[5] ?? 0, halfword(parameters, 6)))
    return Condition.invalidTrackFormat;
  access.track.append(index, parameters, transferred);
  access.record = index + 1;
  access.position = Position.data;
  access.changed();
  return Condition.none;
}

const endFormat: End = (context, operation, transferred) => {
  const condition = appendRecord(context, operation, transferred, context.access.record);
  if (condition === 0) context.chain.wroteCount = context.chain.domainCount === 0;
  return condition;
};

const selectNextTrack: Select = (context, operation) => {
  const { access, chain } = context;
  if (chain.previous !== WRITE_COUNT_KEY_DATA && chain.previous !== WRITE_NEXT_TRACK) return Condition.invalidSequence;
  const condition = mayFormat(context);
  if (condition !== 0) return condition;
  const moved = access.advance(chain, 1);
  if (moved !== 0) return moved;
  access.record = 0;
  access.position = Position.data;
  return context.take(operation, LONGEST_RECORD);
};

const endErase: End = (context, operation, transferred) => {
  const { access, parameters } = context;
  if (transferred < COUNT_LENGTH) return Condition.shortCount;
  operation.taken = describedLength(context);
  const fits = context.behaviour.fits(access.track, access.record, parameters[5] ?? 0, halfword(parameters, 6));
  if (!fits) return Condition.invalidTrackFormat;
  access.track.truncate(access.record);
  access.position = Position.data;
  access.changed();
  return Condition.none;
};

const selectRecordZero: Select = (context, operation) => {
  const { access, chain } = context;
  const isInDomain = chain.domainCount > 0;
  const fromIndex = chain.orientation === Orient.homeAddress || chain.orientation === Orient.index;
  if (isInDomain ? !fromIndex || access.position !== Position.index : !chain.homeAddressEqual) {
    return Condition.invalidSequence;
  }
  if ((chain.fileMask & Mask.write) !== Mask.allWrites) return Condition.invalidSequence;
  if (context.readOnly) return Condition.writeInhibitedLate;
  return context.take(operation, LONGEST_RECORD);
};

const selectHomeAddress: Select = (context, operation) => {
  const { chain } = context;
  if (chain.orientation !== Orient.homeAddress) return Condition.invalidSequence;
  if ((chain.fileMask & Mask.write) !== Mask.allWrites) return Condition.fileProtected;
  if (context.readOnly) return Condition.writeInhibitedLate;
  return context.take(operation, HOME_ADDRESS_LENGTH);
};

function update(code: number, name: string, domains: number, how: Update): Command {
  return {
    code,
    name,
    rules: how.oriented ? Rule.domainOnly : 0,
    domains,
    select: (context, operation) => beginUpdate(context, operation, how),
    end: endUpdate,
  };
}

export const writeCommands: readonly Command[] = [
  update(0x05, 'write data', Operation.writeData | Operation.writeTrack, { withKey: false, oriented: false }),
  update(0x0d, 'write key and data', Operation.writeData | Operation.writeTrack, { withKey: true, oriented: false }),
  update(0x85, 'write update data', UPDATES, { withKey: false, oriented: true }),
  update(0x8d, 'write update key and data', UPDATES, { withKey: true, oriented: true }),
  {
    code: WRITE_COUNT_KEY_DATA,
    name: 'write count, key and data',
    rules: 0,
    domains: Operation.formatWrite | Operation.writeTrack,
    select: selectFormat,
    end: endFormat,
  },
  {
    code: WRITE_NEXT_TRACK,
    name: 'write count, key and data next track',
    rules: Rule.domainOnly,
    domains: Operation.formatWrite,
    select: selectNextTrack,
    end: (context, operation, transferred) => appendRecord(context, operation, transferred, 0),
  },
  {
    code: 0x11,
    name: 'erase',
    rules: 0,
    domains: Operation.writeTrack,
    select: selectFormat,
    end: endErase,
  },
  {
    code: 0x15,
    name: 'write record zero',
    rules: 0,
    domains: Operation.formatWrite,
    select: selectRecordZero,
    end: (context, operation, transferred) => {
      const condition = appendRecord(context, operation, transferred, -1);
      if (condition === 0) context.chain.wroteCount = context.chain.domainCount === 0;
      return condition;
    },
  },
  {
    code: 0x19,
    name: 'write home address',
    rules: Rule.domainOnly,
    domains: Operation.formatWrite,
    parameters: HOME_ADDRESS_LENGTH,
    select: selectHomeAddress,
    // The address of a track cannot be changed: the data are taken, and the device is at the index point again.
    end: (context) => context.access.seek(context.access.trackNumber),
  },
  {
    code: 0x01,
    name: 'write special count, key and data',
    rules: 0,
    domains: 0,
    // A 3390 has no track overflow.
    select: () => Condition.invalidSequence,
  },
];
