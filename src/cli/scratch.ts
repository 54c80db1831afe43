/** A folder for scratch copies of volumes, gone when the process is. */

import { createRequire } from 'node:module';

import type * as Tmp from 'tmp';

import { CcwspecError, messageOf } from '../harness/errors/index.js';

/** Loaded when the first folder is made: most commands make none. */
const load = createRequire(import.meta.url);

/** The folder. */
export interface Scratch {
  readonly path: string;
  remove(): void;
}

/** A folder for a whole run, made when the first copy needs it: a run that makes none leaves none behind, even if it is killed. */
export class RunScratch {
  #scratch: Scratch | undefined;

  /** The folder; it is made now if it was not. @throws CcwspecError E-OUTPUT */
  readonly folder = (): string => (this.#scratch ??= makeScratch()).path;

  /** The folder if it was made. */
  get made(): string | undefined {
    return this.#scratch?.path;
  }

  remove(): void {
    this.#scratch?.remove();
  }
}

/** Makes a folder that only this user can read, under the system's folder for temporary files. @throws CcwspecError E-OUTPUT */
export function makeScratch(): Scratch {
  const tmp = load('tmp') as typeof Tmp;
  tmp.setGracefulCleanup();
  try {
    const { name, removeCallback } = tmp.dirSync({ prefix: 'ccwspec', unsafeCleanup: true });
    return { path: name, remove: removeCallback };
  } catch (thrown) {
    throw new CcwspecError(
      'E-OUTPUT',
      `there is no folder for temporary files: ${messageOf(thrown)}`,
      'Set TMPDIR to a folder that is there and can be written.',
      { cause: thrown },
    );
  }
}
