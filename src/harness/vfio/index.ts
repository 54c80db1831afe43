/**
 * The VFIO client, once for every target: a VfioPort over a SystemPort.
 *
 * - open: openVfioDevice; backing: the two ways to a device file; open-error: what a refused step throws
 * - vfio-client: the open device; mapped-memory: guest memory by IOVA
 * - requests: what user space writes into the regions and reads from them, for cases
 */
export { openVfioDevice } from './open.js';
export { VfioOpenError } from './open-error.js';
export { GUARD, VfioClient } from './vfio-client.js';
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
} from './requests.js';
