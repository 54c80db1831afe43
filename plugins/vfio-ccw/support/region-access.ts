/** Reading parts of the device file, with bytes behind the buffer that must stay as they are. */

import { regionOffset, RegionIndex, type VfioPort } from 'ccwspec/plugin';

export const IO = regionOffset(RegionIndex.io);
export const ASYNC = regionOffset(RegionIndex.asyncCommand);
export const SCHIB = regionOffset(RegionIndex.schib);
export const CRW = regionOffset(RegionIndex.crw);

/** What buffers hold before a read. */
export const FILL = 0xa5;
const BEHIND = 4;

/** Reads `length` bytes into a buffer that has 4 bytes more. */
export async function read(
  vfio: VfioPort,
  offset: number,
  length: number,
): Promise<{ readonly result: number; readonly bytes: Uint8Array }> {
  const buffer = new Uint8Array(length + BEHIND).fill(FILL);
  return { result: await vfio.read(offset, buffer.subarray(0, length)), bytes: buffer };
}
