/** 'host-instructions': what the driver asked of the host subchannel. */

import type { HostView } from '../../../ports/index.js';
import type { ModelHost } from '../model-host.js';

/** The view of `host`. */
export function hostView({ kernel }: ModelHost): HostView {
  const { recorder } = kernel.host;
  return {
    starts: () => Promise.resolve([...recorder.starts]),
    instructions: () => Promise.resolve([...recorder.instructions]),
    pinCalls: () => Promise.resolve([...recorder.pinCalls]),
    pathMask: () => Promise.resolve(kernel.subchannel.lpm),
    driverState: () => Promise.resolve(kernel.driver.stateName),
  };
}
