/** Errors of the harness itself: each has a stable code, names the place, and ends with the next thing to try. */

import { catalogue, type ErrorCode } from './catalogue.js';

export { closest, didYouMean } from './closest.js';
export { catalogue, type ErrorCode, type CatalogueEntry } from './catalogue.js';

/** An error that a user can do something about. */
export class CcwspecError extends Error {
  override readonly name = 'CcwspecError';

  /**
   * @param code stable code, listed in the catalogue
   * @param what what happened, naming the file, place or device
   * @param next what to try next; the catalogue's advice if left out
   */
  constructor(
    readonly code: ErrorCode,
    readonly what: string,
    readonly next: string = catalogue[code].next,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${what}\n  ${next}`, options);
  }

  /** The exit code that a command ends with for this error. */
  get exitCode(): number {
    return catalogue[this.code].exit;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The name of the package that could not be found, if that is what `thrown` says (Node's ERR_MODULE_NOT_FOUND). */
export function missingPackage(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  if (thrown.code !== 'ERR_MODULE_NOT_FOUND' && thrown.code !== 'MODULE_NOT_FOUND') return undefined;
  return /^Cannot find (?:package|module) '([^'./][^']*)'/.exec(thrown.message)?.[1];
}
