/** A channel program as a list of commands, apart from where it is in storage. */

import {
  type AssembledProgram,
  type BufferRequest,
  type CcwFlagName,
  type Mnemonic,
  ProgramBuilder,
  type ProgramBuilderOptions,
} from 'ccwspec/plugin';

/** One command: its parameters, or the buffer that it reads into, and its flags but for command chaining. */
export interface Step {
  readonly command: Mnemonic | number;
  readonly data?: Uint8Array;
  readonly buffer?: BufferRequest;
  /** default: the length of `data` or `buffer` */
  readonly count?: number;
  /** default none */
  readonly flags?: readonly CcwFlagName[];
}

/** A command that is given `data`. */
export function give(command: Mnemonic, data: Uint8Array, flags: readonly CcwFlagName[] = []): Step {
  return { command, data, flags };
}

/** A command that reads `length` bytes into a buffer called `name`. */
export function take(command: Mnemonic, length: number, name: string, flags: readonly CcwFlagName[] = []): Step {
  return { command, buffer: { length, name }, flags };
}

/** Appends `steps`; the builder chains them if it was made with `chain`. @returns the builder */
export function append(builder: ProgramBuilder, steps: readonly Step[]): ProgramBuilder {
  for (const { command, ...operands } of steps) builder.ccw(command, operands);
  return builder;
}

/** A program of `steps`, command-chained. */
export function program(
  name: string,
  steps: readonly Step[],
  options: Omit<ProgramBuilderOptions, 'name' | 'chain'> = {},
): AssembledProgram {
  return append(new ProgramBuilder({ ...options, name, chain: true }), steps).build();
}
