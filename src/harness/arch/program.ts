/** A channel program in storage, ready to be started: what the assembler makes and `exec` runs. */

import type { Orb } from './orb.js';

/** Bytes at an address of guest storage. */
export interface StoragePiece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** An area of guest storage to look at afterwards. */
export interface WatchedArea {
  readonly at: number;
  readonly length: number;
}

/** A program with everything it needs in storage. */
export interface AssembledProgram {
  readonly name: string;
  readonly memory: readonly StoragePiece[];
  readonly orb: Orb;
  /** SCSW words that go with the request; default: function control start */
  readonly scsw?: Uint8Array;
  readonly dump: readonly WatchedArea[];
  /** addresses of labels, named buffers and data */
  readonly labels: ReadonlyMap<string, number>;
}
