/** The driver bound to a subchannel: section 2.1 of the reference, and what the css bus tells it. */

import { PmcwFlag } from '../../arch/index.js';
import { Errno } from '../../uapi/index.js';
import type { CcwDevice, CcwDriver } from '../driver-port.js';
import { DeviceState } from './device-state.js';
import { PassthroughDevice } from './device.js';
import type { HostKernel } from './host-kernel.js';
import type { HostSubchannel, PathEvent, SubchannelDriver } from './host-subchannel.js';
import { takePathEvent } from './path-events.js';
import { Event, State, stateNames, type StateName } from './states.js';

/** vfio_ccw, bound to one subchannel. */
export class PassthroughDriver implements CcwDriver, SubchannelDriver {
  readonly #host: HostKernel;
  #state: DeviceState | undefined;

  constructor(readonly subchannel: HostSubchannel) {
    this.#host = subchannel.host;
  }

  /** The present state, of the mdev or of the binding; undefined if there is none. */
  get state(): DeviceState | undefined {
    return this.#state;
  }

  /** State machine's state, NOT_OPER if there is no mdev. */
  get stateName(): StateName {
    return stateNames[this.#state?.state ?? State.notOperational];
  }

  /** LIF-001: a subchannel with queued direct I/O is refused. */
  probe(): number {
    this.subchannel.updateSchib();
    if ((this.subchannel.flags & PmcwFlag.qdio) !== 0) {
      this.#host.log.add(`vfio_ccw: ${this.subchannel.name}: queued direct I/O cannot be passed through`);
      return -Errno.ENODEV;
    }
    if (!this.#host.memory.charge(1)) return -Errno.ENOMEM;
    if (this.#host.profile.stateBelongsTo === 'subchannel') {
      this.#state = DeviceState.create(this.#host, this.subchannel);
      if (this.#state === undefined) return -Errno.ENOMEM;
    }
    this.subchannel.driver = this;
    return 0;
  }

  remove(): void {
    this.subchannel.driver = undefined;
    this.#state?.release();
    this.#state = undefined;
  }

  createDevice(): CcwDevice | number {
    if (this.#host.profile.stateBelongsTo === 'subchannel') {
      if (this.#state === undefined || this.#state.state === State.notOperational) return -Errno.ENODEV;
      return new PassthroughDevice(this.#state, () => undefined);
    }
    const state = DeviceState.create(this.#host, this.subchannel);
    if (state === undefined) return -Errno.ENOMEM;
    this.#state = state;
    return new PassthroughDevice(state, () => {
      this.#state = undefined;
      state.release();
    });
  }

  /** FSM-027. */
  shutdown(): void {
    this.#state?.raise(Event.close);
    this.#state?.raise(Event.notOperational);
  }

  interrupt(irb: Uint8Array): void {
    if (this.#state === undefined) {
      this.#host.log.add(`vfio_ccw: ${this.subchannel.name}: interruption without a device`);
      this.subchannel.disable();
      return;
    }
    this.#state.processorIrb = irb;
    this.#state.raise(Event.interruption);
  }

  /** FSM-025, FSM-026. */
  subchannelEvent(): void {
    const { subchannel } = this;
    subchannel.lock.acquire();
    if (!subchannel.unregisterPending && subchannel.updateSchib() !== 0) this.#state?.raise(Event.notOperational);
    subchannel.lock.release();
  }

  /** PTH-019: nobody to tell without an mdev. */
  pathEvent(mask: number, chpid: number, event: PathEvent): number {
    return this.#state === undefined ? 0 : takePathEvent(this.#state, mask, chpid, event);
  }
}
