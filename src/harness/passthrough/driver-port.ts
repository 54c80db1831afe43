/**
 * The line between the two halves of the kernel model: the driver (drivers/s390/cio/vfio_ccw_*: regions, state machine,
 * translation, interrupt relay) and the system side (VFIO core, groups, containers, iommufd, files, sysfs).
 */

import type { DmaBackend, UnmapListener } from './dma.js';

/** A reference to an eventfd, as the kernel holds one. */
export interface EventfdContext {
  /** Adds 1 to the count and wakes waiters. */
  signal(): void;
  /** Gives the reference back. */
  put(): void;
}

/** A user buffer as a driver call sees it: bytes, or an address that faults (copy_from_user and copy_to_user fail). */
export type DriverBuffer = Uint8Array | undefined;

/** One mdev of the driver: what the VFIO core calls (struct vfio_device_ops). Results are counts or negative errnos. */
export interface CcwDevice extends UnmapListener {
  /** The same for a close, which waits for queued work that is running too. */
  readonly closeBlocked?: boolean;
  /** First open. @returns 0 or a negative errno */
  open(dma: DmaBackend): number;
  /** Last close. */
  close(): void;
  /** read(2) family at file offset `offset` (unsigned 64 bit as a number; the index is taken modulo 2^32). */
  read(into: DriverBuffer, length: number, offset: number): number;
  write(from: DriverBuffer, length: number, offset: number): number;
  /** VFIO_DEVICE_* requests that the core passes on; the structure is changed in place. */
  ioctl(request: number, argument: DriverBuffer, eventfds: EventfdTable): number;
  /** The core asks for the device back, for the `count`th time. */
  request(count: number): void;
  /** The mdev goes away: nothing of it may be left behind. */
  destroy(): void;
}

/** Lookup of eventfds in the calling process, for VFIO_DEVICE_SET_IRQS. */
export interface EventfdTable {
  /** @returns a new reference, or a negative errno: -EBADF, -EINVAL for a file that is no eventfd */
  get(fd: number): EventfdContext | number;
}

/** The driver bound to one subchannel (struct css_driver as far as sysfs and the css bus need it). */
export interface CcwDriver {
  /** Binds to the subchannel. @returns 0 or a negative errno */
  probe(): number;
  /** The css bus takes the subchannel away (unbind, unregistration); its mdev is gone already. */
  remove(): void;
  /** Creates the state behind a new mdev. @returns the device or a negative errno */
  createDevice(): CcwDevice | number;
  /** Host shutdown. */
  shutdown(): void;
}
