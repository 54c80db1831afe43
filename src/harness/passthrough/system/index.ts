/**
 * Linux around the driver, as a model: processes and files, VFIO groups and containers, character devices and iommufd,
 * the css bus and mdevs in sysfs.
 *
 * - system-model: the kernel-wide state and the ledger; process: one process's system calls; port: them as a SystemPort
 * - address-space, frames: user memory and what is behind it
 * - vfs, open-file: names, and what an open file does; null-device, eventfd: two small files
 * - container, type1, mapping-tree, pin-records: the container way; iommufd, iommufd-access, ioas: the iommufd way
 * - vfio-device, vfio-group: the VFIO core; mdev, css-bus, channel-paths: sysfs; hooks: what the wiring supplies for it
 */
export { CssBus } from './css-bus.js';
export { addChannelPaths } from './channel-paths.js';
export type { ChannelPathHooks, CssDriver, SubchannelHooks } from './hooks.js';
export { systemPortOf } from './port.js';
export type { Process } from './process.js';
export { SystemModel, type SystemOptions } from './system-model.js';
export { Blocked } from './vfs.js';
