/** A folder for scratch copies of volumes, gone when the process is. */

import { createRequire } from 'node:module';

import type * as Tmp from 'tmp';

/** Loaded when the first folder is made: most commands make none. */
const load = createRequire(import.meta.url);

/** The folder. */
export interface Scratch {
  readonly path: string;
  remove(): void;
}

/** Makes a folder that only this user can read, under the system's folder for temporary files. */
export function makeScratch(): Scratch {
  const tmp = load('tmp') as typeof Tmp;
  tmp.setGracefulCleanup();
  const { name, removeCallback } = tmp.dirSync({ prefix: 'ccwspec', unsafeCleanup: true });
  return { path: name, remove: removeCallback };
}
