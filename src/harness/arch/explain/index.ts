/**
 * The architecture's structures in words, for people: `status` (SCSW, IRB), `sense`, `request` (ORB, CCW, IDAW) and
 * `subchannel` (SCHIB, CRW). Every function gives rows of field name and text; `rows` has the row and its printing.
 */
export { formatRows, type ExplainedRow } from './rows.js';
export * from './request.js';
export * from './sense.js';
export * from './status.js';
export * from './subchannel.js';
