/** A machine: virtual time, storage and channel subsystems, wired together; one host, or several that share devices. */

import { ChannelSubsystem, type SubchannelDescription } from './channel-subsystem.js';
import { architecture, type MachinePlatform } from './platforms.js';
import { Scheduler } from './scheduler.js';
import { AbsoluteStorage } from './storage.js';
import type { Subchannel } from './subchannel.js';
import { MachineTrace } from './trace.js';

/** How a machine is made; everything may be left out. */
export interface MachineOptions {
  /** bytes of each host's low and high bank, see AbsoluteStorage */
  readonly lowBytes?: number;
  readonly highBytes?: number;
  readonly platform?: MachinePlatform;
  /** makes each host's storage; default a new AbsoluteStorage */
  readonly storage?: () => AbsoluteStorage;
  /** shared with other parts of a model, if they have one already */
  readonly scheduler?: Scheduler;
}

/** One machine: a scheduler, and hosts with storage and channel subsystem. */
export class Machine {
  readonly scheduler: Scheduler;
  readonly platform: MachinePlatform;
  /** the last events of all hosts */
  readonly trace = new MachineTrace();
  /** the channel subsystem of each host; host 0 exists from the start */
  readonly hosts: ChannelSubsystem[] = [];

  readonly #options: MachineOptions;

  constructor(options: MachineOptions = {}) {
    this.#options = options;
    this.scheduler = options.scheduler ?? new Scheduler();
    this.platform = options.platform ?? architecture;
    this.addHost();
  }

  /** The channel subsystem of host 0. */
  get css(): ChannelSubsystem {
    const [first] = this.hosts;
    if (first === undefined) throw new RangeError('a machine has at least one host');
    return first;
  }

  /** The storage of host 0. */
  get storage(): AbsoluteStorage {
    return this.css.storage;
  }

  /**
   * Adds a host with its own channel subsystem.
   * @param storage the host's storage; a new one of the machine's size if left out
   */
  addHost(storage?: AbsoluteStorage): ChannelSubsystem {
    const css = new ChannelSubsystem({
      storage:
        storage ?? this.#options.storage?.() ?? new AbsoluteStorage(this.#options.lowBytes, this.#options.highBytes),
      scheduler: this.scheduler,
      host: this.hosts.length,
      platform: this.platform,
      trace: this.trace,
    });
    this.hosts.push(css);
    return css;
  }

  /** Installs a subchannel at host 0, see ChannelSubsystem.addSubchannel. */
  addSubchannel(description: SubchannelDescription): Subchannel {
    return this.css.addSubchannel(description);
  }

  /** The last events in words, for a failing case. */
  evidence(): string[] {
    return this.trace.lines();
  }
}
