/**
 * The system calls that reach vfio-ccw, as one process on the host makes them. This is the narrowest interface that every
 * target has: the model answers it in-process, an agent on a real host makes the calls. Everything else (VfioPort,
 * ChannelPort) is built on top of it once.
 */

import type { Call } from './calls.js';

/** A user buffer at an address that is not mapped: the kernel's copy fails with EFAULT. */
export const UNMAPPED: unique symbol = Symbol('unmapped user address');

/** A user buffer: bytes, or an address that faults. */
export type UserBuffer = Uint8Array | typeof UNMAPPED;

/**
 * A third argument of ioctl: a structure that is copied in and back out, a string (copied in, NUL-terminated), a number
 * passed by value, or an address that faults.
 */
export type IoctlArgument = UserBuffer | string | number;

/** Memory of the process. Addresses are the process's own virtual ones. */
export interface ProcessMemory {
  /** Maps `length` bytes of zeroed memory (rounded up to 4 KiB). @returns its address, or a negative errno. */
  map(length: number): Promise<number>;
  /** Unmaps memory of `map`. */
  unmap(address: number, length: number): Promise<number>;
  /** Fills `into` from `address`. @returns 0, or -EFAULT where nothing is mapped. */
  read(address: number, into: Uint8Array): Promise<number>;
  /** Stores `bytes` at `address`. @returns 0, or -EFAULT where nothing is mapped. */
  write(address: number, bytes: Uint8Array): Promise<number>;
  /** The same without a promise, where the process is in this one (the model); both or neither. */
  readSync?(address: number, into: Uint8Array): number;
  writeSync?(address: number, bytes: Uint8Array): number;
}

/** System calls of one process. Every result is what the kernel gives: a value of 0 or more, or a negative errno. */
export interface SystemPort {
  open(path: string): Promise<number>;
  close(fd: number): Promise<number>;
  read(fd: number, into: UserBuffer): Promise<number>;
  write(fd: number, bytes: UserBuffer): Promise<number>;
  /** `offset` is the signed 64-bit file offset, exact up to 2^53 either way. */
  pread(fd: number, into: UserBuffer, offset: number): Promise<number>;
  pwrite(fd: number, bytes: UserBuffer, offset: number): Promise<number>;
  preadv(fd: number, into: readonly Uint8Array[], offset: number): Promise<number>;
  pwritev(fd: number, bytes: readonly Uint8Array[], offset: number): Promise<number>;
  lseek(fd: number, offset: number, whence: 0 | 1 | 2): Promise<number>;
  /** Maps the file; a success is unmapped again at once. */
  mmap(fd: number, length: number): Promise<number>;
  ioctl(fd: number, request: number, argument: IoctlArgument): Promise<number>;

  /** A new eventfd with a count of zero. */
  eventfd(): Promise<number>;
  /**
   * Waits until at least one of `fds` has been signalled, or until `timeoutMs` (virtual in the model, real elsewhere)
   * is over, and takes the counts. @returns the count of each fd, 0 where it was not signalled.
   */
  waitEventfds(fds: readonly number[], timeoutMs: number): Promise<number[]>;

  readonly memory: ProcessMemory;

  /** The content of a sysfs or proc attribute, or a negative errno. */
  readAttribute(path: string): Promise<string | number>;
  /** Writes a sysfs attribute. @returns the number of bytes written, or a negative errno. */
  writeAttribute(path: string, text: string): Promise<number>;
  /** Names in a folder, sorted, or a negative errno. */
  list(path: string): Promise<string[] | number>;

  /** A second process with this one's open files (the same fd numbers) and an address space of its own. */
  fork(): Promise<SystemPort>;
  /** `makeCalls`, where one request can carry a whole list. */
  readonly calls?: ((list: readonly Call[], stopAtFailure: boolean) => Promise<number[]>) | undefined;

  /** Ends a process made by `fork`: its files are closed, its memory goes. No call may be made on it afterwards. */
  exit?(): Promise<void>;
}
