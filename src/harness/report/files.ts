/** Writing report files so that what was measured stays, whatever ends the run. */

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CcwspecError, messageOf } from '../errors/index.js';

/** A text file that is written as it goes: every `write` has reached the kernel when it returns. */
export class AppendedFile {
  readonly #fd: number;

  /** Opens `path` for writing, empty. @throws CcwspecError E-OUTPUT */
  constructor(readonly path: string) {
    this.#fd = openForWriting(path);
  }

  /** @throws Error of the system call, for example ENOSPC */
  write(text: string): void {
    writeAll(this.#fd, text);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/**
 * A file that is written as a whole at the end: under another name first, so that a reader never sees half of it. That the
 * folder can be written is found out at once. Drafts may take its place until then.
 */
export class WholeFile {
  readonly #fd: number;
  readonly #part: string;
  #written = false;

  /** @throws CcwspecError E-OUTPUT */
  constructor(readonly path: string) {
    try {
      makeFolders(dirname(path));
      const isSpecial = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
      this.#part = isSpecial ? path : `${path}.part`;
    } catch (thrown) {
      throw outputError(path, thrown);
    }
    this.#fd = openForWriting(this.#part);
  }

  /**
   * Puts `text` in the file's place until it is written. One that cannot be written is given up without a word: `write` is
   * tried all the same, and tells. Nothing is done where the file is no regular one.
   */
  draft(text: string): void {
    if (this.#part === this.path) return;
    const draft = `${this.path}.draft`;
    try {
      writeFileSync(draft, text);
      renameSync(draft, this.path);
    } catch {
      rmSync(draft, { force: true });
    }
  }

  /** @throws Error of the system call, for example ENOSPC */
  write(text: string): void {
    writeAll(this.#fd, text);
    if (this.#part !== this.path) renameSync(this.#part, this.path);
    this.#written = true;
  }

  /** Closes the file; what was not written to its end is removed. */
  close(): void {
    closeSync(this.#fd);
    if (!this.#written && this.#part !== this.path) rmSync(this.#part, { force: true });
  }
}

/**
 * Makes the folder `path`, and those above it that are missing. (Node's own `recursive` never returns for a folder below one
 * that is there and takes none, such as /proc.)
 * @throws Error of the system call, or one that names what is not a folder
 */
export function makeFolders(path: string): void {
  if (isFolder(path)) return;
  if (existsSync(path)) throw new Error(`${path} is not a folder`);
  makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (thrown) {
    if (!isFolder(path)) throw thrown; // another run may have made it meanwhile
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** @throws CcwspecError E-OUTPUT that names `path` */
export function outputError(path: string, thrown: unknown): CcwspecError {
  return new CcwspecError('E-OUTPUT', `${path} cannot be written: ${messageOf(thrown)}`, undefined, { cause: thrown });
}

function openForWriting(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (thrown) {
    throw outputError(path, thrown);
  }
}

/** A write may take only a part, on a file system that is nearly full. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}
