/**
 * The in-process model of the whole path: machine, driver, guest and device, wired.
 *
 * - model-target: what the runner starts; model-options: its settings
 * - model-session: one session; model-host: one host of it, with its kernel
 * - controls/: what the capabilities promise beyond the ports, each on the hooks of machine and kernel
 */
export type { ModelHost } from './model-host.js';
export { modelSettings, readModelOptions, type ModelOptions } from './model-options.js';
export type { ModelSession } from './model-session.js';
export { ModelTarget } from './model-target.js';
