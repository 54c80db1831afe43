/** The error of a device that could not be opened. */

import { CcwspecError } from '../errors/index.js';
import { describeResult } from '../uapi/index.js';

/** A step of opening a device was refused. */
export class VfioOpenError extends CcwspecError {
  /**
   * @param step the call that was refused, for example `VFIO_GROUP_SET_CONTAINER on /dev/vfio/0`
   * @param result what the kernel answered, a negative errno
   */
  constructor(
    readonly step: string,
    readonly result: number,
  ) {
    super('E-VFIO-OPEN', `${step}: ${describeResult(result)}`);
  }
}
