/** The subchannel-status word, command mode: SA22-7832 chapter 16, "Subchannel-Status Word". */

/** Length in bytes. */
export const SCSW_LENGTH = 12;

/** Word 0 of the SCSW. */
export const ScswBit = {
  key: 0xf000_0000,
  suspendControl: 0x0800_0000,
  extendedStatusFormat: 0x0400_0000,
  deferredConditionCode: 0x0300_0000,
  format: 0x0080_0000,
  prefetch: 0x0040_0000,
  initialStatusInterruption: 0x0020_0000,
  addressLimitChecking: 0x0010_0000,
  suppressSuspendedInterruption: 0x0008_0000,
  zeroConditionCode: 0x0004_0000,
  extendedControl: 0x0002_0000,
  pathNotOperational: 0x0001_0000,
  startFunction: 0x0000_4000,
  haltFunction: 0x0000_2000,
  clearFunction: 0x0000_1000,
  resumePending: 0x0000_0800,
  startPending: 0x0000_0400,
  haltPending: 0x0000_0200,
  clearPending: 0x0000_0100,
  subchannelActive: 0x0000_0080,
  deviceActive: 0x0000_0040,
  suspended: 0x0000_0020,
  alertStatus: 0x0000_0010,
  intermediateStatus: 0x0000_0008,
  primaryStatus: 0x0000_0004,
  secondaryStatus: 0x0000_0002,
  statusPending: 0x0000_0001,
} as const;

/** Groups of bits in word 0. */
export const ScswMask = {
  functionControl: 0x0000_7000,
  activityControl: 0x0000_0fe0,
  statusControl: 0x0000_001f,
} as const;

/** Device status, SCSW byte 8. */
export const DeviceStatus = {
  attention: 0x80,
  statusModifier: 0x40,
  controlUnitEnd: 0x20,
  busy: 0x10,
  channelEnd: 0x08,
  deviceEnd: 0x04,
  unitCheck: 0x02,
  unitException: 0x01,
} as const;

/** Subchannel status, SCSW byte 9. */
export const SubchannelStatus = {
  programControlledInterruption: 0x80,
  incorrectLength: 0x40,
  programCheck: 0x20,
  protectionCheck: 0x10,
  channelDataCheck: 0x08,
  channelControlCheck: 0x04,
  interfaceControlCheck: 0x02,
  chainingCheck: 0x01,
} as const;

/** An SCSW, decoded. */
export interface Scsw {
  /** word 0 whole, see ScswBit */
  readonly control: number;
  /** CCW address: 8 beyond the last CCW used */
  readonly ccwAddress: number;
  readonly deviceStatus: number;
  readonly subchannelStatus: number;
  /** residual count, 0-65535 bytes */
  readonly count: number;
}

/** Decodes the SCSW at `offset`. @throws RangeError if fewer than 12 bytes are there. */
export function decodeScsw(view: DataView, offset = 0): Scsw {
  const word2 = view.getUint32(offset + 8);
  return {
    control: view.getUint32(offset),
    ccwAddress: view.getUint32(offset + 4),
    deviceStatus: word2 >>> 24,
    subchannelStatus: (word2 >>> 16) & 0xff,
    count: word2 & 0xffff,
  };
}

/** Encodes `scsw` at `offset`. */
export function encodeScsw(view: DataView, offset: number, scsw: Scsw): void {
  view.setUint32(offset, scsw.control);
  view.setUint32(offset + 4, scsw.ccwAddress);
  view.setUint32(offset + 8, ((scsw.deviceStatus << 24) | (scsw.subchannelStatus << 16) | scsw.count) >>> 0);
}

/** Deferred condition code of word 0, 0-3. */
export function deferredConditionCode(control: number): number {
  return (control >>> 24) & 3;
}

/** Status-control bits of word 0: alert 10, intermediate 08, primary 04, secondary 02, pending 01. */
export function statusControl(control: number): number {
  return control & ScswMask.statusControl;
}
