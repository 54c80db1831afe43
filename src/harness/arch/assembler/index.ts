/**
 * The channel-program assembler: `assemble` makes a program of text (docs/programs.md), `writeAssembly` text of a program.
 * `lines` splits, `expressions` reads numbers and addresses, `operations` and `orb-directive` know the words, `context` holds
 * what they share.
 */
export { assemble } from './assemble.js';
export { writeAssembly } from './write.js';
