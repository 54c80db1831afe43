/** The `orb` line of a program file. */

import type { AssemblyContext } from './context.js';
import { nearest } from './expressions.js';
import type { SourceLine, Word } from './lines.js';
import { orbControlFields, orbIdawKinds, orbNumberFields, DEFAULT_ORB_CONTROL } from './orb-fields.js';
import { OrbBit } from '../orb.js';

/** What a file's `orb` lines say together. */
export interface OrbLines {
  readonly control: number;
  readonly parameter: number;
  /** the operand `program=`, and its line */
  readonly program?: { readonly line: SourceLine; readonly word: Word };
}

const fieldNames = [...orbControlFields.keys(), ...orbNumberFields.keys(), 'idaw', 'program'];

/** Reads the `orb` lines; fields that are not named keep their default. @throws CcwspecError E-ASM-SYNTAX */
export function readOrb(lines: readonly SourceLine[], context: AssemblyContext): OrbLines {
  let control: number = DEFAULT_ORB_CONTROL;
  let parameter = 0;
  let program: OrbLines['program'];
  const seen = new Set<string>();
  for (const line of lines) {
    if (line.operation?.text !== 'orb' || line.operation.quoted) continue;
    for (const word of line.operands) {
      const field = word.key ?? word.text;
      if (seen.has(field)) context.fail(line, word, `the ORB has a second '${field}'`);
      seen.add(field);
      const rivals = partOfWord1(field) ? ['control'] : field === 'control' ? [...seen].filter(partOfWord1) : [];
      const rival = rivals.find((name) => seen.has(name));
      if (rival !== undefined)
        context.fail(line, word, `'${field}' and '${rival}' both set word 1: 'control=' is the whole of it`);
      if (field === 'program' && word.key !== undefined) program = { line, word };
      else if (field === 'parameter') parameter = numberField(line, word, context);
      else control = withField(control, line, word, context);
    }
  }
  return { control, parameter, ...(program === undefined ? {} : { program }) };
}

function partOfWord1(field: string): boolean {
  return !['control', 'parameter', 'program'].includes(field);
}

/** Word 1 with the field that `word` names. */
function withField(control: number, line: SourceLine, word: Word, context: AssemblyContext): number {
  const field = word.key ?? word.text;
  const bit = orbControlFields.get(field);
  if (bit !== undefined) {
    const value = word.key === undefined ? 'yes' : word.text;
    if (value !== 'yes' && value !== 'no') context.fail(line, word, `'${field}=' takes yes or no, not '${value}'`);
    return (value === 'yes' ? control | bit : control & ~bit) >>> 0;
  }
  if (field === 'idaw') {
    const kind = orbIdawKinds.get(word.text);
    if (kind === undefined)
      context.fail(line, word, `'idaw=' takes ${[...orbIdawKinds.keys()].join(', ')}, not '${word.text}'`);
    return ((control & ~(OrbBit.format2Idaw | OrbBit.idaw2k)) | kind) >>> 0;
  }
  const number = numberField(line, word, context);
  const { mask, shift } = orbNumberFields.get(field) ?? {};
  return mask === undefined || shift === undefined ? number : ((control & ~mask) | (number << shift)) >>> 0;
}

function numberField(line: SourceLine, word: Word, context: AssemblyContext): number {
  const field = word.key ?? word.text;
  const found = orbNumberFields.get(field);
  if (found === undefined) {
    const meant = nearest(field, fieldNames);
    return context.fail(
      line,
      word,
      `the ORB has no field '${field}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`,
    );
  }
  if (word.key === undefined) return context.fail(line, word, `'${field}' needs a value: ${field}=…`);
  return context.number(line, word, found.maximum, `a value of '${field}'`);
}
