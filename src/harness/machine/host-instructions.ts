/** The channel-subsystem instructions as the host kernel issues them on the machine. */

/** How an instruction ends when it is refused with an operand exception. */
export const OPERAND_EXCEPTION = -1;

/** A condition code 0-3, or OPERAND_EXCEPTION. */
export type InstructionCode = number;

/** One host's channel subsystem; `subchannel` is a subchannel number of that host. */
export interface HostInstructions {
  /** START SUBCHANNEL. `orb` is 32 bytes; its CCW address and everything it leads to are absolute. */
  ssch(subchannel: number, orb: Uint8Array): InstructionCode;
  hsch(subchannel: number): InstructionCode;
  csch(subchannel: number): InstructionCode;
  xsch(subchannel: number): InstructionCode;
  rsch(subchannel: number): InstructionCode;
  /** TEST SUBCHANNEL: stores the first 64 bytes of the IRB in `irb`, with cc 0 and cc 1. */
  tsch(subchannel: number, irb: Uint8Array): InstructionCode;
  /** STORE SUBCHANNEL: stores 52 bytes in `schib`. */
  stsch(subchannel: number, schib: Uint8Array): InstructionCode;
  msch(subchannel: number, schib: Uint8Array): InstructionCode;
  /** STORE CHANNEL REPORT WORD. @returns the word, 0 if none is pending (cc 1) */
  stcrw(): number;
  /** Set by the host kernel: an I/O interruption was made pending for `subchannel`. */
  onInterruption: (subchannel: number) => void;
  /** Set by the host kernel: a channel report was made pending. */
  onChannelReport: () => void;
}
