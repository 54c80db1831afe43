/** A folder for scratch copies of volumes, gone when the process is. */

import tmp from 'tmp';

/** The folder. */
export interface Scratch {
  readonly path: string;
  remove(): void;
}

/** Makes a folder that only this user can read, under the system's folder for temporary files. */
export function makeScratch(): Scratch {
  tmp.setGracefulCleanup();
  const { name, removeCallback } = tmp.dirSync({ prefix: 'ccwspec', unsafeCleanup: true });
  return { path: name, remove: removeCallback };
}
