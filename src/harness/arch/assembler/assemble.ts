/** Program files in text form: from lines to a program in storage. */

import { hex } from '../bytes.js';
import type { AssembledProgram, WatchedArea } from '../program.js';
import { ScswBit, SCSW_LENGTH } from '../scsw.js';
import { StorageImage } from '../storage-image.js';
import { AssemblyContext, type LabelledPlace } from './context.js';
import { sourceLines, type SourceLine, type Word } from './lines.js';
import { storageOperation, suggestion, type StorageOperation } from './operations.js';
import { readOrb } from './orb-directive.js';
import { DEFAULT_ORB_CONTROL } from './orb-fields.js';

/** Where a program's first line goes unless it says `at`. */
const FIRST_ADDRESS = 0x1000;

/** Directives that take up no storage. */
const DIRECTIVES: readonly string[] = ['program', 'orb', 'scsw', 'at', 'align', 'dump'];

/** Passes until every label must have its place. */
const MOST_PASSES = 8;

const functions: ReadonlyMap<string, number> = new Map([
  ['start', ScswBit.startFunction],
  ['halt', ScswBit.haltFunction],
  ['clear', ScswBit.clearFunction],
]);

/** A storage operation that has its place. */
interface PlacedLine {
  readonly line: SourceLine;
  readonly operation: StorageOperation;
  readonly at: number;
  readonly length: number;
}

/** What one pass over the lines found. */
interface Layout {
  readonly placed: readonly PlacedLine[];
  readonly labels: Map<string, LabelledPlace>;
}

/**
 * Assembles a program file in its text form (docs/programs.md).
 * @param fileName for messages, and the program's name if the file has no `program` line
 * @throws CcwspecError E-ASM-SYNTAX with file, line and column
 */
export function assemble(text: string, fileName: string): AssembledProgram {
  const lines = sourceLines(text, fileName);
  const { control, parameter, program } = readOrb(lines, new AssemblyContext(fileName, DEFAULT_ORB_CONTROL));
  const context = new AssemblyContext(fileName, control);
  const { placed, labels } = settle(lines, context);

  const image = new StorageImage();
  for (const { line, operation, at } of placed) image.add(at, operation.bytes(line, context, at), `line ${line.line}`);
  failOnOverlap(image, placed, context);
  const start =
    labels.get('start')?.address ?? placed.find(({ operation }) => operation.isCcw === true)?.at ?? FIRST_ADDRESS;
  const scsw = readScsw(lines, context);
  return {
    name: readName(lines, context) ?? fileName,
    memory: image.pieces(),
    orb: {
      interruptionParameter: parameter,
      control,
      channelProgramAddress: program === undefined ? start : programAddress(program, context),
    },
    ...(scsw === undefined ? {} : { scsw }),
    dump: watchedAreas(lines, placed, context),
    labels: new Map([...labels].map(([name, { address }]) => [name, address])),
  };
}

/** Lays the lines out until no label moves any more: the length of an indirect list depends on where its area is. */
function settle(lines: readonly SourceLine[], context: AssemblyContext): Layout {
  for (let pass = 1; pass <= MOST_PASSES; pass++) {
    const layout = layOut(lines, context);
    const moved = [...layout.labels].some(([name, place]) => {
      const before = context.labels.get(name);
      return before?.address !== place.address || before.length !== place.length;
    });
    context.labels = layout.labels;
    if (!moved || context.final) {
      if (context.final && !moved) return layout;
      context.final = true;
    }
  }
  const line = lines.find(({ operation }) => operation?.text === 'idal') ?? { line: 1, operands: [] };
  return context.fail(line, undefined, 'the places of labels and the lengths of indirect lists depend on each other');
}

function layOut(lines: readonly SourceLine[], context: AssemblyContext): Layout {
  const placed: PlacedLine[] = [];
  const labels = new Map<string, LabelledPlace>();
  let waiting: { line: SourceLine; label: Word }[] = [];
  let at = FIRST_ADDRESS;
  const define = (address: number, length: number): void => {
    for (const { line, label } of waiting) {
      if (labels.has(label.text)) context.fail(line, label, `label '${label.text}' is defined twice`);
      labels.set(label.text, { address, length });
    }
    waiting = [];
  };
  for (const line of lines) {
    const name = line.operation?.text;
    if (line.label !== undefined) waiting.push({ line, label: line.label });
    if (name === undefined) continue;
    if (line.operation?.quoted === true)
      context.fail(line, line.operation, 'a line begins with an operation, not with text');
    if (DIRECTIVES.includes(name)) {
      if (line.label !== undefined && name !== 'at' && name !== 'align') {
        context.fail(line, line.label, `'${name}' takes up no storage and can have no label`);
      }
      at = newPlace(line, context, at);
      continue;
    }
    const operation = storageOperation(name) ?? unknown(line, context, name);
    const boundary = operation.alignment(line, context);
    at = Math.ceil(at / boundary) * boundary;
    const length = operation.length(line, context, at);
    define(at, operation.names?.(line, context, at) ?? length);
    placed.push({ line, operation, at, length });
    at += length;
  }
  define(at, 0);
  return { placed, labels };
}

