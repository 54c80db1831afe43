/**
 * The targets: `create-target` makes one from its name on the command line, `device-option` reads `--device`, `model/` is the
 * in-process model of the whole path.
 */
export { createTarget, targetNames, type TargetEnvironment } from './create-target.js';
export { modelSettings } from './model/model-options.js';
export { DEFAULT_DEVICE, parseDeviceOption, type DeviceChoice } from './device-option.js';
