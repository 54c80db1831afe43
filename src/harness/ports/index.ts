/** The interfaces between the floors: system calls, one vfio device, the channel instructions, a target. */
export * from './calls.js';
export * from './channel-port.js';
export * from './system-port.js';
export * from './target.js';
export * from './vfio-port.js';
