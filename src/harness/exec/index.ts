/**
 * Channel programs from files through a target: `run-program` runs one, `compare` tells two outcomes apart, `json` is the
 * fixed shape for programs, `explain-outcome` (with `hex-dump`) the one for people.
 */
export * from './compare.js';
export * from './explain-outcome.js';
export * from './json.js';
export * from './run-program.js';
