/** The operations of a program file that take up storage: data of every width, areas, indirect lists and CCWs. */

import { CCW_LENGTH, CommonCommand, encodeCcw } from '../ccw.js';
import { toEbcdic } from '../ebcdic.js';
import { idawCount } from '../idaw.js';
import { encodeIdaws } from '../indirect-layout.js';
import { ccwFlagMasks, commandNames, commandOf } from '../mnemonics.js';
import type { AssemblyContext } from './context.js';
import { addressExpression, bigNumberOf, nearest } from './expressions.js';
import type { SourceLine, Word } from './lines.js';

/** An operation that stores bytes. */
export interface StorageOperation {
  /** the boundary that it is placed on */
  alignment(line: SourceLine, context: AssemblyContext): number;
  /** bytes that it takes up; before the last pass, as far as the labels are known */
  length(line: SourceLine, context: AssemblyContext, at: number): number;
  bytes(line: SourceLine, context: AssemblyContext, at: number): Uint8Array;
  /** length that a label of it stands for, where that is not its own */
  readonly names?: (line: SourceLine, context: AssemblyContext, at: number) => number;
  /** true if what is stored here is looked at when the program has run */
  readonly watched?: boolean;
  readonly isCcw?: boolean;
}

/** The largest piece of storage that one line may fill. */
const LARGEST_AREA = 0x100_0000;

/** `byte`, `half`: plain numbers of `width` bytes. */
function numbers(width: 1 | 2): StorageOperation {
  return {
    alignment: () => width,
    length: (line, context) => {
      context.operand(line, 0, 'a number');
      return line.operands.length * width;
    },
    bytes: (line, context) => {
      const bytes = Buffer.alloc(line.operands.length * width);
      const maximum = width === 1 ? 0xff : 0xffff;
      line.operands.forEach((word, index) => {
        bytes.writeUIntBE(
          context.number(line, word, maximum, width === 1 ? 'a byte' : 'a halfword'),
          index * width,
          width,
        );
      });
      return bytes;
    },
  };
}

/** `word`, `double`: numbers or addresses of `width` bytes. */
function addresses(width: 4 | 8): StorageOperation {
  return {
    alignment: () => width,
    length: (line, context) => {
      context.operand(line, 0, 'a number or an address');
      return line.operands.length * width;
    },
    bytes: (line, context, at) => {
      const bytes = new Uint8Array(line.operands.length * width);
      const view = new DataView(bytes.buffer);
      line.operands.forEach((word, index) => {
        const value = (word.quoted ? undefined : bigNumberOf(word.text)) ?? BigInt(context.address(line, word, at));
        if (width === 4 && value > 0xffff_ffffn) context.fail(line, word, `'${word.text}' does not fit a word`);
        if (width === 4) view.setUint32(index * 4, Number(value));
        else view.setBigUint64(index * 8, value);
      });
      return bytes;
    },
  };
}

