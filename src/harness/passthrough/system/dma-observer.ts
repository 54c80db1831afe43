/** A view of the driver's calls for user memory, for targets that offer one (host view, memory adversary, fault injection). */

export interface DmaObserver {
  /** The driver is about to pin `count` pages from byte address `iova`. @returns how many of them to pin, at least 1 */
  pinning?(iova: number, count: number): number;
  /** The driver has read `length` bytes at `iova`. */
  fetched?(iova: number, length: number): void;
}
