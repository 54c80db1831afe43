/** What was changed on a host to attach a device, in order, so that it can be put back. */

import type { SystemPort } from '../../ports/index.js';

/**
 * One change. It is written down before it is made: a change that was never made is put back by finding nothing to do.
 *
 * - offline: the CCW device was set offline
 * - unbind: the subchannel was taken from `driver`
 * - override: driver_override was set; `before` is what it held, null for nothing
 * - probe: the subchannel was given to vfio_ccw
 * - create: the mdev was made
 */
export type AttachStep =
  | { readonly step: 'offline'; readonly device: string }
  | { readonly step: 'unbind'; readonly driver: string }
  | { readonly step: 'override'; readonly before: string | null }
  | { readonly step: 'probe' }
  | { readonly step: 'create'; readonly uuid: string };

/** Where the changes are written down. */
export interface Journal {
  /** Called once it is known which subchannel is meant, before the first change. */
  begin(subchannel: string, deviceNumber: string): void;
  /** Called before each change. */
  add(step: AttachStep): void;
  /** Called when everything has been put back. */
  end(): void;
  readonly steps: readonly AttachStep[];
}

/** A journal for a host that nobody goes back to: a lab's kernel ends with its run. */
export class MemoryJournal implements Journal {
  readonly #steps: AttachStep[] = [];

  get steps(): readonly AttachStep[] {
    return this.#steps;
  }

  begin(): void {
    // nothing is kept beyond the steps
  }

  add(step: AttachStep): void {
    this.#steps.push(step);
  }

  end(): void {
    this.#steps.length = 0;
  }
}

/** A device that was attached, and what puts everything back. */
export interface Attachment {
  readonly subchannel: string;
  /** bus id of the device */
  readonly deviceNumber: string;
  readonly uuid: string;
  readonly journal: Journal;
  /** the mdev was there before, and stays: nothing was changed */
  readonly adopted: boolean;
  readonly system: SystemPort;
}