/** Quoted text, through `encode`. */
function text(encode: (text: string) => Uint8Array): StorageOperation {
  const bytes = (line: SourceLine, context: AssemblyContext): Uint8Array => {
    const word = context.operand(line, 0, 'text in quotes');
    context.noMore(line, 1);
    try {
      return encode(word.text);
    } catch (thrown) {
      return context.fail(line, word, thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
  return { alignment: () => 1, length: (line, context) => bytes(line, context).length, bytes };
}

/** `hex`: digits, in groups as one likes; every group has whole bytes. */
const hexDigits: StorageOperation = {
  alignment: () => 1,
  length: (line, context) => {
    context.operand(line, 0, 'hex digits');
    return line.operands.reduce((sum, word) => sum + hexOf(line, word, context).length, 0);
  },
  bytes: (line, context) => Buffer.concat(line.operands.map((word) => hexOf(line, word, context))),
};

function hexOf(line: SourceLine, word: Word, context: AssemblyContext): Buffer {
  const wrong = word.text.search(/[^0-9a-fA-F]/);
  if (wrong >= 0) {
    const place = { ...word, column: word.column + wrong };
    context.fail(line, place, `'${word.text.charAt(wrong)}' is not a hex digit`);
  }
  if (word.text.length % 2 !== 0)
    context.fail(line, word, `${word.text.length} hex digits: an odd number does not make bytes`);
  return Buffer.from(word.text, 'hex');
}

/** `fill` and `area`: a number of equal bytes. */
function repeated(value: number, watched: boolean): StorageOperation {
  const length = (line: SourceLine, context: AssemblyContext): number => {
    context.noMore(line, 2);
    return context.number(line, context.operand(line, 0, 'a length'), LARGEST_AREA, 'a length');
  };
  return {
    // Areas stand on doublewords, as the data of a DSECT would; a fill goes exactly where it is written.
    alignment: () => (watched ? 8 : 1),
    length,
    bytes: (line, context) => {
      const given = line.operands[1];
      const byte = given === undefined ? value : context.number(line, given, 0xff, 'a byte');
      return new Uint8Array(length(line, context)).fill(byte);
    },
    watched,
  };
}

/** `idaw`: IDAWs one by one, as the ORB's kind has them. */
const idawWords: StorageOperation = {
  alignment: (_line, context) => context.idawKind.length,
  length: (line, context) => {
    context.operand(line, 0, 'an address');
    return line.operands.length * context.idawKind.length;
  },
  bytes: (line, context, at) =>
    encodeIdaws(
      line.operands.map((word) => context.address(line, word, at)),
      context.idawKind,
    ),
};

/** `idal`: the IDAWs that an area needs, as the ORB's kind has them. */
const idawList: StorageOperation = {
  alignment: (_line, context) => context.idawKind.length,
  length: (line, context, at) => listOf(line, context, at).length * context.idawKind.length,
  bytes: (line, context, at) => encodeIdaws(listOf(line, context, at), context.idawKind),
  names: coveredBy,
};

function coveredBy(line: SourceLine, context: AssemblyContext): number {
  const area = context.operand(line, 0, 'an address');
  const given = line.operands[1];
  if (given !== undefined && given.key !== 'length') context.fail(line, given, "only 'length=' may follow the address");
  context.noMore(line, 2);
  if (given !== undefined) return context.number(line, given, 0xffff, 'a length');
  const length = context.lengthAt(area);
  if (length === undefined && context.final)
    context.fail(line, area, `the length of '${area.text}' is not known: add length=`);
  return length ?? 1;
}

function listOf(line: SourceLine, context: AssemblyContext, at: number): number[] {
  const length = coveredBy(line, context);
  const start = context.address(line, context.operand(line, 0, 'an address'), at);
  const { block } = context.idawKind;
  const first = Math.floor(start / block) * block;
  const count = length === 0 ? 0 : idawCount(start, length, block);
  return Array.from({ length: count }, (_, index) => (index === 0 ? start : first + index * block));
}

/** Operands of a CCW, in any order. */
interface CcwOperandWords {
  flags: number;
  unaligned: boolean;
  count?: Word;
  address?: Word;
}

function ccwOperands(line: SourceLine, context: AssemblyContext, from: number): CcwOperandWords {
  const found: CcwOperandWords = { flags: 0, unaligned: false };
  for (const word of line.operands.slice(from)) {
    if (word.key === 'count') {
      if (found.count !== undefined) context.fail(line, word, 'a second count');
      found.count = word;
    } else if (word.key === 'flags') {
      found.flags |= context.number(line, word, 0xff, 'a flag byte');
    } else if (word.key !== undefined) {
      context.fail(line, word, `a CCW has no '${word.key}=': only count= and flags=`);
    } else if (word.text === 'unaligned') {
      found.unaligned = true;
    } else if (isFlag(word.text)) {
      found.flags |= ccwFlagMasks[word.text];
    } else if (found.address === undefined && !word.quoted && addressExpression(word.text) !== undefined) {
      found.address = word;
    } else {
      const flags = Object.keys(ccwFlagMasks).join(' ');
      context.fail(line, word, `'${word.text}' is neither a flag (${flags}) nor count= nor the one data address`);
    }
  }
  return found;
}

function isFlag(word: string): word is keyof typeof ccwFlagMasks {
  return Object.hasOwn(ccwFlagMasks, word);
}

/** A CCW whose command is `command`, or the first operand. */
function ccw(command: number | undefined): StorageOperation {
  const first = command === undefined ? 1 : 0;
  return {
    alignment: (line, context) => (ccwOperands(line, context, first).unaligned ? 1 : CCW_LENGTH),
    isCcw: true,
    length: () => CCW_LENGTH,
    bytes: (line, context, at) => {
      const code = command ?? context.number(line, context.operand(line, 0, 'a command code'), 0xff, 'a command code');
      const { flags, count, address } = ccwOperands(line, context, first);
      const target = address === undefined ? 0 : context.address(line, address, at);
      const largest = context.format === 1 ? 0xffff_ffff : 0xff_ffff;
      if (target > largest) context.fail(line, address, `the address does not fit a CCW of format ${context.format}`);
      const bytes = new Uint8Array(CCW_LENGTH);
      const fields = { command: code, flags, count: countOf(line, context, code, count, address), address: target };
      encodeCcw(new DataView(bytes.buffer), 0, fields, context.format);
      return bytes;
    },
  };
}

/** The count as given, or the length of what the data address names; a TIC has none. */
function countOf(
  line: SourceLine,
  context: AssemblyContext,
  code: number,
  count: Word | undefined,
  address: Word | undefined,
): number {
  if (count !== undefined) return context.number(line, count, 0xffff, 'a count');
  if (address === undefined || code === CommonCommand.transferInChannel) return 0;
  const length = context.lengthAt(address);
  if (length === undefined)
    return context.fail(line, address, `the length of '${address.text}' is not known: add count=`);
  if (length > 0xffff)
    context.fail(line, address, `'${address.text}' has ${length} bytes, a count has at most 65535: add count=`);
  return length;
}

const dataOperations: ReadonlyMap<string, StorageOperation> = new Map([
  ['byte', numbers(1)],
  ['half', numbers(2)],
  ['word', addresses(4)],
  ['double', addresses(8)],
  ['hex', hexDigits],
  ['string', text((characters) => Buffer.from(characters, 'utf8'))],
  ['ebcdic', text(toEbcdic)],
  ['fill', repeated(0, false)],
  ['area', repeated(0xa5, true)],
  ['idaw', idawWords],
  ['idal', idawList],
  ['ccw', ccw(undefined)],
]);

/** The operation of that name, a directive or a command's mnemonic; undefined if there is none. */
export function storageOperation(name: string): StorageOperation | undefined {
  const data = dataOperations.get(name);
  if (data !== undefined) return data;
  const command = commandOf(name);
  return command === undefined ? undefined : ccw(command);
}

/** The operation or directive that was probably meant by `name`. */
export function suggestion(name: string, directives: readonly string[]): string | undefined {
  return nearest(name, [...directives, ...dataOperations.keys(), ...commandNames.map(([, mnemonic]) => mnemonic)]);
}
