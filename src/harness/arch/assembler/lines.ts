/** The lines of a program file: label, operation and operands, each with its column. */

import { CcwspecError } from '../../errors/index.js';

/** A word of a line. Columns count from 1. */
export interface Word {
  readonly text: string;
  readonly column: number;
  /** true for text that stood in quotes */
  readonly quoted: boolean;
  /** `key` of `key=value`; then `text` is the value alone */
  readonly key?: string;
}

/** A line that says something. */
export interface SourceLine {
  readonly line: number;
  readonly label?: Word;
  readonly operation?: Word;
  readonly operands: readonly Word[];
}

/** Raises E-ASM-SYNTAX for a place in a file. */
export function syntaxError(fileName: string, line: number, column: number, problem: string): never {
  throw new CcwspecError('E-ASM-SYNTAX', `${fileName}:${line}:${column}: ${problem}`);
}

/** A word: quoted text, or anything else up to white space, a comma or a comment; with an optional `key=` before it. */
const WORD = /(?:([a-z0-9-]+)=)?(?:"([^"]*)"|([^\s,;#"]+))/y;
const GAP = /[\s,]*/y;
const LABEL = /^[A-Za-z_][A-Za-z0-9_.]*:$/;

/** Splits `text` into its lines; comments (from `;` or `#`) and empty lines are left out. @throws CcwspecError E-ASM-SYNTAX */
export function sourceLines(text: string, fileName: string): SourceLine[] {
  const lines: SourceLine[] = [];
  text.split(/\r\n|\r|\n/).forEach((source, index) => {
    const words = wordsOf(source, fileName, index + 1);
    const first = words[0];
    if (first === undefined) return;
    const label = !first.quoted && LABEL.test(first.text) ? { ...first, text: first.text.slice(0, -1) } : undefined;
    const [operation, ...operands] = label === undefined ? words : words.slice(1);
    lines.push({
      line: index + 1,
      operands,
      ...(label === undefined ? {} : { label }),
      ...(operation === undefined ? {} : { operation }),
    });
  });
  return lines;
}

function wordsOf(source: string, fileName: string, line: number): Word[] {
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    GAP.lastIndex = at;
    GAP.exec(source);
    at = GAP.lastIndex;
    const character = source.charAt(at);
    if (character === '' || character === ';' || character === '#') return words;
    WORD.lastIndex = at;
    const match = WORD.exec(source);
    if (match === null) {
      const problem = source.includes('"', at)
        ? 'quoted text does not end on its line'
        : `'${character}' is out of place`;
      return syntaxError(fileName, line, source.includes('"', at) ? source.indexOf('"', at) + 1 : at + 1, problem);
    }
    const [whole, key, quoted, plain] = match;
    const text = quoted ?? plain ?? '';
    words.push({ text, column: at + 1, quoted: quoted !== undefined, ...(key === undefined ? {} : { key }) });
    at += whole.length;
  }
}
