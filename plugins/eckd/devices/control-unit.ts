/** Control units that a 3390 can be behind, and what they say of themselves and of the device. */

import { viewOf } from 'ccwspec/plugin';
import { putEbcdic } from './ebcdic.js';
import { EXTENDED_ADDRESS_CYLINDERS, HEADS, identityOf, LARGEST_RECORD_ZERO, TRACK_BYTES } from './geometry.js';

export interface ControlUnit {
  /** four hexadecimal digits: 0x3990, 0x2105, 0x2107 */
  readonly type: number;
  readonly model: number;
  /** read device characteristics byte 42 */
  readonly code: number;
  /** read device characteristics byte 54 */
  readonly code54: number;
  /** read device characteristics bytes 6-9 */
  readonly facilities: number;
  /** read device characteristics bytes 51-53 */
  readonly functions: number;
  /** command information words: sense ID bytes 8 and up */
  readonly ciws: readonly number[];
  /** length of sense ID data */
  readonly senseIdLength: number;
  /** length of sense subsystem status */
  readonly subsystemStatusLength: number;
  /** has a cache: set subsystem mode means something */
  readonly cached: boolean;
  /** knows locate record extended */
  readonly locateRecordExtended: boolean;
  /** knows prefix; its feature codes then say so */
  readonly prefix: boolean;
}

const READ_CONFIGURATION_DATA = 0x40fa_0100;
const SET_INTERFACE_IDENTIFIER = 0x4127_0004;

const base3990: ControlUnit = {
  type: 0x3990,
  model: 0xc2,
  code: 0x10,
  code54: 0x00,
  facilities: 0xd000_0000,
  functions: 0,
  ciws: [READ_CONFIGURATION_DATA],
  senseIdLength: 12,
  subsystemStatusLength: 40,
  cached: false,
  locateRecordExtended: false,
  prefix: false,
};

/** By the names of the setting `cu`. */
export const controlUnits: Readonly<Record<string, ControlUnit>> = {
  '3990': base3990,
  '3990-3': {
    ...base3990,
    model: 0xec,
    code: 0x06,
    facilities: 0xd080_1094,
    functions: 0x0f003f,
    ciws: [READ_CONFIGURATION_DATA, SET_INTERFACE_IDENTIFIER, 0x423e_0040],
    senseIdLength: 20,
    cached: true,
  },
  '3990-6': {
    ...base3990,
    model: 0xe9,
    code: 0x15,
    code54: 0x40,
    facilities: 0x5000_1096,
    functions: 0x0f007f,
    ciws: [READ_CONFIGURATION_DATA, SET_INTERFACE_IDENTIFIER, 0x423e_0060],
    senseIdLength: 20,
    subsystemStatusLength: 44,
    cached: true,
    locateRecordExtended: true,
  },
  '2105': {
    ...base3990,
    type: 0x2105,
    model: 0xe8,
    code: 0x1b,
    code54: 0x48,
    facilities: 0x5280_70b7,
    ciws: [READ_CONFIGURATION_DATA, SET_INTERFACE_IDENTIFIER, 0x423e_01a0, 0x433e_0008],
    senseIdLength: 24,
    cached: true,
    locateRecordExtended: true,
    prefix: true,
  },
  '2107': {
    ...base3990,
    type: 0x2107,
    model: 0xe8,
    code: 0x1f,
    code54: 0x48,
    facilities: 0x5280_10b7,
    ciws: [READ_CONFIGURATION_DATA, SET_INTERFACE_IDENTIFIER, 0x423e_01a0, 0x433e_0008],
    senseIdLength: 24,
    cached: true,
    locateRecordExtended: true,
    prefix: true,
  },
};

/** What tells one device from another. */
export interface DeviceIdentity {
  /** device number, also its logical subsystem (high byte) and unit address (low byte) */
  readonly deviceNumber: number;
  /** subsystem identifier */
  readonly ssid: number;
  /** twelve characters */
  readonly serial: string;
}

/** Sense ID data. */
export function senseId(unit: ControlUnit, cylinders: number): Uint8Array {
  const bytes = new Uint8Array(unit.senseIdLength);
  const view = viewOf(bytes);
  bytes[0] = 0xff;
  view.setUint16(1, unit.type);
  bytes[3] = unit.model;
  view.setUint16(4, 0x3390);
  bytes[6] = identityOf(cylinders).model;
  unit.ciws.forEach((ciw, n) => {
    view.setUint32(8 + 4 * n, ciw);
  });
  return bytes;
}

