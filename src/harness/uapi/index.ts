/** Linux's side of the interface: error numbers and the VFIO structures. Imports nothing of ours. */
export * from './errno.js';
export * from './vfio.js';
export * from './encode.js';
