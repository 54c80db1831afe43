/** The channel-subsystem instructions as a guest program issues them: SA22-7832 chapter 14. */

/** Program interruptions that an I/O instruction can end with. */
export type ProgramInterruption = 'operand' | 'specification' | 'addressing' | 'protection' | 'privileged-operation';

/** How an instruction ended: a condition code, or a program interruption. */
export type InstructionOutcome =
  { readonly conditionCode: 0 | 1 | 2 | 3 } | { readonly interruption: ProgramInterruption };

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
  /** `chpid` is general register 1: the channel-path id in bits 56-63, the cssid in bits 40-47, zeros elsewhere. */
  rchp(chpid: number): Promise<InstructionOutcome>;
  /** `control` is general register 1, `origin` general register 2. The condition code, which it does not set, is given as 0. */
  schm(control: number, origin: number): Promise<InstructionOutcome>;
  /** Waits until an I/O interruption is pending that `tpi` would give. @returns false when `timeoutMs` is over. */
  waitInterruption(timeoutMs: number): Promise<boolean>;
  /** Waits until a channel report is pending. @returns false when `timeoutMs` is over. */
  waitChannelReport(timeoutMs: number): Promise<boolean>;
  /** I/O-interruption-subclass mask as in control register 6: 80 for ISC 0 to 01 for ISC 7; FF at the start. */
  interruptionSubclassMask: number;
  /** While true the guest CPU is in the problem state: every instruction ends with a privileged-operation interruption. */
  problemState: boolean;
  /** channel-report-pending machine checks that the guest has been given so far */
  readonly channelReportMachineChecks: number;
  /** true once the host has asked for the device and the guest's channel subsystem has let it go */
  readonly unplugged: boolean;
  /** what QEMU would have printed, oldest first */
  readonly messages: readonly string[];
  /** Subsystem reset of the guest. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** How the guest's channel subsystem is set up. */
export interface ChannelOptions {
  /** bytes of guest storage, default 1 MiB; so much must be mapped at IOVA 0 */
  readonly storage?: number;
  /** cssid of the passed-through device, 0-FE, default FE (which a guest without MCSS-E sees as 0) */
  readonly cssid?: number;
  /** subchannel set of the device, 0-3, default 0 */
  readonly ssid?: number;
  /** subchannel number in the guest, default 0; the numbers below it are holes */
  readonly subchannelNumber?: number;
  /** device number in the guest */
  readonly deviceNumber?: number;
  /** QEMU's force-orb-pfch property */
  readonly forcePrefetch?: boolean;
  /**
   * What delivers I/O interruptions. 'kvm' (default): TEST SUBCHANNEL takes the subchannel's pending interruption with it,
   * and interruptions of one subclass are first in, first out. 'tcg': it leaves it pending (QIN-048), and they are last in,
   * first out.
   */
  readonly accelerator?: 'kvm' | 'tcg';
  /** the host subchannel's paths as sysfs shows them; read from the SCHIB region if left out */
  readonly paths?: HostPaths;
}

/** Channel paths of the host subchannel: sysfs attributes `pimpampom` and `chpids`, and each path's `type`. */
export interface HostPaths {
  readonly pim: number;
  readonly pam: number;
  readonly pom: number;
  /** eight channel-path ids, 0 where no path is */
  readonly chpids: readonly number[];
  /** channel-path types by id; 1B (FICON) where it is left out */
  readonly types?: ReadonlyMap<number, number>;
}
