/** `ccwspec/plugin`: the only thing that a plugin imports. */
export * from './api.js';
export * from '../harness/arch/index.js';
export * from '../harness/uapi/index.js';
export * from '../harness/ports/index.js';
export * from '../harness/errors/index.js';
export {
  defineCase,
  type CaseContext,
  type CaseDefinition,
  type Touches,
  type Verdict,
} from '../harness/runner/case.js';
export type { Expect, IrbExpectation } from '../harness/runner/expect.js';
export {
  DeviceOperation,
  Transfer,
  type DeviceModel,
  type DeviceNotifier,
  type DevicePath,
} from '../harness/machine/device-model.js';
export { openGuest } from '../harness/guest/open-guest.js';
export {
  enableSubchannel,
  GUEST_SCRATCH,
  runProgramInGuest,
  startInGuest,
  storeSchib,
  takeStatusInGuest,
  type GuestRun,
  type SubchannelSettings,
} from '../harness/guest/program.js';
export {
  loadProgram,
  readIrb,
  readSchibRegion,
  startAndTake,
  startProgram,
  startRequest,
  takeCrw,
  takeIrb,
  writeAsyncCommand,
} from '../harness/vfio/requests.js';
