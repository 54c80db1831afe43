/** Channel programs for ECKD devices: parameters by name, and the programs of the Linux DASD driver. */
export * from './analysis.js';
export * from './blocks.js';
export * from './format.js';
export * from './labels.js';
export * from './parameters.js';
export * from './recognition.js';
export * from './reserve.js';
export * from './steps.js';
