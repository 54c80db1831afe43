/** What an open file does with the system calls on it. Each kind of file is one class in a file of its own. */

import { Errno } from '../../uapi/index.js';
import type { IoctlArgument } from '../../ports/index.js';
import type { DriverBuffer } from '../driver-port.js';
import type { Process } from './process.js';

/** A system call as far as waiting goes: a number is a request of ioctl. */
export type WaitingCall = 'read' | 'close' | number;

/** An open file description; the defaults are Linux's answers for an operation that a file does not have. */
export abstract class OpenFile {
  /** references: file descriptors of all processes, and objects of the kernel that keep the file open */
  references = 0;
  /** false for files without positions: pread and pwrite fail with ESPIPE */
  readonly positioned: boolean = true;
  /** for the ledger, for example `/dev/vfio/0` */
  abstract readonly what: string;

  /** @param openFiles every open file of the system; this one is in it while it has references */
  constructor(private readonly openFiles: Set<OpenFile>) {}

  /** Reads up to `length` bytes; `into` is undefined where the user's address faults. */
  read(into: DriverBuffer, length: number, offset: number): number;
  read(): number {
    return -Errno.EINVAL;
  }

  write(from: DriverBuffer, length: number, offset: number): number;
  write(): number {
    return -Errno.EINVAL;
  }

  lseek(): number {
    return -Errno.ESPIPE;
  }

  mmap(): number {
    return -Errno.ENODEV;
  }

  ioctl(request: number, argument: IoctlArgument, process: Process): number;
  ioctl(): number {
    return -Errno.ENOTTY;
  }

  /** True while `call` would have to wait for the driver's call in whose middle it is made (UnmapListener.blocked). */
  mustWait(call: WaitingCall): boolean;
  mustWait(): boolean {
    return false;
  }

  /** The last reference is gone. */
  protected release(): void {
    // nothing to give back
  }

  get(): this {
    if (this.references++ === 0) this.openFiles.add(this);
    return this;
  }

  put(): void {
    if (--this.references > 0) return;
    this.openFiles.delete(this);
    this.release();
  }
}
