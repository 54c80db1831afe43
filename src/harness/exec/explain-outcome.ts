/** What came of a program, for people: the result, the program with an arrow at the CCW address, each IRB, the storage. */

import {
  decodeScsw,
  disassemble,
  explainIrb,
  explainOrb,
  formatListing,
  formatRows,
  hex,
  readerOf,
  viewOf,
  type AssembledProgram,
} from '../arch/index.js';
import { describeResult } from '../uapi/index.js';
import { hexDump } from './hex-dump.js';
import type { ProgramOutcome } from '../program-file/index.js';

const INDENT = '  ';

/** Lines that show `outcome` of `program`. */
export function explainOutcome(program: AssembledProgram, outcome: ProgramOutcome): string[] {
  return [
    program.name,
    ...section('request', formatRows(explainOrb(program.orb))),
    ...section('channel program', listing(program, outcome)),
    ...section('result', [resultText(outcome)]),
    ...outcome.irbs.flatMap((irb, index) =>
      section(interruptionTitle(index, outcome.irbs.length), formatRows(explainIrb(irb))),
    ),
    ...outcome.dump.flatMap(({ at, bytes }) =>
      section(`storage at ${hex(at)}, ${bytes.length} bytes`, hexDump(at, bytes)),
    ),
  ];
}

/** The listing; its arrow stands at the CCW before the CCW address of the last IRB. */
function listing(program: AssembledProgram, outcome: ProgramOutcome): string[] {
  const listed = disassemble(readerOf(program.memory), program.orb);
  const last = outcome.irbs.at(-1);
  return formatListing(listed, last === undefined ? {} : { arrowAt: decodeScsw(viewOf(last)).ccwAddress });
}

function resultText({ result, irbs }: ProgramOutcome): string {
  if (result < 0) return `${describeResult(result)}: the driver refused the request`;
  const interruptions =
    irbs.length === 1 ? '1 interruption' : `${irbs.length === 0 ? 'no' : irbs.length} interruptions`;
  return `${result} bytes written, ${interruptions}`;
}

function interruptionTitle(index: number, count: number): string {
  return count === 1 ? 'interruption' : `interruption ${index + 1} of ${count}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', `${INDENT}${title}`, ...lines.map((line) => `${INDENT}${INDENT}${line}`)];
}
