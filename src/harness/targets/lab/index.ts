/**
 * The lab: a machine on QEMU or Hercules with the real driver and an agent on it. `boot` is the way in, `lab` what it gives;
 * `kernel/` builds and keeps kernels, `guest/` what runs on them, `guardian/` sees that nothing is left behind, `qemu/` and
 * `hercules/` are the machines, `debian-packages` and `packages` bring what is missing.
 */
export { bootLab, prepareLab } from './boot.js';
export { cacheFolder } from './cache.js';
export { ConsoleLog, keptLogs, labLog, logsFolder } from './console-log.js';
export { kernelReports } from './kernel-reports.js';
export { platforms, type Lab, type LabDevice, type LabMonitor, type LabOptions, type Platform } from './lab.js';
export { isLabName, labNames, labSettings, makeLabTarget, type LabWishes } from './lab-target.js';
export { configurationNames, DEFAULT_KERNEL, findKernel, type Kernel } from './kernel/index.js';
export { installCommand, missingNeeds } from './packages.js';
