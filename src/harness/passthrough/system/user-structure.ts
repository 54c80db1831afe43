/** Structures that an ioctl copies in from its caller and back out. */

import { CcwspecError } from '../../errors/index.js';
import type { IoctlArgument } from '../../ports/index.js';
import { Errno } from '../../uapi/index.js';
import type { DriverBuffer } from '../driver-port.js';

const WORD = 0x1_0000_0000;
/** longest string that the kernel copies in: one page */
const LONGEST_STRING = 4096;
/** 2^64: a sum of page-aligned 64-bit numbers that reaches it has wrapped */
export const WRAP = WORD * WORD;

/**
 * The user's buffer, as the driver gets it: undefined where the address faults.
 * @throws CcwspecError for a number that could be a valid address: structures behind such addresses are not modelled
 */
export function bufferOf(argument: IoctlArgument): DriverBuffer {
  if (argument instanceof Uint8Array) return argument;
  if (typeof argument === 'string') return new TextEncoder().encode(`${argument}\0`);
  if (typeof argument === 'number' && argument >= 4096) {
    throw new CcwspecError(
      'E-MODEL-UNIMPLEMENTED',
      `an ioctl argument at address ${argument.toString(16)} of the process`,
    );
  }
  return undefined;
}

/**
 * A view of the first `length` bytes of a structure; writing to it is the copy back out.
 * @returns undefined where the kernel's copy faults: an unmapped address, or memory that ends inside the structure
 */
export function structure(argument: IoctlArgument, length: number): DataView | undefined {
  const bytes = bufferOf(argument);
  if (bytes === undefined || bytes.length < length) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A C string of at most a page with its NUL. @returns -EFAULT where it faults, -EINVAL without an end */
export function stringOf(argument: IoctlArgument): string | number {
  if (typeof argument === 'string') return argument.length < LONGEST_STRING ? argument : -Errno.EINVAL;
  const bytes = bufferOf(argument);
  if (bytes === undefined) return -Errno.EFAULT;
  const end = bytes.indexOf(0);
  if (end < 0) return bytes.length < LONGEST_STRING ? -Errno.EFAULT : -Errno.EINVAL;
  return end < LONGEST_STRING ? new TextDecoder().decode(bytes.subarray(0, end)) : -Errno.EINVAL;
}

/** A 64-bit field as a number: exact below 2^53 and for multiples of 4096. */
export function readU64(view: DataView, offset: number): number {
  return view.getUint32(offset) * WORD + view.getUint32(offset + 4);
}

/** Stores an unsigned 64-bit number below 2^53. */
export function writeU64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / WORD));
  view.setUint32(offset + 4, value % WORD);
}

/** True if the low 12 bits of a 64-bit field are zero; exact for every value. */
export function pageAligned(view: DataView, offset: number): boolean {
  return (view.getUint32(offset + 4) & 0xfff) === 0;
}
