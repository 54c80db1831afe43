/** A process: file descriptors, an address space, and the system calls, all synchronous. */

import { type IoctlArgument, UNMAPPED, type UserBuffer } from '../../ports/index.js';
import { Errno } from '../../uapi/index.js';
import type { DriverBuffer, EventfdContext, EventfdTable } from '../driver-port.js';
import type { AddressSpace } from './address-space.js';
import { EventfdFile } from './eventfd.js';
import { NullFile } from './null-device.js';
import type { OpenFile, WaitingCall } from './open-file.js';
import type { SystemModel } from './system-model.js';
import { type Blocked, Folder } from './vfs.js';

const MILLISECOND = 1e6;
/** A buffer that faults counts as this many bytes long: enough to reach the driver's copy at any place of a region. */
const FAULTING_LENGTH = 1;

/**
 * System calls of one process. Results are what the kernel gives: a value of 0 or more, or a negative errno. A call that
 * would sleep returns a `Blocked` instead.
 */
export class Process {
  /** looks eventfds up for VFIO_DEVICE_SET_IRQS */
  readonly eventfds: EventfdTable = { get: (fd) => this.#eventfdContext(fd) };
  readonly #files: (OpenFile | undefined)[];

  constructor(
    readonly system: SystemModel,
    readonly space: AddressSpace,
    files?: readonly (OpenFile | undefined)[],
  ) {
    this.#files = files === undefined ? [0, 1, 2].map(() => new NullFile(new Set())) : [...files];
    for (const file of this.#files) file?.get();
  }

  open(path: string): number {
    const node = this.system.root.resolve(path);
    if (typeof node === 'number') return node;
    if (node.kind === 'folder') return -Errno.EISDIR;
    if (node.kind === 'attribute') return this.system.unimplemented(`open of the attribute ${path}; use readAttribute`);
    const file = node.open(this);
    return typeof file === 'number' ? file : this.install(file);
  }

  close(fd: number): number {
    const file = this.#files[fd];
    if (file === undefined) return -Errno.EBADF;
    this.#files[fd] = undefined;
    return this.#enter(() => {
      file.put();
      return 0;
    });
  }

  read(fd: number, into: UserBuffer): number {
    return this.#read(fd, into, 0, false);
  }

  write(fd: number, bytes: UserBuffer): number {
    return this.#write(fd, bytes, 0, false);
  }

  pread(fd: number, into: UserBuffer, offset: number): number {
    return this.#read(fd, into, offset, true);
  }

  pwrite(fd: number, bytes: UserBuffer, offset: number): number {
    return this.#write(fd, bytes, offset, true);
  }

