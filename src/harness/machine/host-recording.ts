/** What a host asked of its channel subsystem, recorded for cases that look at it; off until somebody switches it on. */

import { OPERAND_EXCEPTION } from './host-instructions.js';

/** One START SUBCHANNEL. */
export interface RecordedStart {
  readonly subchannel: number;
  /** a copy of the 32 bytes of the ORB */
  readonly orb: Uint8Array;
  /** condition code, or OPERAND_EXCEPTION */
  readonly conditionCode: number;
}

/** The record of one host. */
export class HostRecording {
  /** every START SUBCHANNEL, in order */
  readonly starts: RecordedStart[] = [];
  /** every instruction with its condition code, in order: `ssch 0`, `hsch 2`, `msch operand-exception` */
  readonly instructions: string[] = [];

  instruction(name: string, code: number): void {
    this.instructions.push(`${name} ${code === OPERAND_EXCEPTION ? 'operand-exception' : code}`);
  }

  start(subchannel: number, orb: Uint8Array, conditionCode: number): void {
    this.starts.push({ subchannel, orb: orb.slice(0, 32), conditionCode });
  }
}

/** Injected outcomes of instructions, in place of executing them. A code is a condition code or OPERAND_EXCEPTION. */
export interface InstructionFaults {
  /** for the next START SUBCHANNEL */
  start: number | undefined;
  /** for the next HALT or CLEAR SUBCHANNEL */
  haltOrClear: number | undefined;
  /** for every MODIFY SUBCHANNEL while it is set */
  modify: number | undefined;
}
