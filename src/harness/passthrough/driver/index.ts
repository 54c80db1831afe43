/**
 * The vfio-ccw driver of the host kernel, and the common I/O layer under it.
 *
 * - host-kernel.ts: what everything here shares: profile, workqueue, memory, injected failures, recorded faults
 * - common-io.ts, host-subchannel.ts: interruptions, channel reports, path states; enabling, disabling, ending what runs
 * - driver.ts, device.ts: what the css bus and the VFIO core call
 * - device-state.ts, states.ts, state-machine.ts, actions.ts: the state machine
 * - regions.ts, device-ioctls.ts: the device's regions and requests
 * - channel-program.ts with ccw-chain.ts, segments.ts, idal.ts, page-array.ts, guest-fetch.ts: the program's translation
 * - interrupt-relay.ts, path-events.ts, crw-queue.ts: the ways back to the guest
 * - fault-injection.ts, kernel-faults.ts, kernel-log.ts, host-view.ts: failures on demand, and what can be seen from outside
 * - locks.ts, workqueue.ts: concurrency
 */
export { CommonIo } from './common-io.js';
export { PassthroughDevice } from './device.js';
export { PassthroughDriver } from './driver.js';
export { FaultInjection } from './fault-injection.js';
export { HostKernel, type HostParts } from './host-kernel.js';
export { HostSubchannel, PathEvent } from './host-subchannel.js';
export type { KernelFault } from './kernel-faults.js';
export { State, stateNames, type StateName } from './states.js';
export { WORKER_LATENCY } from './workqueue.js';
