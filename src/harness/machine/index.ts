/**
 * The machine: absolute storage, virtual time, channel subsystems with their subchannels, paths and channel engines, and
 * the interface of the devices behind them. It knows nothing of Linux, VFIO or QEMU.
 */
export * from './channel-path.js';
export * from './channel-report.js';
export * from './channel-subsystem.js';
export * from './device-model.js';
export * from './host-instructions.js';
export * from './host-recording.js';
export * from './machine.js';
export * from './middleware/index.js';
export * from './platforms.js';
export * from './scheduler.js';
export * from './storage.js';
export * from './subchannel.js';
export * from './trace.js';
