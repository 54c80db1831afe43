/** The architecture's structures, as views over big-endian bytes. No state; imports nothing of ours. */
export * from './bytes.js';
export * from './ccw.js';
export * from './crw.js';
export * from './idaw.js';
export * from './irb.js';
export * from './orb.js';
export * from './schib.js';
export * from './scsw.js';
export * from './sense.js';
export * from './program.js';
