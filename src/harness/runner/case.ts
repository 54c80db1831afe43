/** What a case is: data, and one function. This is the vocabulary of the public plugin API. */

import type {
  Capability,
  ChannelOptions,
  ChannelPort,
  DevicePlaces,
  SystemPort,
  TargetControls,
  TargetSession,
  VfioOpenOptions,
  VfioPort,
} from '../ports/index.js';
import type { Expect } from './expect.js';

/** What a case changes on the device: nothing, a scratch extent, or the whole volume. */
export type Touches = 'nothing' | 'scratch' | 'volume';

/** A case as a plugin defines it. */
export interface CaseDefinition {
  /** stable slug: `plugin/subject/what-is-seen`, lower case, never renamed */
  readonly id: string;
  /** one sentence that says what is decided */
  readonly decides: string;
  /** requirement ids that it covers (docs/requirements), at least one: they are its oracle */
  readonly requirements: readonly string[];
  /** bugs that it guards: CVE numbers, upstream commits */
  readonly guards?: readonly string[];
  /** lines of an ABI recording that it decides, by their label */
  readonly recorded?: readonly string[];
  readonly needs: readonly Capability[];
  readonly touches: Touches;
  /** true: what the case looks for is memory that the kernel loses, which only the kernel itself can tell where it is a real one */
  readonly leaks?: boolean;
  /** limit in milliseconds, virtual in the model and real elsewhere; default 30 000 */
  readonly limit?: number;
  readonly run: (context: CaseContext) => Promise<void>;
}

/** What a running case has. Whatever it opens through the context is closed for it. */
export interface CaseContext {
  readonly session: TargetSession;
  readonly system: SystemPort;
  readonly places: DevicePlaces;
  readonly expect: Expect;
  /** settings of this run: `-o key=value` and the suite's parameters */
  readonly options: ReadonlyMap<string, string>;
  /** a control that one of the case's needs promises. @throws if the target does not have it: the need was not declared */
  readonly control: <Name extends keyof TargetControls>(name: Name) => NonNullable<TargetControls[Name]>;
  /** Opens the device (see VfioOpenOptions); a refusal ends the case as a failure that shows the errno. */
  readonly openVfio: (options?: VfioOpenOptions) => Promise<VfioPort>;
  readonly openChannel: (options?: ChannelOptions) => Promise<ChannelPort>;
  /** Starts a session of another host with a path to the same device. */
  readonly secondHost: () => Promise<TargetSession>;
  /** Ends the case as skipped. */
  readonly skip: (reason: string) => never;
  /** A line for the report. */
  readonly note: (text: string) => void;
  /** 0 to 1, from the run's seed and the case's id */
  readonly random: () => number;
}

/** Marks `definition` as a case; gives editors the types. */
export function defineCase(definition: CaseDefinition): CaseDefinition {
  return definition;
}

/** Verdict of a case. */
export type Verdict = 'pass' | 'fail' | 'skip' | 'blocked' | 'error' | 'deviation' | 'unexpected-pass';
