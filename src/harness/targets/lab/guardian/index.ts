/**
 * The guardian of a lab: `main` is the process that starts and ends everything, `guardian` our side of it, `messages` what they
 * tell each other.
 */
export { Guardian, type GuardedOptions, type GuardedProcess } from './guardian.js';
export { lineSplitter } from './messages.js';
