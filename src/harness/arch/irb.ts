/** The interruption-response block: SCSW, extended-status word, extended-control word, measurement word. */

import { decodeScsw, encodeScsw, type Scsw } from './scsw.js';

/** Bytes of an IRB with the extended-measurement word. */
export const IRB_LENGTH = 96;
/** Bytes of an IRB without it: what TEST SUBCHANNEL stores, and what vfio-ccw relays. */
export const IRB_BASE_LENGTH = 64;

/** Byte offsets within an IRB. */
export const IrbOffset = {
  scsw: 0,
  esw: 12,
  erw: 16,
  failingStorageAddress: 20,
  secondaryCcwAddress: 28,
  ecw: 32,
  emw: 64,
} as const;

/** Length of the extended-control word in bytes. */
export const ECW_LENGTH = 32;

/** The extended-report word (ESW word 1). */
export const ErwBit = {
  authorization: 0x1000_0000,
  pathVerificationRequired: 0x0800_0000,
  channelPathTimeout: 0x0400_0000,
  failingStorageAddressValid: 0x0200_0000,
  concurrentSense: 0x0100_0000,
  secondaryCcwAddressValid: 0x0080_0000,
  failingStorageAddressFormat: 0x0040_0000,
  concurrentSenseCount: 0x003f_0000,
} as const;

/** The subchannel-logout word (ESW word 0, format 0). */
export const SubchannelLogout = {
  extendedStatusFlags: 0x7f00_0000,
  lastPathUsedMask: 0x00ff_0000,
  ancillaryReport: 0x0000_8000,
  fieldValidityFlags: 0x0000_7c00,
  storageAccess: 0x0000_0300,
  terminationCode: 0x0000_00c0,
  deviceStatusCheck: 0x0000_0020,
  secondaryError: 0x0000_0010,
  ioErrorAlert: 0x0000_0008,
  sequenceCode: 0x0000_0007,
} as const;

/** An IRB, decoded. */
export interface Irb {
  readonly scsw: Scsw;
  /** ESW word 0: the subchannel logout in format 0, byte 1 the last-path-used mask in every format */
  readonly eswWord0: number;
  /** extended-report word, see ErwBit */
  readonly erw: number;
  /** failing-storage address: high and low word */
  readonly failingStorageAddress: readonly [high: number, low: number];
  readonly secondaryCcwAddress: number;
  /** extended-control word, 32 bytes */
  readonly ecw: Uint8Array;
}

/** Decodes the first 64 bytes at `offset`. @throws RangeError if fewer are there. */
export function decodeIrb(bytes: Uint8Array, offset = 0): Irb {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, IRB_BASE_LENGTH);
  return {
    scsw: decodeScsw(view, IrbOffset.scsw),
    eswWord0: view.getUint32(IrbOffset.esw),
    erw: view.getUint32(IrbOffset.erw),
    failingStorageAddress: [
      view.getUint32(IrbOffset.failingStorageAddress),
      view.getUint32(IrbOffset.failingStorageAddress + 4),
    ],
    secondaryCcwAddress: view.getUint32(IrbOffset.secondaryCcwAddress),
    ecw: bytes.slice(offset + IrbOffset.ecw, offset + IrbOffset.ecw + ECW_LENGTH),
  };
}

/** Encodes `irb` into the first 64 bytes at `offset`. */
export function encodeIrb(bytes: Uint8Array, offset: number, irb: Irb): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, IRB_BASE_LENGTH);
  encodeScsw(view, IrbOffset.scsw, irb.scsw);
  view.setUint32(IrbOffset.esw, irb.eswWord0);
  view.setUint32(IrbOffset.erw, irb.erw);
  view.setUint32(IrbOffset.failingStorageAddress, irb.failingStorageAddress[0]);
  view.setUint32(IrbOffset.failingStorageAddress + 4, irb.failingStorageAddress[1]);
  view.setUint32(IrbOffset.secondaryCcwAddress, irb.secondaryCcwAddress);
  bytes.set(irb.ecw.subarray(0, ECW_LENGTH), offset + IrbOffset.ecw);
}

/** Number of sense bytes that the ERW announces, 0-32 (bits 10-15). */
export function concurrentSenseCount(erw: number): number {
  return (erw & ErwBit.concurrentSense) === 0 ? 0 : (erw >>> 16) & 0x3f;
}

/** Format of the ESW (SA22-7832 chapter 16, "Extended-Status Word"). 2 and 3 differ from 1 in the low half of word 0. */
export function eswFormat(scswControl: number): 0 | 1 {
  return (scswControl & 0x0400_0000) === 0 ? 1 : 0;
}
