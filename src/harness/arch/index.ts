/**
 * The architecture's structures, as views over big-endian bytes, and the tools for channel programs: `builder` for cases,
 * `assembler` for text, `disassembler` for listings, `explain` for words. No state; imports only `errors`.
 */
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
export * from './mnemonics.js';
export * from './explain/index.js';
export * from './storage-image.js';
export * from './disassembler.js';
export { encodeIdaws, indirectKind, type IndirectKind, type IndirectPiece } from './indirect-layout.js';
export * from './builder.js';
export { decodeEbcdic, toEbcdic } from './ebcdic.js';
export * from './assembler/index.js';