function unknown(line: SourceLine, context: AssemblyContext, name: string): never {
  const meant = suggestion(name, DIRECTIVES);
  const advice = meant === undefined ? 'a command without a name is written ccw 0x…' : `did you mean '${meant}'?`;
  return context.fail(line, line.operation, `'${name}' is no command and no directive; ${advice}`);
}

/** The location after a directive: `at` and `align` move it. */
function newPlace(line: SourceLine, context: AssemblyContext, at: number): number {
  const name = line.operation?.text;
  if (name === 'at') {
    const place = context.address(line, context.operand(line, 0, 'an address'), at);
    context.noMore(line, 1);
    return place;
  }
  if (name === 'align') {
    const word = context.operand(line, 0, 'a boundary');
    const boundary = context.number(line, word, 0x10_0000, 'a boundary');
    if (boundary === 0) context.fail(line, word, 'a boundary of 0 bytes is none');
    context.noMore(line, 1);
    return Math.ceil(at / boundary) * boundary;
  }
  return at;
}

function failOnOverlap(image: StorageImage, placed: readonly PlacedLine[], context: AssemblyContext): void {
  const overlap = image.overlap();
  if (overlap === undefined) return;
  const second = placed.find(({ line }) => `line ${line.line}` === overlap.second.what);
  if (second === undefined) return;
  const [first, other] = [overlap.first.what, overlap.second.what];
  context.fail(second.line, undefined, `${other} and ${first} both store at ${hex(overlap.at)}`);
}

function programAddress({ line, word }: { line: SourceLine; word: Word }, context: AssemblyContext): number {
  const address = context.address(line, word, FIRST_ADDRESS);
  return address <= 0xffff_ffff ? address : context.fail(line, word, 'the channel-program address does not fit a word');
}

/** Areas in order of the file, and what `dump` lines add. */
function watchedAreas(
  lines: readonly SourceLine[],
  placed: readonly PlacedLine[],
  context: AssemblyContext,
): WatchedArea[] {
  const areas = new Map<SourceLine, WatchedArea>();
  for (const { line, operation, at, length } of placed) {
    if (operation.watched === true && length > 0) areas.set(line, { at, length });
  }
  const watched: WatchedArea[] = [];
  for (const line of lines) {
    const area = areas.get(line) ?? (line.operation?.text === 'dump' ? dumpLine(line, context) : undefined);
    if (area !== undefined) watched.push(area);
  }
  return watched;
}

function dumpLine(line: SourceLine, context: AssemblyContext): WatchedArea {
  const word = context.operand(line, 0, 'an address');
  const given = line.operands[1];
  if (given !== undefined && given.key !== 'length') context.fail(line, given, "only 'length=' may follow the address");
  context.noMore(line, 2);
  const at = context.address(line, word, FIRST_ADDRESS);
  if (given !== undefined) return { at, length: context.number(line, given, 0x100_0000, 'a length') };
  const length = context.lengthAt(word);
  return length === undefined
    ? context.fail(line, word, `the length of '${word.text}' is not known: add length=`)
    : { at, length };
}

function readName(lines: readonly SourceLine[], context: AssemblyContext): string | undefined {
  const [line, second] = lines.filter(({ operation }) => operation?.text === 'program');
  if (line === undefined) return undefined;
  if (second !== undefined) context.fail(second, undefined, `a second 'program' line; the first is line ${line.line}`);
  const word = context.operand(line, 0, 'a name in quotes');
  context.noMore(line, 1);
  return word.text;
}

/** `scsw start`, `scsw halt clear`, or `scsw` with 24 hex digits. */
function readScsw(lines: readonly SourceLine[], context: AssemblyContext): Uint8Array | undefined {
  const [line, second] = lines.filter(({ operation }) => operation?.text === 'scsw');
  if (line === undefined) return undefined;
  if (second !== undefined) context.fail(second, undefined, `a second 'scsw' line; the first is line ${line.line}`);
  const first = context.operand(line, 0, 'start, halt, clear, or 24 hex digits');
  const bytes = Buffer.alloc(SCSW_LENGTH);
  if (functions.has(first.text)) {
    let word0 = 0;
    for (const word of line.operands) {
      word0 |= functions.get(word.text) ?? context.fail(line, word, `'${word.text}' is none of start, halt, clear`);
    }
    bytes.writeUInt32BE(word0);
    return Uint8Array.from(bytes);
  }
  const digits = line.operands.map(({ text }) => text).join('');
  if (!/^[0-9a-fA-F]{24}$/.test(digits)) context.fail(line, first, "'scsw' takes start, halt, clear, or 24 hex digits");
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
