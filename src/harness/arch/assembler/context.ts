/** What the operations of a program file share: the labels, the ORB's word 1, and the way to complain about a word. */

import type { CcwFormat } from '../ccw.js';
import { idawKind, type IdawKind } from '../idaw.js';
import { ccwFormat } from '../orb.js';
import { addressExpression, numberOf } from './expressions.js';
import { syntaxError, type SourceLine, type Word } from './lines.js';

/** What a label names: an address, and the length of what stands there. */
export interface LabelledPlace {
  readonly address: number;
  readonly length: number;
}

/** State of one assembly. */
export class AssemblyContext {
  /** as far as they are known: all of them in the last pass */
  labels = new Map<string, LabelledPlace>();
  /** true in the last pass: a label that is not known then is an error */
  final = false;

  constructor(
    readonly fileName: string,
    readonly orbControl: number,
  ) {}

  get format(): CcwFormat {
    return ccwFormat(this.orbControl);
  }

  get idawKind(): IdawKind {
    return idawKind(this.orbControl);
  }

  /** Ends the assembly with an error at `word`, or at the line's first word. */
  fail(line: SourceLine, word: Word | undefined, problem: string): never {
    const column = word?.column ?? line.operation?.column ?? line.label?.column ?? 1;
    return syntaxError(this.fileName, line.line, column, problem);
  }

  /** The operand at `index`. @throws CcwspecError if there is none: `what` says what is missing. */
  operand(line: SourceLine, index: number, what: string): Word {
    return line.operands[index] ?? this.fail(line, undefined, `'${line.operation?.text ?? ''}' needs ${what}`);
  }

  /** The number that `word` spells, 0 to `maximum`. */
  number(line: SourceLine, word: Word, maximum: number, what: string): number {
    const value = word.quoted ? undefined : numberOf(word.text, maximum);
    if (value !== undefined) return value;
    return this.fail(line, word, `'${word.text}' is not ${what}: a number from 0 to ${maximum}, decimal or with 0x`);
  }

  /** The address that `word` spells; `*` means `at`. Labels that are not known yet are 0 before the last pass. */
  address(line: SourceLine, word: Word, at: number): number {
    const expression = word.quoted ? undefined : addressExpression(word.text);
    if (expression === undefined) return this.fail(line, word, `'${word.text}' is not an address, a label or *`);
    if ('number' in expression) return this.#checked(line, word, expression.number);
    const base = expression.base === '*' ? at : this.labels.get(expression.base)?.address;
    if (base === undefined && this.final) return this.fail(line, word, `label '${expression.base}' is not defined`);
    return this.#checked(line, word, (base ?? 0) + expression.offset);
  }

  /** Length of what the label `word` names; undefined if `word` is not a label alone. */
  lengthAt(word: Word): number | undefined {
    return this.labels.get(word.text)?.length;
  }

  #checked(line: SourceLine, word: Word, address: number): number {
    if (!this.final || (address >= 0 && address <= Number.MAX_SAFE_INTEGER)) return address;
    return this.fail(line, word, `'${word.text}' is not an address: it would be ${address}`);
  }

  /** Ends the assembly if the line has an operand that its operation does not take. */
  noMore(line: SourceLine, from: number): void {
    const extra = line.operands[from];
    if (extra !== undefined)
      this.fail(line, extra, `'${extra.key === undefined ? '' : `${extra.key}=`}${extra.text}' is one word too many`);
  }
}
