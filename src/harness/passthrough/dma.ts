/**
 * What VFIO offers the driver for reaching user memory: the calls vfio_pin_pages, vfio_unpin_pages and vfio_dma_rw, as
 * one open device sees them. The system side (containers, iommufd) implements it; the channel-program translation uses it.
 */

/** Memory behind I/O virtual addresses (IOVA). IOVAs are below 2^53. */
export interface DmaBackend {
  /**
   * Pins `count` pages from the page of `iova` on, for reading and writing. Frame addresses (absolute, of the page's
   * first byte) go into `frames` from `at` on.
   * @returns `count`, or a negative errno: then none is pinned
   */
  pinPages(iova: number, count: number, frames: Float64Array, at: number): number;
  /** Unpins `count` pages from the page of `iova` on. */
  unpinPages(iova: number, count: number): void;
  /** Copies `length` bytes at `iova` into `into` from `at` on. @returns 0, or a negative errno */
  read(iova: number, into: Uint8Array, at: number, length: number): number;
}

/** What the system side calls in the driver when a mapping goes away. */
export interface UnmapListener {
  /**
   * True while a call that may have to wait (read, RESET, an unmap) would wait for a driver call that it interrupts: make it
   * when that call has returned. A write never waits.
   */
  readonly blocked?: boolean;
  /** Every page of [iova, iova + length) is about to be unmapped; the driver unpins what it has there. */
  unmapped(iova: number, length: number): void;
}
