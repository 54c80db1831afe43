/** The channel-subsystem instructions as a guest program issues them: SA22-7832 chapter 14. */

/** Program interruptions that an I/O instruction can end with. */
export type ProgramInterruption = 'operand' | 'specification' | 'addressing' | 'protection' | 'privileged-operation';

/** How an instruction ended: a condition code, or a program interruption. */
export type InstructionOutcome =
  | { readonly conditionCode: 0 | 1 | 2 | 3 }
  | { readonly interruption: ProgramInterruption };

/** Guest storage; addresses are guest absolute. */
export interface GuestStorage {
  readonly size: number;
  read(address: number, into: Uint8Array): Promise<void>;
  write(address: number, bytes: Uint8Array): Promise<void>;
}

/**
 * The instructions. `schid` is the subsystem-identification word of general register 1; the second operand's address is in
 * guest storage.
 */
export interface ChannelPort {
  readonly storage: GuestStorage;
  /** subsystem-identification words of the guest's subchannels, for example `0x00010000` */
  subchannels(): Promise<number[]>;
  ssch(schid: number, orbAddress: number): Promise<InstructionOutcome>;
  hsch(schid: number): Promise<InstructionOutcome>;
  csch(schid: number): Promise<InstructionOutcome>;
  xsch(schid: number): Promise<InstructionOutcome>;
  rsch(schid: number): Promise<InstructionOutcome>;
  tsch(schid: number, irbAddress: number): Promise<InstructionOutcome>;
  stsch(schid: number, schibAddress: number): Promise<InstructionOutcome>;
  msch(schid: number, schibAddress: number): Promise<InstructionOutcome>;
  /** Address 0 stores 12 bytes at lowcore B8, any other address 8 bytes there. */
  tpi(address: number): Promise<InstructionOutcome>;
  stcrw(crwAddress: number): Promise<InstructionOutcome>;
  chsc(blockAddress: number): Promise<InstructionOutcome>;
  rchp(chpid: number): Promise<InstructionOutcome>;
  /** Waits until an I/O interruption is pending that `tpi` would give. @returns false when `timeoutMs` is over. */
  waitInterruption(timeoutMs: number): Promise<boolean>;
  /** Waits until a channel report is pending. @returns false when `timeoutMs` is over. */
  waitChannelReport(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** How the guest's channel subsystem is set up. */
export interface ChannelOptions {
  /** bytes of guest storage, default 1 MiB */
  readonly storage?: number;
  /** cssid of the passed-through device, default FE */
  readonly cssid?: number;
  /** device number in the guest */
  readonly deviceNumber?: number;
  /** QEMU's force-orb-pfch property */
  readonly forcePrefetch?: boolean;
}
