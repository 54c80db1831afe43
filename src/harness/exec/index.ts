/**
 * Channel programs from files through a target: `run-program` runs one, `compare` tells two outcomes apart,
 * `explain-outcome` (with `hex-dump`) puts one into words.
 */
export * from './compare.js';
export * from './explain-outcome.js';
export * from './run-program.js';
