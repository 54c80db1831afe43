/** What a fresh volume has on it. */

/**
 * `default`: IPL records and a label on track 0, nothing but record 0 on all others. `linux`: formatted in 4096-byte blocks
 * with an empty VTOC, as `dasdfmt` with the compatible disk layout does. `raw`: record 0 only, on all tracks.
 */
export const layouts = ['default', 'linux', 'raw'] as const;
export type Layout = (typeof layouts)[number];
