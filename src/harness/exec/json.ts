/** The fixed JSON shape of `ccwspec exec --json`: what recordings hold for each program. */

import { toHex } from '../arch/index.js';
import type { ExecOutcome } from './run-program.js';

/** One program's outcome. Members are never renamed; hex digits are lower case. */
export interface ExecJson {
  readonly result: number;
  /** 192 hex digits each */
  readonly irbs: readonly string[];
  readonly dump: readonly { readonly at: number; readonly hex: string }[];
}

/** `outcome` as JSON. */
export function execJson({ result, irbs, dump }: ExecOutcome): ExecJson {
  return { result, irbs: irbs.map(toHex), dump: dump.map(({ at, bytes }) => ({ at, hex: toHex(bytes) })) };
}
