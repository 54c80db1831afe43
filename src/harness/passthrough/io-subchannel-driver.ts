/**
 * The kernel's own driver of I/O subchannels, with its device offline: as much of io_subchannel as others see, namely the path
 * masks that it leaves behind.
 */

import { SchibOffset, viewOf } from '../arch/index.js';
import { type HostSubchannel, PathEvent } from './driver/index.js';
import type { CssDriver } from './system/index.js';

/** io_subchannel, the default driver, as far as binding and path events show it. */
export class IoSubchannelDriver implements CssDriver {
  /** @param isVariedOn whether a path is not varied off */
  constructor(
    readonly subchannel: HostSubchannel,
    readonly isVariedOn: (chpid: number) => boolean,
  ) {}

  probe(): number {
    const { subchannel } = this;
    subchannel.driver = {
      interrupt: () => undefined,
      subchannelEvent: () => {
        if (subchannel.updateSchib() !== 0) subchannel.scheduleUnregister();
      },
      pathEvent: (mask, _chpid, event) => this.#pathEvent(mask, event),
    };
    const view = viewOf(subchannel.schib);
    const chpids = Array.from({ length: 8 }, (_, path) => view.getUint8(SchibOffset.chpid + path));
    subchannel.initialise(new Set(chpids.filter((chpid) => !this.isVariedOn(chpid))));
    return 0;
  }

  remove(): void {
    this.subchannel.driver = undefined;
  }

  #pathEvent(mask: number, event: PathEvent): number {
    const { subchannel } = this;
    if (event === PathEvent.varyOff) {
      subchannel.opm &= ~mask;
      subchannel.lpm &= ~mask;
    } else if (event === PathEvent.varyOn) {
      subchannel.opm |= mask;
      subchannel.lpm |= mask;
    } else if (event === PathEvent.online) {
      subchannel.lpm |= mask & subchannel.opm;
    }
    return 0;
  }
}
