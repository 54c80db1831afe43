/** Copies of whole words between structures; for a handful of words faster than TypedArray.set. */

/** Copies `count` words of `from`, from byte `fromAt` on, to byte `toAt` of `to`. */
export function copyWords(from: DataView, fromAt: number, to: DataView, toAt: number, count: number): void {
  for (let byte = 0; byte < count * 4; byte += 4) to.setUint32(toAt + byte, from.getUint32(fromAt + byte));
}
