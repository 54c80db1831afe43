/** A file of an image, read and written at given places. */

import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { CcwspecError, messageOf } from 'ccwspec/plugin';

/** An error about an image file; the code of all of them is E-IMAGE. */
export function imageError(path: string, what: string, next?: string): CcwspecError {
  return next === undefined
    ? new CcwspecError('E-IMAGE', `${path} ${what}`)
    : new CcwspecError('E-IMAGE', `${path} ${what}`, next);
}

export class ImageReader {
  readonly #descriptor: number;
  #closed = false;

  /** @throws CcwspecError E-IMAGE if the file cannot be opened or is not a regular file. */
  constructor(
    readonly path: string,
    readonly writable: boolean,
  ) {
    try {
      this.#descriptor = openSync(path, writable ? 'r+' : 'r');
    } catch (error) {
      throw imageError(
        path,
        `cannot be opened: ${messageOf(error)}`,
        'Check the name and the permissions of the file.',
      );
    }
    if (!fstatSync(this.#descriptor).isFile()) {
      closeSync(this.#descriptor);
      throw imageError(path, 'is not a regular file', 'Name the image file itself.');
    }
  }

  /** Length of the file in bytes. */
  get size(): number {
    return fstatSync(this.#descriptor).size;
  }

  /** `length` bytes at `offset`. @throws CcwspecError E-IMAGE if the file ends before. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(this.#descriptor, bytes, done, length - done, offset + done);
      if (count === 0)
        throw imageError(this.path, `ends at byte ${offset + done}, in the middle of what should be there`);
      done += count;
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, offset + done);
    }
  }

  /** Closes the file; a second time does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}