  preadv(fd: number, into: readonly Uint8Array[], offset: number): number {
    return vectored(into, (segment) => this.#read(fd, segment, offset, true));
  }

  pwritev(fd: number, bytes: readonly Uint8Array[], offset: number): number {
    return vectored(bytes, (segment) => this.#write(fd, segment, offset, true));
  }

  lseek(fd: number): number {
    return this.#files[fd]?.lseek() ?? -Errno.EBADF;
  }

  mmap(fd: number): number {
    const file = this.#files[fd];
    if (file === undefined) return -Errno.EBADF;
    return file.mmap();
  }

  ioctl(fd: number, request: number, argument: IoctlArgument): number {
    const file = this.#files[fd];
    if (file === undefined) return -Errno.EBADF;
    const { system } = this;
    const before = system.current;
    system.current = this;
    try {
      return file.ioctl(request, argument, this);
    } finally {
      system.current = before;
    }
  }

  eventfd(): number {
    return this.install(new EventfdFile(this.system.openFiles, this.system.keptEventfds));
  }

  /**
   * Runs the model until one of `fds` has been signalled or `timeoutMs` of virtual time are over, and takes the counts. An
   * fd that is no eventfd counts as never signalled.
   */
  waitEventfds(fds: readonly number[], timeoutMs: number): number[] {
    const files = fds.map((fd) => this.#eventfd(fd));
    const { scheduler } = this.system;
    const signalled = (): boolean => {
      for (const file of files) if (file !== undefined && file.count > 0) return true;
      return false;
    };
    if (!signalled()) scheduler.runUntil(signalled, scheduler.now + timeoutMs * MILLISECOND);
    return files.map((file) => file?.take() ?? 0);
  }

  readAttribute(path: string): string | number {
    const node = this.system.root.resolve(path);
    if (typeof node === 'number') return node;
    if (node.kind === 'folder') return -Errno.EISDIR;
    if (node.kind === 'device') return this.system.unimplemented(`reading the device node ${path} as an attribute`);
    return node.show === undefined ? -Errno.EACCES : node.show(this);
  }

  writeAttribute(path: string, text: string): number | Blocked {
    const node = this.system.root.resolve(path);
    if (typeof node === 'number') return node;
    if (node.kind === 'folder') return -Errno.EISDIR;
    if (node.kind === 'device') return this.system.unimplemented(`writing the device node ${path} as an attribute`);
    return node.store === undefined ? -Errno.EACCES : node.store(text, this);
  }

  list(path: string): string[] | number {
    const node = this.system.root.resolve(path);
    if (typeof node === 'number') return node;
    return node instanceof Folder ? node.names() : -Errno.ENOTDIR;
  }

  /** A child with the same open files and a copy of the memory. */
  fork(): Process {
    return this.system.adopt(new Process(this.system, this.space.fork(), this.#files));
  }

  /** Closes every file and gives the memory back. */
  exit(): void {
    for (const fd of this.#files.keys()) this.close(fd);
    this.space.release();
    this.system.forget(this);
  }

  /** True while `call` on `fd` would have to wait for the driver's call in whose middle it is made. */
  mustWait(fd: number, call: WaitingCall): boolean {
    return this.#files[fd]?.mustWait(call) ?? false;
  }

  /** The file behind `fd`. */
  file(fd: number): OpenFile | undefined {
    return this.#files[fd];
  }

  /** Gives `file` the lowest free descriptor. */
  install(file: OpenFile): number {
    let fd = 0;
    while (this.#files[fd] !== undefined) fd++;
    this.#files[fd] = file.get();
    return fd;
  }

  /** Descriptors in use, from 3 on, for the ledger. */
  openFiles(): { fd: number; file: OpenFile }[] {
    return this.#files.flatMap((file, fd) => (file === undefined || fd < 3 ? [] : [{ fd, file }]));
  }

  #read(fd: number, into: UserBuffer, offset: number, positioned: boolean): number {
    const file = this.#files[fd];
    if (file === undefined) return -Errno.EBADF;
    if (positioned && !(offset >= 0)) return -Errno.EINVAL;
    if (positioned && !file.positioned) return -Errno.ESPIPE;
    const { system } = this;
    const before = system.current;
    system.current = this;
    try {
      return into === UNMAPPED ? file.read(undefined, FAULTING_LENGTH, offset) : file.read(into, into.length, offset);
    } finally {
      system.current = before;
    }
  }

  #write(fd: number, bytes: UserBuffer, offset: number, positioned: boolean): number {
    const file = this.#files[fd];
    if (file === undefined) return -Errno.EBADF;
    if (positioned && !(offset >= 0)) return -Errno.EINVAL;
    if (positioned && !file.positioned) return -Errno.ESPIPE;
    const { system } = this;
    const before = system.current;
    system.current = this;
    try {
      return bytes === UNMAPPED
        ? file.write(undefined, FAULTING_LENGTH, offset)
        : file.write(bytes, bytes.length, offset);
    } finally {
      system.current = before;
    }
  }

  #enter(call: () => number): number {
    const before = this.system.current;
    this.system.current = this;
    try {
      return call();
    } finally {
      this.system.current = before;
    }
  }

  #eventfd(fd: number): EventfdFile | undefined {
    const file = this.#files[fd];
    return file instanceof EventfdFile ? file : undefined;
  }

  #eventfdContext(fd: number): EventfdContext | number {
    const file = this.#files[fd];
    if (file === undefined) return -Errno.EBADF;
    return file instanceof EventfdFile ? file.context() : -Errno.EINVAL;
  }
}

/**
 * A vectored call on a file without one of its own: one call a segment, all at the same offset since no file here moves its
 * position; the first that fails or is short ends it. Nothing is called for no bytes at all.
 */
function vectored(segments: readonly Uint8Array[], call: (segment: DriverBuffer & Uint8Array) => number): number {
  let left = segments.reduce((sum, segment) => sum + segment.length, 0);
  let total = 0;
  for (const segment of segments) {
    if (left === 0) break;
    const result = call(segment);
    if (result < 0) return total === 0 ? result : total;
    total += result;
    if (result !== segment.length) break;
    left -= segment.length;
  }
  return total;
}
