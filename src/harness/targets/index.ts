/**
 * The targets: `create-target` makes one from its name on the command line, `device-option` reads `--device`, `model/` is the
 * in-process model of the whole path, `host/` a session on a real host, `lab/` a machine of our own with one, `agent/` the client that reaches one.
 */
export { createTarget, targetNames, type TargetEnvironment } from './create-target.js';
export { hostSettings } from './host/reach.js';
export type { DeviceName } from './host/subchannels.js';
export { labSettings, type LabWishes } from './lab/lab-target.js';
export { modelSettings } from './model/model-options.js';
export { loadModel } from './model/model-target.js';
export { DEFAULT_DEVICE, parseDeviceOption, type DeviceChoice } from './device-option.js';
