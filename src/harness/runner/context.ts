/** What a running case is given. Everything that it opens here is remembered, and closed for it in reverse order. */

import { CcwspecError, messageOf } from '../errors/index.js';
import type {
  ChannelOptions,
  ChannelPort,
  TargetControls,
  TargetSession,
  VfioOpenOptions,
  VfioPort,
} from '../ports/index.js';
import type { CaseContext } from './case.js';
import { ExpectationError, type CaseExpect } from './expectations.js';
import { randomFrom } from './random.js';

/** Thrown by `context.skip`, and by nothing else. */
export class CaseSkipped extends Error {
  override readonly name = 'CaseSkipped';
}

/** Something that the case opened. */
interface Opened {
  readonly what: string;
  close(): Promise<void>;
}

/** The context of a case that runs; closes what the case opened. */
export class RunningContext implements CaseContext {
  readonly system: CaseContext['system'];
  readonly places: CaseContext['places'];
  readonly #opened: Opened[] = [];
  readonly #random: () => number;
  #over = false;
  #skipped: string | undefined;

  constructor(
    readonly session: TargetSession,
    readonly expect: CaseExpect,
    readonly options: ReadonlyMap<string, string>,
    seed: number,
    private readonly sayNote: (text: string) => void,
  ) {
    this.system = session.system;
    this.places = session.places;
    this.#random = randomFrom(seed);
  }

  /** The reason that the case gave for skipping itself. */
  get skipped(): string | undefined {
    return this.#skipped;
  }

  // Properties, not methods: a case may take them apart (`async ({ openVfio, skip }) => …`).

  readonly control = <Name extends keyof TargetControls>(name: Name): NonNullable<TargetControls[Name]> => {
    const control = this.session.controls[name];
    if (control === undefined) {
      throw new Error(`this target has no control '${name}'; a case that uses it names the capability in its needs`);
    }
    return control;
  };

  readonly openVfio = async (options?: VfioOpenOptions): Promise<VfioPort> => {
    this.#refuseWhenOver();
    return this.#keep('the vfio device', await refusal('vfio device', this.session.openVfio(options)));
  };

  readonly openChannel = async (options?: ChannelOptions): Promise<ChannelPort> => {
    this.#refuseWhenOver();
    return this.#keep('the guest', await refusal('guest channel subsystem', this.session.openChannel(options)));
  };

  readonly secondHost = async (): Promise<TargetSession> => {
    this.#refuseWhenOver();
    return this.#keep('the second host', await this.control('secondHost')());
  };

  readonly skip = (reason: string): never => {
    this.#skipped ??= reason;
    throw new CaseSkipped(reason);
  };

  readonly note = (text: string): void => {
    if (!this.#over) this.sayNote(text);
  };

  readonly random = (): number => this.#random();

  /** Ends the case's use of the target. A body that is still pending can open nothing any more. */
  end(): void {
    this.#over = true;
  }

  /** Closes what was opened, last first, all of it. @returns what could not be closed, and what closing threw */
  async closeAll(): Promise<{ what: string; thrown: unknown }[]> {
    this.#over = true;
    const troubles: { what: string; thrown: unknown }[] = [];
    for (let opened = this.#opened.pop(); opened !== undefined; opened = this.#opened.pop()) {
      try {
        await opened.close();
      } catch (thrown) {
        troubles.push({ what: opened.what, thrown });
      }
    }
    return troubles;
  }

  async #keep<T extends { close(): Promise<void> }>(what: string, port: T): Promise<T> {
    if (this.#over) {
      await port.close();
      this.#refuseWhenOver();
    }
    this.#opened.push({ what, close: () => port.close() });
    return port;
  }

  #refuseWhenOver(): void {
    if (this.#over) throw new Error('the case is over; it can open nothing any more');
  }
}

/** A refusal by the driver ends the case as a failure; trouble of the harness stays what it is. */
async function refusal<T>(what: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (thrown) {
    if (thrown instanceof CcwspecError && thrown.code !== 'E-VFIO-OPEN') throw thrown;
    throw new ExpectationError(`expected the ${what} to open; it was refused: ${messageOf(thrown)}`, undefined, {
      cause: thrown,
    });
  }
}
