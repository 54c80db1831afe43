/** A requirement: one sentence that can be true or false of the stack, and where it is written. */

/** A document that requirements cite (docs/requirements/documents.yaml). */
export interface RequirementDocument {
  readonly title: string;
  readonly edition: string;
  /**
   * `source`: program text that was read; `uapi`: a published interface; `manual`: an architecture or product manual;
   * `observation`: what a real system answered
   */
  readonly kind: 'source' | 'uapi' | 'manual' | 'observation';
  /** said plainly where what is cited was not read in the document itself */
  readonly secondHand?: string;
}

/** A place in a document. */
export interface RequirementOracle extends RequirementDocument {
  /** clause, chapter, or file and function */
  readonly section: string;
}

/** Where a requirement of the channel or the device is meant to hold. */
export type Platform = 'emulator' | 'hercules' | 'device';

/** One requirement. */
export interface Requirement {
  /** stable, for example `TRN-014` */
  readonly id: string;
  readonly text: string;
  /** subject of the file that it stands in */
  readonly area: string;
  /** part of the stack that it is about: `ABI`, `translation`, `channel`, … */
  readonly layer: string;
  /** where it is written; the first is the one that decides */
  readonly oracle: readonly RequirementOracle[];
  /** true if it states a departure of Linux or QEMU from the architecture or from documentation */
  readonly deviation: boolean;
  /** what fails it, and why that is known */
  readonly fails?: string;
  /** platforms on which it holds; all that can run it, if empty */
  readonly on: readonly Platform[];
  /** platforms on which something else happens, and what */
  readonly differs: Readonly<Partial<Record<Platform, string>>>;
  /** platforms on which it holds with a reservation: what to allow, or that nobody has seen it yet */
  readonly tolerance: Readonly<Partial<Record<Platform, string>>>;
}
