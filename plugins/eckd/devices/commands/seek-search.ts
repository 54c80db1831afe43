/** Seeks, searches and sectors of the count-key-data command set. */

import { DeviceStatus } from 'ccwspec/plugin';
import { compare, Position } from '../access.js';
import { Mask } from '../chain-state.js';
import type { DeviceContext } from '../context.js';
import { cylinderOf, getAddress, halfword, HEADS, SECTORS } from '../geometry.js';
import { Condition } from '../sense.js';
import { COUNT_LENGTH } from '../track.js';
import { type Command, type End, Rule, type Select, withMultitrack } from './command.js';

const SATISFIED = DeviceStatus.channelEnd | DeviceStatus.deviceEnd | DeviceStatus.statusModifier;
/** Bits of a search command: satisfied if equal, satisfied if high. */
const EQUAL = 0x20;
const HIGH = 0x40;
const SEARCH_ID_LENGTH = 5;
const SEARCH_ADDRESS_LENGTH = 4;
const SEARCH_ID_EQUAL = 0x31;
const SEARCH_KEY_EQUAL = 0x29;
const MULTITRACK = 0x80;

/** Seek commands, each with the largest seek control of the file mask that allows it. */
const seeks: readonly { code: number; name: string; allowedUpTo: number; headOnly: boolean }[] = [
  { code: 0x07, name: 'seek', allowedUpTo: 0x00, headOnly: false },
  { code: 0x0b, name: 'seek cylinder', allowedUpTo: 0x08, headOnly: false },
  { code: 0x1b, name: 'seek head', allowedUpTo: Mask.seekHeadOnly, headOnly: true },
];

function seek(context: DeviceContext, headOnly: boolean): number {
  const { parameters, access, chain } = context;
  let track = getAddress(parameters, 2);
  if (headOnly) {
    const head = halfword(parameters, 4);
    track = head < HEADS ? cylinderOf(access.trackNumber) * HEADS + head : -1;
  }
  if (halfword(parameters, 0) !== 0 || track < 0 || track >= context.tracks) return Condition.invalidParameter;
  if (!chain.inExtent(track)) return Condition.fileProtected;
  const condition = access.seek(track);
  if (condition === 0) chain.located = true;
  return condition;
}

const seekCommands: readonly Command[] = seeks.map(({ code, name, allowedUpTo, headOnly }) => ({
  code,
  name,
  rules: headOnly ? Rule.located : 0,
  domains: 0,
  parameters: 6,
  select: (context, operation) =>
    (context.chain.fileMask & Mask.seek) > allowedUpTo ? Condition.fileProtected : context.take(operation, 6),
  end: (context) => seek(context, headOnly),
}));

/** Ending status of a search whose argument compared as `difference` with what is on the track. */
function searchStatus(context: DeviceContext, command: number, difference: number): void {
  const isSatisfied = ((command & EQUAL) !== 0 && difference === 0) || ((command & HIGH) !== 0 && difference > 0);
  if (isSatisfied) context.path.ending = SATISFIED;
}

const searchId: Select = (context, operation) => {
  const condition = context.access.nextCount(context.chain, operation.command, false);
  return condition === 0 ? context.take(operation, SEARCH_ID_LENGTH) : condition;
};

const endSearchId: End = (context, operation, transferred) => {
  const { access, chain, parameters } = context;
  const { track } = access;
  const difference = compare(track.image, track.offset(access.record), parameters, 0, transferred);
  searchStatus(context, operation.command, difference);
  const isEqualCommand = (operation.command & ~MULTITRACK) === SEARCH_ID_EQUAL;
  chain.idEqual = isEqualCommand && difference === 0 && transferred === SEARCH_ID_LENGTH;
  return Condition.none;
};

const searchKey: Select = (context, operation) => {
  const { access, chain } = context;
  if (access.position !== Position.count) {
    const condition = access.nextCount(chain, operation.command, true);
    if (condition !== 0) return condition;
  }
  access.position = Position.key;
  return context.take(operation, access.track.keyLength(access.record));
};

const endSearchKey: End = (context, operation, transferred) => {
  const { access, chain, parameters } = context;
  const { track } = access;
  const keyLength = track.keyLength(access.record);
  chain.keyEqual = false;
  if (keyLength === 0) return Condition.none;
  const difference = compare(track.image, track.offset(access.record) + COUNT_LENGTH, parameters, 0, transferred);
  searchStatus(context, operation.command, difference);
  const isEqualCommand = (operation.command & ~MULTITRACK) === SEARCH_KEY_EQUAL;
  chain.keyEqual = isEqualCommand && difference === 0 && transferred === keyLength;
  return Condition.none;
};

const searchHomeAddress: Select = (context, operation) => {
  const { access, chain } = context;
  if ((operation.command & MULTITRACK) !== 0) {
    const condition = access.advance(chain, 1);
    if (condition !== 0) return condition;
  }
  const condition = access.seek(access.trackNumber);
  return condition === 0 ? context.take(operation, SEARCH_ADDRESS_LENGTH) : condition;
};

const endSearchHomeAddress: End = (context, _operation, transferred) => {
  const { access, chain, parameters } = context;
  const isEqual = compare(access.track.image, 1, parameters, 0, transferred) === 0;
  if (isEqual) context.path.ending = SATISFIED;
  chain.homeAddressEqual = isEqual && transferred === SEARCH_ADDRESS_LENGTH;
  return Condition.none;
};

/** Sector under the heads: that of the record that the device is at. The model's volume does not turn by itself. */
function sectorHere(context: DeviceContext): number {
  const { access } = context;
  if (access.record < 1) return 0;
  return Math.min(SECTORS - 1, Math.floor((49 + access.track.cells(access.record - 1)) / 8));
}

function search(code: number, name: string, select: Select, end: End): Command[] {
  return withMultitrack({
    code,
    name,
    rules: Rule.located,
    domains: 0,
    select,
    end,
  });
}

export const seekSearchCommands: readonly Command[] = [
  ...seekCommands,
  ...search(SEARCH_ID_EQUAL, 'search ID equal', searchId, endSearchId),
  ...search(0x51, 'search ID high', searchId, endSearchId),
  ...search(0x71, 'search ID equal or high', searchId, endSearchId),
  ...search(SEARCH_KEY_EQUAL, 'search key equal', searchKey, endSearchKey),
  ...search(0x49, 'search key high', searchKey, endSearchKey),
  ...search(0x69, 'search key equal or high', searchKey, endSearchKey),
  ...search(0x39, 'search home address equal', searchHomeAddress, endSearchHomeAddress),
  {
    code: 0x22,
    name: 'read sector',
    rules: 0,
    domains: 0,
    select: (context, operation) => {
      context.answer[0] = context.chain.located ? sectorHere(context) : 0;
      return context.give(operation, context.answer, 0, 1);
    },
  },
  {
    code: 0x23,
    name: 'set sector',
    rules: Rule.located,
    domains: 0,
    parameters: 1,
    end: (context) => {
      const sector = context.parameters[0] ?? 0;
      return sector >= SECTORS && sector !== 0xff ? Condition.invalidParameter : Condition.none;
    },
  },
];
