/** Channel programs of cases: the steps of the program builders, and what else a case puts between them. */

import {
  CCW_LENGTH,
  ProgramBuilder,
  type AssembledProgram,
  type IndirectOperands,
  type Mnemonic,
  type ProgramBuilderOptions,
} from 'ccwspec/plugin';
import type { Step } from '../programs/index.js';

/** A transfer in channel, so many CCWs back. */
export interface Back {
  readonly back: number;
}

/** A CCW with an indirect-data-address list. */
export interface Indirect {
  readonly command: Mnemonic | number;
  readonly indirect: IndirectOperands;
}

/** One CCW of a program. */
export type Part = Step | Back | Indirect;

export type PartsOptions = Omit<ProgramBuilderOptions, 'name' | 'chain'>;

/** Where programs begin unless they say otherwise. */
const START = 0x1000;

/** A transfer in channel to the CCW `ccws` before it: behind a search, 1 repeats it until it is satisfied. */
export function back(ccws = 1): Back {
  return { back: ccws };
}

/** A CCW whose bytes, given or read, are spread over blocks that an indirect list names. */
export function indirect(command: Mnemonic | number, operands: IndirectOperands): Indirect {
  return { command, indirect: operands };
}

/** A command without data. */
export function control(command: Mnemonic | number): Step {
  return { command, flags: ['sli'], count: 1, data: Uint8Array.of(0) };
}

/** Splits what one command is given over several data-chained CCWs, at these offsets. */
export function chainedData(command: Mnemonic, bytes: Uint8Array, cuts: readonly number[]): Step[] {
  const edges = [0, ...cuts, bytes.length];
  return edges.slice(1).map((to, n) => ({
    command,
    data: bytes.slice(edges[n], to),
    ...(n + 2 < edges.length ? { flags: ['cd'] as const } : {}),
  }));
}

/** Address of CCW `index` of a program of parts. */
export function ccwAt(index: number, { at = START }: PartsOptions = {}): number {
  return at + index * CCW_LENGTH;
}

/** The parts as a program, command-chained one to the next. */
export function assemble(name: string, parts: readonly Part[], options: PartsOptions = {}): AssembledProgram {
  const builder = new ProgramBuilder({ at: START, ...options, name, chain: true });
  parts.forEach((part, index) => {
    if ('back' in part) builder.tic(ccwAt(index - part.back, options));
    else if ('indirect' in part) builder.indirect(part.command, part.indirect);
    else {
      const { command, ...operands } = part;
      builder.ccw(command, operands);
    }
  });
  return builder.build();
}

/** `length` bytes that differ from place to place, and with `seed` from area to area. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let n = 0; n < length; n++) bytes[n] = n * 7 + (n >>> 8) * 13 + seed * 29;
  return bytes;
}

/** Bytes one after the other. */
export function concat(...pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
