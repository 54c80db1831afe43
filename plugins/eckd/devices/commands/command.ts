/** A command of the device, as an entry of the command table. */

import type { DeviceOperation } from 'ccwspec/plugin';
import type { DeviceContext } from '../context.js';

/** Where a command may stand in a channel program; a violation is "invalid command sequence". */
export const Rule = {
  /** a seek, locate record or read IPL must have been done before */
  located: 0x01,
  /** only within the domain of a locate record */
  domainOnly: 0x02,
  /** first of its program, or after one suspend multipath reconnection */
  first: 0x04,
  /** as `first`, or after read device characteristics or read configuration data */
  firstOrConfiguration: 0x08,
  /** nothing may follow it */
  last: 0x10,
  /** not after define extent, set file mask or read IPL */
  noExtent: 0x20,
  /** opens a domain and so does not count in one */
  opensDomain: 0x40,
} as const;

/**
 * Initial selection: the last checks before data move, and what moves.
 * @returns a Condition; none accepts the command
 */
export type Select = (context: DeviceContext, operation: DeviceOperation) => number;

/**
 * After the data: what the command does with them.
 * @returns a Condition
 */
export type End = (context: DeviceContext, operation: DeviceOperation, transferred: number) => number;

export interface Command {
  /** command code */
  readonly code: number;
  readonly name: string;
  /** see Rule */
  readonly rules: number;
  /** the locate record operations (see Operation) in whose domain it may be used; 0 for none */
  readonly domains: number;
  /** bytes of parameters that it must be given; fewer are "CCW count less than required" */
  readonly parameters?: number;
  /** without it, `parameters` are taken */
  readonly select?: Select;
  readonly end?: End;
}

/** A family of commands that differ in the multitrack bit: `code` and `code` + 0x80. */
export function withMultitrack(command: Command): Command[] {
  return [command, { ...command, code: command.code | 0x80, name: `${command.name} multitrack` }];
}
