/** The ECKD device: a 3390 behind a 3990, 2105 or 2107 control unit, and the volumes that it can have. */
export { type Behaviour, behaviours } from './behaviour.js';
export { controlUnits, type ControlUnit, type DeviceIdentity } from './control-unit.js';
export { EckdDevice, type DeviceOptions } from './dasd.js';
export { eckdKind } from './device-kind.js';
export * from './geometry.js';
export * from './labels.js';
export { putEbcdic } from './ebcdic.js';
export { Condition } from './sense.js';
export * from './volume/index.js';
