/**
 * Program files, what `ccwspec exec` runs: `parse` reads both forms, `encode` writes the JSON form and outcomes, `types` says
 * what they hold; `json-source`, `checked` and `memory-map` are for `parse`. Imports only `arch` and `errors`.
 */
export * from './types.js';
export { parseProgramFile } from './parse.js';
export * from './encode.js';
export { isMapped, rangeText } from './memory-map.js';
