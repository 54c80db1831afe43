/** The subchannel-information block: path-management-control word, SCSW, model-dependent area. */

import { decodeScsw, encodeScsw, type Scsw } from './scsw.js';

export const SCHIB_LENGTH = 52;
export const PMCW_LENGTH = 28;

/** Byte offsets within a SCHIB. */
export const SchibOffset = {
  interruptionParameter: 0,
  flags: 4,
  deviceNumber: 6,
  lpm: 8,
  pnom: 9,
  lpum: 10,
  pim: 11,
  measurementBlockIndex: 12,
  pom: 14,
  pam: 15,
  chpid: 16,
  characteristics: 24,
  scsw: 28,
  measurementBlockAddress: 40,
  modelDependent: 48,
} as const;

/** PMCW bytes 4-5. */
export const PmcwFlag = {
  qdio: 0x8000,
  messageValid: 0x4000,
  interruptionSubclass: 0x3800,
  reserved5: 0x0400,
  mustBeZero: 0x0300,
  enabled: 0x0080,
  limitMode: 0x0060,
  measurementMode: 0x0018,
  multipathMode: 0x0004,
  timingFacility: 0x0002,
  deviceNumberValid: 0x0001,
} as const;

/** PMCW bytes 24-27. */
export const PmcwCharacteristic = {
  subchannelType: 0x00e0_0000,
  measurementBlockFormat: 0x0000_0004,
  extendedMeasurement: 0x0000_0002,
  concurrentSense: 0x0000_0001,
} as const;

/** A SCHIB, decoded. */
export interface Schib {
  readonly interruptionParameter: number;
  /** PMCW bytes 4-5, see PmcwFlag */
  readonly flags: number;
  readonly deviceNumber: number;
  readonly lpm: number;
  readonly pnom: number;
  readonly lpum: number;
  readonly pim: number;
  readonly measurementBlockIndex: number;
  readonly pom: number;
  readonly pam: number;
  /** eight channel-path identifiers, path 0 (mask 80) first */
  readonly chpid: readonly number[];
  /** PMCW bytes 24-27, see PmcwCharacteristic */
  readonly characteristics: number;
  readonly scsw: Scsw;
  /** measurement-block address, high and low word */
  readonly measurementBlockAddress: readonly [high: number, low: number];
  readonly modelDependent: number;
}

/** Decodes the SCHIB at `offset`. @throws RangeError if fewer than 52 bytes are there. */
export function decodeSchib(bytes: Uint8Array, offset = 0): Schib {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, SCHIB_LENGTH);
  return {
    interruptionParameter: view.getUint32(SchibOffset.interruptionParameter),
    flags: view.getUint16(SchibOffset.flags),
    deviceNumber: view.getUint16(SchibOffset.deviceNumber),
    lpm: view.getUint8(SchibOffset.lpm),
    pnom: view.getUint8(SchibOffset.pnom),
    lpum: view.getUint8(SchibOffset.lpum),
    pim: view.getUint8(SchibOffset.pim),
    measurementBlockIndex: view.getUint16(SchibOffset.measurementBlockIndex),
    pom: view.getUint8(SchibOffset.pom),
    pam: view.getUint8(SchibOffset.pam),
    chpid: Array.from(bytes.subarray(offset + SchibOffset.chpid, offset + SchibOffset.chpid + 8)),
    characteristics: view.getUint32(SchibOffset.characteristics),
    scsw: decodeScsw(view, SchibOffset.scsw),
    measurementBlockAddress: [
      view.getUint32(SchibOffset.measurementBlockAddress),
      view.getUint32(SchibOffset.measurementBlockAddress + 4),
    ],
    modelDependent: view.getUint32(SchibOffset.modelDependent),
  };
}

/** Encodes `schib` at `offset`. */
export function encodeSchib(bytes: Uint8Array, offset: number, schib: Schib): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, SCHIB_LENGTH);
  view.setUint32(SchibOffset.interruptionParameter, schib.interruptionParameter);
  view.setUint16(SchibOffset.flags, schib.flags);
  view.setUint16(SchibOffset.deviceNumber, schib.deviceNumber);
  view.setUint8(SchibOffset.lpm, schib.lpm);
  view.setUint8(SchibOffset.pnom, schib.pnom);
  view.setUint8(SchibOffset.lpum, schib.lpum);
  view.setUint8(SchibOffset.pim, schib.pim);
  view.setUint16(SchibOffset.measurementBlockIndex, schib.measurementBlockIndex);
  view.setUint8(SchibOffset.pom, schib.pom);
  view.setUint8(SchibOffset.pam, schib.pam);
  for (let path = 0; path < 8; path++) view.setUint8(SchibOffset.chpid + path, schib.chpid[path] ?? 0);
  view.setUint32(SchibOffset.characteristics, schib.characteristics);
  encodeScsw(view, SchibOffset.scsw, schib.scsw);
  view.setUint32(SchibOffset.measurementBlockAddress, schib.measurementBlockAddress[0]);
  view.setUint32(SchibOffset.measurementBlockAddress + 4, schib.measurementBlockAddress[1]);
  view.setUint32(SchibOffset.modelDependent, schib.modelDependent);
}

/** Interruption subclass of PMCW bytes 4-5, 0-7. */
export function interruptionSubclass(flags: number): number {
  return (flags >>> 11) & 7;
}

/** Subchannel type of PMCW bytes 24-27: 0 I/O, 1 CHSC, 2 message, 3 ADM. */
export function subchannelType(characteristics: number): number {
  return (characteristics >>> 21) & 7;
}
