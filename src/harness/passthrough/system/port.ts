/** The SystemPort of a process: its synchronous calls behind promises. */

import { Task } from '../../machine/scheduler.js';
import type { ProcessMemory, SystemPort } from '../../ports/index.js';
import type { WaitingCall } from './open-file.js';
import type { Process } from './process.js';

/** A SystemPort over `process`. A call that sleeps is a promise that resolves when it returns. */
export function systemPortOf(process: Process): SystemPort {
  const { space } = process;
  const done = <T>(value: T): Promise<T> => Promise.resolve(value);
  /** Makes a call that is in the middle of one of the driver as soon as it need not wait for that any more. */
  const later = (fd: number, kind: WaitingCall, call: () => number): Promise<number> =>
    new Promise((resolve) => {
      const make = (): void => {
        resolve(call());
      };
      process.system.scheduler.post(new Task('waiting system call', make, () => !process.mustWait(fd, kind)));
    });
  const memory: ProcessMemory = {
    map: (length) => done(space.map(length)),
    unmap: (address, length) => done(space.unmap(address, length)),
    read: (address, into) => done(space.read(address, into, 0, into.length)),
    write: (address, bytes) => done(space.write(address, bytes)),
    readSync: (address, into) => space.read(address, into, 0, into.length),
    writeSync: (address, bytes) => space.write(address, bytes),
  };
  return {
    open: (path) => done(process.open(path)),
    close: (fd) =>
      process.mustWait(fd, 'close') ? later(fd, 'close', () => process.close(fd)) : done(process.close(fd)),
    read: (fd, into) =>
      process.mustWait(fd, 'read') ? later(fd, 'read', () => process.read(fd, into)) : done(process.read(fd, into)),
    write: (fd, bytes) => done(process.write(fd, bytes)),
    pread: (fd, into, offset) =>
      process.mustWait(fd, 'read')
        ? later(fd, 'read', () => process.pread(fd, into, offset))
        : done(process.pread(fd, into, offset)),
    pwrite: (fd, bytes, offset) => done(process.pwrite(fd, bytes, offset)),
    preadv: (fd, into, offset) =>
      process.mustWait(fd, 'read')
        ? later(fd, 'read', () => process.preadv(fd, into, offset))
        : done(process.preadv(fd, into, offset)),
    pwritev: (fd, bytes, offset) => done(process.pwritev(fd, bytes, offset)),
    lseek: (fd) => done(process.lseek(fd)),
    mmap: (fd) => done(process.mmap(fd)),
    ioctl: (fd, request, argument) =>
      process.mustWait(fd, request)
        ? later(fd, request, () => process.ioctl(fd, request, argument))
        : done(process.ioctl(fd, request, argument)),
    eventfd: () => done(process.eventfd()),
    waitEventfds: (fds, timeoutMs) => done(process.waitEventfds(fds, timeoutMs)),
    memory,
    readAttribute: (path) => done(process.readAttribute(path)),
    writeAttribute: (path, text) => {
      const result = process.writeAttribute(path, text);
      if (typeof result === 'number') return done(result);
      return new Promise((resolve) => {
        result.whenDone(resolve);
      });
    },
    list: (path) => done(process.list(path)),
    fork: () => done(systemPortOf(process.fork())),
    exit: () => {
      process.exit();
      return Promise.resolve();
    },
  };
}
