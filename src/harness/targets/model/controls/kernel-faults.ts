/** 'kernel-faults': injected failures of the host kernel. */

import type { FaultInjection } from '../../../passthrough/driver/index.js';
import type { KernelFaults } from '../../../ports/index.js';

const done = Promise.resolve();

/** The control over `injection`. */
export function kernelFaults(injection: FaultInjection): KernelFaults {
  return {
    failAllocation: (ordinal) => {
      injection.failAllocationIn = ordinal;
      return done;
    },
    nextStart: (outcome) => {
      injection.nextStart = outcome;
      return done;
    },
    nextHaltOrClear: (conditionCode) => {
      injection.nextHaltOrClear = conditionCode;
      return done;
    },
    modify: (outcome) => {
      injection.modify = outcome;
      return done;
    },
    pinShort: () => {
      injection.pinShort = true;
      return done;
    },
  };
}
