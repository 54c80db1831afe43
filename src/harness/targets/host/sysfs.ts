/** Reading and writing sysfs over a SystemPort: text without its line end, refusals as errors that name the file. */

import { CcwspecError } from '../../errors/index.js';
import type { SystemPort } from '../../ports/index.js';
import { describeResult, Errno } from '../../uapi/index.js';

/** Milliseconds between two looks at something that is to change. */
const LOOK_AGAIN = 20;
/** Milliseconds that the kernel may take for one change; a DASD that goes online has read its labels by then. */
export const CHANGE_LIMIT = 15_000;

/** A write that the host refused. */
export class RefusedWrite extends CcwspecError {
  constructor(
    readonly path: string,
    readonly text: string,
    /** what the write gave, a negative errno */
    readonly result: number,
  ) {
    super('E-HOST-REFUSED', `the host refused ${JSON.stringify(text)} for ${path}: ${describeResult(result)}`);
  }
}

/** The attributes of a host. */
export class HostSysfs {
  constructor(readonly system: SystemPort) {}

  /** The attribute's text without white space around it; undefined where it cannot be read. */
  async text(path: string): Promise<string | undefined> {
    const content = await this.system.readAttribute(path);
    return typeof content === 'string' ? content.trim() : undefined;
  }

  /** Names in a folder; none where there is no such folder. */
  async list(path: string): Promise<readonly string[]> {
    const names = await this.system.list(path);
    return typeof names === 'number' ? [] : names;
  }

  async exists(folder: string): Promise<boolean> {
    return typeof (await this.system.list(folder)) !== 'number';
  }

  /**
   * Writes an attribute. A write that sleeps for longer than `limit` milliseconds (an mdev that is open is not removed before
   * it is closed) counts as refused with EBUSY; it goes on in the host.
   * @throws RefusedWrite
   */
  async write(path: string, text: string, limit = CHANGE_LIMIT): Promise<void> {
    const result = await this.#within(limit, this.system.writeAttribute(path, text));
    if (result < 0) throw new RefusedWrite(path, text, result);
  }

  /** Looks until `condition` holds. @returns false when `limit` milliseconds are over without it */
  async until(condition: () => Promise<boolean>, limit = CHANGE_LIMIT): Promise<boolean> {
    for (let waited = 0; !(await condition()); waited += LOOK_AGAIN) {
      if (waited >= limit) return false;
      await this.pass(LOOK_AGAIN);
    }
    return true;
  }

  /** Lets `milliseconds` pass on the host's clock: virtual in the model. */
  async pass(milliseconds: number): Promise<void> {
    await this.system.waitEventfds([], milliseconds);
  }

  /** The clock of the limit does not start before the call had a chance to return: most writes return at once. */
  async #within(limit: number, call: Promise<number>): Promise<number> {
    const state: { result?: number } = {};
    const done = call.then((result) => {
      state.result = result;
    });
    done.catch(() => undefined); // nobody may be waiting for it any more when the host goes
    await Promise.race([done, this.pass(1)]);
    for (let waited = 1; state.result === undefined && waited < limit; waited += LOOK_AGAIN) {
      await Promise.race([done, this.pass(LOOK_AGAIN)]);
    }
    return state.result ?? -Errno.EBUSY;
  }
}
