/** 'memory-adversary': guest memory that changes between two reads of the driver, and the bytes that were read twice. */

import type { MemoryAdversary } from '../../../ports/index.js';
import type { ModelHost } from '../model-host.js';
import type { DriverPoints } from './driver-points.js';

/** The driver passes here once a request, before it reads any guest memory. */
const REQUEST_BEGINS = 'driver:io-region-copied';

interface Change {
  readonly iova: number;
  readonly bytes: Uint8Array;
  /** reads of `iova` that are still to come before the change */
  left: number;
  /** false until the request begins in which it is to happen */
  armed: boolean;
}

interface Range {
  readonly iova: number;
  readonly length: number;
}

/** Watches from the moment it is made: the request in question must come after that. */
export class ModelAdversary implements MemoryAdversary {
  #changes: Change[] = [];
  #reads: Range[] = [];

  constructor(
    readonly host: ModelHost,
    points: DriverPoints,
  ) {
    host.kernel.host.onGuestRead = (iova, length) => {
      this.#read(iova, length);
    };
    points.always(REQUEST_BEGINS, () => {
      this.#reads = [];
      for (const change of this.#changes) change.armed = true;
    });
  }

  changeAfterRead(iova: number, nth: number, bytes: Uint8Array): Promise<void> {
    this.#changes.push({ iova, bytes: bytes.slice(), left: nth, armed: false });
    return Promise.resolve();
  }

  doubleFetches(): Promise<readonly Range[]> {
    return Promise.resolve(overlaps(this.#reads));
  }

  #read(iova: number, length: number): void {
    this.#reads.push({ iova, length });
    for (const change of this.#changes) {
      const covers = iova <= change.iova && change.iova < iova + length;
      if (change.armed && covers && --change.left === 0) this.host.poke(change.iova, change.bytes);
    }
    this.#changes = this.#changes.filter(({ left }) => left > 0);
  }
}

/** The bytes that more than one of `reads` covers, as ranges in order of address. */
function overlaps(reads: readonly Range[]): Range[] {
  const edges = reads.flatMap(({ iova, length }) => [
    { at: iova, step: 1 },
    { at: iova + length, step: -1 },
  ]);
  edges.sort((a, b) => a.at - b.at || b.step - a.step);
  const found: Range[] = [];
  let depth = 0;
  let from = 0;
  for (const { at, step } of edges) {
    if (step === 1 && ++depth === 2) from = at;
    else if (step === -1 && depth-- === 2 && at > from) found.push({ iova: from, length: at - from });
  }
  return found;
}
