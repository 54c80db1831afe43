/** What Linux asks of a device before it is online: recognition, path groups, characteristics, subsystem data. */

import { give, type Step, take } from './steps.js';

/** Sense ID, as the common I/O layer reads it. */
export const senseId: readonly Step[] = [take('sense-id', 40, 'sense-id', ['sli'])];

/** Sense path group ID, on one path at a time. */
export const sensePathGroup: readonly Step[] = [take('sense-path-group-id', 12, 'group', ['sli'])];

/** Functions of set path group ID. */
export const PathGroupFunction = {
  establishMultipath: 0x80,
  establishSinglePath: 0x00,
  resign: 0x40,
  disband: 0x20,
  disbandMultipath: 0xa0,
} as const;

/** Set path group ID. @param id eleven bytes */
export function setPathGroup(groupFunction: number, id: Uint8Array): readonly Step[] {
  const bytes = new Uint8Array(12);
  bytes[0] = groupFunction;
  bytes.set(id.subarray(0, 11), 1);
  return [give('set-path-group-id', bytes, ['sli'])];
}

/** Read configuration data, on one path at a time. The buffer asks for the data of a virtual device, as the driver does. */
export const readConfigurationData: readonly Step[] = [take('read-configuration-data', 256, 'configuration')];

/** Read device characteristics. */
export const readDeviceCharacteristics: readonly Step[] = [take('read-device-characteristics', 64, 'characteristics')];

/** Suborders of "prepare for read subsystem data". */
export const Suborder = {
  storagePathStatus: 0x00,
  statistics: 0x01,
  messageBuffer: 0x03,
  unitAddressConfiguration: 0x0e,
  queryHostAccess: 0x1c,
  featureCodes: 0x41,
  extendedQuery: 0x50,
  volumeStorage: 0x52,
  logicalConfiguration: 0x53,
} as const;

/**
 * Prepares and reads subsystem data.
 * @param device logical subsystem and unit address, for suborders about one device
 */
export function readSubsystemData(suborder: number, length: number, device = 0, modifier = 0): readonly Step[] {
  const order = new Uint8Array(12);
  order[0] = 0x18;
  order[4] = device >>> 8;
  order[5] = device;
  order[6] = suborder;
  order[7] = modifier;
  return [give('perform-subsystem-function', order), take('read-subsystem-data', length, 'subsystem-data', ['sli'])];
}

/** Set subsystem characteristics, with parallel access volumes or without. */
export function setSubsystemCharacteristics(parallelAccess: boolean): readonly Step[] {
  const order = new Uint8Array(66);
  order[0] = 0x1d;
  order[6] = parallelAccess ? 0xc8 : 0xc0;
  order[7] = parallelAccess ? 0x88 : 0x00;
  return [give('perform-subsystem-function', order)];
}

/** Sense subsystem status, as the driver reads it after a state change. */
export const senseSubsystemStatus: readonly Step[] = [take('sense-subsystem-status', 44, 'status')];
