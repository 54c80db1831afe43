/** Channel-report words: SA22-7832 chapter 17, "Channel-Report Word". */

export const CRW_LENGTH = 4;

export const CrwBit = {
  solicited: 0x4000_0000,
  overflow: 0x2000_0000,
  chaining: 0x1000_0000,
  ancillaryReport: 0x0080_0000,
} as const;

/** Reporting-source code, bits 4-7. */
export const ReportingSource = {
  monitoring: 2,
  subchannel: 3,
  channelPath: 4,
  configuration: 9,
  channelSubsystem: 0xb,
} as const;

/** Error-recovery code, bits 10-15. */
export const ErrorRecoveryCode = {
  eventInformationPending: 0,
  available: 1,
  initialized: 2,
  temporaryError: 3,
  installedParametersInitialized: 4,
  terminal: 5,
  permanentErrorNotInitialized: 6,
  permanentErrorInitialized: 7,
  installedParametersModified: 8,
} as const;

/** A CRW, decoded. */
export interface Crw {
  readonly solicited: boolean;
  readonly overflow: boolean;
  readonly chaining: boolean;
  readonly reportingSource: number;
  readonly ancillaryReport: boolean;
  readonly errorRecoveryCode: number;
  /** reporting-source id: a subchannel number, or a channel-path id in the low byte */
  readonly reportingSourceId: number;
}

/** Decodes the 32-bit word of a CRW. */
export function decodeCrw(word: number): Crw {
  return {
    solicited: (word & CrwBit.solicited) !== 0,
    overflow: (word & CrwBit.overflow) !== 0,
    chaining: (word & CrwBit.chaining) !== 0,
    reportingSource: (word >>> 24) & 0x0f,
    ancillaryReport: (word & CrwBit.ancillaryReport) !== 0,
    errorRecoveryCode: (word >>> 16) & 0x3f,
    reportingSourceId: word & 0xffff,
  };
}

/** Encodes a CRW as its 32-bit word. */
export function encodeCrw(crw: Crw): number {
  let word = (crw.reportingSource << 24) | (crw.errorRecoveryCode << 16) | crw.reportingSourceId;
  if (crw.solicited) word |= CrwBit.solicited;
  if (crw.overflow) word |= CrwBit.overflow;
  if (crw.chaining) word |= CrwBit.chaining;
  if (crw.ancillaryReport) word |= CrwBit.ancillaryReport;
  return word >>> 0;
}