/** The 64 bytes of read device characteristics. */
export function deviceCharacteristics(unit: ControlUnit, cylinders: number): Uint8Array {
  const bytes = new Uint8Array(64);
  const view = viewOf(bytes);
  const { model, unitType } = identityOf(cylinders);
  const isExtended = cylinders >= EXTENDED_ADDRESS_CYLINDERS;
  view.setUint16(0, unit.type);
  bytes[2] = unit.model;
  view.setUint16(3, 0x3390);
  bytes[5] = model;
  view.setUint32(6, unit.facilities);
  bytes[10] = 0x20;
  bytes[11] = unitType;
  view.setUint16(12, isExtended ? 0xfffe : cylinders);
  view.setUint16(14, HEADS);
  bytes[16] = 224;
  view.setUint16(18, TRACK_BYTES);
  view.setUint16(20, 1428);
  bytes.set([0x02, 0x22, 0x13, 0x09, 0x06, 0x74], 22);
  bytes[40] = unitType;
  bytes[41] = unitType;
  bytes[42] = unit.code;
  bytes[43] = 0x02;
  view.setUint16(44, LARGEST_RECORD_ZERO);
  bytes[47] = 0x01;
  bytes[48] = 0x06;
  view.setUint16(49, 0x7708);
  bytes[51] = unit.functions >>> 16;
  bytes[52] = unit.functions >>> 8;
  bytes[53] = unit.functions;
  bytes[54] = unit.code54;
  bytes[57] = 0xff;
  if (isExtended) view.setUint32(60, cylinders);
  return bytes;
}

/** A node-element descriptor: 32 bytes at `offset`. */
function putDescriptor(
  bytes: Uint8Array,
  offset: number,
  flags: number,
  typeAndModel: string,
  serial: string,
  tag: number,
): void {
  const view = viewOf(bytes);
  view.setUint32(offset, flags);
  putEbcdic(bytes, offset + 4, 9, typeAndModel);
  putEbcdic(bytes, offset + 13, 5, 'HRCZZ');
  putEbcdic(bytes, offset + 18, 12, serial);
  view.setUint16(offset + 30, tag);
}

function typeName(type: number, model: number): string {
  const digits = (value: number, length: number) => value.toString(16).toUpperCase().padStart(length, '0');
  return `  ${digits(type, 4)}${digits(model, 3)}`;
}

/** Time in seconds after which an interruption is missing, in the general node-element qualifier. */
const MISSING_INTERRUPT_SECONDS = 30;

/**
 * The 256 bytes of read configuration data: descriptors of device, string, storage director and subsystem, and the general
 * node-element qualifier. The same on every path, as the cabling check of Linux wants it.
 */
export function configurationData(unit: ControlUnit, cylinders: number, identity: DeviceIdentity): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = viewOf(bytes);
  const { deviceNumber, ssid, serial } = identity;
  const device = typeName(0x3390, identityOf(cylinders).model);
  const director = typeName(unit.type, unit.model);
  const subsystem = director.slice(0, 6);
  const subsystemNumber = deviceNumber >>> 8;
  const unitAddress = deviceNumber & 0xff;
  if (unit.type === 0x3990) {
    putDescriptor(bytes, 0, 0xc401_0100, device, serial, deviceNumber);
    putDescriptor(bytes, 32, 0xc400_0000, device, serial, 0);
    putDescriptor(bytes, 64, 0xd402_0000, director, serial, subsystemNumber);
    putDescriptor(bytes, 96, 0xf000_0001, subsystem, serial, 0);
  } else {
    putDescriptor(bytes, 0, 0xdc01_0100, device, serial, deviceNumber);
    putDescriptor(bytes, 32, 0xd402_0000, device, serial, subsystemNumber << 8);
    putDescriptor(bytes, 64, 0xd000_0000, director, serial, subsystemNumber << 8);
    putDescriptor(bytes, 96, 0xf000_0001, subsystem, serial, subsystemNumber << 8);
  }
  bytes[224] = 0x80;
  view.setUint16(226, subsystemNumber);
  bytes[230] = MISSING_INTERRUPT_SECONDS;
  view.setUint16(232, ssid);
  bytes[234] = 0x80;
  bytes.fill(unitAddress, 235, 238);
  bytes[238] = subsystemNumber;
  bytes[241] = 0x80;
  bytes[242] = 0x80;
  bytes[243] = unitAddress;
  return bytes;
}

/** Sense subsystem status. */
export function subsystemStatus(unit: ControlUnit, identity: DeviceIdentity): Uint8Array {
  const bytes = new Uint8Array(unit.subsystemStatusLength);
  bytes[0] = unit.subsystemStatusLength > 40 ? 0x01 : 0x00;
  bytes[1] = identity.deviceNumber;
  bytes[2] = 0x1f;
  viewOf(bytes).setUint16(38, identity.ssid);
  return bytes;
}

/** Feature codes (read subsystem data, suborder 41): byte 8 bit 7 says that prefix may be used. */
export function featureCodes(unit: ControlUnit): Uint8Array {
  const bytes = new Uint8Array(256);
  if (unit.prefix) bytes[8] = 0x01;
  return bytes;
}
