/** What a channel engine is part of. */

import type { MachinePlatform } from './platforms.js';
import type { Scheduler } from './scheduler.js';
import type { AbsoluteStorage } from './storage.js';
import type { Subchannel } from './subchannel.js';
import type { MachineTrace } from './trace.js';

/** The channel subsystem, as its engines see it. */
export interface EngineHost {
  /** host number, from 0 */
  readonly host: number;
  readonly storage: AbsoluteStorage;
  readonly scheduler: Scheduler;
  readonly platform: MachinePlatform;
  readonly trace: MachineTrace;
  /** address limit of SET ADDRESS LIMIT */
  readonly addressLimit: number;
  /** Status was made pending at `subchannel`. @returns true if that made an interruption pending */
  statusPending(subchannel: Subchannel): boolean;
}
