/** What the css bus model needs of the host kernel's channel-subsystem code, supplied by the wiring. */

import type { CcwDriver } from '../driver-port.js';

/** A css driver that is not vfio_ccw, as far as binding goes. */
export interface CssDriver {
  /** @returns 0 or a negative errno */
  probe(): number;
  remove(): void;
}

/** One subchannel as the host kernel knows it. */
export interface SubchannelHooks {
  /** bus id, for example `0.0.0000` */
  readonly busId: string;
  /** subchannel type: 0 for I/O */
  readonly type: number;
  readonly ioSubchannel: CssDriver;
  readonly vfioCcw: CcwDriver;
  /** identifiers of the installed paths by position, 0 where the path mask has no bit */
  chpids(): readonly number[];
  /** path-installed, path-available and path-operational mask of the kernel's copy of the PMCW */
  masks(): readonly [pim: number, pam: number, pom: number];
  /** device number, or undefined if the subchannel has no device */
  deviceNumber(): number | undefined;
}

/** The channel paths of the host, as /sys/devices/css0/chp0.XX shows them. */
export interface ChannelPathHooks {
  readonly chpids: readonly number[];
  /** logically varied on */
  online(chpid: number): boolean;
  /** Varies the path for every subchannel. */
  vary(chpid: number, online: boolean): void;
  /** 0 standby, 1 configured, 2 reserved, 3 not recognized */
  configured(chpid: number): number;
  configure(chpid: number, online: boolean): void;
}
