/** Assertions of a case. A failed one ends the case, and its text says what the manual says. */

import type { AssembledProgram } from '../arch/index.js';

/** What an IRB must show; a field left out may be anything. */
export interface IrbExpectation {
  /** word 0 of the SCSW under `controlMask` (default: all of it) */
  readonly control?: number;
  readonly controlMask?: number;
  /** function control, activity control and status control alone, as bits of word 0 */
  readonly functionControl?: number;
  readonly activityControl?: number;
  /** statusControl: exactly these; statusControlIncludes: at least these */
  readonly statusControl?: number;
  readonly statusControlIncludes?: number;
  readonly deferredConditionCode?: number;
  readonly ccwAddress?: number;
  readonly deviceStatus?: number;
  /** at least these device-status bits */
  readonly deviceStatusIncludes?: number;
  readonly subchannelStatus?: number;
  /** at least these subchannel-status bits */
  readonly subchannelStatusIncludes?: number;
  /** residual count */
  readonly count?: number;
  /** last-path-used mask in ESW byte 1 */
  readonly lastPathUsedMask?: number;
  /** sense bytes in the extended-control word: byte number to value, under a mask of FF */
  readonly sense?: Readonly<Record<number, number>>;
}

/** The assertions. `what` completes "expected … to be": name the thing as the manual does. */
export interface Expect {
  equal(actual: unknown, expected: unknown, what: string): void;
  isTrue(condition: boolean, what: string): void;
  /** A system call's result: a count, or the name of an errno. Several mean: any of these. */
  result(actual: number, expected: number | string | readonly (number | string)[], what: string): void;
  bytes(actual: Uint8Array, expected: Uint8Array | string, what: string): void;
  /** An IRB (64 or 96 bytes). With the program, a failure shows it with an arrow at the CCW address. */
  irb(actual: Uint8Array, expected: IrbExpectation, what: string, program?: AssembledProgram): void;
  /** An instruction's outcome: its condition code, or the name of a program interruption. */
  outcome(actual: unknown, expected: 0 | 1 | 2 | 3 | string, what: string): void;
  /** Fails the case. */
  fail(message: string): never;
}
