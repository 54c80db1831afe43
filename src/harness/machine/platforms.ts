/**
 * Decisions of the channel subsystem in which emulators differ from the architecture. The engine asks these pieces and
 * never a platform's name; `name` is for devices and messages.
 */

/** One machine's way of deciding. */
export interface MachinePlatform {
  readonly name: string;
  /** A transfer in channel may be the first CCW of a channel program. */
  readonly ticFirst: boolean;
  /** A CCW of format 0 may have a count of zero. */
  readonly zeroCountFormat0: boolean;
  /**
   * An immediate operation in format 1 with ORB.L=0 shows incorrect length for a count that is not zero, also when nothing
   * unusual happened.
   */
  readonly immediateIncorrectLength: boolean;
  /** The suspended interruption has alert status with its intermediate status. */
  readonly suspendedIsAlert: boolean;
  /** A program-controlled interruption that was not cleared is part of the final status; else it is status of its own. */
  readonly mergesIntermediateStatus: boolean;
  /** START SUBCHANNEL places the ORB's logical path mask in the PMCW. */
  readonly startReplacesPathMask: boolean;
  /**
   * HALT SUBCHANNEL of a running program makes status pending alone: channel end and device end without primary or secondary
   * status, whatever the device answers.
   */
  readonly haltsToStatusAlone: boolean;
  /** Transfers in channel to a lower address without data between them, after which the program is taken to be endless. */
  readonly backwardTransferLimit: number;
  /** Executions of one CCW by command retry, after which its status is presented. */
  readonly commandRetryLimit: number;
}

/** The Principles of Operation, SA22-7832. The two limits are ours: the architecture leaves them to the model. */
export const architecture: MachinePlatform = {
  name: 'architecture',
  ticFirst: false,
  zeroCountFormat0: false,
  immediateIncorrectLength: true,
  suspendedIsAlert: true,
  mergesIntermediateStatus: true,
  startReplacesPathMask: false,
  haltsToStatusAlone: false,
  backwardTransferLimit: 256,
  commandRetryLimit: 254,
};

/** Hercules 3.13, as recordings of the Linux driver on it show, and its channel.c where they do not tell. */
export const hercules313: MachinePlatform = {
  ...architecture,
  name: 'hercules313',
  ticFirst: true,
  zeroCountFormat0: true,
  immediateIncorrectLength: false,
  suspendedIsAlert: false,
  mergesIntermediateStatus: false,
  startReplacesPathMask: true,
  haltsToStatusAlone: true,
};

/** Every platform by name. */
export const platforms: Readonly<Record<string, MachinePlatform>> = { architecture, hercules313 };
