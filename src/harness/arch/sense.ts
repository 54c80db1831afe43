/** Sense bytes 0-2, common to the DASD control units of this project (3990, 2105, 2107). */

export const SENSE_LENGTH = 32;

export const Sense0 = {
  commandReject: 0x80,
  interventionRequired: 0x40,
  busOutParity: 0x20,
  equipmentCheck: 0x10,
  dataCheck: 0x08,
  overrun: 0x04,
  incompleteDomain: 0x01,
} as const;

export const Sense1 = {
  permanentError: 0x80,
  invalidTrackFormat: 0x40,
  endOfCylinder: 0x20,
  messageToOperator: 0x10,
  noRecordFound: 0x08,
  fileProtected: 0x04,
  writeInhibited: 0x02,
  impreciseEnding: 0x01,
} as const;

export const Sense2 = {
  requestInhibitWrite: 0x80,
  correctable: 0x40,
  firstLogError: 0x20,
  environmentalDataPresent: 0x10,
} as const;

export const sense0Names: readonly (readonly [mask: number, name: string])[] = [
  [Sense0.commandReject, 'command reject'],
  [Sense0.interventionRequired, 'intervention required'],
  [Sense0.busOutParity, 'bus-out parity'],
  [Sense0.equipmentCheck, 'equipment check'],
  [Sense0.dataCheck, 'data check'],
  [Sense0.overrun, 'overrun'],
  [Sense0.incompleteDomain, 'incomplete domain'],
];

export const sense1Names: readonly (readonly [mask: number, name: string])[] = [
  [Sense1.permanentError, 'permanent error'],
  [Sense1.invalidTrackFormat, 'invalid track format'],
  [Sense1.endOfCylinder, 'end of cylinder'],
  [Sense1.messageToOperator, 'message to operator'],
  [Sense1.noRecordFound, 'no record found'],
  [Sense1.fileProtected, 'file protected'],
  [Sense1.writeInhibited, 'write inhibited'],
  [Sense1.impreciseEnding, 'imprecise ending'],
];
